"""When stock is an alert and when it is over, in SQL: for all goods at once.

Units are those that may be sold, all owners of a SKU in a warehouse together; batches past their last day of sale
count for nothing, as in ``catalog.queries.sellable``. With ``low`` and ``high`` of the limits:

- sold out: no unit, of goods whose ``low`` is above nothing, or that have no limits and were sold there before.
  Over with a unit on top of a tenth of ``low`` (never more than ``low``); without limits, with one unit.
- too few: some, but fewer than ``low``, unless they are sold out. Over a tenth of ``low`` above it, a unit at least.
- too many: more than ``high``. Over a tenth of ``high`` below it, a unit at least.
- near its date: units of a batch with at most ``near_days`` left that may still be sold.
- past its last day of sale: units of a batch with fewer than ``ship_days`` left (without them: past its date).

The distance between where an alert begins and where it is over keeps goods that go up and down by a unit quiet.
"""

from __future__ import annotations

from typing import Final

from catalog.choices import AlertKind, AlertStatus, SkuStage
from catalog.queries.sellable import MOST_DAYS

LAST_DAY: Final = f"c.expires_on - least(coalesce(k.ship_days, 0), {MOST_DAYS})"
IS_NEAR: Final = f"k.near_days IS NOT NULL AND c.expires_on - least(k.near_days, {MOST_DAYS}) <= %(on)s"
PAST: Final = f"""
    SELECT b.stock_id, sum(b.available) AS units
    FROM catalog_batchstock b JOIN catalog_batch c ON c.id = b.batch_id JOIN catalog_sku k ON k.id = c.sku_id
    WHERE b.available > 0 AND {LAST_DAY} < %(on)s
    GROUP BY b.stock_id
"""
WANTED: Final = "CASE WHEN l.id IS NULL THEN coalesce(h.was_sold, false) ELSE coalesce(l.low, 0) > 0 END"
# Who runs out of it orders it again.
IS_REORDERED: Final = f"(k.is_active AND k.stage <> '{SkuStage.CLEARING}')"
BATCHES: Final = """
    FROM catalog_batchstock b
    JOIN catalog_stock s ON s.id = b.stock_id
    JOIN catalog_batch c ON c.id = b.batch_id
    JOIN catalog_sku k ON k.id = c.sku_id
"""
# What begins: (kind, sku_id, warehouse_id, batch_id, units, wanted).
FOUND: Final = f"""
    WITH past AS ({PAST}), held AS (
        SELECT s.sku_id, s.warehouse_id, sum(s.available - coalesce(past.units, 0))::bigint AS units,
               bool_or(s.reserved + s.shipped + s.sold > 0) AS was_sold
        FROM catalog_stock s LEFT JOIN past ON past.stock_id = s.id
        GROUP BY s.sku_id, s.warehouse_id
    ), place AS (
        SELECT sku_id, warehouse_id, coalesce(h.units, 0) AS units, l.low, l.high, {WANTED} AS is_wanted
        FROM held h FULL JOIN catalog_stocklimit l USING (sku_id, warehouse_id)
    ), short AS (
        SELECT p.sku_id, p.warehouse_id, p.units, p.low, p.high,
               CASE WHEN p.units > 0 THEN CASE WHEN p.units < p.low THEN '{AlertKind.LOW}'
                                               WHEN p.units > p.high THEN '{AlertKind.OVER}' END
                    WHEN p.is_wanted THEN '{AlertKind.OUT}' END AS kind
        FROM place p
    )
    SELECT short.kind, short.sku_id, short.warehouse_id, NULL::bigint AS batch_id, short.units,
           CASE short.kind WHEN '{AlertKind.OVER}' THEN short.high ELSE short.low END AS wanted
    FROM short JOIN catalog_sku k ON k.id = short.sku_id
    WHERE short.kind IS NOT NULL AND NOT k.is_bundle AND ({IS_REORDERED} OR short.kind = '{AlertKind.OVER}')
    UNION ALL
    SELECT CASE WHEN {LAST_DAY} < %(on)s THEN '{AlertKind.STOP_SALE}' ELSE '{AlertKind.NEAR_EXPIRY}' END,
           s.sku_id, s.warehouse_id, b.batch_id, sum(b.available + b.reserved)::bigint, NULL
    {BATCHES}
    WHERE b.available + b.reserved > 0 AND ({LAST_DAY} < %(on)s OR ({IS_NEAR}))
    GROUP BY 1, s.sku_id, s.warehouse_id, b.batch_id
"""
# Which alerts are over: their ids.
OVER: Final = f"""
    WITH standing AS (
        SELECT id, kind, sku_id, warehouse_id, batch_id FROM catalog_stockalert
        WHERE status <> '{AlertStatus.CLOSED}'
    ), place AS (
        SELECT DISTINCT sku_id, warehouse_id FROM standing WHERE batch_id IS NULL
    ), past AS (
        SELECT b.stock_id, sum(b.available) AS units
        FROM place JOIN catalog_stock s USING (sku_id, warehouse_id)
        JOIN catalog_batchstock b ON b.stock_id = s.id
        JOIN catalog_batch c ON c.id = b.batch_id JOIN catalog_sku k ON k.id = c.sku_id
        WHERE b.available > 0 AND {LAST_DAY} < %(on)s
        GROUP BY b.stock_id
    ), held AS (
        SELECT s.sku_id, s.warehouse_id, sum(s.available - coalesce(past.units, 0))::bigint AS units,
               bool_or(s.reserved + s.shipped + s.sold > 0) AS was_sold
        FROM place JOIN catalog_stock s USING (sku_id, warehouse_id) LEFT JOIN past ON past.stock_id = s.id
        GROUP BY s.sku_id, s.warehouse_id
    ), lot AS (
        SELECT s.warehouse_id, b.batch_id, sum(b.available + b.reserved)::bigint AS units
        FROM (SELECT DISTINCT batch_id FROM standing WHERE batch_id IS NOT NULL) AS named
        JOIN catalog_batchstock b USING (batch_id) JOIN catalog_stock s ON s.id = b.stock_id
        GROUP BY s.warehouse_id, b.batch_id
    )
    SELECT a.id
    FROM standing a
    JOIN catalog_sku k ON k.id = a.sku_id
    LEFT JOIN held h ON h.sku_id = a.sku_id AND h.warehouse_id = a.warehouse_id
    LEFT JOIN catalog_stocklimit l ON l.sku_id = a.sku_id AND l.warehouse_id = a.warehouse_id
    LEFT JOIN lot ON lot.batch_id = a.batch_id AND lot.warehouse_id = a.warehouse_id
    LEFT JOIN catalog_batch c ON c.id = a.batch_id
    WHERE CASE a.kind
        WHEN '{AlertKind.OUT}' THEN NOT {IS_REORDERED} OR NOT {WANTED}
            OR coalesce(h.units, 0) >= CASE WHEN l.low > 0 THEN least(l.low, 1 + ceil(l.low / 10.0)) ELSE 1 END
        WHEN '{AlertKind.LOW}' THEN NOT {IS_REORDERED} OR l.low IS NULL
            OR coalesce(h.units, 0) >= l.low + greatest(1, ceil(l.low / 10.0))
        WHEN '{AlertKind.OVER}' THEN l.high IS NULL
            OR coalesce(h.units, 0) <= greatest(l.high - greatest(1, ceil(l.high / 10.0)), 0)
        WHEN '{AlertKind.NEAR_EXPIRY}' THEN coalesce(lot.units, 0) = 0
            OR c.expires_on IS NULL OR {LAST_DAY} < %(on)s OR NOT ({IS_NEAR})
        ELSE coalesce(lot.units, 0) = 0 OR c.expires_on IS NULL OR {LAST_DAY} >= %(on)s
    END
    ORDER BY a.id
"""
