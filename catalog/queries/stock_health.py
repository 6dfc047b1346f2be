"""How healthy stock is, by brand: its age, how fast it turns, how long it lasts, what money lies in it.

On hand is what lies in the house in any state. Ages are first in, first out: of the units of a balance, the newest
receipts are still there. With receipts from the newest on and ``c`` the units of those that are newer, of a receipt of
``q`` units ``min(q, max(0, on hand - c))`` remain. Goods that came by transfer count from the day of their arrival.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from catalog.choices import OWN
from catalog.models import Brand

BANDS: Final = (30, 60, 90, 180, 365)  # days; the last band has no end
TURN_DAYS: Final = 90
RATE_DAYS: Final = 28
LISTED: Final = 100
KEPT_SECONDS: Final = 600
ON_HAND: Final = "(s.available + s.reserved + s.quarantine + s.inspecting + s.damaged)"
REMAINS: Final = f"""
    SELECT s.id AS stock_id, s.sku_id, m.at,
           least(m.units, greatest(0, {ON_HAND} - (sum(m.units) OVER newest - m.units)))::bigint AS units
    FROM catalog_stock s JOIN catalog_stockmovement m ON m.stock_id = s.id AND m.from_state = 'outside'
    WHERE {ON_HAND} > 0 AND {{of}}
    WINDOW newest AS (PARTITION BY m.stock_id ORDER BY m.at DESC, m.id DESC)
"""
BAND: Final = (
    "width_bucket((%(today)s::date - (r.at AT TIME ZONE 'Asia/Shanghai')::date)::int, %(bands)s::int[])"
)
AGES_BY_BRAND: Final = f"""
    WITH r AS ({REMAINS.format(of="true")})
    SELECT p.brand_id, {BAND} AS band, sum(r.units)::bigint, coalesce(sum(r.units * k.cost), 0)
    FROM r JOIN catalog_sku k ON k.id = r.sku_id JOIN catalog_product p ON p.id = k.product_id
    WHERE r.units > 0 GROUP BY 1, 2
"""
MONEY_BY_BRAND: Final = f"""
    SELECT p.brand_id, sum({ON_HAND})::bigint, sum(s.available)::bigint,
           coalesce(sum({ON_HAND} * k.cost) FILTER (WHERE s.owner = '{OWN}'), 0),
           coalesce(sum({ON_HAND} * k.cost) FILTER (WHERE s.owner <> '{OWN}'), 0),
           count(DISTINCT k.id) FILTER (WHERE k.cost IS NULL)
    FROM catalog_stock s JOIN catalog_sku k ON k.id = s.sku_id JOIN catalog_product p ON p.id = k.product_id
    WHERE {ON_HAND} > 0 GROUP BY p.brand_id
"""
SOLD_BY_BRAND: Final = """
    SELECT p.brand_id, sum(d.units)::bigint, coalesce(sum(d.units) FILTER (WHERE d.day >= %(rate_from)s), 0)::bigint
    FROM catalog_dailydemand d JOIN catalog_sku k ON k.id = d.sku_id JOIN catalog_product p ON p.id = k.product_id
    WHERE d.day >= %(turn_from)s AND d.day < %(today)s GROUP BY p.brand_id
"""
CAME_BY_BRAND: Final = """
    SELECT p.brand_id, sum(m.units)::bigint
    FROM catalog_stockmovement m JOIN catalog_stock s ON s.id = m.stock_id
    JOIN catalog_sku k ON k.id = s.sku_id JOIN catalog_product p ON p.id = k.product_id
    WHERE m.from_state = 'outside' AND m.at >= %(since)s GROUP BY p.brand_id
"""
# SKU's own terms go before the brand's.
CORE: Final = """
    SELECT k.id, k.code, p.brand_id, p.name FROM catalog_sku k JOIN catalog_product p ON p.id = k.product_id
    LEFT JOIN catalog_supplyterms own ON own.sku_id = k.id AND own.brand_id = p.brand_id
    LEFT JOIN catalog_supplyterms b ON b.sku_id IS NULL AND b.brand_id = p.brand_id
    WHERE k.is_active AND NOT k.is_bundle AND coalesce(own.is_core, b.is_core, false)
"""
CORE_DAYS: Final = f"""
    WITH core AS MATERIALIZED ({CORE}), kept AS (
        SELECT core.id, s.warehouse_id, sum(s.available)::bigint AS units
        FROM core JOIN catalog_stock s ON s.sku_id = core.id GROUP BY core.id, s.warehouse_id
    )
    SELECT core.code, core.name, core.brand_id, w.name, (
        SELECT count(*) FROM catalog_dailydemand d
        WHERE d.sku_id = core.id AND d.warehouse_id = kept.warehouse_id AND d.was_out
          AND d.day >= %(turn_from)s AND d.day < %(today)s
    ), kept.units
    FROM kept JOIN core ON core.id = kept.id JOIN catalog_warehouse w ON w.id = kept.warehouse_id
"""
SLOW: Final = f"""
    WITH here AS (
        SELECT s.sku_id, sum({ON_HAND})::bigint AS units
        FROM catalog_stock s JOIN catalog_sku k ON k.id = s.sku_id JOIN catalog_product p ON p.id = k.product_id
        WHERE {ON_HAND} > 0 AND p.brand_id = ANY (%(brands)s) GROUP BY s.sku_id
    ), slow AS (
        SELECT here.sku_id, here.units, here.units * k.cost AS money FROM here JOIN catalog_sku k ON k.id = here.sku_id
        WHERE NOT EXISTS (
            SELECT FROM catalog_dailydemand d WHERE d.sku_id = here.sku_id AND d.units > 0 AND d.day >= %(since)s
        ) AND EXISTS (
            SELECT FROM catalog_stock s JOIN catalog_stockmovement m ON m.stock_id = s.id AND m.from_state = 'outside'
            WHERE s.sku_id = here.sku_id AND m.at < %(since_at)s
        )
        ORDER BY money DESC NULLS LAST, units DESC, here.sku_id LIMIT {LISTED}
    )
    SELECT k.code, p.code, p.name, b.name, slow.units, slow.money,
           (SELECT max(day) FROM catalog_dailydemand d WHERE d.sku_id = slow.sku_id AND d.units > 0),
           (SELECT max(m.at) FROM catalog_stock s JOIN catalog_stockmovement m ON m.stock_id = s.id
            AND m.from_state = 'outside' WHERE s.sku_id = slow.sku_id)
    FROM slow JOIN catalog_sku k ON k.id = slow.sku_id JOIN catalog_product p ON p.id = k.product_id
    JOIN catalog_brand b ON b.id = p.brand_id
    ORDER BY slow.money DESC NULLS LAST, slow.units DESC, slow.sku_id
"""
OF_BRAND: Final = """s.sku_id IN (
    SELECT k.id FROM catalog_sku k JOIN catalog_product p ON p.id = k.product_id WHERE p.brand_id = %(brand)s)"""
AGED: Final = f"""
    WITH r AS ({REMAINS.format(of=OF_BRAND)}), aged AS (
        SELECT r.sku_id, min(r.at) AS oldest, sum(r.units)::bigint AS units,
               array_agg(r.units) AS parts, array_agg({BAND}) AS bands
        FROM r WHERE r.units > 0 GROUP BY r.sku_id ORDER BY min(r.at), r.sku_id LIMIT {LISTED}
    )
    SELECT k.code, p.code, p.name, aged.units, aged.units * k.cost, aged.oldest, aged.parts, aged.bands
    FROM aged JOIN catalog_sku k ON k.id = aged.sku_id JOIN catalog_product p ON p.id = k.product_id
    ORDER BY aged.oldest, aged.sku_id
"""


@dataclass(slots=True)
class BrandHealth:
    """The figures of one brand. Money is units at cost; of SKUs without a cost none is counted."""

    brand_id: int
    name: str = ""
    code: str = ""
    units: int = 0
    available: int = 0
    own_money: Decimal = Decimal(0)
    consigned_money: Decimal = Decimal(0)
    without_cost: int = 0
    sold: int = 0  # in ``TURN_DAYS``
    sold_lately: int = 0  # in ``RATE_DAYS``
    came: int = 0  # in ``TURN_DAYS``
    ages: list[int] = field(default_factory=lambda: [0] * (len(BANDS) + 1))
    core_days: int = 0
    core_out: int = 0

    @property
    def cover(self) -> int | None:
        """Return for how many days the available units last at the pace of the last four weeks."""
        return self.available * RATE_DAYS // self.sold_lately if self.sold_lately > 0 else None

    @property
    def turnover(self) -> float | None:
        """Return how often stock turns in a year: units sold ÷ the mean of the units at both ends of 90 days.

        What lay there at their beginning is what lies there now, and what was sold, less what came in between.
        """
        before = max(0, self.units + self.sold - self.came)
        mean = (before + self.units) / 2
        return self.sold / mean * 365 / TURN_DAYS if mean else None

    @property
    def service(self) -> float | None:
        """Return the share of days on which core goods were there."""
        return 1 - self.core_out / self.core_days if self.core_days else None

    @property
    def shares(self) -> list[float]:
        """Return the share of each band of ages."""
        whole = sum(self.ages)
        return [units / whole for units in self.ages] if whole else []


@dataclass(frozen=True, slots=True)
class Health:
    """The figures of all brands that have goods, and when they were counted."""

    brands: Sequence[BrandHealth]
    at: datetime


def rows(sql: str, given: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return what a statement finds."""
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return list(cursor.fetchall())


def days_of(at: datetime) -> dict[str, Any]:
    """Return the days that the figures count from."""
    today = timezone.localdate(at, timezone.get_default_timezone())
    return {
        "today": today,
        "bands": [days + 1 for days in BANDS],
        "turn_from": today - timedelta(days=TURN_DAYS),
        "rate_from": today - timedelta(days=RATE_DAYS),
        "since": at - timedelta(days=TURN_DAYS),
    }


def health_by_brand(*, at: datetime) -> Health:
    """Return the figures of all brands, counted anew every ten minutes: five statements over the whole ledger."""
    key = f"stock-health:{connection.settings_dict['NAME']}"
    known: Health | None = cache.get(key)
    if known is None or not timedelta(0) <= at - known.at < timedelta(seconds=KEPT_SECONDS):
        known = count_health(at=at)
        cache.set(key, known, KEPT_SECONDS)
    return known


def count_health(*, at: datetime) -> Health:
    """Count the figures of all brands now."""
    given = days_of(at)
    found: dict[int, BrandHealth] = {}
    for pk, units, available, own, consigned, without in rows(MONEY_BY_BRAND, given):
        found[pk] = BrandHealth(
            pk,
            units=units,
            available=available,
            own_money=own,
            consigned_money=consigned,
            without_cost=without,
        )
    for pk, sold, lately in rows(SOLD_BY_BRAND, given):
        brand = found.setdefault(pk, BrandHealth(pk))
        brand.sold, brand.sold_lately = sold, lately
    for pk, came in rows(CAME_BY_BRAND, given):
        found.setdefault(pk, BrandHealth(pk)).came = came
    for pk, band, units, _money in rows(AGES_BY_BRAND, given):
        found[pk].ages[band] += units
    for _code, _name, pk, _warehouse, out_days, _units in rows(CORE_DAYS, given):
        brand = found.setdefault(pk, BrandHealth(pk))
        brand.core_days += TURN_DAYS
        brand.core_out += out_days
    for pk, code, name in Brand.objects.filter(pk__in=found).values_list("pk", "code", "name"):
        found[pk].code, found[pk].name = code, name
    ranked = sorted(
        found.values(), key=lambda brand: (-(brand.own_money + brand.consigned_money), brand.code)
    )
    return Health(ranked, at)


@dataclass(frozen=True, slots=True)
class SlowRow:
    """Goods that nobody bought, the units on hand, the money in them, and when they last sold and came."""

    code: str
    product_code: str
    name: str
    brand: str
    units: int
    money: Decimal | None
    sold_on: date | None
    came_at: datetime | None


def slow_movers(brand_ids: Sequence[int], *, days: int, at: datetime) -> list[SlowRow]:
    """Return the hundred SKUs with most money in them that came more than ``days`` ago and nobody bought since."""
    today = timezone.localdate(at, timezone.get_default_timezone())
    given = {
        "brands": list(brand_ids),
        "since": today - timedelta(days=days),
        "since_at": at - timedelta(days=days),
    }
    return [SlowRow(*row) for row in rows(SLOW, given)]


@dataclass(frozen=True, slots=True)
class AgedRow:
    """Goods with the units of each band of ages, and since when the oldest of them lie here."""

    code: str
    product_code: str
    name: str
    units: int
    money: Decimal | None
    oldest: datetime
    ages: tuple[int, ...]


def oldest_goods(brand_id: int, *, at: datetime) -> list[AgedRow]:
    """Return the hundred SKUs of a brand whose oldest units lie here longest."""
    found = []
    for code, product, name, units, money, oldest, parts, bands in rows(
        AGED, {**days_of(at), "brand": brand_id}
    ):
        ages = [0] * (len(BANDS) + 1)
        for part, band in zip(parts, bands, strict=True):
            ages[band] += part
        found.append(AgedRow(code, product, name, units, money, oldest, tuple(ages)))
    return found


@dataclass(frozen=True, slots=True)
class CoreRow:
    """Core goods in a warehouse: on how many of the days nothing was left, and what is there now."""

    code: str
    name: str
    warehouse: str
    out_days: int
    units: int

    @property
    def service(self) -> float:
        """Return the share of days on which they were there."""
        return 1 - self.out_days / TURN_DAYS


def core_goods(brand_ids: Sequence[int], *, at: datetime) -> list[CoreRow]:
    """Return the hundred core SKUs and warehouses that were out of stock longest."""
    seen = set(brand_ids)
    found = [
        CoreRow(code, name, warehouse, out, units)
        for code, name, brand, warehouse, out, units in rows(CORE_DAYS, days_of(at))
        if brand in seen
    ]
    return sorted(found, key=lambda row: (-row.out_days, row.units, row.code))[:LISTED]
