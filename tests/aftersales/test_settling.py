"""Goods by grade and batch, money paid once, and what closes a case."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from aftersales.choices import CASE_MOVES, CaseKind, CaseRefund, CaseStatus
from aftersales.drafts import LinePaymentDraft, PaymentDraft, SentBackDraft
from aftersales.models import Case
from aftersales.operations.deciding import approve_cases, withdraw_cases
from aftersales.operations.goods import inspect_cases, receive_cases, send_back
from aftersales.operations.intercepting import open_intercepted
from aftersales.operations.opening import open_cases
from aftersales.operations.refunding import close_cases, refund_cases, refuse_refunds
from catalog.drafts import BundleDraft, ComponentDraft
from catalog.models import BatchStock
from catalog.operations.goods import save_bundles
from ops_portal.accounts.choices import Role
from ops_portal.lib.models import StateMove
from ops_portal.lib.testing import assert_moves_follow_table
from orders.choices import OrderStatus, RefundStatus
from orders.models import Order, Refund
from orders.operations.moving import cancel_orders
from tests.aftersales.houses import (
    LATER,
    House,
    approved,
    books_agree,
    case_draft,
    codes,
    finding,
    goods_of,
    inspected,
    opened,
    received,
    refunded,
)
from tests.factories import ACTOR, make_sku, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    return House()


def test_every_move_of_a_case_by_every_role(house):
    order = house.order()

    def make(status):
        case = opened(order, 0, kind=CaseKind.REFUND_ONLY, amount=Decimal("0.01"))
        # A return that asks no money may stand in every state.
        Case.objects.filter(pk=case.pk).update(
            kind=CaseKind.RETURN, amount=0, freight_amount=0, status=status
        )
        case.refresh_from_db()
        return case

    tried = assert_moves_follow_table(CASE_MOVES, CaseStatus.values, Role.values, make, at=LATER)
    assert tried == 8 * 8 * len(Role)


def test_5_units_by_grade_2_resold_1_rework_1_scrap_1_missing(house):
    case = inspected(received(house.order((house.sku, 5))), rework=1, scrap=1, missing=1)
    assert house.balances() == {"available": 7, "damaged": 2, "lost": 1}
    (row,) = goods_of(case)
    assert (row.resell, row.rework, row.scrap, row.missing, row.note) == (2, 1, 1, 1, "opened")
    assert books_agree()


def test_goods_by_batch_come_back_as_the_batches_that_left(house):
    dated = make_sku("DATED", tracks_batches=True)
    for batch, last in (("OLD", date(2026, 12, 1)), ("NEW", date(2027, 12, 1))):
        receive(dated, 2, warehouse=house.warehouse, batch=batch, expires_on=last)
    case = received(house.order((dated, 3)))
    rows = [(row.reservation.batch.code, row.units) for row in goods_of(case)]
    assert rows == [("OLD", 2), ("NEW", 1)]
    inspected(case, scrap=1)
    left = {
        part.batch.code: (part.available, part.damaged, part.sold, part.inspecting)
        for part in BatchStock.objects.select_related("batch")
    }
    assert left == {"OLD": (1, 1, 0, 0), "NEW": (2, 0, 0, 0)}
    assert books_agree()


def test_1_of_2_bundles_comes_back_by_its_components(house):
    other = make_sku("B")
    receive(other, 10, warehouse=house.warehouse)
    make_sku("SET")
    parts = (ComponentDraft("A", 2, Decimal(2)), ComponentDraft("B", 1, Decimal(1)))
    save_bundles([BundleDraft("SET", parts)], actor=ACTOR, at=LATER.replace(year=2020)).one()
    from catalog.models import Sku

    case = received(house.order((Sku.objects.get(code="SET"), 2)), 1)
    assert sorted((row.reservation.stock.sku.code, row.units) for row in goods_of(case)) == [
        ("A", 2),
        ("B", 1),
    ]
    inspected(case, scrap=1)
    assert house.balances() == {"available": 7, "sold": 2, "damaged": 1}
    assert house.balances(other) == {"available": 9, "sold": 1}
    assert case.amount == Decimal("10.00")
    assert books_agree()


def test_3_cases_of_1_unit_each_bring_3_units_of_2_batches_back(house):
    dated = make_sku("DATED", tracks_batches=True)
    for batch in ("OLD", "NEW"):
        receive(dated, 2, warehouse=house.warehouse, batch=batch, expires_on=date(2027, 1, 1))
    order = house.order((dated, 3))
    cases = [approved(order, 1) for _unit in range(3)]
    assert not receive_cases([case.pk for case in cases], actor=ACTOR, at=LATER).refused
    for case in cases:
        inspected(case)
    assert house.balances(dated) == {"available": 4}
    assert books_agree()


def test_a_case_is_paid_once_in_a_batch_and_after_it(house):
    case = approved(house.order())
    outcome = refund_cases([PaymentDraft(case.pk), PaymentDraft(case.pk)], actor=ACTOR, at=LATER)
    assert (len(outcome.done), codes(outcome)) == (1, ["already_refunded"])
    assert codes(refund_cases([PaymentDraft(case.pk)], actor=ACTOR, at=LATER)) == ["already_refunded"]
    assert list(Refund.objects.values_list("amount", flat=True)) == [Decimal("20.00")]


def test_the_order_the_refunds_and_the_case_agree_to_the_cent(house):
    other = make_sku("B")
    receive(other, 10, warehouse=house.warehouse)
    order = house.order((house.sku, 2), (other, 1))
    case = approved(order)
    lines = list(case.lines.order_by("pk"))
    paid = (LinePaymentDraft(lines[0].pk, Decimal("7.77")), LinePaymentDraft(lines[1].pk, Decimal("0.01")))
    case = refunded(case, lines=paid)
    order.refresh_from_db()
    assert order.refund_status == RefundStatus.PARTLY
    assert order.refund_amount == case.refunded_amount == Decimal("7.78")
    assert [line.refund_amount for line in order.lines.order_by("position")] == [
        Decimal("7.77"),
        Decimal("0.01"),
    ]
    noted = Refund.objects.order_by("line__position").values_list("line__position", "amount")
    assert list(noted) == [(1, Decimal("7.77")), (2, Decimal("0.01"))]


def test_more_than_is_asked_of_a_line_is_not_paid(house):
    case = approved(house.order())
    (line,) = case.lines.all()
    for amount, freight in (("20.01", "0"), ("-1", "0"), ("0", "0"), ("1", "0.01")):
        draft = PaymentDraft(
            case.pk, lines=(LinePaymentDraft(line.pk, Decimal(amount)),), freight_amount=Decimal(freight)
        )
        assert codes(refund_cases([draft], actor=ACTOR, at=LATER)) == ["more_than_asked"]
    assert not Refund.objects.exists()


def test_a_case_that_is_not_approved_is_not_paid(house):
    assert codes(refund_cases([PaymentDraft(opened(house.order()).pk)], actor=ACTOR, at=LATER)) == [
        "not_approved"
    ]


def test_a_paid_case_that_another_one_waits_beside_holds_the_order_on(house):
    order = house.order(until=OrderStatus.PACKED)
    cases = [
        opened(order, 0, kind=CaseKind.REFUND_ONLY, amount=Decimal(amount)) for amount in ("5.00", "15.00")
    ]
    approve_cases([case.pk for case in cases], actor=ACTOR, at=LATER)
    axis = []
    for case in cases:
        refunded(case)
        order.refresh_from_db()
        axis.append((order.refund_status, order.status, order.refund_amount))
    assert axis == [
        (RefundStatus.REQUESTED, OrderStatus.PACKED, Decimal("5.00")),
        (RefundStatus.FULLY, OrderStatus.CANCELLED, Decimal("20.00")),
    ]
    assert house.balances() == {"available": 10}


def test_a_refund_is_refused_only_when_its_goods_were_inspected_and_with_a_reason(house):
    order = house.order()
    case = approved(order)

    def refuse(reason="an empty box"):
        return codes(refuse_refunds([case.pk], actor=ACTOR, at=LATER, reason=reason))

    assert refuse() == ["not_settled"]
    case = inspected(receive_cases([case.pk], actor=ACTOR, at=LATER).one(), missing=2)
    assert refuse(" ") == ["reason_needed"]
    assert refuse() == []
    case.refresh_from_db()
    assert (case.status, case.refund_status) == (CaseStatus.CLOSED, CaseRefund.REFUSED)
    assert Order.objects.get(pk=order.pk).refund_status == RefundStatus.NONE
    assert books_agree()


def test_a_case_with_an_open_track_is_not_closed(house):
    case = inspected(received(house.order()))
    assert codes(close_cases([case.pk], actor=ACTOR, at=LATER)) == ["not_settled"]
    with pytest.raises(IntegrityError, match="case_closed_is_settled"), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(status=CaseStatus.CLOSED)


def test_inspection_accounts_for_every_unit_and_says_the_state_of_grade_b(house):
    case = received(house.order())
    whole = finding(case, rework=1)
    (row,) = whole.grades
    drafts = {
        "not_all_graded": [
            replace(whole, grades=()),
            replace(whole, grades=(replace(row, resell=2),)),
            replace(whole, grades=(replace(row, resell=3, scrap=-1, rework=0),)),
            replace(whole, grades=(row, row)),
        ],
        "finding_needed": [replace(whole, grades=(replace(row, note=" "),))],
    }
    for code, bad in drafts.items():
        for draft in bad:
            assert codes(inspect_cases([draft], actor=ACTOR, at=LATER)) == [code]
    assert house.balances() == {"available": 8, "inspecting": 2}
    inspect_cases([whole], actor=ACTOR, at=LATER).one()


def test_a_parcel_is_known_by_its_waybill_and_withdrawing_frees_the_order(house):
    order = house.order()
    case = approved(order)
    assert codes(send_back([SentBackDraft(case.pk, "SF", " ")], actor=ACTOR, at=LATER)) == ["waybill_needed"]
    case = send_back([SentBackDraft(case.pk, "SF", "BACK")], actor=ACTOR, at=LATER).one()
    assert (case.status, case.waybill_number) == (CaseStatus.IN_TRANSIT, "BACK")
    case = withdraw_cases([case.pk], actor=ACTOR, at=LATER).one()
    assert (case.due_at, case.paused_at, case.refund_status) == (None, None, CaseRefund.REFUSED)
    assert Order.objects.get(pk=order.pk).refund_status == RefundStatus.NONE
    assert house.balances() == {"available": 8, "shipped": 2}


def test_a_refunded_case_is_not_withdrawn_and_money_alone_brings_no_parcel(house):
    paid = refunded(approved(house.order()))
    assert codes(withdraw_cases([paid.pk], actor=ACTOR, at=LATER)) == ["already_refunded"]
    money = approved(house.order(), kind=CaseKind.REFUND_ONLY)
    assert codes(receive_cases([money.pk], actor=ACTOR, at=LATER)) == ["no_goods"]
    assert codes(send_back([SentBackDraft(money.pk, "SF", "X")], actor=ACTOR, at=LATER)) == ["no_goods"]


def test_the_clock_stands_while_the_parcel_is_awaited(house):
    case = approved(house.order())
    case.refresh_from_db()
    assert (case.due_at, case.paused_at) == (None, LATER)
    case = receive_cases([case.pk], actor=ACTOR, at=LATER).one()
    case.refresh_from_db()
    assert case.paused_at is None
    assert case.due_at > LATER


def test_3_parcels_called_back_are_awaited_by_a_case_each_and_all_end_in_stock(house):
    orders = [house.order((house.sku, 1), until=OrderStatus.SHIPPED) for _order in range(3)]
    cancel_orders([order.pk for order in orders], actor=ACTOR, at=LATER)
    assert house.balances() == {"available": 7, "returning": 3}
    cases = open_intercepted(actor=ACTOR, at=LATER).done
    assert [(case.kind, case.status, case.amount) for case in cases] == [("intercept", "in_transit", 0)] * 3
    assert {case.waybill_number for case in cases} == {f"W{order.pk}" for order in orders}
    assert open_intercepted(actor=ACTOR, at=LATER).done == []
    receive_cases([case.pk for case in cases], actor=ACTOR, at=LATER)
    assert open_intercepted(actor=ACTOR, at=LATER).done == []
    for case in cases:
        assert inspected(Case.objects.get(pk=case.pk)).status == CaseStatus.CLOSED
    assert house.balances() == {"available": 10}
    assert books_agree()


def test_who_ends_a_sale_by_a_return_is_on_record(house):
    order = house.order(until=OrderStatus.SHIPPED)
    received(order)
    moves = StateMove.objects.filter(document_kind="order", document_number=order.number).order_by("pk")
    assert [(move.to_status, move.actor) for move in moves][-2:] == [
        (OrderStatus.DELIVERED, "job:aftersales.receive_cases"),
        (OrderStatus.COMPLETED, "job:aftersales.receive_cases"),
    ]


def test_a_gift_comes_back_for_nothing_and_closes_with_its_inspection(house):
    order = house.order()
    order.lines.update(amount=0, unit_price=0, is_gift=True)
    case = open_cases([case_draft(order)], actor=ACTOR, at=LATER).one()
    assert case.amount == 0
    approve_cases([case.pk], actor=ACTOR, at=LATER).one()
    case = inspected(receive_cases([case.pk], actor=ACTOR, at=LATER).one())
    assert case.status == CaseStatus.CLOSED
    assert Order.objects.get(pk=order.pk).refund_status == RefundStatus.NONE
