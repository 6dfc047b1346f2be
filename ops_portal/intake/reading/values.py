"""Values of worksheet cells as text."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum

_BUILT_IN_DATES = {14, 15, 16, 17, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 55, 56, 57, 58}
_BUILT_IN_TIMES = {18, 19, 20, 21, 32, 33, 34, 35, 45, 46, 47}
_BUILT_IN_BOTH = {22}
_LITERALS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - worksheet times carry no zone
_EPOCH_1904 = datetime(1904, 1, 1)  # noqa: DTZ001
_LAST_SERIAL = 2_958_466  # the day after 9999-12-31
_DAYS_TO_1904 = 1_462
_SECONDS_OF_DAY = 86_400
_EXACT_DIGITS = 17
_PLAIN = re.compile(r"[+-]?\d+(\.\d+)?")


class Shows(Enum):
    """What a number format makes of a number, as far as we follow it."""

    DATE = "date"
    TIME = "time"
    BOTH = "both"


def shown_by(format_id: int, code: str | None) -> Shows | None:
    """Return what a number format shows; None for numbers."""
    if code is None:
        if format_id in _BUILT_IN_BOTH:
            return Shows.BOTH
        if format_id in _BUILT_IN_DATES:
            return Shows.DATE
        return Shows.TIME if format_id in _BUILT_IN_TIMES else None
    letters = _LITERALS.sub("", code.split(";")[0]).lower().replace("general", "")
    date = any(letter in letters for letter in "yde") and not re.search(r"[0#]e", letters)
    time = "h" in letters or "s" in letters
    if date and time:
        return Shows.BOTH
    if time:
        return Shows.TIME
    return Shows.DATE if date or "m" in letters else None


def date_text(raw: str, shows: Shows, *, since_1904: bool) -> str:
    """Return a serial number as ``2026-11-11 20:00:00``, to the second; as the number where it is no date."""
    try:
        serial = float(raw)
    except ValueError:
        return raw
    last = _LAST_SERIAL - _DAYS_TO_1904 if since_1904 else _LAST_SERIAL
    # Rounded up, the last half second of 9999 lies beyond it too.
    if not 0 <= serial < last or (seconds := round(serial * _SECONDS_OF_DAY)) >= last * _SECONDS_OF_DAY:
        return number_text(raw)
    if shows is Shows.TIME and serial < 1:
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if not since_1904 and serial < 60:
        seconds += _SECONDS_OF_DAY  # Excel's calendar has a 29 February 1900
    moment = (_EPOCH_1904 if since_1904 else _EPOCH) + timedelta(seconds=seconds)
    if shows is Shows.DATE and seconds % _SECONDS_OF_DAY == 0:
        return moment.date().isoformat()
    return moment.isoformat(" ")


def number_text(raw: str) -> str:
    """Return a stored number in plain digits: nothing rounded, no exponent, no ``.0``.

    A fraction is shown with the fewest digits that give the same double, as Excel shows it: 178.8 and not
    178.80000000000001.
    """
    if raw.isdigit():
        return raw
    if _PLAIN.fullmatch(raw):
        if "." not in raw:
            return raw
        if len(raw.replace(".", "").lstrip("+-0")) > _EXACT_DIGITS:
            return _without_zeros(format(Decimal(raw), "f"))
    try:
        value = float(raw)
    except ValueError:
        return raw
    if value != value or value in (float("inf"), float("-inf")):
        return raw
    text = repr(value)
    if "e" in text:
        text = format(Decimal(raw if len(raw) < 40 else text), "f")
    return _without_zeros(text) if "." in text else text


def _without_zeros(digits: str) -> str:
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def string_text(raw: str) -> str:
    """Return a stored string; a workbook writes control characters as ``_x000D_``."""
    return _ESCAPED.sub(_unescape, raw) if "_x" in raw else raw


def _unescape(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else chr(code)
