"""What a stocktake means: the places in which goods of a scope lie, and whether a place or a SKU is part of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from django.db import connection

from catalog.choices import CountClass, StocktakeKind, ZoneKind
from catalog.drafts import ScopeDraft
from catalog.models import Bin, Count, Sku, Stocktake
from catalog.queries.shelves import STANDING

CLASS_DAYS: Final = 90  # what sold in so many days decides about the class of goods
# Up to which share of the units sold goods are of a class, the best seller first.
CLASS_SHARES: Final = {CountClass.A: (0.0, 0.80), CountClass.B: (0.80, 0.95)}
RANKED: Final = """
    SELECT sku_id FROM (
        SELECT sku_id, sum(units) OVER (ORDER BY units DESC, sku_id) - units AS before, sum(units) OVER () AS whole
        FROM (
            SELECT sku_id, sum(units) AS units FROM catalog_dailydemand
            WHERE warehouse_id = %(warehouse)s AND day >= %(sold_since)s GROUP BY sku_id
        ) AS sold WHERE units > 0
    ) AS ranked WHERE before >= %(share_from)s * whole AND before < %(share_to)s * whole
"""


class Place(NamedTuple):
    """Where units of a balance (and batch) lie by the books; no bin: outside all bins."""

    stock_id: int
    batch_id: int | None
    bin_id: int | None


def scope_as_json(scope: ScopeDraft) -> dict[str, Any]:
    """Return a scope as ``Stocktake.scope`` keeps it: without what is empty."""
    given = {"zones": scope.zones, "bins": scope.bins, "skus": scope.skus, "brands": scope.brands}
    kept: dict[str, Any] = {name: sorted(set(codes)) for name, codes in given.items() if codes}
    return kept | ({"goods": str(scope.goods)} if scope.goods else {})


def scope_of_json(kept: Mapping[str, Any]) -> ScopeDraft:
    """Return the scope that ``Stocktake.scope`` keeps."""
    lists = {name: tuple(kept.get(name, ())) for name in ("zones", "bins", "skus", "brands")}
    return ScopeDraft(**lists, goods=kept.get("goods", ""))


def places_sql(
    warehouse_id: int, scope: ScopeDraft, *, on: date, bin_id: int | None = None
) -> tuple[str, dict[str, Any]]:
    """Return SQL for (stock_id, batch_id, bin_id, sequence, code) of a scope, with its parameters.

    With ``bin_id``, of that bin alone. Goods that wait for an inspection belong to their cases, and to no stocktake.
    """
    goods, given = goods_sql(scope, on=on)
    given |= {"warehouse": warehouse_id, "returns": ZoneKind.RETURNS.value, "storage": ZoneKind.STORAGE.value}
    bins = ""
    if scope.zones:
        bins += " AND z.code = ANY(%(zones)s)"
        given["zones"] = list(scope.zones)
    if scope.bins:
        bins += " AND n.code = ANY(%(bins)s)"
        given["bins"] = list(scope.bins)
    if bin_id is not None:
        bins += " AND n.id = %(bin)s"
        given["bin"] = bin_id
    in_bins = f"""
        SELECT i.stock_id, i.batch_id, i.bin_id, n.sequence, n.code
        FROM catalog_binstock i
        JOIN catalog_bin n ON n.id = i.bin_id
        JOIN catalog_zone z ON z.id = n.zone_id
        JOIN catalog_stock s ON s.id = i.stock_id
        WHERE n.warehouse_id = %(warehouse)s AND i.units > 0 AND z.kind <> %(returns)s{bins}{goods}
    """
    if scope.zones or scope.bins or bin_id is not None:
        return in_bins, given
    standing = STANDING.format(stocks=f"s.warehouse_id = %(warehouse)s{goods}")
    beyond = f"""
        SELECT stock_id, batch_id, NULL::bigint, 0, '' FROM ({standing}) AS standing
        WHERE kind = %(storage)s AND units > placed
    """
    return f"{in_bins} UNION ALL {beyond}", given


def goods_sql(scope: ScopeDraft, *, on: date) -> tuple[str, dict[str, Any]]:
    """Return the conditions on ``s``, the balance, that a scope makes, with their parameters."""
    text, given = "", dict[str, Any]()
    if scope.skus:
        text += " AND s.sku_id IN (SELECT id FROM catalog_sku WHERE code = ANY(%(skus)s))"
        given["skus"] = list(scope.skus)
    if scope.brands:
        text += (
            " AND s.sku_id IN (SELECT k.id FROM catalog_sku k JOIN catalog_product p ON p.id = k.product_id"
            " JOIN catalog_brand b ON b.id = p.brand_id WHERE b.code = ANY(%(brands)s))"
        )
        given["brands"] = list(scope.brands)
    if scope.goods:
        ranked = RANKED
        lower, upper = CLASS_SHARES.get(CountClass(scope.goods), (0.0, 0.95))
        text += f" AND s.sku_id {'NOT ' if scope.goods == CountClass.C else ''}IN ({ranked})"
        given |= {"share_from": lower, "share_to": upper, "sold_since": on - timedelta(days=CLASS_DAYS)}
    return text, given


def longest_uncounted(
    warehouse_id: int, scope: ScopeDraft, *, before: Any, on: date, most: int
) -> Sequence[Place]:
    """Return at most ``most`` places that were not counted since ``before``: those never counted, then the longest ago.

    Places that a stocktake counts now are left out.
    """
    places, given = places_sql(warehouse_id, scope, on=on)
    sql = f"""
        SELECT p.stock_id, p.batch_id, p.bin_id FROM ({places}) AS p
        LEFT JOIN LATERAL (
            SELECT max(c.counted_at) AS counted_at, bool_or(c.is_open) AS is_open FROM catalog_count c
            WHERE c.stock_id = p.stock_id AND c.batch_id IS NOT DISTINCT FROM p.batch_id
              AND c.bin_id IS NOT DISTINCT FROM p.bin_id
        ) AS last ON true
        WHERE last.is_open IS NOT TRUE AND (last.counted_at IS NULL OR last.counted_at < %(before)s)
        ORDER BY last.counted_at NULLS FIRST, p.sequence, p.code, p.bin_id, p.stock_id, p.batch_id LIMIT %(most)s
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, {**given, "before": before, "most": most})
        return [Place(*row) for row in cursor.fetchall()]


def is_place_of(stocktake: Stocktake, place: Bin | None) -> bool:
    """Tell whether goods found in a bin (None: outside all bins) belong to the stocktake."""
    scope = scope_of_json(stocktake.scope)
    if stocktake.kind == StocktakeKind.CYCLE:
        return Count.objects.filter(stocktake=stocktake, bin=place).exists()
    if place is None:
        return not scope.zones and not scope.bins
    return (not scope.zones or place.zone.code in scope.zones) and (
        not scope.bins or place.code in scope.bins
    )


def is_goods_of(stocktake: Stocktake, sku: Sku) -> bool:
    """Tell whether a SKU (with product and brand) belongs to the stocktake, wherever it is found."""
    scope = scope_of_json(stocktake.scope)
    if (scope.skus and sku.code not in scope.skus) or (
        scope.brands and sku.product.brand.code not in scope.brands
    ):
        return False
    return not scope.goods or Count.objects.filter(stocktake=stocktake, stock__sku=sku).exists()
