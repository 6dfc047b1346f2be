"""Limits of stock: set by people, or reckoned from what is sold and how long it takes to get more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import NormalDist
from typing import Any, Final

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.choices import BUYERS, PLANNERS
from catalog.models import Sku, StockLimit, SupplyTerms, Warehouse
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.rows import as_json

KEEPERS: Final = PLANNERS | BUYERS
MOST: Final = 1_000_000_000
WINDOW_DAYS: Final = 56  # eight weeks: each weekday eight times
COVER_DAYS: Final = 60
# What holds where nobody keeps terms: those with which a new row of ``SupplyTerms`` begins.
LEAD_DAYS, LEAD_SPREAD, REVIEW_DAYS, SERVICE_LEVEL = 7, 2, 7, "0.9500"

# Reorder point under an uncertain lead time (Silver, Pyke & Thomas, Inventory and Production Management, 7.10):
# low = d·L + z·√(L·σ² + d²·σ_L²), with d and σ the mean and spread of a day's demand, L and σ_L those of the lead
# time in days, z the quantile of the service level. high = the units of ``COVER_DAYS``, and no less than what an
# order over ``review_days`` brings on top of low.
COMPUTE: Final = """
    WITH part AS (
        SELECT d.sku_id, d.warehouse_id, p.brand_id, d.day, d.units, d.was_out
        FROM catalog_dailydemand d JOIN catalog_sku k ON k.id = d.sku_id
        JOIN catalog_product p ON p.id = k.product_id
        WHERE d.day >= %(since)s AND d.day < %(on)s AND NOT k.is_bundle
    ), peak AS (
        SELECT DISTINCT b.id AS brand_id, g::date AS day
        FROM catalog_campaignperiod c JOIN catalog_brand b ON b.id = c.brand_id OR c.brand_id IS NULL
        CROSS JOIN LATERAL generate_series(
            greatest(c.starts_on, %(since)s), least(c.ends_on, %(on)s::date - 1), interval '1 day'
        ) AS g
    ), sold AS (
        SELECT part.sku_id, part.warehouse_id, part.brand_id, min(part.day) AS first,
               count(*) FILTER (WHERE part.was_out AND peak.day IS NULL) AS out_days,
               coalesce(sum(part.units) FILTER (WHERE NOT part.was_out AND peak.day IS NULL), 0) AS units,
               coalesce(sum(part.units::numeric * part.units) FILTER (WHERE NOT part.was_out AND peak.day IS NULL), 0)
                   AS squares
        FROM part LEFT JOIN peak ON peak.brand_id = part.brand_id AND peak.day = part.day
        GROUP BY part.sku_id, part.warehouse_id, part.brand_id
    ), begun AS (
        SELECT sold.*, CASE WHEN EXISTS (
            SELECT FROM catalog_dailydemand e
            WHERE e.sku_id = sold.sku_id AND e.warehouse_id = sold.warehouse_id AND e.day < %(since)s
        ) THEN %(since)s::date ELSE sold.first END AS since
        FROM sold
    ), counted AS (
        SELECT begun.*, %(on)s::date - since - out_days - (
            SELECT count(*) FROM peak WHERE peak.brand_id = begun.brand_id AND peak.day >= begun.since
        ) AS days
        FROM begun
    ), rate AS (
        SELECT sku_id, warehouse_id, brand_id, units::float / days AS mean,
               CASE WHEN days > 1
                    THEN sqrt(greatest((squares::float - units::float * units::float / days) / (days - 1), 0))
                    ELSE sqrt(units::float) END AS spread
        FROM counted WHERE days > 0
    ), got AS (
        SELECT r.*, coalesce(own.lead_days, brand.lead_days, %(lead)s) AS lead,
               coalesce(own.lead_spread, brand.lead_spread, %(lead_spread)s)::float AS lead_spread,
               coalesce(own.review_days, brand.review_days, %(review)s) AS review,
               z.z
        FROM rate r
        LEFT JOIN catalog_supplyterms own ON own.sku_id = r.sku_id AND own.brand_id = r.brand_id
        LEFT JOIN catalog_supplyterms brand ON brand.sku_id IS NULL AND brand.brand_id = r.brand_id
        JOIN json_to_recordset(%(levels)s) AS z(level numeric, z float)
            ON z.level = coalesce(own.service_level, brand.service_level, %(level)s)
    ), reckoned AS (
        SELECT sku_id, warehouse_id, mean, review, ceil(greatest(
            mean * lead + z * sqrt(lead * spread * spread + mean * mean * lead_spread * lead_spread), 0
        ))::bigint AS low
        FROM got
    ), limits AS (
        SELECT sku_id, warehouse_id, low, CASE WHEN mean > 0 THEN greatest(
            ceil(mean * %(cover)s)::bigint, low + ceil(mean * review)::bigint, low + 1
        ) END AS high
        FROM reckoned
    )
    INSERT INTO catalog_stocklimit AS old (sku_id, warehouse_id, low, high, is_computed, updated_at)
    SELECT sku_id, warehouse_id, low, high, true, %(at)s FROM limits ORDER BY sku_id, warehouse_id
    ON CONFLICT (sku_id, warehouse_id) DO UPDATE
    SET low = EXCLUDED.low, high = EXCLUDED.high, updated_at = EXCLUDED.updated_at
    WHERE old.is_computed AND (old.low, old.high) IS DISTINCT FROM (EXCLUDED.low, EXCLUDED.high)
"""


class UnknownGoods(Refused):
    """There is no such SKU, no such warehouse, or the SKU is a bundle, which has no stock of its own."""

    code = "unknown_goods"
    status_code = 422


class BadLimit(Refused):
    """A limit is no count of units, or the upper one is not above the lower."""

    code = "bad_limit"
    status_code = 422


class RoleMayNotSetLimits(Refused):
    """None of the actor's roles plans stock."""

    code = "role_may_not_set_limits"


@dataclass(frozen=True, slots=True)
class LimitDraft:
    """Between how many units a SKU shall be kept in a warehouse; ``None`` is no limit.

    With ``is_computed`` the limits are left to reckoning again, and what is given stands until then.
    """

    sku_code: str
    warehouse_code: str
    low: int | None = None
    high: int | None = None
    is_computed: bool = False


@operation
def set_limits(drafts: Sequence[LimitDraft], *, actor: Principal, at: datetime) -> Outcome[StockLimit]:
    """Set limits by hand, or hand them back to reckoning; of two drafts of one place the last counts.

    Handed back without figures, those that stand stay until they are reckoned. Refuses RoleMayNotSetLimits,
    UnknownGoods, BadLimit.
    """
    skus = dict(
        Sku.objects.filter(code__in={draft.sku_code for draft in drafts}, is_bundle=False).values_list(
            "code", "pk"
        )
    )
    codes = {draft.warehouse_code for draft in drafts}
    places = dict(Warehouse.objects.filter(code__in=codes).values_list("code", "pk"))
    outcome: Outcome[StockLimit] = Outcome()
    wanted: dict[tuple[int, int], LimitDraft] = {}
    asked: list[tuple[int, int]] = []
    for index, draft in enumerate(drafts):
        refusal = refusal_of(draft, skus, places, actor)
        if refusal is not None:
            outcome.refused.append((index, refusal))
            continue
        key = skus[draft.sku_code], places[draft.warehouse_code]
        wanted[key] = draft
        asked.append(key)
    standing = lock_limits(wanted)
    rows = [kept(key, wanted[key], standing.get(key), at) for key in sorted(wanted)]
    StockLimit.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["sku", "warehouse"],
        update_fields=["low", "high", "is_computed", "updated_at"],
    )
    written = {(row.sku_id, row.warehouse_id): row for row in rows}
    outcome.done = [written[key] for key in asked]
    return outcome


def refusal_of(
    draft: LimitDraft, skus: dict[str, int], places: dict[str, int], actor: Principal
) -> Refused | None:
    """Return why a draft can't be kept, or None."""
    if not actor.may(KEEPERS):
        return RoleMayNotSetLimits(_("Your role doesn't set limits of stock."))
    if draft.sku_code not in skus:
        detail = _("There is no SKU %(sku)s that has stock of its own.")
        return UnknownGoods(detail, sku=draft.sku_code[:60])
    if draft.warehouse_code not in places:
        return UnknownGoods(_("There is no warehouse %(code)s."), code=draft.warehouse_code[:40])
    for value in (draft.low, draft.high):
        if value is not None and not 0 <= value <= MOST:
            return BadLimit(
                _("%(sku)s: %(value)s is no number of units."), sku=draft.sku_code, value=str(value)[:20]
            )
    if draft.low is not None and draft.high is not None and draft.high <= draft.low:
        detail = _("%(sku)s: the upper limit %(high)s has to be above the lower one %(low)s.")
        return BadLimit(detail, sku=draft.sku_code, high=draft.high, low=draft.low)
    return None


def lock_limits(keys: Any) -> dict[tuple[int, int], StockLimit]:
    """Lock the limits that stand at these places (SKU, warehouse) in the sequence of the places."""
    locked = (
        StockLimit.objects.filter(sku__in={sku for sku, _place in keys}, warehouse__in={p for _s, p in keys})
        .order_by("sku_id", "warehouse_id")
        .select_for_update(no_key=True, of=("self",))
    )
    return {(limit.sku_id, limit.warehouse_id): limit for limit in locked}


def kept(key: tuple[int, int], draft: LimitDraft, old: StockLimit | None, at: datetime) -> StockLimit:
    """Return the row that a draft asks for."""
    low, high = draft.low, draft.high
    if draft.is_computed and low is None and high is None and old is not None:
        low, high = old.low, old.high
    return StockLimit(
        sku_id=key[0], warehouse_id=key[1], low=low, high=high, is_computed=draft.is_computed, updated_at=at
    )


@operation
def compute_limits(*, actor: Principal, at: datetime, on: date | None = None) -> int:
    """Reckon the limits of all goods that are sold, from the eight weeks before ``on``; return how many changed.

    Days on which nothing was left, and days of campaigns, say nothing of the usual demand and are left out. Where no
    day is left, the limits stay as they are; what a person set always does. Two statements.
    """
    on = on or timezone.localdate(at, timezone.get_default_timezone())
    levels = set(SupplyTerms.objects.order_by().values_list("service_level", flat=True).distinct())
    texts = {*(str(level) for level in levels), SERVICE_LEVEL}
    given = [{"level": text, "z": NormalDist().inv_cdf(float(text))} for text in sorted(texts)]
    with connection.cursor() as cursor:
        cursor.execute(
            COMPUTE,
            {
                "since": on - timedelta(days=WINDOW_DAYS),
                "on": on,
                "at": at,
                "lead": LEAD_DAYS,
                "lead_spread": LEAD_SPREAD,
                "review": REVIEW_DAYS,
                "level": SERVICE_LEVEL,
                "levels": as_json(given),
                "cover": COVER_DAYS,
            },
        )
        return int(cursor.rowcount)
