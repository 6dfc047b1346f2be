"""What becomes of price changes that wait, and of special prices before their time is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from catalog.choices import PRICE_CHANGE_MOVES, PriceChangeStatus
from catalog.models import PriceChange
from catalog.operations.price_changes import apply, check_still, locked_lines, pick_changes
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused, raise_first
from ops_portal.lib.states import illegal_move, move_all

S = PriceChangeStatus


class OwnChange(Refused):
    """Whoever asked for the change doesn't decide on it."""

    code = "own_change"


class PersonNeeded(Refused):
    """A decision is a person's, not a machine's."""

    code = "person_needed"


class ReasonMissing(Refused):
    """Whoever rejects a change says why."""

    code = "reason_needed"


class NothingToEnd(Refused):
    """Prices without an end, or whose time is over, are not ended."""

    code = "nothing_to_end"


@operation
def approve_price_changes(numbers: Sequence[str], *, actor: Principal, at: datetime) -> Outcome[PriceChange]:
    """Allow changes below the floor: their prices hold now, or from their moment on.

    Refuses NoSuchChange, IllegalMove, RoleMayNotMove, PersonNeeded, OwnChange, PriceMoved, BadMoment, PeriodTaken.
    """
    picked = pick_changes(numbers, S.APPLIED, lambda change: unable_to_decide(change, S.APPLIED, actor))
    lines = locked_lines(picked.documents)
    for index, change in list(picked.ready.items()):
        try:
            check_still(change, lines[change.pk], at=at)
        except Refused as refusal:
            picked.refuse(index, refusal)
    decide(picked.documents, S.APPLIED, actor=actor, at=at)
    apply([line for change in picked.documents for line in lines[change.pk]], actor=actor, at=at)
    return picked.outcome()


@operation
def reject_price_changes(
    numbers: Sequence[str], *, reason: str, actor: Principal, at: datetime
) -> Outcome[PriceChange]:
    """Turn changes down, saying why.

    Refuses NoSuchChange, IllegalMove, RoleMayNotMove, PersonNeeded, OwnChange, ReasonMissing.
    """
    if not reason.strip():
        raise ReasonMissing(_("Say why."))
    picked = pick_changes(numbers, S.REJECTED, lambda change: unable_to_decide(change, S.REJECTED, actor))
    decide(picked.documents, S.REJECTED, actor=actor, at=at, reason=reason.strip()[:500])
    return picked.outcome()


@operation
def withdraw_price_changes(numbers: Sequence[str], *, actor: Principal, at: datetime) -> Outcome[PriceChange]:
    """Take back changes that nobody has decided on. Refuses NoSuchChange, IllegalMove, RoleMayNotMove."""
    picked = pick_changes(numbers, S.WITHDRAWN, lambda change: unable_to_move(change, S.WITHDRAWN))
    move(picked.documents, S.WITHDRAWN, actor=actor, at=at)
    return picked.outcome()


@operation
def end_price_changes(numbers: Sequence[str], *, actor: Principal, at: datetime) -> Outcome[PriceChange]:
    """End special prices before their time is over, or before they begin; what lies under them holds again.

    Refuses NoSuchChange, IllegalMove, RoleMayNotMove, NothingToEnd.
    """
    picked = pick_changes(numbers, S.ENDED, lambda change: unable_to_end(change, at))
    for change in picked.documents:
        change.ended_at = at
    PriceChange.objects.bulk_update(picked.documents, ["ended_at"])
    move(picked.documents, S.ENDED, actor=actor, at=at)
    return picked.outcome()


def unable_to_move(change: PriceChange, to: str) -> Refused | None:
    """Return the refusal of a move that the table doesn't have, or None."""
    return illegal_move(change, to) if PRICE_CHANGE_MOVES.find(change.status, to) is None else None


def unable_to_decide(change: PriceChange, to: str, actor: Principal) -> Refused | None:
    """Return why ``actor`` can't decide on a change, or None."""
    if change.status != S.WAITING:
        return illegal_move(change, to)
    if actor.user_id is None:
        return PersonNeeded(_("A price change is decided on by people."))
    if actor.user_id == change.requester_id:
        return OwnChange(_("You asked for %(number)s; somebody else decides on it."), number=change.number)
    return None


def unable_to_end(change: PriceChange, at: datetime) -> Refused | None:
    """Return why the prices of a change can't be ended, or None."""
    if change.status == S.APPLIED and (change.until is None or change.until <= at):
        detail = _("%(number)s has no end to come; set another price instead.")
        return NothingToEnd(detail, number=change.number)
    return unable_to_move(change, S.ENDED)


def decide(
    changes: Sequence[PriceChange], to: str, *, actor: Principal, at: datetime, reason: str = ""
) -> None:
    """Move picked changes, noting who decided."""
    for change in changes:
        change.decider_id = actor.user_id
    PriceChange.objects.bulk_update(changes, ["decider"])
    move(changes, to, actor=actor, at=at, reason=reason)


def move(
    changes: Sequence[PriceChange], to: str, *, actor: Principal, at: datetime, reason: str = ""
) -> None:
    """Stop the clocks of picked changes and move them; what the table refuses to this role undoes all."""
    for change in changes:
        change.due_at = change.paused_at = change.time_left = None
    PriceChange.objects.bulk_update(changes, ["due_at", "paused_at", "time_left"])
    raise_first(move_all(changes, to, table=PRICE_CHANGE_MOVES, actor=actor, at=at, reason=reason).refused)
