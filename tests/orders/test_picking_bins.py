"""The pick list leads from bin to bin, and what was picked is off its shelf."""

from __future__ import annotations

import pytest

from catalog.models import BinMovement, Reservation
from catalog.queries.audit import audit_stock
from catalog.queries.shelves import booked_units, to_put_away
from ops_portal.accounts.models import User
from ops_portal.lib.testing import assert_statements
from ops_portal.lib.testing.statements import statements_of
from orders.drafts import ShipmentDraft
from orders.models import Order
from orders.operations.moving import cancel_orders, pack_orders, pick_orders, review_orders, ship_orders
from orders.operations.placing import place_orders
from orders.queries.picking import count_to_pick, wave_of
from tests.catalog.test_bins import held, make_bin, put
from tests.factories import ACTOR, NOON, make_shop, make_sku, make_warehouse, order_draft, receive, stock_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    """10 of A in two bins and 2 on the dock; 5 of B in a bin between the two."""
    warehouse = make_warehouse("NORTH")
    skus = [make_sku("A"), make_sku("B")]
    bins = [
        make_bin(warehouse, code, sequence=place) for place, code in ((10, "Z-1"), (20, "M-1"), (30, "A-1"))
    ]
    receive(skus[0], 12, warehouse=warehouse)
    receive(skus[1], 5, warehouse=warehouse)
    for sku, place, units in ((skus[0], bins[0], 4), (skus[0], bins[2], 6), (skus[1], bins[1], 5)):
        put(sku, place, units).one()
    return warehouse, skus, bins, make_shop("S1")


def reviewed(shop, *lines) -> int:
    """Return an order that is to be picked."""
    pk = place_orders([order_draft(shop, *lines)], actor=ACTOR, at=NOON).one().id
    review_orders([pk], actor=ACTOR, at=NOON).one()
    return int(pk)


@pytest.fixture
def boss():
    return User.objects.create(username="boss", is_superuser=True)


def picks(user, **given):
    return [(pick.bin, pick.code, pick.units, pick.shares) for pick in wave_of(user, **given).picks]


def test_the_pick_list_goes_from_bin_to_bin_on_the_way_and_last_to_the_dock(house, boss):
    _warehouse, (a, b), _bins, shop = house
    reviewed(shop, (a, 3), (b, 1))
    reviewed(shop, (a, 8))
    assert picks(boss) == [
        ("Z-1", "A", 4, [(1, 3), (2, 1)]),
        ("M-1", "B", 1, [(1, 1)]),
        ("A-1", "A", 6, [(2, 6)]),
        ("", "A", 1, [(2, 1)]),
    ]


def test_two_waves_that_go_at_once_are_sent_to_no_unit_twice(house, boss):
    _warehouse, (a, b), _bins, shop = house
    one, two, three = (reviewed(shop, (a, 3)) for _ in range(3))
    four = reviewed(shop, (a, 1), (b, 1))
    assert picks(boss, ids=[one, three]) == [("Z-1", "A", 3, [(1, 3)]), ("A-1", "A", 3, [(2, 3)])]
    assert picks(boss, ids=[two, four]) == [
        ("Z-1", "A", 1, [(1, 1)]), ("M-1", "B", 1, [(2, 1)]), ("A-1", "A", 3, [(1, 2), (2, 1)]),
    ]  # fmt: skip
    assert picks(boss, ids=[one]) == [("Z-1", "A", 3, [(1, 3)])]
    Order.objects.filter(pk=one).update(refund_status="requested")
    assert picks(boss, ids=[two]) == [("Z-1", "A", 3, [(1, 3)])]


def test_what_was_picked_for_another_order_is_off_the_shelf(house, boss):
    warehouse, (a, _b), (first, _m, last), shop = house
    one, two = reviewed(shop, (a, 5)), reviewed(shop, (a, 5))
    assert count_to_pick(boss, warehouse.pk, 100) == 2
    pick_orders([one], actor=ACTOR, at=NOON).one()
    assert (held(first), held(last)) == ({}, {("A", ""): 5})
    assert picks(boss, ids=[two]) == [("A-1", "A", 5, [(1, 5)])]
    stock = stock_of(a, warehouse)
    assert booked_units([(stock.pk, None, None)]) == {(stock.pk, None, None): 2}
    moves = BinMovement.objects.order_by("pk")[3:]
    assert [(move.document_kind, move.from_bin.code, move.units) for move in moves] == [
        ("order", "Z-1", 4), ("order", "A-1", 1),
    ]  # fmt: skip
    assert audit_stock().ok


def test_an_order_that_is_cancelled_after_picking_leaves_its_units_to_be_put_away(house):
    warehouse, (a, _b), _bins, shop = house
    pk = reviewed(shop, (a, 5))
    pick_orders([pk], actor=ACTOR, at=NOON).one()
    assert [row.units for row in to_put_away(warehouse.pk)] == [2]
    cancel_orders([pk], actor=ACTOR, at=NOON).one()
    assert [row.units for row in to_put_away(warehouse.pk)] == [7]
    assert audit_stock().ok


def test_bins_stay_as_they_are_when_picked_units_leave_the_house(house):
    _warehouse, (a, _b), (first, _m, last), shop = house
    pk = reviewed(shop, (a, 5))
    for verb in (pick_orders, pack_orders):
        verb([pk], actor=ACTOR, at=NOON).one()
    before = BinMovement.objects.count()
    ship_orders([ShipmentDraft(pk, "SF", "SF12345678")], actor=ACTOR, at=NOON).one()
    assert (held(first), held(last), BinMovement.objects.count()) == ({}, {("A", ""): 5}, before)
    assert Reservation.objects.get(document_number__startswith="SO").picked == 5


def test_shipping_takes_as_many_statements_with_bins_as_without(house):
    warehouse, (a, _b), _bins, shop = house
    bare = make_sku("BARE")
    receive(bare, 9, warehouse=warehouse)
    counts = []
    for sku in (a, bare):
        pk = reviewed(shop, (sku, 2))
        for verb in (pick_orders, pack_orders):
            verb([pk], actor=ACTOR, at=NOON).one()
        Reservation.objects.update(picked=0)  # so that what is shipped has still to leave its bin
        draft = ShipmentDraft(pk, "SF", f"SF1234567{sku.code}")
        counts.append(
            len(statements_of(lambda draft=draft: ship_orders([draft], actor=ACTOR, at=NOON).one()))
        )
    assert counts[0] == counts[1] <= 15


def test_the_wave_takes_4_statements_with_1_order_as_with_3(house, boss):
    _warehouse, (a, _b), _bins, shop = house
    assert_statements(4, lambda: wave_of(boss), lambda: reviewed(shop, (a, 1)))
