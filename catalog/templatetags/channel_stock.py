"""How pages write what shops show."""

from __future__ import annotations

from decimal import Decimal

from django import template

register = template.Library()


@register.simple_tag
def percent(share: Decimal) -> str:
    """Return a share in percent, without noughts that say nothing: 33.33, 50, 100."""
    text = f"{share * 100:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
