"""What a kind of file is to the floor: columns, how rows become records, what writes and takes back records.

The apps above register their kinds in their ``importers`` modules, which are found as ``admin`` and ``tasks`` are.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _

from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import Refused


class UnknownKind(Refused):
    """No kind of this name is registered."""

    code = "unknown_kind"


class RowRefused(Refused):
    """A row, or the record that it belongs to, is not taken; ``code`` says which rule said no."""

    code = "row_refused"

    def __init__(self, code: str, detail: Any, **facts: Any) -> None:
        super().__init__(detail, **facts)
        self.code = code  # type: ignore[misc]  # one class, one code each time it is raised


class OneRowRefused(RowRefused):
    """One row of a record is not taken, and so none of them: ``row`` is the one with the reason ``why``."""

    def __init__(self, row: int, why: Refused) -> None:
        super().__init__(why.code, _("Row %(row)s: %(reason)s"), row=row, reason=why)
        self.row = row
        self.why = why

    def beside(self, number: int) -> Refused:
        """Return the reason as it is read beside row ``number``: the row's own doesn't name it again."""
        return self.why if number == self.row else self


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a kind reads: our name for it, and the headings under which files have it.

    ``personal`` cells are masked in what is kept of rejected rows.
    """

    name: str
    headings: tuple[str, ...] = ()
    required: bool = False
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Options:
    """How a file is to be taken. ``at`` is the date or time as given; ``mapping`` our column → its heading."""

    shop: str = ""
    brand: str = ""
    at: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    history: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the options as they are stored with the run; a run is only resumed under the same ones."""
        return {
            "shop": self.shop,
            "brand": self.brand,
            "at": self.at,
            "map": dict(self.mapping),
            "history": self.history,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Options:
        """Return the options that ``as_json`` gave."""
        return cls(stored["shop"], stored["brand"], stored["at"], stored["map"], stored["history"])


@dataclass(slots=True)
class Record:
    """What stands in one or several rows of a file: a draft, or the reason why there is none.

    ``lines`` keeps the rows as they were read, until the record is written.
    """

    last_row: int
    lines: list[tuple[int, list[str]]]
    draft: Any = None
    fault: Refused | None = None

    @property
    def first_row(self) -> int:
        """Return the number of the row in which the record begins."""
        return self.lines[0][0]


@dataclass(frozen=True, slots=True)
class Change:
    """A record of the portal that was created, or updated with what it held before."""

    object_kind: str
    object_id: int
    what: str
    row_number: int
    before: Mapping[str, Any] | None = None


@dataclass(slots=True)
class Written:
    """What came of some records. ``refused`` is by index; every other record counts under one of the words."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    held: int = 0
    changes: list[Change] = field(default_factory=list)
    refused: list[tuple[int, Refused]] = field(default_factory=list)


class Source(Protocol):
    """An opened file: its heading was found, its columns are mapped, its shop is known."""

    @property
    def headings(self) -> Sequence[str]:
        """Return the headings of the cells that ``shown`` gives."""

    @property
    def own_headings(self) -> Mapping[str, str]:
        """Return, by our names for the columns, the headings under which the file has them."""

    @property
    def estimate(self) -> int:
        """Return about how many rows there are."""

    def records(self, after: int) -> Iterator[Record]:
        """Yield the records that begin after a row, in the order of the file, without the database."""

    def progress(self) -> float:
        """Return how much has been read, between 0 and 1."""

    def shown(self, cells: Sequence[str]) -> list[str]:
        """Return cells as they may be kept and shown: personal ones masked."""

    def preview(self, record: Record) -> Mapping[str, str]:
        """Return what was read of the record's first row, by our column names, personal cells masked."""

    def write(self, records: Sequence[Record], *, actor: Principal, at: datetime) -> Written:
        """Write records that have a draft; the caller's transaction is open."""


@dataclass(frozen=True, slots=True)
class Undone:
    """A change to take back, as it was recorded; ``restored_at`` is when later runs were undone that touched it."""

    object_kind: str
    object_id: int
    what: str
    before: Mapping[str, Any] | None
    at: datetime
    restored_at: tuple[datetime, ...] = ()


class ImportKind(ABC):
    """One kind of file. ``wants`` names the options it needs, ``takes`` those it can do without.

    ``permission`` is needed to start one on screen; ``chunk`` records are written in one transaction.
    """

    code: str
    label: Any
    columns: Sequence[Column]
    wants: frozenset[str] = frozenset()
    takes: frozenset[str] = frozenset()
    permission: str
    is_folder: bool = False
    chunk: int = 2_000

    @abstractmethod
    def open(self, path: Path, options: Options) -> Source:
        """Open a file or folder. Raises FileRefused, or another Refused, where it can't be taken at all."""

    @abstractmethod
    def take_back(self, changes: Sequence[Undone], *, actor: Principal, at: datetime) -> list[Refused]:
        """Undo changes, the latest first; return a refusal for each record that was used since."""


_kinds: dict[str, ImportKind] = {}


def register(*kinds: ImportKind) -> None:
    """Make kinds known. Called where an app's ``importers`` module is loaded."""
    for kind in kinds:
        _kinds[kind.code] = kind


Offered = Callable[[Any], Iterable[tuple[str, str]]]
_offers: dict[str, Offered] = {}


def offer(option: str, offered: Offered) -> None:
    """Say what a person may choose for an option: codes and names. Called beside ``register``."""
    _offers[option] = offered


def offered_to(user: Any, option: str) -> list[tuple[str, str]]:
    """Return the codes that ``user`` may choose for an option, with their names."""
    autodiscover_modules("importers")
    return list(_offers[option](user)) if option in _offers else []


def all_kinds() -> Iterable[ImportKind]:
    """Return the kinds by name."""
    autodiscover_modules("importers")
    return [_kinds[code] for code in sorted(_kinds)]


def kind_of(code: str) -> ImportKind:
    """Return the kind of this name. Refuses UnknownKind."""
    autodiscover_modules("importers")
    if code not in _kinds:
        detail = _("There is no kind of file “%(kind)s”. There are: %(kinds)s.")
        raise UnknownKind(detail, kind=code, kinds=", ".join(sorted(_kinds)))
    return _kinds[code]
