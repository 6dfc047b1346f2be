"""Open a table file and read its rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from .delimited import DelimitedSource, open_delimited
from .headings import Heading, find_heading
from .kinds import is_workbook
from .limits import HEADING_ROWS, Limits
from .refusals import FileRefused, RowFault, gettext_noop
from .rows import PaddedCells, Progress, Row
from .sheets import LAST_COLUMN
from .workbook import SheetSource, open_sheets

_CELLS_OF_A_WIDE_TABLE = 20


class Table:
    """A file with a heading and rows. Reading is lazy and can be done again; nothing stays open between."""

    def __init__(self, source: DelimitedSource | SheetSource, heading: Heading) -> None:
        self._source = source
        self._progress = Progress(0, 1)
        self._width = heading.width
        self.format = source.format
        self.encoding = source.encoding
        self.heading_row = heading.row
        self.headings = heading.names
        self.matched = heading.matched

    @property
    def sheet(self) -> str | None:
        """The name of the worksheet; None for text files."""
        return self._source.name if isinstance(self._source, SheetSource) else None

    @property
    def delimiter(self) -> str | None:
        """The character between cells; None for workbooks."""
        return self._source.delimiter if isinstance(self._source, DelimitedSource) else None

    def progress(self) -> float:
        """Return how much of the file the latest reading has gone through, between 0 and 1."""
        return self._progress.fraction()

    def __iter__(self) -> Iterator[Row]:
        return self.rows()

    def rows(self, start_after: int = 0) -> Iterator[Row]:
        """Yield the rows below the heading and after a row number; blank rows are left out.

        A row that is not rejected has exactly as many cells as there are headings.
        """
        self._progress = Progress(0, 1)
        rows = self._source.rows(self._progress, max(start_after, self.heading_row))
        width = LAST_COLUMN
        if isinstance(self._source, DelimitedSource):
            width = self._width
            if not self._source.ends_with_line_end():
                rows = _mark_cut_off(rows, width)
        count = len(self.headings)
        for row in rows:
            if row.error is None:
                if len(row.cells) != count:
                    _fit(row, count, width)
                cells = row.cells
                if not cells[0].strip() and _is_blank(cells):
                    continue
            yield row


def open_table(
    path: Path, *, known_headings: Collection[frozenset[str]] | None = None, limits: Limits | None = None
) -> Table:
    """Find out what the file is and where its heading stands.

    Of several readings (the sheets of a workbook, the delimiters of a text) the first that holds one of the
    known sets of headings is taken, else the first that has a heading at all. Raises FileRefused.
    """
    limits = limits or Limits()
    fallback: Table | None = None
    blank = True
    for source in _sources(path, limits):
        head, ended = _read_head(source, limits)
        blank = blank and ended and not head
        heading = find_heading(head, known_headings)
        if heading is None:
            continue
        table = Table(source, heading)
        if heading.matched is not None or not known_headings:
            return table
        fallback = fallback or table
    if fallback is None:
        raise FileRefused("empty_file") if blank else FileRefused("no_heading", rows=HEADING_ROWS)
    return fallback


def count_rows_estimate(path: Path, *, limits: Limits | None = None) -> int:
    """Estimate the rows of a file from the size of its first ones. Raises FileRefused."""
    source = next(iter(_sources(path, limits or Limits())), None)
    return source.count_rows_estimate() if source else 0


def _sources(path: Path, limits: Limits) -> Sequence[DelimitedSource | SheetSource]:
    return open_sheets(path, limits) if is_workbook(path, limits) else open_delimited(path, limits)


def _read_head(
    source: DelimitedSource | SheetSource, limits: Limits
) -> tuple[list[tuple[int, list[str]]], bool]:
    """Return the first rows that are not blank, and whether the file ends with them.

    Refuses too_many_columns, not_a_table, damaged_file.
    """
    head: list[tuple[int, list[str]]] = []
    for row in source.rows(Progress()):
        if row.number > HEADING_ROWS:
            return head, False
        if row.error is RowFault.DAMAGED:
            if not head:
                raise FileRefused("damaged_file")
            break
        if row.error is RowFault.TOO_MANY_COLUMNS or _reach(row.cells) > limits.max_columns:
            raise FileRefused("too_many_columns", max_columns=limits.max_columns)
        if row.error is RowFault.ROW_TOO_LONG:
            if len(row.cells) > _CELLS_OF_A_WIDE_TABLE:
                raise FileRefused("too_many_columns", max_columns=limits.max_columns)
            raise FileRefused("not_a_table", found=gettext_noop("a line without end"))
        if row.error is None and not _is_blank(row.cells):
            head.append((row.number, row.cells))
    return head, True


def _reach(cells: list[str]) -> int:
    """Return the number of cells up to the last that is not blank."""
    count = len(cells)
    while count and not cells[count - 1].strip():
        count -= 1
    return count


def _is_blank(cells: list[str]) -> bool:
    return not "".join(cells).strip()


def _fit(row: Row, count: int, width: int) -> None:
    """Give the row as many cells as there are headings; reject it where a cell too many shifts the others."""
    cells = row.cells
    if len(cells) > width and not _is_blank(cells[width:]):
        row.error = RowFault.TOO_MANY_CELLS
    elif len(cells) < count:
        row.cells = PaddedCells([*cells, *[""] * (count - len(cells))])
    else:
        row.cells = cells[:count]


def _mark_cut_off(rows: Iterator[Row], width: int) -> Iterator[Row]:
    """Reject the last row where it lacks cells that all others have: the file has no line end there."""
    held: Row | None = None
    even = True
    for row in rows:
        if held is not None:
            even = even and (len(held.cells) >= width or not held.cells)
            yield held
        held = row
    if held is not None:
        if even and held.error is None and 0 < len(held.cells) < width:
            held.error = RowFault.CUT_OFF
        yield held
