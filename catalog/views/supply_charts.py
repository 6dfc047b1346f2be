"""Where the marks of a chart of demand and stock stand. The server draws them, so that they print as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from catalog.drafts import Reasoning
from catalog.queries.reckoning import SHOWN_DAYS, projected

HEIGHT: Final = 100
BAR: Final = 0.76


@dataclass(frozen=True, slots=True)
class Mark:
    """One bar, in days from the left and in units of the height."""

    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True, slots=True)
class StockChart:
    """Demand by day, taken and expected, and below it what is left each day without and with the order."""

    width: int
    today: int
    taken: tuple[Mark, ...]
    expected: tuple[Mark, ...]
    out: tuple[Mark, ...]
    without: str
    with_order: str
    most_wanted: int
    most_left: int
    first: date
    now: date
    last: date

    @property
    def today_at(self) -> str:
        """Return how far from the left today is."""
        return f"{self.today / self.width * 100:.2f}%" if self.width else "0%"


def stock_chart(reasoning: Reasoning, units: int) -> StockChart:
    """Lay out the chart of a reckoning for an order of ``units``."""
    covered = reasoning.lead_days + reasoning.review_days + 1
    ahead = reasoning.ahead[: min(max(covered, SHOWN_DAYS // 2), 2 * SHOWN_DAYS)]
    past, known = reasoning.past, len(reasoning.past)
    highest = nice(max([*past, *ahead, 1]))
    plain, ordered = projected(reasoning)[: len(ahead)], projected(reasoning, units)[: len(ahead)]
    most = nice(max([*plain, *ordered, 1]))
    on = date.fromisoformat(reasoning.on)
    return StockChart(
        width=known + len(ahead),
        today=known,
        taken=bars(past, 0, highest),
        expected=bars(ahead, known, highest),
        out=tuple(Mark(str(place), "0", "1", str(HEIGHT)) for place in reasoning.past_out),
        without=line(plain, known, most),
        with_order=line(ordered, known, most) if units else "",
        most_wanted=highest,
        most_left=most,
        first=on - timedelta(days=max(known - 1, 0)),
        now=on + timedelta(days=1),
        last=on + timedelta(days=len(ahead)),
    )


def nice(number: float) -> int:
    """Return the next round number: 1, 2, 3, 5, or 8 with noughts."""
    step = 1
    while True:
        for each in (1, 2, 3, 5, 8):
            if each * step >= number:
                return each * step
        step *= 10


def bars(numbers: Sequence[float], start: int, highest: float) -> tuple[Mark, ...]:
    """Return a bar for each number that isn't nought."""
    return tuple(
        Mark(
            f"{start + place + (1 - BAR) / 2:.2f}",
            f"{HEIGHT - number / highest * HEIGHT:.2f}",
            f"{BAR}",
            f"{number / highest * HEIGHT:.2f}",
        )
        for place, number in enumerate(numbers)
        if number > 0
    )


def line(numbers: Sequence[float], start: int, highest: float) -> str:
    """Return the points of a line over the middles of the days; below nought is nought."""
    return " ".join(
        f"{start + place + 0.5:.1f},{HEIGHT - max(number, 0) / highest * HEIGHT:.2f}"
        for place, number in enumerate(numbers)
    )
