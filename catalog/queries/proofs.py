"""Prove that the stock ledger agrees with all that builds on it, each proof in one pass over millions of rows.

The proofs lean on each other, so they hold together or not at all, and read one snapshot. Movements are told by their
keys, which are unique: the steps of reservations, the lines of warehouse papers, and others. Where every step fits its
reservation and there are as many steps as the courses have together, each reservation has gone its course and no
other; the same holds of lines. From there on, reservations and lines stand for their movements.

What leads from one state to another adds up to nothing over all states. So where two sides agree in all states but
one, the world outside among them, they agree in that one too: units that are available are not added up.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from catalog.choices import BALANCES, ReservationStatus, StockDocumentKind
from catalog.models import StockMovement
from catalog.signals import document_claims

STEP, LINE = "reservation:", "document-line:"
# The steps of reservations by the end of their movements' keys, and what the units do.
STEPS = {
    "reserved": ("available", "reserved"),
    "released": ("reserved", "available"),
    "shipped": ("reserved", "shipped"),
    "sold": ("shipped", "sold"),
    "returning": ("shipped", "returning"),
}
COURSES = {
    ReservationStatus.HELD: ("reserved",),
    ReservationStatus.RELEASED: ("reserved", "released"),
    ReservationStatus.SHIPPED: ("reserved", "shipped"),
    ReservationStatus.SOLD: ("reserved", "shipped", "sold"),
    ReservationStatus.RETURNING: ("reserved", "shipped", "returning"),
}
# Where the units of a reservation stand that was not released.
END_OF_COURSE = (
    "CASE m.status "
    + " ".join(
        f"WHEN '{status}' THEN '{STEPS[course[-1]][1]}'"
        for status, course in COURSES.items()
        if status != ReservationStatus.RELEASED
    )
    + " END"
)
BOTH_ENDS = "CROSS JOIN LATERAL (VALUES (m.to_state, m.units), (m.from_state, -m.units)) AS w(state, units)"
# Room for hashes of millions of rows, and who shares the work.
ROOM = "SET LOCAL work_mem = '192MB'; SET LOCAL hash_mem_multiplier = 4; SET LOCAL max_parallel_workers_per_gather = 2"


@contextmanager
def one_moment() -> Iterator[None]:
    """Read all that is read in it as of one moment; inside a transaction that began before, as that one does."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        with connection.cursor() as cursor:
            if outermost:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute(ROOM)
        yield


def ledger_agrees() -> bool:
    """Tell whether documents, reservations and balances agree with the ledger, to the unit."""
    others = other_movements()
    return (
        others is not None
        and claims_agree(others)
        and holds_agree(others)
        and sums_agree("catalog_stock", others)
        and sums_agree("catalog_batchstock", others)
    )


def other_movements() -> list[int] | None:
    """Return the ids of the movements that are neither steps of reservations nor lines of warehouse papers.

    None where a reservation has not gone the course to its status, each step with its units, or a line has no
    movement that says the same, or a step or a movement of a line has nothing that it belongs to.
    """
    fits = " ".join(
        f"WHEN '{step}' THEN m.from_state = '{here}' AND m.to_state = '{there}' AND r.status IN ({statuses})"
        for step, (here, there) in STEPS.items()
        for statuses in [", ".join(f"'{status}'" for status, course in COURSES.items() if step in course)]
    )
    lengths = " ".join(f"WHEN '{status}' THEN {len(course)}" for status, course in COURSES.items())
    steps = f"""
        SELECT count(*), count(*) FILTER (
                   WHERE r.units = m.units AND r.stock_id = m.stock_id AND r.batch_id IS NOT DISTINCT FROM m.batch_id
                     AND r.document_kind = m.document_kind AND r.document_number = m.document_number
                     AND CASE substr(m.key, {len(STEP) + 2} + length(split_part(m.key, ':', 2))) {fits} END
               ),
               -- a status that leads nowhere has a course that no steps have
               (SELECT coalesce(sum(CASE status {lengths} ELSE 1000000000 END), 0) FROM catalog_reservation)
        FROM catalog_stockmovement m LEFT JOIN catalog_reservation r ON r.id::text = split_part(m.key, ':', 2)
        WHERE starts_with(m.key, '{STEP}')
    """
    lines = f"""
        SELECT count(*), count(*) FILTER (
                   WHERE l.units = m.units AND l.stock_id = m.stock_id AND l.batch_id IS NOT DISTINCT FROM m.batch_id
                     AND l.from_state = m.from_state AND l.to_state = m.to_state
                     AND l.kind = m.document_kind AND l.number = m.document_number
               ),
               (SELECT count(*) FROM catalog_stockdocumentline)
        FROM catalog_stockmovement m
        LEFT JOIN (
            SELECT l.*, d.kind, d.number FROM catalog_stockdocumentline l
            JOIN catalog_stockdocument d ON d.id = l.document_id
        ) l ON l.id::text = substr(m.key, {len(LINE) + 1})
        WHERE starts_with(m.key, '{LINE}')
    """
    for sql in (steps, lines):
        there, fitting, wanted = _row(sql)
        if not there == fitting == wanted:
            return None
    (others,) = _row(
        "SELECT array_agg(id) FROM catalog_stockmovement"
        f" WHERE NOT starts_with(key, '{STEP}') AND NOT starts_with(key, '{LINE}')"
    )
    return others or []


def claims_agree(others: list[int]) -> bool:
    """Tell whether documents but papers claim what their reservations and other movements brought into each state."""
    claims = " UNION ALL ".join(f"({sql})" for _receiver, sql in document_claims.send(StockMovement))
    papers = ", ".join(f"'{kind}'" for kind in StockDocumentKind.values)
    return _nothing_left(
        f"""
        SELECT m.document_kind, m.document_number, m.sku_id, w.state, w.units
        FROM ({claims}) AS m {BOTH_ENDS}
        WHERE w.state <> 'available' AND m.document_kind NOT IN ({papers})
        UNION ALL
        SELECT m.document_kind, m.document_number, s.sku_id, {END_OF_COURSE}, -m.units
        FROM catalog_reservation m JOIN catalog_stock s ON s.id = m.stock_id WHERE m.status <> 'released'
        UNION ALL
        SELECT m.document_kind, m.document_number, s.sku_id, w.state, -w.units
        FROM catalog_stockmovement m LEFT JOIN catalog_stock s ON s.id = m.stock_id {BOTH_ENDS}
        WHERE w.state <> 'available' AND m.id = ANY(%(others)s)
        """,
        others,
    )


def holds_agree(others: list[int]) -> bool:
    """Tell whether nothing but standing reservations keeps units reserved, by document, balance and batch."""
    return _nothing_left(
        """
        SELECT m.document_kind, m.document_number, m.stock_id, coalesce(m.batch_id, 0),
               CASE WHEN m.to_state = 'reserved' THEN m.units ELSE -m.units END AS units
        FROM catalog_stockmovement m WHERE 'reserved' IN (m.from_state, m.to_state) AND m.id = ANY(%(others)s)
        """,
        others,
    )


def sums_agree(table: str, others: list[int]) -> bool:
    """Tell whether every balance of ``table``, of stock rows or of batches, is the sum of its movements."""
    columns = [f'm."{state}"' for state in BALANCES]
    states = ", ".join(f"('{state}', -m.\"{state}\")" for state in BALANCES if state != "available")
    stock, batch, of_batch = "id", "0", "true"
    if table == "catalog_batchstock":
        stock, batch, of_batch = "stock_id", "m.batch_id", "m.batch_id IS NOT NULL"
    return _nothing_left(
        f"""
        SELECT m.{stock} AS stock_id, {batch} AS batch_id, w.state, w.units
        FROM {table} m CROSS JOIN LATERAL (VALUES {states}, ('outside', {" + ".join(columns)})) AS w(state, units)
        WHERE w.units <> 0
        UNION ALL
        SELECT m.stock_id, {batch}, {END_OF_COURSE}, m.units
        FROM catalog_reservation m WHERE m.status <> 'released' AND {of_batch}
        UNION ALL
        SELECT m.stock_id, {batch}, w.state, w.units
        FROM catalog_stockdocumentline m {BOTH_ENDS} WHERE w.state <> 'available' AND {of_batch}
        UNION ALL
        SELECT m.stock_id, {batch}, w.state, w.units
        FROM catalog_stockmovement m {BOTH_ENDS}
        WHERE w.state <> 'available' AND {of_batch} AND m.id = ANY(%(others)s)
        """,
        others,
    )


def _row(sql: str) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        row: tuple[Any, ...] = cursor.fetchone()
        return row


def _nothing_left(rows: str, others: list[int]) -> bool:
    """Tell whether the units of ``rows``, the last column, add up to nothing for each key before it."""
    given = {"others": others}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({rows}) AS r LIMIT 0", given)
        *keys, units = (column.name for column in cursor.description)
        named = ", ".join(keys)
        cursor.execute(
            f"SELECT 1 FROM ({rows}) AS r GROUP BY {named} HAVING sum({units}) <> 0 LIMIT 1", given
        )
        return cursor.fetchone() is None
