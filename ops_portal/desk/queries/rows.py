"""The rows of desks: one statement over the open documents of all kinds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from ops_portal.desk.kinds import ROW_FIELDS, DeskKind

TYPES: Final = {
    "owner_id": "bigint",
    "due_at": "timestamptz",
    "platform_due_at": "timestamptz",
    "paused_at": "timestamptz",
    "amount": "numeric",
    "opened_at": "timestamptz",
}
COLUMNS: Final = ", ".join(f'"{name}"' for name in ROW_FIELDS)
TYPED: Final = ", ".join(f'"{name}"::{TYPES.get(name, "text")} AS "{name}"' for name in ROW_FIELDS)
# Whichever clock runs out first; what has no clock comes last, the oldest first.
URGENT_AT: Final = "LEAST(due_at, platform_due_at)"
MOST_URGENT_FIRST: Final = f"{URGENT_AT} NULLS LAST, opened_at NULLS LAST, kind, number"


@dataclass(frozen=True, slots=True)
class Rows:
    """SQL of a table with the columns ``ROW_FIELDS``, and its parameters."""

    sql: str
    params: tuple[Any, ...]

    def fetch(self, select: str, rest: str = "", params: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        """Return what ``SELECT select FROM the rows rest`` finds."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {select} FROM ({self.sql}) AS r {rest}", [*self.params, *params])
            return list(cursor.fetchall())


def united(parts: Sequence[tuple[DeskKind, QuerySet[Any]]]) -> Rows:
    """Return the rows of the documents of several kinds as one table, be it an empty one."""
    texts: list[str] = []
    params: list[Any] = []
    for kind, documents in parts:
        try:
            sql, own = kind.rows(documents).query.sql_with_params()
        except EmptyResultSet:  # a reader to whom nothing is granted
            continue
        texts.append(f'SELECT {TYPED} FROM ({sql}) AS "{kind.code}"({COLUMNS})')
        params.extend(own)
    nothing = ", ".join(f'NULL::{TYPES.get(name, "text")} AS "{name}"' for name in ROW_FIELDS)
    return Rows(" UNION ALL ".join(texts) or f"SELECT {nothing} WHERE false", tuple(params))
