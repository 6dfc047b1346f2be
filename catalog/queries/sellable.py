"""What may be promised: units that are available, and of batches only those with enough days left."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Final

from django.db import connection

MOST_DAYS: Final = 366_000  # within what a date can hold
# Balances with what of them may still be promised on the day ``on``. Reserving takes by the same rule.
SELLABLE: Final = f"""
    SELECT s.id, s.sku_id, s.warehouse_id,
           CASE WHEN k.tracks_batches THEN coalesce((
               SELECT sum(b.available) FROM catalog_batchstock b JOIN catalog_batch c ON c.id = b.batch_id
               WHERE b.stock_id = s.id
                 AND (c.expires_on IS NULL OR c.expires_on - least(coalesce(k.ship_days, 0), {MOST_DAYS}) >= %(on)s)
           ), 0) ELSE s.available END AS units
    FROM catalog_stock s JOIN catalog_sku k ON k.id = s.sku_id
"""


def sellable_units(
    sku_ids: Collection[int], warehouse_ids: Collection[int] | None = None, *, on: date
) -> dict[tuple[int, int], int]:
    """Return how many units can be promised on the day ``on``, by (SKU, warehouse), all owners together.

    Batches that are past their date count for nothing, nor do those with fewer days left than ``Sku.ship_days``.
    What has no balance, or a bundle, is left out. One statement.
    """
    if not sku_ids:
        return {}
    narrowed = "" if warehouse_ids is None else " AND s.warehouse_id = ANY (%(warehouses)s)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT sku_id, warehouse_id, sum(units)::bigint FROM ("
            f"{SELLABLE} WHERE s.sku_id = ANY (%(skus)s){narrowed}) AS part GROUP BY sku_id, warehouse_id",
            {"skus": list(sku_ids), "warehouses": list(warehouse_ids or ()), "on": on},
        )
        return {(sku, warehouse): units for sku, warehouse, units in cursor.fetchall()}
