"""What buyers took day by day, rolled up from the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from catalog.choices import BALANCES
from ops_portal.lib.principals import Principal, operation

# Any number of its own: whoever rolls demand up holds this lock until the transaction ends.
DEMAND_LOCK: Final = 7_018_233_201

KNOWN: Final = " + ".join(f"s.{state}" for state in BALANCES)
# What was there at the end of a day is what is there now, less what came after; it stays so until the day before
# the next on which something moved. Goods that had never come were not sold out.
ROLL_UP: Final = f"""
    WITH moved AS (
        SELECT s.sku_id, s.warehouse_id, (m.at AT TIME ZONE %(zone)s)::date AS day,
            sum(CASE WHEN m.document_kind <> 'order' THEN 0
                     WHEN m.from_state = 'available' AND m.to_state = 'reserved' THEN m.units
                     WHEN m.from_state = 'reserved' AND m.to_state = 'available' THEN -m.units
                     ELSE 0 END) AS taken,
            sum(CASE WHEN m.to_state = 'available' THEN m.units
                     WHEN m.from_state = 'available' THEN -m.units ELSE 0 END) AS change,
            sum(CASE WHEN m.from_state = 'outside' THEN m.units
                     WHEN m.to_state = 'outside' THEN -m.units ELSE 0 END) AS brought
        FROM catalog_stockmovement m JOIN catalog_stock s ON s.id = m.stock_id
        WHERE m.at >= %(start)s
        GROUP BY 1, 2, 3
    ), standing AS (
        SELECT s.sku_id, s.warehouse_id, sum(s.available) AS available, sum({KNOWN}) AS known
        FROM catalog_stock s GROUP BY 1, 2
    ), steps AS (
        SELECT sku_id, warehouse_id, day, sum(taken) AS taken, sum(change) AS change, sum(brought) AS brought
        FROM (
            SELECT * FROM moved
            UNION ALL SELECT sku_id, warehouse_id, %(since)s::date, 0, 0, 0 FROM standing
        ) all_days
        GROUP BY 1, 2, 3
    ), after AS (
        SELECT *, lead(day) OVER days AS next_day,
            coalesce(sum(change) OVER later, 0) AS change_after,
            coalesce(sum(brought) OVER later, 0) AS brought_after
        FROM steps
        WINDOW days AS (PARTITION BY sku_id, warehouse_id ORDER BY day),
            later AS (PARTITION BY sku_id, warehouse_id ORDER BY day DESC
                      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    ), out_of_stock AS (
        SELECT a.sku_id, a.warehouse_id, g.day::date AS day
        FROM after a
        JOIN standing s USING (sku_id, warehouse_id)
        JOIN catalog_sku k ON k.id = a.sku_id AND k.is_active
        CROSS JOIN LATERAL generate_series(
            a.day, least(coalesce(a.next_day - 1, %(until)s::date), %(until)s::date), interval '1 day'
        ) AS g(day)
        WHERE s.available - a.change_after <= 0 AND s.known - a.brought_after > 0
    ), wanted AS (
        SELECT sku_id, warehouse_id, day, max(units) AS units, bool_or(was_out) AS was_out
        FROM (
            SELECT sku_id, warehouse_id, day, taken AS units, false AS was_out FROM steps
            WHERE taken > 0 AND day <= %(until)s::date
            UNION ALL SELECT sku_id, warehouse_id, day, 0, true FROM out_of_stock
        ) found
        GROUP BY 1, 2, 3
    ), gone AS (
        DELETE FROM catalog_dailydemand d
        WHERE d.day BETWEEN %(since)s::date AND %(until)s::date
          AND NOT EXISTS (
            SELECT FROM wanted w
            WHERE w.sku_id = d.sku_id AND w.warehouse_id = d.warehouse_id AND w.day = d.day
          )
        RETURNING 1
    ), written AS (
        INSERT INTO catalog_dailydemand AS d (sku_id, warehouse_id, day, units, was_out)
        SELECT sku_id, warehouse_id, day, units, was_out FROM wanted ORDER BY sku_id, warehouse_id, day
        ON CONFLICT (sku_id, warehouse_id, day) DO UPDATE
        SET units = EXCLUDED.units, was_out = EXCLUDED.was_out
        WHERE (d.units, d.was_out) IS DISTINCT FROM (EXCLUDED.units, EXCLUDED.was_out)
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM written), (SELECT count(*) FROM gone)
"""


@dataclass(frozen=True, slots=True)
class RolledUp:
    """How many rows of demand were written, and how many taken away, because the ledger says otherwise."""

    written: int
    deleted: int


@operation
def roll_up_demand(since: date, until: date, *, actor: Principal, at: datetime) -> RolledUp:
    """Write what buyers took on each day from ``since`` to ``until`` as the ledger tells; safe to repeat.

    A day counts in the house's time zone. What orders reserved counts on the day on which it was reserved, less what
    they released on that day, and never less than nothing. Days that end without a unit available are marked.
    Reads the ledger from ``since`` to now, by its index over time; two at a time wait for each other.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [DEMAND_LOCK])
        cursor.execute(ROLL_UP, roll_up_facts(since, until))
        written, deleted = cursor.fetchone()
    return RolledUp(written, deleted)


def roll_up_facts(since: date, until: date) -> dict[str, str | date | datetime]:
    """Return the parameters of ``ROLL_UP``."""
    zone = settings.TIME_ZONE
    start = datetime.combine(since, time(0), ZoneInfo(zone))
    return {"zone": zone, "start": start, "since": since, "until": until}
