"""What we do when the floors below speak."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.dispatch import receiver
from django.urls import reverse

from catalog.models import Sku
from catalog.signals import (
    document_claims,
    document_pages,
    skus_created,
    skus_matched,
    units_arrived,
    units_wanted,
)
from ops_portal.lib.principals import job
from orders.choices import GOES_BACK, STOCK_STATE, OrderStatus
from orders.operations.waiting import serve_waiting_orders

AT_ONCE = 200  # orders served while whoever brought the units waits for the answer

# An order that touches stock holds its units in one state, by its status; short and unmapped ones hold none.
HELD = ", ".join(f"('{status}', '{state}')" for status, state in STOCK_STATE.items())
ORDER_CLAIMS = f"""
    WITH held(status, state) AS (VALUES {HELD}
    ), goods AS (
        SELECT l.order_id, l.sku_id, l.units::bigint AS units FROM orders_orderline l
        WHERE l.sku_id IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM orders_linecomponent c WHERE c.line_id = l.id)
        UNION ALL
        SELECT l.order_id, c.sku_id, c.units::bigint FROM orders_linecomponent c
        JOIN orders_orderline l ON l.id = c.line_id
    ), standing AS (
        SELECT o.id, o.number, held.state FROM orders_order o JOIN held USING (status) WHERE o.touches_stock
        UNION ALL
        SELECT o.id, o.number, 'returning' FROM orders_order o
        WHERE o.touches_stock AND o.status = 'cancelled'
          AND EXISTS (SELECT 1 FROM orders_shipment p WHERE p.order_id = o.id)
    )
    SELECT 'order' AS document_kind, standing.number AS document_number, goods.sku_id,
           'available' AS from_state, standing.state AS to_state, goods.units
    FROM standing JOIN goods ON goods.order_id = standing.id
"""


# An order that is short holds nothing, be it short of one of its goods only. Its shop's first warehouse serves it; a
# shop without any is served by all, by their ids.
ORDERS_WAIT = f"""
    WITH waiting AS (
        SELECT o.id, coalesce(
            (SELECT w.warehouse_id FROM orders_shopwarehouse w
             WHERE w.shop_id = o.shop_id ORDER BY w.rank, w.id LIMIT 1),
            (SELECT min(h.id) FROM catalog_warehouse h)
        ) AS warehouse_id
        FROM orders_order o
        WHERE o.status = '{OrderStatus.SHORT}'
          AND o.refund_status NOT IN ({", ".join(f"'{each}'" for each in GOES_BACK)})
    )
    SELECT l.sku_id, w.warehouse_id, l.units::bigint AS units
    FROM waiting w JOIN orders_orderline l ON l.order_id = w.id
    WHERE l.sku_id IS NOT NULL AND NOT EXISTS (SELECT FROM orders_linecomponent c WHERE c.line_id = l.id)
    UNION ALL
    SELECT c.sku_id, w.warehouse_id, c.units::bigint
    FROM waiting w JOIN orders_orderline l ON l.order_id = w.id JOIN orders_linecomponent c ON c.line_id = l.id
"""


@receiver(document_claims, dispatch_uid="orders.claim_orders")
def claim_orders(sender: Any, **_: Any) -> str:
    """Say what orders hold: their goods by status, taken from what was available."""
    return ORDER_CLAIMS


@receiver(units_wanted, dispatch_uid="orders.want_units")
def want_units(sender: Any, **_: Any) -> str:
    """Say what orders wait for that are short of stock."""
    return ORDERS_WAIT


@receiver(document_pages, dispatch_uid="orders.lead_to_orders")
def lead_to_orders(
    sender: Any, *, documents: Collection[tuple[str, str]], **_: Any
) -> dict[tuple[str, str], str]:
    """Say where the pages of orders are."""
    return {
        (kind, number): reverse("orders:order", args=[number])
        for kind, number in documents
        if kind == "order"
    }


@receiver(units_arrived, dispatch_uid="orders.serve_after_arrival")
def serve_after_arrival(sender: Any, *, sku_ids: Collection[int], at: datetime, **_: Any) -> None:
    """Serve the first orders that wait for these SKUs right after the arrival is committed; a sweep does the rest."""
    serve_soon(sku_ids, at=at)


@receiver(skus_created, dispatch_uid="orders.serve_after_creation")
def serve_after_creation(sender: Any, *, codes: Collection[str], at: datetime, **_: Any) -> None:
    """Serve the first orders that wait for these SKUs to exist, right after they do; a sweep does the rest."""
    sku_ids = set(Sku.objects.filter(code__in=codes).values_list("pk", flat=True))
    serve_soon(sku_ids, at=at)


@receiver(skus_matched, dispatch_uid="orders.serve_after_matching")
def serve_after_matching(sender: Any, *, sku_ids: Collection[int], at: datetime, **_: Any) -> None:
    """Serve the first orders that wait for codes of these SKUs, right after they are matched; a sweep does the rest."""
    serve_soon(sku_ids, at=at)


def serve_soon(sku_ids: Collection[int], *, at: datetime) -> None:
    """Serve one short stretch of the orders that wait for these SKUs, once the transaction is committed."""
    actor = job("orders.serve_waiting_orders")

    def serve() -> None:  # by name: Django writes down what failed by its name, which a partial has not
        serve_waiting_orders(sku_ids=sku_ids, limit=AT_ONCE, actor=actor, at=at)

    transaction.on_commit(serve, robust=True)
