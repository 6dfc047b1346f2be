"""A million orders of three lines, filled by COPY into a database of its own that is kept from run to run.

The newest are of the hour in which it was filled. The last 5,000 wait for somebody, as a day's orders do; one in
33 was refunded in part. What else the years leave behind is ``days``' part.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from benchmarks import agency, floor

LAYOUT = "layout 2"  # another one than the database's: it is filled anew
ORDERS = 1_000_000
OPEN = 5_000
SHOPS = 10
BETWEEN = timedelta(seconds=25)  # a million orders in about 290 days
WAITING = ("created",) * 6 + ("reviewed",) * 5 + ("picked",) * 2 + ("packed",) * 5 + ("short", "cancelled")
RARE_STATUS, RARE_EVERY = "short", 5_000
REFUNDED_EVERY = 33
BUYERS = 20_000  # of each shop
CHUNK = 50_000
ZONE = timezone(timedelta(hours=8))  # the shops', in which days begin
PLATFORMS = ("tmall", "taobao", "jd", "pinduoduo", "douyin")
PROVINCES = ("上海市", "浙江省", "江苏省", "广东省", "北京市", "四川省", "湖北省", "山东省")
LARGE_BRAND, SMALL_BRAND = "large", "small"
READER = "bench"  # who sees everything

ORDER = (
    "id, number, shop_id, platform_number, status, refund_status, placed_at, placed_on, paid_at, review_by,"
    " ship_by, currency, goods_amount, discount_amount, freight, total, paid_amount, receivable, refund_amount,"
    " customer_id, buyer_sealed, phone_key, province, city, remark, warehouse_id, touches_stock, content_hash,"
    " created_at, updated_at"
)

BUYERS_OF_SHOP = """
INSERT INTO orders_customer (id, shop_id, buyer_key, sealed, created_at)
SELECT %(first)s + n, %(shop)s, sha256(convert_to(%(shop)s || '-' || n, 'UTF8')), %(buyer)s, %(at)s
FROM generate_series(1, %(buyers)s) AS n
"""

LINES = """
INSERT INTO orders_orderline (order_id, position, sku_id, sku_code, title, units, unit_price, discount_amount,
    amount, paid_amount, receivable, refund_amount, platform_line_number, is_gift)
SELECT o.id, p, s.id, s.code, '', 1, 10, 0, 10, 10, 10, CASE WHEN p = 1 THEN o.refund_amount ELSE 0 END, '', false
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
    """Tell whether an earlier run has filled the database, as this one would."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT obj_description('orders_order'::regclass)")
        return cursor.fetchone() == (LAYOUT,)


def placed_at(number: int) -> datetime:
    """Return when the order of this number was placed."""
    from orders.models import Order

    moment: datetime = Order.objects.values_list("placed_at", flat=True).get(pk=number)
    return moment


def ready() -> None:
    """Fill the database where no earlier run has."""
    from benchmarks import days
    from ops_portal.lib.tasks import analyze_small_tables

    if not is_filled():
        fill()
        days.fill()
        with connected() as cursor:
            cursor.execute(f"COMMENT ON TABLE orders_order IS '{LAYOUT}'")
    analyze_small_tables()  # as a running house does every ten minutes


@contextmanager
def connected() -> Iterator[Any]:
    """Yield a cursor in a transaction that no trigger watches: what is filled in holds by construction."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SET LOCAL synchronous_commit = off")
        yield cursor


def settle(cursor: Any, *tables: str) -> None:
    """Let the sequences of ``tables`` go on after the rows that brought their own ids."""
    for table in tables:
        cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")


def fill() -> None:
    """Fill the database from nothing: the agency, ten shops, the orders, their lines."""
    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    from orders.models import Shop, ShopWarehouse

    call_command("flush", interactive=False, verbosity=0)
    agency.found()
    get_user_model()._default_manager.create_superuser(username=READER, password=None)
    _share_goods()
    shops = Shop.objects.bulk_create(
        Shop(
            code=shop_code(place),
            name=shop_code(place),
            platform=PLATFORMS[place % len(PLATFORMS)],
            payee="agency",
        )
        for place in range(SHOPS)
    )
    warehouse_id = ShopWarehouse.objects.values_list("warehouse_id", flat=True).get()
    now = datetime.now(UTC).replace(microsecond=0)
    rows = order_rows([shop.pk for shop in shops], warehouse_id, now)
    with connected() as cursor:
        for place, shop in enumerate(shops):
            given = {"first": place * BUYERS, "shop": shop.pk, "buyers": BUYERS, "buyer": buyer(), "at": now}
            cursor.execute(BUYERS_OF_SHOP, given)
        while chunk := list(itertools.islice(rows, CHUNK)):
            with tempfile.TemporaryFile("w+") as file:
                file.writelines(chunk)
                file.seek(0)
                cursor.copy_expert(f"COPY orders_order ({ORDER}) FROM STDIN", file)
        for first in range(1, ORDERS, CHUNK):
            cursor.execute(LINES, {"skus": floor.SKUS, "first": first, "last": first + CHUNK - 1})
        settle(cursor, "orders_order", "orders_customer")


def vacuum(*tables: str) -> None:
    """Do what autovacuum would do with ``tables`` by and by."""
    from django.db import connection

    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"VACUUM (ANALYZE) {table}")


def buyer() -> bytes:
    """Return a buyer's data, sealed."""
    from ops_portal.lib.sealing import seal

    return seal({"name": "王小明", "phone": phone(0), "district": "浦东新区", "address": "世纪大道 1 号"})


def _share_goods() -> None:
    """Give half of the goods to a large brand, and one SKU to a small one."""
    from catalog.models import Brand, Product

    large, small = Brand.objects.bulk_create(
        Brand(code=code, name=code) for code in (LARGE_BRAND, SMALL_BRAND)
    )
    codes = [agency.sku_code(sku_id) for sku_id in range(1, floor.SKUS // 2 + 1)]
    Product.objects.filter(code__in=codes[1:]).update(brand=large)
    Product.objects.filter(code=codes[0]).update(brand=small)


def status_of(number: int, age: timedelta) -> str:
    """Return how far an order has come: one in 5,000 stands short however old, the last 5,000 in any state."""
    if number % RARE_EVERY == 0:
        return RARE_STATUS
    if number > ORDERS - OPEN:
        return WAITING[number * 7 % len(WAITING)]
    if number % 20 == 0:
        return "cancelled"
    if age < timedelta(days=5):
        return "shipped"
    return "delivered" if age < timedelta(days=15) else "completed"


def refund_of(number: int, status: str) -> tuple[str, int]:
    """Return the refund of an order, and the amount of it: half of its first line, or nothing yet."""
    if status == "completed" and number % REFUNDED_EVERY == 0:
        return "partly", 5
    wanted = status not in ("completed", "delivered", "cancelled") and number % 97 == 0
    return ("requested" if wanted else "none"), 0


def order_rows(shop_ids: list[int], warehouse_id: int, now: datetime) -> Iterator[str]:
    """Yield the rows of COPY, the newest last."""
    from ops_portal.lib.sealing import blind_index

    sealed = buyer().hex()
    for pk in range(1, ORDERS + 1):
        age = BETWEEN * (ORDERS - pk)
        placed_at = now - age
        status = status_of(pk, age)
        refund_status, refunded = refund_of(pk, status)
        shop = (pk // 7) % SHOPS
        updated_at = min(now, placed_at + timedelta(hours=1 + pk % 96))
        cells = (
            pk, f"BENCH{pk}", shop_ids[shop], f"P{pk}", status, refund_status,
            placed_at, placed_at.astimezone(ZONE).date(), placed_at, placed_at + timedelta(minutes=30),
            placed_at + timedelta(hours=48), "CNY", 30, 0, 0, 30, 30, 30, refunded,
            shop * BUYERS + 1 + pk * 7919 % BUYERS, "\\\\x" + sealed,
            "\\\\x" + blind_index(phone(pk), "phone").hex(), PROVINCES[pk % len(PROVINCES)], "上海市",
            "" if pk % 50 else "易碎品，请小心包装", warehouse_id, "t", "\\\\x00", placed_at, updated_at,
        )  # fmt: skip
        yield "\t".join(map(str, cells)) + "\n"
