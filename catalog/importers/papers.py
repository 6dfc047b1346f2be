"""Tables whose rows follow each other paper by paper; a row without the paper's number belongs to the one before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ops_portal.intake.kinds import OneRowRefused, Record
from ops_portal.intake.reading import bare_id
from ops_portal.intake.tables import TableSource, fault_of, missing, too_long, unreadable
from ops_portal.lib.refusals import Refused

LONGEST_NUMBER = 120


class PaperTable(TableSource):
    """A table of papers whose number stands in the first column. One bad row rejects its paper."""

    def line(self, cells: tuple[str, ...]) -> Any:
        """Return a line of a paper. Raises ValueError, RowRefused."""
        raise NotImplementedError

    def paper(self, number: str, lines: Sequence[Any]) -> Any:
        """Return the paper of its lines. Raises RowRefused."""
        raise NotImplementedError

    def records(self, after: int) -> Iterator[Record]:
        record: Record | None = None
        number = ""
        lines: list[Any] = []
        for row in self.table.rows(after):
            cells = self.pick(row.cells)
            if record is None or (cells[0].strip() and cells[0].strip() != number):
                if record is not None:
                    yield self.finished(record, number, lines)
                record, number, lines = Record(row.number, []), cells[0].strip(), []
            record.lines.append((row.number, row.cells))
            record.last_row = row.number
            if record.fault is not None:
                continue
            try:
                if row.error is not None:
                    raise fault_of(row)
                lines.append(self.line(cells))
            except Refused as refusal:
                record.fault = OneRowRefused(row.number, refusal)
            except ValueError as error:
                record.fault = OneRowRefused(row.number, unreadable(error))
        if record is not None:
            yield self.finished(record, number, lines)

    def finished(self, record: Record, number: str, lines: Sequence[Any]) -> Record:
        """Give a record its draft, unless a row of it can't be read."""
        if record.fault is None:
            try:
                key = bare_id(number)
                if not key:
                    raise missing(self.mapping.columns[0].name)
                if len(key) > LONGEST_NUMBER:
                    raise too_long(self.mapping.columns[0].name, LONGEST_NUMBER)
                record.draft = self.paper(key, lines)
            except Refused as refusal:
                record.fault = refusal
            except ValueError as error:
                record.fault = unreadable(error)
        return record
