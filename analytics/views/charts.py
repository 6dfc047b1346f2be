"""Where the marks of a chart stand. All are drawn by the server, so that each bar is a link and prints as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from analytics.metrics import Number

LINE_WIDTH, LINE_HEIGHT = 100, 28
PLOT_HEIGHT = 180
LABELS = 7
STEPS = tuple(Decimal(step) for step in ("1", "1.5", "2", "2.5", "3", "4", "5", "6", "8", "10"))
GRID_LINES = 4


def small_line(numbers: Sequence[Number | None]) -> list[str]:
    """Return the points of a line through ``numbers``, one text for each stretch without a gap."""
    known = [float(number) for number in numbers if number is not None]
    if len(known) < 2:
        return []
    low, high = min(known), max(known)
    spread = (high - low) or 1.0
    step = LINE_WIDTH / (len(numbers) - 1)
    points = [
        None
        if number is None
        else (index * step, LINE_HEIGHT - 2 - (float(number) - low) / spread * (LINE_HEIGHT - 4))
        for index, number in enumerate(numbers)
    ]
    return _stretches(points)


def _stretches(points: Sequence[tuple[float, float] | None]) -> list[str]:
    stretches: list[list[str]] = [[]]
    for point in points:
        if point is None:
            stretches.append([])
        else:
            stretches[-1].append(f"{point[0]:.2f},{point[1]:.2f}")
    return [" ".join(stretch) for stretch in stretches if len(stretch) > 1]


@dataclass(frozen=True, slots=True)
class Scale:
    """From where to where a chart goes, with lines at round numbers."""

    low: Decimal
    high: Decimal
    step: Decimal

    def height(self, number: Number) -> float:
        """Return how far below the top of the plot ``number`` stands."""
        return float((self.high - Decimal(number)) / (self.high - self.low)) * PLOT_HEIGHT

    @property
    def lines(self) -> list[Decimal]:
        """Return the numbers of the lines, from the top."""
        count = int((self.high - self.low) / self.step)
        return [self.high - index * self.step for index in range(count + 1)]


def scale_of(numbers: Sequence[Number | None], *, whole: bool = False) -> Scale:
    """Return a scale that holds zero and all ``numbers``, with whole steps where only whole numbers mean anything."""
    known = [Decimal(number) for number in numbers if number is not None]
    low, high = min([Decimal(0), *known]), max([Decimal(0), *known])
    rough = (high - low) / GRID_LINES or Decimal(1)
    power = Decimal(1).scaleb(rough.adjusted())
    step = next(factor * power for factor in STEPS if factor * power >= rough)
    if whole:
        step = step.to_integral_value(ROUND_CEILING)
    top = (high / step).to_integral_value(ROUND_CEILING) * step
    bottom = (low / step).to_integral_value(ROUND_FLOOR) * step
    return Scale(bottom, top if top > bottom else step, step)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a row of ``count``, in per cent of the width and units of the height."""

    left: str
    slot: str
    x: str
    width: str
    y: str
    height: str
    middle: str


def bar_of(number: Number | None, index: int, count: int, scale: Scale) -> Bar:
    """Return where the bar of ``number`` stands."""
    slot = 100 / count
    zero, end = scale.height(0), scale.height(number or 0)
    return Bar(
        left=f"{index * slot:.3f}%",
        slot=f"{slot:.3f}%",
        x=f"{(index + 0.15) * slot:.3f}%",
        width=f"{0.7 * slot:.3f}%",
        y=f"{min(zero, end):.2f}",
        height=f"{abs(zero - end):.2f}",
        middle=f"{(index + 0.5) * slot:.3f}%",
    )


def line_over(numbers: Sequence[Number | None], scale: Scale) -> list[str]:
    """Return the points of a line over the middles of the bars."""
    slot = 100 / len(numbers)
    return _stretches(
        [
            None if number is None else ((index + 0.5) * slot, scale.height(number))
            for index, number in enumerate(numbers)
        ]
    )


def labelled(count: int) -> set[int]:
    """Return which of ``count`` bars carry their label: as many as have room."""
    every = -(-count // LABELS)
    return {index for index in range(count) if index % every == 0}


def shares(numbers: Sequence[Number | None]) -> list[str]:
    """Return how wide each bar of a list is, in per cent of the widest; nothing for what is below zero."""
    widest = max((Decimal(number) for number in numbers if number is not None), default=Decimal(0))
    return [
        f"{max(Decimal(0), Decimal(number or 0)) / widest * 100:.2f}%" if widest > 0 else "0%"
        for number in numbers
    ]
