"""Tables that lie beside the main one and are looked up by their first column, in a file of their own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self


class SideTables:
    """An index on disk, so that a million rows need no memory. To be used by one thread only."""

    def __init__(self) -> None:
        self._folder = TemporaryDirectory(prefix="intake-sides-")
        self._database = sqlite3.connect(Path(self._folder.name, "sides"))
        self._database.executescript("PRAGMA journal_mode = off; PRAGMA synchronous = off;")

    def load(self, name: str, rows: Iterable[tuple[str, ...]], width: int) -> None:
        """Keep the first ``width`` cells of each row."""
        columns = ", ".join(f"c{place} TEXT" for place in range(width))
        places = ", ".join("?" * width)
        self._database.execute(f'CREATE TABLE "{name}" ({columns})')
        self._database.executemany(f'INSERT INTO "{name}" VALUES ({places})', (row[:width] for row in rows))
        self._database.execute(f'CREATE INDEX "{name}_key" ON "{name}" (c0)')
        self._database.commit()

    def find(self, name: str, key: str) -> list[tuple[str, ...]]:
        """Return the rows whose first cell is ``key``, in the order of their file."""
        return self._database.execute(f'SELECT * FROM "{name}" WHERE c0 = ? ORDER BY rowid', [key]).fetchall()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()
        self._folder.cleanup()
