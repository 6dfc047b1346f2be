"""Which listings a contract covered once and none covers any more."""

from __future__ import annotations

from datetime import date
from typing import Final

from django.db import connection

# The shop of the floor of the orders goes by the code of the channel.
LAPSED: Final = """
    SELECT l.id
    FROM (SELECT DISTINCT brand_id FROM consignment_contractcover WHERE upper(period) <= %(on)s) AS ended
    JOIN catalog_product p ON p.brand_id = ended.brand_id
    JOIN catalog_listing l ON l.product_id = p.id AND l.status <> 'new'
    JOIN catalog_channel c ON c.id = l.channel_id
    JOIN orders_shop s ON s.code = c.code
    WHERE EXISTS (
        SELECT FROM consignment_contractcover v
        WHERE v.brand_id = p.brand_id AND v.shops @> s.id AND upper(v.period) <= %(on)s
    ) AND NOT EXISTS (
        SELECT FROM consignment_contractcover v
        WHERE v.brand_id = p.brand_id AND v.shops @> s.id AND v.period @> %(on)s::date
    )
"""


def lapsed_listings(on: date) -> set[int]:
    """Return the ids of listings whose brand a contract covered in their shop before ``on`` and none does on it.

    Brands that never had a contract there are ours to sell.
    """
    with connection.cursor() as cursor:
        cursor.execute(LAPSED, {"on": on})
        return {pk for (pk,) in cursor.fetchall()}
