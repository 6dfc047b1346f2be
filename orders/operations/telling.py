"""What partners' systems are told of orders: that something happened, never who bought or what others sold."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db import connection

from ops_portal.lib.principals import Principal
from ops_portal.outbox.models import Endpoint
from ops_portal.outbox.operations import recording as outbox
from ops_portal.outbox.operations.recording import EventDraft
from orders.choices import ORDER_MOVES

PLACED: Final = "order.placed"
SHORT: Final = "order.short"
SHIPPED: Final = "order.shipped"
DELIVERED: Final = "order.delivered"
COMPLETED: Final = "order.completed"
CANCELLED: Final = "order.cancelled"
REFUND_CHANGED: Final = "order.refund_changed"

# Asked by every order that is placed, beside what writes it.
ANYBODY_LISTENS: Final = f"EXISTS (SELECT 1 FROM {Endpoint._meta.db_table} WHERE disabled_reason <> 'closed')"
BRANDS: Final = """
    SELECT o.id, o.number, o.status, o.refund_status, array_remove(array_agg(DISTINCT b.code), NULL)
    FROM orders_order o
    LEFT JOIN orders_orderline l ON l.order_id = o.id
    LEFT JOIN catalog_sku s ON s.id = l.sku_id
    LEFT JOIN catalog_product p ON p.id = s.product_id
    LEFT JOIN catalog_brand b ON b.id = p.brand_id
    WHERE o.id = ANY(%s) GROUP BY o.id ORDER BY o.id
"""


def tell_orders(
    happened: Iterable[tuple[str, Iterable[int]]],
    *,
    actor: Principal,
    at: datetime,
    is_heard: bool | None = None,
) -> None:
    """Record for whoever listens that each kind of event happened to these orders.

    The partners of the brands of an order's lines hear of it, with its status as it then is. One statement where
    nobody listens; none where the caller found that out (``is_heard``).
    """
    ids_of = [(kind, list(order_ids)) for kind, order_ids in happened]
    wanted = sorted({pk for _kind, ids in ids_of for pk in ids})
    if not wanted or is_heard is False:
        return
    with connection.cursor() as cursor:
        if is_heard is None:
            cursor.execute(f"SELECT {ANYBODY_LISTENS}")
            (is_heard,) = cursor.fetchone()
            if not is_heard:
                return
        cursor.execute(BRANDS, [wanted])
        facts = {pk: rest for pk, *rest in cursor.fetchall()}
    events = []
    for kind, ids in ids_of:
        for pk in ids:
            number, status, refund_status, brands = facts[pk]
            said = {"status": status, "refund_status": refund_status}
            events.append(EventDraft(kind, ORDER_MOVES.kind, number, frozenset(brands), said))
    outbox.record(events, actor=actor, at=at)
