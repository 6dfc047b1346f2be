"""Kinds whose file is one table: headings mapped to columns, cells handed over in the order of the columns."""

from __future__ import annotations

import itertools
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from operator import itemgetter
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from ops_portal.intake.kinds import Column, Options, Record, RowRefused, Written
from ops_portal.intake.reading import (
    CellError,
    FileRefused,
    PaddedCells,
    Row,
    Table,
    count_rows_estimate,
    heading_key,
    open_table,
)
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import Refused
from ops_portal.lib.sealing import mask_phone

# So many sets of headings are looked for, at most: each is one way of naming the columns that must be there.
_MOST_SETS = 512
TOTAL_WORDS = frozenset(
    {"总计", "合计", "总和", "小计", "總計", "合計", "小計", "total", "sum", "grandtotal"}
)
HIDDEN = "•"
_MOBILE = re.compile(r"(?<!\d)(?:[+＋]?(?:86|８６)[-\s]*)?([1１][3-9３-９]\d(?:[-\s]*\d){8})(?!\d)")
_QUOTED = re.compile(r"“.*”|'.*'|\".*\"", re.DOTALL)


class ColumnsMissing(FileRefused):
    """The file lacks columns that the kind can't do without."""

    def __init__(self, missing: Sequence[str], headings: Sequence[str]) -> None:
        detail = _(
            "The file has no column for: %(missing)s. It has: %(found)s. "
            "Say which heading each of them has, or rename the headings."
        )
        Refused.__init__(self, detail, missing=", ".join(missing), found=", ".join(headings[:40]))
        self.code = "columns_missing"  # type: ignore[misc]


class BadMapping(Refused):
    """A mapping names a column that the kind, or a heading that the file does not have."""

    code = "bad_mapping"


class ColumnMap:
    """Where each column of a kind stands in a table."""

    def __init__(self, columns: Sequence[Column], headings: Sequence[str], given: Mapping[str, str]) -> None:
        self.columns = columns
        self.headings = headings
        self.places = place_columns(columns, headings, given)
        blank = self._width = len(headings)
        places = [self.places.get(column.name, blank) for column in columns]
        # An itemgetter of one place would give a cell and not a tuple.
        self._pick: Callable[[list[str]], tuple[str, ...]] = itemgetter(*places, blank)
        self._personal = {
            self.places[column.name] for column in columns if column.personal and column.name in self.places
        }
        self._mapped = set(self.places.values())
        self.personal = any(column.personal for column in columns)

    def pick(self, cells: list[str]) -> tuple[str, ...]:
        """Return the cells of a row in the order of the columns; blank where there is none."""
        if len(cells) != self._width:
            cells = [*cells[: self._width], *[""] * (self._width - len(cells))]
        return self._pick([*cells, ""])

    def came_hidden(self, cells: Sequence[str]) -> bool:
        """Tell whether a personal cell is one that a report of rejected rows hid."""
        return HIDDEN in cells and any(
            cells[place] == HIDDEN for place in self._personal if place < len(cells)
        )

    def has(self, name: str) -> bool:
        """Tell whether the table has a column."""
        return name in self.places

    @property
    def own_headings(self) -> dict[str, str]:
        """Return, by our names, the headings of the columns that were found."""
        return {name: self.headings[place] for name, place in self.places.items()}

    def shown(self, cells: Sequence[str]) -> list[str]:
        """Return the cells that may be kept: what no column reads, and what is personal, is left out.

        Cells of a row that has too few or too many can stand anywhere: then only the first is kept.
        """
        if self.personal and (isinstance(cells, PaddedCells) or len(cells) != len(self.headings)):
            return [*self._shown_in_place(cells[:1]), *map(hide, cells[1:])]
        return self._shown_in_place(cells)

    def _shown_in_place(self, cells: Sequence[str]) -> list[str]:
        return [
            mask_mobiles(cell)
            if not self.personal or (place in self._mapped and place not in self._personal)
            else hide(cell)
            for place, cell in enumerate(cells)
        ]

    def preview(self, cells: list[str], *, in_order: bool = False) -> dict[str, str]:
        """Return the cells by our names for the columns, personal ones hidden.

        A row that was read is ``in_order`` even where it is short: worksheets leave out blanks at the end.
        """
        shown = self._shown_in_place(cells) if in_order else self.shown(cells)
        return {
            column.name: shown[self.places[column.name]] if self.places[column.name] < len(shown) else ""
            for column in self.columns
            if column.name in self.places
        }


def hide(cell: str) -> str:
    """Return a dot where there is something."""
    return HIDDEN if cell.strip() else ""


def mask_mobiles(text: str) -> str:
    """Return a text with the mobile numbers in it masked."""
    return _MOBILE.sub(lambda found: mask_phone(found[1]), text)


def place_columns(
    columns: Sequence[Column], headings: Sequence[str], given: Mapping[str, str]
) -> dict[str, int]:
    """Return the index of each column that is there. Refuses BadMapping, ColumnsMissing."""
    index: dict[str, int] = {}
    for place, heading in enumerate(headings):
        index.setdefault(heading_key(heading), place)
    unknown = sorted(set(given) - {column.name for column in columns})
    if unknown:
        detail = _("This kind has no column %(unknown)s. It has: %(columns)s.")
        names = ", ".join(column.name for column in columns)
        raise BadMapping(detail, unknown=", ".join(unknown), columns=names)
    places: dict[str, int] = {}
    for column in columns:
        if column.name in given:
            named = index.get(heading_key(given[column.name]))
            if named is None:
                detail = _("The file has no column “%(heading)s”. It has: %(found)s.")
                raise BadMapping(detail, heading=given[column.name], found=", ".join(headings[:40]))
            places[column.name] = named
    taken = set(places.values())
    for column in columns:
        if column.name in given:
            continue
        for heading in (column.name, *column.headings):
            found = index.get(heading_key(heading))
            if found is not None and found not in taken:
                places[column.name] = found
                taken.add(found)
                break
    missing = [column.name for column in columns if column.required and column.name not in places]
    if missing:
        raise ColumnsMissing(missing, headings)
    return places


def heading_sets(columns: Sequence[Column], given: Mapping[str, str]) -> list[frozenset[str]]:
    """Return the sets of headings one of which the heading row must hold."""
    choices = [
        (given[column.name],) if column.name in given else (column.name, *column.headings)
        for column in columns
        if column.required or column.name in given
    ]
    return [frozenset(names) for names in itertools.islice(itertools.product(*choices), _MOST_SETS)]


class TableSource(ABC):
    """An opened table. A kind says in ``read`` what its rows mean, and in ``write`` what becomes of them."""

    def __init__(self, path: Path, columns: Sequence[Column], options: Options) -> None:
        self.path = path
        self.options = options
        self.table: Table = open_table(path, known_headings=heading_sets(columns, options.mapping))
        self.mapping = ColumnMap(columns, self.table.headings, options.mapping)
        self.pick = self.mapping.pick
        self.serials = self.table.format == "xlsx"

    @property
    def headings(self) -> Sequence[str]:
        return self.table.headings

    @property
    def own_headings(self) -> Mapping[str, str]:
        return self.mapping.own_headings

    @cached_property
    def estimate(self) -> int:
        return max(0, count_rows_estimate(self.path) - self.table.heading_row)

    def progress(self) -> float:
        return self.table.progress()

    def shown(self, cells: Sequence[str]) -> list[str]:
        return self.mapping.shown(cells)

    def preview(self, record: Record) -> Mapping[str, str]:
        return self.mapping.preview(record.lines[0][1], in_order=record.fault is None)

    def records(self, after: int) -> Iterator[Record]:
        """Yield one record a row; kinds whose records take several rows do it otherwise."""
        read, pick = self.read, self.pick
        for row in self.table.rows(after):
            record = Record(row.number, [(row.number, row.cells)])
            if row.error is not None:
                record.fault = fault_of(row)
            else:
                try:
                    if self.mapping.came_hidden(row.cells):
                        raise hidden_cell()
                    record.draft = read(pick(row.cells), row.number)
                except Refused as refusal:
                    record.fault = refusal
                except ValueError as error:
                    record.fault = unreadable(error, personal=self.mapping.personal)
            yield record

    def read(self, cells: tuple[str, ...], number: int) -> Any:
        """Return the draft that a row says; raise RowRefused or ValueError where it can't be read."""
        raise NotImplementedError

    @abstractmethod
    def write(self, records: Sequence[Record], *, actor: Principal, at: datetime) -> Written:
        """Write records that have a draft."""


def fault_of(row: Row) -> RowRefused:
    """Return the reason for which the reading library gave a row up."""
    assert row.error is not None  # noqa: S101 - only such rows come here
    return RowRefused(row.error.name.lower(), row.error.value)


def unreadable(error: ValueError, *, personal: bool = True) -> RowRefused:
    """Return the refusal of a cell that can't be read; it quotes the cell where no one's data can stand there."""
    if isinstance(error, CellError):
        facts = {name: HIDDEN if personal else mask_mobiles(value) for name, value in error.facts.items()}
        return RowRefused("unreadable", error.detail, **facts)
    reason = _QUOTED.sub(f"“{HIDDEN}”", str(error)) if personal else str(error)
    return RowRefused("unreadable", "%(reason)s", reason=mask_mobiles(reason))


def hidden_cell() -> RowRefused:
    """Return the refusal of a row whose personal data a report has hidden."""
    detail = _(
        "Personal cells of this row are hidden (•), as in a report of rejected rows; write them again."
    )
    return RowRefused("hidden_cell", detail)


def missing(name: str) -> RowRefused:
    """Return the refusal of a row that lacks a value."""
    return RowRefused("value_missing", _("The row has no value in the column %(column)s."), column=name)


def too_long(name: str, most: int) -> RowRefused:
    """Return the refusal of a value that is too long."""
    detail = _("The value in the column %(column)s has more than %(most)s characters.")
    return RowRefused("too_long", detail, column=name, most=most)


def total_row() -> RowRefused:
    """Return the refusal of a row that adds up the others."""
    return RowRefused("total_row", _("This row is a total of the others; it was left out."))


def is_total(text: str) -> bool:
    """Tell whether an identifying cell holds a word for a total instead."""
    return len(text) < 12 and "".join(text.split()).strip(":：").lower() in TOTAL_WORDS
