"""The refund axis of an order, beside its status."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import cast

from django.utils.translation import gettext_lazy as _

from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.states import IllegalMove, RoleMayNotMove, move_record, record_moves
from orders.choices import REFUND_MOVES, RefundStatus
from orders.drafts import ZERO, RefundDraft
from orders.models import Order, OrderLine
from orders.operations.amounts import refund_parts, refund_too_high
from orders.operations.intercepting import follow_refunds
from orders.operations.moving import NoSuchOrder, lock_orders
from orders.operations.refunded import RefundPart, differences, shares, write_refunds
from orders.operations.telling import REFUND_CHANGED, tell_orders
from orders.signals import before_refund_withdrawn, orders_changed

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


class NoSuchLine(Refused):
    """The order has no such line."""

    code = "no_such_line"


class LineRefundsDiffer(Refused):
    """What is refunded of the lines leaves more, or less, than the freight can take."""

    code = "line_refunds_differ"


@operation
def move_refunds(drafts: Sequence[RefundDraft], *, actor: Principal, at: datetime) -> Outcome[Order]:
    """Move orders on the refund axis; ``amount`` is the sum refunded so far and stays where none is refunded yet.

    Partly refunded means more than nothing, fully refunded all that the order is worth; the sum never falls. A
    request is withdrawn to where the order stood: to none, or to partly where something was refunded before.
    What is newly refunded is noted as ``Refund``, line by line.

    Refuses NoSuchOrder, IllegalMove, RoleMayNotMove, RefundTooHigh, RefundNotPositive, RefundLowered,
    RefundNotFull, RefundStands, NoSuchLine, LineRefundsDiffer, and a withdrawal that a floor above forbids.
    """
    orders = lock_orders(draft.order_id for draft in drafts)
    kept = forbidden_withdrawals(drafts, orders)
    lines = lines_by_order(draft.order_id for draft in drafts if draft.status in REFUNDED)
    outcome: Outcome[Order] = Outcome()
    records = []
    parts: list[RefundPart] = []
    for index, draft in enumerate(drafts):
        order = orders.get(draft.order_id)
        refusal = (
            NoSuchOrder(_("There is no such order."))
            if order is None
            else refusal_of(order, draft, actor) or (kept.get(order.pk) if withdraws(order, draft) else None)
        )
        if order is None or refusal is not None:
            outcome.refused.append((index, refusal or NoSuchOrder()))
            continue
        if draft.status in REFUNDED:
            refunds = refunds_on_lines(order, lines[order.pk], draft)
            if isinstance(refunds, Refused):
                outcome.refused.append((index, refunds))
                continue
            parts += taken_over(order, lines[order.pk], refunds, draft.amount, at=at)
        records.append(
            move_record(
                REFUND_MOVES.kind, order.number, order.refund_status, draft.status, actor=actor, at=at
            )
        )
        order.refund_status, order.updated_at = draft.status, at
        outcome.done.append(order)
    Order.objects.bulk_update(set(outcome.done), ["refund_status", "refund_amount", "updated_at"])
    changed = {part.order_id for part in parts}
    OrderLine.objects.bulk_update([line for pk in changed for line in lines[pk]], ["refund_amount"])
    write_refunds(parts, actor=actor)
    record_moves(records)
    follow_refunds(outcome.done, at=at)
    moved = dict.fromkeys(order.pk for order in outcome.done)
    tell_orders([(REFUND_CHANGED, moved)], actor=actor, at=at)
    days = {(order.shop_id, order.placed_on) for order in outcome.done}
    if days:
        orders_changed.send(Order, days=days, actor=actor, at=at)
    return outcome


def withdraws(order: Order, draft: RefundDraft) -> bool:
    """Tell whether the draft takes a request back: the order moves on, and nothing more is refunded of it."""
    return order.refund_status == R.REQUESTED != draft.status and draft.amount == order.refund_amount


def forbidden_withdrawals(drafts: Sequence[RefundDraft], orders: Mapping[int, Order]) -> dict[int, Refused]:
    """Ask the floors above which of these withdrawals may not be; return why, by the order's id."""
    asked = sorted(
        {
            draft.order_id
            for draft in drafts
            if draft.order_id in orders and withdraws(orders[draft.order_id], draft)
        }
    )
    kept: dict[int, Refused] = {}
    if asked:
        for _receiver, answer in before_refund_withdrawn.send(Order, order_ids=asked):
            kept |= cast(dict[int, Refused], answer)
    return kept


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


def lines_by_order(order_ids: Iterable[int]) -> Mapping[int, list[OrderLine]]:
    """Return the lines of orders in their sequence; none is asked for where no order is named."""
    lines: dict[int, list[OrderLine]] = defaultdict(list)
    wanted = set(order_ids)
    if wanted:
        for line in OrderLine.objects.filter(order__in=wanted).order_by("order_id", "position"):
            lines[line.order_id].append(line)
    return lines


def refunds_on_lines(
    order: Order, lines: Sequence[OrderLine], draft: RefundDraft
) -> Sequence[Decimal] | Refused:
    """Return what is refunded of each line so far, once the draft is done, or why it can't be."""
    worth = [line.amount for line in lines]
    standing = [line.refund_amount for line in lines]
    on_freight = order.refund_amount - sum(standing, ZERO)
    if not draft.lines:
        return refund_parts(draft.amount, worth, standing, freight=order.freight, on_freight=on_freight)
    said = {line.line_id: line.amount for line in draft.lines}
    if said.keys() - {line.pk for line in lines}:
        return NoSuchLine(_("%(number)s has no such line."), number=order.number)
    refunds: list[Decimal] = [said.get(line.pk, Decimal(line.refund_amount)) for line in lines]
    for line, amount in zip(lines, refunds, strict=True):
        place = f"{order.number}/{line.position}"
        too_high = refund_too_high(place, amount, line.amount)
        if too_high is not None:
            return too_high
        if amount < line.refund_amount:
            detail = _("%(refunded)s of %(number)s is refunded already; the sum can't fall to %(amount)s.")
            return RefundLowered(detail, number=place, amount=str(amount), refunded=str(line.refund_amount))
    left = draft.amount - sum(refunds, ZERO)
    if not on_freight <= left <= order.freight:
        detail = _("The lines of %(number)s add up to %(lines)s; with its freight that can't be %(amount)s.")
        return LineRefundsDiffer(
            detail, number=order.number, lines=str(sum(refunds, ZERO)), amount=str(draft.amount)
        )
    return refunds


def taken_over(
    order: Order, lines: Sequence[OrderLine], refunds: Sequence[Decimal], amount: Decimal, *, at: datetime
) -> Sequence[RefundPart]:
    """Give the order and its lines what is refunded so far; return what of it is new."""
    before = shares(order.refund_amount, [(line.position, line.refund_amount) for line in lines])
    for line, refunded in zip(lines, refunds, strict=True):
        line.refund_amount = refunded
    order.refund_amount = amount
    after = shares(amount, [(line.position, line.refund_amount) for line in lines])
    return list(differences(order.pk, before, after, at=at))
