"""Orders that a brand ships from its own warehouse: what may go, what our floor may not touch, and the races."""

from __future__ import annotations

from decimal import Decimal
from threading import Barrier

import pytest
from django.db import IntegrityError, transaction

from catalog.choices import WarehouseKind
from catalog.models import Brand, Warehouse
from catalog.queries.audit import audit_stock
from ops_portal.lib.models import StateMove
from ops_portal.lib.states import move_all
from ops_portal.lib.testing import assert_batch_does_what_one_by_one_does, race
from ops_portal.lib.testing.statements import statements_of
from orders.choices import ORDER_MOVES, OrderStatus, RefundStatus
from orders.drafts import RefundDraft, ShipmentDraft
from orders.models import Order, Shipment
from orders.operations.brand_shipping import ship_from_brands
from orders.operations.moving import cancel_orders, pick_orders, ship_orders, shipping_obstacle
from orders.operations.refunding import move_refunds
from tests.factories import ACTOR, NOON, make_warehouse, stock_of
from tests.orders.brands import PARTNER, at_the_brand, on_our_floor, open_brand_house

pytestmark = pytest.mark.django_db
S = OrderStatus


@pytest.fixture
def house():
    return open_brand_house()


def ship(*drafts, actor=PARTNER):
    return ship_from_brands([ShipmentDraft(*draft) for draft in drafts], actor=actor, at=NOON)


def said(outcome) -> list[tuple[int, str]]:
    return [(index, refusal.code) for index, refusal in outcome.refused]


def test_a_brand_ships_2_units_of_a_reviewed_order_out_of_its_own_warehouse(house):
    order = at_the_brand(house, units=2)
    done = ship((order.pk, "顺丰速运", "sf 1001")).one()
    assert (done.number, done.is_new) == (order.number, True)
    parcel = Shipment.objects.get()
    assert (parcel.order_id, parcel.carrier, parcel.waybill_number) == (order.pk, "SF", "SF1001")
    stock = stock_of(house.sku, house.theirs)
    assert (stock.available, stock.reserved, stock.shipped) == (8, 0, 2)
    move = StateMove.objects.filter(document_number=order.number).order_by("-pk")[0]
    assert (move.from_status, move.to_status, move.actor) == ("reviewed", "shipped", "key:acme")
    assert audit_stock().ok


def test_the_same_parcel_told_again_is_the_same_and_another_one_is_refused_by_its_name(house):
    order = at_the_brand(house)
    first = ship((order.pk, "SF", "SF1001")).one()
    again = ship((order.pk, "顺丰", " sf1001 ")).one()
    assert (again.parcel.pk, again.is_new) == (first.parcel.pk, False)
    outcome = ship((order.pk, "SF", "SF1002"), (order.pk, "ZTO", "SF1001"))
    assert said(outcome) == [(0, "already_shipped"), (1, "already_shipped")]
    assert outcome.refused[0][1].facts["waybill_number"] == "SF1001"
    assert "SF1001" in str(outcome.refused[0][1])
    assert Shipment.objects.count() == 1


def test_an_order_that_a_batch_names_4_times_ships_once(house):
    order, other = at_the_brand(house), at_the_brand(house)
    outcome = ship(
        (other.pk, "SF", "SF0"),
        (order.pk, "SF", "SF0"),
        (order.pk, "SF", "SF1"),
        (order.pk, "SF", "SF1"),
        (order.pk, "SF", "SF2"),
    )
    assert [(done.parcel.waybill_number, done.is_new) for done in outcome.done] == [
        ("SF0", True),
        ("SF1", True),
        ("SF1", False),
    ]
    assert said(outcome) == [(1, "waybill_taken"), (4, "already_shipped")]
    assert Shipment.objects.count() == 2


def test_a_batch_of_7_does_what_7_do(house):
    orders = [at_the_brand(house) for _n in range(3)]
    pairs = ((0, "SF1"), (1, "SF1"), (1, "SF2"), (0, "SF1"), (2, "SF3"), (2, "SF4"), (1, "SF5"))
    drafts = [ShipmentDraft(orders[place].pk, "SF", number) for place, number in pairs]

    def look():
        return (
            sorted(Shipment.objects.values_list("order__platform_number", "waybill_number")),
            sorted(Order.objects.values_list("platform_number", "status")),
            audit_stock().ok,
        )

    assert_batch_does_what_one_by_one_does(
        lambda batch: ship_from_brands(batch, actor=PARTNER, at=NOON), drafts, look
    )


def test_no_brand_ships_what_lies_on_our_floor_is_not_reviewed_or_goes_back(house):
    fresh, held, gone = (at_the_brand(house, reviewed=word != "fresh") for word in ("fresh", "held", "gone"))
    move_refunds([RefundDraft(held.pk, RefundStatus.REQUESTED, Decimal(0))], actor=ACTOR, at=NOON).one()
    cancel_orders([gone.pk], actor=ACTOR, at=NOON).one()
    ours = on_our_floor(house)
    outcome = ship(
        (fresh.pk, "SF", "W1"), (held.pk, "SF", "W2"), (gone.pk, "SF", "W3"), (ours.pk, "SF", "W4"), (0, "SF", "W5")
    )  # fmt: skip
    assert said(outcome) == [
        (0, "illegal_move"),
        (1, "refund_under_way"),
        (2, "illegal_move"),
        (3, "floor_ships"),
        (4, "no_such_order"),
    ]
    assert not Shipment.objects.exists()


def test_our_floor_neither_picks_nor_ships_what_a_brand_does(house):
    order = at_the_brand(house)
    assert said(pick_orders([order.pk], actor=ACTOR, at=NOON)) == [(0, "brand_ships")]
    draft = ShipmentDraft(order.pk, "SF", "W1")
    assert said(ship_orders([draft], actor=ACTOR, at=NOON)) == [(0, "brand_ships")]
    assert shipping_obstacle(order).code == "brand_ships"
    assert Order.objects.get(pk=order.pk).status == S.REVIEWED


def test_our_floor_ships_nothing_that_is_not_packed(house):
    order = on_our_floor(house)
    assert said(ship_orders([ShipmentDraft(order.pk, "SF", "W1")], actor=ACTOR, at=NOON)) == [
        (0, "illegal_move")
    ]
    assert shipping_obstacle(order).code == "illegal_move"


def test_what_was_picked_before_the_warehouse_became_the_brands_goes_on_here(house):
    order = on_our_floor(house)
    pick_orders([order.pk], actor=ACTOR, at=NOON).one()
    Warehouse.objects.filter(pk=house.ours.pk).update(kind=WarehouseKind.BRAND, brand=Brand.objects.get())
    assert said(ship((order.pk, "SF", "W1"))) == [(0, "illegal_move")]


@pytest.mark.parametrize("kind", [kind for kind in WarehouseKind if kind != WarehouseKind.BRAND])
def test_the_table_lets_only_a_brands_warehouse_name_a_brand(house, kind):
    with pytest.raises(IntegrityError, match="warehouse_of_a_brand_is_the_brands"), transaction.atomic():
        Warehouse.objects.filter(pk=house.theirs.pk).update(kind=kind)
    make_warehouse("PLAIN")
    Warehouse.objects.filter(code="PLAIN").update(kind=WarehouseKind.BRAND)  # ours to ship from, as before


def test_shipping_4_orders_takes_the_statements_of_1(house):
    counts = []
    for size in (1, 4):
        orders = [at_the_brand(house) for _n in range(size)]
        drafts = [(order.pk, "SF", f"W{order.pk}") for order in orders]
        counts.append(len(statements_of(lambda drafts=drafts: ship(*drafts))))
    assert counts == [13, 13]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(4))
def test_of_a_parcel_and_a_cancellation_at_once_one_comes_first_and_the_books_agree(house, turn):
    order = at_the_brand(house)
    shipped, cancelled = race(
        [
            lambda: ship((order.pk, "SF", "W1")),
            lambda: cancel_orders([order.pk], actor=ACTOR, at=NOON, reason="changed mind"),
        ]
    )
    assert not cancelled.refused  # an order is cancelled before it leaves or on its way
    parcels = Shipment.objects.count()
    assert (len(shipped.done), said(shipped)) == ((1, []) if parcels else (0, [(0, "illegal_move")]))
    stock = stock_of(house.sku, house.theirs)
    assert (stock.available, stock.returning) == ((9, 1) if parcels else (10, 0))
    assert audit_stock().ok


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("other", ["W1", "W2"])
def test_two_parcels_told_at_once_are_one_shipment(house, other):
    order = at_the_brand(house)
    answers = race([lambda w=w: ship((order.pk, "SF", w)) for w in ("W1", other)])
    assert Shipment.objects.count() == 1
    assert sorted(done.is_new for answer in answers for done in answer.done) == (
        [False, True] if other == "W1" else [True]
    )
    assert [code for answer in answers for _i, code in said(answer)] == (
        [] if other == "W1" else ["already_shipped"]
    )
    assert stock_of(house.sku, house.theirs).shipped == 1
    assert audit_stock().ok


@pytest.mark.django_db(transaction=True)
def test_the_control_that_looks_without_the_lock_makes_two_parcels_of_one_order(house):
    pk = at_the_brand(house).pk
    looked = Barrier(2)

    def ship_unlocked(waybill: str) -> None:
        with transaction.atomic():
            order = Order.objects.get(pk=pk)
            has_left = Shipment.objects.filter(order=order).exists()
            looked.wait(30)
            if not has_left:
                move_all([order], S.SHIPPED, table=ORDER_MOVES, actor=ACTOR, at=NOON).one()
                Shipment.objects.create(order=order, carrier="SF", waybill_number=waybill, shipped_at=NOON)

    assert race([lambda w=w: ship_unlocked(w) for w in ("W1", "W2")]) == [None, None]
    assert Shipment.objects.count() == 2
