"""Many rows in one statement: what operations use where the ORM would build an object and a parameter for each cell."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Model


@lru_cache(maxsize=512)
def _column_types(model: type[Model], columns: tuple[str, ...]) -> str:
    types = {field.column: field.db_type(connection) for field in model._meta.concrete_fields}
    return ", ".join(f'"{column}" {types[column]}' for column in columns)


def recordset(model: type[Model], columns: tuple[str, ...], alias: str = "r") -> str:
    """Return ``json_to_recordset(%s) AS alias(column type, …)`` with the column types of ``model``."""
    return f"json_to_recordset(%s) AS {alias}({_column_types(model, columns)})"


def as_json(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return ``rows`` as the parameter of a ``recordset``; Decimal, date and datetime go as their text."""
    return json.dumps(rows, default=str, ensure_ascii=False)


def insert_rows(
    model: type[Model],
    rows: Sequence[Mapping[str, Any]],
    *,
    on_conflict: str = "",
    returning: Sequence[str] = (),
) -> list[tuple[Any, ...]]:
    """Insert ``rows`` (all with the same keys, named by column) in one statement; return what ``returning`` names.

    Columns that no row names take the default of the database (``db_default``).
    """
    if not rows:
        return []
    columns = tuple(rows[0])
    names = ", ".join(f'"{column}"' for column in columns)
    sql = f'INSERT INTO "{model._meta.db_table}" ({names}) SELECT {names} FROM {recordset(model, columns)}'
    if on_conflict:
        sql += f" ON CONFLICT {on_conflict}"
    if returning:
        sql += " RETURNING " + ", ".join(f'"{column}"' for column in returning)
    with connection.cursor() as cursor:
        cursor.execute(sql, [as_json(rows)])
        return cursor.fetchall() if returning else []


def update_rows(model: type[Model], columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Set ``columns`` of the rows with these ids, in one statement; each of ``rows`` names its ``id`` and them."""
    if not rows:
        return
    sets = ", ".join(f'"{column}" = r."{column}"' for column in columns)
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{table}" SET {sets} FROM {recordset(model, ("id", *columns))} WHERE "{table}".id = r.id',
            [as_json(rows)],
        )
