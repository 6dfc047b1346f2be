"""What pages of goods show of pictures, of shares, and of the floors above."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import template
from django.conf import settings
from django.template import Context
from django.urls import reverse

from catalog.models import Listing
from ops_portal.lib.doors.links import links_of

register = template.Library()


@register.simple_tag
def media_address(sha256: str, *, small: bool = True) -> str:
    """Return where a picture is read, as a thumbnail unless it is asked for whole."""
    return reverse("catalog:thumbnail" if small else "catalog:media", args=[sha256])


@register.simple_tag
def percent(share: Decimal | float | None) -> str:
    """Return a share as people read it; nothing where there is none."""
    return "" if share is None else f"{float(share) * 100:.1f} %"


@register.filter
def unlocalised(number: Decimal | float | None) -> str:
    """Return a number as HTML wants it."""
    return "" if number is None else f"{float(number):.4f}"


@register.filter
def under(values: Mapping[str, Any], key: str) -> Any:
    """Return what a table holds under a key."""
    return values.get(key)


@register.simple_tag(takes_context=True)
def links_up(context: Context, listing: Listing) -> list[tuple[Any, str]]:
    """Return the pages of the floors above on which something can be done about a live listing."""
    if listing.live_id is None:
        return []
    return links_of(context["request"].user, settings.PORTAL_LISTING_LINKS, number=listing.number)
