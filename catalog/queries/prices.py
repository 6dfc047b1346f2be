"""What goods cost where on which day, and what is left of a price."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection
from django.db.models import F, Q, QuerySet

from catalog.models import Price
from ops_portal.lib.money import cents, ratio

# The special price of a SKU in a shop at a moment, of which there is one at most.
SPECIAL = """
    SELECT p.amount FROM catalog_price p JOIN catalog_pricechange c ON c.id = p.change_id
    WHERE p.sku_id = {sku} AND p.channel_id = {channel} AND p.until > %(at)s AND p.since <= %(at)s
      AND (c.ended_at IS NULL OR c.ended_at > %(at)s)
    ORDER BY p.id DESC LIMIT 1
"""
# One dive into the index for each SKU and place. A SKU whose prices were never written down has its list price.
IN_FORCE = f"""
    SELECT s.id, COALESCE(
        special.amount,
        own.amount,
        listed.amount,
        CASE WHEN NOT EXISTS (SELECT FROM catalog_price p WHERE p.sku_id = s.id AND p.channel_id IS NULL)
             THEN s.list_price END
    )
    FROM catalog_sku s
    LEFT JOIN LATERAL ({SPECIAL.format(sku="s.id", channel="%(special)s")}) special ON TRUE
    LEFT JOIN LATERAL (
        SELECT amount FROM catalog_price
        WHERE sku_id = s.id AND channel_id = %(channel)s AND until IS NULL AND since <= %(at)s
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

    A special price of that moment comes before both. A SKU that has no price is left out.
    """
    return amounts(sku_ids, special=channel_id, channel=channel_id, at=at)


def standing_prices(sku_ids: Collection[int], channel_id: int | None, at: datetime) -> dict[int, Decimal]:
    """Return what ``prices_at`` does, but for special prices: what holds without them."""
    return amounts(sku_ids, special=None, channel=channel_id, at=at)


def amounts(
    sku_ids: Collection[int], *, special: int | None, channel: int | None, at: datetime
) -> dict[int, Decimal]:
    """Return the amounts by SKU id, special prices of the shop ``special``, others of ``channel``; one statement."""
    if not sku_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(IN_FORCE, {"special": special, "channel": channel, "at": at, "skus": list(sku_ids)})
        return {sku_id: amount for sku_id, amount in cursor.fetchall() if amount is not None}


def specials_within(
    sku_ids: Collection[int], channel_ids: Collection[int], since: datetime, until: datetime
) -> QuerySet[Price]:
    """Return the special prices of SKUs in shops that hold at any moment of a time, the earliest first."""
    ended_later = Q(change__ended_at__gt=since) & Q(change__ended_at__gt=F("since"))
    goes_on = Q(change__ended_at=None) | ended_later
    special = Price.objects.filter(goes_on, sku__in=sku_ids, channel__in=channel_ids, until__gt=since)
    return special.filter(since__lt=until).order_by("since", "pk")


def planned_within(
    sku_ids: Collection[int], channel_id: int | None, since: datetime, until: datetime | None
) -> QuerySet[Price]:
    """Return the prices of SKUs in a shop that begin after ``since`` and before ``until``, the earliest first."""
    place = Q(channel=None) if channel_id is None else Q(channel=channel_id)
    planned = Price.objects.filter(place, sku__in=sku_ids, until=None, since__gt=since)
    return (planned.filter(since__lt=until) if until else planned).order_by("since", "pk")


def end_of(price: Price) -> datetime | None:
    """Return when a special price ends, or was ended; None for a price without an end. Needs its change read."""
    ended_at = price.change.ended_at if price.change is not None else None
    return min(price.until, max(ended_at, price.since)) if price.until and ended_at else price.until


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
