"""A refund after shipping has the parcel stopped: what starts it, what calls it off, what comes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from catalog.queries.audit import audit_stock
from ops_portal.desk.kinds import ROW_FIELDS, kind_of
from ops_portal.lib.principals import Principal
from orders.choices import OrderStatus, RefundStatus
from orders.drafts import InterceptDraft, RefundDraft, ShipmentDraft
from orders.models import Order, Shipment
from orders.operations.intercepting import settle_intercepts
from orders.operations.moving import (
    cancel_orders,
    deliver_orders,
    pack_orders,
    pick_orders,
    review_orders,
    ship_orders,
)
from orders.operations.placing import take_in_orders
from orders.operations.refunding import move_refunds
from tests.factories import ACTOR, NOON, make_shop, make_sku, make_warehouse, order_draft, receive, stock_of

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)
R, S = RefundStatus, OrderStatus


@pytest.fixture
def goods():
    sku, warehouse = make_sku("A"), make_warehouse("MAIN")
    receive(sku, 10, warehouse=warehouse)
    return sku, warehouse


@pytest.fixture
def draft(goods):
    return order_draft(make_shop("S1"), (goods[0], 2), number="N1")


@pytest.fixture
def shipped(draft) -> int:
    pk = take_in_orders([draft], actor=ACTOR, at=NOON).one().id
    for verb in (review_orders, pick_orders, pack_orders):
        verb([pk], actor=ACTOR, at=NOON).one()
    ship_orders([ShipmentDraft(pk, "SF", "W1")], actor=ACTOR, at=NOON).one()
    return pk


def refund(pk: int, status: str, amount: str = "0") -> None:
    move_refunds([RefundDraft(pk, status, Decimal(amount))], actor=ACTOR, at=LATER).one()


def intercept() -> tuple[object, str]:
    return Shipment.objects.values_list("intercept_requested_at", "intercept_outcome").get()


def settled(pk: int, outcome: str, actor: Principal = ACTOR) -> str:
    answer = settle_intercepts([InterceptDraft(pk, outcome)], actor=actor, at=LATER)
    return answer.refused[0][1].code if answer.refused else "done"


@pytest.mark.parametrize(("status", "amount"), [(R.REQUESTED, "0"), (R.FULLY, "20.00")])
def test_a_refund_of_all_after_shipping_has_the_parcel_stopped(shipped, status, amount):
    refund(shipped, status, amount)
    assert intercept() == (LATER, "")


def test_a_part_of_the_money_leaves_the_parcel_on_its_way(shipped):
    refund(shipped, R.PARTLY, "3.00")
    assert intercept() == (None, "")


def test_a_file_that_says_all_is_refunded_has_the_parcel_stopped(shipped, draft):
    take_in_orders([replace(draft, refund_amount=Decimal("20.00"))], actor=ACTOR, at=LATER).one()
    assert intercept() == (LATER, "")


def test_a_withdrawn_request_calls_it_off_and_a_new_one_starts_it_again(shipped):
    refund(shipped, R.REQUESTED)
    refund(shipped, R.NONE)
    assert intercept() == (LATER, "called_off")
    refund(shipped, R.REQUESTED)
    assert intercept() == (LATER, "")


def test_2_units_returned_to_sender_come_back_and_the_order_is_cancelled(shipped, goods):
    assert settled(shipped, "returned") == "no_intercept"
    refund(shipped, R.REQUESTED)
    assert settled(shipped, "returned") == "done"
    assert intercept() == (LATER, "returned")
    assert Order.objects.get().status == S.CANCELLED
    assert stock_of(*goods).returning == 2
    assert audit_stock().ok
    assert settled(shipped, "returned") == "no_intercept"


def test_what_is_delivered_anyway_is_delivered(shipped, goods):
    refund(shipped, R.REQUESTED)
    assert settled(shipped, "delivered") == "done"
    assert intercept() == (LATER, "delivered")
    assert Order.objects.get().status == S.DELIVERED
    assert audit_stock().ok


@pytest.mark.parametrize(("verb", "outcome"), [(deliver_orders, "delivered"), (cancel_orders, "returned")])
def test_delivering_and_cancelling_settle_it_too(shipped, verb, outcome):
    refund(shipped, R.REQUESTED)
    verb([shipped], actor=ACTOR, at=LATER).one()
    assert intercept() == (LATER, outcome)


def test_a_parcel_that_nobody_wants_back_has_no_outcome(shipped):
    deliver_orders([shipped], actor=ACTOR, at=LATER).one()
    assert intercept() == (None, "")
    with pytest.raises(IntegrityError, match="shipment_intercept_was_requested"), transaction.atomic():
        Shipment.objects.update(intercept_outcome="returned")


def test_the_warehouse_may_say_delivered_and_not_cancel(shipped):
    refund(shipped, R.REQUESTED)
    warehouse = Principal("person", "w", roles=frozenset({"warehouse"}))
    assert settled(shipped, "returned", warehouse) == "role_may_not_move"
    assert settled(shipped, "delivered", warehouse) == "done"


def desk_rows() -> list[dict[str, object]]:
    kind = kind_of("order")
    return [
        dict(zip(ROW_FIELDS, row, strict=True))
        for row in kind.rows(Order.objects.filter(kind.is_open).order_by("pk"))
    ]


def test_the_desk_knows_in_which_queue_an_order_waits_and_by_which_clocks(draft):
    pk = take_in_orders([draft], actor=ACTOR, at=NOON).one().id
    [row] = desk_rows()
    assert (row["kind"], row["queue"], row["platform"], row["shop_code"]) == (
        "order",
        "order_review",
        "tmall",
        "S1",
    )
    assert (row["title"], row["amount"]) == ("A × 2", Decimal("20.00"))
    assert (row["due_at"], row["platform_due_at"]) == (
        NOON + timedelta(minutes=30),
        NOON + timedelta(hours=48),
    )
    queues = []
    for verb in (review_orders, pick_orders, pack_orders):
        verb([pk], actor=ACTOR, at=NOON).one()
        queues.append((desk_rows()[0]["queue"], desk_rows()[0]["due_at"]))
    assert queues == [("order_pick", None), ("order_pack", None), ("order_ship", None)]
    refund(pk, R.REQUESTED)
    assert desk_rows()[0]["queue"] == "order_refund"
    refund(pk, R.NONE)
    ship_orders([ShipmentDraft(pk, "SF", "W1")], actor=ACTOR, at=NOON).one()
    assert desk_rows() == []
    refund(pk, R.REQUESTED)
    assert desk_rows()[0]["queue"] == "order_refund"


def test_a_short_order_stands_in_its_own_queue(draft, goods):
    take_in_orders([order_draft(draft.shop, (goods[0], 99))], actor=ACTOR, at=NOON)
    assert [row["queue"] for row in desk_rows()] == ["order_short"]
