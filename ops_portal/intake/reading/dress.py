"""Numbers, ids and times dressed as text.

Each function costs less than a microsecond on the clean form, which nearly every cell has; what is dressed up
goes the slower way. A ValueError's message is a sentence fit to be shown beside the row.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

from .refusals import CellError, gettext_noop

ROUNDED = gettext_noop("“%(value)s” was rounded by a spreadsheet. Export again with this column as text.")
NO_NUMBER = gettext_noop("“%(value)s” is not a number.")
TOO_LARGE = gettext_noop("“%(value)s” is too large a number.")
NO_UNITS = gettext_noop("“%(value)s” is not a number of units.")
NO_TIME = gettext_noop("“%(value)s” is not a date or time.")

_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060\u00ad\u200e\u200f\u202a\u202b\u202c\0"))
_FORMULA_QUOTED = re.compile(r'=?\s*"(.*)"', re.DOTALL)
_NO_CENTS = re.compile(r"\d+\.0{1,2}")
_ROUNDED_ID = re.compile(r"\d(?:\.\d+)?[Ee]\+\d{2,}")

_BLANK = {
    *("", "-", "--", "---", "—", "——", "–", "/", "\\", "无", "暂无", "空", "无退款申请", "未退款"),
    *("null", "none", "nil", "n/a", "(null)"),
}
_NUMBER = re.compile(
    r"(?P<sign>[-+]?)\s*(?:¥|CNY|RMB)?\s*(?P<inner>[-+]?)\s*"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d+(?:\.\d*)?|\.\d+)(?P<power>E[-+]?\d{1,3})?\s*(?:元|CNY|RMB)?",
    re.IGNORECASE,
)
_MINUS = str.maketrans({"−": "-", "–": "-", "—": "-", "﹣": "-"})
_MOST_DIGITS = 30
_GREATEST_POWER = 20
_MOST_UNITS = 2_147_483_647
_YEARS = range(2000, 2101)
_WIDEST_OFFSET = timedelta(hours=15, minutes=59)

_DATE_AND_TIME = re.compile(
    r"(?P<year>\d{4})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})\s*日?"
    r"(?:[T\s]*(?P<half>上午|下午|AM|PM)?\s*(?P<hour>\d{1,2})\s*[:时時点]\s*(?P<minute>\d{1,2})\s*分?"
    r"(?::?\s*(?P<second>\d{1,2})(?:\.\d+)?\s*秒?)?\s*(?P<after>AM|PM)?)?",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:[ T]?(\d{2}):?(\d{2}):?(\d{2})?)?")
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - worksheet times carry no zone


def bare_id(text: str) -> str:
    """Return an order number, waybill or code without what it was wrapped in; blank for blank.

    Takes off blanks, tabs, invisible characters, a leading ``'`` or ``@``, ``="…"``, quotation marks and an
    empty fraction. Raises ValueError where a spreadsheet has rounded the number: its digits are lost.
    """
    if text.isalnum() and text.isascii():
        return text
    bare = " ".join(text.translate(_INVISIBLE).split())
    if not bare.isascii():
        bare = unicodedata.normalize("NFKC", bare)
    if found := _FORMULA_QUOTED.fullmatch(bare):
        bare = found[1].strip()
    bare = bare.lstrip("'@`’‘").strip('"“” ')
    if _NO_CENTS.fullmatch(bare):
        return bare.partition(".")[0]
    if _ROUNDED_ID.fullmatch(bare):
        raise CellError(ROUNDED, value=bare)
    return bare


def as_decimal(text: str) -> Decimal | None:
    """Return an amount as it is written; None for blank and for words that mean nothing is there.

    Knows ¥ and 元, thousands separators, full-width digits and negatives in parentheses. Raises ValueError.
    """
    if len(text) < _MOST_DIGITS and text.replace(".", "", 1).isdigit() and text.isascii():
        return Decimal(text)
    plain = _plain(text)
    if plain.lower() in _BLANK:
        return None
    negative = plain.startswith("(") and plain.endswith(")")
    found = _NUMBER.fullmatch(plain[1:-1].strip() if negative else plain)
    if found is None or (found["sign"] and found["inner"]) or (negative and found["sign"]):
        raise CellError(NO_NUMBER, value=_short(text))
    digits = found["digits"].replace(",", "")
    power = found["power"] or ""
    if len(digits) > _MOST_DIGITS or (power and abs(int(power[1:])) > _GREATEST_POWER):
        raise CellError(TOO_LARGE, value=_short(text))
    value = Decimal(digits + power)
    return -value if negative or "-" in (found["sign"], found["inner"]) else value


def as_units(text: str) -> int | None:
    """Return a number of units of goods; None for blank. Raises ValueError for fractions too."""
    if text.isdigit() and text.isascii() and len(text) < 10:
        return int(text)
    value = as_decimal(text.strip().removesuffix("件"))
    if value is None:
        return None
    if value != value.to_integral_value() or abs(value) > _MOST_UNITS:
        raise CellError(NO_UNITS, value=_short(text))
    return int(value)


def as_datetime(text: str, *, serials: bool = False) -> datetime | None:
    """Return a time, naive as most are written, aware where the text carries an offset; None for blank.

    ``serials`` lets day numbers such as 46337.5 pass, as worksheets hold them in cells that are not formatted
    as dates; in a text file they are refused. Raises ValueError.
    """
    if text[4:5] == "-" and text[7:8] == "-":
        try:
            return datetime.fromisoformat(text)
        except (ValueError, OverflowError):
            pass
    plain = _plain(text)
    if plain.lower() in _BLANK or plain.startswith("0000-00-00"):
        return None
    if plain[4:5] == "-":
        try:
            return datetime.fromisoformat(plain)
        except (ValueError, OverflowError):
            pass
    try:
        return _parse_time(plain, serials)
    except (ValueError, OverflowError):
        raise CellError(NO_TIME, value=_short(text)) from None


def as_moment(text: str, zone: tzinfo, *, serials: bool = False) -> datetime | None:
    """Return a time in ``zone`` where the text names no offset; None for blank.

    Raises ValueError as ``as_datetime`` does, also outside the years 2000 to 2100 and for offsets that
    databases do not take: such a time can't be turned into every zone.
    """
    when = as_datetime(text, serials=serials)
    if when is None:
        return None
    offset = when.utcoffset()
    if when.year not in _YEARS or (offset is not None and abs(offset) > _WIDEST_OFFSET):
        raise CellError(NO_TIME, value=_short(text))
    return when.replace(tzinfo=zone) if offset is None else when


def _parse_time(plain: str, serials: bool) -> datetime:
    if serials and _SERIAL.fullmatch(plain):
        return _EPOCH + timedelta(seconds=round(float(plain) * 86_400))
    if found := _COMPACT.fullmatch(plain):
        return datetime(*(int(part or 0) for part in found.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
    found = _DATE_AND_TIME.fullmatch(plain)
    if found is None:
        raise ValueError
    hour = int(found["hour"] or 0)
    half = (found["half"] or found["after"] or "").lower()
    if half and hour > 12:
        half = ""
    if half in {"下午", "pm"}:
        hour = hour % 12 + 12
    elif half:
        hour %= 12
    year, month, day = int(found["year"]), int(found["month"]), int(found["day"])
    return datetime(year, month, day, hour, int(found["minute"] or 0), int(found["second"] or 0))  # noqa: DTZ001


def _plain(text: str) -> str:
    """Return the text in half-width, without blanks around it, invisible characters, Excel's text marks."""
    plain = text.translate(_INVISIBLE)
    if not plain.isascii():
        plain = unicodedata.normalize("NFKC", plain.translate(_MINUS))
    plain = plain.strip()
    if found := _FORMULA_QUOTED.fullmatch(plain):
        plain = found[1].strip()
    return plain.lstrip("'`’‘").strip()


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:40] + "…"
