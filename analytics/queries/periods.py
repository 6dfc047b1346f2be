"""Ranges of days: those that people ask for by name, and those that they are held against."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

DAY = timedelta(days=1)
WEEK = 7


class Preset(models.TextChoices):
    TODAY = "today", _("Today")
    YESTERDAY = "yesterday", _("Yesterday")
    LAST_7 = "last-7", _("Last 7 days")
    LAST_30 = "last-30", _("Last 30 days")
    THIS_MONTH = "this-month", _("This month")
    LAST_MONTH = "last-month", _("Last month")


@dataclass(frozen=True, slots=True)
class Period:
    """Some days in a row, the first and the last included."""

    since: date
    until: date

    @property
    def days(self) -> int:
        """Return how many days it has."""
        return (self.until - self.since).days + 1

    @property
    def pair(self) -> tuple[date, date]:
        """Return the first and the last day."""
        return self.since, self.until

    def __iter__(self) -> Iterator[date]:
        return (self.since + timedelta(days=number) for number in range(self.days))

    def earlier(self, days: int) -> Period:
        """Return the period of the same length that begins so many days earlier."""
        return Period(self.since - timedelta(days=days), self.until - timedelta(days=days))

    @property
    def before(self) -> Period:
        """Return the period of the same length that ends where this one begins."""
        return self.earlier(self.days)

    @property
    def weeks_back(self) -> int:
        """Return by how many whole weeks one must go back for the same weekdays without touching this period."""
        return -(-self.days // WEEK)

    @property
    def same_weekdays(self) -> Period:
        """Return the same weekdays of the weeks before."""
        return self.earlier(WEEK * self.weeks_back)

    def over_on(self, today: date) -> Period | None:
        """Return the part whose days are over on ``today``; None where there is none."""
        if self.since >= today:
            return None
        return Period(self.since, min(self.until, today - DAY))

    def by_week(self) -> list[Period]:
        """Return its calendar weeks, Monday to Sunday; the first and the last are cut where it begins and ends."""
        weeks = []
        since = self.since
        while since <= self.until:
            until = min(since + timedelta(days=6 - since.weekday()), self.until)
            weeks.append(Period(since, until))
            since = until + DAY
        return weeks

    def by_day(self) -> list[Period]:
        """Return its days, one by one."""
        return [Period(day, day) for day in self]


def around(*periods: Period) -> Period:
    """Return the shortest period that holds all of ``periods``."""
    return Period(min(each.since for each in periods), max(each.until for each in periods))


def preset_period(preset: Preset, today: date) -> Period:
    """Return the days of ``preset``. The last 7 and 30 days are days that are over; this month ends today."""
    yesterday = today - DAY
    month = today.replace(day=1)
    return {
        Preset.TODAY: Period(today, today),
        Preset.YESTERDAY: Period(yesterday, yesterday),
        Preset.LAST_7: Period(today - 7 * DAY, yesterday),
        Preset.LAST_30: Period(today - 30 * DAY, yesterday),
        Preset.THIS_MONTH: Period(month, today),
        Preset.LAST_MONTH: Period((month - DAY).replace(day=1), month - DAY),
    }[preset]
