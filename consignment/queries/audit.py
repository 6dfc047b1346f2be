"""Prove that issued statements are still what they were: the same cents from what is frozen, the same digest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection

from consignment.choices import StatementStatus
from consignment.models import Statement
from consignment.queries.frozen import TOTAL_OF, TOTALS, cents_of, digest_of, frozen_lines
from ops_portal.lib.money import as_text

ZERO = Decimal("0.00")
RESULTS = ("amount", "base", "commission", "net")
CHANGES_SHOWN = 20


@dataclass(slots=True)
class StatementAudit:
    """How many statements and lines were computed anew, the first that differs, and what the orders say by now.

    ``changed`` is no fault: orders may change after their statement was issued, which stays as it is.
    """

    statements: int = 0
    lines: int = 0
    first_difference: dict[str, Any] | None = None
    changed_lines: int = 0
    changed: list[dict[str, Any]] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Tell whether every statement is what it was when it was issued."""
        return self.first_difference is None


def audit_statements(numbers: Sequence[str] = ()) -> StatementAudit:
    """Compute issued statements (those of ``numbers``, or all) anew from what is frozen in them."""
    audit = StatementAudit()
    statements = Statement.objects.exclude(status=StatementStatus.DRAFT).order_by("pk")
    if numbers:
        statements = statements.filter(number__in=numbers)
    for statement in statements:
        audit.statements += 1
        audit.first_difference = audit.first_difference or difference_of(statement, audit)
    audit.changed_lines, audit.changed = changed_since([statement.pk for statement in statements])
    return audit


def difference_of(statement: Statement, audit: StatementAudit) -> dict[str, Any] | None:
    """Return the first cent or byte in which a statement differs from what was issued, or None."""
    sums = dict.fromkeys(TOTALS, ZERO)
    found: dict[str, Any] | None = None

    def computed() -> Iterator[dict[str, Any]]:
        nonlocal found
        for line in frozen_lines(statement):
            audit.lines += 1
            anew = cents_of(line, statement.terms, agency_collects=statement.agency_collects)
            for name in RESULTS:
                if found is None and getattr(anew, name) != line[name]:
                    found = shown(
                        statement, f"line {line['position']} {name}", line[name], getattr(anew, name)
                    )
            sums[TOTAL_OF[line["kind"]]] += anew.amount
            for name in ("base", "commission", "net"):
                sums[name] += getattr(anew, name)
            yield line

    digest = digest_of(statement, computed())
    for name in TOTALS:
        if found is None and getattr(statement, name) != sums[name]:
            found = shown(statement, name, getattr(statement, name), sums[name])
    if found is None and digest != bytes(statement.digest or b""):
        found = {
            "statement": statement.number,
            "what": "digest",
            "issued": bytes(statement.digest or b"").hex(),
            "computed": digest.hex(),
        }
    return found


def shown(statement: Statement, what: str, issued: Decimal, computed: Decimal) -> dict[str, Any]:
    """Return a difference in plain values."""
    return {
        "statement": statement.number,
        "what": what,
        "issued": as_text(issued),
        "computed": as_text(computed),
    }


CHANGED = """
    SELECT s.number, l.position, l.order_number, l.line_amount, o.amount, l.line_paid, o.paid_amount,
        l.line_receivable, o.receivable, d.undone_at IS NOT NULL
    FROM consignment_statementline l
    JOIN consignment_statement s ON s.id = l.statement_id
    JOIN orders_orderline o ON o.id = l.order_line_id
    JOIN orders_order d ON d.id = l.order_id
    WHERE l.kind = 'sale' AND s.id = ANY(%s) AND (
        (l.line_amount, l.line_paid, l.line_receivable) IS DISTINCT FROM (o.amount, o.paid_amount, o.receivable)
        OR d.undone_at IS NOT NULL
    )
    ORDER BY l.id
"""


def changed_since(statement_ids: Sequence[int]) -> tuple[int, list[dict[str, Any]]]:
    """Return how many settled sales read otherwise by now, and the first of them."""
    with connection.cursor() as cursor:
        cursor.execute(CHANGED, [list(statement_ids)])
        rows = cursor.fetchmany(CHANGES_SHOWN)
        count = len(rows)
        while more := cursor.fetchmany(5000):
            count += len(more)
    return count, [
        {
            "statement": number,
            "line": position,
            "order": order,
            "undone": undone,
            "amount": [as_text(amount), as_text(amount_now)],
            "paid": [as_text(paid), as_text(paid_now)],
            "receivable": [as_text(receivable), as_text(receivable_now)],
        }
        for number, position, order, amount, amount_now, paid, paid_now, receivable, receivable_now, undone in rows
    ]
