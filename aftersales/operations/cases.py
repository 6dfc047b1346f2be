"""What every verb of a case needs: locks, moves on both tracks, clocks, and the word to the outside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from aftersales.choices import (
    CASE_MOVES,
    CASE_REFUND_MOVES,
    OVER,
    CaseRefund,
    CaseStatus,
)
from aftersales.models import Case, CaseLine
from ops_portal.desk.queries import team_calendars
from ops_portal.lib.clocks import working_deadline
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.states import (
    IllegalMove,
    RoleMayNotMove,
    illegal_move,
    move_all,
    move_record,
    record_moves,
)
from ops_portal.outbox.operations import recording as outbox

KIND = CASE_MOVES.kind
SETTLED = frozenset({CaseRefund.PAID, CaseRefund.REFUSED})
Check = Callable[[Case], Refused | None]


class NoSuchCase(Refused):
    """The case does not exist."""

    code = "no_such_case"
    status_code = 404


class Refusals:
    """Refusals by draft, and the cases that are still to be worked, each once."""

    def __init__(self) -> None:
        self.by_index: dict[int, Refused] = {}
        self.ready: dict[int, Case] = {}  # by the draft's index

    def outcome(self, done: Sequence[Case]) -> Outcome[Case]:
        """Return what was done, and the refusals in the sequence of the drafts."""
        return Outcome(list(done), sorted(self.by_index.items()))


def lock_cases(case_ids: Iterable[int]) -> dict[int, Case]:
    """Lock cases in primary-key order and return them by id."""
    locked = (
        Case.objects.filter(pk__in=set(case_ids)).order_by("pk").select_for_update(no_key=True, of=("self",))
    )
    return {case.pk: case for case in locked}


def pick(
    case_ids: Sequence[int], to: CaseStatus, *, actor: Principal, checks: Sequence[Check] = ()
) -> tuple[Refusals, dict[int, Case]]:
    """Lock cases and tell those that may move to ``to`` from those that may not. A case named again is refused."""
    cases = lock_cases(case_ids)
    found = Refusals()
    for index, case_id in enumerate(case_ids):
        case = cases.get(case_id)
        if case is None:
            found.by_index[index] = NoSuchCase(_("There is no such case."))
            continue
        refusal = unable(case, to, actor)
        if refusal is None and any(case is other for other in found.ready.values()):
            refusal = illegal_move(case, to)
        refusal = refusal or next((no for check in checks if (no := check(case)) is not None), None)
        if refusal is None:
            found.ready[index] = case
        else:
            found.by_index[index] = refusal
    return found, cases


def unable(case: Case, to: CaseStatus, actor: Principal) -> Refused | None:
    """Return why ``actor`` can't move the case to ``to``, or None."""
    move = CASE_MOVES.find(case.status, to)
    if move is None:
        return illegal_move(case, to)
    if not actor.may(move.roles):
        return role_may_not(case.number, case.get_status_display(), dict(CaseStatus.choices)[to])
    return None


def role_may_not(number: str, here: Any, there: Any) -> RoleMayNotMove:
    """Return the refusal of a move that is not one of the actor's roles."""
    detail = _("Your role may not move %(number)s from “%(here)s” to “%(there)s”.")
    return RoleMayNotMove(detail, number=number, here=str(here), there=str(there))


def move(
    cases: Sequence[Case], to: CaseStatus, *, actor: Principal, at: datetime, reason: str = ""
) -> Sequence[Case]:
    """Move cases that ``pick`` has passed."""
    outcome = move_all(cases, to, table=CASE_MOVES, actor=actor, at=at, reason=reason)
    for _index, refusal in outcome.refused:
        raise refusal
    for case in outcome.done:
        case.updated_at = at
    return outcome.done


def unable_refund(case: Case, to: CaseRefund, actor: Principal) -> Refused | None:
    """Return why ``actor`` can't move the refund of the case to ``to``, or None."""
    arrow = CASE_REFUND_MOVES.find(case.refund_status, to)
    here, there = case.get_refund_status_display(), dict(CaseRefund.choices)[to]
    if arrow is None:
        detail = _("The refund of %(number)s is “%(here)s”; it can't become “%(there)s”.")
        return IllegalMove(detail, number=case.number, here=str(here), there=str(there))
    if not actor.may(arrow.roles):
        return role_may_not(case.number, here, there)
    return None


def move_refund(
    cases: Sequence[Case], to: CaseRefund, *, actor: Principal, at: datetime, reason: str = ""
) -> None:
    """Move locked cases on the track of the money, and write who moved them."""
    if not cases:
        return
    records = [
        move_record(
            CASE_REFUND_MOVES.kind, case.number, case.refund_status, to, actor=actor, at=at, reason=reason
        )
        for case in cases
    ]
    for case in cases:
        case.refund_status, case.updated_at = to, at
    record_moves(records)


def set_clocks(cases: Sequence[Case], queue: str, within: timedelta, *, at: datetime) -> None:
    """Give locked cases that enter ``queue`` its time; what is to be written is left to the caller."""
    if not cases:
        return
    due = working_deadline(at, within, team_calendars([queue])[queue])
    for case in cases:
        case.due_at = due


def stop_clocks(cases: Iterable[Case]) -> None:
    """Take both clocks off cases that nobody has to work any more; what is to be written is left to the caller."""
    for case in cases:
        case.due_at = case.platform_due_at = case.paused_at = case.time_left = None


def lines_of(cases: Iterable[Case]) -> dict[int, list[CaseLine]]:
    """Return the lines of cases by the case's id, in the sequence of the order's lines."""
    lines: dict[int, list[CaseLine]] = defaultdict(list)
    found = CaseLine.objects.filter(case__in=[case.pk for case in cases]).select_related("order_line")
    for line in found.order_by("case_id", "order_line__position"):
        lines[line.case_id].append(line)
    return lines


def is_settled(case: Case) -> bool:
    """Tell whether money and goods of a case are settled."""
    money = case.refund_status in SETTLED or (case.refund_status == CaseRefund.NONE and not case.amount)
    goods = CASE_MOVES.find(case.status, CaseStatus.CLOSED) is not None and not waits_for_goods(case)
    return money and goods


def waits_for_goods(case: Case) -> bool:
    """Tell whether goods of the case are still to come or to be inspected."""
    return case.kind != "refund_only" and case.status not in (CaseStatus.INSPECTED, *OVER)


def close_settled(cases: Sequence[Case], *, actor: Principal, at: datetime) -> list[Case]:
    """Close those of the locked cases of which both tracks are settled; return them."""
    settled = [case for case in cases if is_settled(case)]
    if settled:
        stop_clocks(settled)
        Case.objects.bulk_update(settled, ["due_at", "platform_due_at", "paused_at", "time_left"])
        move(settled, CaseStatus.CLOSED, actor=actor, at=at)
        announce("closed", settled, actor=actor, at=at)
    return settled


def announce(what: str, cases: Sequence[Case], *, actor: Principal, at: datetime) -> None:
    """Leave the word for those outside who may hear of these cases: the partners of their lines' brands."""
    if not cases:
        return
    brands: dict[int, set[str]] = defaultdict(set)
    found = CaseLine.objects.filter(
        case__in=[case.pk for case in cases], order_line__sku__isnull=False
    ).values_list("case_id", "order_line__sku__product__brand__code")
    for case_id, code in found.distinct():
        brands[case_id].add(code)
    outbox.record(
        [
            outbox.EventDraft(
                f"case.{what}",
                KIND,
                case.number,
                frozenset(brands[case.pk]),
                {"type": case.kind, "status": case.status, "refund_status": case.refund_status},
            )
            for case in cases
        ],
        actor=actor,
        at=at,
    )
