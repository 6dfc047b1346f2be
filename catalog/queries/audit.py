"""Add the stock ledger up again and hold it against the balances, the reservations and the documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection

from catalog.choices import BALANCES, ReservationStatus
from catalog.models import StockMovement
from catalog.queries.proofs import COURSES, LINE, STEPS, ledger_agrees, one_moment
from catalog.signals import document_claims

# What each document brought into each state, by the ledger: the states between which nothing is left cancel out.
MOVED = """
    SELECT m.document_kind, m.document_number, s.sku_id, w.state, sum(w.units) AS units
    FROM catalog_stockmovement m
    LEFT JOIN catalog_stock s ON s.id = m.stock_id
    CROSS JOIN LATERAL (VALUES (m.to_state, m.units), (m.from_state, -m.units)) AS w(state, units)
    WHERE w.state <> 'outside'
    GROUP BY 1, 2, 3, 4
"""

WORTH = {step: 1_000**place for place, step in enumerate(STEPS)}  # what a step counts in the sum of a course


@dataclass(frozen=True, slots=True)
class StockAudit:
    """What the audit found: how many records it added up, and the first that differs (None where all agree)."""

    checked: int
    first_difference: dict[str, Any] | None

    @property
    def ok(self) -> bool:
        """Tell whether the books agree."""
        return self.first_difference is None


def audit_stock() -> StockAudit:
    """Prove documents = movements, reservations = their courses, ledger = balances, bins = their movements ≤ balances.

    All of it as of one moment, while others work. The first difference names its document, or the SKU × warehouse
    and its last movement where there is none; only where there is one it is looked for, which takes longer.
    """
    with one_moment():
        first = None if ledger_agrees() else differing_in_ledger()
        first = first or half_undone() or differing_bin() or overfull_bins()
        return StockAudit(checked=count_records(), first_difference=first)


def differing_in_ledger() -> dict[str, Any]:
    """Name the first difference between documents, reservations, balances and the ledger, where there is one."""
    return (
        differing_document()
        or half_undone()
        or differing_reservation()
        or differing_balance()
        or differing_line()
        or {"proof": "documents = movements", "document_number": None}
    )


def count_records() -> int:
    """Return the number of movements, balances and reservations that the audit reads."""
    return int(
        select_one(
            "SELECT (SELECT count(*) FROM catalog_stockmovement) + (SELECT count(*) FROM catalog_stock)"
            " + (SELECT count(*) FROM catalog_batchstock) + (SELECT count(*) FROM catalog_reservation)"
            " + (SELECT count(*) FROM catalog_binmovement) + (SELECT count(*) FROM catalog_binstock)"
        )[0]
    )


def select_one(sql: str, parameters: tuple[Any, ...] = ()) -> tuple[Any, ...]:
    row = select_first(sql, parameters)
    assert row is not None  # noqa: S101 - an aggregate always has a row
    return row


def select_first(sql: str, parameters: tuple[Any, ...] = ()) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters or None)
        row: tuple[Any, ...] | None = cursor.fetchone()
        return row


def differing_document() -> dict[str, Any] | None:
    """Hold what each document claims (asked by signal) against what the ledger moved in its name."""
    claimed = " UNION ALL ".join(f"({sql})" for _receiver, sql in document_claims.send(StockMovement))
    row = select_first(
        f"""
        WITH claimed AS (
            SELECT c.document_kind, c.document_number, c.sku_id, w.state, sum(w.units) AS units
            FROM ({claimed}) AS c
            CROSS JOIN LATERAL (VALUES (c.to_state, c.units), (c.from_state, -c.units)) AS w(state, units)
            WHERE w.state <> 'outside' GROUP BY 1, 2, 3, 4
        ), moved AS ({MOVED})
        SELECT document_kind, document_number, sku_id, state,
               coalesce(claimed.units, 0), coalesce(moved.units, 0)
        FROM claimed FULL JOIN moved USING (document_kind, document_number, sku_id, state)
        WHERE coalesce(claimed.units, 0) <> coalesce(moved.units, 0)
        ORDER BY document_kind, document_number, sku_id, state LIMIT 1
        """
    )
    if row is None:
        return None
    kind, number, sku_id, state, claimed, moved = row
    return {
        "proof": "documents = movements",
        "document_kind": kind,
        "document_number": number,
        "sku": sku_code(sku_id),
        "state": state,
        "document_says": int(claimed),
        "ledger_says": int(moved),
    }


def differing_line() -> dict[str, Any] | None:
    """Find a line of a warehouse paper and its movement that don't say the same, though their sums do."""
    row = select_first(
        f"""
        WITH line AS (
            SELECT l.*, d.kind, d.number FROM catalog_stockdocumentline l
            JOIN catalog_stockdocument d ON d.id = l.document_id
        ), moved AS (
            SELECT *, substr(key, {len(LINE) + 1}) AS of_id FROM catalog_stockmovement WHERE starts_with(key, '{LINE}')
        )
        SELECT coalesce(line.kind, moved.document_kind), coalesce(line.number, moved.document_number),
               coalesce(line.stock_id, moved.stock_id), line.position
        FROM line FULL JOIN moved ON moved.of_id = line.id::text
        WHERE (line.stock_id, coalesce(line.batch_id, 0), line.units, line.from_state, line.to_state,
               line.kind, line.number)
              IS DISTINCT FROM (moved.stock_id, coalesce(moved.batch_id, 0), moved.units, moved.from_state,
                                moved.to_state, moved.document_kind, moved.document_number)
        ORDER BY line.id, moved.id LIMIT 1
        """
    )
    if row is None:
        return None
    kind, number, stock_id, position = row
    return {
        "proof": "lines = movements",
        "document_kind": kind,
        "document_number": number,
        **place_of(stock_id),
        "position": position,
    }


def half_undone() -> dict[str, Any] | None:
    """Find a warehouse paper that says it was undone, without the paper of adjustment that takes it back."""
    row = select_first(
        """
        SELECT d.kind, d.number FROM catalog_stockdocument d
        LEFT JOIN catalog_stockdocument back ON back.kind = 'adjustment' AND back.note = 'undo:' || d.number
        WHERE d.undone_at IS NOT NULL AND back.id IS NULL ORDER BY d.number LIMIT 1
        """
    )
    if row is None:
        return None
    return {
        "proof": "documents = movements",
        "document_kind": row[0],
        "document_number": row[1],
        "undone": False,
    }


def differing_reservation() -> dict[str, Any] | None:
    """Hold reservations against the ledger: the course of each, then what each document keeps reserved."""
    return differing_course() or differing_hold()


def differing_course() -> dict[str, Any] | None:
    """Hold each reservation against its own movements: those of the course to its status, each with its units.

    One pass, joined by hash. A step counts as a power of a thousand, so that no other steps add up to a course.
    """
    steps = " ".join(
        f"WHEN step = '{step}' AND from_state = '{here}' AND to_state = '{there}' THEN {worth}"
        for worth, (step, (here, there)) in zip(WORTH.values(), STEPS.items(), strict=True)
    )
    courses = " ".join(
        f"WHEN '{status}' THEN {sum(WORTH[step] for step in course)}" for status, course in COURSES.items()
    )
    row = select_first(
        f"""
        WITH moved AS (
            SELECT *, split_part(key, ':', 2) AS of_id, substr(key, 14 + length(split_part(key, ':', 2))) AS step
            FROM catalog_stockmovement WHERE starts_with(key, 'reservation:')
        ), paired AS (
            SELECT r.id, r.status,
                   coalesce(r.document_kind, m.document_kind) AS document_kind,
                   coalesce(r.document_number, m.document_number) AS document_number,
                   coalesce(r.stock_id, m.stock_id) AS stock_id,
                   CASE {steps} ELSE 0 END AS worth,
                   r.id IS NULL OR m.id IS NULL OR r.units <> m.units OR r.stock_id <> m.stock_id
                   OR r.batch_id IS DISTINCT FROM m.batch_id OR r.document_kind <> m.document_kind
                   OR r.document_number <> m.document_number AS differs
            FROM catalog_reservation r FULL JOIN moved m ON m.of_id = r.id::text
        )
        SELECT id, min(document_kind), min(document_number), min(stock_id), min(status) FROM paired
        GROUP BY id HAVING bool_or(differs) OR sum(worth) <> CASE min(status) {courses} ELSE -1 END
        ORDER BY id LIMIT 1
        """
    )
    if row is None:
        return None
    reservation_id, kind, number, stock_id, status = row
    return {
        "proof": "reservations = their courses",
        "document_kind": kind,
        "document_number": number,
        **place_of(stock_id),
        "reservation": reservation_id,
        "status": status,
    }


def differing_hold() -> dict[str, Any] | None:
    """Hold the standing reservations of each document against the units that it keeps reserved in the ledger."""
    row = select_first(
        """
        WITH held AS (
            SELECT document_kind, document_number, stock_id, coalesce(batch_id, 0) AS batch_id, sum(units) AS units
            FROM catalog_reservation WHERE status = %s GROUP BY 1, 2, 3, 4
        ), moved AS (
            SELECT document_kind, document_number, stock_id, coalesce(batch_id, 0) AS batch_id,
                   sum(CASE WHEN to_state = 'reserved' THEN units ELSE -units END) AS units
            FROM catalog_stockmovement WHERE 'reserved' IN (from_state, to_state) GROUP BY 1, 2, 3, 4
        )
        SELECT document_kind, document_number, stock_id, coalesce(held.units, 0), coalesce(moved.units, 0)
        FROM held FULL JOIN moved USING (document_kind, document_number, stock_id, batch_id)
        WHERE coalesce(held.units, 0) <> coalesce(moved.units, 0)
        ORDER BY document_kind, document_number, stock_id LIMIT 1
        """,
        (ReservationStatus.HELD.value,),
    )
    if row is None:
        return None
    kind, number, stock_id, held, moved = row
    return {
        "proof": "reservations = reserved",
        "document_kind": kind,
        "document_number": number,
        **place_of(stock_id),
        "reservations_say": int(held),
        "ledger_says": int(moved),
    }


def differing_balance() -> dict[str, Any] | None:
    """Hold every balance, of stock rows and of batches, against the sum of its movements."""
    return differing_sum("catalog_stock", "id", "0") or differing_sum(
        "catalog_batchstock", "stock_id", "batch_id"
    )


def differing_sum(table: str, stock_id: str, batch_id: str) -> dict[str, Any] | None:
    """Compare one table of balances with the ledger, whose rows without a batch count for stock rows only."""
    states = ", ".join(f"('{state}', b.\"{state}\")" for state in BALANCES)
    of_batch = "0" if batch_id == "0" else "batch_id"
    where = "" if batch_id == "0" else "WHERE batch_id IS NOT NULL"
    row = select_first(
        f"""
        WITH kept AS (
            SELECT b.{stock_id} AS stock_id, {batch_id} AS batch_id, v.state, v.units
            FROM {table} b CROSS JOIN LATERAL (VALUES {states}) AS v(state, units) WHERE v.units <> 0
        ), moved AS (
            SELECT stock_id, {of_batch} AS batch_id, w.state, sum(w.units) AS units
            FROM (SELECT * FROM catalog_stockmovement {where}) m
            CROSS JOIN LATERAL (VALUES (m.to_state, m.units), (m.from_state, -m.units)) AS w(state, units)
            WHERE w.state <> 'outside' GROUP BY 1, 2, 3
        )
        SELECT stock_id, batch_id, state, coalesce(kept.units, 0), coalesce(moved.units, 0)
        FROM kept FULL JOIN moved USING (stock_id, batch_id, state)
        WHERE coalesce(kept.units, 0) <> coalesce(moved.units, 0)
        ORDER BY stock_id, batch_id, state LIMIT 1
        """
    )
    if row is None:
        return None
    stock, batch, state, kept, moved = row
    return {
        "proof": "ledger = balances",
        **place_of(stock),
        **({"batch_id": batch} if batch else {}),
        "state": state,
        "balance_says": int(kept),
        "ledger_says": int(moved),
        "last_movement": last_movement(stock),
    }


def differing_bin() -> dict[str, Any] | None:
    """Hold every bin balance against the sum of its movements."""
    row = select_first(
        """
        WITH kept AS (
            SELECT bin_id, stock_id, coalesce(batch_id, 0) AS batch_id, units FROM catalog_binstock WHERE units <> 0
        ), moved AS (
            SELECT w.bin_id, m.stock_id, coalesce(m.batch_id, 0) AS batch_id, sum(w.units) AS units
            FROM catalog_binmovement m
            CROSS JOIN LATERAL (VALUES (m.to_bin_id, m.units), (m.from_bin_id, -m.units)) AS w(bin_id, units)
            WHERE w.bin_id IS NOT NULL GROUP BY 1, 2, 3
        )
        SELECT bin_id, stock_id, coalesce(kept.units, 0), coalesce(moved.units, 0)
        FROM kept FULL JOIN moved USING (bin_id, stock_id, batch_id)
        WHERE coalesce(kept.units, 0) <> coalesce(moved.units, 0) ORDER BY bin_id, stock_id LIMIT 1
        """
    )
    if row is None:
        return None
    bin_id, stock_id, kept, moved = row
    return {
        "proof": "bins = their movements",
        "bin": bin_label(bin_id),
        **place_of(stock_id),
        "balance_says": int(kept),
        "movements_say": int(moved),
    }


def overfull_bins() -> dict[str, Any] | None:
    """Find a balance of which more lies in bins than the ledger has in the house, by batch and kind of zone."""
    row = select_first(
        """
        WITH placed AS (
            SELECT i.stock_id, coalesce(i.batch_id, 0) AS batch_id, z.kind, sum(i.units) AS units
            FROM catalog_binstock i JOIN catalog_bin n ON n.id = i.bin_id JOIN catalog_zone z ON z.id = n.zone_id
            WHERE i.units > 0 GROUP BY 1, 2, 3
        ), off_the_shelf AS (
            SELECT stock_id, coalesce(batch_id, 0) AS batch_id, sum(picked) AS units
            FROM catalog_reservation WHERE status = %s AND picked > 0 GROUP BY 1, 2
        ), house AS (
            SELECT id AS stock_id, 0 AS batch_id, available + reserved AS storage, quarantine, damaged, inspecting
            FROM catalog_stock
            UNION ALL
            SELECT stock_id, batch_id, available + reserved, quarantine, damaged, inspecting FROM catalog_batchstock
        )
        SELECT p.stock_id, p.kind, p.units, h.units FROM placed p
        LEFT JOIN house USING (stock_id, batch_id)
        LEFT JOIN off_the_shelf o USING (stock_id, batch_id)
        CROSS JOIN LATERAL (SELECT coalesce(CASE p.kind
            WHEN 'storage' THEN storage - coalesce(o.units, 0) WHEN 'quarantine' THEN quarantine
            WHEN 'damaged' THEN damaged ELSE inspecting END, 0)) AS h(units)
        WHERE p.units > h.units ORDER BY p.stock_id, p.kind LIMIT 1
        """,
        (ReservationStatus.HELD.value,),
    )
    if row is None:
        return None
    stock_id, kind, placed, units = row
    return {
        "proof": "bins within balances",
        **place_of(stock_id),
        "zone": kind,
        "bins_say": int(placed),
        "ledger_says": int(units),
    }


def bin_label(bin_id: int) -> str | None:
    row = select_first("SELECT code FROM catalog_bin WHERE id = %s", (bin_id,))
    return row[0] if row else None


def sku_code(sku_id: int | None) -> str | None:
    row = select_first("SELECT code FROM catalog_sku WHERE id = %s", (sku_id,))
    return row[0] if row else None


def place_of(stock_id: int) -> dict[str, Any]:
    """Return SKU, warehouse and owner of a stock row; its bare id where the row is gone."""
    row = select_first(
        "SELECT k.code, w.code, s.owner FROM catalog_stock s JOIN catalog_sku k ON k.id = s.sku_id"
        " JOIN catalog_warehouse w ON w.id = s.warehouse_id WHERE s.id = %s",
        (stock_id,),
    )
    return {"sku": row[0], "warehouse": row[1], "owner": row[2]} if row else {"missing_stock_row": stock_id}


def last_movement(stock_id: int) -> dict[str, Any] | None:
    row = select_first(
        "SELECT id, document_kind, document_number, at FROM catalog_stockmovement WHERE stock_id = %s"
        " ORDER BY id DESC LIMIT 1",
        (stock_id,),
    )
    if row is None:
        return None
    return {"id": row[0], "document_kind": row[1], "document_number": row[2], "at": row[3].isoformat()}
