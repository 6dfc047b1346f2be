"""Records of a delimited text, also where its quoting is broken."""

from __future__ import annotations

import csv
import io
import itertools
from collections import deque
from collections.abc import Iterator

from .blocks import OVERLONG, Block
from .encodings import BAD_BYTE
from .limits import MIB, Limits
from .refusals import RowFault
from .rows import Row

_REREAD = 64 * MIB
_SAVED_CHARS = 200
_PARSED_OF_REJECTED = 16_384


class Records:
    """Read records from blocks of text, numbered from 1 as Excel numbers its rows; blank ones are counted.

    A quotation mark that is never closed would swallow the rest of the file: such a record is given up when
    it is longer than several cells may be, or when its marks do not pair at its end; its first line becomes a
    rejected row, and reading goes on with the line after it. Where too much had to be read twice (64 MiB), a
    record may no longer go over a line end.
    """

    def __init__(self, blocks: Iterator[Block], delimiter: str, limits: Limits) -> None:
        self._blocks = blocks
        self._delimiter = delimiter
        self._max_cell = limits.max_cell_chars
        self._max_record = 4 * limits.max_cell_chars
        self._again: deque[str] = deque()
        self._pending: list[str] = []
        self._held: Block | None = None
        self._suspect = False
        self._ended = self._cut = self._exhausted = False
        self._reread = 0
        self._number = 0

    def skip(self, records: int) -> None:
        """Pass over up to so many records without parsing them; call before iterating. May pass fewer."""
        for block in self._blocks:
            text = block.text
            lines = text.count("\n")
            # Without a quotation mark, and with one kind of line end, a line is a record.
            if (
                self._number + lines > records
                or '"' in text
                or not text.endswith("\n")
                or text.count("\r") != text.count("\r\n")
            ):
                self._held = block
                return
            self._suspect = self._suspect or not block.clean
            self._number += lines

    def __iter__(self) -> Iterator[Row]:
        """Yield the records in order. Cells of a record without an error are exactly what stands there."""
        lines = self._lines()
        while True:
            self._ended = self._cut = False
            yield from self._parse(lines)
            if not self._cut and not self._again:
                return
            if self._exhausted:
                lines = self._lines()

    def _parse(self, lines: Iterator[str]) -> Iterator[Row]:
        """Parse until the lines end, or until the parser must be given lines again from an earlier place."""
        reader = csv.reader(self._feed(lines), delimiter=self._delimiter)
        pending = self._pending
        number, longest = self._number, self._max_cell
        while True:
            pending.clear()
            fault: RowFault | None = None
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                cells, fault = self._first_line(), RowFault.CELL_TOO_LONG
                if len(pending) > 1:
                    fault = RowFault.UNCLOSED_QUOTE
                    self._read_again()
            else:
                if len(pending) > 1 or self._ended:
                    fault = self._fault_of_quoting()
                    if fault is not None:
                        cells = self._first_line()
                        self._read_again()
                if fault is None and (len(pending) > 1 or len(pending[0]) > longest):
                    fault = self._fault_of_length(cells)
            if self._suspect:
                fault = _fault_of_text(cells) or fault
            self._number = number = number + 1
            if fault is None:
                yield Row(number, cells)
            else:
                yield Row(number, _storable(cells), fault)

    def _lines(self) -> Iterator[str]:
        """Yield the lines of all blocks, those to be read again first."""
        again = self._again
        held, self._held = self._held, None
        for block in itertools.chain([held] if held else [], self._blocks):
            yield from self._lines_of(block)
        while again:
            yield again.popleft()

    def _lines_of(self, block: Block) -> Iterator[str]:
        again = self._again
        self._suspect = self._suspect or not block.clean
        for line in io.StringIO(block.text, newline=""):
            while again:
                yield again.popleft()
            yield line

    def _feed(self, lines: Iterator[str]) -> Iterator[str]:
        """Hand lines to the parser, remember those of the record under way; stop where it grows too long."""
        pending = self._pending
        chars = 0
        for line in lines:
            if pending:
                chars += len(line)
                if chars > self._max_record or self._reread > _REREAD:
                    pending.append(line)
                    self._ended = self._cut = True
                    return
            else:
                chars = len(line)
            pending.append(line)
            yield line
        self._ended = self._exhausted = True

    def _fault_of_quoting(self) -> RowFault | None:
        """Parse the record again, strictly. A sloppy mark inside one line is let pass, as Excel lets it."""
        if self._cut:
            return RowFault.UNCLOSED_QUOTE
        try:
            for _ in csv.reader(self._pending, delimiter=self._delimiter, strict=True):
                pass
        except csv.Error as error:
            if len(self._pending) > 1 or "unexpected end" in str(error):
                return RowFault.UNCLOSED_QUOTE
        return None

    def _fault_of_length(self, cells: list[str]) -> RowFault | None:
        return RowFault.CELL_TOO_LONG if max(map(len, cells), default=0) > self._max_cell else None

    def _first_line(self) -> list[str]:
        beginning = self._pending[0][:_PARSED_OF_REJECTED]
        return next(csv.reader([beginning], delimiter=self._delimiter), [])

    def _read_again(self) -> None:
        rest = self._pending[1:]
        self._reread += sum(map(len, rest))
        self._again.extendleft(reversed(rest))


def _fault_of_text(cells: list[str]) -> RowFault | None:
    text = "".join(cells)
    if OVERLONG in text:
        return RowFault.ROW_TOO_LONG
    if BAD_BYTE in text:
        return RowFault.UNDECODABLE
    return RowFault.NUL_CHARACTER if "\0" in text else None


def _storable(cells: list[str]) -> list[str]:
    """Return the cells of a rejected row in a form that any database takes, long ones cut."""
    return [
        cell[:_SAVED_CHARS].replace("\0", "").replace(OVERLONG, "").replace(BAD_BYTE, "\ufffd").rstrip("\r\n")
        for cell in cells
    ]
