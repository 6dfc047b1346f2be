"""Add the rows up again, day by day, in another way than the roll-ups are made.

The roll-ups are made by SQL; here each order is read as it stands and added up in Python, with the floor's own
``share_out``. Memory holds one day of one shop at a time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db import connection

from analytics.choices import Dimension
from analytics.metrics import FEEDBACK_MEASURES, ORDER_MEASURES, Number
from ops_portal.lib.money import share_out

CHUNK = 2_000
ZERO = Decimal(0)
TOTAL = (Dimension.TOTAL.value, "")

ShopDay = tuple[int, date]  # a shop's id, 0 for none
Cell = tuple[str, str]  # dimension, key
Line = tuple[str | None, int, str, str]  # brand, units, amount, refund

_ORDERS = """
    SELECT o.id, o.shop_id, o.placed_on, o.customer_id, o.province, o.paid_at IS NOT NULL, o.total, o.refund_amount,
           (SELECT json_agg(json_build_array(b.code, l.units, l.amount::text, l.refund_amount::text)
                            ORDER BY l.position)
            FROM orders_orderline l
            LEFT JOIN catalog_sku s ON s.id = l.sku_id
            LEFT JOIN catalog_product p ON p.id = s.product_id
            LEFT JOIN catalog_brand b ON b.id = p.brand_id
            WHERE l.order_id = o.id)
    FROM orders_order o
"""
ORDERS_AS_THEY_STAND = f"{_ORDERS} WHERE o.undone_at IS NULL ORDER BY o.shop_id, o.placed_on"
THESE_ORDERS = f"{_ORDERS} WHERE o.id = ANY(%s)"
ITEMS_AS_THEY_STAND = """
    SELECT COALESCE(i.shop_id, 0), i.received_on, b.code, i.is_negative
    FROM feedback_feedbackitem i LEFT JOIN catalog_brand b ON b.id = i.brand_id
    WHERE i.undone_at IS NULL ORDER BY 1, 2
"""
ROLLED_ORDERS = f"""
    SELECT shop_id, day, dimension, key, {", ".join(ORDER_MEASURES)}
    FROM analytics_orderfigures ORDER BY shop_id, day
"""
ROLLED_BUYERS = """
    SELECT shop_id, day, dimension, key, customer_id FROM analytics_buyerday ORDER BY shop_id, day
"""
ROLLED_ITEMS = f"""
    SELECT COALESCE(shop_id, 0), day, dimension, key, {", ".join(FEEDBACK_MEASURES)}
    FROM analytics_feedbackfigures ORDER BY 1, 2
"""


def _no_measures() -> defaultdict[Cell, defaultdict[str, Number]]:
    return defaultdict(lambda: defaultdict(int))


def _no_buyers() -> defaultdict[Cell, set[int]]:
    return defaultdict(set)


@dataclass(slots=True)
class DaySums:
    """What one day of one shop adds up to: the measures of each cell, and who bought in it."""

    measures: defaultdict[Cell, defaultdict[str, Number]] = field(default_factory=_no_measures)
    buyers: defaultdict[Cell, set[int]] = field(default_factory=_no_buyers)

    def add(self, cell: Cell, **numbers: Number) -> None:
        """Add ``numbers`` to the measures of a cell."""
        into = self.measures[cell]
        for name, number in numbers.items():
            into[name] += number


Days = Iterator[tuple[ShopDay, DaySums]]


def order_days() -> Days:
    """Yield what the orders of each day add up to, by shop and day."""
    for shop_day, rows in groupby(_rows_of(ORDERS_AS_THEY_STAND), key=lambda row: (row[1], row[2])):
        sums = DaySums()
        for _order, _shop, _day, customer, province, is_paid, total, refund, lines in rows:
            _add_order(sums, customer, province, is_paid, total, refund if is_paid else ZERO, lines or [])
        yield shop_day, sums


def parts_of(order_ids: Collection[int], cell: Cell) -> dict[int, tuple[dict[str, Number], int | None]]:
    """Return what each of these orders adds to ``cell``: its measures, and the buyer whom it counts, if any."""
    parts = {}
    with connection.cursor() as cursor:
        cursor.execute(THESE_ORDERS, [list(order_ids)])
        for order, _shop, _day, customer, province, is_paid, total, refund, lines in cursor.fetchall():
            sums = DaySums()
            _add_order(sums, customer, province, is_paid, total, refund if is_paid else ZERO, lines or [])
            measures = {name: sums.measures[cell][name] for name in ORDER_MEASURES}
            parts[order] = (measures, next(iter(sums.buyers[cell]), None))
    return parts


def _add_order(
    sums: DaySums,
    customer: int | None,
    province: str,
    is_paid: bool,
    total: Decimal,
    refund: Decimal,
    lines: list[Line],
) -> None:
    units = sum(line[1] for line in lines)
    for cell in (TOTAL, (Dimension.REGION.value, province)):
        _add_part(sums, cell, customer if is_paid else None, is_paid, 1, total, refund, units)
    amounts = [Decimal(line[2]) for line in lines]
    refunds = _refunds_of(lines, amounts, refund) if is_paid else [ZERO] * len(lines)
    for brand in {line[0] or "" for line in lines} or {""}:
        mine = [index for index, line in enumerate(lines) if (line[0] or "") == brand]
        _add_part(
            sums,
            (Dimension.BRAND.value, brand),
            customer if is_paid else None,
            is_paid,
            1,
            sum((amounts[index] for index in mine), ZERO),
            sum((refunds[index] for index in mine), ZERO),
            sum(lines[index][1] for index in mine),
        )
    _add_part(
        sums,
        (Dimension.BRAND.value, ""),
        None,
        is_paid,
        0,
        total - sum(amounts, ZERO),
        refund - sum(refunds, ZERO),
        0,
    )


def _add_part(
    sums: DaySums,
    cell: Cell,
    customer: int | None,
    is_paid: bool,
    orders: int,
    amount: Decimal,
    refund: Decimal,
    units: int,
) -> None:
    sums.add(cell, orders_created=orders, gmv_created=amount)
    if is_paid:
        sums.add(cell, orders_paid=orders, gmv_paid=amount, refund_amount=refund, units_sold=units)
    if customer is not None:
        sums.buyers[cell].add(customer)


def _refunds_of(lines: list[Line], amounts: list[Decimal], refund: Decimal) -> list[Decimal]:
    """Return each line's part of the refund: its own where any line carries one, else its share by amount."""
    own = [Decimal(line[3]) for line in lines]
    worth = sum(amounts, ZERO)
    if any(own) or not worth:
        return own
    return share_out(min(refund, worth), amounts)


def item_days() -> Days:
    """Yield what the feedback of each day adds up to, by shop (0 is none) and day."""
    for shop_day, rows in groupby(_rows_of(ITEMS_AS_THEY_STAND), key=lambda row: (row[0], row[1])):
        sums = DaySums()
        for _shop, _day, brand, is_negative in rows:
            for cell in (TOTAL, (Dimension.BRAND.value, brand or "")):
                sums.add(
                    cell,
                    feedback_items=1,
                    feedback_rated=int(is_negative is not None),
                    feedback_negative=int(is_negative is True),
                )
        yield shop_day, sums


def rolled_order_days() -> Days:
    """Yield what the roll-ups say of the orders of each day."""
    for shop_day, figures, buyers in side_by_side(_rolled(ROLLED_ORDERS, ORDER_MEASURES), _rolled_buyers()):
        yield shop_day, DaySums(figures.measures, buyers.buyers)


def rolled_item_days() -> Days:
    """Yield what the roll-ups say of the feedback of each day."""
    return _rolled(ROLLED_ITEMS, FEEDBACK_MEASURES)


def _rolled(sql: str, names: tuple[str, ...]) -> Days:
    for shop_day, rows in groupby(_rows_of(sql), key=lambda row: (row[0], row[1])):
        sums = DaySums()
        for _shop, _day, dimension, key, *numbers in rows:
            sums.add((dimension, key), **dict(zip(names, numbers, strict=True)))
        yield shop_day, sums


def _rolled_buyers() -> Days:
    for shop_day, rows in groupby(_rows_of(ROLLED_BUYERS), key=lambda row: (row[0], row[1])):
        sums = DaySums()
        for _shop, _day, dimension, key, customer in rows:
            sums.buyers[dimension, key].add(customer)
        yield shop_day, sums


def side_by_side(left: Days, right: Days) -> Iterator[tuple[ShopDay, DaySums, DaySums]]:
    """Yield the days that either side has, in order; a side without a day has empty sums for it."""
    one, other = next(left, None), next(right, None)
    while one or other:
        shop_day = min(pair[0] for pair in (one, other) if pair)
        mine, theirs = DaySums(), DaySums()
        if one and one[0] == shop_day:
            mine = one[1]
            one = next(left, None)
        if other and other[0] == shop_day:
            theirs = other[1]
            other = next(right, None)
        yield shop_day, mine, theirs


def _rows_of(sql: str) -> Iterator[tuple[Any, ...]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql)
        while rows := cursor.fetchmany(CHUNK):
            yield from rows
