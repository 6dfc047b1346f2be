"""What part of the goods, of what is sold and of what is earned falls to each role of a price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from catalog.choices import PriceRole
from ops_portal.lib.money import ratio

DAYS: Final = 30
ROLES: Final = """
    WITH sold AS (
        SELECT d.sku_id, sum(d.units) AS units FROM catalog_dailydemand d
        WHERE d.day >= %(since)s AND d.day < %(today)s GROUP BY d.sku_id
    )
    SELECT k.price_role, count(*), coalesce(sum(sold.units), 0)::bigint,
           coalesce(sum(sold.units * k.list_price), 0),
           coalesce(sum(sold.units * k.list_price) FILTER (WHERE k.cost IS NOT NULL), 0),
           coalesce(sum(sold.units * k.cost), 0)
    FROM catalog_sku k JOIN catalog_product p ON p.id = k.product_id LEFT JOIN sold ON sold.sku_id = k.id
    WHERE k.is_active AND NOT k.is_bundle AND p.brand_id = ANY(%(brands)s)
    GROUP BY k.price_role
"""


@dataclass(frozen=True, slots=True)
class RoleRow:
    """The goods of one role; blank is without a role. ``money`` is units at list price; shares are of all rows.

    ``margin_rate`` is (list price − cost) ÷ list price, weighted by the units, over goods whose cost is known.
    """

    role: str
    label: str
    skus: int
    units: int
    money: Decimal
    sku_share: Decimal | None
    unit_share: Decimal | None
    money_share: Decimal | None
    margin_rate: Decimal | None


def role_mix(brand_ids: Sequence[int], *, at: datetime) -> list[RoleRow]:
    """Return a row for each role and one for goods without, over the last ``DAYS`` whole days; one statement."""
    today = timezone.localdate(at)
    given: dict[str, Any] = {"brands": list(brand_ids), "since": today - timedelta(days=DAYS), "today": today}
    with connection.cursor() as cursor:
        cursor.execute(ROLES, given)
        found = {role: facts for role, *facts in cursor.fetchall()}
    skus, units, money = (sum(facts[place] for facts in found.values()) for place in range(3))
    rows = []
    for role, label in (*PriceRole.choices, ("", "")):
        of_role, sold, worth, priced, cost = found.get(role, (0, 0, Decimal(0), Decimal(0), Decimal(0)))
        rows.append(
            RoleRow(
                role=role,
                label=str(label),
                skus=of_role,
                units=sold,
                money=worth,
                sku_share=ratio(of_role, skus),
                unit_share=ratio(sold, units),
                money_share=ratio(worth, money),
                margin_rate=ratio(priced - cost, priced),
            )
        )
    return rows
