"""Any sequence of verbs on any cases: stock, ledger, orders and refunds agree after each."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from aftersales.choices import CaseKind
from aftersales.drafts import PaymentDraft
from aftersales.models import Case
from aftersales.operations.deciding import approve_cases, reject_cases, withdraw_cases
from aftersales.operations.goods import inspect_cases, receive_cases
from aftersales.operations.intercepting import open_intercepted
from aftersales.operations.opening import open_cases
from aftersales.operations.refunding import refund_cases, refuse_refunds
from catalog.choices import BALANCES
from orders.choices import OrderStatus, RefundStatus
from orders.models import Order, Refund
from orders.operations.moving import cancel_orders, complete_orders
from tests.aftersales.houses import LATER, House, books_agree, case_draft, finding
from tests.factories import ACTOR, make_sku, receive, stock_of

PICK = st.integers(0, 50)
STATES = st.sampled_from(
    [
        OrderStatus.CREATED,
        OrderStatus.PACKED,
        OrderStatus.SHIPPED,
        OrderStatus.DELIVERED,
        OrderStatus.COMPLETED,
    ]
)
GRADES = st.fixed_dictionaries({name: st.integers(0, 1) for name in ("rework", "scrap", "missing")})


class Desk(RuleBasedStateMachine):
    """Two SKUs, one kept by batch, orders of both, and cases of whatever comes."""

    def __init__(self) -> None:
        super().__init__()
        self.example = transaction.atomic()
        self.example.__enter__()
        self.house = House()
        self.dated = make_sku("DATED", tracks_batches=True)
        for batch in ("B1", "B2"):
            receive(self.dated, 6, warehouse=self.house.warehouse, batch=batch)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.example.__exit__(None, None, None)

    def case(self, pick: int) -> Case | None:
        cases = list(Case.objects.order_by("pk"))
        return cases[pick % len(cases)] if cases else None

    def order(self, pick: int) -> Order | None:
        orders = list(Order.objects.order_by("pk"))
        return orders[pick % len(orders)] if orders else None

    @rule(until=STATES, units=st.integers(1, 3))
    def order_comes(self, until, units):
        if stock_of(self.house.sku, self.house.warehouse).available < 1:
            return
        if stock_of(self.dated, self.house.warehouse).available >= units:
            self.house.order((self.house.sku, 1), (self.dated, units), until=until)

    @rule(pick=PICK, first=st.integers(0, 2), second=st.integers(0, 3), money=st.booleans())
    def case_comes(self, pick, first, second, money):
        if order := self.order(pick):
            kind = CaseKind.REFUND_ONLY if money else CaseKind.RETURN
            open_cases([case_draft(order, first, second, kind=kind)], actor=ACTOR, at=LATER)

    @rule(pick=PICK, verb=st.sampled_from([approve_cases, approve_cases, reject_cases, withdraw_cases]))
    def decided(self, pick, verb):
        if case := self.case(pick):
            more = {"reason": "why"} if verb is reject_cases else {}
            verb([case.pk], actor=ACTOR, at=LATER, **more)

    @rule(pick=PICK)
    def received(self, pick):
        if case := self.case(pick):
            receive_cases([case.pk], actor=ACTOR, at=LATER)

    @rule(pick=PICK, grades=GRADES)
    def inspected(self, pick, grades):
        if case := self.case(pick):
            inspect_cases([finding(case, **grades)], actor=ACTOR, at=LATER)

    @rule(pick=PICK)
    def paid(self, pick):
        if case := self.case(pick):
            refund_cases([PaymentDraft(case.pk)], actor=ACTOR, at=LATER)

    @rule(pick=PICK)
    def refused(self, pick):
        if case := self.case(pick):
            refuse_refunds([case.pk], actor=ACTOR, at=LATER, reason="why")

    @rule(pick=PICK, verb=st.sampled_from([cancel_orders, complete_orders]))
    def order_moves(self, pick, verb):
        if order := self.order(pick):
            verb([order.pk], actor=ACTOR, at=LATER)

    @rule()
    def called_back(self):
        open_intercepted(actor=ACTOR, at=LATER)

    @invariant()
    def stock_ledger_and_documents_agree(self):
        assert books_agree()

    @invariant()
    def no_unit_is_made_or_lost_from_the_books(self):
        for sku, units in ((self.house.sku, 10), (self.dated, 12)):
            stock = stock_of(sku, self.house.warehouse)
            assert sum(getattr(stock, state) for state in BALANCES) == units

    @invariant()
    def case_order_and_refunds_agree_to_the_cent(self):
        for order in Order.objects.all():
            paid = Case.objects.filter(order=order).aggregate(sum=Sum("refunded_amount"))["sum"] or Decimal(0)
            noted = Refund.objects.filter(order=order).aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
            lines = order.lines.aggregate(sum=Sum("refund_amount"))["sum"]
            assert order.refund_amount == paid == noted == lines

    @invariant()
    def an_order_is_held_while_a_case_asks_for_money(self):
        asking = Case.objects.live().filter(amount__gt=0, refund_status__in=("none", "due"))
        held = Order.objects.filter(refund_status=RefundStatus.REQUESTED)
        assert set(asking.values_list("order_id", flat=True)) == set(held.values_list("pk", flat=True))


@pytest.mark.django_db
def test_books_and_money_agree_over_every_sequence_of_verbs():
    run_state_machine_as_test(
        Desk,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
