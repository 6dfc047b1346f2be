"""How shares and changes of money are written."""

from __future__ import annotations

from decimal import Decimal

from django import template

from ops_portal.desk.queries.rows import in_money

register = template.Library()


@register.simple_tag
def share(number: float) -> str:
    """Return a share in per cent, with as many places as it has."""
    return f"{number * 100:g} %"


@register.simple_tag
def signed_money(amount: Decimal, currency: str) -> str:
    """Return an amount with its sign before that of the currency."""
    if abs(amount) < Decimal("0.005"):
        return "–"
    return f"{'+' if amount > 0 else '−'}{in_money(abs(amount), currency)}"


@register.simple_tag
def whole(number: float) -> str:
    """Return a number of units without a fraction."""
    return f"{number:,.0f}"


@register.simple_tag
def tenths(number: float) -> str:
    """Return a number with one place."""
    return f"{number:,.1f}"
