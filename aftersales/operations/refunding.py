"""The track of the money: refunded or refused; then both tracks are closed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from aftersales.choices import CaseRefund, CaseStatus
from aftersales.drafts import ZERO, PaymentDraft
from aftersales.models import Case, CaseLine
from aftersales.operations.axis import hold_orders, orders_with_claims, release_orders, told_without_case
from aftersales.operations.cases import (
    NoSuchCase,
    Refusals,
    announce,
    close_settled,
    is_settled,
    lines_of,
    lock_cases,
    move_refund,
    pick,
    unable_refund,
)
from aftersales.operations.deciding import AlreadyRefunded, ReasonNeeded
from ops_portal.lib.principals import Principal, job, operation
from ops_portal.lib.refusals import Outcome, Refused, raise_first
from orders.choices import RESERVED_IN, OrderStatus, RefundStatus
from orders.drafts import LineRefundDraft, RefundDraft
from orders.models import Order, OrderLine
from orders.operations.moving import cancel_orders, lock_orders
from orders.operations.refunding import move_refunds

PAYABLE = frozenset({CaseStatus.APPROVED, CaseStatus.IN_TRANSIT, CaseStatus.RECEIVED, CaseStatus.INSPECTED})
NOT_SHIPPED = frozenset(RESERVED_IN | {OrderStatus.SHORT, OrderStatus.UNMAPPED})
# What the buyer has back in full is not shipped any more.
ORDER_ENDS = job("aftersales.refund_cases")


class Payment(NamedTuple):
    """A draft beside its locked case and the lines of it."""

    place: int
    case: Case
    draft: PaymentDraft
    lines: Sequence[CaseLine]


class NotApproved(Refused):
    """Money is paid for cases that were approved."""

    code = "not_approved"


class MoreThanAsked(Refused):
    """More would be paid than the case asks for, or less than nothing."""

    code = "more_than_asked"


class NotSettled(Refused):
    """Money or goods of the case are still open."""

    code = "not_settled"


@operation
def refund_cases(drafts: Sequence[PaymentDraft], *, actor: Principal, at: datetime) -> Outcome[Case]:
    """Note that cases were paid, at any time after their approval; each once, in whole or less than was asked.

    The order's refund follows line by line; what the platform told of it since the case was opened isn't counted twice.
    An order that was not shipped yet and has all its money back is cancelled, and its stock released. Refuses
    NoSuchCase, AlreadyRefunded, IllegalMove, RoleMayNotMove, NotApproved, MoreThanAsked, and what ``move_refunds``
    refuses.
    """
    cases = lock_cases(draft.case_id for draft in drafts)
    lock_orders(case.order_id for case in cases.values())
    lines = lines_of(cases.values())
    found = Refusals()
    waiting: list[Payment] = []
    for index, draft in enumerate(drafts):
        case = cases.get(draft.case_id)
        if case is None:
            found.by_index[index] = NoSuchCase(_("There is no such case."))
        else:
            waiting.append(Payment(index, case, draft, lines[case.pk]))
    while waiting:
        turn, waiting = one_of_each_order(waiting)
        payable = []
        for payment in turn:
            refusal = unpayable(payment.case, payment.draft, payment.lines, actor)
            if refusal is None:
                payable.append(payment)
            else:
                found.by_index[payment.place] = refusal
        found.by_index |= pay(payable, actor=actor, at=at)
        found.ready |= {each.place: each.case for each in payable if each.place not in found.by_index}
    done = [found.ready[index] for index in sorted(found.ready)]
    announce("refunded", done, actor=actor, at=at)
    settle_orders(done, actor=actor, at=at)
    close_settled(done, actor=actor, at=at)
    return found.outcome(done)


def one_of_each_order(waiting: Sequence[Payment]) -> tuple[list[Payment], list[Payment]]:
    """Part payments into the first of each order, and those that come after them."""
    turn: dict[int, Payment] = {}
    later = []
    for payment in waiting:
        if turn.setdefault(payment.case.order_id, payment) is not payment:
            later.append(payment)
    return list(turn.values()), later


def unpayable(case: Case, draft: PaymentDraft, lines: Sequence[CaseLine], actor: Principal) -> Refused | None:
    """Return why a case can't be paid, or None."""
    if case.refund_status == CaseRefund.PAID:
        detail = _("%(number)s was refunded before, with %(amount)s; nothing is paid twice.")
        return AlreadyRefunded(detail, number=case.number, amount=str(case.refunded_amount))
    refusal = unable_refund(case, CaseRefund.PAID, actor)
    if refusal is not None:
        return refusal
    if case.status not in PAYABLE:
        detail = _("%(number)s is “%(here)s”; only an approved case is paid.")
        return NotApproved(detail, number=case.number, here=str(case.get_status_display()))
    asked = {line.pk: line.amount for line in lines}
    parts, freight = payment_of(case, draft, lines)
    fits = (
        set(parts) <= set(asked)
        and all(0 <= amount <= asked[pk] for pk, amount in parts.items())
        and 0 <= freight <= case.freight_amount
        and sum(parts.values(), freight) > 0
    )
    if not fits:
        detail = _("%(number)s asks for %(amount)s; pay no more of any line, and more than nothing.")
        return MoreThanAsked(detail, number=case.number, amount=str(case.amount))
    return None


def payment_of(
    case: Case, draft: PaymentDraft, lines: Sequence[CaseLine]
) -> tuple[dict[int, Decimal], Decimal]:
    """Return what a draft pays of each line, by its id, and of the freight."""
    if draft.lines is None:
        parts = {line.pk: line.amount for line in lines}
        return parts, case.freight_amount if draft.freight_amount is None else draft.freight_amount
    return {part.case_line_id: part.amount for part in draft.lines}, draft.freight_amount or ZERO


def pay(payments: Sequence[Payment], *, actor: Principal, at: datetime) -> dict[int, Refused]:
    """Write payments on locked cases, one an order, and lead the refunds of their orders there.

    Returns why payments are refused, by the place of their draft.
    """
    new = {}
    for each in payments:
        parts, freight = payment_of(each.case, each.draft, each.lines)
        asked: dict[int | None, Decimal] = {
            line.order_line_id: parts.get(line.pk, ZERO) for line in each.lines
        }
        new[each.place] = newly_paid({**asked, None: freight}, *told_without_case(each.case))
    refused = refund_orders(
        [each for each in payments if any(new[each.place].values())], new, actor=actor, at=at
    )
    paid = [each for each in payments if each.place not in refused]
    by_reference: dict[str, list[Case]] = defaultdict(list)
    for each in paid:
        parts, freight = payment_of(each.case, each.draft, each.lines)
        for line in each.lines:
            line.refunded_amount = parts.get(line.pk, ZERO)
        by_reference[each.draft.reference].append(each.case)
        each.case.refunded_amount, each.case.refunded_at = sum(parts.values(), freight), at
        each.case.payment_reference = each.draft.reference
        if each.case.paused_at is None:
            each.case.due_at = None
    CaseLine.objects.bulk_update([line for each in paid for line in each.lines], ["refunded_amount"])
    for reference, cases in by_reference.items():
        move_refund(cases, CaseRefund.PAID, actor=actor, at=at, reason=reference)
    Case.objects.bulk_update(
        [each.case for each in paid],
        ["refund_status", "refunded_amount", "refunded_at", "payment_reference", "due_at", "updated_at"],
    )
    return refused


def refund_orders(
    payments: Sequence[Payment],
    new: Mapping[int, Mapping[int | None, Decimal]],
    *,
    actor: Principal,
    at: datetime,
) -> dict[int, Refused]:
    """Add to the refunds of orders what payments bring that isn't there yet.

    Returns what is refused, by the place of the draft.
    """
    orders = Order.objects.in_bulk([each.case.order_id for each in payments])
    line_ids = [pk for each in payments for pk in new[each.place] if pk]
    sofar = dict(OrderLine.objects.filter(pk__in=line_ids).values_list("pk", "refund_amount"))
    drafts = []
    for each in payments:
        order, more = orders[each.case.order_id], new[each.place]
        total = order.refund_amount + sum(more.values(), ZERO)
        status = RefundStatus.FULLY if total == order.total else RefundStatus.PARTLY
        told = tuple(LineRefundDraft(pk, sofar[pk] + part) for pk, part in more.items() if pk and part)
        drafts.append(RefundDraft(order.pk, status, total, lines=told))
    refused = move_refunds(drafts, actor=actor, at=at).refused if drafts else []
    return {payments[place].place: refusal for place, refusal in refused}


def newly_paid(
    parts: Mapping[int | None, Decimal], told: Mapping[int | None, Decimal], most: Decimal
) -> dict[int | None, Decimal]:
    """Return what of a payment stands on the order not yet, by its line (None: the freight).

    ``told`` is what stands there already, at most ``most`` in all: first on the same line, then wherever it was noted.
    """
    new = dict(parts)
    for limits in (told, new.copy()):
        for place, amount in new.items():
            known = min(amount, max(limits.get(place, ZERO), ZERO), most)
            new[place] -= known
            most -= known
    return new


def settle_orders(cases: Sequence[Case], *, actor: Principal, at: datetime) -> None:
    """Hold orders of which more is asked, let the others go, cancel those that have all back and were not shipped."""
    order_ids = {case.order_id for case in cases}
    orders = list(Order.objects.filter(pk__in=order_ids).order_by("pk"))
    asked = orders_with_claims(order_ids)
    hold_orders([order for order in orders if order.pk in asked], actor=actor, at=at)
    release_orders([order for order in orders if order.pk not in asked], actor=actor, at=at)
    over = [
        order.pk
        for order in orders
        if order.status in NOT_SHIPPED and order.refund_status == RefundStatus.FULLY
    ]
    numbers = {case.order_id: case.number for case in sorted(cases, key=lambda case: case.pk)}
    if over:
        reason = ", ".join(numbers[pk] for pk in over)[:500]
        raise_first(cancel_orders(over, actor=ORDER_ENDS, at=at, reason=reason).refused)


@operation
def refuse_refunds(
    case_ids: Sequence[int], *, actor: Principal, at: datetime, reason: str = ""
) -> Outcome[Case]:
    """Refuse the money of cases whose goods don't deserve it, and say why; their orders are let go.

    Refuses NoSuchCase, IllegalMove, RoleMayNotMove, ReasonNeeded, NotSettled (goods that are not inspected yet).
    """
    cases = lock_cases(case_ids)
    orders = lock_orders(case.order_id for case in cases.values())
    found = Refusals()
    for index, case_id in enumerate(case_ids):
        case = cases.get(case_id)
        if case is None:
            found.by_index[index] = NoSuchCase(_("There is no such case."))
            continue
        refusal = unable_refund(case, CaseRefund.REFUSED, actor)
        if refusal is None and case.refund_status != CaseRefund.DUE:
            detail = _("Decide on the money of %(number)s when its goods are inspected.")
            refusal = NotSettled(detail, number=case.number)
        if refusal is None and not reason.strip():
            detail = _("Say why the refund of %(number)s is refused; the buyer will ask.")
            refusal = ReasonNeeded(detail, number=case.number)
        if refusal is None:
            found.ready[index] = case
            move_refund([case], CaseRefund.REFUSED, actor=actor, at=at, reason=reason)
            case.due_at = None
        else:
            found.by_index[index] = refusal
    done = list(found.ready.values())
    Case.objects.bulk_update(done, ["refund_status", "due_at", "updated_at"])
    release_orders([orders[pk] for pk in sorted({case.order_id for case in done})], actor=actor, at=at)
    close_settled(done, actor=actor, at=at)
    return found.outcome(done)


@operation
def close_cases(case_ids: Sequence[int], *, actor: Principal, at: datetime) -> Outcome[Case]:
    """Close cases of which money and goods are settled; most close by themselves with the last of the two.

    Refuses NoSuchCase, IllegalMove, RoleMayNotMove, NotSettled.
    """

    def unsettled(case: Case) -> Refused | None:
        if is_settled(case):
            return None
        detail = _("%(number)s is not over: money and goods must be settled first.")
        return NotSettled(detail, number=case.number)

    found, _cases = pick(case_ids, CaseStatus.CLOSED, actor=actor, checks=(unsettled,))
    return found.outcome(close_settled(list(found.ready.values()), actor=actor, at=at))
