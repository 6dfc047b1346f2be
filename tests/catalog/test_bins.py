"""Units in bins: put away, moved, picked, shipped, taken back; never more in bins than in the house."""

from __future__ import annotations

import pytest

from catalog.choices import ZoneKind
from catalog.models import Bin, BinStock, Reservation, Zone
from catalog.operations.bins import (
    BinLacksUnits,
    PutAwayDraft,
    pick_reserved,
    put_away,
)
from catalog.operations.promised import ship_reserved
from catalog.operations.reserving import ReservationItem, ReservationRequest, reserve_for_new
from catalog.queries.shelves import booked_units
from tests.factories import ACTOR, NOON, make_sku, make_warehouse, receive, stock_of

pytestmark = pytest.mark.django_db


def make_bin(warehouse, code, *, kind=ZoneKind.STORAGE, sequence=0):
    """Return a bin of a zone for its kind."""
    zone, _new = Zone.objects.get_or_create(warehouse=warehouse, code=kind.upper()[:3], kind=kind)
    return Bin.objects.create(zone=zone, warehouse=warehouse, code=code, sequence=sequence)


def put(sku, place, units, *, key="", **more):
    draft = PutAwayDraft(
        place.warehouse_id, sku.pk, place.code, units, key or f"{place.code}:{units}", **more
    )
    return put_away([draft], actor=ACTOR, at=NOON)


def held(place):
    """Return what lies in a bin, by SKU and batch."""
    return {
        (row.stock.sku.code, row.batch.code if row.batch else ""): row.units
        for row in BinStock.objects.filter(bin=place, units__gt=0).select_related("stock__sku", "batch")
    }


def reserve(sku, units, number="N1"):
    request = ReservationRequest("order", number, (), (ReservationItem(1, sku.pk, units),))
    reserve_for_new([request], actor=ACTOR, at=NOON).one()
    return Reservation.objects.get(document_number=number)


@pytest.fixture
def house():
    warehouse = make_warehouse("NORTH")
    sku = make_sku("A")
    receive(sku, 10, warehouse=warehouse)
    return warehouse, sku, make_bin(warehouse, "A-01"), make_bin(warehouse, "A-02")


def test_put_away_takes_units_from_the_dock_to_a_bin(house):
    warehouse, sku, first, _second = house
    movement = put(sku, first, 6).one()
    stock = stock_of(sku, warehouse)
    assert (movement.units, movement.from_bin, movement.to_bin, movement.actor) == (
        6,
        None,
        first,
        str(ACTOR),
    )
    assert held(first) == {("A", ""): 6}
    assert booked_units([(stock.pk, None, first.pk), (stock.pk, None, None)]) == {
        (stock.pk, None, first.pk): 6,
        (stock.pk, None, None): 4,
    }


def test_put_away_refuses_more_than_the_dock_holds(house):
    _warehouse, sku, first, second = house
    put(sku, first, 6).one()
    with pytest.raises(BinLacksUnits):
        put(sku, second, 5).one()
    assert held(second) == {}


def test_shipping_what_was_not_picked_empties_the_bins_in_pick_sequence(house):
    _warehouse, sku, first, second = house
    put(sku, first, 6).one()
    put(sku, second, 4).one()
    reserve(sku, 8)
    ship_reserved("order", ["N1"], actor=ACTOR, at=NOON)
    assert (held(first), held(second)) == ({}, {("A", ""): 2})


def test_picked_units_leave_their_bin_once(house):
    warehouse, sku, first, second = house
    put(sku, first, 6).one()
    put(sku, second, 4).one()
    reservation = reserve(sku, 8)
    assert pick_reserved("order", ["N1"], actor=ACTOR, at=NOON) == 8
    assert pick_reserved("order", ["N1"], actor=ACTOR, at=NOON) == 0
    reservation.refresh_from_db()
    assert reservation.picked == 8
    assert (held(first), held(second)) == ({}, {("A", ""): 2})
    ship_reserved("order", ["N1"], actor=ACTOR, at=NOON)
    assert (held(first), held(second)) == ({}, {("A", ""): 2})
