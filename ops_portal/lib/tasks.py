"""The floor's own doors for time."""

from __future__ import annotations

from typing import Any, Final

from celery import shared_task
from django.db import connection
from django.utils import timezone

from ops_portal.lib.doors.idempotency import forget_stored_answers as forget

SMALL_AND_CHANGED: Final = """
    SELECT relname FROM pg_stat_user_tables
    WHERE schemaname = current_schema() AND n_live_tup BETWEEN 1 AND 10000
        AND (n_mod_since_analyze * 10 >= n_live_tup OR coalesce(last_analyze, last_autoanalyze) IS NULL)
    ORDER BY relname
"""


@shared_task(name="lib.forget_stored_answers")
def forget_stored_answers(**_: Any) -> int:
    """Delete the stored answers of idempotent requests that are older than seven days."""
    return forget(timezone.now())


@shared_task(name="lib.analyze_small_tables")
def analyze_small_tables(**_: Any) -> list[str]:
    """Tell the planner of small tables that changed; return their names.

    Autovacuum looks at a table after fifty changes. A house has fewer brands and shops than that for years, and as
    long as the planner knows nothing of them, it reads a million orders to find those of one brand.
    """
    with connection.cursor() as cursor:
        cursor.execute(SMALL_AND_CHANGED)
        names = [name for (name,) in cursor.fetchall()]
        for name in names:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(name)}")
    return names
