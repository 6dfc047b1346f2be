"""Links from an order to pages of the floors above, which the settings name."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse

from orders.models import Order


def links_of(user: Any, order: Order) -> list[tuple[Any, str]]:
    """Return label and address of each page of ``PORTAL_ORDER_LINKS`` that ``user`` may open."""
    return [
        (label, f"{reverse(view)}?{query.format(number=order.number)}")
        for label, view, query, permission in settings.PORTAL_ORDER_LINKS
        if user.has_perm(permission)
    ]
