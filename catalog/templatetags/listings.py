"""What pages of goods show of pictures."""

from __future__ import annotations

from django import template
from django.urls import NoReverseMatch, reverse

register = template.Library()


@register.simple_tag
def media_address(sha256: str, *, small: bool = True) -> str:
    """Return where a picture is read, as a thumbnail unless it is asked for whole."""
    try:
        return reverse("catalog:thumbnail" if small else "catalog:media", args=[sha256])
    except NoReverseMatch:
        return ""
