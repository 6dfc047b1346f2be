"""Demand by day is what the ledger says: reserved for orders less given back, and the days that ended empty."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from catalog.models import DailyDemand, StockMovement
from catalog.operations.demand import ROLL_UP, RolledUp, roll_up_demand, roll_up_facts
from catalog.operations.promised import release_reservations
from catalog.operations.reserving import ReservationItem, ReservationRequest, reserve_stock
from catalog.queries.days import yesterday
from catalog.queries.demand import unknown_since
from tests.factories import ACTOR, make_sku, make_warehouse, receive, stock_of

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
FIRST = date(2026, 11, 1)


def noon_of(day: int) -> datetime:
    return datetime(2026, 11, day, 4, 0, tzinfo=UTC)


def reserve(number: str, sku, units: int, at: datetime, kind: str = "order") -> None:
    lines = (ReservationItem(1, sku.pk, units),)
    reserve_stock([ReservationRequest(kind, number, (), lines)], actor=ACTOR, at=at).one()


def give_back(number: str, at: datetime) -> None:
    release_reservations("order", [number], actor=ACTOR, at=at)


def roll(since: int = 1, until: int = 10) -> RolledUp:
    return roll_up_demand(date(2026, 11, since), date(2026, 11, until), actor=ACTOR, at=noon_of(until + 1))


def known() -> dict[int, tuple[int, bool]]:
    rows = DailyDemand.objects.order_by("day").values_list("day", "units", "was_out")
    return {day.day: (units, was_out) for day, units, was_out in rows}


def test_a_day_counts_what_orders_reserved_less_what_they_gave_back_on_it_and_never_less_than_nothing():
    warehouse, sku = make_warehouse("MAIN"), make_sku()
    receive(sku, 100, warehouse=warehouse, at=noon_of(1))
    reserve("A", sku, 5, noon_of(2))
    reserve("B", sku, 3, noon_of(2))
    give_back("B", noon_of(2))
    give_back("A", noon_of(3))
    reserve("C", sku, 4, noon_of(5))
    reserve("D", sku, 9, noon_of(6), kind="activity")
    roll()
    assert known() == {2: (5, False), 5: (4, False)}


def test_a_day_begins_at_midnight_in_shanghai():
    warehouse, sku = make_warehouse("MAIN"), make_sku()
    receive(sku, 100, warehouse=warehouse, at=noon_of(1))
    reserve("LATE", sku, 1, datetime(2026, 11, 2, 15, 59, 59, tzinfo=UTC))
    reserve("EARLY", sku, 2, datetime(2026, 11, 2, 16, 0, tzinfo=UTC))
    roll()
    assert known() == {2: (1, False), 3: (2, False)}


def test_days_that_end_with_nothing_available_are_marked_from_the_first_receipt_to_the_next():
    warehouse, sku = make_warehouse("MAIN"), make_sku()
    receive(sku, 4, warehouse=warehouse, at=noon_of(3))
    reserve("A", sku, 4, noon_of(5))
    receive(sku, 10, warehouse=warehouse, at=noon_of(8))
    roll()
    assert known() == {5: (4, True), 6: (0, True), 7: (0, True)}


def test_goods_of_2_owners_in_one_warehouse_are_out_when_both_are():
    warehouse, sku = make_warehouse("MAIN"), make_sku()
    receive(sku, 2, warehouse=warehouse, owner="ACME", at=noon_of(1))
    receive(sku, 3, warehouse=warehouse, at=noon_of(1))
    reserve("A", sku, 2, noon_of(2))
    reserve("B", sku, 3, noon_of(4))
    roll(1, 4)
    assert known() == {2: (2, False), 4: (3, True)}


def test_a_sku_that_is_no_longer_offered_is_not_out():
    warehouse, sku = make_warehouse("MAIN"), make_sku()
    receive(sku, 2, warehouse=warehouse, at=noon_of(1))
    reserve("A", sku, 2, noon_of(2))
    sku.is_active = False
    sku.save()
    roll()
    assert known() == {2: (2, False)}


def test_rolling_up_again_writes_nothing_and_what_the_ledger_does_not_say_goes():
    warehouse, sku = make_warehouse("MAIN"), make_sku()
    receive(sku, 9, warehouse=warehouse, at=noon_of(1))
    reserve("A", sku, 2, noon_of(2))
    assert roll() == RolledUp(1, 0)
    assert roll() == RolledUp(0, 0)
    DailyDemand.objects.create(sku=sku, warehouse=warehouse, day=date(2026, 11, 4), units=7)
    DailyDemand.objects.filter(day=date(2026, 11, 2)).update(units=99)
    assert roll() == RolledUp(1, 1)
    assert known() == {2: (2, False)}


def test_a_stretch_leaves_the_days_beside_it_alone():
    warehouse, sku = make_warehouse("MAIN"), make_sku()
    receive(sku, 3, warehouse=warehouse, at=noon_of(1))
    reserve("A", sku, 1, noon_of(2))
    reserve("B", sku, 2, noon_of(6))
    roll(3, 5)
    assert known() == {}
    roll(6, 7)
    assert known() == {6: (2, True), 7: (0, True)}


def test_what_is_unknown_begins_with_the_ledger_and_then_3_days_before_the_last_that_is_known():
    assert unknown_since() is None
    warehouse, sku = make_warehouse("MAIN"), make_sku()
    receive(sku, 9, warehouse=warehouse, at=noon_of(1))
    assert unknown_since() == FIRST
    reserve("A", sku, 1, noon_of(9))
    roll()
    assert unknown_since() == date(2026, 11, 6)
    assert yesterday(datetime(2026, 11, 9, 16, 0, tzinfo=UTC)) == date(2026, 11, 9)


def test_one_day_of_60_000_movements_is_read_by_the_index_over_time():
    warehouse, sku = make_warehouse("MAIN"), make_sku()
    receive(sku, 100_000, warehouse=warehouse, at=noon_of(1))
    stock = stock_of(sku, warehouse)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalog_stockmovement (stock_id, units, from_state, to_state, reason, document_kind,"
            " document_number, actor, at, key)"
            " SELECT %s, 1, 'available', 'reserved', '', 'order', 'O' || n, 'system:test',"
            " timestamptz '2026-01-01' + n * interval '5 minutes', 'k' || n FROM generate_series(1, 60000) n",
            [stock.pk],
        )
        cursor.execute("SELECT brin_summarize_new_values('movement_by_time')")
        cursor.execute("ANALYZE catalog_stockmovement")
        last = StockMovement.objects.order_by("-at")[0].at
        cursor.execute("EXPLAIN " + ROLL_UP, roll_up_facts(last.date() - DAY, last.date()))
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Bitmap Index Scan on movement_by_time" in plan
    assert "Seq Scan on catalog_stockmovement" not in plan
