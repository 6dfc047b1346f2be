"""Bars that scanners read: Code 128, drawn by the page as narrow rectangles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final

import barcode
from barcode.errors import IllegalCharacterError

GROUPS: Final = re.compile(r"\((\d\d)\)")
LOT: Final = re.compile(
    r"[!-'*-z]{1,20}"
)  # letters that a batch may have on a label; brackets would end its group


@dataclass(frozen=True, slots=True)
class Bars:
    """The black bars of a code as (place, width), and the width of all, in units of the narrowest bar."""

    text: str
    width: int
    bars: tuple[tuple[int, int], ...]


def bars_of(text: str) -> Bars:
    """Return the bars of a printable ASCII text."""
    (pattern,) = barcode.get("code128", text).build()
    return drawn(text, pattern)


def drawn(text: str, pattern: str) -> Bars:
    """Return the bars of a pattern of ones and zeros."""
    place, found = 0, []
    for bit, run in groupby(pattern):
        width = len(list(run))
        if bit == "1":
            found.append((place, width))
        place += width
    return Bars(text, place, tuple(found))


def bars_of_label(text: str) -> Bars | None:
    """Return the bars of a label's groups as GS1-128, or of any text as Code 128; None where no bars say it."""
    try:
        (pattern,) = barcode.get(
            "gs1_128" if text.startswith("(") else "code128", GROUPS.sub(r"\1", text)
        ).build()
    except IllegalCharacterError:
        return None
    return drawn(text, pattern)


def code_of_label(code: str, gtin: str, batch: str = "", expires_on: date | None = None) -> str:
    """Return what the bars of a label say: GTIN, last day and batch as GS1 groups; or how goods are called.

    The groups are written with their numbers in brackets, the batch last: it has no length of its own.
    """
    if not is_gtin(gtin):
        return gtin or code
    if not (batch or expires_on):
        return gtin
    day = f"(17){expires_on:%y%m%d}" if expires_on else ""
    lot = f"(10){batch}" if batch and LOT.fullmatch(batch) else ""
    return f"(01){gtin:0>14}{day}{lot}" if day or lot else gtin


def is_gtin(text: str) -> bool:
    """Tell whether a barcode is a GTIN of 8, 12, 13 or 14 digits, whose last one agrees with the others."""
    if not (text.isascii() and text.isdecimal() and len(text) in (8, 12, 13, 14)):
        return False
    weighed = sum(
        int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(text[:-1]))
    )
    return (weighed + int(text[-1])) % 10 == 0
