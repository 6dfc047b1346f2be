"""The desk of listings: what is written, checked, approved and live, and the verbs that move many at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.choices import EDITABLE, ListingStatus, MediaRole, VersionStatus
from catalog.drafts import ListingDraft
from catalog.models import Brand, Channel, Listing, ListingVersion, Product
from catalog.operations.listings import (
    check_versions,
    delist_listings,
    draft_listings,
    relist_listings,
    submit_versions,
)
from catalog.queries.listing_desk import (
    ALL,
    TABS,
    WORKED,
    Asked,
    Row,
    page_of_listings,
    products_to_list,
    tabs,
)
from catalog.queries.ruling_desk import open_rulings_of
from catalog.views.listings_doors import CHECK, VIEW, WRITE, nothing_chosen
from ops_portal.accounts.doors import staff_only
from ops_portal.lib.doors.telling import attempt, back, say_refused, tell

MOST_AT_ONCE: Final = 200
MOST_PRODUCTS: Final = 20


@dataclass(frozen=True, slots=True)
class Verb:
    """A move of many at once. ``tabs`` are those in which it is a next step; ``moves_versions`` what it moves."""

    name: str
    label: Any
    permission: str
    run: Callable[..., Any]
    tabs: tuple[str, ...]
    moves_versions: bool = True
    asks_reason: bool = False


VERBS: Final[Mapping[str, Verb]] = {
    verb.name: verb
    for verb in (
        Verb("submit", gettext_lazy("Submit"), WRITE, submit_versions, tuple(sorted(EDITABLE))),
        Verb("check", gettext_lazy("Checked"), CHECK, check_versions, (VersionStatus.SUBMITTED,)),
        Verb("delist", gettext_lazy("Delist"), WRITE, delist_listings, (ListingStatus.LIVE,), False, True),
        Verb("relist", gettext_lazy("Relist"), WRITE, relist_listings, (ListingStatus.OFF,), False),
    )
}


def asked_of(request: HttpRequest) -> Asked:
    """Return what the address asks for."""
    given = request.GET
    return Asked(
        tab=given["tab"] if given.get("tab") in TABS else VersionStatus.DRAFT,
        shop=given.get("shop", "")[:40],
        brand=given.get("brand", "")[:40],
        is_mine=bool(given.get("mine")),
        is_ruled=bool(given.get("ruled")),
        text=given.get("q", "").strip()[:60],
        after=given.get("after", "")[:60],
    )


@require_safe
@staff_only(VIEW)
def list_page(request: HttpRequest) -> HttpResponse:
    """Show one tab of listings that the reader may see, or those that are looked for; at most 8 statements."""
    user = request.user
    asked = asked_of(request)
    found = page_of_listings(asked, user=user)
    if asked.text and len(found.rows) == 1 and not asked.after:
        return HttpResponseRedirect(reverse("catalog:listing", args=[found.rows[0].listing.number]))
    off = [row.listing.pk for row in found.rows if row.listing.status == ListingStatus.OFF]
    rulings = open_rulings_of(off) if off else {}
    verbs = [verb for verb in VERBS.values() if asked.tab in verb.tabs and user.has_perm(verb.permission)]
    standing = tabs(user)
    context = {
        "asked": asked,
        "tabs": standing,
        "may_export": any(tab.code == ListingStatus.LIVE and tab.count for tab in standing),
        "may_choose": asked.tab == ListingStatus.LIVE and not asked.text,
        "rows": [shown_row(row) | {"ruling": rulings.get(row.listing.pk)} for row in found.rows],
        "following": found.following,
        "shops": Channel.objects.visible_to(user).filter(is_active=True).order_by("name", "code"),
        "brands": Brand.objects.visible_to(user).order_by("name", "code"),
        "verbs": [] if asked.text else verbs,
        "is_worked": asked.tab in WORKED,
        "all_tab": ALL,
        "may_write": user.has_perm(WRITE),
        "title": _("Listings"),
    }
    return render(request, "catalog/listings.html", {**admin.site.each_context(request), **context})


def shown_row(row: Row) -> dict[str, Any]:
    """Return what a row shows of a listing: the first picture, the title, the span of prices."""
    content: Mapping[str, Any] = row.version.content if row.version is not None else {}
    pictures = content.get("pictures", ())
    prices = [float(each["price"]) for each in content.get("skus", ()) if each.get("price")]
    return {
        "listing": row.listing,
        "version": row.version,
        "is_open": row.version is not None and row.version.pk != row.listing.live_id,
        "title": content.get("title") or row.listing.product.name,
        "picture": next((each["sha256"] for each in pictures if each.get("role") == MediaRole.MAIN), ""),
        "skus": len(content.get("skus", ())),
        "least": min(prices, default=None),
        "most": max(prices, default=None),
    }


@require_POST
@staff_only(VIEW)
def move_page(request: HttpRequest) -> HttpResponse:
    """Make one move of the chosen listings, and return to the list."""
    verb = VERBS.get(request.POST.get("verb", ""))
    if verb is None:
        raise Http404
    if not request.user.has_perm(verb.permission):
        raise PermissionDenied
    chosen = request.POST.getlist("number")[:MOST_AT_ONCE]
    model = ListingVersion if verb.moves_versions else Listing
    seen = model.objects.visible_to(request.user).filter(number__in=chosen).order_by("pk")
    numbers = list(seen.values_list("number", flat=True))
    if not numbers:
        return nothing_chosen(request)
    given = {"reason": request.POST.get("reason", "").strip()[:500]} if verb.asks_reason else {}
    tell(request, verb.label, numbers, verb.run, numbers, **given)
    return back(request, reverse("catalog:listings"))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(WRITE)
def new_page(request: HttpRequest) -> HttpResponse:
    """Draft listings of a product in some shops: first the product, then the shops in which it is not yet."""
    user = request.user
    text = (request.POST.get("q") or request.GET.get("q") or "").strip()[:60]
    code = (request.POST.get("product") or request.GET.get("product") or "").strip()[:60]
    product = products_to_list(user).filter(code=code).first() if code else None
    if request.method == "POST" and product is not None:
        seen = Channel.objects.visible_to(user).filter(code__in=request.POST.getlist("shop")[:MOST_AT_ONCE])
        shops = list(seen.order_by("pk").values_list("code", flat=True))
        drafts = [ListingDraft(shop, product.code) for shop in shops]
        outcome = attempt(request, draft_listings, drafts)
        say_refused(request, outcome, shops)
        if outcome.done:
            return HttpResponseRedirect(address_of_drafts([done.number for done in outcome.done]))
        if not drafts:
            return nothing_chosen(request)
    taken: dict[int, Listing] = {}
    if product is not None:
        taken = {each.channel_id: each for each in Listing.objects.filter(product=product).order_by("pk")}
    shops_seen = Channel.objects.visible_to(user).filter(is_active=True).order_by("name", "code")
    context = {
        "text": text,
        "product": product,
        "found": [] if product else found_products(user, text),
        "shops": [{"shop": shop, "listing": taken.get(shop.pk)} for shop in shops_seen] if product else [],
        "at": timezone.now(),
        "title": _("New listing"),
    }
    return render(request, "catalog/listing_new.html", {**admin.site.each_context(request), **context})


def found_products(user: Any, text: str) -> list[Product]:
    """Return the products that are looked for, those entered last where nothing is."""
    products = products_to_list(user, text).order_by("-pk")
    return list(products[:MOST_PRODUCTS])


def address_of_drafts(numbers: list[str]) -> str:
    """Return where writing goes on: on the page of the first draft, from which the others are at hand."""
    return reverse("catalog:listing", args=[numbers[0].rpartition("-")[0]])
