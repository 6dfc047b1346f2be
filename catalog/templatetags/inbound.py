"""How figures of deliveries are shown."""

from __future__ import annotations

from typing import Final

from django import template
from django.utils.formats import number_format

from catalog.choices import InboundStatus

register = template.Library()

PILLS: Final = {
    InboundStatus.ORDERED: "stock-pill-near",
    InboundStatus.EXPECTED: "stock-pill-on_the_way",
    InboundStatus.RECEIVING: "stock-pill-near",
    InboundStatus.RECEIVED: "stock-pill-arrived",
}


@register.filter
def percent(share: float | None) -> str:
    """Return a share in per cent; a dash where there is none."""
    return "–" if share is None else f"{number_format(round(100 * share, 1), 1)} %"


@register.filter
def one_place(value: float | None) -> str:
    """Return a number with one decimal; a dash where there is none."""
    return "–" if value is None else number_format(round(value, 1), 1)


@register.filter
def pill(status: str) -> str:
    """Return the class of the pill of a delivery's status."""
    return PILLS.get(InboundStatus(status), "")
