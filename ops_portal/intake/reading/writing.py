"""Reports for people, as CSV that Excel opens rightly and that does nothing when opened."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

_BEGINS_FORMULA = re.compile(r"[\s\ufeff\u200b]*[=+\-@＝＋－＠]|[\t\r\n]")
_HARMLESS_NUMBER = re.compile(r"-(?:\d+(?:\.\d+)?|\d{1,3}(?:,\d{3})+(?:\.\d+)?)?%?")


def harmless(cell: str) -> str:
    """Return the cell with a ``'`` before anything a spreadsheet would run; plain negative numbers stay."""
    if _BEGINS_FORMULA.match(cell) and not _HARMLESS_NUMBER.fullmatch(cell):
        return "'" + cell
    return cell


class Writer(Protocol):
    """What ``csv.writer`` returns."""

    def writerow(self, row: Iterable[str], /) -> object: ...


class Report:
    """A CSV file being written."""

    def __init__(self, writer: Writer, width: int) -> None:
        self._writer = writer
        self._width = width
        self.rows = 0

    def write(self, cells: Sequence[object]) -> None:
        """Write one row; None is a blank cell."""
        if len(cells) != self._width:
            raise ValueError(f"{len(cells)} cells for {self._width} headings")
        self._writer.writerow([harmless("" if cell is None else str(cell)) for cell in cells])
        self.rows += 1

    def write_all(self, rows: Iterable[Sequence[object]]) -> None:
        """Write many rows."""
        for cells in rows:
            self.write(cells)


@contextmanager
def open_report(path: Path, headings: Sequence[str]) -> Iterator[Report]:
    """Open a report for writing: UTF-8 with a byte order mark, by which Excel knows it, CRLF line ends."""
    with path.open("w", encoding="utf-8-sig", newline="", errors="replace") as file:
        writer = csv.writer(file)
        writer.writerow([harmless(heading) for heading in headings])
        yield Report(writer, len(headings))
