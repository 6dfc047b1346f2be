"""Shares as people read them."""

from __future__ import annotations

from decimal import Decimal

from django import template

register = template.Library()


@register.filter
def as_percent(share: Decimal) -> str:
    """Return a share as a percentage with one place: 0.125 is 12.5 %."""
    return f"{share * 100:.1f} %"
