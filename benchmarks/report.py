"""What a bench found, as a table."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Row:
    """One finding. ``floor`` is what the figure is a share of; ``budget`` bounds the ratio, else the figure.

    ``promise`` marks what must be right on any machine, fast or slow: where it is not kept, the run fails.
    """

    work: str
    figure: float
    unit: str = ""
    floor: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    promise: bool = False

    @property
    def ratio(self) -> float | None:
        return self.figure / self.floor if self.floor else None

    @property
    def verdict(self) -> Literal["ok", "short", "wrong", ""]:
        if self.at_least is None and self.at_most is None:
            return ""
        measured = self.figure if self.ratio is None else self.ratio
        low = self.at_least is not None and measured < self.at_least
        high = self.at_most is not None and measured > self.at_most
        if not (low or high):
            return "ok"
        return "wrong" if self.promise else "short"

    def cells(self) -> tuple[str, ...]:
        """Return the row as text: work, figure, floor, ratio, budget, verdict."""
        shares = self.ratio is not None and self.at_least is not None
        return (
            self.work,
            f"{_number(self.figure)} {self.unit}".strip(),
            "" if self.floor is None else _number(self.floor),
            "" if self.ratio is None else (f"{self.ratio:.0%}" if shares else f"{self.ratio:.2f}×"),
            self._budget(shares),
            self.verdict,
        )

    def _budget(self, shares: bool) -> str:
        written = "{:.0%}" if shares else "{:g}×" if self.ratio is not None else "{:g}"
        if self.at_least is not None and self.at_least == self.at_most:
            return written.format(self.at_least)
        low = "" if self.at_least is None else "≥ " + written.format(self.at_least)
        high = "" if self.at_most is None else "≤ " + written.format(self.at_most)
        return f"{low} {high}".strip()


HEADINGS = ("work", "figure", "floor", "ratio", "budget", "")


def show(title: str, rows: Sequence[Row]) -> None:
    """Print ``rows`` under ``title``."""
    cells = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(_width(line[column]) for line in cells) for column in range(len(HEADINGS))]
    print(f"\n{title}")
    for line in cells:
        padded = [
            _pad(text, width, right=0 < place < 5)
            for place, (text, width) in enumerate(zip(line, widths, strict=True))
        ]
        print("  " + "  ".join(padded).rstrip(), flush=True)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:,.2f}"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _pad(text: str, width: int, *, right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if right else text + space
