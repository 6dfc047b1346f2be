"""The floor: what PostgreSQL does with the same rows where nothing stands between it and hand-written SQL.

Each way checks the stock, locks balances in key order, and reserves the whole order or nothing.
"""

from __future__ import annotations

import io
import itertools
import os
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2's own spelling
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from benchmarks.clients import Pace, Step, crews, take_turns
from benchmarks.house import House
from benchmarks.report import Row

SKUS = 2_000
LINES = 3


class OutOfStock(Exception):  # noqa: N818
    """A balance does not cover its line."""


class Line(NamedTuple):
    sku_id: int
    units: int
    unit_price: Decimal


class Order(NamedTuple):
    """``lines`` are in key order and name each SKU once."""

    number: str
    buyer: str
    phone: str
    address: str
    placed_at: datetime
    lines: tuple[Line, ...]

    @property
    def total(self) -> Decimal:
        return sum((line.units * line.unit_price for line in self.lines), Decimal(0))


def orders() -> Iterator[Order]:
    """Yield orders of three lines without end, under numbers that no other process uses.

    Their content repeats itself after 5,000 orders, so that making them costs the clients next to nothing.
    """
    prefix = f"{os.getpid()}-{os.urandom(4).hex()}"
    chance = random.Random(prefix)
    patterns = [_pattern(chance) for _ in range(5_000)]
    for count, pattern in enumerate(itertools.cycle(patterns)):
        yield pattern._replace(number=f"{prefix}-{count}")


def _pattern(chance: random.Random) -> Order:
    skus = sorted(chance.sample(range(1, SKUS + 1), LINES))
    lines = tuple(Line(sku, chance.randint(1, 3), Decimal(chance.randint(100, 99_900)) / 100) for sku in skus)
    phone = f"138{chance.randrange(10**8):08d}"
    return Order("", "王小明", phone, "上海市浦东新区世纪大道 1 号", datetime.now(UTC), lines)


def build(url: str) -> None:
    """Make the floor's tables anew in a schema of their own and fill the balances."""
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(Path(__file__).with_name("floor.sql").read_text())
    connection.close()


def place_row_by_row(cursor: Cursor, order: Order) -> None:
    """Ten statements: the order, then line, balance, movement with its reservation for each of three."""
    cursor.execute(
        "INSERT INTO floor.orders (shop_id, platform_number, status, buyer, phone, address, placed_at, total)"
        " VALUES (1, %s, 'new', %s, %s, %s, %s, %s) RETURNING id",
        [order.number, order.buyer, order.phone, order.address, order.placed_at, order.total],
    )
    (order_id,) = cursor.fetchone()
    for line in order.lines:
        cursor.execute(
            "UPDATE floor.balances SET available = available - %(units)s, reserved = reserved + %(units)s"
            " WHERE sku_id = %(sku)s AND warehouse_id = 1 AND owner = 'own' AND available >= %(units)s",
            {"units": line.units, "sku": line.sku_id},
        )
        if not cursor.rowcount:
            raise OutOfStock(line.sku_id)
        cursor.execute(
            "INSERT INTO floor.order_lines (order_id, sku_id, units, unit_price) VALUES (%s, %s, %s, %s)",
            [order_id, *line],
        )
        cursor.execute(
            "WITH reservation AS ("
            " INSERT INTO floor.reservations (reference, sku_id, warehouse_id, owner, units)"
            " VALUES (%(number)s || '/' || %(sku)s, %(sku)s, 1, 'own', %(units)s))"
            " INSERT INTO floor.movements"
            " (sku_id, warehouse_id, owner, units, from_state, to_state, document, at, key) VALUES"
            " (%(sku)s, 1, 'own', %(units)s, 'available', 'reserved', %(number)s, %(at)s,"
            " 'reserve/' || %(number)s || '/' || %(sku)s)",
            {"number": order.number, "sku": line.sku_id, "units": line.units, "at": order.placed_at},
        )


def place_set_based(cursor: Cursor, order: Order) -> None:
    """Four statements: lock and look, the order with its lines, the balances, movements with reservations."""
    wanted = {line.sku_id: line.units for line in order.lines}
    cursor.execute(
        "SELECT sku_id, available FROM floor.balances"
        " WHERE sku_id = ANY(%s) AND warehouse_id = 1 AND owner = 'own' ORDER BY sku_id FOR UPDATE",
        [list(wanted)],
    )
    available = dict(cursor.fetchall())
    if short := [sku for sku, units in wanted.items() if available.get(sku, 0) < units]:
        raise OutOfStock(short)
    skus, units, prices = (list(column) for column in zip(*order.lines, strict=True))
    cursor.execute(
        "WITH placed AS (INSERT INTO floor.orders"
        " (shop_id, platform_number, status, buyer, phone, address, placed_at, total)"
        " VALUES (1, %s, 'new', %s, %s, %s, %s, %s) RETURNING id)"
        " INSERT INTO floor.order_lines (order_id, sku_id, units, unit_price)"
        " SELECT placed.id, line.* FROM placed, unnest(%s, %s, %s) AS line",
        [*order[:5], order.total, skus, units, prices],
    )
    cursor.execute(
        "UPDATE floor.balances b SET available = b.available - line.units, reserved = b.reserved + line.units"
        " FROM unnest(%s, %s) AS line (sku_id, units)"
        " WHERE b.sku_id = line.sku_id AND b.warehouse_id = 1 AND b.owner = 'own'",
        [skus, units],
    )
    cursor.execute(
        "WITH line AS (SELECT %(number)s || '/' || sku_id AS reference, * FROM unnest(%(skus)s, %(units)s)"
        " AS line (sku_id, units)), reservation AS ("
        " INSERT INTO floor.reservations (reference, sku_id, warehouse_id, owner, units)"
        " SELECT reference, sku_id, 1, 'own', units FROM line)"
        " INSERT INTO floor.movements"
        " (sku_id, warehouse_id, owner, units, from_state, to_state, document, at, key)"
        " SELECT sku_id, 1, 'own', units, 'available', 'reserved', %(number)s, %(at)s,"
        " 'reserve/' || reference FROM line",
        {"number": order.number, "skus": skus, "units": units, "at": order.placed_at},
    )


def place_in_function(cursor: Cursor, order: Order) -> None:
    """One statement: a call of the function that stands beside the tables."""
    skus, units, prices = (list(column) for column in zip(*order.lines, strict=True))
    cursor.execute(
        "SELECT floor.place_order(%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [*order[:5], order.total, skus, units, prices],
    )


BULK = """
TRUNCATE accepted;

SELECT count(*) FROM (
    SELECT 1 FROM floor.balances WHERE (sku_id, warehouse_id, owner) IN (SELECT sku_id, 1, 'own' FROM staged)
    ORDER BY sku_id, warehouse_id, owner FOR UPDATE
) AS locked;

INSERT INTO accepted (number)
SELECT number FROM (
    SELECT s.position, s.number,
        b.available - sum(s.units) OVER (PARTITION BY s.sku_id ORDER BY s.position) AS rest
    FROM staged s JOIN floor.balances b ON (b.sku_id, b.warehouse_id, b.owner) = (s.sku_id, 1, 'own')
) AS line GROUP BY position, number HAVING min(rest) >= 0 ORDER BY position;

INSERT INTO floor.orders (id, shop_id, platform_number, status, buyer, phone, address, placed_at, total)
SELECT a.id, 1, number, 'new', min(buyer), min(phone), min(address), min(at), sum(units * unit_price)
FROM staged JOIN accepted a USING (number) GROUP BY a.id, number;

INSERT INTO floor.order_lines (order_id, sku_id, units, unit_price)
SELECT a.id, sku_id, units, unit_price FROM staged JOIN accepted a USING (number);

UPDATE floor.balances b SET available = b.available - taken.units, reserved = b.reserved + taken.units
FROM (SELECT sku_id, sum(units) AS units FROM staged JOIN accepted USING (number) GROUP BY sku_id) AS taken
WHERE (b.sku_id, b.warehouse_id, b.owner) = (taken.sku_id, 1, 'own');

INSERT INTO floor.reservations (reference, sku_id, warehouse_id, owner, units)
SELECT number || '/' || sku_id, sku_id, 1, 'own', units FROM staged JOIN accepted USING (number);

INSERT INTO floor.movements (sku_id, warehouse_id, owner, units, from_state, to_state, document, at, key)
SELECT sku_id, 1, 'own', units, 'available', 'reserved', number, at, 'reserve/' || number || '/' || sku_id
FROM staged JOIN accepted USING (number);

TRUNCATE staged;
"""


def place_in_bulk(cursor: Cursor, batch: Sequence[Order]) -> None:
    """COPY all lines, then a few statements for the whole batch. Orders that come first are served first.

    An order that is refused still stands before those after it: in a shortage this takes fewer than it could.
    """
    rows = io.StringIO()
    for position, order in enumerate(batch):
        for sku, units, price in order.lines:
            rows.write(
                f"{position}\t{order.number}\t{order.buyer}\t{order.phone}\t{order.address}"
                f"\t{order.placed_at}\t{sku}\t{units}\t{price}\n"
            )
    rows.seek(0)
    cursor.copy_expert("COPY staged FROM STDIN", rows)
    cursor.execute("ANALYZE staged")
    cursor.execute(BULK)


def one_by_one(index: int, url: str, place: Callable[[Cursor, Order], None]) -> Step:
    """Prepare a client that places one order in each transaction."""
    connection, waiting = psycopg2.connect(url), orders()

    def step() -> int:
        with connection, connection.cursor() as cursor:
            place(cursor, next(waiting))
        return 1

    return step


def in_bulk(index: int, url: str, size: int) -> Step:
    """Prepare a client that places ``size`` orders in each transaction."""
    connection, waiting = psycopg2.connect(url), orders()
    _make_staging_tables(connection)

    def step() -> int:
        batch = list(itertools.islice(waiting, size))
        with connection, connection.cursor() as cursor:
            place_in_bulk(cursor, batch)
        return size

    return step


def _make_staging_tables(connection: Connection) -> None:
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE staged (position integer, number text, buyer text, phone text, address text,"
            " at timestamptz, sku_id integer, units integer, unit_price numeric(14, 2));"
            " CREATE TEMP TABLE accepted"
            " (number text, id bigint DEFAULT nextval(pg_get_serial_sequence('floor.orders', 'id')))"
        )


def bench(house: House, pace: Pace) -> Iterator[Row]:
    """Yield the floor itself: the figures that every budget is a share of."""
    ways = {
        "row by row, 10 statements an order": place_row_by_row,
        "set-based, 4 statements": place_set_based,
        "one server-side function": place_in_function,
    }
    wanted = {
        f"{way}; {size} {noun}": (size, one_by_one, house.url, place)
        for way, place in ways.items()
        for size, noun in ((1, "client"), (8, "clients"))
    }
    wanted |= {f"bulk, {size:,} orders a commit": (1, in_bulk, house.url, size) for size in (1_000, 10_000)}
    with crews(**wanted) as working:
        for name, figure in take_turns(working, pace).items():
            yield Row(name, figure, "orders/s")
