"""What this process says to PostgreSQL, read where psycopg2 says it, so that COPY and raw SQL count too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from django.db import connection
from psycopg2.extensions import cursor as Cursor  # noqa: N812

TRANSACTION = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")


class WatchedCursor(Cursor):
    said: ClassVar[list[str]] = []

    def execute(self, query: Any, vars: Any = None) -> None:
        try:
            super().execute(query, vars)
        finally:
            if self.query is not None:
                self.said.append(self.query.decode())

    def executemany(self, query: Any, vars_list: Any) -> None:
        for parameters in vars_list:
            self.execute(query, parameters)

    def copy_expert(self, sql: Any, file: Any, size: int = 8192) -> None:
        self.said.append(str(sql))
        super().copy_expert(sql, file, size)


@contextmanager
def watch_statements() -> Iterator[list[str]]:
    """Yield a list that at the end holds the statements made, but for those that open and end transactions."""
    said: list[str] = []
    connection.ensure_connection()
    WatchedCursor.said.clear()
    connection.connection.cursor_factory = WatchedCursor
    try:
        yield said
    finally:
        connection.connection.cursor_factory = Cursor
        said += [text for text in WatchedCursor.said if not text.lstrip().upper().startswith(TRANSACTION)]
