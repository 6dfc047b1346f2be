"""The desk of listings: its tabs with what stands in each, and one page of a tab."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, FilteredRelation, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleLessThan
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.choices import OPEN_VERSIONS, ListingStatus, RulingStatus, VersionStatus
from catalog.models import Listing, ListingRuling, ListingVersion, Product, Sku

PAGE: Final = 50
COUNTED: Final = 1000  # a tab with more is shown as 999+
ALL: Final = "all"
V, L = VersionStatus, ListingStatus
# Tabs of what is worked on, in the sequence of the work, and of what stands in the shops.
WORKED: Final[dict[str, Any]] = {
    V.DRAFT: _("Drafts"),
    V.RETURNED: _("Returned"),
    V.SUBMITTED: _("To check"),
    V.CHECKED: _("To approve"),
}
STANDING: Final[dict[str, Any]] = {
    L.LIVE: pgettext_lazy("listings", "Live"),
    L.OFF: pgettext_lazy("listings", "Delisted"),
    ALL: pgettext_lazy("listings", "All"),
}
TABS: Final[tuple[str, ...]] = (*WORKED, *STANDING)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader asks the desk for; ``text`` looks for listings in all tabs."""

    tab: str = V.DRAFT
    shop: str = ""
    brand: str = ""
    is_mine: bool = False
    is_ruled: bool = False
    text: str = ""
    after: str = ""

    @property
    def is_filtered(self) -> bool:
        """Tell whether anything but the tab was chosen."""
        return bool(self.shop or self.brand or self.is_mine or self.is_ruled)


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab with the number of listings in it; not all are counted."""

    code: str
    label: Any
    count: int | None

    @property
    def shown(self) -> str:
        """Return the number as people read it."""
        if self.count is None:
            return ""
        return f"{COUNTED - 1}+" if self.count >= COUNTED else str(self.count)


@dataclass(frozen=True, slots=True)
class Row:
    """A listing, and the version of it that is worked on or that buyers see."""

    listing: Listing
    version: ListingVersion | None


@dataclass(frozen=True, slots=True)
class Found:
    """One page of listings, and the place after which there are more."""

    rows: Sequence[Row] = ()
    following: str = ""


def tabs(user: Any) -> list[Tab]:
    """Return the tabs with what stands in each for this reader: one statement, which counts no further than shown."""
    versions, listings = ListingVersion.objects.visible_to(user), Listing.objects.visible_to(user)
    sets: dict[str, QuerySet[Any]] = {code: versions.filter(status=code) for code in WORKED}
    sets |= {code: listings.filter(status=code) for code in STANDING if code != ALL}
    texts: list[str] = []
    params: list[Any] = []
    counted: list[str] = []
    for code, rows in sets.items():
        try:
            sql, own = rows.order_by().values("pk")[:COUNTED].query.sql_with_params()
        except EmptyResultSet:
            continue
        texts.append(f"(SELECT count(*) FROM ({sql}) AS few)")
        params += own
        counted.append(code)
    counts: dict[str, int] = {}
    if texts:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(texts)}", params)
            counts = dict(zip(counted, cursor.fetchone(), strict=True))
    labels = {**WORKED, **STANDING}
    return [Tab(code, labels[code], None if code == ALL else counts.get(code, 0)) for code in TABS]


def looked_for(text: str) -> Q:
    """Return what finds listings by number, product, SKU or the item number of the platform."""
    by_sku = Sku.objects.filter(Q(code__iexact=text) | Q(barcode=text)).values("product_id")
    return (
        Q(number=text.upper())
        | Q(platform_item=text)
        | Q(product__code__iexact=text)
        | Q(product__name__icontains=text)
        | Q(product_id__in=by_sku)
    )


def page_of_listings(asked: Asked, *, user: Any) -> Found:
    """Return one page of a tab: what waits longest first, of what stands in the shops the last changed first."""
    if asked.tab in WORKED and not asked.text:
        return page_of_versions(asked, user=user)
    listings: QuerySet[Listing] = Listing.objects.visible_to(user)
    if asked.text:
        listings = listings.filter(looked_for(asked.text))
    elif asked.tab != ALL:
        listings = listings.filter(status=asked.tab)
    if asked.shop:
        listings = listings.filter(channel__code=asked.shop)
    if asked.brand:
        listings = listings.filter(product__brand__code=asked.brand)
    if asked.is_ruled:
        off = ListingRuling.objects.filter(status__in=(RulingStatus.OFF, RulingStatus.KNOWN))
        listings = listings.filter(pk__in=off.values("listing_id"))
    if asked.is_mine:
        mine = ListingVersion.objects.filter(status__in=OPEN_VERSIONS, writers__contains=[user.pk])
        listings = listings.filter(pk__in=mine.values("listing_id"))
    place = place_of(asked.after)
    if place is not None:
        listings = listings.filter(TupleLessThan(Tuple(F("updated_at"), F("pk")), place))
    # Of a listing one version at most is open, so that the join brings no row twice.
    worked_on = FilteredRelation("versions", condition=Q(versions__status__in=sorted(OPEN_VERSIONS)))
    shown: QuerySet[Any] = (
        listings.order_by("-updated_at", "-pk")
        .annotate(worked_on=worked_on)
        .select_related("channel", "product__brand", "live", "worked_on__owner")  # type: ignore[misc]
    )
    found: list[Any] = list(shown[: PAGE + 1])
    last = found[PAGE - 1] if len(found) > PAGE else None
    rows = [Row(each, getattr(each, "worked_on", None) or each.live) for each in found[:PAGE]]
    return Found(rows, f"{last.updated_at.isoformat()}|{last.pk}" if last else "")


def page_of_versions(asked: Asked, *, user: Any) -> Found:
    """Return one page of the versions in one state, the oldest first: one statement."""
    versions: QuerySet[ListingVersion] = ListingVersion.objects.visible_to(user).filter(status=asked.tab)
    if asked.shop:
        versions = versions.filter(listing__channel__code=asked.shop)
    if asked.brand:
        versions = versions.filter(listing__product__brand__code=asked.brand)
    if asked.is_mine:
        versions = versions.filter(Q(writers__contains=[user.pk]) | Q(owner=user))
    if asked.after.isascii() and asked.after.isdecimal() and len(asked.after) < 19:
        versions = versions.filter(pk__gt=int(asked.after))
    shown = versions.order_by("pk").select_related("listing__channel", "listing__product__brand", "owner")
    found = list(shown[: PAGE + 1])
    following = str(found[PAGE - 1].pk) if len(found) > PAGE else ""
    return Found([Row(each.listing, each) for each in found[:PAGE]], following)


def place_of(text: str) -> tuple[datetime, int] | None:
    """Return the place in a list that an address names, or None."""
    moment, _bar, pk = text.partition("|")
    if not (pk.isascii() and pk.isdecimal() and len(pk) < 19):
        return None
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return (at, int(pk)) if at.tzinfo is not None else None


def products_to_list(user: Any, text: str = "") -> QuerySet[Any]:
    """Return the products of the reader's brands, those that are looked for."""
    products: QuerySet[Any] = Product.objects.visible_to(user).select_related("brand", "category")
    if text:
        by_sku = Sku.objects.filter(Q(code__iexact=text) | Q(barcode=text)).values("product_id")
        products = products.filter(Q(code__iexact=text) | Q(name__icontains=text) | Q(pk__in=by_sku))
    return products
