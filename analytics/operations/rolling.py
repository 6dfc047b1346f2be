"""Keep the roll-ups equal to the rows: days that changed are left as rows and computed again from nothing.

Nothing is lost because of the order of things. A change and its ``StaleDay`` are committed together. The sweep
deletes stale days first and reads orders and feedback in later statements, whose snapshots hold every change
whose stale day it deleted; of a change that is committed later, the stale day stays for the next sweep. One sweep
at a time computes, so that none can write over the result of a newer one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import connection

from analytics.choices import Source
from analytics.drafts import FigureDay
from analytics.models import StaleDay
from analytics.operations.formulas import (
    DELETE_BUYER_DAYS,
    DELETE_FEEDBACK_FIGURES,
    DELETE_ORDER_FIGURES,
    INSERT_FEEDBACK_FIGURES,
    INSERT_ORDER_FIGURES,
)
from analytics.queries.stale import DAYS_OF_CHANGED_GOODS
from ops_portal.lib.principals import Principal, acting_as, operation
from ops_portal.lib.refusals import Outcome
from ops_portal.lib.rows import as_json, insert_rows

# Any number of its own: whoever computes roll-ups holds this lock until the transaction ends.
ROLLING_LOCK = 7_018_233_101
# The days of one transaction: other sweeps wait no longer than it takes to compute so many.
DAYS_AT_ONCE = 20

STATEMENTS = {
    Source.ORDER: (DELETE_ORDER_FIGURES, DELETE_BUYER_DAYS, INSERT_ORDER_FIGURES),
    Source.FEEDBACK: (DELETE_FEEDBACK_FIGURES, INSERT_FEEDBACK_FIGURES),
}


def leave_stale_days(days: Collection[FigureDay], *, actor: Principal) -> None:
    """Leave days to the next sweep, in the caller's transaction: one statement that waits for nobody."""
    with acting_as(actor):
        insert_rows(
            StaleDay,
            [{"source": day.source.value, "shop_id": day.shop_id, "day": day.day} for day in days],
        )


@operation
def leave_all_days_stale(*, actor: Principal) -> int:
    """Leave every day that has rows or figures to the next sweeps; return their number.

    For rows that came in behind the operations' backs, and after the formulas have changed.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO analytics_staleday (source, shop_id, day)
            SELECT 'order', shop_id, placed_on FROM orders_order GROUP BY shop_id, placed_on
            UNION SELECT 'order', shop_id, day FROM analytics_orderfigures
            UNION SELECT 'feedback', shop_id, received_on FROM feedback_feedbackitem
            UNION SELECT 'feedback', shop_id, day FROM analytics_feedbackfigures
            """
        )
        return int(cursor.rowcount)


def refresh_stale_days(*, actor: Principal, at: datetime) -> int:
    """Compute again what was stale when this was called; return how many days that were.

    Safe to run at any time and any number of times at once: what another sweep has taken and not finished is
    waited for. Each batch of days is a transaction of its own.
    """
    _spread_changed_goods(actor=actor)
    newest = StaleDay.objects.order_by("-pk").values_list("pk", flat=True).first()
    refreshed = 0
    while newest is not None:
        batch = _refresh_batch(newest, actor=actor, at=at)
        if not batch:
            break
        refreshed += batch
    return refreshed


@operation
def recompute_days(days: Collection[FigureDay], *, actor: Principal, at: datetime) -> Outcome[FigureDay]:
    """Compute the figures of ``days`` from the rows; at most five statements for each batch of days."""
    outcome: Outcome[FigureDay] = Outcome()
    _wait_for_other_sweeps()
    for source in Source:
        own = iter(sorted({day for day in days if day.source == source}, key=_by_shop_and_day))
        while batch := list(islice(own, DAYS_AT_ONCE)):
            _recompute(source, batch, at=at)
            outcome.done += batch
    return outcome


@operation
def _spread_changed_goods(*, actor: Principal) -> None:
    """Leave the days stale whose orders count for another brand since the catalogue changed."""
    _wait_for_other_sweeps()
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH gone AS (DELETE FROM analytics_changedgoods RETURNING kind, row_id)"
            " INSERT INTO analytics_staleday (source, shop_id, day)"
            f" SELECT source, shop_id, day FROM ({DAYS_OF_CHANGED_GOODS.format(changed='gone')}) d"
        )


@operation
def _refresh_batch(newest: int, *, actor: Principal, at: datetime) -> int:
    _wait_for_other_sweeps()
    claimed = _claim(newest)
    for source in Source:
        _recompute(source, [day for day in claimed if day.source == source], at=at)
    return len(claimed)


def _wait_for_other_sweeps() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ROLLING_LOCK])


def _claim(newest: int) -> list[FigureDay]:
    """Take the first stale days, all rows of each, up to the row ``newest``."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH first AS (
                SELECT source, shop_id, day FROM analytics_staleday WHERE id <= %(newest)s
                GROUP BY source, shop_id, day ORDER BY source, shop_id, day LIMIT %(most)s
            ), taken AS (
                DELETE FROM analytics_staleday s USING first f
                WHERE s.source = f.source AND s.day = f.day AND COALESCE(s.shop_id, 0) = COALESCE(f.shop_id, 0)
                  AND s.id <= %(newest)s
                RETURNING s.source, s.shop_id, s.day
            )
            SELECT DISTINCT source, shop_id, day FROM taken
            """,
            {"newest": newest, "most": DAYS_AT_ONCE},
        )
        return [FigureDay(Source(source), shop_id, day) for source, shop_id, day in cursor.fetchall()]


def _recompute(source: Source, days: Iterable[FigureDay], *, at: datetime) -> None:
    rows: list[dict[str, Any]] = [{"shop_id": day.shop_id, "day": day.day} for day in days]
    if not rows:
        return
    with connection.cursor() as cursor:
        for statement in STATEMENTS[source]:
            cursor.execute(statement, {"days": as_json(rows), "at": at})


def _by_shop_and_day(day: FigureDay) -> tuple[int, Any]:
    return (day.shop_id or 0, day.day)
