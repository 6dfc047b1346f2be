"""The refund axis: every move by every role, and which amount goes with which state."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from ops_portal.accounts.choices import Role
from ops_portal.lib.models import StateMove
from ops_portal.lib.principals import Principal
from orders.choices import REFUND_MOVES, RefundStatus
from orders.drafts import RefundDraft
from orders.models import Order
from orders.operations.placing import take_in_orders
from orders.operations.refunding import move_refunds
from tests.factories import ACTOR, NOON, make_shop, order_draft

pytestmark = pytest.mark.django_db
R = RefundStatus


@pytest.fixture
def order() -> Order:
    placed = take_in_orders([order_draft(make_shop("S1"), ("NOWHERE", 1))], actor=ACTOR, at=NOON).one()
    return Order.objects.get(pk=placed.id)


def moved(order: Order, status: str, amount: str = "0", actor: Principal = ACTOR) -> str:
    outcome = move_refunds([RefundDraft(order.pk, status, Decimal(amount))], actor=actor, at=NOON)
    return outcome.refused[0][1].code if outcome.refused else "done"


def test_every_move_of_a_refund_by_every_role(order):
    for here in R:
        for there in R:
            for role in Role:
                Order.objects.update(refund_status=here, refund_amount=0)
                seen = StateMove.objects.count()
                move = REFUND_MOVES.find(here, there)
                amount = {R.PARTLY: "4.00", R.FULLY: "10.00"}.get(there, "0")
                got = moved(order, there, amount, Principal("person", "p", roles=frozenset({role})))
                may = move is not None and role in move.roles
                assert got == ("illegal_move" if move is None else "done" if may else "role_may_not_move")
                records = StateMove.objects.order_by("pk").values_list(
                    "document_kind", "from_status", "to_status"
                )[seen:]
                assert list(records) == ([("order_refund", here, there)] if may else [])


def test_somebody_without_any_role_refunds_nothing(order):
    assert moved(order, R.FULLY, "10.00", Principal("person", "eve")) == "role_may_not_move"


@pytest.mark.parametrize(
    ("status", "amount", "answer"),
    [
        (R.PARTLY, "0", "refund_not_positive"),
        (R.PARTLY, "-1", "refund_not_positive"),
        (R.REQUESTED, "-1", "refund_not_positive"),
        (R.PARTLY, "0.01", "done"),
        (R.PARTLY, "10.00", "done"),
        (R.PARTLY, "10.01", "refund_too_high"),
        (R.FULLY, "0", "refund_not_positive"),
        (R.FULLY, "9.99", "refund_not_full"),
        (R.FULLY, "10.00", "done"),
        (R.FULLY, "10.01", "refund_too_high"),
    ],
)
def test_the_amount_of_a_refund_of_10_00(order, status, amount, answer):
    assert moved(order, status, amount) == answer
    order.refresh_from_db()
    assert order.refund_status == (status if answer == "done" else R.NONE)


def test_8_00_that_were_refunded_never_become_3_00_or_nothing(order):
    assert moved(order, R.PARTLY, "8.00") == "done"
    assert moved(order, R.PARTLY, "3.00") == "refund_lowered"
    assert moved(order, R.REQUESTED) == "done"
    assert moved(order, R.PARTLY, "3.00") == "refund_lowered"
    assert moved(order, R.NONE) == "refund_stands"
    assert moved(order, R.PARTLY, "8.00") == "done"
    order.refresh_from_db()
    assert (order.refund_status, order.refund_amount) == (R.PARTLY, Decimal("8.00"))


def test_the_database_refuses_a_refund_above_the_total(order):
    with pytest.raises(IntegrityError, match="order_refund_within_total"), transaction.atomic():
        Order.objects.update(refund_amount=Decimal("10.01"))
