"""What order files have in common: amounts to the cent, times in the shop's zone, lengths that the tables take."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from ops_portal.intake.kinds import RowRefused
from ops_portal.intake.reading import as_decimal, as_moment, bare_id
from ops_portal.intake.tables import is_total, mask_mobiles, missing, too_long, total_row
from ops_portal.lib.money import cents

ZERO = Decimal("0.00")
MOST = Decimal("999999999999.99")
# A spreadsheet's or a program's 30.299999999999997 means 30.30; 9.999 means neither 9.99 nor 10.00.
NOISE = Decimal("0.000001")


def amount_in(text: str, column: str) -> Decimal | None:
    """Return an amount to the cent, None for blank. Raises ValueError, RowRefused."""
    if not text:
        return None
    value = as_decimal(text)
    if value is None:
        return None
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -2:
        rounded = cents(value)
        if abs(rounded - value) > NOISE:
            detail = _("“%(value)s” in the column %(column)s has fractions of a cent.")
            raise RowRefused("fraction_of_a_cent", detail, value=mask_mobiles(text), column=column)
        value = rounded
    if value > MOST:
        detail = _("“%(value)s” in the column %(column)s is too large an amount.")
        raise RowRefused("too_large", detail, value=mask_mobiles(text), column=column)
    if value < 0:
        detail = _("“%(value)s” in the column %(column)s is negative.")
        raise RowRefused("negative", detail, value=mask_mobiles(text), column=column)
    return value


def time_in(text: str, zone: ZoneInfo, *, serials: bool) -> datetime | None:
    """Return a time, in the shop's zone where the text names none; None for blank. Raises ValueError."""
    if not text:
        return None
    return as_moment(text, zone, serials=serials)


def order_number_in(text: str, column: str = "platform_number") -> str:
    """Return an order's number. Raises ValueError, RowRefused where there is none, or a total's word."""
    number = bare_id(text)
    if not number:
        raise missing(column)
    if len(number) > 60:
        raise too_long(column, 60)
    if is_total(number):
        raise total_row()
    return number


def fitting(text: str, column: str, most: int) -> str:
    """Return a text without blanks around it. Raises RowRefused where it is too long."""
    text = text.strip()
    if len(text) > most:
        raise too_long(column, most)
    return text
