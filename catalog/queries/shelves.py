"""Where units lie: what each bin holds, what is in the house beyond the bins, and where goods are to go."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any, Final, NamedTuple

from django.db import connection
from django.db.models import Exists, OuterRef

from catalog.choices import ZoneKind
from catalog.gs1 import barcodes_of, read_label
from catalog.models import Bin, BinStock, Sku
from ops_portal.accounts.visibility import Viewer

LONGEST_BARCODE: Final = 14  # digits of a GTIN; what is longer may be a label that says more
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


# What waits in the warehouse :warehouse for a bin: of the standings for which it has bins, what lies beyond them.
WAITING: Final = """
    WITH kinds AS (
        SELECT z.kind FROM catalog_zone z
        WHERE z.warehouse_id = %(warehouse)s
          AND EXISTS (SELECT FROM catalog_bin n WHERE n.zone_id = z.id AND n.is_active)
    ), house AS (
        SELECT h.stock_id, h.sku_id, h.owner, h.batch_id, v.kind, v.units
        FROM (
            SELECT s.id AS stock_id, s.sku_id, s.owner, NULL::bigint AS batch_id,
                   s.available + s.reserved AS storage, s.quarantine, s.damaged, s.inspecting
            FROM catalog_stock s JOIN catalog_sku k ON k.id = s.sku_id
            WHERE s.warehouse_id = %(warehouse)s AND NOT k.tracks_batches {of_sku}
            UNION ALL
            SELECT s.id, s.sku_id, s.owner, b.batch_id, b.available + b.reserved, b.quarantine, b.damaged, b.inspecting
            FROM catalog_batchstock b JOIN catalog_stock s ON s.id = b.stock_id
            WHERE s.warehouse_id = %(warehouse)s {of_sku}
        ) AS h
        CROSS JOIN LATERAL (VALUES ('storage', h.storage), ('quarantine', h.quarantine), ('damaged', h.damaged),
                                   ('returns', h.inspecting)) AS v(kind, units)
        WHERE v.units > 0 AND v.kind IN (SELECT kind FROM kinds)
    ), placed AS (
        SELECT i.stock_id, coalesce(i.batch_id, 0) AS batch_id, z.kind, sum(i.units) AS units
        FROM catalog_binstock i JOIN catalog_bin n ON n.id = i.bin_id JOIN catalog_zone z ON z.id = n.zone_id
        JOIN catalog_stock s ON s.id = i.stock_id
        WHERE n.warehouse_id = %(warehouse)s AND i.units > 0 {of_sku}
        GROUP BY 1, 2, 3
    ), picked AS (
        SELECT r.stock_id, coalesce(r.batch_id, 0) AS batch_id, 'storage' AS kind, sum(r.picked) AS units
        FROM catalog_reservation r JOIN catalog_stock s ON s.id = r.stock_id
        WHERE r.status = 'held' AND r.picked > 0 AND s.warehouse_id = %(warehouse)s {of_sku}
        GROUP BY 1, 2
    )
    SELECT h.stock_id, h.batch_id, h.kind,
           (h.units - coalesce(p.units, 0) - coalesce(o.units, 0))::bigint AS units,
           k.id AS sku_id, k.code, trim(d.name || ' ' || k.name), k.barcode, h.owner,
           coalesce(c.code, ''), c.expires_on
    FROM house h
    LEFT JOIN placed p ON p.stock_id = h.stock_id AND p.batch_id = coalesce(h.batch_id, 0) AND p.kind = h.kind
    LEFT JOIN picked o ON o.stock_id = h.stock_id AND o.batch_id = coalesce(h.batch_id, 0) AND o.kind = h.kind
    JOIN catalog_sku k ON k.id = h.sku_id JOIN catalog_product d ON d.id = k.product_id
    JOIN catalog_brand a ON a.id = d.brand_id
    LEFT JOIN catalog_batch c ON c.id = h.batch_id
    WHERE h.units - coalesce(p.units, 0) - coalesce(o.units, 0) > 0 {of_brands}
    ORDER BY h.kind <> 'storage', h.kind, k.code, c.expires_on, h.stock_id, h.batch_id
    LIMIT %(most)s
"""


class Waiting(NamedTuple):
    """Units of one owner and batch in one standing that lie beyond the bins."""

    stock_id: int
    batch_id: int | None
    kind: str
    units: int
    sku_id: int
    code: str
    name: str
    barcode: str
    owner: str
    batch_code: str
    expires_on: date | None

    @property
    def kind_label(self) -> str:
        """Return the standing in words."""
        return str(ZoneKind(self.kind).label)


def to_put_away(
    warehouse_id: int,
    *,
    sku_ids: Collection[int] | None = None,
    brands: Collection[str] | None = None,
    most: int = 100,
) -> list[Waiting]:
    """Return what waits in a warehouse for a bin, ``most`` rows at most; of these SKUs or brands alone where given.

    A standing for which the warehouse has no bins waits for none. One statement.
    """
    of_sku = "" if sku_ids is None else "AND s.sku_id = ANY(%(skus)s)"
    of_brands = "" if brands is None else "AND a.code = ANY(%(brands)s)"
    given: dict[str, Any] = {
        "warehouse": warehouse_id,
        "skus": sorted(sku_ids or ()),
        "brands": sorted(brands or ()),
        "most": most,
    }
    with connection.cursor() as cursor:
        cursor.execute(WAITING.format(of_sku=of_sku, of_brands=of_brands), given)
        return [Waiting(*row) for row in cursor.fetchall()]


def suggested_bins(
    warehouse_id: int,
    stock_id: int,
    batch_id: int | None,
    *,
    kind: str = ZoneKind.STORAGE,
    apart_from: Bin | None = None,
    most: int = 3,
) -> list[BinStock]:
    """Return where units may be put: bins in use in which the same goods lie, else the first that is empty.

    ``apart_from`` is the bin that they come from. Each comes as a bin balance with its bin; that of an empty bin
    holds nothing and isn't saved.
    """
    same = BinStock.objects.filter(
        bin__warehouse=warehouse_id,
        bin__zone__kind=kind,
        bin__is_active=True,
        stock=stock_id,
        batch=batch_id,
        units__gt=0,
    ).select_related("bin")
    found = list(same.exclude(bin=apart_from).order_by("bin__sequence", "bin__code")[:most])
    if found:
        return found
    lying = BinStock.objects.filter(bin=OuterRef("pk"), units__gt=0)
    empty = Bin.objects.filter(~Exists(lying), warehouse=warehouse_id, zone__kind=kind, is_active=True)
    return [
        BinStock(bin=place, stock_id=stock_id, batch_id=batch_id, units=0)
        for place in empty.order_by("sequence", "code")[:1]
    ]


def bins_of_sku(warehouse_id: int, sku_id: int) -> list[BinStock]:
    """Return in which bins of a warehouse a SKU lies, by batch and owner, in the sequence of picking."""
    rows = BinStock.objects.filter(
        bin__warehouse=warehouse_id, stock__warehouse=warehouse_id, stock__sku=sku_id, units__gt=0
    ).select_related("bin__zone", "stock", "batch")
    return list(rows.order_by("bin__sequence", "bin__code", "batch__expires_on", "pk"))


def contents_of(viewer: Viewer, place: Bin) -> list[BinStock]:
    """Return what a viewer may see of what lies in a bin, by SKU, batch and owner."""
    rows = BinStock.objects.visible_to(viewer).filter(bin=place, units__gt=0)
    return list(
        rows.select_related("stock__sku__product", "batch").order_by(
            "stock__sku__code", "batch__expires_on", "pk"
        )
    )


def skus_scanned(viewer: Viewer, text: str) -> list[Sku]:
    """Return the goods that a scanned or typed code means, by their own code, else by barcode; best one alone.

    A barcode is read with or without the zeros that turn an EAN-13 or UPC-A into a GTIN-14; of a GS1 label its GTIN.
    """
    code = text.strip()
    skus = Sku.objects.visible_to(viewer).select_related("product")
    own = list(skus.filter(code__in={code, code.upper(), code.lower()}).order_by("code")[:1])
    if own or not code:
        return own
    return list(skus.filter(barcode__in=barcodes_scanned(code), is_active=True).order_by("code")[:20])


def barcodes_scanned(code: str) -> list[str]:
    """Return how the barcode that a scan gives may stand on a SKU; of a GS1 label that of its GTIN."""
    label = read_label(code) if len(code) > LONGEST_BARCODE else None
    return barcodes_of(label.gtin if label is not None and label.gtin else code)
