"""Units set aside: nobody else takes them, orders of their shop do, and they come back when their time is over."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from django.db import connection

from catalog.choices import HOLD_MOVES, HoldStatus, ReservationStatus
from catalog.models import Reservation, StockHold, StockHoldLine
from catalog.operations.holds import (
    ExtendDraft,
    HoldDraft,
    end_holds,
    extend_holds,
    place_holds,
    release_holds,
)
from catalog.queries.audit import audit_stock
from ops_portal.lib.models import StateMove
from ops_portal.lib.principals import Principal
from ops_portal.lib.testing.races import race
from ops_portal.lib.testing.statements import statements_of
from orders.choices import OrderStatus
from orders.models import Order
from orders.operations.moving import cancel_orders
from orders.operations.placing import place_orders, take_in_orders
from orders.operations.waiting import serve_waiting_orders
from tests.factories import ACTOR, NOON, make_shop, make_sku, make_warehouse, order_draft, receive, stock_of

pytestmark = pytest.mark.django_db
MIDNIGHT = NOON + timedelta(hours=12)


def hold(*lines, shop="", until=MIDNIGHT, warehouse="MAIN", reason="11.11"):
    draft = HoldDraft(warehouse, tuple((sku.code, units) for sku, units in lines), reason, until, shop)
    return place_holds([draft], actor=ACTOR, at=NOON)


def order(shop, *lines, at=NOON):
    return place_orders([order_draft(shop, *lines)], actor=ACTOR, at=at)


@pytest.fixture
def house():
    warehouse, sku = make_warehouse("MAIN"), make_sku("A")
    receive(sku, 10, warehouse=warehouse)
    return warehouse, sku, make_shop("S1"), make_shop("S2")


def drawn() -> list[tuple[int, int]]:
    return list(StockHoldLine.objects.order_by("pk").values_list("units", "drawn"))


def test_of_10_units_8_held_for_s1_leave_2_to_s2_and_10_to_s1(house):
    warehouse, sku, first, second = house
    hold((sku, 8), shop="S1").one()
    assert order(second, (sku, 3)).refused[0][1].facts["skus"] == [{"sku": "A", "wanted": 3, "available": 2}]
    order(second, (sku, 2)).one()
    order(first, (sku, 5)).one()
    assert drawn() == [(8, 5)]
    assert audit_stock().ok
    order(first, (sku, 3)).one()
    assert order(first, (sku, 1)).refused[0][1].code == "out_of_stock"
    assert (stock_of(sku, warehouse).available, stock_of(sku, warehouse).reserved) == (0, 10)
    assert audit_stock().ok


def test_an_order_takes_2_free_units_first_and_1_held_for_the_rest(house):
    _warehouse, sku, shop, _other = house
    hold((sku, 8), shop="S1").one()
    placed = order(shop, (sku, 3)).one()
    assert drawn() == [(8, 1)]
    rows = Reservation.objects.filter(document_number=placed.number)
    assert [(row.item, row.units) for row in rows] == [(1, 3)]


def test_a_hold_that_no_shop_draws_from_is_used_by_nobody(house):
    _warehouse, sku, first, second = house
    hold((sku, 10)).one()
    assert [order(shop, (sku, 1)).refused[0][1].code for shop in (first, second)] == ["out_of_stock"] * 2
    assert drawn() == [(10, 0)]


def test_placing_takes_the_same_statements_whether_another_shop_holds_units_or_none_does(house):
    _warehouse, sku, first, _second = house
    order(first, (sku, 1)).one()
    before = statements_of(lambda: order(first, (sku, 1)))
    hold((sku, 2), shop="S2").one()
    hold((sku, 2), shop="S1").one()
    assert len(statements_of(lambda: order(first, (sku, 1)))) == len(before) == 7


def test_a_batch_of_3_orders_in_two_rounds_draws_6_of_6_held_units_and_the_fourth_is_short(house):
    _warehouse, sku, shop, other = house
    hold((sku, 6), shop="S1").one()
    order(other, (sku, 4)).one()
    drafts = [order_draft(shop, (sku, 2), number=f"T{n}") for n in range(4)]
    again = order_draft(shop, (sku, 2), number="T0")
    outcome = take_in_orders([*drafts, again], actor=ACTOR, at=NOON)
    assert [placed.status for placed in outcome.done] == ["created"] * 3 + ["short", "created"]
    assert drawn() == [(6, 6)]
    assert audit_stock().ok


def test_a_waiting_order_is_served_from_a_hold_that_was_placed_after_it(house):
    _warehouse, sku, shop, other = house
    order(other, (sku, 10)).one()
    waits = take_in_orders([order_draft(shop, (sku, 4))], actor=ACTOR, at=NOON).one()
    assert waits.status == OrderStatus.SHORT
    receive(
        sku, 4, warehouse=make_warehouse("MAIN")
    )  # its sweep comes after the commit, which a test never reaches
    hold((sku, 4), shop="S1").one()
    serve_waiting_orders(actor=ACTOR, at=NOON)
    assert Order.objects.get(pk=waits.id).status == OrderStatus.CREATED
    assert drawn() == [(4, 4)]
    assert audit_stock().ok


def test_an_order_is_served_whole_from_the_one_warehouse_that_has_it_free_and_held_together():
    near, far, shop = make_warehouse("NEAR"), make_warehouse("FAR"), make_shop("S1")
    first, second = make_sku("ONE"), make_sku("TWO")
    receive(first, 3, warehouse=near)
    receive(first, 3, warehouse=far)
    receive(second, 3, warehouse=far)
    hold((first, 3), (second, 3), shop="S1", warehouse="FAR").one()
    placed = order(shop, (first, 2), (second, 2)).one()
    assert Order.objects.get(pk=placed.id).warehouse_id == far.pk
    assert drawn() == [(3, 2), (3, 2)]
    assert audit_stock().ok


def test_what_a_drawn_order_gives_back_is_free_for_all(house):
    warehouse, sku, first, _second = house
    hold((sku, 10), shop="S1").one()
    placed = order(first, (sku, 4)).one()
    cancel_orders([placed.id], actor=ACTOR, at=NOON).one()
    assert stock_of(sku, warehouse).available == 4
    assert drawn() == [(10, 4)]
    assert audit_stock().ok


def test_units_of_a_batch_past_its_date_are_not_drawn():
    warehouse, sku, shop = make_warehouse("MAIN"), make_sku(tracks_batches=True), make_shop("S1")
    receive(sku, 5, warehouse=warehouse, batch="B1", expires_on=date(2026, 11, 12))
    hold((sku, 5), shop="S1", until=NOON + timedelta(days=9)).one()
    order(shop, (sku, 1)).one()
    late = order(shop, (sku, 1), at=NOON + timedelta(days=2))
    assert late.refused[0][1].code == "out_of_stock"
    assert audit_stock().ok


def test_a_hold_of_5_of_which_2_were_drawn_gives_back_3_when_it_is_released_and_nothing_again(house):
    warehouse, sku, first, second = house
    number = hold((sku, 5), shop="S1").one().number
    order(second, (sku, 5)).one()
    order(first, (sku, 2)).one()
    release_holds([number], actor=ACTOR, at=NOON, reason="campaign called off").one()
    assert stock_of(sku, warehouse).available == 3
    assert [refusal.code for _i, refusal in release_holds([number], actor=ACTOR, at=NOON).refused] == [
        "illegal_move"
    ]
    assert stock_of(sku, warehouse).available == 3
    assert audit_stock().ok


def test_a_hold_ends_at_midnight_and_not_a_second_before(house):
    warehouse, sku, first, _second = house
    hold((sku, 8), shop="S1").one()
    assert end_holds(actor=ACTOR, at=MIDNIGHT - timedelta(seconds=1)) == 0
    assert order(first, (sku, 3), at=MIDNIGHT).refused[0][1].code == "out_of_stock"
    assert (end_holds(actor=ACTOR, at=MIDNIGHT), end_holds(actor=ACTOR, at=MIDNIGHT)) == (1, 0)
    assert stock_of(sku, warehouse).available == 10
    assert StockHold.objects.get().status == HoldStatus.EXPIRED
    assert audit_stock().ok


def test_a_hold_with_nothing_left_is_used_up_and_is_not_extended(house):
    _warehouse, sku, first, _second = house
    number = hold((sku, 10), shop="S1").one().number
    order(first, (sku, 10)).one()
    assert end_holds(actor=ACTOR, at=NOON) == 1
    assert StockHold.objects.get().status == HoldStatus.USED
    later = extend_holds([ExtendDraft(number, MIDNIGHT)], actor=ACTOR, at=NOON)
    assert later.refused[0][1].code == "hold_is_over"
    assert audit_stock().ok


def test_a_hold_that_is_extended_stands_an_hour_longer(house):
    _warehouse, sku, _first, _second = house
    number = hold((sku, 1)).one().number
    extend_holds([ExtendDraft(number, MIDNIGHT + timedelta(hours=1))], actor=ACTOR, at=NOON).one()
    assert end_holds(actor=ACTOR, at=MIDNIGHT) == 0
    assert end_holds(actor=ACTOR, at=MIDNIGHT + timedelta(hours=1)) == 1


def test_holds_that_say_too_little_or_too_much_are_refused_one_by_one(house):
    good = HoldDraft("MAIN", (("A", 1),), "11.11", MIDNIGHT, "S1")
    bad = [
        HoldDraft("MAIN", (), "11.11", MIDNIGHT),
        HoldDraft("MAIN", (("A", 1), ("A", 1)), "11.11", MIDNIGHT),
        HoldDraft("MAIN", (("A", 0),), "11.11", MIDNIGHT),
        HoldDraft("MAIN", (("A", 1),), "  ", MIDNIGHT),
        HoldDraft("MAIN", (("A", 1),), "11.11", NOON),
        HoldDraft("NONE", (("A", 1),), "11.11", MIDNIGHT),
        HoldDraft("MAIN", (("A", 1),), "11.11", MIDNIGHT, "NONE"),
        HoldDraft("MAIN", (("NONE", 1),), "11.11", MIDNIGHT),
        HoldDraft("MAIN", (("A", 10),), "11.11", MIDNIGHT),
    ]
    outcome = place_holds([good, *bad], actor=ACTOR, at=NOON)
    assert [hold.lines.get().units for hold in outcome.done] == [1]
    assert [refusal.code for _index, refusal in outcome.refused] == [
        *["hold_incomplete"] * 5,
        *["unknown_place"] * 3,
        "out_of_stock",
    ]
    assert audit_stock().ok


def test_customer_service_neither_holds_nor_releases_nor_extends(house):
    _warehouse, sku, _first, _second = house
    number = hold((sku, 1)).one().number
    nobody = Principal("person", "cs", 1, frozenset({"customer_service"}))
    draft = HoldDraft("MAIN", (("A", 1),), "11.11", MIDNIGHT)
    answers = [
        place_holds([draft], actor=nobody, at=NOON),
        release_holds([number], actor=nobody, at=NOON),
        extend_holds([ExtendDraft(number, MIDNIGHT)], actor=nobody, at=NOON),
    ]
    assert [answer.refused[0][1].code for answer in answers] == [
        "role_may_not_hold",
        "role_may_not_move",
        "role_may_not_hold",
    ]


def moves(number: str) -> list[str]:
    found = StateMove.objects.filter(document_kind=HOLD_MOVES.kind, document_number=number).order_by("pk")
    return list(found.values_list("to_status", flat=True))


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_end_20_holds_once_each():
    warehouse, sku = make_warehouse("MAIN"), make_sku("A")
    receive(sku, 20, warehouse=warehouse)
    numbers = [hold((sku, 1)).one().number for _hold in range(20)]
    answers = race([lambda: end_holds(actor=ACTOR, at=MIDNIGHT)] * 4)
    assert sorted(answers) == [0, 0, 0, 20]
    assert [moves(number) for number in numbers] == [["held", "expired"]] * 20
    assert stock_of(sku, warehouse).available == 20
    assert audit_stock().ok


@pytest.mark.django_db(transaction=True)
def test_16_buyers_of_the_shop_and_8_strangers_at_once_share_10_held_and_5_free_units():
    warehouse, sku = make_warehouse("MAIN"), make_sku("A")
    shop, stranger = make_shop("S1"), make_shop("S2")
    receive(sku, 15, warehouse=warehouse)
    hold((sku, 10), shop="S1").one()
    buyers = [lambda shop=shop: order(shop, (sku, 1)) for shop in [shop] * 16 + [stranger] * 8]
    answers = race(buyers)
    assert all(not isinstance(answer, Exception) for answer in answers), answers
    got = [sum(len(answer.done) for answer in some) for some in (answers[:16], answers[16:])]
    assert sum(got) == 15
    assert got[0] >= 10
    assert drawn() == [(10, 10)]
    assert stock_of(sku, warehouse).available == 0
    assert audit_stock().ok


@pytest.mark.django_db(transaction=True)
def test_the_control_that_gives_back_in_one_transaction_and_reserves_in_the_next_loses_units_to_a_stranger():
    """What ``serve_from_holds`` is for: between giving back and promising anew, somebody else comes."""
    warehouse, sku = make_warehouse("MAIN"), make_sku("A")
    shop, stranger = make_shop("S1"), make_shop("S2")
    receive(sku, 10, warehouse=warehouse)
    number = hold((sku, 10), shop="S1").one().number
    release_holds([number], actor=ACTOR, at=NOON).one()
    assert race([lambda: order(stranger, (sku, 10))])[0].done
    assert order(shop, (sku, 1)).refused[0][1].code == "out_of_stock"
    assert Reservation.objects.filter(document_kind="stock_hold", status=ReservationStatus.HELD).count() == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM catalog_stockhold WHERE status = 'held'")
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize(
    "until",
    [
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone(timedelta(hours=-14))),
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
        datetime(2036, 1, 1, tzinfo=UTC),
    ],
)
def test_a_hold_neither_begins_nor_is_extended_to_a_moment_that_no_calendar_has(house, until):
    """What the database keeps and no page can read any more would shut the list of holds for everybody."""
    _warehouse, sku, _first, _second = house
    number = hold((sku, 2)).one().number
    assert [no.code for _index, no in hold((sku, 2), until=until).refused] == ["hold_incomplete"]
    extended = extend_holds([ExtendDraft(number, until)], actor=ACTOR, at=NOON)
    assert [no.code for _index, no in extended.refused] == ["hold_incomplete"]
    assert StockHold.objects.get().expires_at == MIDNIGHT
