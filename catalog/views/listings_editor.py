"""One listing: the editor of its draft, with what is found wrong in it while it is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from catalog.choices import EDITABLE, BlockKind, MediaRole
from catalog.contents import content_of
from catalog.drafts import Block, ListingContent, VersionDraft
from catalog.forms.listings import NotReadable, content_sent, moment, prices_typed, readable_amount
from catalog.models import Listing, ListingVersion, PlatformCategory
from catalog.operations.listings import discard_versions, submit_versions, write_versions
from catalog.queries.listing_pages import (
    beside,
    cards_of,
    category_of,
    comments_by_field,
    open_versions,
    questions_of,
    variants_of,
)
from catalog.views.listings_doors import VIEW, WRITE, visible_listing, visible_version
from catalog.views.listings_review import head_of, names_of_codes, returned_of, review_page
from catalog.views.listings_shown import PARTS, changes_between, side
from ops_portal.accounts.doors import staff_only
from ops_portal.lib.doors.telling import attempt, say_refused

ROLES: Final = tuple(MediaRole)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(VIEW)
def listing_page(request: HttpRequest, number: str) -> HttpResponse:
    """Show the listing or the version of this number: the editor of what may be written, else what is to be read."""
    version = visible_version(request, number)
    listing = visible_listing(request, number if version is None else number.rpartition("-")[0])
    if version is None:
        version = next(iter(open_versions([listing])), None) or listing.live or last_version(listing)
    if version is None:
        raise Http404
    version.listing = listing
    if version.status not in EDITABLE or not request.user.has_perm(WRITE):
        return review_page(request, listing, version)
    if request.method == "POST":
        return written(request, listing, version)
    content = content_of(version.content)
    taken = taken_from(request, listing, content)
    return editor(request, listing, version, taken or content, is_taken=taken is not None)


def last_version(listing: Listing) -> ListingVersion | None:
    """Return the newest version of a listing of which none is open or live: what was discarded."""
    version: ListingVersion | None = listing.versions.order_by("-version").first()
    return version


def taken_from(request: HttpRequest, listing: Listing, own: ListingContent) -> ListingContent | None:
    """Return what the same product says in the shop that the address names, with this shop's category and prices."""
    number = request.GET.get("from", "")
    other = next((each for each in beside(listing, request.user) if each.listing.number == number), None)
    if other is None or other.version is None:
        return None
    theirs = content_of(other.version.content)
    return replace(theirs, platform_category=own.platform_category, skus=own.skus)


def sent_content(
    request: HttpRequest,
    listing: Listing,
    version: ListingVersion,
    price_of: Callable[[str], Decimal | None] | None = None,
) -> ListingContent:
    """Return the content that the form holds; attributes that it doesn't ask for stay as they are."""
    kept = version.content.get("attributes", {})
    category = category_of(listing, request.POST.get("platform_category", "")[:60])
    asked = [each.attribute for each in questions_of(listing.product, category, {})]
    shown = category_of(listing, request.POST.get("shown_category", "")[:60])
    if shown != category:  # the fields on the page are still those of the category before
        asked += [each.attribute for each in questions_of(listing.product, shown, {})]
    content = content_sent(request.POST, asked, price_of)
    codes = set(request.POST.getlist("asked"))
    rest = {code: value for code, value in kept.items() if code not in codes}
    return replace(content, attributes={**rest, **content.attributes})


def written(request: HttpRequest, listing: Listing, version: ListingVersion) -> HttpResponse:
    """Save what the form holds; hand it in, or give the draft up, where the button says so."""
    here = HttpResponseRedirect(reverse("catalog:listing", args=[listing.number]))
    verb = request.POST.get("verb", "save")
    if verb == "discard":
        outcome = attempt(request, discard_versions, [version.number])
        say_refused(request, outcome, [version.number])
        if outcome.done:
            messages.success(request, _("The draft is given up; what is live stays as it is."))
        return here
    try:
        content = sent_content(request, listing, version)
        draft = VersionDraft(version.number, content, moment(request.POST.get("seen", "")))
    except NotReadable as refused:
        messages.error(request, str(refused))
        typed = sent_content(request, listing, version, readable_amount)
        seen = request.POST.get("seen", "")[:40]
        return editor(request, listing, version, typed, prices=prices_typed(request.POST), seen=seen)
    outcome = attempt(request, write_versions, [draft])
    if outcome.refused:
        refusal = outcome.refused[0][1]
        if refusal.code != "changed_meanwhile":
            messages.error(request, str(refusal))
            return editor(request, listing, version, content)
        return overtaken(request, listing, content)
    if verb == "submit":
        outcome = attempt(request, submit_versions, [version.number])
        say_refused(request, outcome, [version.number])
        if outcome.done:
            messages.success(request, _("Submitted: it now waits to be checked."))
    else:
        messages.success(request, _("Saved."))
    return here


def overtaken(request: HttpRequest, listing: Listing, mine: ListingContent) -> HttpResponse:
    """Show what this writer has, and in what it differs from what somebody else saved meanwhile."""
    fresh = next(iter(open_versions([listing])), None)
    if fresh is None or fresh.status not in EDITABLE:
        messages.error(request, _("It was submitted or given up by somebody else meanwhile."))
        return HttpResponseRedirect(reverse("catalog:listing", args=[listing.number]))
    fresh.listing = listing
    theirs = content_of(fresh.content)
    names = names_of_codes(listing, mine, theirs, category_of(listing, mine.platform_category))
    changes = changes_between(theirs, mine, names)
    parts = [{"label": PARTS[code], "changes": some} for code, some in changes.items()]
    return editor(request, listing, fresh, mine, overtaken_by=parts)


def editor(
    request: HttpRequest,
    listing: Listing,
    version: ListingVersion,
    content: ListingContent,
    *,
    prices: Mapping[str, str] | None = None,
    seen: str = "",
    is_taken: bool = False,
    overtaken_by: Any = None,
) -> HttpResponse:
    """Render the editor of a draft with ``content`` in its fields, and ``prices`` as they were typed."""
    at = timezone.now()
    category = category_of(listing, content.platform_category)
    categories = PlatformCategory.objects.filter(platform=listing.channel.platform).order_by("name", "pk")
    shops = beside(listing, request.user)
    context = {
        **side(listing, content, category, at=at),
        **head_of(request, listing, version, shops),
        "seen": seen or version.updated_at.isoformat(),
        "categories": list(categories),
        "questions": questions_of(listing.product, category, content.attributes),
        "blocks": content.blocks or (Block(BlockKind.DESCRIPTION, ""),),
        "points": (*content.selling_points, *[""] * max(1, 3 - len(content.selling_points))),
        "block_kinds": BlockKind.choices,
        "groups": groups_of(listing, content),
        "roles": MediaRole.choices,
        "others": [each for each in shops if each.version is not None],
        "comments": comments_by_field(version),
        "returned": returned_of(version),
        "is_taken": is_taken,
        "overtaken_by": overtaken_by,
        "prices_typed": prices,
        "is_unsaved": is_taken or overtaken_by is not None or prices is not None,
    }
    return render(request, "catalog/listing.html", {**admin.site.each_context(request), **context})


def groups_of(listing: Listing, content: ListingContent) -> list[dict[str, Any]]:
    """Return the places of pictures, each with what lies in it; last those that are not used."""
    cards = cards_of(listing, content)
    groups = [
        {"role": role.value, "label": role.label, "cards": [each for each in cards if each.role == role]}
        for role in ROLES
    ]
    return [*groups, {"role": "", "label": _("Not used"), "cards": [each for each in cards if not each.role]}]


@require_POST
@staff_only(WRITE)
def check_page(request: HttpRequest, number: str) -> HttpResponse:
    """Answer what is found in the form as it stands; nothing is written."""
    listing, version = written_version(request, number)
    try:
        content = sent_content(request, listing, version)
    except NotReadable as refused:
        return render(request, "catalog/listing_trouble.html", {"trouble": str(refused)})
    category = category_of(listing, content.platform_category)
    shown = side(listing, content, category, at=timezone.now())
    return render(request, "catalog/listing_side.html", {**shown, "is_live": True})


@require_POST
@staff_only(WRITE)
def attributes_page(request: HttpRequest, number: str) -> HttpResponse:
    """Answer the fields of the attributes that the chosen category asks for, with the values that they have."""
    listing, version = written_version(request, number)
    category = category_of(listing, request.POST.get("platform_category", "")[:60])
    try:
        values = sent_content(request, listing, version).attributes
    except NotReadable:
        values = version.content.get("attributes", {})
    context = {
        "listing": listing,
        "category": category,
        "questions": questions_of(listing.product, category, values),
    }
    return render(request, "catalog/listing_attributes.html", context)


def written_version(request: HttpRequest, number: str) -> tuple[Listing, ListingVersion]:
    """Return a listing with its version that may be written; 404 where there is none."""
    listing = visible_listing(request, number)
    version = next(iter(open_versions([listing])), None)
    if version is None or version.status not in EDITABLE:
        raise Http404
    return listing, version


def skus_named(listing: Listing) -> list[Any]:
    """Return the variants as a card of a picture names them."""
    return variants_of(listing, ListingContent(), None, at=timezone.now())
