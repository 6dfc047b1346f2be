"""The refund axis of an order, beside its status."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.states import IllegalMove, RoleMayNotMove, move_record, record_moves
from orders.choices import REFUND_MOVES, RefundStatus
from orders.drafts import RefundDraft
from orders.models import Order
from orders.operations.amounts import refund_too_high
from orders.operations.moving import NoSuchOrder, lock_orders
from orders.signals import orders_changed

R = RefundStatus
REFUNDED = frozenset({R.PARTLY, R.FULLY})


class RefundNotPositive(Refused):
    """A refund is more than nothing."""

    code = "refund_not_positive"


class RefundLowered(Refused):
    """Less would be refunded than has been already."""

    code = "refund_lowered"


class RefundNotFull(Refused):
    """What is called refunded in full is less than the order is worth."""

    code = "refund_not_full"


class RefundStands(Refused):
    """Money has been given back; the order can't count as never refunded."""

    code = "refund_stands"


@operation
def move_refunds(drafts: Sequence[RefundDraft], *, actor: Principal, at: datetime) -> Outcome[Order]:
    """Move orders on the refund axis; ``amount`` is the sum refunded so far and stays where none is refunded yet.

    Partly refunded means more than nothing, fully refunded all that the order is worth; the sum never falls. A
    request is withdrawn to where the order stood: to none, or to partly where something was refunded before.

    Refuses NoSuchOrder, IllegalMove, RoleMayNotMove, RefundTooHigh, RefundNotPositive, RefundLowered,
    RefundNotFull, RefundStands.
    """
    orders = lock_orders(draft.order_id for draft in drafts)
    outcome: Outcome[Order] = Outcome()
    records = []
    for index, draft in enumerate(drafts):
        order = orders.get(draft.order_id)
        refusal = (
            NoSuchOrder(_("There is no such order.")) if order is None else refusal_of(order, draft, actor)
        )
        if order is None or refusal is not None:
            outcome.refused.append((index, refusal or NoSuchOrder()))
            continue
        records.append(
            move_record(
                REFUND_MOVES.kind, order.number, order.refund_status, draft.status, actor=actor, at=at
            )
        )
        order.refund_status, order.updated_at = draft.status, at
        if draft.status in REFUNDED:
            order.refund_amount = draft.amount
        outcome.done.append(order)
    Order.objects.bulk_update(set(outcome.done), ["refund_status", "refund_amount", "updated_at"])
    record_moves(records)
    days = {(order.shop_id, order.placed_on) for order in outcome.done}
    if days:
        orders_changed.send(Order, days=days, actor=actor, at=at)
    return outcome


def refusal_of(order: Order, draft: RefundDraft, actor: Principal) -> Refused | None:
    """Return why the draft can't be done, or None."""
    number, amount, total = order.number, str(draft.amount), str(order.total)
    labels = dict(RefundStatus.choices)
    here, there = (str(labels.get(status, status)) for status in (order.refund_status, draft.status))
    move = REFUND_MOVES.find(order.refund_status, draft.status)
    if move is None:
        detail = _("The refund of %(number)s is “%(here)s”; it can't become “%(there)s”.")
        return IllegalMove(detail, number=number, here=here, there=there)
    if not actor.may(move.roles):
        detail = _("Your role may not move %(number)s from “%(here)s” to “%(there)s”.")
        return RoleMayNotMove(detail, number=number, here=here, there=there)
    too_high = refund_too_high(number, draft.amount, order.total)
    if too_high is not None:
        return too_high
    if draft.amount < 0 or (draft.status in REFUNDED and not draft.amount):
        detail = _("%(amount)s is no refund; give the sum that was refunded of %(number)s so far.")
        return RefundNotPositive(detail, number=number, amount=amount)
    if draft.status in REFUNDED and draft.amount < order.refund_amount:
        detail = _("%(refunded)s of %(number)s is refunded already; the sum can't fall to %(amount)s.")
        return RefundLowered(detail, number=number, amount=amount, refunded=str(order.refund_amount))
    if draft.status == R.FULLY and draft.amount != order.total:
        detail = _("%(number)s is worth %(total)s; with %(amount)s it is partly refunded.")
        return RefundNotFull(detail, number=number, amount=amount, total=total)
    if draft.status == R.NONE and order.refund_amount:
        detail = _("%(refunded)s of %(number)s is refunded already; withdraw the request to partly refunded.")
        return RefundStands(detail, number=number, refunded=str(order.refund_amount))
    return None
