"""Where units lie: what each bin holds, what is in the house beyond the bins, and where goods are to go."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, NamedTuple

from django.db import connection

from catalog.choices import ZoneKind
from catalog.models import BinStock

# Units of the balances :stocks in the house by kind of zone, less those that were picked for orders, and how many of
# them lie in bins. Goods kept by batch stand in their batches' rows, all others in the row of their stock.
STANDING: Final = """
    SELECT h.stock_id, h.batch_id, v.kind, v.units::bigint AS units, coalesce(p.placed, 0)::bigint AS placed
    FROM (
        SELECT s.id AS stock_id, NULL::bigint AS batch_id,
               s.available + s.reserved AS storage, s.quarantine, s.damaged, s.inspecting
        FROM catalog_stock s JOIN catalog_sku k ON k.id = s.sku_id
        WHERE {stocks} AND NOT k.tracks_batches
        UNION ALL
        SELECT b.stock_id, b.batch_id, b.available + b.reserved, b.quarantine, b.damaged, b.inspecting
        FROM catalog_batchstock b JOIN catalog_stock s ON s.id = b.stock_id WHERE {stocks}
    ) AS h
    LEFT JOIN LATERAL (
        SELECT sum(r.picked) AS units FROM catalog_reservation r
        WHERE r.stock_id = h.stock_id AND r.batch_id IS NOT DISTINCT FROM h.batch_id
          AND r.status = 'held' AND r.picked > 0
    ) AS off ON true
    CROSS JOIN LATERAL (VALUES
        ('storage', h.storage - coalesce(off.units, 0)), ('quarantine', h.quarantine),
        ('damaged', h.damaged), ('returns', h.inspecting)
    ) AS v(kind, units)
    LEFT JOIN LATERAL (
        SELECT sum(i.units) AS placed FROM catalog_binstock i
        JOIN catalog_bin n ON n.id = i.bin_id JOIN catalog_zone z ON z.id = n.zone_id
        WHERE i.stock_id = h.stock_id AND i.batch_id IS NOT DISTINCT FROM h.batch_id AND i.units > 0
          AND z.kind = v.kind
    ) AS p ON true
"""

Key = tuple[int, int | None, int | None]  # stock, batch, bin; no bin: what lies in the house beyond the bins


class Standing(NamedTuple):
    """Units of a balance (and batch) in one kind of standing, and how many of them lie in bins."""

    stock_id: int
    batch_id: int | None
    kind: str
    units: int
    placed: int

    @property
    def beyond(self) -> int:
        """Return how many units lie beyond the bins."""
        return self.units - self.placed


def standing_of(stock_ids: Collection[int]) -> list[Standing]:
    """Return how the units of balances stand, by batch and kind of zone, in one statement."""
    if not stock_ids:
        return []
    sql = STANDING.format(stocks="s.id = ANY(%(stocks)s)") + " ORDER BY 1, 2, 3"
    with connection.cursor() as cursor:
        cursor.execute(sql, {"stocks": sorted(stock_ids)})
        return [Standing(*row) for row in cursor.fetchall()]


def booked_units(keys: Collection[Key]) -> dict[Key, int]:
    """Return what the books say lies there now, for every key.

    With a bin: what that bin holds. Without: units that can be sold or are promised, less those that were picked for
    orders and those that lie in bins.
    """
    if not keys:
        return {}
    stocks = {stock for stock, _batch, _bin in keys}
    booked: dict[Key, int] = dict.fromkeys(keys, 0)
    if any(place is not None for _stock, _batch, place in keys):
        lying = BinStock.objects.filter(
            stock_id__in=stocks, bin_id__in={place for _stock, _batch, place in keys if place is not None}
        )
        for stock, batch, place, units in lying.values_list("stock_id", "batch_id", "bin_id", "units"):
            if (stock, batch, place) in booked:
                booked[stock, batch, place] = units
    if any(place is None for _stock, _batch, place in keys):
        for one in standing_of(stocks):
            if one.kind == ZoneKind.STORAGE and (one.stock_id, one.batch_id, None) in booked:
                booked[one.stock_id, one.batch_id, None] = one.beyond
    return booked
