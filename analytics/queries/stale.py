"""Which days wait to be computed again."""

from __future__ import annotations

from datetime import date
from typing import Final

from django.db import connection

# The days whose rows count for another brand since the catalogue changed; ``changed`` names (kind, row_id).
DAYS_OF_CHANGED_GOODS: Final = """
    WITH line AS (
        SELECT l.order_id FROM {changed} c JOIN orders_orderline l ON l.id = c.row_id WHERE c.kind = 'line'
        UNION ALL
        SELECT l.order_id FROM {changed} c JOIN orders_orderline l ON l.sku_id = c.row_id WHERE c.kind = 'sku'
        UNION ALL
        SELECT l.order_id FROM {changed} c JOIN catalog_sku s ON s.product_id = c.row_id
        JOIN orders_orderline l ON l.sku_id = s.id WHERE c.kind = 'product'
        UNION ALL
        SELECT l.order_id FROM {changed} c JOIN catalog_product p ON p.brand_id = c.row_id
        JOIN catalog_sku s ON s.product_id = p.id
        JOIN orders_orderline l ON l.sku_id = s.id WHERE c.kind = 'brand'
    )
    SELECT 'order' AS source, o.shop_id, o.placed_on AS day FROM line JOIN orders_order o ON o.id = line.order_id
    UNION
    SELECT 'feedback', f.shop_id, f.received_on FROM {changed} c
    JOIN feedback_feedbackitem f ON f.brand_id = c.row_id WHERE c.kind = 'brand'
"""


def stale_days() -> set[tuple[str, int, date]]:
    """Return the days that wait to be computed again, by source and shop (0 is none)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT source, COALESCE(shop_id, 0), day FROM analytics_staleday UNION"
            " SELECT source, COALESCE(shop_id, 0), day"
            f" FROM ({DAYS_OF_CHANGED_GOODS.format(changed='analytics_changedgoods')}) d"
        )
        return {(source, shop_id, day) for source, shop_id, day in cursor.fetchall()}
