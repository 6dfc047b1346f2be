"""What may be opened as a case: units, money, numbers; and who may."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from aftersales.choices import CaseKind, CaseStatus
from aftersales.models import Case, CaseLine
from aftersales.operations.deciding import approve_cases, reject_cases, withdraw_cases
from aftersales.operations.goods import receive_cases
from aftersales.operations.opening import open_cases
from catalog.choices import Platform
from ops_portal.accounts.choices import Role
from ops_portal.lib.principals import Principal
from ops_portal.lib.testing import assert_batch_does_what_one_by_one_does
from orders.choices import OrderStatus, RefundStatus
from orders.models import Order
from tests.aftersales.houses import (
    LATER,
    House,
    approved,
    books_agree,
    case_draft,
    codes,
    inspected,
    opened,
    received,
    refunded,
)
from tests.factories import ACTOR, make_shop, make_sku, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    return House()


def refused(*drafts) -> list[str]:
    return codes(open_cases(drafts, actor=ACTOR, at=LATER))


def test_2_units_of_a_line_of_2_are_claimed_once_by_all_cases_together(house):
    order = house.order()
    opened(order, 1)
    assert refused(case_draft(order, 2)) == ["too_many_units"]
    opened(order, 1)
    assert refused(case_draft(order, 1)) == ["too_many_units"]
    assert set(CaseLine.objects.values_list("amount", flat=True)) == {Decimal("10.00")}


def test_what_a_rejected_and_a_withdrawn_case_claimed_is_free_again(house):
    order = house.order()
    first = opened(order)
    reject_cases([first.pk], actor=ACTOR, at=LATER, reason="worn").one()
    second = approved(order)
    withdraw_cases([second.pk], actor=ACTOR, at=LATER).one()
    assert opened(order).status == CaseStatus.REQUESTED


def test_3_units_for_10_00_are_worth_3_34_and_3_33_and_3_33(house):
    order = house.order((house.sku, 3))
    order.lines.update(discount_amount=Decimal("20.00"), amount=Decimal("10.00"))
    Order.objects.filter(pk=order.pk).update(discount_amount=20, total=10, paid_amount=10, receivable=10)
    amounts = [opened(order, 1).amount for _unit in range(3)]
    assert amounts == [Decimal("3.34"), Decimal("3.33"), Decimal("3.33")]


def test_money_is_asked_once_up_to_the_20_00_of_the_line_and_the_freight_of_the_order(house):
    order = house.order()
    assert refused(case_draft(order, 0, kind=CaseKind.REFUND_ONLY, amount=Decimal("20.01"))) == [
        "too_much_money"
    ]
    assert refused(case_draft(order, 2, freight_amount=Decimal("0.01"))) == ["too_much_money"]
    opened(order, 0, kind=CaseKind.REFUND_ONLY, amount=Decimal("5.00"))
    assert opened(order, 2).amount == Decimal("15.00")
    assert refused(case_draft(order, 0, kind=CaseKind.REFUND_ONLY, amount=Decimal("0.01"))) == [
        "too_much_money"
    ]


def test_a_case_of_nothing_of_a_strange_line_or_of_no_order_is_refused(house):
    order, other = house.order(), house.order()
    good = case_draft(order)
    drafts = (
        replace(good, lines=()),
        replace(good, lines=(replace(good.lines[0], units=-1),)),
        replace(good, lines=case_draft(other).lines),
        replace(good, lines=good.lines * 2),
        replace(good, order_id=0),
        replace(good, kind=CaseKind.INTERCEPT),
    )
    assert refused(*drafts) == [
        "nothing_asked", "nothing_asked", "no_such_line", "no_such_line", "no_such_order", "not_sent_out",
    ]  # fmt: skip
    assert not Case.objects.exists()


def test_goods_come_back_only_of_what_was_sent_out(house):
    assert refused(case_draft(house.order(until=OrderStatus.PACKED))) == ["not_sent_out"]
    assert refused(case_draft(house.order(until=OrderStatus.COMPLETED))) == []


def test_the_platforms_number_opens_1_case_in_a_batch_and_after_it(house):
    order, other = house.order(), house.order()
    draft = case_draft(order, source_key="R1")
    outcome = open_cases([draft, draft, case_draft(other, source_key="R1")], actor=ACTOR, at=LATER)
    assert codes(outcome) == ["case_differs"]
    assert len({case.pk for case in outcome.done}) == 1
    assert open_cases([draft], actor=ACTOR, at=LATER).one().pk == outcome.done[0].pk
    assert Case.objects.count() == 1


def test_roles_open_cases_or_may_not(house):
    order = house.order()
    may = {}
    for role in Role:
        actor = Principal("person", "p", roles=frozenset({role}))
        with transaction.atomic():
            may[role] = not open_cases([case_draft(order)], actor=actor, at=LATER).refused
            transaction.set_rollback(True)
    assert {role for role, yes in may.items() if yes} == {
        Role.CUSTOMER_SERVICE, Role.AFTERSALES, Role.ONSITE_OPERATOR, Role.OPERATIONS_MANAGER,
    }  # fmt: skip


def test_the_platforms_clock_is_36_hours_at_pinduoduo_and_48_elsewhere(house):
    hours = {}
    for platform in (Platform.PINDUODUO, Platform.TMALL):
        house.shop = make_shop(f"S-{platform}", platform=platform)
        case = opened(house.order())
        hours[platform] = case.platform_due_at - case.requested_at
    assert hours == {Platform.PINDUODUO: timedelta(hours=36), Platform.TMALL: timedelta(hours=48)}


def test_a_case_holds_the_refund_axis_and_its_rejection_lets_it_go(house):
    order = house.order()
    first, second = opened(order, 1), opened(order, 1)
    axis = [Order.objects.get(pk=order.pk).refund_status]
    for case in (first, second):
        reject_cases([case.pk], actor=ACTOR, at=LATER, reason="worn").one()
        axis.append(Order.objects.get(pk=order.pk).refund_status)
    assert axis == [RefundStatus.REQUESTED, RefundStatus.REQUESTED, RefundStatus.NONE]


def test_after_a_part_was_refunded_a_rejected_case_leads_back_to_partly(house):
    order = house.order()
    refunded(inspected(received(order, 1)))
    assert Order.objects.get(pk=order.pk).refund_status == RefundStatus.PARTLY
    case = opened(order, 1)
    assert Order.objects.get(pk=order.pk).refund_status == RefundStatus.REQUESTED
    reject_cases([case.pk], actor=ACTOR, at=LATER, reason="worn").one()
    order.refresh_from_db()
    assert (order.refund_status, order.refund_amount) == (RefundStatus.PARTLY, Decimal("10.00"))


def test_customer_service_approves_200_00_and_not_a_cent_more(house):
    dear = make_sku("DEAR")
    receive(dear, 100, warehouse=house.warehouse)
    mei = Principal("person", "mei", roles=frozenset({Role.CUSTOMER_SERVICE}))
    cheap = opened(house.order((dear, 20)))
    above = opened(house.order((dear, 21)))
    outcome = approve_cases([cheap.pk, above.pk, 0], actor=mei, at=LATER)
    assert [case.pk for case in outcome.done] == [cheap.pk]
    assert codes(outcome) == ["over_the_limit", "no_such_case"]
    lan = Principal("person", "lan", roles=frozenset({Role.AFTERSALES}))
    assert approve_cases([above.pk], actor=lan, at=LATER).one().status == CaseStatus.APPROVED


def test_whoever_rejects_says_why(house):
    assert codes(reject_cases([opened(house.order()).pk], actor=ACTOR, at=LATER, reason=" ")) == [
        "reason_needed"
    ]


def test_the_database_refuses_lines_that_claim_more_than_is_sold(house):
    order = house.order()
    case = opened(order, 2)
    line = case.lines.get()
    with pytest.raises(IntegrityError, match="claim more"), transaction.atomic():
        CaseLine.objects.filter(pk=line.pk).update(units=3)
    with pytest.raises(IntegrityError, match="claim more"), transaction.atomic():
        CaseLine.objects.filter(pk=line.pk).update(amount=Decimal("20.01"))


def test_a_batch_of_cases_does_what_they_would_have_done_one_by_one(house):
    order, other = house.order(), house.order((house.sku, 3))
    drafts = [
        case_draft(order, 1),
        case_draft(order, 2),
        case_draft(order, 1, kind=CaseKind.REFUND_ONLY),
        case_draft(order, 1),
        case_draft(other, 2, source_key="K"),
        case_draft(other, 2, source_key="K"),
        case_draft(other, 1),
        case_draft(other, 1),
    ]

    def look():
        return (
            sorted(CaseLine.objects.values_list("case__order_id", "case__kind", "units", "amount")),
            sorted(Order.objects.values_list("pk", "refund_status")),
        )

    assert_batch_does_what_one_by_one_does(
        lambda batch: open_cases(batch, actor=ACTOR, at=LATER), drafts, look
    )


def test_a_case_opened_on_the_way_receives_what_was_called_back(house):
    from orders.operations.moving import cancel_orders

    order = house.order(until=OrderStatus.SHIPPED)
    case = approved(order, 1)
    cancel_orders([order.pk], actor=ACTOR, at=LATER).one()
    receive_cases([case.pk], actor=ACTOR, at=LATER).one()
    assert house.balances() == {"available": 8, "returning": 1, "inspecting": 1}
    assert books_agree()


def test_a_line_pays_back_no_more_than_itself_though_the_order_has_more(house):
    other = make_sku("B")
    receive(other, 5, warehouse=house.warehouse)
    order = house.order((house.sku, 1), (other, 1))
    good = case_draft(order, 0, kind=CaseKind.REFUND_ONLY, amount=Decimal("10.01"))
    assert refused(replace(good, lines=good.lines[:1])) == ["too_much_money"]
    assert opened(order, 1).amount == Decimal("10.00")
