"""Tickets are taken, answered, closed, rejected, opened again; their clock stands and goes on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from feedback.choices import (
    FIRST_ANSWER_WITHIN,
    ITEM_MOVES,
    WAITING_FOR_US,
    WORKERS,
    CloseReason,
    ItemStatus,
    ItemType,
    Priority,
    RejectReason,
)
from feedback.drafts import AnswerDraft
from feedback.models import Answer, FeedbackItem
from ops_portal.desk.drafts import Assignment
from ops_portal.desk.operations.assigning import take_documents
from ops_portal.desk.operations.pausing import pause_clocks, resume_clocks
from ops_portal.desk.queries import team_calendar
from ops_portal.lib.clocks import working_deadline
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.rows import insert_rows
from ops_portal.lib.states import RoleMayNotMove, illegal_move, move_all

KIND: Final = ITEM_MOVES.kind
LONGEST_ANSWER: Final = 4000

Check = Callable[[FeedbackItem], Refused | None]


class NoSuchTicket(Refused):
    """The feedback item does not exist, or was taken back."""

    code = "no_such_ticket"
    status_code = 404


class NotInTheTable(Refused):
    """The value is none of those that the field knows."""

    code = "not_in_the_table"
    status_code = 422


class AnswerEmpty(Refused):
    """The answer says nothing."""

    code = "answer_empty"
    status_code = 422


class AnswerTooLong(Refused):
    """The answer is longer than answers may be."""

    code = "answer_too_long"
    status_code = 422


class AnsweredMeanwhile(Refused):
    """Somebody answered after the writer had last looked."""

    code = "answered_meanwhile"


class NotAnswered(Refused):
    """A complaint or an urgent item is not closed without an answer."""

    code = "not_answered"


class NotWaiting(Refused):
    """Nobody waits for us with this item, so no clock runs."""

    code = "not_waiting"


def lock_items(numbers: Iterable[str]) -> dict[str, FeedbackItem]:
    """Lock standing items in primary-key order and return them by number."""
    locked = FeedbackItem.objects.standing().filter(number__in=set(numbers)).order_by("pk")
    return {item.number: item for item in locked.select_for_update(no_key=True, of=("self",))}


def no_such_ticket(number: str) -> NoSuchTicket:
    return NoSuchTicket(_("There is no feedback item %(number)s."), number=number)


def move_items(
    numbers: Sequence[str],
    to: ItemStatus,
    *,
    checks: Sequence[Check] = (),
    ends_clock: bool = False,
    actor: Principal,
    at: datetime,
    reason: str = "",
) -> Outcome[FeedbackItem]:
    """Lock, ask the checks, move those that pass; refused by index of ``numbers``. A repeated number moves once.

    With ``ends_clock`` the clocks are taken off first: what waits for nobody has none.
    """
    items = lock_items(numbers)
    outcome: Outcome[FeedbackItem] = Outcome()
    ready: list[tuple[int, FeedbackItem]] = []
    for index, number in enumerate(numbers):
        item = items.get(number)
        refusal: Refused | None
        if item is None:
            refusal = no_such_ticket(number)
        elif (move := ITEM_MOVES.find(item.status, to)) is None or any(item is other for _i, other in ready):
            refusal = illegal_move(item, to)
        elif not actor.may(move.roles):
            refusal = RoleMayNotMove(_("Your role may not work on feedback."))
        else:
            refusal = next((no for check in checks if (no := check(item)) is not None), None)
        if refusal is None and item is not None:
            ready.append((index, item))
        elif refusal is not None:
            outcome.refused.append((index, refusal))
    items_ready = [item for _i, item in ready]
    if ends_clock and items_ready:
        end_clocks(items_ready, actor=actor, at=at)
    moved = move_all(items_ready, to, table=ITEM_MOVES, actor=actor, at=at, reason=reason)
    outcome.done = moved.done
    outcome.refused += [(ready[position][0], refusal) for position, refusal in moved.refused]
    outcome.refused.sort(key=lambda pair: pair[0])
    return outcome


def end_clocks(items: Sequence[FeedbackItem], *, actor: Principal, at: datetime) -> None:
    """Take the clocks off locked items; one that stood has its pause ended."""
    standing = [item for item in items if item.paused_at is not None]
    if standing:
        resume_clocks(standing, kind_code=KIND, actor=actor, at=at)
    FeedbackItem.objects.filter(pk__in=[item.pk for item in items]).update(
        due_at=None, paused_at=None, time_left=None, waiting_since=None
    )
    for item in items:
        item.due_at = item.paused_at = item.time_left = item.waiting_since = None


@operation
def take_items(numbers: Sequence[str], *, actor: Principal, at: datetime) -> Outcome[FeedbackItem]:
    """Make the actor the owner of items that nobody else owns, and their work begun.

    Refuses NoSuchTicket, IllegalMove, RoleMayNotMove, AlreadyOwned.
    """
    items = lock_items(numbers)
    drafts = [Assignment(KIND, number, actor.user_id) for number in numbers]
    taken = take_documents(drafts, actor=actor, at=at)
    refused = dict(taken.refused)
    outcome: Outcome[FeedbackItem] = Outcome(refused=list(taken.refused))
    beginning: list[tuple[int, FeedbackItem]] = []
    for index, number in enumerate(numbers):
        if index in refused:
            continue
        item = items[number]
        item.owner_id = actor.user_id
        if item.status in (ItemStatus.NEW, ItemStatus.REOPENED):
            beginning.append((index, item))
        outcome.done.append(item)
    move_all([item for _i, item in beginning], ItemStatus.ACTING, table=ITEM_MOVES, actor=actor, at=at)
    return outcome


@operation
def answer_items(drafts: Sequence[AnswerDraft], *, actor: Principal, at: datetime) -> Outcome[FeedbackItem]:
    """Write answers; each item counts as answered then, and its clock ends.

    Refuses NoSuchTicket, AnswerEmpty, AnswerTooLong, AnsweredMeanwhile (there are more answers than the writer saw),
    IllegalMove, RoleMayNotMove.
    """
    drafts_of: dict[str, list[AnswerDraft]] = defaultdict(list)
    for draft in reversed(drafts):
        drafts_of[draft.number].append(draft)
    said: dict[str, AnswerDraft] = {}

    # Asked draft by draft, until one of the item's drafts passes: only that one answers.
    def unfit_answer(item: FeedbackItem) -> Refused | None:
        said[item.number] = drafts_of[item.number].pop()
        return refusal_of_answer(item, said[item.number])

    numbers = [draft.number for draft in drafts]
    moved = move_items(
        numbers, ItemStatus.REPLIED, checks=(unfit_answer,), ends_clock=True, actor=actor, at=at
    )
    insert_rows(
        Answer,
        [
            {
                "item_id": item.pk,
                "text": said[item.number].text.strip(),
                "delivery": str(said[item.number].delivery),
                "author_id": actor.user_id,
                "actor": str(actor),
                "at": at,
            }
            for item in moved.done
        ],
    )
    if moved.done:
        FeedbackItem.objects.filter(pk__in=[item.pk for item in moved.done]).update(
            answers_count=F("answers_count") + 1, first_answered_at=Coalesce("first_answered_at", at)
        )
        for item in moved.done:
            item.answers_count += 1
            item.first_answered_at = item.first_answered_at or at
    return moved


def refusal_of_answer(item: FeedbackItem, draft: AnswerDraft) -> Refused | None:
    """Return why an answer can't be given, or None."""
    if not draft.text.strip():
        return AnswerEmpty(_("Write what the customer should know."))
    if len(draft.text) > LONGEST_ANSWER:
        return AnswerTooLong(_("An answer may have %(longest)d characters."), longest=LONGEST_ANSWER)
    if draft.seen is not None and draft.seen != item.answers_count:
        last = Answer.objects.filter(item=item).order_by("-pk").select_related("author").first()
        who = str(last.author or last.actor) if last else ""
        return AnsweredMeanwhile(
            _("%(who)s has answered %(number)s meanwhile; read that answer first."),
            who=who,
            number=item.number,
        )
    return None


@operation
def close_items(
    numbers: Sequence[str], *, actor: Principal, at: datetime, reason: str = CloseReason.SOLVED
) -> Outcome[FeedbackItem]:
    """Close items for a reason of ``CloseReason``.

    Refuses NoSuchTicket, NotInTheTable, NotAnswered (complaints and urgent ones are answered or handed over first),
    IllegalMove, RoleMayNotMove.
    """

    def unanswered(item: FeedbackItem) -> Refused | None:
        urgent = item.type == ItemType.COMPLAINT or item.priority in (Priority.P0, Priority.P1)
        if urgent and not item.answers_count and reason != CloseReason.HANDED_OVER:
            detail = _(
                "%(number)s is a complaint or urgent: answer it, or hand it over, before it is closed."
            )
            return NotAnswered(detail, number=item.number)
        return None

    return end(numbers, ItemStatus.CLOSED, CloseReason, reason, (unanswered,), actor=actor, at=at)


@operation
def reject_items(
    numbers: Sequence[str], *, actor: Principal, at: datetime, reason: str = RejectReason.IRRELEVANT
) -> Outcome[FeedbackItem]:
    """Put aside what is no feedback, for a reason of ``RejectReason``; it stays in the figures.

    Refuses NoSuchTicket, NotInTheTable, IllegalMove, RoleMayNotMove.
    """
    return end(numbers, ItemStatus.REJECTED, RejectReason, reason, (), actor=actor, at=at)


def end(
    numbers: Sequence[str],
    to: ItemStatus,
    reasons: type[CloseReason] | type[RejectReason],
    reason: str,
    checks: Sequence[Check],
    *,
    actor: Principal,
    at: datetime,
) -> Outcome[FeedbackItem]:
    """Move items to an end with a reason, and take their clocks off."""
    if reason not in reasons.values:
        refusal = NotInTheTable(_("“%(value)s” is no %(field)s."), value=str(reason), field="reason")
        return Outcome(refused=[(index, refusal) for index in range(len(numbers))])
    with override("en"):  # the record keeps the words that every language translates
        words = str(reasons(reason).label)
    outcome = move_items(numbers, to, checks=checks, ends_clock=True, actor=actor, at=at, reason=words)
    if outcome.done:
        FeedbackItem.objects.filter(pk__in=[item.pk for item in outcome.done]).update(close_reason=reason)
        for item in outcome.done:
            item.close_reason = str(reason)
    return outcome


@operation
def reopen_items(
    numbers: Sequence[str], *, actor: Principal, at: datetime, reason: str = ""
) -> Outcome[FeedbackItem]:
    """Open what was answered, closed, rejected or only recorded again; its clock begins anew.

    Refuses NoSuchTicket, IllegalMove, RoleMayNotMove.
    """
    outcome = move_items(numbers, ItemStatus.REOPENED, actor=actor, at=at, reason=reason)
    if outcome.done:
        calendar = team_calendar("ticket_acting")
        for item in outcome.done:
            item.waiting_since, item.close_reason = at, ""
            item.due_at = working_deadline(at, FIRST_ANSWER_WITHIN[Priority(item.priority)], calendar)
        FeedbackItem.objects.bulk_update(outcome.done, ["waiting_since", "due_at", "close_reason"])
    return outcome


@operation
def pause_items(
    numbers: Sequence[str], *, actor: Principal, at: datetime, reason: str = ""
) -> Outcome[FeedbackItem]:
    """Let the clock stand while the customer has to tell more. Refuses NoSuchTicket, IllegalMove, ClockStands."""
    return standing(numbers, pause_clocks, actor=actor, at=at, reason=reason)


@operation
def resume_items(numbers: Sequence[str], *, actor: Principal, at: datetime) -> Outcome[FeedbackItem]:
    """Let the clock go on. Refuses NoSuchTicket, IllegalMove, ClockRuns."""
    return standing(numbers, resume_clocks, actor=actor, at=at)


def standing(
    numbers: Sequence[str], act: Callable[..., Outcome[Any]], *, actor: Principal, at: datetime, **given: Any
) -> Outcome[FeedbackItem]:
    """Pause or resume the clocks of items that wait for us."""
    items = lock_items(numbers)
    outcome: Outcome[FeedbackItem] = Outcome()
    ready: list[tuple[int, FeedbackItem]] = []
    for index, number in enumerate(numbers):
        item = items.get(number)
        if item is None:
            outcome.refused.append((index, no_such_ticket(number)))
        elif item.status not in WAITING_FOR_US:
            detail = _("%(number)s doesn't wait for us.")
            outcome.refused.append((index, NotWaiting(detail, number=number)))
        elif not actor.may(WORKERS):
            outcome.refused.append((index, RoleMayNotMove(_("Your role may not work on feedback."))))
        else:
            ready.append((index, item))
    acted = act([item for _i, item in ready], kind_code=KIND, actor=actor, at=at, **given)
    outcome.done = acted.done
    outcome.refused += [(ready[position][0], refusal) for position, refusal in acted.refused]
    outcome.refused.sort(key=lambda pair: pair[0])
    return outcome
