"""Bundles: how many can be made and what holds them back, what they were made of and when, new versions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from django.contrib import admin, messages
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from catalog.drafts import NewBundleDraft
from catalog.forms.bundles import (
    PartRow,
    Parts,
    add_part,
    draft_in,
    number_sent,
    parts_in,
    shown_parts,
    unseen_in,
)
from catalog.models import Brand, Sku
from catalog.operations.bundles import open_bundles
from catalog.operations.goods import save_bundles
from catalog.queries.bundle_desk import (
    AskedBundles,
    BundleRow,
    PastVersion,
    all_bundles,
    offers_of,
    page_of_bundles,
    places_of,
    rows_of,
    versions_of,
)
from ops_portal.accounts.doors import let_in_staff, staff_only
from ops_portal.intake.handing_out import hand_out_rows
from ops_portal.lib.doors.telling import attempt
from ops_portal.lib.refusals import Refused
from ops_portal.lib.wording import called

VIEW: Final = "catalog.view_bundleversion"
WRITE: Final = "catalog.add_bundleversion"


def asked_in(request: HttpRequest) -> AskedBundles:
    """Return what an address asks for."""
    given = request.GET
    return AskedBundles(
        text=given.get("q", "").strip()[:60],
        brand=given.get("brand", "")[:40],
        is_dry=bool(given.get("dry")),
        after=given.get("after", "")[:60],
    )


@require_safe
def list_page(request: HttpRequest) -> HttpResponseBase:
    """Show bundles by code, or hand them out as a file."""
    let_in_staff(request, VIEW)
    asked = asked_in(request)
    if request.GET.get("format") == "csv":
        return bundles_csv(request, asked)
    rows, following = page_of_bundles(asked, user=request.user, at=timezone.now())
    context = {
        **admin.site.each_context(request),
        "title": _("Bundles"),
        "asked": asked,
        "rows": rows,
        "following": following,
        "brands": Brand.objects.visible_to(request.user).order_by("name", "code"),
        "may_write": request.user.has_perm(WRITE),
    }
    return render(request, "catalog/bundles.html", context)


def bundles_csv(request: HttpRequest, asked: AskedBundles) -> StreamingHttpResponse:
    """Hand bundles out as a file; that is recorded."""
    headings = [
        "SKU", _("Bundle"), _("Brand"), _("Version"), _("Components"), _("Can be sold"), _("Held back by"),
        _("List price"), _("Cost"),
    ]  # fmt: skip
    found = all_bundles(replace(asked, after=""), user=request.user, at=timezone.now())
    rows = (
        (
            row.sku.code, row.sku.product.name, row.sku.product.brand.name, row.version and row.version.version,
            made_of(row), row.available, row.short.sku.code if row.short and row.short.sku else "",
            row.sku.list_price, row.cost,
        )
        for row in found
    )  # fmt: skip
    return hand_out_rows(request, "bundles", headings, rows, kind="bundle", told=_("Bundles as CSV"))


def made_of(row: BundleRow) -> str:
    """Return what a bundle is made of, in one line."""
    hidden = _("another brand's goods")
    return " + ".join(f"{part.units} × {part.sku.code if part.sku else hidden}" for part in row.parts)


def bundle_of(request: HttpRequest, code: str) -> BundleRow:
    """Return the bundle of this code as it is now; 404 where it may not be seen."""
    seen = Sku.objects.visible_to(request.user).filter(code=code, is_bundle=True)
    sku = seen.select_related("product__brand").first()
    if sku is None:
        raise Http404
    (row,) = rows_of([sku], user=request.user, at=timezone.now())
    return row


@require_safe
@staff_only(VIEW)
def bundle_page(request: HttpRequest, code: str) -> HttpResponse:
    """Show one bundle: its components, what each warehouse makes of them, its versions, where it is offered."""
    row = bundle_of(request, code)
    user: Any = request.user
    offers, listings = offers_of(row.sku, user=user) if user.has_perm("catalog.view_listing") else ([], [])
    context = {
        **admin.site.each_context(request),
        "title": f"{row.sku.code} · {row.sku.product.name}",
        "row": row,
        "places": places_of(row, at=timezone.now()),
        "versions": [(past, who(past)) for past in versions_of(row.sku, user=user)],
        "offers": offers,
        "listings": listings,
        "may_list": user.has_perm("catalog.view_listing"),
        "may_write": user.has_perm(WRITE) and row.is_open,
        "may_see_stock": user.has_perm("catalog.view_stockmovement"),
    }
    return render(request, "catalog/bundle.html", context)


def who(past: PastVersion) -> str:
    """Return who made a version, in words."""
    return called(past.principal) if past.principal else ""


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(WRITE)
def version_page(request: HttpRequest, code: str) -> HttpResponse:
    """Take the components of a new version, show their shares of the price, and save them."""
    row = bundle_of(request, code)
    if not row.is_open:
        raise Http404
    number = row.version.version if row.version else 0
    if request.method != "POST":
        return show_form(request, standing_parts(row, request.user), row=row, seen=number)
    parts = parts_in(request.POST)
    if not changed(request, parts):
        shown = shown_parts(parts, user=request.user)
        if unseen := unseen_in(parts, shown):
            parts.troubles.append(_("There is no SKU “%(sku)s”.") % {"sku": unseen})
        else:
            try:
                draft = draft_in(parts, row.sku.code, request.POST.get("seen", ""))
                outcome = attempt(request, save_bundles, [draft])
                parts.troubles += [str(refusal) for _index, refusal in outcome.refused]
                if outcome.done:
                    said = _("Version %(version)s is in force; documents from before keep theirs.")
                    messages.success(request, said % {"version": outcome.done[0].version})
                    return HttpResponseRedirect(reverse("catalog:bundle", args=[row.sku.code]))
            except Refused as refused:
                parts.troubles.append(str(refused))
        return show_form(request, parts, row=row, seen=number, status=422)
    return show_form(request, parts, row=row, seen=request.POST.get("seen", ""))


def standing_parts(row: BundleRow, user: Any) -> Parts:
    """Return the components in force, with weights where their shares are not those of list prices."""
    parts = Parts([PartRow(part.sku.code, str(part.units)) for part in row.parts if part.sku])
    if [each.share for each in shown_parts(parts, user=user)] == [part.share for part in row.parts]:
        return parts
    return Parts(
        [
            PartRow(part.sku.code, str(part.units), f"{(part.share * 100).normalize():f}")
            for part in row.parts
            if part.sku
        ]
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(WRITE)
def new_page(request: HttpRequest) -> HttpResponse:
    """Take a new bundle: its SKU, and what it is made of."""
    if request.method != "POST":
        return show_form(request, Parts())
    parts = parts_in(request.POST)
    if changed(request, parts):
        return show_form(request, parts)
    shown = shown_parts(parts, user=request.user)
    try:
        draft = new_draft(request, parts)
        if unseen := unseen_in(parts, shown):
            parts.troubles.append(_("There is no SKU “%(sku)s”.") % {"sku": unseen})
        else:
            outcome = attempt(request, open_bundles, [draft])
            parts.troubles += [str(refusal) for _index, refusal in outcome.refused]
            if outcome.done:
                messages.success(request, _("Bundle %(sku)s stands.") % {"sku": draft.sku_code})
                return HttpResponseRedirect(reverse("catalog:bundle", args=[draft.sku_code]))
    except Refused as refused:
        parts.troubles.append(str(refused))
    return show_form(request, parts, status=422)


def new_draft(request: HttpRequest, parts: Parts) -> NewBundleDraft:
    """Return the bundle that the form asks for, of a brand and a SKU that its sender sees. Refuses NotReadable."""
    sent = request.POST
    code, brand = sent.get("code", "").strip()[:60], sent.get("brand", "")[:40]
    standing = Sku.objects.filter(code=code)
    if standing.exists() and not Sku.objects.visible_to(request.user).filter(code=code).exists():
        raise Refused(_("The code %(code)s is taken."), code=code)
    if brand and not Brand.objects.visible_to(request.user).filter(code=brand).exists():
        raise Http404
    price = number_sent(sent.get("price", "")[:16], code)
    return NewBundleDraft(code, parts.drafts(), " ".join(sent.get("name", "").split())[:200], brand, price)


def changed(request: HttpRequest, parts: Parts) -> bool:
    """Add, remove or preview as a form asks; tell whether it asked for no more than that."""
    sent = request.POST
    removed = sent.get("without", "")
    if removed.isascii() and removed.isdecimal() and int(removed) < len(parts.rows):
        del parts.rows[int(removed)]
        return True
    if sent.get("do") == "add":
        add_part(parts, sent.get("add", "").strip()[:60], user=request.user)
    return sent.get("do") != "save"


def show_form(
    request: HttpRequest,
    parts: Parts,
    *,
    row: BundleRow | None = None,
    seen: Any = 0,
    status: int = 200,
) -> HttpResponse:
    """Show the form as it was filled in."""
    shown = shown_parts(parts, user=request.user)
    price = row.sku.list_price if row else None
    if row is None:
        try:
            price = number_sent(request.POST.get("price", "")[:16], "")
        except Refused:
            price = None
    context = {
        **admin.site.each_context(request),
        "title": _("New version of %(sku)s") % {"sku": row.sku.code} if row else _("New bundle"),
        "row": row,
        "seen": seen,
        "sent": request.POST,
        "lines": [
            (each, None if price is None or each.share is None else each.share * price) for each in shown
        ],
        "troubles": parts.troubles,
        "brands": Brand.objects.visible_to(request.user).order_by("name", "code"),
    }
    return render(request, "catalog/bundle_form.html", context, status=status)
