"""A million balances with ten million movements behind them, in a database of its own that is kept from run to run.

100,000 SKUs lie in ten warehouses. 960,000 orders of three lines have taken their units, as have receipts, inspections,
adjustments, transfers, returns to owners and losses; every movement is claimed by the paper in whose name it stands,
and the balances are their sums. A tenth of the SKUs is kept by batch. Orders prefer 2,000 SKUs, and one of a hundred
takes SKU 1.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.million import READER, connected, settle, vacuum

LAYOUT = "stock, layout 1"  # another one than the database's: it is filled anew
SKUS, WAREHOUSES, PRODUCTS, BRANDS = 100_000, 10, 10_000, 50
ORDERS, HELD, UNDER_WAY = 960_000, 40_000, 50_000
LIMITED_SKUS = 30_000
CHUNK = 120_000
DEMAND_SKUS, DEMAND_DAYS = 10_000, 180

GOODS = """
INSERT INTO catalog_brand (id, code, name) SELECT n, 'b' || n, 'Brand ' || n FROM generate_series(1, %(brands)s) AS n;
INSERT INTO catalog_product (id, code, name, brand_id)
SELECT n, 'P' || n, 'Goods ' || n, 1 + n %% %(brands)s FROM generate_series(1, %(products)s) AS n;
INSERT INTO catalog_sku (id, code, product_id, name, barcode, is_bundle, tracks_batches, is_active, near_days,
    ship_days)
SELECT n, 'SKU' || lpad(n::text, 6, '0'), 1 + (n - 1) / (%(skus)s / %(products)s), '', '69' || lpad(n::text, 11, '0'),
    false, n %% 10 = 0, true, CASE WHEN n %% 10 = 0 THEN 60 END, CASE WHEN n %% 10 = 0 THEN 15 END
FROM generate_series(1, %(skus)s) AS n;
INSERT INTO catalog_warehouse (id, code, name, kind)
SELECT n, 'w' || n, 'Warehouse ' || n, 'own' FROM generate_series(1, %(warehouses)s) AS n;
INSERT INTO catalog_batch (id, sku_id, code, expires_on)
SELECT 2 * (n / 10) - 2 + part, n, 'B' || part, current_date + CASE part WHEN 1 THEN 30 + n %% 300 ELSE 400 END
FROM generate_series(10, %(skus)s, 10) AS n CROSS JOIN (VALUES (1), (2)) AS b(part);
"""

# Every line of every order: what the rows of orders, reservations and movements are made from.
TAKEN = """
CREATE UNLOGGED TABLE bench_taken AS
SELECT (n - 1) * 3 + p AS id, n AS order_id, p AS position, k.sku_id,
    (k.sku_id - 1) * %(warehouses)s + w.id AS stock_id,
    CASE WHEN k.sku_id %% 10 = 0 THEN k.sku_id / 5 - 1 END AS batch_id, 1 + (n + p) %% 2 AS units, w.id AS warehouse_id,
    s.status, now() - (%(orders)s - n) * interval '23 seconds' AS at
FROM generate_series(1, %(orders)s) AS n
CROSS JOIN generate_series(1, 3) AS p
CROSS JOIN LATERAL (SELECT 1 + (n / 3) %% %(warehouses)s AS id) AS w
CROSS JOIN LATERAL (SELECT CASE
    WHEN p = 1 AND n %% 100 = 0 THEN 1
    WHEN p = 1 THEN 1 + (n::bigint * 7919) %% 2000
    WHEN p = 2 THEN 1 + (n::bigint * 104729) %% 20000
    ELSE 1 + (n::bigint * 15485863) %% %(skus)s END AS sku_id) AS k
CROSS JOIN LATERAL (SELECT CASE
    WHEN n > %(orders)s - %(held)s THEN (ARRAY['created', 'reviewed', 'picked', 'packed'])[1 + n %% 4]
    WHEN n %% 33 = 0 THEN 'cancelled'
    WHEN n %% 500 = 7 THEN 'intercepted'
    WHEN n > %(orders)s - %(held)s - %(under_way)s THEN (ARRAY['shipped', 'delivered'])[1 + n %% 2]
    ELSE 'completed' END AS status) AS s
"""

ORDER_ROWS = """
INSERT INTO orders_order (id, number, shop_id, platform_number, status, refund_status, placed_at, placed_on, paid_at,
    review_by, ship_by, currency, goods_amount, discount_amount, freight, total, paid_amount, receivable, refund_amount,
    province, city, remark, warehouse_id, touches_stock, content_hash, created_at, updated_at)
SELECT order_id, 'BENCH' || order_id, 1, 'P' || order_id,
    CASE status WHEN 'intercepted' THEN 'cancelled' ELSE status END, 'none', at,
    (at AT TIME ZONE 'Asia/Shanghai')::date,
    at, at + interval '30 minutes', at + interval '48 hours', 'CNY', 30, 0, 0, 30, 30, 30, 0, '', '', '', warehouse_id,
    true, '\\x00', at, at
FROM bench_taken WHERE position = 1
"""

ORDER_LINES = """
INSERT INTO orders_orderline (id, order_id, position, sku_id, sku_code, title, units, unit_price, discount_amount,
    amount, paid_amount, receivable, refund_amount, platform_line_number, is_gift)
SELECT id, order_id, position, sku_id, 'SKU' || lpad(sku_id::text, 6, '0'), '', units, 10, 0, 10 * units, 10 * units,
    10 * units, 0, '', false
FROM bench_taken
"""

SHIPMENTS = """
INSERT INTO orders_shipment (order_id, carrier, waybill_number, shipped_at)
SELECT order_id, 'SF', 'SF' || order_id, at + interval '20 hours'
FROM bench_taken WHERE position = 1 AND status = 'intercepted'
"""

RESERVATIONS = """
INSERT INTO catalog_reservation (id, document_kind, document_number, item, stock_id, batch_id, units, picked,
    status, created_at, updated_at)
SELECT id, 'order', 'BENCH' || order_id, position, stock_id, batch_id, units,
    CASE WHEN status IN ('picked', 'packed') THEN units ELSE 0 END,
    CASE status WHEN 'cancelled' THEN 'released' WHEN 'intercepted' THEN 'returning' WHEN 'completed' THEN 'sold'
        WHEN 'shipped' THEN 'shipped' WHEN 'delivered' THEN 'shipped' ELSE 'held' END, at, at
FROM bench_taken
"""

# The courses of the reservations, step by step in the sequence of time.
COURSES = """
INSERT INTO catalog_stockmovement (stock_id, batch_id, units, from_state, to_state, reason, document_kind,
    document_number, actor, at, key)
SELECT t.stock_id, t.batch_id, t.units, s.here, s.there, '', 'order', 'BENCH' || t.order_id, 'system:bench',
    t.at + s.later, 'reservation:' || t.id || ':' || s.step
FROM bench_taken t JOIN (VALUES
    ('reserved', 'available', 'reserved', interval '0', NULL),
    ('released', 'reserved', 'available', interval '1 hour', ARRAY['cancelled']),
    ('shipped', 'reserved', 'shipped', interval '20 hours', ARRAY['shipped', 'delivered', 'completed', 'intercepted']),
    ('returning', 'shipped', 'returning', interval '30 hours', ARRAY['intercepted']),
    ('sold', 'shipped', 'sold', interval '10 days', ARRAY['completed'])
) AS s(step, here, there, later, of) ON s.of IS NULL OR t.status = ANY(s.of)
WHERE t.order_id BETWEEN %(first)s AND %(last)s ORDER BY t.at + s.later
"""

# What papers of the warehouse moved: each paper is of one warehouse, one kind and 500 SKUs.
LEGS = """
CREATE UNLOGGED TABLE bench_leg AS
WITH taken AS (
    SELECT stock_id, sum(units) AS units FROM bench_taken GROUP BY 1
), place AS (
    SELECT (sku - 1) * %(warehouses)s + w AS stock_id, sku, w, (sku - 1) / 500 AS block, (sku - 1) %% 500 AS line,
        CASE WHEN sku %% 97 = 0 THEN 0 ELSE 20 + sku %% 50 END AS base,
        CASE WHEN sku %% 10 = 0 THEN sku / 5 - 1 END AS batch_id
    FROM generate_series(1, %(skus)s) AS sku CROSS JOIN generate_series(1, %(warehouses)s) AS w
), leg AS (
    SELECT 'receipt' AS kind, '' AS part, p.*, 1 + line * 4 AS position, base + coalesce(units, 0) AS units,
        'outside' AS here, 'available' AS there, 0 AS day FROM place p LEFT JOIN taken USING (stock_id)
    UNION ALL
    SELECT 'receipt', '', stock_id, sku, w, block, line, base, sku / 5, 2 + line * 4, 30, 'outside', 'available', 0
    FROM place WHERE sku %% 10 = 0 AND base > 0
    UNION ALL
    SELECT 'receipt', '', p.*, 3 + line * 4, 10, 'outside', 'quarantine', 0 FROM place p WHERE sku %% 10 = 3
    UNION ALL
    SELECT 'release', '', p.*, 1 + line, 8, 'quarantine', 'available', 1 FROM place p WHERE sku %% 10 = 3
    UNION ALL
    SELECT 'adjustment', 'D', p.*, 1 + line, 1, 'available', 'damaged', 2 FROM place p WHERE sku %% 5 = 1 AND base > 0
    UNION ALL
    SELECT 'adjustment', 'L', p.*, 1 + line, 1, 'available', 'lost', 3 FROM place p WHERE sku %% 10 = 6 AND base > 0
    UNION ALL
    SELECT 'return_to_owner', '', p.*, 1 + line, 2, 'available', 'outside', 4 FROM place p
    WHERE sku %% 10 = 4 AND base > 0
    UNION ALL
    SELECT 'transfer', '', p.*, 1 + line, 3, 'available', 'in_transit', 5 FROM place p
    WHERE sku %% 10 = 2 AND base > 0 AND w %% 2 = 1
    UNION ALL
    SELECT 'transfer', '', p.*, 1000001 + 2 * line, 3, 'in_transit', 'outside', 6 FROM place p
    WHERE sku %% 10 = 2 AND base > 0 AND w %% 2 = 1 AND block %% 20 > 0
    UNION ALL
    SELECT 'transfer', '', stock_id + 1, sku, w, block, line, base, batch_id, 1000002 + 2 * line, 3, 'outside',
        'available', 6 FROM place p
    WHERE sku %% 10 = 2 AND base > 0 AND w %% 2 = 1 AND block %% 20 > 0
)
SELECT row_number() OVER (ORDER BY day, kind, w, block, position) AS id,
    dense_rank() OVER (ORDER BY kind, part, w, block) AS document_id, kind, w, position, stock_id, batch_id, units,
    here, there, now() - interval '300 days' + day * interval '1 day' AS at
FROM leg WHERE units > 0
"""

PAPERS = """
INSERT INTO catalog_stockdocument (id, number, kind, source_key, note, actor, at, to_warehouse_id)
SELECT document_id, 'SD' || document_id, kind, '', '', 'system:bench', min(at),
    CASE kind WHEN 'transfer' THEN min(w) + 1 END
FROM bench_leg GROUP BY document_id, kind
"""

PAPER_LINES = """
INSERT INTO catalog_stockdocumentline (id, document_id, position, stock_id, batch_id, units, from_state, to_state)
SELECT id, document_id, position, stock_id, batch_id, units, here, there FROM bench_leg
"""

PAPER_MOVEMENTS = """
INSERT INTO catalog_stockmovement (stock_id, batch_id, units, from_state, to_state, reason, document_kind,
    document_number, actor, at, key)
SELECT stock_id, batch_id, units, here, there, '', kind, 'SD' || document_id, 'system:bench', at, 'document-line:' || id
FROM bench_leg ORDER BY id
"""

LIMITS = """
INSERT INTO catalog_stocklimit (sku_id, warehouse_id, low, high, is_computed, updated_at)
SELECT sku, w, 21, 66, true, now() FROM generate_series(1, %(limited)s) AS sku, generate_series(1, %(warehouses)s) AS w
"""

DEMAND = """
INSERT INTO catalog_dailydemand (sku_id, warehouse_id, day, units, was_out)
SELECT sku, 1, current_date - d, 1 + (sku * 7 + d * 13) %% 9, (sku + d) %% 40 = 0
FROM generate_series(1, %(demand)s) AS sku, generate_series(1, %(days)s) AS d WHERE (sku + d) %% 3 > 0
"""

PLACES = """
CREATE TEMP TABLE bench_picked AS SELECT stock_id, batch_id, sum(picked) AS picked FROM catalog_reservation
WHERE picked > 0 GROUP BY 1, 2;
CREATE INDEX ON bench_picked (stock_id);
INSERT INTO catalog_zone (id, warehouse_id, code, name, kind)
VALUES (1, 1, 'A', '', 'storage'), (2, 1, 'Q', '', 'quarantine');
INSERT INTO catalog_bin (id, zone_id, warehouse_id, code, sequence, is_active)
SELECT n, 1, 1, 'A' || lpad(n::text, 5, '0'), n, true FROM generate_series(1, 5000) AS n;
INSERT INTO catalog_binstock (bin_id, stock_id, batch_id, units)
SELECT 1 + sku %% 5000, s.id, l.batch_id, l.units
FROM (SELECT id, sku_id AS sku, available + reserved AS units FROM catalog_stock WHERE warehouse_id = 1) s
CROSS JOIN LATERAL (
    SELECT NULL::bigint AS batch_id, s.units - p.units AS units
    FROM (SELECT coalesce(sum(picked), 0) AS units FROM bench_picked WHERE stock_id = s.id) p WHERE s.sku %% 10 > 0
    UNION ALL
    SELECT b.batch_id, b.available + b.reserved - coalesce(p.picked, 0) FROM catalog_batchstock b
    LEFT JOIN bench_picked p ON p.stock_id = b.stock_id AND p.batch_id = b.batch_id
    WHERE s.sku %% 10 = 0 AND b.stock_id = s.id
) l WHERE l.units > 0 AND s.sku %% 50 <> 7;
INSERT INTO catalog_binmovement (stock_id, batch_id, to_bin_id, units, document_kind, document_number, actor, at, key)
SELECT stock_id, batch_id, bin_id, units, 'put_away', 'PA' || bin_id, 'system:bench', now() - interval '299 days',
    'bench:' || id FROM catalog_binstock;
DROP TABLE bench_picked
"""

TABLES = (
    "catalog_brand", "catalog_product", "catalog_sku", "catalog_warehouse", "catalog_batch", "orders_shop",
    "orders_order", "orders_orderline", "catalog_reservation", "catalog_stockdocument", "catalog_stockdocumentline",
    "catalog_stock",
    "catalog_zone", "catalog_bin",
)  # fmt: skip


def balances(table: str) -> str:
    """Return the statement that sums the movements up to balances of ``table``."""
    from catalog.choices import BALANCES

    columns = ", ".join(f'"{state}"' for state in BALANCES)
    sums = ", ".join(
        f"sum(CASE '{state}' WHEN to_state THEN units WHEN from_state THEN -units ELSE 0 END)"
        for state in BALANCES
    )
    if table == "catalog_batchstock":
        return (
            f"INSERT INTO catalog_batchstock (stock_id, batch_id, {columns}) SELECT stock_id, batch_id, {sums}"
            " FROM catalog_stockmovement WHERE batch_id IS NOT NULL GROUP BY 1, 2"
        )
    return (
        f"INSERT INTO catalog_stock (id, sku_id, warehouse_id, owner, {columns})"
        f" SELECT stock_id, 1 + (stock_id - 1) / {WAREHOUSES}, 1 + (stock_id - 1) %% {WAREHOUSES}, 'own', {sums}"
        " FROM catalog_stockmovement GROUP BY 1 UNION ALL"
        f" SELECT n, 1 + (n - 1) / {WAREHOUSES}, 1 + (n - 1) %% {WAREHOUSES}, 'own'{', 0' * len(BALANCES)}"
        f" FROM generate_series(1, {SKUS * WAREHOUSES}) AS n"
        " WHERE NOT EXISTS (SELECT FROM catalog_stockmovement m WHERE m.stock_id = n)"
    )


def is_filled() -> bool:
    """Tell whether an earlier run has filled the database, as this one would."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT obj_description('catalog_stock'::regclass)")
        return bool(cursor.fetchone() == (LAYOUT,))


def ready() -> None:
    """Fill the database where no earlier run has."""
    if not is_filled():
        fill()
        with connected() as cursor:
            cursor.execute(f"COMMENT ON TABLE catalog_stock IS '{LAYOUT}'")


def fill() -> None:
    """Fill the database from nothing; say how long each part took."""
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.db import connection

    from orders.models import Shop, ShopWarehouse

    call_command("flush", interactive=False, verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_taken; DROP TABLE IF EXISTS bench_leg")
    get_user_model()._default_manager.create_superuser(username=READER, password=None)
    given = {
        "brands": BRANDS, "products": PRODUCTS, "skus": SKUS, "warehouses": WAREHOUSES, "orders": ORDERS, "held": HELD,
        "under_way": UNDER_WAY, "limited": LIMITED_SKUS, "demand": DEMAND_SKUS, "days": DEMAND_DAYS,
    }  # fmt: skip
    run("goods", GOODS, given)
    shop = Shop.objects.create(pk=1, code="bench", name="Bench", platform="tmall", payee="agency")
    ShopWarehouse.objects.bulk_create(
        ShopWarehouse(shop=shop, warehouse_id=pk, rank=pk) for pk in range(1, WAREHOUSES + 1)
    )
    run("lines of orders", TAKEN, given)
    run("orders", ORDER_ROWS, given, "orders_order")
    run("order lines", ORDER_LINES, given, "orders_orderline")
    run("shipments", SHIPMENTS, given)
    run("reservations", RESERVATIONS, given, "catalog_reservation")
    run("what papers moved", LEGS, given)
    run("papers", PAPERS, given)
    run("lines of papers", PAPER_LINES, given, "catalog_stockdocumentline")
    chunks = [
        (COURSES, given | {"first": first, "last": first + CHUNK - 1}) for first in range(1, ORDERS, CHUNK)
    ]
    run_all("movements", [(PAPER_MOVEMENTS, given), *chunks], "catalog_stockmovement")
    for table in ("catalog_stock", "catalog_batchstock"):
        run(table, balances(table), given)
    run("limits", LIMITS, given)
    run("demand", DEMAND, given)
    run("places", PLACES, given)
    with connected() as cursor:
        cursor.execute("DROP TABLE bench_taken; DROP TABLE bench_leg")
        settle(cursor, *TABLES)
    vacuum(*TABLES, "catalog_batchstock", "catalog_stockmovement", "catalog_stocklimit", "catalog_dailydemand",
           "catalog_binstock", "catalog_binmovement")  # fmt: skip


def run(name: str, sql: str, given: dict[str, Any], *tables: str) -> None:
    """Run one part; ``tables`` are indexed after it."""
    run_all(name, [(sql, given)], *tables)


def run_all(name: str, parts: list[tuple[str, dict[str, Any]]], *tables: str) -> None:
    began = time.perf_counter()
    rows = 0
    with connected() as cursor:
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'; SET LOCAL work_mem = '128MB'")
        with unindexed(cursor, *tables):
            for sql, given in parts:
                cursor.execute(sql, given)
                rows += max(cursor.rowcount, 0)
    print(f"{name}: {rows:,} rows, {time.perf_counter() - began:.0f} s", flush=True)


@contextmanager
def unindexed(cursor: Any, *tables: str) -> Iterator[None]:
    """Take the indexes of ``tables`` away but for primary keys, and build them anew at the end."""
    again: list[str] = []
    for table in tables:
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid = %s::regclass AND contype = 'u'",
            [table],
        )
        for name, definition in cursor.fetchall():
            again.append(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        cursor.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
            " WHERE indrelid = %s::regclass AND NOT indisprimary",
            [table],
        )
        for name, definition in cursor.fetchall():
            again.append(definition)
            cursor.execute(f"DROP INDEX {name}")
    yield
    for sql in again:
        cursor.execute(sql)
