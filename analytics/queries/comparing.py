"""How a figure has changed: by how much, which way, and whether that is welcome."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal

from analytics.choices import MoreIs
from analytics.metrics import Metric, Number

Direction = Literal["up", "down", "same"]
Tone = Literal["good", "bad", "neutral"]

TENTH: Final = Decimal("0.1")
HUNDREDTH: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Change:
    """The way from one value to another.

    ``by`` is in per cent of the earlier value, to a tenth; for ratios in percentage points, to a hundredth. It is
    None where the earlier value was zero; the direction is known then all the same.
    """

    direction: Direction
    by: Decimal | None
    tone: Tone


def change_of(metric: Metric, now: Number | None, then: Number | None) -> Change | None:
    """Return how ``metric`` changed from ``then`` to ``now``; None where either has no value."""
    if now is None or then is None:
        return None
    difference = Decimal(now) - Decimal(then)
    by: Decimal | None
    if metric.unit == "ratio":
        by = (difference * 100).quantize(HUNDREDTH, ROUND_HALF_UP) + 0
    elif then:
        by = (difference / abs(Decimal(then)) * 100).quantize(TENTH, ROUND_HALF_UP) + 0
    else:
        by = None if difference else Decimal(0)
    direction = _direction(difference if by is None else by)
    return Change(direction, by, _tone(metric.more_is, direction))


def _direction(difference: Decimal) -> Direction:
    if not difference:
        return "same"
    return "up" if difference > 0 else "down"


def _tone(more_is: MoreIs, direction: Direction) -> Tone:
    if direction == "same" or more_is == MoreIs.NEUTRAL:
        return "neutral"
    return "good" if (direction == "up") == (more_is == MoreIs.GOOD) else "bad"
