"""Two hands at the same bin: no unit is put away twice, and bins never hold more than the house."""

from __future__ import annotations

from threading import Barrier

import pytest
from django.db import transaction

from catalog.models import BinStock, Reservation
from catalog.operations.bins import (
    BinMove,
    BinTransferDraft,
    PutAwayDraft,
    Shelf,
    move_between_bins,
    pick_reserved,
    put_away,
    write_moves,
)
from catalog.operations.promised import release_reservations, ship_reserved
from catalog.operations.reserving import ReservationItem, ReservationRequest, reserve_for_new
from catalog.queries.audit import audit_stock, differing_bin, overfull_bins
from ops_portal.lib.doors.retry import retried
from ops_portal.lib.testing import race
from tests.catalog.test_bins import make_bin
from tests.factories import ACTOR, NOON, make_sku, make_warehouse, receive, stock_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def house():
    warehouse, sku = make_warehouse("NORTH"), make_sku("LAST")
    receive(sku, 10, warehouse=warehouse)
    return warehouse, sku, [make_bin(warehouse, f"A-{number}") for number in range(6)]


def units_in_bins() -> int:
    return sum(BinStock.objects.values_list("units", flat=True))


def test_of_6_hands_that_put_the_same_10_units_away_one_does(house):
    warehouse, sku, bins = house

    def put(code):
        draft = PutAwayDraft(warehouse.pk, sku.pk, code, 10, f"put:{code}")
        return put_away([draft], actor=ACTOR, at=NOON)

    outcomes = race([lambda code=each.code: put(code) for each in bins])
    assert sorted(len(outcome.done) for outcome in outcomes) == [0, 0, 0, 0, 0, 1]
    assert {refusal.code for outcome in outcomes for _i, refusal in outcome.refused} == {"bin_lacks_units"}
    assert (units_in_bins(), overfull_bins()) == (10, None)


def test_the_control_that_looks_without_the_lock_puts_the_same_10_units_away_twice(house):
    warehouse, sku, bins = house
    stock = stock_of(sku, warehouse)
    looked = Barrier(2)

    def put(place):
        move = BinMove(stock.pk, None, None, place.pk, 10, f"put:{place.pk}")
        with transaction.atomic():
            Shelf({stock.pk}, [place]).take([move])
            looked.wait(30)
            write_moves([(move, "put_away", "")], actor=ACTOR, at=NOON)

    answers = race([lambda place=each: put(place) for each in bins[:2]])
    assert answers == [None, None]
    assert (units_in_bins(), overfull_bins()["proof"]) == (20, "bins within balances")


def test_bins_stay_true_while_units_are_moved_picked_shipped_and_given_back_at_once(house):
    warehouse, sku, bins = house
    receive(sku, 90, warehouse=warehouse)
    drafts = [PutAwayDraft(warehouse.pk, sku.pk, each.code, 16, f"put:{each.pk}") for each in bins]
    assert not put_away(drafts, actor=ACTOR, at=NOON).refused
    for number in range(12):
        request = ReservationRequest("order", f"N{number}", (), (ReservationItem(1, sku.pk, 6),))
        reserve_for_new([request], actor=ACTOR, at=NOON).one()

    def moves(lane):
        for turn in range(12):
            here, there = bins[(lane + turn) % 6], bins[(lane + turn + 1) % 6]
            draft = BinTransferDraft(warehouse.pk, sku.pk, here.code, there.code, 5, f"move:{lane}:{turn}")
            retried(move_between_bins)([draft], actor=ACTOR, at=NOON)

    def orders(numbers):
        for number in numbers:
            if number % 3:
                retried(pick_reserved)("order", [f"N{number}"], actor=ACTOR, at=NOON)
            fate = release_reservations if number % 4 == 0 else ship_reserved
            retried(fate)("order", [f"N{number}"], actor=ACTOR, at=NOON)

    runners = [lambda: moves(0), lambda: moves(3), lambda: orders(range(6)), lambda: orders(range(6, 12))]
    assert race(runners) == [None] * 4
    assert (differing_bin(), overfull_bins()) == (None, None)
    shipped = sum(Reservation.objects.filter(status="shipped").values_list("units", flat=True))
    assert (shipped, stock_of(sku, warehouse).available) == (54, 46)
    first = audit_stock().first_difference
    assert first is None or first["proof"] == "documents = movements"  # no order stands behind these promises
