"""How a case holds the refund axis of its order, and lets it go."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal

from django.db.models import Q, Sum
from django.utils.translation import gettext_lazy as _

from aftersales.choices import REFUNDS, CaseRefund
from aftersales.models import Case
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import Refused, raise_first
from orders.choices import RefundStatus
from orders.drafts import RefundDraft
from orders.models import Order, Refund
from orders.operations.refunding import move_refunds

R = RefundStatus
ZERO = Decimal("0.00")
ASKS = Q(kind__in=sorted(REFUNDS), amount__gt=0, refund_status__in=(CaseRefund.NONE, CaseRefund.DUE))


class CaseAsksForMoney(Refused):
    """A case asks for money of the order; it is decided there, and the order follows."""

    code = "case_asks_for_money"


def hold_orders(orders: Collection[Order], *, actor: Principal, at: datetime) -> None:
    """Note on locked orders that a refund is under way; those on which it is noted are left alone."""
    drafts = [
        RefundDraft(order.pk, R.REQUESTED, ZERO)
        for order in orders
        if order.refund_status in (R.NONE, R.PARTLY)
    ]
    if drafts:
        raise_first(move_refunds(drafts, actor=actor, at=at).refused)


def release_orders(orders: Collection[Order], *, actor: Principal, at: datetime) -> None:
    """Lead locked orders on which no case asks for money any more back to where they stood before."""
    asked = orders_with_claims(order.pk for order in orders)
    drafts = [
        RefundDraft(order.pk, R.PARTLY, order.refund_amount)
        if order.refund_amount
        else RefundDraft(order.pk, R.NONE, ZERO)
        for order in orders
        if order.refund_status == R.REQUESTED and order.pk not in asked
    ]
    if drafts:
        raise_first(move_refunds(drafts, actor=actor, at=at).refused)


def orders_with_claims(order_ids: Iterable[int]) -> set[int]:
    """Return which of these orders have a live case whose money is neither paid nor refused."""
    claims = Case.objects.live().filter(ASKS, order_id__in=list(order_ids))
    return set(claims.values_list("order_id", flat=True))


def refusals_to_withdraw(order_ids: Iterable[int]) -> dict[int, Refused]:
    """Return, by the order's id, why its refund stays: the eldest case that still asks for money."""
    claims = Case.objects.live().filter(ASKS, order_id__in=list(order_ids)).order_by("-pk")
    detail = _("%(case)s still asks for money of %(order)s: reject or withdraw the case, the order follows.")
    return {
        order_id: CaseAsksForMoney(detail, case=number, order=order_number)
        for order_id, number, order_number in claims.values_list("order_id", "number", "order__number")
    }


def told_without_case(case: Case) -> tuple[dict[int | None, Decimal], Decimal]:
    """Return what was refunded of a case's order since it was opened, and paid for no other case.

    By the order's line (None: the freight), and in all. A file or the platform's page may tell of a refund before
    whoever works on its case does; it is the same money.
    """
    told = Refund.objects.filter(order=case.order_id, refunded_at__gt=case.created_at)
    by_line: dict[int | None, Decimal] = dict(
        told.values_list("line").annotate(Sum("amount")).order_by("line")
    )
    others = Case.objects.filter(order=case.order_id, refunded_at__gte=case.created_at).exclude(pk=case.pk)
    paid = others.aggregate(paid=Sum("refunded_amount"))["paid"] or ZERO
    return by_line, max(sum(by_line.values(), ZERO) - paid, ZERO)
