"""Document numbers: from PostgreSQL sequences, and without gaps only where law or accounts want it.

A new series is one line in ``SEQUENCES`` and one ``RunSQL("CREATE SEQUENCE …", "DROP SEQUENCE …")``.
"""

from __future__ import annotations

from django.db import connection, transaction

from ops_portal.lib.models import NumberSeries

SEQUENCES = {
    "SO": "number_order",
    "SD": "number_stock_document",
    "IR": "number_import_run",
    "CU": "number_customer",
    "AS": "number_case",
    "C": "number_contract",
    "LD": "number_line_dispute",
    "MP": "number_material_pack",
    "L": "number_listing",
    "OT": "number_optimisation",
    "GC": "number_goods_check",
    "PC": "number_price_change",
    "IN": "number_inbound_delivery",
    "SR": "number_stock_request",
    "ST": "number_stocktake",
    "SA": "number_stock_alert",
    "RP": "number_replenishment",
    "SH": "number_stock_hold",
    "SN": "number_stock_snapshot",
    "BR": "number_background_run",
    "LR": "number_listing_ruling",
}

# Eight places at least, as many as a bigint has at most; lpad would cut what is longer.
_EIGHT_OR_MORE = "FM" + "9" * 11 + "0" * 8


def number_sql(prefix: str) -> str:
    """Return the SQL expression that draws the next number of the series ``prefix``."""
    return f"'{prefix}' || to_char(nextval('{SEQUENCES[prefix]}'), '{_EIGHT_OR_MORE}')"


def next_numbers(prefix: str, count: int) -> list[str]:
    """Return ``count`` new numbers like SO00000042, ascending. A rolled back transaction leaves a gap."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {number_sql(prefix)} FROM generate_series(1, %s)", [count])
        return [number for (number,) in cursor.fetchall()]


def take_gapless(series_code: str, count: int = 1) -> list[int]:
    """Return the next ``count`` numbers of a series without gaps, starting at 1.

    Holds the series until the transaction ends and so serialises all who take one: take it last. One
    that is rolled back gives its numbers back. Refuses to run outside one (TransactionManagementError).
    """
    if count < 1:
        raise ValueError(f"A series gives one number or more, not {count}.")
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("Numbers without gaps are taken inside a transaction.")
    table = NumberSeries._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" (code, last) VALUES (%s, %s) '
            f'ON CONFLICT (code) DO UPDATE SET last = "{table}".last + EXCLUDED.last RETURNING last',
            [series_code, count],
        )
        (last,) = cursor.fetchone()
    return list(range(last - count + 1, last + 1))
