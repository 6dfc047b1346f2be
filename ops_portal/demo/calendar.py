"""When people buy: the rhythm of the day and of the week, and one day on which everybody does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
DAYS = 90
LIVE_HOURS = timedelta(hours=6)
SALE_DAYS_AGO = 11  # the great day lies so many days back
SALE_PART = 0.157  # and takes this part of all orders
AROUND_THE_SALE = {-3: 0.8, -2: 0.7, -1: 0.5, 1: 2.6, 2: 1.7, 3: 1.3}  # people wait, then go on

# Orders by the hour of the day in the shops' zone: a hill at noon, the peak from 20 to 22.
HOURS = (18, 9, 5, 3, 3, 5, 12, 24, 38, 52, 60, 58, 62, 55, 50, 50, 52, 54, 60, 78, 118, 124, 80, 42)
SALE_HOURS = (
    260,
    70,
    30,
    12,
    8,
    10,
    20,
    38,
    52,
    60,
    62,
    58,
    60,
    55,
    50,
    50,
    52,
    56,
    64,
    90,
    150,
    160,
    120,
    110,
)
WEEKDAYS = (0.96, 0.94, 0.95, 0.97, 1.05, 1.12, 1.14)


@dataclass(frozen=True, slots=True)
class Span:
    """The days that the agency has behind it, and the moment at which it stands."""

    now: datetime

    @property
    def today(self) -> date:
        """Return today in the shops' zone."""
        return self.now.astimezone(ZONE).date()

    @property
    def sale_day(self) -> date:
        """Return the day on which everybody bought."""
        return self.today - timedelta(days=SALE_DAYS_AGO)

    @property
    def days(self) -> list[date]:
        """Return the days that are over, the oldest first."""
        return [self.today - timedelta(days=ago) for ago in range(DAYS, 0, -1)]

    @property
    def live_from(self) -> datetime:
        """Return when the work began that is not done yet."""
        return self.now - LIVE_HOURS

    @property
    def opening(self) -> datetime:
        """Return when the agency opened: the morning before the first order."""
        return at_hour(self.today - timedelta(days=DAYS + 1), 8)


def at_hour(day: date, hour: int, minute: int = 0) -> datetime:
    """Return a time of a day in the shops' zone."""
    return datetime.combine(day, time(hour, minute), ZONE)


def orders_by_day(span: Span, orders: int, random: Random) -> dict[date, int]:
    """Share ``orders`` out over the days: growth, the week, chance, and the great day."""
    weights: dict[date, float] = {}
    for place, day in enumerate(span.days):
        after_sale = (day - span.sale_day).days
        growth = 0.85 + 0.3 * place / DAYS
        weights[day] = (
            growth * WEEKDAYS[day.weekday()] * AROUND_THE_SALE.get(after_sale, 1.0) * random.uniform(0.9, 1.1)
        )
    on_sale = round(orders * SALE_PART)
    weights.pop(span.sale_day)
    whole = sum(weights.values())
    counts = {day: round((orders - on_sale) * weight / whole) for day, weight in weights.items()}
    counts[span.sale_day] = on_sale
    return dict(sorted(counts.items()))


def moment_of_day(day: date, random: Random, *, sale: bool) -> datetime:
    """Return a time of ``day`` at which somebody buys."""
    (hour,) = random.choices(range(24), SALE_HOURS if sale else HOURS)
    return datetime.combine(day, time(hour, random.randrange(60), random.randrange(60)), ZONE)
