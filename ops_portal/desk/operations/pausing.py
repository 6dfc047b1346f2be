"""The team's clock stands while others have to answer. The platform's never does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from ops_portal.desk.kinds import kind_of
from ops_portal.desk.models import Clocked, Pause
from ops_portal.desk.queries.clocks import team_calendars
from ops_portal.desk.queries.rows import united
from ops_portal.lib.clocks import WorkingCalendar, working_deadline, working_time
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.rows import insert_rows

CLOCK = ("due_at", "paused_at", "time_left")
NO_TIME = timedelta(0)


class ClockStands(Refused):
    """The clock stands already."""

    code = "clock_stands"


class ClockRuns(Refused):
    """The clock runs already."""

    code = "clock_runs"


@operation
def pause_clocks(
    documents: Sequence[Clocked], *, kind_code: str, reason: str, actor: Principal, at: datetime
) -> Outcome[Clocked]:
    """Stop the team's clock of documents that the caller has locked, and write why.

    ``time_left`` keeps the working time that was left; what is late keeps its lateness, in natural time, as less
    than nothing. Refuses ClockStands. The instances given carry the stopped clock.
    """
    calendars = calendars_of(documents, kind_code)
    outcome: Outcome[Clocked] = Outcome()
    pauses = []
    for index, document in enumerate(documents):
        number = number_of(document)
        if document.paused_at is not None:
            outcome.refused.append((index, ClockStands(_("%(number)s stands still already."), number=number)))
            continue
        if document.due_at is not None:
            document.time_left = time_left(document.due_at, calendars[number], at=at)
        document.due_at, document.paused_at = None, at
        pauses.append(
            {
                "document_kind": kind_code,
                "document_number": number,
                "since": at,
                "until": None,
                "reason": reason,
            }
        )
        outcome.done.append(document)
    write_clocks(outcome.done)
    insert_rows(Pause, pauses)
    return outcome


@operation
def resume_clocks(
    documents: Sequence[Clocked], *, kind_code: str, actor: Principal, at: datetime
) -> Outcome[Clocked]:
    """Let the team's clock of locked documents go on, with what was left on it, by the calendar of their queue.

    Refuses ClockRuns. The instances given carry their new ``due_at``.
    """
    calendars = calendars_of(documents, kind_code)
    outcome: Outcome[Clocked] = Outcome()
    for index, document in enumerate(documents):
        number = number_of(document)
        if document.paused_at is None:
            outcome.refused.append(
                (index, ClockRuns(_("The clock of %(number)s runs already."), number=number))
            )
            continue
        if document.time_left is not None:
            document.due_at = due_again(document.time_left, calendars[number], at=at)
        document.paused_at = document.time_left = None
        outcome.done.append(document)
    write_clocks(outcome.done)
    if outcome.done:
        standing = Pause.objects.filter(
            document_kind=kind_code,
            document_number__in=[number_of(each) for each in outcome.done],
            until=None,
        )
        standing.update(until=at)
    return outcome


def time_left(due_at: datetime, calendar: WorkingCalendar, *, at: datetime) -> timedelta:
    """Return the working time until ``due_at``; where that is past, how long ago it was, as less than nothing."""
    return due_at - at if due_at < at else working_time(at, due_at, calendar)


def due_again(left: timedelta, calendar: WorkingCalendar, *, at: datetime) -> datetime:
    """Return the deadline of a clock that goes on with ``left``."""
    return at + left if left < NO_TIME else working_deadline(at, left, calendar)


def calendars_of(documents: Sequence[Clocked], kind_code: str) -> dict[str, WorkingCalendar]:
    """Return, by number, the calendar of the queue in which each document stands: two statements."""
    kind = kind_of(kind_code)
    queues: dict[str, str] = {}
    if kind is not None and documents:
        rows = united([(kind, kind.model._default_manager.filter(pk__in=[each.pk for each in documents]))])
        queues = {number: queue or "" for number, queue in rows.fetch("number, queue")}
    calendars = team_calendars({"", *queues.values()})
    return {number_of(each): calendars[queues.get(number_of(each), "")] for each in documents}


def number_of(document: Any) -> str:
    """Return the number that every document has."""
    return str(document.number)


def write_clocks(documents: Sequence[Any]) -> None:
    """Write the team's clock of locked documents: one statement."""
    if documents:
        type(documents[0])._default_manager.bulk_update(documents, CLOCK)
