"""The pages of material packs: the list, a new one, and one that is completed, sent back, or entered."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog.choices import MediaRole, PackStatus
from catalog.contents import facts_of
from catalog.drafts import EntryDraft, MediaDraft, PackFacts, PackPicture, VariantDraft
from catalog.forms.packs import BLOCKS, VARIANT_COLUMNS, named_in, pack_draft
from catalog.importers.archives import is_archive, open_archive
from catalog.importers.packs import take_in_archive
from catalog.inspecting.roles import guess_place
from catalog.models import Brand, Category, Channel, Listing, MaterialPack, MediaFile
from catalog.operations.entering import enter_packs
from catalog.operations.media import keep_media
from catalog.operations.packs import OPEN, drop_packs, receive_packs, return_packs
from catalog.queries.attributes import attributes_for
from catalog.queries.completeness import Demands, demands_of, named_missing
from catalog.queries.pack_pages import Tile, list_packs, tiles_of
from ops_portal.accounts.doors import staff_only
from ops_portal.lib.doors.identity import principal_of
from ops_portal.lib.doors.retry import retried
from ops_portal.lib.doors.telling import told
from ops_portal.lib.refusals import Refused

VIEW: Final = "catalog.use_packs"
SEND: Final = "catalog.send_pack"
ENTER: Final = "catalog.enter_pack"
FACETS: Final = ("status", "brand", "q", "after")


@staff_only(VIEW)
@require_safe
def list_page(request: HttpRequest) -> HttpResponse:
    """Show the packs that the reader may see, by status and brand."""
    chosen = {name: request.GET[name][:100] for name in FACETS if request.GET.get(name)}
    chosen.setdefault("status", PackStatus.RECEIVED.value)
    page = list_packs(request.user, chosen)
    kept = {name: chosen[name] for name in ("brand", "q") if name in chosen}
    tabs: list[tuple[str, Any]] = [
        *((str(status.value), status.label) for status in PackStatus),
        ("all", _("all packs")),
    ]
    context = {
        **admin.site.each_context(request),
        "title": _("Material packs"),
        "page": page,
        "chosen": chosen,
        "tabs": [
            {
                "label": label,
                "count": page.counts.get(code, 0) if code != "all" else None,
                "address": "?" + urlencode(kept | {"status": code}),
                "is_here": chosen["status"] == code,
            }
            for code, label in tabs
        ],
        "next_page": "?" + urlencode({**chosen, "after": page.next_after}) if page.next_after else "",
        "may_send": request.user.has_perm(SEND),
    }
    return render(request, "catalog/packs.html", context)


@staff_only(SEND)
def new_page(request: HttpRequest) -> HttpResponse:
    """Take in a pack by its form."""
    if request.method == "POST":
        return save(request, None)
    return render(request, "catalog/pack.html", form_context(request, None))


@staff_only(VIEW)
def pack_page(request: HttpRequest, number: str) -> HttpResponse:
    """Show a pack: what it says, what is missing, and what is to be done with it; take its form."""
    pack = pack_of(request, number)
    if request.method == "POST":
        return save(request, pack)
    return render(request, "catalog/pack.html", form_context(request, pack))


@staff_only(VIEW)
@require_POST
def act(request: HttpRequest, number: str, verb: str) -> HttpResponse:
    """Send a pack back, drop it, or enter it as a product."""
    pack = pack_of(request, number)
    if verb == "enter":
        return enter(request, pack)
    operations = {"return": return_packs, "drop": drop_packs}
    if verb not in operations:
        raise Http404
    permitted(request, ENTER)
    reason = request.POST.get("reason", "").strip()[:500]
    done = told(request, operations[verb], [pack.number], reason=reason)
    if done:
        said = {"number": pack.number, "status": done[0].get_status_display()}
        messages.success(request, _("%(number)s: %(status)s.") % said)
    return HttpResponseRedirect(page_of(pack.number))


def enter(request: HttpRequest, pack: MaterialPack) -> HttpResponse:
    """Enter a pack, and go to the first of the listings that were drafted; it leads to the others."""
    permitted(request, ENTER)
    codes = set(request.POST.getlist("channel"))
    seen = Channel.objects.visible_to(request.user).filter(code__in=codes, is_active=True).order_by("code")
    channels = tuple(seen.values_list("code", flat=True))
    draft = EntryDraft(pack.number, request.POST.get("product_code", "").strip()[:60], channels)
    done = told(request, enter_packs, [draft])
    if not done:
        return HttpResponseRedirect(page_of(pack.number))
    product = done[0].product
    text = _("%(number)s is entered as %(product)s, with a listing to write in each shop that you ticked.")
    messages.success(request, text % {"number": pack.number, "product": product.code})
    drafted = Listing.objects.visible_to(request.user).filter(product=product, channel__code__in=channels)
    first = drafted.order_by("channel__name", "pk").first()
    return HttpResponseRedirect(
        reverse("catalog:listing", args=[first.number]) if first else page_of(pack.number)
    )


@staff_only(SEND)
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Keep the pictures and films that were dropped on the form, or take in the packs of an archive."""
    brand = brand_of(request, request.POST.get("brand", ""))
    if brand is None:
        return JsonResponse(
            {"tiles": "", "refused": [_("Choose the brand first.")], "location": ""}, status=422
        )
    with TemporaryDirectory(prefix="packs-") as folder:
        tiles, refused, numbers = take(request, brand, request.FILES.getlist("files"), Path(folder))
    location = ""
    if numbers:
        location = page_of(numbers[0]) if len(numbers) == 1 else reverse("catalog:packs")
        for text in refused:
            messages.warning(request, text)
    html = render_to_string("catalog/pack_tiles.html", tiles_context(request, tiles), request)
    return JsonResponse({"tiles": html, "refused": refused, "location": location})


@staff_only(VIEW)
@require_safe
def attributes(request: HttpRequest) -> HttpResponse:
    """Give the fields of a category's attributes, for the form to show when it is chosen."""
    category = Category.objects.filter(code=request.GET.get("category", "")[:40]).first()
    context = {"attributes": fields_of(category, {}), "category": category}
    return render(request, "catalog/pack_attributes.html", context)


def take(
    request: HttpRequest, brand: Brand, files: Sequence[Any], folder: Path
) -> tuple[list[Tile], list[str], list[str]]:
    """Return the tiles of what was kept, why other files weren't, and the numbers of packs that an archive held."""
    drafts: list[MediaDraft] = []
    refused: list[str] = []
    numbers: list[str] = []
    for place, file in enumerate(files):
        path = folder / str(place)
        with path.open("wb") as put_aside:
            put_aside.writelines(file.chunks())
        name = file.name or "file"
        if not is_archive(path):
            drafts.append(MediaDraft(name, path))
            continue
        try:
            with open_archive(path) as archive:
                if archive.sheet is None:
                    drafts += archive.extract(archive.pictures, folder / f"{place}.parts")
                else:
                    done, reasons = take_in_archive(
                        archive, name, brand=brand, actor=principal_of(request), at=timezone.now()
                    )
                    numbers += [pack.number for pack in done]
                    refused += reasons
        except Refused as no:
            refused.append(f"{name}: {no}")
    facts = named_in(request.POST)
    kept = keep_media(drafts, brand=brand, actor=principal_of(request), at=timezone.now())
    refused += [str(no) for _index, no in kept.refused]
    unkept = {index for index, _no in kept.refused}
    names = [draft.name for index, draft in enumerate(drafts) if index not in unkept]
    tiles = {
        file.sha256: Tile(file, *guess_place(name, file, facts))
        for name, file in zip(names, kept.done, strict=True)
    }
    return list(tiles.values()), refused, numbers


def save(request: HttpRequest, pack: MaterialPack | None) -> HttpResponse:
    """Receive what the form says; where it is refused, show it again as it was filled in."""
    permitted(request, SEND)
    brand = pack.brand if pack else brand_of(request, request.POST.get("brand", ""))
    category = Category.objects.filter(code=request.POST.get("category", "")[:40]).first()
    sent = request.POST.copy()
    sent["brand"] = brand.code if brand else ""
    try:
        if brand is None:
            raise Refused(_("Choose the brand first."))
        known = attributes_for(category.pk) if category else []
        draft = pack_draft(sent, known, pack.number if pack else "")
        received = retried(receive_packs)([draft], actor=principal_of(request), at=timezone.now()).one()
    except Refused as refused:
        return render(
            request, "catalog/pack.html", form_context(request, pack, sent, str(refused)), status=422
        )
    text = _("%(number)s is saved: %(score)s %% complete.")
    messages.success(request, text % {"number": received.number, "score": received.score})
    return HttpResponseRedirect(page_of(received.number))


def form_context(
    request: HttpRequest, pack: MaterialPack | None, sent: Any = None, refusal: str = ""
) -> dict[str, Any]:
    """Return what the page of a pack shows; with ``sent``, the form as it was filled in."""
    said = said_in(request, sent) if sent is not None else said_by(pack)
    user: Any = request.user
    is_open = pack is None or pack.status in OPEN
    demands = demands_of([pack.category_id]).get(pack.category_id or 0) if pack and pack.category_id else None
    channels = Channel.objects.visible_to(request.user).filter(is_active=True).order_by("name", "pk")
    may_enter = pack is not None and is_open and user.has_perm(ENTER)
    return {
        **admin.site.each_context(request),
        "title": f"{pack.number} · {pack.name}" if pack else _("New material pack"),
        "pack": pack,
        "said": said,
        "refusal": refusal,
        "brands": list(Brand.objects.visible_to(request.user).order_by("name", "pk")) if not pack else [],
        "categories": list(Category.objects.order_by("name", "pk")),
        "columns": VARIANT_COLUMNS,
        "lacking": named_missing(pack.missing, demands or Demands()) if pack else [],
        "may_save": is_open and user.has_perm(SEND),
        "may_enter": may_enter,
        "channels": list(channels) if may_enter else [],
        **tiles_context(request, said["tiles"]),
    }


def said_by(pack: MaterialPack | None) -> dict[str, Any]:
    """Return the form as a pack fills it in."""
    facts = facts_of(pack.facts) if pack else PackFacts()
    texts = {block.kind: block.text for block in facts.blocks}
    return {
        "brand": "",
        "category": pack.category.code if pack and pack.category else "",
        "name": pack.name if pack else "",
        "product_code": facts.product_code,
        "source_key": pack.source_key if pack else "",
        "selling_points": "\n".join(facts.selling_points),
        "blocks": [(kind, kind.label, texts.get(kind.value, "")) for kind in BLOCKS],
        "attributes": fields_of(pack.category if pack else None, facts.attributes),
        "axes": [
            (place, *(facts.axes[place] if place < len(facts.axes) else ("", ()))) for place in range(2)
        ],
        "variants": [
            {
                "key": "\x1f".join(place_of(variant, facts)),
                "label": " / ".join(place_of(variant, facts)),
                "cells": [(name, shown(getattr(variant, name)), label) for name, label in VARIANT_COLUMNS],
            }
            for variant in facts.variants
        ],
        "tiles": tiles_of(pack) if pack else [],
    }


def place_of(variant: VariantDraft, facts: PackFacts) -> list[str]:
    """Return the values of a variant in the order of the axes: the database keeps none."""
    return [variant.options.get(name, "") for name, _values in facts.axes]


def said_in(request: HttpRequest, sent: Any) -> dict[str, Any]:
    """Return the form as it was sent, so that nothing that was typed is lost."""
    category = Category.objects.filter(code=sent.get("category", "")[:40]).first()
    rows = sent.getlist("variant-options")
    columns = {name: sent.getlist(f"variant-{name}") for name, _label in VARIANT_COLUMNS}
    shas = sent.getlist("media-sha256")
    files = {
        file.sha256: file
        for file in MediaFile.objects.visible_to(request.user).filter(
            sha256__in=shas, brand__code=sent["brand"]
        )
    }
    pictures = zip(shas, sent.getlist("media-role"), sent.getlist("media-variant"), strict=False)
    return {
        **{name: sent.get(name, "") for name in ("brand", "category", "name", "product_code", "source_key")},
        "selling_points": sent.get("selling_points", ""),
        "blocks": [(kind, kind.label, sent.get(f"block-{kind.value}", "")) for kind in BLOCKS],
        "attributes": fields_of(
            category,
            {name.removeprefix("attribute-"): sent.getlist(name) for name in sent if "attribute-" in name},
        ),
        "axes": [
            (place, sent.get(f"axis-{place}", ""), [sent.get(f"values-{place}", "")]) for place in range(2)
        ],
        "variants": [
            {
                "key": key,
                "label": key.replace("\x1f", " / "),
                "cells": [
                    (name, columns[name][row] if row < len(columns[name]) else "", label)
                    for name, label in VARIANT_COLUMNS
                ],
            }
            for row, key in enumerate(rows)
        ],
        "tiles": [
            Tile(files[picture.sha256], picture.role, picture.variant)
            for picture in (PackPicture(*each) for each in pictures)
            if picture.sha256 in files
        ],
    }


def shown(value: Any) -> str:
    """Return a value as a field holds it."""
    return "" if value is None else str(value)


def fields_of(category: Category | None, given: Any) -> list[dict[str, Any]]:
    """Return the fields of a category's attributes with their values and which of them platforms require."""
    if category is None:
        return []
    required = {code for code, _name in demands_of([category.pk])[category.pk].attributes}
    fields = []
    for attribute in attributes_for(category.pk):
        value = given.get(attribute.code, "")
        values = [str(each) for each in value] if isinstance(value, list) else [str(value)] if value else []
        fields.append(
            {
                "attribute": attribute,
                "values": values,
                "value": values[0] if values else "",
                "is_required": attribute.code in required,
            }
        )
    return fields


def tiles_context(request: HttpRequest, tiles: Sequence[Tile]) -> dict[str, Any]:
    """Return what the tiles of pictures need."""
    return {"tiles": tiles, "roles": MediaRole.choices}


def brand_of(request: HttpRequest, code: str) -> Brand | None:
    """Return a brand that the reader may see."""
    brand: Brand | None = Brand.objects.visible_to(request.user).filter(code=code[:40]).first()
    return brand


def pack_of(request: HttpRequest, number: str) -> MaterialPack:
    """Return a pack that the reader may see."""
    seen = MaterialPack.objects.visible_to(request.user).filter(number=number)
    pack: MaterialPack | None = seen.select_related("brand", "category", "product", "owner").first()
    if pack is None:
        raise Http404
    return pack


def permitted(request: HttpRequest, permission: str) -> None:
    """Refuse readers without a permission."""
    if not request.user.has_perm(permission):
        raise PermissionDenied


def page_of(number: str) -> str:
    """Return the address of a pack's page."""
    return reverse("catalog:pack", args=[number])
