"""Cases come in: from a buyer, from a platform, or with a parcel that was called back on its way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from aftersales.choices import (
    ANSWER,
    ANSWER_HOURS,
    ANSWER_HOURS_ELSEWHERE,
    BRINGS_GOODS,
    OPENERS,
    REFUNDS,
    CaseKind,
    CaseRefund,
    CaseStatus,
)
from aftersales.drafts import ZERO, CaseDraft, CaseLineDraft
from aftersales.models import Case, CaseLine
from aftersales.operations.axis import hold_orders
from aftersales.operations.cases import KIND, announce
from aftersales.operations.claims import Claims, claims_of
from ops_portal.desk.queries import team_calendars
from ops_portal.lib.clocks import working_deadline
from ops_portal.lib.numbers import next_numbers
from ops_portal.lib.principals import Principal, acting_as, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.states import RoleMayNotMove, move_record, record_moves
from orders.choices import OrderStatus
from orders.models import Order, Shop
from orders.operations.moving import NoSuchOrder, lock_orders

SENT_OUT = frozenset({OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.COMPLETED})
RACES = 3


class NotSentOut(Refused):
    """Goods come back of orders that were shipped by this portal."""

    code = "not_sent_out"


class NoSuchLine(Refused):
    """The case names a line that its order does not have, or names one twice."""

    code = "no_such_line"


class NothingAsked(Refused):
    """The case asks for neither goods nor money."""

    code = "nothing_asked"


class TooManyUnits(Refused):
    """The cases of a line would bring more units than it has."""

    code = "too_many_units"


class TooMuchMoney(Refused):
    """The cases of an order would pay back more than is left of it."""

    code = "too_much_money"


class CaseDiffers(Refused):
    """The platform's number of the case came before, of another order."""

    code = "case_differs"


@operation
def open_cases(drafts: Sequence[CaseDraft], *, actor: Principal, at: datetime) -> Outcome[Case]:
    """Open cases, each for one order; the refund axis of the order then says that a refund is under way.

    A case whose ``source_key`` came before for this order is answered with the one that stands. Refuses NoSuchOrder,
    RoleMayNotMove, NotSentOut, NoSuchLine, NothingAsked, TooManyUnits, TooMuchMoney, CaseDiffers.
    """
    for attempt in range(RACES):
        try:
            with acting_as(actor, savepoint=True):
                return open_once(drafts, actor=actor, at=at)
        except IntegrityError as error:
            # The platform's number came in by another session meanwhile: the next look finds it.
            if "case_once" not in str(error) or attempt == RACES - 1:
                raise
    raise AssertionError  # pragma: no cover - the last turn returns or raises


def open_once(drafts: Sequence[CaseDraft], *, actor: Principal, at: datetime) -> Outcome[Case]:
    """Open a batch; raises IntegrityError where a platform's number comes in by another session at once."""
    orders = lock_orders(draft.order_id for draft in drafts)
    shops = Shop.objects.in_bulk({order.shop_id for order in orders.values()})
    claims = claims_of(orders)
    standing = find_standing(drafts, orders)
    outcome: Outcome[Case] = Outcome()
    fresh: list[tuple[Case, list[CaseLine]]] = []
    calendar = team_calendars(["case_review"])["case_review"]
    for index, given in enumerate(drafts):
        order = orders.get(given.order_id)
        if order is None:
            outcome.refused.append((index, NoSuchOrder(_("There is no such order."))))
            continue
        key = (order.shop_id, given.source_key)
        known = standing.get(key) if given.source_key else None
        draft = priced(given, claims[order.pk])
        refusal = refusal_of(draft, claims[order.pk], actor, known)
        if refusal is not None:
            outcome.refused.append((index, refusal))
            continue
        if known is None:
            known, lines = case_of(draft, claims[order.pk], shops[order.shop_id], at=at)
            known.due_at = working_deadline(at, ANSWER, calendar)
            fresh.append((known, lines))
            if draft.source_key:
                standing[key] = known
        outcome.done.append(known)
    write_cases(fresh, actor=actor, at=at)
    asking = {case.order_id for case, _lines in fresh if case.amount}
    hold_orders([orders[pk] for pk in sorted(asking)], actor=actor, at=at)
    announce("opened", [case for case, _lines in fresh], actor=actor, at=at)
    return outcome


def refusal_of(draft: CaseDraft, claims: Claims, actor: Principal, known: Case | None) -> Refused | None:
    """Return why a draft can't be opened, or None; its claims are counted then."""
    order = claims.order
    number = order.number
    if not actor.may(OPENERS):
        return RoleMayNotMove(_("Your role may not open cases."), number=number)
    if known is not None:
        if known.order_id == order.pk:
            return None
        detail = _("%(key)s came before as %(case)s, of another order.")
        return CaseDiffers(detail, key=draft.source_key, case=known.number)
    if draft.kind not in REFUNDS or (draft.kind == CaseKind.RETURN and not may_return(order)):
        detail = _("Nothing of %(number)s was sent out from here; open a case of “refund only”.")
        return NotSentOut(detail, number=number)
    line_ids = [line.line_id for line in draft.lines]
    if not set(line_ids) <= set(claims.lines) or len(set(line_ids)) < len(line_ids):
        detail = _("%(number)s has no such line, or the case names one twice.")
        return NoSuchLine(detail, number=number)
    amounts = [line.amount or ZERO for line in draft.lines]
    nothing = any(
        line.units < 0 or amount < 0 or (not line.units and (not amount or draft.kind == CaseKind.RETURN))
        for line, amount in zip(draft.lines, amounts, strict=True)
    )
    if nothing or draft.freight_amount < 0 or not (draft.lines or draft.freight_amount):
        return NothingAsked(_("Say which units come back, or how much money is asked."), number=number)
    for line, amount in zip(draft.lines, amounts, strict=True):
        refusal = beyond(draft, line, amount, claims)
        if refusal is not None:
            return refusal
    if draft.freight_amount > claims.freight_left:
        return too_much(number, draft.freight_amount, claims.freight_left)
    if sum(amounts, draft.freight_amount) > claims.total_left:
        return too_much(number, sum(amounts, draft.freight_amount), claims.total_left)
    for line, amount in zip(draft.lines, amounts, strict=True):
        claims.claim(draft.kind, line.line_id, line.units, amount)
    claims.freight += draft.freight_amount
    return None


def beyond(draft: CaseDraft, line: CaseLineDraft, amount: Decimal, claims: Claims) -> Refused | None:
    """Return the refusal of a line that claims more than is left of the order's line, or None."""
    of = claims.lines[line.line_id]
    taken = max(claims.units[of.pk], claims.goods[of.pk] if draft.kind in BRINGS_GOODS else 0)
    if line.units > of.units - taken:
        detail = _("Line %(position)s of %(number)s has %(left)s units left for a case, not %(units)s.")
        return TooManyUnits(
            detail,
            position=of.position,
            number=claims.order.number,
            left=of.units - taken,
            units=line.units,
        )
    if amount > claims.left_of(of.pk):
        return too_much(claims.order.number, amount, claims.left_of(of.pk))
    return None


def too_much(number: str, asked: Decimal, left: Decimal) -> TooMuchMoney:
    """Return the refusal of a sum that is not left."""
    detail = _("%(left)s is left to be refunded of that part of %(number)s, not %(asked)s.")
    return TooMuchMoney(detail, number=number, left=str(left), asked=str(asked))


def may_return(order: Order) -> bool:
    """Tell whether goods of the order are out that the ledger of stock knows."""
    return order.touches_stock and order.status in SENT_OUT


def priced(draft: CaseDraft, claims: Claims) -> CaseDraft:
    """Return the draft with an amount on each line: where none was named, what the units are worth of what is left."""
    lines = tuple(
        replace(line, amount=claims.unit_share(line.line_id, line.units))
        if line.amount is None and line.line_id in claims.lines
        else line
        for line in draft.lines
    )
    return replace(draft, lines=lines)


def find_standing(drafts: Sequence[CaseDraft], orders: dict[int, Order]) -> dict[tuple[int, str], Case]:
    """Return the cases that carry a platform's number of the drafts, by shop and number."""
    keys = {draft.source_key for draft in drafts if draft.source_key}
    if not keys:
        return {}
    shops = {order.shop_id for order in orders.values()}
    found = Case.objects.filter(source_key__in=keys, shop__in=shops)
    return {(case.shop_id, case.source_key): case for case in found}


def case_of(draft: CaseDraft, claims: Claims, shop: Shop, *, at: datetime) -> tuple[Case, list[CaseLine]]:
    """Return a case and its lines as rows to be written; its claims have been counted."""
    order = claims.order
    lines = [
        CaseLine(order_line=claims.lines[line.line_id], units=line.units, amount=line.amount or ZERO)
        for line in draft.lines
    ]
    requested_at = draft.requested_at or at
    hours = ANSWER_HOURS.get(shop.platform, ANSWER_HOURS_ELSEWHERE)
    case = Case(
        kind=draft.kind,
        status=CaseStatus.REQUESTED,
        refund_status=CaseRefund.NONE,
        order=order,
        shop=shop,
        source_key=draft.source_key,
        reason=draft.reason,
        description=draft.description,
        liable=draft.liable,
        liability_note=draft.liability_note,
        currency=order.currency,
        amount=sum((line.amount for line in lines), draft.freight_amount),
        freight_amount=draft.freight_amount,
        requested_at=requested_at,
        platform_due_at=draft.platform_due_at or requested_at + timedelta(hours=hours),
        created_at=at,
        updated_at=at,
    )
    return case, lines


def write_cases(fresh: Sequence[tuple[Case, list[CaseLine]]], *, actor: Principal, at: datetime) -> None:
    """Number and write cases with their lines, and record their birth."""
    if not fresh:
        return
    for (case, _lines), number in zip(fresh, next_numbers("AS", len(fresh)), strict=True):
        case.number = number
    Case.objects.bulk_create(case for case, _lines in fresh)
    for case, lines in fresh:
        for line in lines:
            line.case = case
    CaseLine.objects.bulk_create(line for _case, lines in fresh for line in lines)
    record_moves(
        [move_record(KIND, case.number, "", case.status, actor=actor, at=at) for case, _lines in fresh]
    )
