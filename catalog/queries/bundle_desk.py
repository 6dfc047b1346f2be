"""The desk of bundles: what each is made of, how many can be made and which component holds it back."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from catalog.models import BundleComponent, BundleVersion, ChannelSku, Listing, Sku, Warehouse
from catalog.queries.bundles import available_at
from catalog.queries.prices import Margin, margin_of
from catalog.queries.sellable import sellable_units
from ops_portal.accounts.models import AuditEntry

PAGE: Final = 50
AT_ONCE: Final = 500
VERSIONS: Final = 50
Sellable = Mapping[tuple[int, int], int]  # units by (SKU, warehouse)


@dataclass(frozen=True, slots=True)
class AskedBundles:
    """What the list is narrowed to; ``after`` is the code that the page before ended with."""

    text: str = ""
    brand: str = ""
    is_dry: bool = False
    after: str = ""

    @property
    def is_filtered(self) -> bool:
        """Tell whether anything is asked for."""
        return bool(self.text or self.brand or self.is_dry)


@dataclass(frozen=True, slots=True)
class Part:
    """A component; ``sku`` is None where its brand is not the reader's. ``allows`` counts the bundles that it makes."""

    sku: Sku | None
    units: int
    share: Decimal
    allows: int


@dataclass(frozen=True, slots=True)
class Place:
    """A warehouse: how many bundles each component makes there, and all of them together."""

    warehouse: Warehouse
    allows: tuple[int, ...]

    @property
    def units(self) -> int:
        """Return how many bundles can be made here."""
        return min(self.allows)


@dataclass(frozen=True, slots=True)
class BundleRow:
    """A bundle as it is now. ``short`` is the component of which the fewest could be made over all warehouses."""

    sku: Sku
    version: BundleVersion | None
    parts: tuple[Part, ...]
    available: int
    cost: Decimal | None
    worth: Decimal | None

    @property
    def short(self) -> Part | None:
        """Return the component that holds the bundle back, the first of several."""
        return min(self.parts, key=lambda part: part.allows, default=None)

    @property
    def is_open(self) -> bool:
        """Tell whether the reader sees every component."""
        return all(part.sku is not None for part in self.parts)

    @property
    def margin(self) -> Margin | None:
        """Return what is left of the list price after the components' cost, before platforms take their fees."""
        return None if self.sku.list_price is None else margin_of(self.sku.list_price, self.cost, Decimal(0))

    @property
    def saving(self) -> Decimal | None:
        """Return by how much the bundle is cheaper than its components one by one."""
        price: Decimal | None = self.sku.list_price
        return None if price is None or self.worth is None else self.worth - price


def page_of_bundles(
    asked: AskedBundles, *, user: Any, at: datetime, most: int = PAGE
) -> tuple[list[BundleRow], str]:
    """Return bundles by code, and the code after which the next page begins; seven statements at most."""
    found = narrowed(asked, user=user, at=at).select_related("product__brand").order_by("code")
    skus: list[Sku] = list(found[: most + 1])
    following = skus[most - 1].code if len(skus) > most else ""
    return rows_of(skus[:most], user=user, at=at), following


def all_bundles(asked: AskedBundles, *, user: Any, at: datetime) -> Iterator[BundleRow]:
    """Yield every bundle that is asked for, by code."""
    while True:
        rows, following = page_of_bundles(asked, user=user, at=at, most=AT_ONCE)
        yield from rows
        if not following:
            return
        asked = replace(asked, after=following)


def narrowed(asked: AskedBundles, *, user: Any, at: datetime) -> QuerySet[Any]:
    """Return the bundles that are asked for; a text finds them by their components too."""
    found: QuerySet[Any] = Sku.objects.visible_to(user).filter(is_bundle=True)
    if asked.brand:
        found = found.filter(product__brand__code=asked.brand)
    if asked.text:
        inside = BundleComponent.objects.filter(
            bundle_version__in=versions_in_force(at), sku__code__iexact=asked.text
        )
        found = found.filter(
            Q(code__icontains=asked.text)
            | Q(barcode=asked.text)
            | Q(product__name__icontains=asked.text)
            | Q(pk__in=inside.values("bundle_version__sku"))
        )
    if asked.is_dry:
        pks = list(found.order_by("pk").values_list("pk", flat=True))
        sellable = available_at(pks, at)
        found = found.filter(pk__in=[pk for pk in pks if not sellable.get(pk)])
    return found.filter(code__gt=asked.after) if asked.after else found


def versions_in_force(at: datetime, sku_ids: Collection[int] | None = None) -> QuerySet[BundleVersion]:
    """Return the version of each bundle that is in force at a moment."""
    versions = BundleVersion.objects.filter(since__lte=at)
    if sku_ids is not None:
        versions = versions.filter(sku__in=sku_ids)
    return versions.order_by("sku_id", "-version").distinct("sku_id")


def rows_of(skus: Sequence[Sku], *, user: Any, at: datetime) -> list[BundleRow]:
    """Return what the list shows of bundles: five statements at most, however many."""
    if not skus:
        return []
    parts = Prefetch("components", BundleComponent.objects.order_by("pk"))
    versions = {
        version.sku_id: version
        for version in versions_in_force(at, [sku.pk for sku in skus]).prefetch_related(parts)
    }
    ids = {part.sku_id for version in versions.values() for part in version.components.all()}
    seen = Sku.objects.visible_to(user).filter(pk__in=ids).select_related("product")
    known = {sku.pk: sku for sku in seen}
    sellable = sellable_units(ids, on=timezone.localdate(at, timezone.get_default_timezone()))
    return [row_of(sku, versions.get(sku.pk), known, sellable) for sku in skus]


def row_of(
    sku: Sku, version: BundleVersion | None, known: Mapping[int, Sku], sellable: Sellable
) -> BundleRow:
    """Return what is shown of one bundle."""
    components = list(version.components.all()) if version is not None else []
    allowed = allowed_by(components, sellable)
    parts = tuple(
        Part(
            known.get(part.sku_id),
            part.units,
            part.price_share,
            sum(allows[place] for allows in allowed.values()),
        )
        for place, part in enumerate(components)
    )
    return BundleRow(
        sku,
        version,
        parts,
        sum(min(allows) for allows in allowed.values()),
        sum_of(parts, "cost"),
        sum_of(parts, "list_price"),
    )


def allowed_by(components: Sequence[BundleComponent], sellable: Sellable) -> dict[int, tuple[int, ...]]:
    """Return how many bundles each component makes, by the id of each warehouse that has any of them."""
    if not components:
        return {}
    ids = {part.sku_id for part in components}
    places = sorted({place for sku, place in sellable if sku in ids})
    return {
        place: tuple(max(0, sellable.get((part.sku_id, place), 0)) // part.units for part in components)
        for place in places
    }


def sum_of(parts: Sequence[Part], name: str) -> Decimal | None:
    """Return what the components come to by one of their amounts; None where one has none."""
    whole = Decimal(0)
    for part in parts:
        amount: Decimal | None = None if part.sku is None else getattr(part.sku, name)
        if amount is None:
            return None
        whole += amount * part.units
    return whole if parts else None


def places_of(row: BundleRow, *, at: datetime) -> list[Place]:
    """Return what each warehouse that has any component makes of a bundle."""
    if row.version is None:
        return []
    components = list(row.version.components.all())
    on = timezone.localdate(at, timezone.get_default_timezone())
    allowed = allowed_by(components, sellable_units({part.sku_id for part in components}, on=on))
    warehouses = Warehouse.objects.filter(pk__in=allowed).order_by("name", "code")
    return [Place(warehouse, allowed[warehouse.pk]) for warehouse in warehouses]


@dataclass(frozen=True, slots=True)
class PastVersion:
    """What a bundle was made of ``since`` a moment ``until`` another (None: still), and who said so."""

    version: BundleVersion
    until: datetime | None
    parts: tuple[tuple[Sku | None, BundleComponent], ...]
    principal: str


def versions_of(sku: Sku, *, user: Any) -> list[PastVersion]:
    """Return the newest versions of a bundle, the newest first; four statements."""
    parts = Prefetch("components", BundleComponent.objects.order_by("pk"))
    versions = list(
        BundleVersion.objects.filter(sku=sku).order_by("-version").prefetch_related(parts)[:VERSIONS]
    )
    ids = {part.sku_id for version in versions for part in version.components.all()}
    known = {each.pk: each for each in Sku.objects.visible_to(user).filter(pk__in=ids)}
    entries = AuditEntry.objects.filter(
        table_name=BundleVersion._meta.db_table, row_pk__in=[str(each.pk) for each in versions], operation="I"
    )
    actors = dict(entries.values_list("row_pk", "principal"))
    ends = [None, *(each.since for each in versions)]
    return [
        PastVersion(
            version,
            until,
            tuple((known.get(part.sku_id), part) for part in version.components.all()),
            actors.get(str(version.pk), ""),
        )
        for version, until in zip(versions, ends, strict=False)
    ]


@dataclass(frozen=True, slots=True)
class Offered:
    """A code of a shop that means the bundle, the units that the shop shows, and the listing it stands in."""

    code: ChannelSku
    units: int | None
    listing: Listing | None


def offers_of(sku: Sku, *, user: Any) -> tuple[list[Offered], list[Listing]]:
    """Return where shops offer a bundle, and the listings of its product in shops that have no code of it yet."""
    codes = ChannelSku.objects.visible_to(user).filter(sku=sku).select_related("channel", "shown")
    listings = {
        each.channel_id: each
        for each in Listing.objects.visible_to(user)
        .filter(product=sku.product_id)
        .select_related("channel")
        .order_by("pk")
    }
    offers = []
    for code in codes.order_by("channel__name", "code", "pk"):
        shown = getattr(code, "shown", None)
        offers.append(Offered(code, shown.units if shown else None, listings.get(code.channel_id)))
    taken = {offer.code.channel_id for offer in offers}
    return offers, [each for channel, each in listings.items() if channel not in taken]
