"""A million orders of three lines, filled by COPY into a database of its own that is kept from run to run."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from benchmarks import agency, floor

ORDERS = 1_000_000
SHOPS = 10
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
BETWEEN = timedelta(seconds=25)  # a million orders in about 290 days
STATUSES = ("completed",) * 12 + ("delivered",) * 3 + ("shipped",) * 3 + ("created", "cancelled")
RARE_STATUS, RARE_EVERY = "short", 5_000
CHUNK = 50_000
LARGE_BRAND, SMALL_BRAND = "large", "small"

ORDER = (
    "id, number, shop_id, platform_number, status, refund_status, placed_at, placed_on, paid_at, currency,"
    " goods_amount, discount_amount, freight, total, paid_amount, receivable, refund_amount, buyer_sealed,"
    " phone_key, province, city, remark, touches_stock, content_hash, created_at, updated_at"
)

LINES = """
INSERT INTO orders_orderline (order_id, position, sku_id, sku_code, title, units, unit_price, discount_amount,
    amount, paid_amount, receivable, refund_amount, platform_line_number, is_gift)
SELECT o.id, p, s.id, s.code, '', 1, 10, 0, 10, 10, 10, 0, '', false
FROM orders_order o CROSS JOIN generate_series(1, 3) AS p
JOIN (SELECT id, code, row_number() OVER (ORDER BY id) - 1 AS place FROM catalog_sku) AS s
    ON s.place = (o.id * 7919 + p * 661) %% %(skus)s
WHERE o.id BETWEEN %(first)s AND %(last)s
"""


def shop_code(place: int) -> str:
    return f"shop{place}"


def phone(number: int) -> str:
    return f"139{number:08d}"


def is_filled() -> bool:
    """Tell whether an earlier run has filled the database."""
    from orders.models import Order

    return Order.objects.filter(pk=ORDERS).exists()


def fill() -> None:
    """Fill the empty database: the agency, ten shops, the orders, their lines."""
    from django.db import connection, transaction

    from orders.models import Shop

    agency.found()
    _share_goods()
    shops = Shop.objects.bulk_create(
        Shop(code=shop_code(place), name=shop_code(place), platform="tmall") for place in range(SHOPS)
    )
    rows = order_rows([shop.pk for shop in shops])
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # foreign keys hold by construction
        while chunk := list(itertools.islice(rows, CHUNK)):
            with tempfile.TemporaryFile("w+") as file:
                file.writelines(chunk)
                file.seek(0)
                cursor.copy_expert(f"COPY orders_order ({ORDER}) FROM STDIN", file)
        for first in range(1, ORDERS, CHUNK):
            cursor.execute(LINES, {"skus": floor.SKUS, "first": first, "last": first + CHUNK - 1})
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('orders_order', 'id'), max(id)) FROM orders_order"
        )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) orders_order")
        cursor.execute("VACUUM (ANALYZE) orders_orderline")


def _share_goods() -> None:
    """Give half of the goods to a large brand, and one SKU to a small one."""
    from catalog.models import Brand, Product

    large, small = Brand.objects.bulk_create(
        Brand(code=code, name=code) for code in (LARGE_BRAND, SMALL_BRAND)
    )
    codes = [agency.sku_code(sku_id) for sku_id in range(1, floor.SKUS // 2 + 1)]
    Product.objects.filter(code__in=codes[1:]).update(brand=large)
    Product.objects.filter(code=codes[0]).update(brand=small)


def order_rows(shop_ids: list[int]) -> Iterator[str]:
    """Yield the rows of COPY; every 5,000th order is short, the rest in the states of a year's end."""
    from ops_portal.lib.sealing import blind_index, seal

    buyer = seal({"name": "王小明", "phone": phone(0), "district": "浦东新区", "address": "世纪大道 1 号"})
    for pk in range(1, ORDERS + 1):
        placed_at = FIRST + BETWEEN * pk
        status = RARE_STATUS if pk % RARE_EVERY == 0 else STATUSES[(pk * 7) % len(STATUSES)]
        updated_at = placed_at + timedelta(hours=1 + pk % 96)
        cells = (
            pk, f"BENCH{pk}", shop_ids[(pk // 7) % SHOPS], f"P{pk}", status, "none",
            placed_at, placed_at.date(), placed_at, "CNY", 30, 0, 0, 30, 30, 30, 0,
            "\\\\x" + buyer.hex(), "\\\\x" + blind_index(phone(pk), "phone").hex(), "上海市", "上海市",
            "", "t", "\\\\x00", placed_at, updated_at,
        )  # fmt: skip
        yield "\t".join(map(str, cells)) + "\n"
