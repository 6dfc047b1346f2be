"""A worksheet's rows, parsed as they stream out of the zip."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO

from .limits import HEADING_ROWS, MIB, Limits
from .markup import BROKEN, Attributes, Damaged, Depth, feed, is_digits, make_parser
from .refusals import FileRefused, RowFault
from .rows import Progress, Row
from .values import Shows, date_text, number_text, string_text

LAST_ROW = 1_048_576
LAST_COLUMN = 16_384
_FIRST_ROW_WITHIN = 16 * MIB
_DIGITS = "0123456789"


@dataclass(frozen=True, slots=True)
class CellFormats:
    """What a worksheet needs of its workbook to show its cells."""

    shows: Mapping[str, Shows]
    since_1904: bool
    shared: Callable[[int], str]


def column_index(letters: str) -> int:
    """Return 0 for A, 27 for AB. Raises Damaged where it is no column of a worksheet."""
    index = 0
    for letter in letters:
        if not "A" <= letter <= "Z":
            raise Damaged(letters)
        index = index * 26 + ord(letter) - 64
        if index > LAST_COLUMN:
            raise Damaged(letters)
    return index - 1


class SheetReader:
    """Collects rows from the parser's events; formulas give the value stored with them, else their text.

    Rows up to ``start_after`` are passed over, their cells unread.
    """

    def __init__(self, formats: CellFormats, limits: Limits, start_after: int = 0) -> None:
        self._formats = formats
        self._max_columns = limits.max_columns
        self._max_chars = limits.max_cell_chars
        self._rows: list[Row] = []
        self._columns: dict[str, int] = {}
        self._depth = Depth()
        self._row_name = self._cell_name = self._value_name = self._text_name = ""
        self._in_row = False
        self._start_after = start_after
        self._number = 0
        self._cells: list[str] | None = None
        self._fault: RowFault | None = None
        self._place = -1
        self._kind: str | None = None
        self._style: str | None = None
        self._in_cell = False
        self._collecting = False
        self._phonetic = False
        self._text = ""
        self._formula = ""

    @property
    def number(self) -> int:
        """The row reached, 0 before the first."""
        return self._number

    def read(self, stream: IO[bytes], progress: Progress) -> Iterator[Row]:
        """Yield the rows that stand in the sheet, blank ones too. Raises as ``feed`` does, and Damaged."""
        parser = make_parser(self._start_root, self._end)
        parser.CharacterDataHandler = self._data
        self._parser = parser
        rows = self._rows
        try:
            for size in feed(parser, stream):
                progress.done += size
                yield from rows
                rows.clear()
                if self._number == 0 and progress.done > _FIRST_ROW_WITHIN:
                    raise FileRefused("no_heading", rows=HEADING_ROWS)
        except (Damaged, FileRefused, *BROKEN):
            yield from rows
            raise
        yield from rows

    def _start_root(self, name: str, _: Attributes) -> None:
        prefix = name[: name.rfind(":") + 1]
        self._row_name, self._cell_name = prefix + "row", prefix + "c"
        self._value_name, self._text_name = prefix + "v", prefix + "t"
        self._depth.enter()
        self._parser.StartElementHandler = self._start

    def _start(self, name: str, attributes: Attributes) -> None:
        if name == self._cell_name and self._cells is not None:
            if self._in_cell:
                raise Damaged("a cell in a cell")
            if self._place > LAST_COLUMN:
                raise FileRefused("too_many_columns", max_columns=self._max_columns)
            self._in_cell = True
            self._kind = attributes.get("t")
            self._style = attributes.get("s")
            reference = attributes.get("r")
            if reference is None:
                self._place += 1
            else:
                letters = reference.rstrip(_DIGITS)
                place = self._columns.get(letters)
                if place is None:
                    place = self._columns[letters] = column_index(letters)
                self._place = place
        elif name == self._value_name and self._in_cell:
            if self._collecting:
                raise Damaged("a value in a value")
            self._text = ""
            self._collecting = True
        elif name == self._row_name:
            self._start_row(attributes)
        else:
            self._depth.enter()
            if self._in_cell:
                if name == self._text_name:
                    self._collecting = not self._phonetic
                else:
                    self._start_in_cell(name.rpartition(":")[2])

    def _start_row(self, attributes: Attributes) -> None:
        if self._in_row:
            raise Damaged("a row in a row")
        self._in_row = True
        stated = attributes.get("r", "")
        number = int(stated) if is_digits(stated) and len(stated) < 9 else 0
        self._number = number if number > self._number else self._number + 1
        if self._number > LAST_ROW:
            raise Damaged("more rows than a worksheet has")
        self._fault, self._place = None, -1
        if self._number > self._start_after:
            self._cells = []

    def _start_in_cell(self, name: str) -> None:
        if name == "f":
            self._text = ""
            self._collecting = True
        elif name == "rPh":
            self._phonetic = True

    def _data(self, text: str) -> None:
        if self._collecting and len(self._text) <= self._max_chars:
            self._text += text

    def _end(self, name: str) -> None:
        if name == self._cell_name and self._in_cell:
            self._in_cell = False
            if self._text or self._formula:
                self._put(self._cell_text())
                self._text = self._formula = ""
        elif name == self._value_name and self._in_cell:
            self._collecting = False
        elif name == self._row_name:
            self._in_row = False
            if self._cells is not None:
                self._rows.append(Row(self._number, self._cells, self._fault))
                self._cells = None
        else:
            self._depth.leave()
            if self._in_cell:
                if name == self._text_name:
                    self._collecting = False
                else:
                    self._end_in_cell(name.rpartition(":")[2])

    def _end_in_cell(self, name: str) -> None:
        if name == "f":
            self._formula, self._text = self._text, ""
            self._collecting = False
        elif name == "rPh":
            self._phonetic = False

    def _cell_text(self) -> str:
        text, kind = self._text, self._kind
        if not text:
            return "" if kind == "str" else f"={self._formula}"
        if kind is None or kind == "n":
            shows = self._formats.shows.get(self._style) if self._style else None
            if shows is None:
                return text if text.isdigit() else number_text(text.strip())
            return date_text(text, shows, since_1904=self._formats.since_1904)
        if kind == "s":
            return self._formats.shared(int(text)) if is_digits(text) and len(text) < 10 else ""
        if kind == "b":
            return "TRUE" if text.strip() in {"1", "true"} else "FALSE"
        if kind == "d":
            return text.replace("T", " ").removesuffix("Z")
        return string_text(text)

    def _put(self, text: str) -> None:
        cells, place = self._cells, self._place
        if not text or cells is None:
            return
        if len(text) > self._max_chars:
            self._fault = RowFault.CELL_TOO_LONG
            text = text[:200]
        if "\0" in text:
            self._fault = RowFault.NUL_CHARACTER
            text = text.replace("\0", "")
        if place == len(cells):
            cells.append(text)
        elif place >= self._max_columns:
            self._fault = RowFault.TOO_MANY_COLUMNS
        elif place < len(cells):
            cells[place] = text
        else:
            cells.extend([""] * (place - len(cells)))
            cells.append(text)
