"""Refunds as they were noted, held against what orders say."""

from __future__ import annotations

from typing import Final

from django.db import connection

# What was noted of each order and line, held against what they say; nothing of what was undone.
DIFFERING_REFUND: Final = """
    WITH noted AS (
        SELECT order_id, line_id, sum(amount) AS amount FROM orders_refund GROUP BY order_id, line_id
    )
    SELECT o.id, o.number FROM orders_order o
    LEFT JOIN (SELECT order_id, sum(amount) AS amount FROM noted GROUP BY order_id) r ON r.order_id = o.id
    WHERE (o.refund_amount > 0 OR r.amount IS NOT NULL)
      AND COALESCE(r.amount, 0) <> CASE WHEN o.undone_at IS NULL THEN o.refund_amount ELSE 0 END
    UNION ALL
    SELECT o.id, o.number FROM orders_orderline l
    JOIN orders_order o ON o.id = l.order_id
    LEFT JOIN noted r ON r.line_id = l.id
    WHERE (l.refund_amount > 0 OR r.amount IS NOT NULL)
      AND COALESCE(r.amount, 0) <> CASE WHEN o.undone_at IS NULL THEN l.refund_amount ELSE 0 END
    ORDER BY 1 LIMIT 1
"""


def differing_refund() -> str | None:
    """Return the first order whose refunds don't add up to what it and its lines say; None where all do."""
    with connection.cursor() as cursor:
        cursor.execute(DIFFERING_REFUND)
        found = cursor.fetchone()
    return str(found[1]) if found else None
