"""Two tracks, in both orders: the money, and the goods."""

from __future__ import annotations

from decimal import Decimal

import pytest

from aftersales.choices import CaseKind, CaseRefund, CaseStatus
from aftersales.operations.goods import receive_cases
from orders.choices import OrderStatus, RefundStatus
from orders.models import Order
from tests.aftersales.houses import (
    LATER,
    House,
    approved,
    books_agree,
    inspected,
    opened,
    received,
    refunded,
)
from tests.factories import ACTOR

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    return House()


def test_buy_2_and_return_both_leaves_zero_sold_and_20_00_refunded(house):
    order = house.order()
    case = inspected(received(order))
    assert (case.status, case.refund_status) == (CaseStatus.INSPECTED, CaseRefund.DUE)
    case = refunded(case)
    assert (case.status, case.refund_status, case.refunded_amount) == ("closed", "paid", Decimal("20.00"))
    assert house.balances() == {"available": 10}
    order.refresh_from_db()
    assert (order.refund_status, order.refund_amount) == (RefundStatus.FULLY, order.total)
    assert books_agree()


def test_a_platform_pays_first_and_the_goods_follow(house):
    order = house.order()
    case = refunded(approved(order))
    assert (case.status, case.refund_status) == (CaseStatus.APPROVED, CaseRefund.PAID)
    assert house.balances() == {"available": 8, "shipped": 2}
    case = receive_cases([case.pk], actor=ACTOR, at=LATER).one()
    assert house.balances() == {"available": 8, "inspecting": 2}
    assert books_agree()
    case = inspected(case, scrap=1)
    assert case.status == CaseStatus.CLOSED
    assert house.balances() == {"available": 9, "damaged": 1}
    assert books_agree()


def test_1_of_2_units_comes_back_by_grade_and_1_stays_sold(house):
    case = inspected(received(house.order(), 1), missing=1)
    assert house.balances() == {"available": 8, "sold": 1, "lost": 1}
    assert case.amount == Decimal("10.00")
    assert books_agree()


def test_a_refund_before_shipping_holds_the_order_and_cancels_it_when_paid(house):
    order = house.order(until=OrderStatus.PICKED)
    case = opened(order, kind=CaseKind.REFUND_ONLY)
    order.refresh_from_db()
    assert order.refund_status == RefundStatus.REQUESTED
    assert house.balances() == {"available": 8, "reserved": 2}
    from aftersales.operations.deciding import approve_cases

    case = refunded(approve_cases([case.pk], actor=ACTOR, at=LATER).one())
    assert case.status == CaseStatus.CLOSED
    assert Order.objects.get(pk=order.pk).status == OrderStatus.CANCELLED
    assert house.balances() == {"available": 10}
    assert books_agree()
