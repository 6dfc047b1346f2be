"""The team's clock: which calendar a queue is worked by, and when its time is up."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Final

from ops_portal.desk.models import Team
from ops_portal.lib.clocks import WorkingCalendar, working_deadline

NINE_TO_NINE: Final = {weekday: ((time(9), time(21)),) for weekday in range(7)}
# For queues that no team works: every day, holidays too.
DEFAULT_CALENDAR: Final = WorkingCalendar("Asia/Shanghai", NINE_TO_NINE, holidays=None)


def calendar_of_team(team: Team) -> WorkingCalendar:
    """Return when ``team`` works; from nine to nine every day where it has no shifts yet."""
    shifts = {
        int(weekday): tuple((time.fromisoformat(start), time.fromisoformat(end)) for start, end in spans)
        for weekday, spans in team.shifts.items()
        if spans
    }
    return WorkingCalendar(team.timezone, shifts or NINE_TO_NINE, holidays=team.holidays or None)


def team_calendars(queue_codes: Iterable[str]) -> dict[str, WorkingCalendar]:
    """Return for each queue the calendar of the team that works it, the oldest of several: one statement."""
    wanted = set(queue_codes)
    found: dict[str, WorkingCalendar] = {}
    for team in Team.objects.filter(queues__overlap=list(wanted)).order_by("pk"):
        for code in wanted.intersection(team.queues):
            found.setdefault(code, calendar_of_team(team))
    return {code: found.get(code, DEFAULT_CALENDAR) for code in wanted}


def team_calendar(queue_code: str) -> WorkingCalendar:
    """Return the calendar of the team that works the queue. For a batch, ask once and reckon with it."""
    return team_calendars([queue_code])[queue_code]


def team_deadline(queue_code: str, *, start: datetime, within: timedelta) -> datetime:
    """Return when ``within`` of working time of the queue's team has passed since ``start``, in UTC."""
    return working_deadline(start, within, team_calendar(queue_code))
