"""What each shop may show of its SKU codes, with the reckoning.

Shown is the share of what can be sold, rounded down, less the buffer and the orders not yet downloaded, but never less
than nothing; then the units held for the shop, and its pre-sale quota. A bundle counts as often as one warehouse can
make it. Sold from a warehouse is what the shop is served from.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils import timezone

from catalog.choices import MatchStatus
from catalog.models import (
    BundleComponent,
    ChannelSku,
    ChannelStockRule,
    ChannelWarehouse,
    Sku,
    Warehouse,
)
from catalog.queries.bundles import Component, components_at
from catalog.queries.sellable import sellable_units

HELD_FOR_SHOPS: Final = """
    SELECT h.channel_id, s.sku_id, s.warehouse_id, sum(r.units)::bigint
    FROM catalog_stockhold h
    JOIN catalog_reservation r ON r.document_kind = 'stock_hold' AND r.document_number = h.number AND r.status = 'held'
    JOIN catalog_stock s ON s.id = r.stock_id
    WHERE h.status = 'held' AND h.expires_at > %s AND h.channel_id = ANY (%s) AND s.sku_id = ANY (%s)
    GROUP BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a shop may show of a SKU; ``is_own`` tells that it isn't what holds for all of the shop's goods."""

    share: Decimal = Decimal(1)
    buffer: int = 0
    presale: int = 0
    is_on: bool = True
    is_own: bool = False


SHOWS_ALL: Final = Terms()


@dataclass(frozen=True, slots=True)
class Reckoning:
    """How many units of one SKU code a shop may show, and by what."""

    channel_sku_id: int
    channel_id: int
    sku_id: int
    sellable: int
    held: int
    pending: int
    terms: Terms

    @property
    def of_share(self) -> int:
        """Return the shop's part of what can be sold."""
        return int(self.sellable * self.terms.share)

    @property
    def of_stock(self) -> int:
        """Return what is left of that part, never less than nothing."""
        return max(0, self.of_share - self.terms.buffer - self.pending)

    @property
    def shown(self) -> int:
        """Return what the shop may show."""
        return self.of_stock + self.held + self.terms.presale if self.terms.is_on else 0


def reckon(channel_sku_ids: Collection[int], *, at: datetime) -> dict[int, Reckoning]:
    """Return what each matched code of a shop may show, by its id; seven statements at most."""
    asked = list(
        ChannelSku.objects.filter(pk__in=channel_sku_ids, status=MatchStatus.MATCHED)
        .exclude(sku=None)
        .order_by("pk")
        .values_list("pk", "channel_id", "sku_id", "pending_units", "sku__is_bundle")
    )
    return reckoned(asked, at=at)


def may_show(channel_id: int, skus: Collection[Sku], *, at: datetime) -> dict[int, int]:
    """Return what a shop may show of SKUs that it has no code for yet, by SKU id; six statements at most."""
    asked = [(sku.pk, channel_id, sku.pk, 0, sku.is_bundle) for sku in skus]
    return {pk: each.shown for pk, each in reckoned(asked, at=at).items()} if asked else {}


def reckoned(asked: Sequence[tuple[int, int, int, int, bool]], *, at: datetime) -> dict[int, Reckoning]:
    """Return the reckoning of (key, shop, SKU, units not yet downloaded, whether it is a bundle), by key."""
    channels = {channel_id for _pk, channel_id, _sku_id, _pending, _is_bundle in asked}
    wanted = {sku_id for _pk, _channel_id, sku_id, _pending, _is_bundle in asked}
    bundles = components_at({row[2] for row in asked if row[4]}, at)
    made_of = {sku_id: bundles.get(sku_id, [Component(sku_id, 1, Decimal(1))]) for sku_id in wanted}
    goods = {part.sku_id for parts in made_of.values() for part in parts}
    today = timezone.localdate(at, timezone.get_default_timezone())
    sellable = sellable_units(goods, on=today)
    held = held_for(channels, goods, at=at)
    places = places_of(channels)
    terms = terms_of(channels, wanted)
    everywhere = {warehouse for _sku, warehouse in sellable}
    found: dict[int, Reckoning] = {}
    for pk, channel_id, sku_id, pending, _is_bundle in asked:
        parts = made_of[sku_id]
        found[pk] = Reckoning(
            pk,
            channel_id,
            sku_id,
            sellable=makes(parts, sellable, places.get(channel_id, everywhere)),
            held=makes(parts, held.get(channel_id, {}), places_in(held.get(channel_id, {}))),
            pending=pending,
            terms=terms.get((channel_id, sku_id)) or terms.get((channel_id, None)) or SHOWS_ALL,
        )
    return found


def makes(parts: Sequence[Component], units: Mapping[tuple[int, int], int], warehouses: Iterable[int]) -> int:
    """Return how often ``parts`` can be taken from ``units`` by (SKU, warehouse), each time from one warehouse."""
    return sum(
        min((units.get((part.sku_id, place), 0) // part.units for part in parts), default=0)
        for place in warehouses
    )


def places_in(units: Mapping[tuple[int, int], int]) -> set[int]:
    return {warehouse for _sku, warehouse in units}


def held_for(
    channels: Collection[int], skus: Collection[int], *, at: datetime
) -> dict[int, dict[tuple[int, int], int]]:
    """Return the units held for each shop by (SKU, warehouse)."""
    found: dict[int, dict[tuple[int, int], int]] = defaultdict(dict)
    if not channels or not skus:
        return found
    with connection.cursor() as cursor:
        cursor.execute(HELD_FOR_SHOPS, [at, list(channels), list(skus)])
        for channel_id, sku_id, warehouse_id, units in cursor.fetchall():
            found[channel_id][sku_id, warehouse_id] = units
    return found


def places_of(channels: Collection[int]) -> dict[int, set[int]]:
    """Return the warehouses that serve each shop; a shop without any is served by all, and left out."""
    found: dict[int, set[int]] = defaultdict(set)
    rows = ChannelWarehouse.objects.filter(channel__in=channels)
    for channel_id, warehouse_id in rows.values_list("channel_id", "warehouse_id"):
        found[channel_id].add(warehouse_id)
    return dict(found)


def terms_of(channels: Collection[int], skus: Collection[int]) -> dict[tuple[int, int | None], Terms]:
    """Return the rules of shops: those of the SKUs, and by no SKU what holds for all others."""
    rows = ChannelStockRule.objects.filter(channel__in=channels)
    found = rows.filter(sku__in=skus) | rows.filter(sku=None)
    return {
        (channel_id, sku_id): Terms(share, buffer, presale, is_on, sku_id is not None)
        for channel_id, sku_id, share, buffer, presale, is_on in found.values_list(
            "channel_id", "sku_id", "share", "buffer", "presale", "is_on"
        )
    }


def with_terms(reckonings: Iterable[Reckoning], terms: Terms) -> dict[int, Reckoning]:
    """Return what codes would show by other terms, by their ids."""
    return {each.channel_sku_id: replace(each, terms=terms) for each in reckonings}


def codes_of(sku_ids: Collection[int]) -> list[int]:
    """Return the ids of the codes by which shops that are open offer these SKUs, or bundles of them."""
    bundles = BundleComponent.objects.filter(sku__in=sku_ids).values_list("bundle_version__sku_id", flat=True)
    wanted = {*sku_ids, *bundles}
    found = ChannelSku.objects.filter(sku__in=wanted, status=MatchStatus.MATCHED, channel__is_active=True)
    return list(found.order_by("pk").values_list("pk", flat=True))


def shares_together(sku_ids: Collection[int]) -> dict[int, Decimal]:
    """Return what the shares of all shops that offer a SKU come to, by SKU: two statements."""
    offered = ChannelSku.objects.filter(sku__in=sku_ids, status=MatchStatus.MATCHED, channel__is_active=True)
    pairs = set(offered.values_list("sku_id", "channel_id"))
    terms = terms_of({channel_id for _sku, channel_id in pairs}, sku_ids)
    found: dict[int, Decimal] = defaultdict(Decimal)
    for sku_id, channel_id in pairs:
        each = terms.get((channel_id, sku_id)) or terms.get((channel_id, None)) or SHOWS_ALL
        if sku_id is not None and each.is_on:
            found[sku_id] += each.share
    return dict(found)


def warehouse_names(channel_id: int) -> list[str]:
    """Return the names of the warehouses that serve a shop; none where all do."""
    served = Warehouse.objects.filter(
        Exists(ChannelWarehouse.objects.filter(channel=channel_id, warehouse=OuterRef("pk")))
    )
    return list(served.order_by("name", "pk").values_list("name", flat=True))
