"""What goods cost where on which day, and what is left of a price."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection
from django.db.models import Q, QuerySet

from catalog.models import Price
from ops_portal.lib.money import cents, ratio

# One dive into the index for each SKU and place. A SKU whose prices were never written down has its list price.
IN_FORCE = """
    SELECT s.id, COALESCE(
        own.amount,
        listed.amount,
        CASE WHEN NOT EXISTS (SELECT FROM catalog_price p WHERE p.sku_id = s.id AND p.channel_id IS NULL)
             THEN s.list_price END
    )
    FROM catalog_sku s
    LEFT JOIN LATERAL (
        SELECT amount FROM catalog_price
        WHERE sku_id = s.id AND channel_id = %(channel)s AND since <= %(at)s
        ORDER BY since DESC, id DESC LIMIT 1
    ) own ON TRUE
    LEFT JOIN LATERAL (
        SELECT amount FROM catalog_price
        WHERE sku_id = s.id AND channel_id IS NULL AND since <= %(at)s
        ORDER BY since DESC, id DESC LIMIT 1
    ) listed ON TRUE
    WHERE s.id = ANY(%(skus)s)
"""


@dataclass(frozen=True, slots=True)
class Margin:
    """What is left of a price: the amount, and its share of the price (None where the price is zero)."""

    amount: Decimal
    rate: Decimal | None


def prices_at(sku_ids: Collection[int], channel_id: int | None, at: datetime) -> dict[int, Decimal]:
    """Return the price of each SKU in a shop at a moment, by SKU id; where the shop has none, the list price.

    A SKU that has neither is left out.
    """
    if not sku_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(IN_FORCE, {"channel": channel_id, "at": at, "skus": list(sku_ids)})
        return {sku_id: amount for sku_id, amount in cursor.fetchall() if amount is not None}


def price_history(sku_id: int, channel_id: int | None) -> QuerySet[Price]:
    """Return the prices of a SKU in a shop (None: its list prices), the latest first."""
    place = Q(channel=None) if channel_id is None else Q(channel=channel_id)
    return Price.objects.filter(place, sku=sku_id).order_by("-since", "-pk")


def margin_of(
    price: Decimal, cost: Decimal | None, fee_rate: Decimal, commission_rate: Decimal | int = 0
) -> Margin | None:
    """Return what is left of a price after the platform's fee, a commission and the cost; None without a cost.

    Fee and commission are shares of the price, each rounded to the cent.
    """
    if cost is None:
        return None
    left = price - cents(price * fee_rate) - cents(price * commission_rate) - cost
    return Margin(left, ratio(left, price))
