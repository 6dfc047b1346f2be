"""Clocks: which calendar a queue is worked by, when its time is up, and how a clock stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from django.utils.translation import gettext as _

from ops_portal.desk.choices import SOON_PART, SOON_WITHIN, ClockState
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


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock at one moment; ``left`` is less than nothing where it is late."""

    state: str
    due_at: datetime | None = None
    left: timedelta | None = None
    reason: str = ""

    @property
    def label(self) -> str:
        """Return the state in words."""
        return str(ClockState(self.state).label)

    @property
    def text(self) -> str:
        """Return how much time is left, or by how much it is late; the state where there is neither."""
        if self.left is None or self.state in (ClockState.STANDING, ClockState.NONE):
            return self.label
        if self.state == ClockState.LATE:
            return _("late by %(time)s") % {"time": in_short(-self.left)}
        return _("%(time)s left") % {"time": in_short(self.left)}


def clock_of(
    due_at: datetime | None,
    *,
    at: datetime,
    opened_at: datetime | None = None,
    paused_at: datetime | None = None,
    reason: str = "",
) -> Clock:
    """Return how a clock stands at ``at``."""
    if due_at is None:
        return Clock(ClockState.STANDING if paused_at else ClockState.NONE, reason=reason)
    left = due_at - at
    if left < timedelta(0):
        return Clock(ClockState.LATE, due_at, left)
    whole = due_at - opened_at if opened_at else timedelta(0)
    is_soon = left <= max(SOON_WITHIN, whole * SOON_PART)
    return Clock(ClockState.SOON if is_soon else ClockState.ON_TIME, due_at, left)


def in_short(time: timedelta) -> str:
    """Return a span of time in its two greatest units, cut off."""
    minutes = time // timedelta(minutes=1)
    days, hours = divmod(minutes // 60, 24)
    if days:
        return _("%(days)d d %(hours)d h") % {"days": days, "hours": hours}
    if hours:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes % 60}
    return _("%(minutes)d min") % {"minutes": minutes}
