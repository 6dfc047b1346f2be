"""Two clocks: the platform's counts natural hours and never pauses, the team's counts working time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import overload
from zoneinfo import ZoneInfo

from ops_portal.lib.workdays import public_holidays

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
NO_TIME = timedelta(0)

Shift = tuple[time, time]


def natural_deadline(start: datetime, duration: timedelta) -> datetime:
    """Return the moment ``duration`` of natural time after ``start``, in UTC."""
    return _aware(start).astimezone(UTC) + duration


def natural_time(start: datetime, end: datetime) -> timedelta:
    """Return the natural time from ``start`` to ``end``; none where ``end`` comes first."""
    return max(_aware(end).astimezone(UTC) - _aware(start).astimezone(UTC), NO_TIME)


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which a team's clock stands, and why; ``until`` is None while it still does."""

    since: datetime
    until: datetime | None
    reason: str = ""

    def __post_init__(self) -> None:
        if self.until is not None and self.until < self.since:
            raise ValueError(f"A pause that begins at {self.since} can't end at {self.until}.")


class WorkingCalendar:
    """When a team works: shifts by weekday (Monday is 0) in its own time zone. Equal calendars share a cache.

    A shift that ends at or before its beginning ends on the next day: 22:00–06:00 is a night, 0:00–0:00 a
    whole day. ``holidays`` names the country whose public holidays are closed and whose make-up working days
    are open; None is a team that knows no holidays. ``extra_closed`` and ``extra_open`` have the last word on
    their days. A make-up day, or a day of ``extra_open`` without shifts, is worked as its weekday, or else as
    the first weekday that has shifts.
    """

    __slots__ = ("_hash", "_key", "extra_closed", "extra_open", "holidays", "shifts", "usual", "zone")

    def __init__(
        self,
        timezone: str,
        shifts: Mapping[int, Sequence[Shift]],
        *,
        holidays: str | None = "CN",
        extra_closed: Iterable[date] = (),
        extra_open: Mapping[date, Sequence[Shift]] | None = None,
    ) -> None:
        if unknown := set(shifts) - set(range(7)):
            raise ValueError(f"A weekday is 0 (Monday) to 6 (Sunday), not {min(unknown)}.")
        self.shifts = tuple(tuple(shifts.get(weekday, ())) for weekday in range(7))
        self.usual: Sequence[Shift] = next(filter(None, self.shifts), ())
        if not self.usual:
            raise ValueError("A calendar without a single shift reaches no deadline.")
        self.zone = ZoneInfo(timezone)
        self.holidays = holidays
        self.extra_closed = frozenset(extra_closed)
        self.extra_open = {day: tuple(own) for day, own in sorted((extra_open or {}).items())}
        if both := self.extra_closed & set(self.extra_open):
            raise ValueError(f"{min(both)} can't be both closed and open.")
        self._key = (timezone, self.shifts, holidays, self.extra_closed, tuple(self.extra_open.items()))
        self._hash = hash(self._key)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, WorkingCalendar) and self._key == other._key)

    def __hash__(self) -> int:
        return self._hash

    def shifts_on(self, day: date) -> Sequence[Shift]:
        """Return the shifts that begin on ``day``; none where it is closed."""
        own = self.shifts[day.weekday()]
        if day in self.extra_closed:
            return ()
        if day in self.extra_open:
            return self.extra_open[day] or own or self.usual
        if self.holidays:
            calendar = public_holidays(self.holidays, day.year)
            if day in calendar.closed:
                return ()
            if day in calendar.make_up:
                return own or self.usual
        return own


def working_time(
    start: datetime, end: datetime, calendar: WorkingCalendar, pauses: Iterable[Pause] = ()
) -> timedelta:
    """Return the working time from ``start`` to ``end`` without pauses; none where ``end`` comes first."""
    begin, finish = _microseconds(start), _microseconds(end)
    worked = _worked(calendar, begin, finish)
    for since, until in _merged(pauses, begin, finish):
        worked -= _worked(calendar, since, until)
    return timedelta(microseconds=worked)


@overload
def working_deadline(start: datetime, duration: timedelta, calendar: WorkingCalendar) -> datetime: ...


@overload
def working_deadline(
    start: datetime, duration: timedelta, calendar: WorkingCalendar, pauses: Iterable[Pause]
) -> datetime | None: ...


def working_deadline(
    start: datetime, duration: timedelta, calendar: WorkingCalendar, pauses: Iterable[Pause] = ()
) -> datetime | None:
    """Return the first moment at which ``duration`` of working time has passed since ``start``, in UTC.

    None where a pause that hasn't ended comes first: a standing clock has no deadline. No duration at all
    gives ``start`` itself. Refuses a negative duration and naive times (ValueError).
    """
    here = _microseconds(start)
    left = duration // timedelta(microseconds=1)
    if left < 0:
        raise ValueError(f"A deadline lies ahead: {duration} is less than nothing.")
    for since, until in _merged(pauses, here, None):
        worked = _worked(calendar, here, since)
        if left <= worked:
            break
        if until == _NEVER:
            return None
        left -= worked
        here = until
    return EPOCH + timedelta(microseconds=_after(calendar, here, left))


_NEVER = 2**63


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone.")
    return moment


def _microseconds(moment: datetime) -> int:
    since = _aware(moment) - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _merged(pauses: Iterable[Pause], begin: int, finish: int | None) -> list[tuple[int, int]]:
    """Return the pauses in order, cut to what lies between ``begin`` and ``finish``, without overlap."""
    spans: list[tuple[int, int]] = []
    for since, until in sorted(
        (_microseconds(pause.since), _NEVER if pause.until is None else _microseconds(pause.until))
        for pause in pauses
    ):
        low = max(since, spans[-1][1] if spans else begin)
        high = until if finish is None else min(until, finish)
        if low < high:
            spans.append((low, high))
    return spans


@dataclass(frozen=True, slots=True)
class _Year:
    """The working spans of one year in microseconds since the epoch: sorted, apart from each other.

    ``before[i]`` is what was worked in the year before span ``i`` begins.
    """

    begins: int
    ends: int
    starts: list[int]
    stops: list[int]
    before: list[int]
    total: int

    def worked_until(self, moment: int) -> int:
        index = bisect_right(self.starts, moment) - 1
        if index < 0:
            return 0
        return self.before[index] + min(moment, self.stops[index]) - self.starts[index]

    def moment_of(self, worked: int) -> int:
        """Return the first moment at which ``worked`` (more than nothing, at most the total) is reached."""
        index = bisect_left(self.before, worked) - 1
        return self.starts[index] + worked - self.before[index]


def _worked(calendar: WorkingCalendar, begin: int, finish: int) -> int:
    if finish <= begin:
        return 0
    year = _year_of(calendar, begin)
    worked = -_year(calendar, year).worked_until(begin)
    while finish >= _year(calendar, year).ends:
        worked += _year(calendar, year).total
        year += 1
    return worked + _year(calendar, year).worked_until(finish)


def _after(calendar: WorkingCalendar, begin: int, duration: int) -> int:
    if not duration:
        return begin
    year = _year_of(calendar, begin)
    left = duration + _year(calendar, year).worked_until(begin)
    while left > _year(calendar, year).total:
        left -= _year(calendar, year).total
        year += 1
    return _year(calendar, year).moment_of(left)


def _year_of(calendar: WorkingCalendar, moment: int) -> int:
    return (EPOCH + timedelta(microseconds=moment)).astimezone(calendar.zone).year


@lru_cache(maxsize=512)
def _year(calendar: WorkingCalendar, year: int) -> _Year:
    """Lay out one year: through changes of the clocks a shift lasts as long as it really does."""
    begins = _local(calendar, date(year, 1, 1), time(0))
    ends = _local(calendar, date(year + 1, 1, 1), time(0))
    starts: list[int] = []
    stops: list[int] = []
    # From the day before: its night shift may reach into the year.
    day = date(year, 1, 1) - DAY
    spans = []
    while day.year <= year:
        for opening, closing in calendar.shifts_on(day):
            last = day + DAY if closing <= opening else day
            spans.append((_local(calendar, day, opening), _local(calendar, last, closing)))
        day += DAY
    for start, stop in sorted(spans):
        low, high = max(start, stops[-1] if stops else begins), min(stop, ends)
        if low < high:
            starts.append(low)
            stops.append(high)
    before = [0]
    for start, stop in zip(starts, stops, strict=True):
        before.append(before[-1] + stop - start)
    return _Year(begins, ends, starts, stops, before[:-1], before[-1])


def _local(calendar: WorkingCalendar, day: date, at: time) -> int:
    return _microseconds(datetime.combine(day, at, calendar.zone))
