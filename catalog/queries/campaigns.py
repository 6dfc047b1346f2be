"""The sales of the year, ready to be entered, and what those that are over really brought."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db import connection
from django.utils.translation import gettext_lazy as _

BEFORE: Final = 28  # the days before a campaign with which it is compared

BROUGHT: Final = """
    SELECT c.id,
        sum(d.units) FILTER (WHERE d.day >= c.starts_on)::float / (c.ends_on - c.starts_on + 1),
        sum(d.units) FILTER (WHERE d.day < c.starts_on)::float / %(before)s
    FROM catalog_campaignperiod c
    JOIN catalog_dailydemand d ON d.day BETWEEN c.starts_on - %(before)s AND c.ends_on
    JOIN catalog_sku k ON k.id = d.sku_id
    JOIN catalog_product p ON p.id = k.product_id AND (c.brand_id IS NULL OR p.brand_id = c.brand_id)
    WHERE c.id = ANY(%(ids)s) AND c.ends_on < %(on)s
    GROUP BY c.id
"""


@dataclass(frozen=True, slots=True)
class Sale:
    """A sale that comes every year. ``uplift`` is a beginner's guess: what the last one brought says more."""

    code: str
    name: Any
    first: tuple[int, int]
    last: tuple[int, int]
    uplift: Decimal

    def next_from(self, on: date) -> tuple[date, date]:
        """Return the days of the next one that isn't over on ``on``."""
        year = on.year if date(on.year, *self.last) >= on else on.year + 1
        return date(year, *self.first), date(year, *self.last)


SALES: Final = (
    Sale("38", _("3.8 Queen's Day"), (3, 5), (3, 8), Decimal("2")),
    Sale("618", _("6.18 mid-year sale"), (6, 16), (6, 18), Decimal("4")),
    Sale("99", _("9.9 sale"), (9, 9), (9, 10), Decimal("1.5")),
    Sale("1111", _("11.11 Singles' Day"), (11, 11), (11, 11), Decimal("8")),
    Sale("1212", _("12.12 sale"), (12, 11), (12, 12), Decimal("2.5")),
)


def uplifts_brought(ids: Collection[int], *, on: date) -> dict[int, float]:
    """Return how many times the days before was taken a day, of the campaigns that are over on ``on``."""
    with connection.cursor() as cursor:
        cursor.execute(BROUGHT, {"ids": list(ids), "on": on, "before": BEFORE})
        return {pk: inside / before for pk, inside, before in cursor.fetchall() if inside and before}
