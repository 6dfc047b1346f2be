"""What the pages of the order desk share: who may open them, and which order is meant."""

from __future__ import annotations

from typing import Final

from django.http import Http404, HttpRequest

from orders.models import Order

PERMISSION: Final = "orders.use_desk"


def visible_order(request: HttpRequest, number: str) -> Order:
    """Return the order of this number, with its shop; 404 where the reader may not see it."""
    orders = Order.objects.visible_to(request.user).select_related("shop", "warehouse__brand", "owner")
    order: Order | None = orders.filter(number=number).first()
    if order is None:
        raise Http404
    return order
