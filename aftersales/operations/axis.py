"""How a case holds the refund axis of its order, and lets it go."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal

from aftersales.choices import REFUNDS, CaseRefund
from aftersales.models import Case
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import raise_first
from orders.choices import RefundStatus
from orders.drafts import RefundDraft
from orders.models import Order
from orders.operations.refunding import move_refunds

R = RefundStatus
ZERO = Decimal("0.00")


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
    claims = (
        Case.objects.live()
        .filter(
            order_id__in=list(order_ids),
            kind__in=sorted(REFUNDS),
            amount__gt=0,
            refund_status__in=(CaseRefund.NONE, CaseRefund.DUE),
        )
        .values_list("order_id", flat=True)
    )
    return set(claims)
