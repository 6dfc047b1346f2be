"""Bars that scanners read: Code 128, drawn by the page as narrow rectangles."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import barcode


@dataclass(frozen=True, slots=True)
class Bars:
    """The black bars of a code as (place, width), and the width of all, in units of the narrowest bar."""

    text: str
    width: int
    bars: tuple[tuple[int, int], ...]


def bars_of(text: str) -> Bars:
    """Return the bars of a printable ASCII text."""
    (pattern,) = barcode.get("code128", text).build()
    place, found = 0, []
    for bit, run in groupby(pattern):
        width = len(list(run))
        if bit == "1":
            found.append((place, width))
        place += width
    return Bars(text, place, tuple(found))
