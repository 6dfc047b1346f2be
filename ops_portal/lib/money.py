"""Amounts: one rounding rule, shares that sum to the whole, ratios, and the fields that hold them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from django.core.validators import RegexValidator
from django.db import models

if TYPE_CHECKING:
    DecimalField = models.DecimalField[Any, Any]
    CharField = models.CharField[Any, Any]
else:
    DecimalField, CharField = models.DecimalField, models.CharField

CENT = Decimal("0.01")
MILLIONTH = Decimal("0.000001")


def cents(amount: Decimal | int) -> Decimal:
    """Return ``amount`` rounded to the cent, halves away from zero: the one rounding rule.

    Refuses floats (TypeError).
    """
    if isinstance(amount, float):
        raise TypeError("An amount is a Decimal, never a float.")
    # Adding zero turns a rounded −0.00 into 0.00.
    return Decimal(amount).quantize(CENT, ROUND_HALF_UP) + 0


def share_out(amount: Decimal, weights: Sequence[Decimal | int]) -> list[Decimal]:
    """Return one part of ``amount`` for each weight, by largest remainder; the parts sum to it exactly.

    Equal remainders go to the earlier part; where all weights are zero the parts are equal; the parts of −x
    are those of x with the sign turned. Refuses no weights, a negative weight, and a fraction of a cent
    (ValueError).
    """
    if not weights:
        raise ValueError("Nobody is there to share with.")
    if amount != cents(amount):
        raise ValueError(f"Round {amount} to the cent before it is shared.")
    whole = int(abs(amount) * 100)
    shares = _as_integers(weights)
    total = sum(shares)
    if total == 0:
        shares, total = [1] * len(shares), len(shares)
    parts = [whole * share // total for share in shares]
    left = whole - sum(parts)
    if left:
        by_remainder = sorted(range(len(shares)), key=lambda index: (-(whole * shares[index] % total), index))
        for index in by_remainder[:left]:
            parts[index] += 1
    sign = -1 if amount < 0 else 1
    return [Decimal(sign * part).scaleb(-2) for part in parts]


def _as_integers(weights: Sequence[Decimal | int]) -> list[int]:
    """Return whole numbers in the same proportion as ``weights``."""
    if any(isinstance(weight, float) or weight < 0 for weight in weights):
        raise ValueError("A weight is a Decimal or a whole number, and not negative.")
    pairs = [weight.as_integer_ratio() for weight in weights]
    scale = max(below for _, below in pairs)
    if all(scale % below == 0 for _, below in pairs):
        return [above * (scale // below) for above, below in pairs]
    product = 1
    for below in {below for _, below in pairs}:
        product *= below
    return [above * (product // below) for above, below in pairs]


def ratio(numerator: Decimal | int, denominator: Decimal | int) -> Decimal | None:
    """Return the quotient rounded to 6 places, halves away from zero; None where the denominator is zero."""
    if not denominator:
        return None
    return (Decimal(numerator) / Decimal(denominator)).quantize(MILLIONTH, ROUND_HALF_UP) + 0


def as_text(number: Decimal, places: int = 2) -> str:
    """Return an amount (or, with 6 places, a ratio) as machines read it: ``"1200.50"``, ungrouped."""
    return f"{number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP) + 0:f}"


class AmountField(DecimalField):
    """An amount of money of up to 999,999,999,999.99. Migrations see a plain DecimalField."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("max_digits", 14)
        options.setdefault("decimal_places", 2)
        super().__init__(*args, **options)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, _path, args, options = super().deconstruct()
        return name, "django.db.models.DecimalField", args, options


class CurrencyField(CharField):
    """The ISO 4217 code of the amounts beside it; CNY unless told. Migrations see a plain CharField."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("max_length", 3)
        options.setdefault("default", "CNY")
        options.setdefault("db_default", "CNY")
        options.setdefault("validators", [RegexValidator(r"^[A-Z]{3}\Z")])
        super().__init__(*args, **options)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, _path, args, options = super().deconstruct()
        options.pop("validators", None)
        return name, "django.db.models.CharField", args, options
