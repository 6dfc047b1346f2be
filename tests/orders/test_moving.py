"""The life of an order, every exit of each verb, and the units that follow it."""

from __future__ import annotations

from decimal import Decimal
from threading import Barrier, get_ident

import pytest
from django.db import IntegrityError

from catalog.queries.audit import audit_stock
from ops_portal.lib.models import StateMove
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.testing import race
from orders.choices import ORDER_MOVES, OrderStatus, RefundStatus
from orders.drafts import RefundDraft, ShipmentDraft
from orders.models import Order, Shipment
from orders.operations import moving
from orders.operations.moving import (
    cancel_orders,
    complete_orders,
    deliver_orders,
    pack_orders,
    pick_orders,
    review_orders,
    ship_orders,
)
from orders.operations.placing import place_orders
from orders.operations.refunding import move_refunds
from tests.factories import ACTOR, NOON, make_shop, make_sku, make_warehouse, order_draft, receive, stock_of

pytestmark = pytest.mark.django_db
S = OrderStatus
VERBS = {
    S.REVIEWED: review_orders,
    S.PICKED: pick_orders,
    S.PACKED: pack_orders,
    S.SHIPPED: lambda ids, **given: ship_orders([ShipmentDraft(pk, "SF", f"W{pk}") for pk in ids], **given),
    S.DELIVERED: deliver_orders,
    S.COMPLETED: complete_orders,
}


@pytest.fixture
def house():
    warehouse, sku, shop = make_warehouse("MAIN"), make_sku("A"), make_shop("S1")
    receive(sku, 10, warehouse=warehouse)
    return warehouse, sku, shop


def placed(house, *, until: OrderStatus = S.CREATED, paid: bool = True) -> int:
    _warehouse, sku, shop = house
    pk = place_orders([order_draft(shop, (sku, 2), paid=paid)], actor=ACTOR, at=NOON).one().id
    for verb in VERBS.values():
        if Order.objects.get(pk=pk).status == until:
            break
        verb([pk], actor=ACTOR, at=NOON).one()
    return pk


def codes(outcome) -> list[str]:
    return [refusal.code for _index, refusal in outcome.refused]


def test_2_units_go_from_reserved_over_shipped_to_sold(house):
    warehouse, sku, _shop = house
    placed(house, until=S.COMPLETED)
    stock = stock_of(sku, warehouse)
    assert (stock.available, stock.reserved, stock.shipped, stock.sold) == (8, 0, 0, 2)
    assert audit_stock().ok


def test_every_node_has_its_operator_and_time(house):
    pk = placed(house, until=S.COMPLETED)
    moves = StateMove.objects.filter(document_number=Order.objects.get(pk=pk).number).order_by("pk")
    assert [move.to_status for move in moves] == [S.CREATED, *VERBS]
    assert {(move.actor, move.at) for move in moves} == {(str(ACTOR), NOON)}


@pytest.mark.parametrize("until", [S.CREATED, S.REVIEWED, S.PICKED, S.PACKED])
def test_cancelling_before_shipping_gives_all_10_units_back(house, until):
    warehouse, sku, _shop = house
    pk = placed(house, until=until)
    cancel_orders([pk], actor=ACTOR, at=NOON, reason="changed mind").one()
    assert (stock_of(sku, warehouse).available, stock_of(sku, warehouse).reserved) == (10, 0)
    assert audit_stock().ok


def test_cancelling_on_the_way_brings_2_units_back_by_the_carrier(house):
    warehouse, sku, _shop = house
    cancel_orders([placed(house, until=S.SHIPPED)], actor=ACTOR, at=NOON).one()
    assert (stock_of(sku, warehouse).returning, stock_of(sku, warehouse).shipped) == (2, 0)
    assert audit_stock().ok


def test_a_delivered_order_is_not_cancelled(house):
    assert codes(cancel_orders([placed(house, until=S.DELIVERED)], actor=ACTOR, at=NOON)) == ["illegal_move"]


def test_an_order_of_a_batch_of_3_that_can_not_ship_does_not_hold_the_other_2(house):
    ids = [placed(house, until=S.PACKED), placed(house), placed(house, until=S.PACKED)]
    drafts = [ShipmentDraft(pk, "SF", f"N{pk}") for pk in ids]
    outcome = ship_orders(drafts, actor=ACTOR, at=NOON)
    assert [shipment.order_id for shipment in outcome.done] == [ids[0], ids[2]]
    assert [(index, refusal.code) for index, refusal in outcome.refused] == [(1, "illegal_move")]


def test_one_waybill_ships_1_parcel_in_a_batch_and_after_it(house):
    first, second = placed(house, until=S.PACKED), placed(house, until=S.PACKED)
    drafts = [ShipmentDraft(first, "SF", "W1"), ShipmentDraft(second, "SF", "W1")]
    assert codes(ship_orders(drafts, actor=ACTOR, at=NOON)) == ["waybill_taken"]
    assert codes(ship_orders(drafts[1:], actor=ACTOR, at=NOON)) == ["waybill_taken"]
    assert Shipment.objects.count() == 1


def test_an_unpaid_order_is_not_reviewed(house):
    assert codes(review_orders([placed(house, paid=False)], actor=ACTOR, at=NOON)) == ["not_paid"]


@pytest.mark.parametrize(
    ("until", "there"),
    [(S.CREATED, S.REVIEWED), (S.REVIEWED, S.PICKED), (S.PICKED, S.PACKED), (S.PACKED, S.SHIPPED)],
)
def test_a_refund_under_way_holds_the_order_and_a_withdrawn_one_lets_it_go(house, until, there):
    pk = placed(house, until=until)
    move_refunds([RefundDraft(pk, RefundStatus.REQUESTED, Decimal(0))], actor=ACTOR, at=NOON).one()
    assert codes(VERBS[there]([pk], actor=ACTOR, at=NOON)) == ["refund_under_way"]
    move_refunds([RefundDraft(pk, RefundStatus.NONE, Decimal(0))], actor=ACTOR, at=NOON).one()
    VERBS[there]([pk], actor=ACTOR, at=NOON).one()


def test_a_refund_is_never_more_than_the_20_00_of_the_order(house):
    pk = placed(house)
    drafts = [
        RefundDraft(pk, RefundStatus.PARTLY, Decimal("20.01")),
        RefundDraft(pk, RefundStatus.FULLY, Decimal(20)),
    ]
    outcome = move_refunds(drafts, actor=ACTOR, at=NOON)
    assert codes(outcome) == ["refund_too_high"]
    assert Order.objects.get(pk=pk).refund_amount == Decimal("20.00")
    assert codes(move_refunds(drafts[1:], actor=ACTOR, at=NOON)) == ["illegal_move"]


def test_a_customer_service_person_may_not_review(house):
    person = Principal("person", "mei", roles=frozenset({"customer_service"}))
    assert codes(review_orders([placed(house)], actor=person, at=NOON)) == ["role_may_not_move"]


def test_an_id_that_is_given_twice_moves_once_and_one_that_is_unknown_is_named(house):
    pk = placed(house)
    outcome = review_orders([pk, pk, 0], actor=ACTOR, at=NOON)
    assert [order.pk for order in outcome.done] == [pk]
    assert codes(outcome) == ["illegal_move", "no_such_order"]


@pytest.mark.parametrize("until", [S.CREATED, S.REVIEWED, S.PICKED, S.PACKED])
def test_an_order_whose_payment_is_gone_goes_no_further(house, until):
    pk = placed(house, until=until)
    Order.objects.filter(pk=pk).update(paid_at=None)
    verb = list(VERBS.values())[[S.CREATED, *VERBS].index(until)]
    assert codes(verb([pk], actor=ACTOR, at=NOON)) == ["not_paid"]


def test_a_refused_draft_leaves_its_waybill_to_the_next(house):
    held, good = placed(house, until=S.PICKED), placed(house, until=S.PACKED)
    drafts = [ShipmentDraft(held, "SF", "W1"), ShipmentDraft(good, "SF", "W1")]
    outcome = ship_orders(drafts, actor=ACTOR, at=NOON)
    assert [(index, refusal.code) for index, refusal in outcome.refused] == [(0, "illegal_move")]
    assert [shipment.order_id for shipment in outcome.done] == [good]


def test_an_order_ships_by_its_second_draft_where_the_first_waybill_is_taken(house):
    first, second = placed(house, until=S.PACKED), placed(house, until=S.PACKED)
    pairs = [(first, "W1"), (second, "W1"), (second, "W2"), (second, "W3")]
    outcome = ship_orders([ShipmentDraft(pk, "SF", number) for pk, number in pairs], actor=ACTOR, at=NOON)
    assert [(index, refusal.code) for index, refusal in outcome.refused] == [
        (1, "waybill_taken"),
        (3, "illegal_move"),
    ]
    assert [shipment.waybill_number for shipment in outcome.done] == ["W1", "W2"]
    assert audit_stock().ok


def test_one_batch_cancels_what_is_held_and_what_is_under_way(house):
    warehouse, sku, _shop = house
    ids = [placed(house, until=S.SHIPPED), placed(house)]
    assert len(cancel_orders(ids, actor=ACTOR, at=NOON).done) == 2
    stock = stock_of(sku, warehouse)
    assert (stock.available, stock.reserved, stock.shipped, stock.returning) == (8, 0, 0, 2)
    assert audit_stock().ok


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("catches", [True, False])
def test_two_packers_scan_one_waybill_at_once(house, monkeypatch, catches):
    """Both look before either writes; without the second look, the one who comes second falls on the database."""
    pair = Barrier(2)
    real = moving.ship_reserved
    looked: list[int] = []

    def wait_for_both(*args, **kwargs):
        looked.append(get_ident())
        if looked.count(get_ident()) == 1:
            pair.wait(20)
        return real(*args, **kwargs)

    ids = [placed(house, until=S.PACKED), placed(house, until=S.PACKED)]
    monkeypatch.setattr(moving, "ship_reserved", wait_for_both)
    ship = ship_orders if catches else operation(moving.ship_locked)
    answers = race(
        [lambda pk=pk: ship([ShipmentDraft(pk, "SF", "SAME")], actor=ACTOR, at=NOON) for pk in ids]
    )
    failed = [answer for answer in answers if isinstance(answer, IntegrityError)]
    assert len(failed) == (0 if catches else 1)
    if catches:
        assert sorted(codes(answer) for answer in answers) == [[], ["waybill_taken"]]
    assert Shipment.objects.count() == 1
    assert audit_stock().ok


def test_cancelling_from_every_state_that_leads_there_leaves_the_books_in_order(house):
    """A new state that holds goods and is not named in ``STOCK_STATE`` shows here."""
    for status, targets in ORDER_MOVES.moves.items():
        if S.CANCELLED not in targets or status in (S.SHORT, S.UNMAPPED, S.RECORDED):
            continue
        pk = placed(house, until=status)
        assert Order.objects.get(pk=pk).status == status, f"teach `placed` the way to “{status}”"
        assert audit_stock().ok
        cancel_orders([pk], actor=ACTOR, at=NOON).one()
        assert audit_stock().ok, status
