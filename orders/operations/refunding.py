"""The refund axis of an order, beside its status."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.states import IllegalMove, move_record, record_moves
from orders.choices import RefundStatus
from orders.drafts import RefundDraft
from orders.models import Order
from orders.operations.moving import NoSuchOrder, lock_orders
from orders.signals import orders_changed

R = RefundStatus
REFUND_KIND = "order_refund"
REFUND_WAYS: dict[str, frozenset[str]] = {
    R.NONE: frozenset({R.REQUESTED, R.PARTLY, R.FULLY}),
    R.REQUESTED: frozenset({R.NONE, R.PARTLY, R.FULLY}),
    R.PARTLY: frozenset({R.REQUESTED, R.PARTLY, R.FULLY}),
    R.FULLY: frozenset(),
}


class RefundTooHigh(Refused):
    """More would be refunded than the order is worth."""

    code = "refund_too_high"


@operation
def move_refunds(drafts: Sequence[RefundDraft], *, actor: Principal, at: datetime) -> Outcome[Order]:
    """Move orders on the refund axis; ``amount`` is the sum refunded so far and stays where none is refunded yet.

    Refuses NoSuchOrder, IllegalMove, RefundTooHigh.
    """
    orders = lock_orders(draft.order_id for draft in drafts)
    outcome: Outcome[Order] = Outcome()
    records = []
    for index, draft in enumerate(drafts):
        order = orders.get(draft.order_id)
        refusal = NoSuchOrder(_("There is no such order.")) if order is None else refusal_of(order, draft)
        if order is None or refusal is not None:
            outcome.refused.append((index, refusal or NoSuchOrder()))
            continue
        records.append(
            move_record(REFUND_KIND, order.number, order.refund_status, draft.status, actor=actor, at=at)
        )
        order.refund_status, order.updated_at = draft.status, at
        if draft.status in (R.PARTLY, R.FULLY):
            order.refund_amount = draft.amount
        outcome.done.append(order)
    Order.objects.bulk_update(set(outcome.done), ["refund_status", "refund_amount", "updated_at"])
    record_moves(records)
    days = {(order.shop_id, order.placed_on) for order in outcome.done}
    if days:
        orders_changed.send(Order, days=days, actor=actor, at=at)
    return outcome


def refusal_of(order: Order, draft: RefundDraft) -> Refused | None:
    """Return why the draft can't be done, or None."""
    if draft.status not in REFUND_WAYS[order.refund_status]:
        detail = _("The refund of %(number)s is “%(here)s”; it can't become “%(there)s”.")
        labels = dict(RefundStatus.choices)
        here, there = str(labels[RefundStatus(order.refund_status)]), str(labels[RefundStatus(draft.status)])
        return IllegalMove(detail, number=order.number, here=here, there=there)
    if draft.amount > order.total:
        detail = _("%(amount)s is more than %(number)s is worth (%(total)s).")
        return RefundTooHigh(detail, number=order.number, amount=str(draft.amount), total=str(order.total))
    return None
