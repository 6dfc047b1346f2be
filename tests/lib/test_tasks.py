"""What the floor does by itself."""

from __future__ import annotations

import pytest
from django.db import connection

from ops_portal.lib.models import NumberSeries
from ops_portal.lib.tasks import analyze_small_tables

TABLE = NumberSeries._meta.db_table


def rows_known() -> float:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = %s", [TABLE])
        (rows,) = cursor.fetchone()
    return float(rows)


def flush_statistics() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")


@pytest.mark.django_db(transaction=True)
def test_the_planner_learns_of_3_rows_which_autovacuum_never_looks_at():
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {TABLE}")  # and what was known of it
    NumberSeries.objects.bulk_create(NumberSeries(code=f"planned-{place}") for place in range(3))
    flush_statistics()
    assert rows_known() != 3
    assert TABLE in analyze_small_tables()
    assert rows_known() == 3
    flush_statistics()
    assert TABLE not in analyze_small_tables()
