"""What was taken of goods day by day, as the forecast reads it; and the campaigns of brands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from django.db import connection

from catalog.models import CampaignPeriod, Sku
from catalog.queries.forecast import Campaign, History

DAYS_READ: Final = 182  # half a year: what is older says nothing of the level that is left
Place = tuple[int, int]  # SKU and warehouse

READ: Final = """
    SELECT sku_id, warehouse_id, array_agg(day - %(since)s::date ORDER BY day),
        array_agg(units ORDER BY day), array_agg(was_out ORDER BY day)
    FROM catalog_dailydemand
    WHERE day BETWEEN %(since)s AND %(until)s AND (%(skus)s::bigint[] IS NULL OR sku_id = ANY(%(skus)s))
    GROUP BY sku_id, warehouse_id ORDER BY sku_id, warehouse_id
"""


def histories(
    until: date, *, sku_ids: Collection[int] | None = None, days: int = DAYS_READ
) -> dict[Place, History]:
    """Return the days up to ``until`` by SKU and warehouse, each from the first of which anything is known."""
    since = until - timedelta(days=days - 1)
    wanted = None if sku_ids is None else list(sku_ids)
    with connection.cursor() as cursor:
        cursor.execute(READ, {"since": since, "until": until, "skus": wanted})
        rows = cursor.fetchall()
    found: dict[Place, History] = {}
    for sku_id, warehouse_id, places, taken, was_out in rows:
        first = places[0]
        units = [0] * (days - first)
        out = set()
        for place, each, is_out in zip(places, taken, was_out, strict=True):
            units[place - first] = each
            if is_out:
                out.add(place - first)
        found[sku_id, warehouse_id] = History(since + timedelta(days=first), tuple(units), frozenset(out))
    return found


def over_warehouses(found: dict[Place, History]) -> dict[int, History]:
    """Return what was taken of each SKU anywhere; it was out on the days on which it was out everywhere."""
    by_sku: dict[int, list[History]] = defaultdict(list)
    for (sku_id, _warehouse_id), history in found.items():
        by_sku[sku_id].append(history)
    return {sku_id: added(several) for sku_id, several in by_sku.items()}


def added(several: Iterable[History]) -> History:
    """Return histories that end on the same day as one."""
    known = sorted(several, key=lambda history: history.first)
    first, longest = known[0].first, len(known[0].units)
    units, out = [0] * longest, [0] * longest
    for history in known:
        offset = longest - len(history.units)
        for place, each in enumerate(history.units, start=offset):
            units[place] += each
        for place in history.out:
            out[place + offset] += 1
        for place in range(offset):  # where it had never been, it was not to be had
            out[place] += 1
    return History(
        first, tuple(units), frozenset(place for place in range(longest) if out[place] == len(known))
    )


@dataclass(frozen=True, slots=True)
class Campaigns:
    """The campaigns of each brand, those for every brand among them."""

    everywhere: tuple[Campaign, ...] = ()
    of_brands: dict[int, tuple[Campaign, ...]] = field(default_factory=dict)

    def of(self, brand_id: int) -> tuple[Campaign, ...]:
        """Return the campaigns of a brand."""
        return self.everywhere + self.of_brands.get(brand_id, ())

    @classmethod
    def load(cls) -> Campaigns:
        """Read the campaigns; one statement."""
        everywhere: list[Campaign] = []
        of_brands: dict[int, list[Campaign]] = defaultdict(list)
        for period in CampaignPeriod.objects.order_by("pk"):
            campaign = campaign_of(period)
            (everywhere if period.brand_id is None else of_brands[period.brand_id]).append(campaign)
        return cls(tuple(everywhere), {brand: tuple(own) for brand, own in of_brands.items()})


def campaign_of(period: CampaignPeriod) -> Campaign:
    """Return a period as the forecast reads it."""
    return Campaign(period.starts_on, period.ends_on, float(period.uplift))


def brands_of(sku_ids: Collection[int]) -> dict[int, int]:
    """Return the brand of each SKU."""
    return dict(Sku.objects.filter(pk__in=sku_ids).values_list("pk", "product__brand_id"))
