"""The refund axis of an order and its cases say the same, whoever moves it first."""

from __future__ import annotations

from decimal import Decimal

import pytest

from aftersales.choices import CaseKind, CaseRefund, CaseStatus
from aftersales.models import Case
from aftersales.operations.deciding import reject_cases
from ops_portal.lib.models import StateMove
from orders.choices import OrderStatus, RefundStatus
from orders.drafts import RefundDraft
from orders.models import Order, Refund
from orders.operations.refunding import move_refunds
from tests.aftersales.houses import LATER, House, approved, inspected, opened, received, refunded
from tests.factories import ACTOR, NOON

pytestmark = pytest.mark.django_db
R = RefundStatus


@pytest.fixture
def house() -> House:
    return House()


def told(order: Order, status: str, amount: str = "0", at=LATER) -> str:
    """Move the refund of the order as its page, or the platform, does."""
    outcome = move_refunds([RefundDraft(order.pk, status, Decimal(amount))], actor=ACTOR, at=at)
    return outcome.refused[0][1].code if outcome.refused else "done"


def standing(order: Order) -> tuple[str, Decimal, Decimal]:
    order.refresh_from_db()
    noted = sum((refund.amount for refund in Refund.objects.filter(order=order)), Decimal(0))
    return order.refund_status, order.refund_amount, noted


def test_a_refund_is_not_withdrawn_on_the_order_while_a_case_asks_for_money(house):
    order = house.order(until=OrderStatus.PACKED)
    case = opened(order, 0, kind=CaseKind.REFUND_ONLY, amount=Decimal("5.00"))
    outcome = move_refunds([RefundDraft(order.pk, R.NONE, Decimal(0))], actor=ACTOR, at=LATER)
    ((_index, refusal),) = outcome.refused
    assert refusal.code == "case_asks_for_money"
    assert case.number in str(refusal)
    assert standing(order) == (R.REQUESTED, 0, 0)
    reject_cases([case.pk], actor=ACTOR, at=LATER, reason="no").one()
    assert standing(order) == (R.NONE, 0, 0)


def test_a_refund_that_no_case_asks_for_is_withdrawn_on_the_order(house):
    order = house.order(until=OrderStatus.PACKED)
    assert told(order, R.REQUESTED) == told(order, R.NONE) == "done"


@pytest.mark.parametrize(("asked", "status"), [("5.00", R.PARTLY), ("20.00", R.FULLY)])
def test_what_the_platform_told_of_a_case_first_is_not_refunded_a_second_time(house, asked, status):
    order = house.order(until=OrderStatus.PACKED)
    case = approved(order, 0, kind=CaseKind.REFUND_ONLY, amount=Decimal(asked))
    told(order, status, asked, at=LATER.replace(minute=5))
    paid = refunded(case)
    assert (paid.refund_status, paid.refunded_amount) == (CaseRefund.PAID, Decimal(asked))
    assert standing(order) == (status, Decimal(asked), Decimal(asked))
    assert Case.objects.get().status == CaseStatus.CLOSED


def test_of_two_cases_only_one_takes_over_what_the_platform_told(house):
    order = house.order(until=OrderStatus.PACKED)
    cases = [
        approved(order, 0, kind=CaseKind.REFUND_ONLY, amount=Decimal("5.00")),
        approved(order, 0, kind=CaseKind.REFUND_ONLY, amount=Decimal("5.00")),
    ]
    told(order, R.PARTLY, "5.00", at=LATER.replace(minute=5))
    refunded(cases[0])
    assert standing(order)[1:] == (5, 5)
    refunded(cases[1])
    assert standing(order) == (R.PARTLY, 10, 10)


def test_what_was_refunded_before_a_case_was_opened_is_none_of_it(house):
    order = house.order(until=OrderStatus.PACKED)
    told(order, R.PARTLY, "5.00", at=NOON)
    refunded(approved(order, 0, kind=CaseKind.REFUND_ONLY, amount=Decimal("5.00")))
    assert standing(order) == (R.PARTLY, 10, 10)


def test_a_return_that_the_platform_refunded_closes_with_its_inspection(house):
    case = received(house.order())
    told(Order.objects.get(), R.FULLY, "20.00", at=LATER.replace(minute=5))
    refunded(case)
    assert inspected(Case.objects.get()).status == CaseStatus.CLOSED
    assert standing(Order.objects.get()) == (R.FULLY, 20, 20)


def test_an_order_that_ends_with_its_money_back_says_which_case_ended_it(house):
    order = house.order(until=OrderStatus.PACKED)
    case = refunded(approved(order, 0, kind=CaseKind.REFUND_ONLY, amount=Decimal("20.00")))
    move = StateMove.objects.get(document_kind="order", to_status=OrderStatus.CANCELLED)
    assert move.reason == case.number
