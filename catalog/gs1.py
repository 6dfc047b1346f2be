"""What labels say in one scan: GS1 element strings, as scanners and people give them."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from biip import ParseError, parse
from biip.gs1_messages import GS1Message

GROUP: Final = "\x1d"
# Keyboards can't type the separator of groups; scanners are set to send one of these in its place.
STAND_INS: Final = ("<GS>", "{GS}", "^]", "␝", "|")
GTIN, CONTENT, BATCH, MADE, BEST_BEFORE, EXPIRY, COUNT, UNITS = "01", "02", "10", "11", "15", "17", "30", "37"
CENTURY: Final = 2000
DAY: Final = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})|(\d{4})(\d{2})(\d{2})|(\d{2})(\d{2})(\d{2})")


@dataclass(frozen=True, slots=True)
class Label:
    """What a label says of the goods; ``gtin`` has 14 digits. What it doesn't say is empty."""

    gtin: str = ""
    batch: str = ""
    expires_on: date | None = None
    made_on: date | None = None
    units: int = 0


def read_label(code: str) -> Label | None:
    """Return what a scanned code says as GS1 elements; None where it is no such code."""
    for stand_in in STAND_INS:
        code = code.replace(stand_in, GROUP)
    try:
        message = GS1Message.parse_hri(code) if code.startswith("(") else parse(code).gs1_message
    except ParseError:
        return None
    if message is None:
        return None
    said: dict[str, Any] = {element.ai.ai: element for element in message.element_strings}
    gtin = said.get(GTIN) or said.get(CONTENT)
    batch, units = said.get(BATCH), said.get(UNITS) or said.get(COUNT)
    expiry, made = said.get(EXPIRY) or said.get(BEST_BEFORE), said.get(MADE)
    label = Label(
        gtin=gtin.value if gtin else "",
        batch=batch.value if batch else "",
        expires_on=expiry.date if expiry else None,
        made_on=made.date if made else None,
        units=int(units.value) if units else 0,
    )
    return label if label != Label() else None


def barcodes_of(code: str) -> list[str]:
    """Return how a code may stand on a SKU: with and without the zeros that make a GTIN longer."""
    if not (code.isascii() and code.isdigit() and 8 <= len(code) <= 14):
        return [code]
    whole = code.zfill(14)
    shorter = [whole[14 - length :] for length in (13, 12, 8) if not int(whole[: 14 - length])]
    return [whole, *shorter]


def read_day(text: str) -> date | None:
    """Return a day that was typed as YYYY-MM-DD, YYYYMMDD or YYMMDD, or that a label gives as the last one.

    Day 00 is the last of its month. None for what is no day of this century.
    """
    found = DAY.fullmatch(text.strip())
    if found is not None:
        year, month, day = (int(each) for each in found.groups() if each is not None)
        year += CENTURY if year < 100 else 0
        if CENTURY <= year < CENTURY + 100 and 1 <= month <= 12:
            last = monthrange(year, month)[1]
            return date(year, month, day or last) if day <= last else None
    label = read_label(text)
    return label.expires_on if label else None
