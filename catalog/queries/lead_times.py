"""How long goods really take to come: learned from deliveries that are closed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.conf import settings
from django.db import connection

MEMORY: Final = timedelta(days=365)
FEWEST: Final = 3  # fewer deliveries tell nothing

LEARN: Final = """
    SELECT d.brand_id, count(*),
        avg(d.arrived_on - (d.created_at AT TIME ZONE %(zone)s)::date)::float,
        coalesce(stddev_samp(d.arrived_on - (d.created_at AT TIME ZONE %(zone)s)::date), 0)::float,
        avg(d.arrived_on - d.promised_on)::float,
        count(*) FILTER (WHERE d.arrived_on <= d.promised_on)::float / count(*)
    FROM catalog_inbounddelivery d
    WHERE d.brand_id = ANY(%(brands)s) AND d.promised_on >= %(since)s
      AND d.status = 'received' AND d.source <> 'unannounced' AND d.arrived_on IS NOT NULL
    GROUP BY d.brand_id
"""


@dataclass(frozen=True, slots=True)
class LearnedLead:
    """Days from the announcement to the arrival and their spread, days later than promised, share in time."""

    deliveries: int
    lead_days: float
    lead_spread: float
    days_late: float
    in_time: float


def learned_leads(brand_ids: Collection[int], *, on: date) -> dict[int, LearnedLead]:
    """Return what the deliveries of the year before ``on`` tell of each brand; nothing where they are few."""
    with connection.cursor() as cursor:
        cursor.execute(LEARN, {"zone": settings.TIME_ZONE, "brands": list(brand_ids), "since": on - MEMORY})
        rows = cursor.fetchall()
    return {brand: LearnedLead(count, *rest) for brand, count, *rest in rows if count >= FEWEST}
