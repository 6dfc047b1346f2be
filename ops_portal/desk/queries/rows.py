"""The rows of desks: one statement over the open documents of all kinds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, QuerySet

from ops_portal.desk.choices import SOON_PART, SOON_WITHIN, ClockState
from ops_portal.desk.kinds import ROW_FIELDS, DeskKind, kind_of, kinds, queue_of
from ops_portal.desk.queries.clocks import Clock, clock_of

TYPES: Final = {
    "owner_id": "bigint",
    "due_at": "timestamptz",
    "platform_due_at": "timestamptz",
    "paused_at": "timestamptz",
    "amount": "numeric",
    "opened_at": "timestamptz",
}
COLUMNS: Final = ", ".join(f'"{name}"' for name in ROW_FIELDS)
TYPED: Final = ", ".join(f'"{name}"::{TYPES.get(name, "text")} AS "{name}"' for name in ROW_FIELDS)
# Whichever clock runs out first; what has no clock comes last, the oldest first.
URGENT_AT: Final = "LEAST(due_at, platform_due_at)"
URGENCY: Final = f"COALESCE({URGENT_AT}, 'infinity'), COALESCE(opened_at, 'infinity'), kind, number"
# The same as ``clock_of``, of the clock that runs out first.
STATE: Final = f"""CASE
    WHEN {URGENT_AT} < %s THEN '{ClockState.LATE}'
    WHEN {URGENT_AT} <= %s + GREATEST(
        interval '{SOON_WITHIN.total_seconds():.0f} seconds',
        COALESCE(({URGENT_AT} - opened_at) * {SOON_PART}, interval '0')
    ) THEN '{ClockState.SOON}'
    WHEN {URGENT_AT} IS NOT NULL THEN '{ClockState.ON_TIME}'
    WHEN paused_at IS NOT NULL THEN '{ClockState.STANDING}'
    ELSE '{ClockState.NONE}' END"""
PAGE: Final = 50
SIGNS: Final = {"CNY": "¥"}
FAR: Final = "infinity"


@dataclass(frozen=True, slots=True)
class Rows:
    """SQL of a table with the columns ``ROW_FIELDS``, and its parameters."""

    sql: str
    params: tuple[Any, ...]

    def fetch(self, select: str, rest: str = "", params: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        """Return what ``SELECT select FROM the rows rest`` finds."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {select} FROM ({self.sql}) AS r {rest}", [*self.params, *params])
            return list(cursor.fetchall())

    def at(self, moment: datetime) -> Rows:
        """Return the rows with one column more, ``state``: how the clock that runs out first stands."""
        return Rows(f"SELECT q.*, {STATE} AS state FROM ({self.sql}) AS q", (moment, moment, *self.params))

    def where(self, condition: str, params: Sequence[Any] = ()) -> Rows:
        """Return the rows that meet ``condition``."""
        return Rows(f"SELECT * FROM ({self.sql}) AS w WHERE {condition}", (*self.params, *params))


def united(parts: Sequence[tuple[DeskKind, QuerySet[Any]]]) -> Rows:
    """Return the rows of the documents of several kinds as one table, be it an empty one."""
    texts: list[str] = []
    params: list[Any] = []
    for kind, documents in parts:
        try:
            sql, own = kind.rows(documents).query.sql_with_params()
        except EmptyResultSet:  # a reader to whom nothing is granted
            continue
        texts.append(f'SELECT {TYPED} FROM ({sql}) AS "{kind.code}"({COLUMNS})')
        params.extend(own)
    nothing = ", ".join(f'NULL::{TYPES.get(name, "text")} AS "{name}"' for name in ROW_FIELDS)
    return Rows(" UNION ALL ".join(texts) or f"SELECT {nothing} WHERE false", tuple(params))


def open_rows(reader: Any, kinds_seen: Iterable[DeskKind]) -> Rows:
    """Return the rows of all open documents that ``reader`` may see."""
    return united([(kind, kind.open_documents(reader)) for kind in kinds_seen])


@dataclass(slots=True)
class Row:
    """One document that waits, as a desk shows it at one moment."""

    at: datetime
    kind: str
    queue: str
    number: str
    title: str
    shop_code: str
    platform: str
    owner_id: int | None
    due_at: datetime | None
    platform_due_at: datetime | None
    paused_at: datetime | None
    amount: Decimal | None
    currency: str
    opened_at: datetime | None
    owner: str = ""
    shop: str = ""
    team_clock: Clock = field(init=False)
    platform_clock: Clock = field(init=False)

    def __post_init__(self) -> None:
        self.team_clock = clock_of(
            self.due_at, at=self.at, opened_at=self.opened_at, paused_at=self.paused_at
        )
        self.platform_clock = clock_of(self.platform_due_at, at=self.at, opened_at=self.opened_at)

    @property
    def address(self) -> str:
        """Return the address of the document's page."""
        kind = kind_of(self.kind)
        return kind.page_of(self.number) if kind else ""

    @property
    def kind_label(self) -> str:
        """Return the name of its kind."""
        kind = kind_of(self.kind)
        return str(kind.label) if kind else self.kind

    @property
    def queue_label(self) -> str:
        """Return the name of its queue."""
        return queue_label(self.queue)

    @property
    def platform_label(self) -> str:
        """Return the name of its platform."""
        return platform_labels().get(self.platform, self.platform)

    @property
    def money(self) -> str:
        """Return the money at risk as people read it."""
        return "" if self.amount is None else in_money(self.amount, self.currency)

    @property
    def place(self) -> str:
        """Return where the row stands in the sequence of urgency, as the address of the next page names it."""
        urgent = min((each for each in (self.due_at, self.platform_due_at) if each), default=None)
        times = [each.isoformat() if each else FAR for each in (urgent, self.opened_at)]
        return "|".join([*times, self.kind, self.number])


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and the place after which there are more."""

    rows: list[Row]
    following: str = ""


def page_of_rows(rows: Rows, *, at: datetime, after: str = "", size: int = PAGE) -> Page:
    """Return the most urgent of ``rows`` after a place, at most ``size``: one statement."""
    place = place_of(after)
    if place:
        rows = rows.where(f"({URGENCY}) > (%s::timestamptz, %s::timestamptz, %s, %s)", place)
    found = rows.fetch(COLUMNS, f"ORDER BY {URGENCY} LIMIT %s", [size + 1])
    shown = [Row(at, *cells) for cells in found[:size]]
    return Page(shown, shown[-1].place if len(found) > size else "")


def place_of(text: str) -> list[str]:
    """Return the place that an address names; nothing where it names none."""
    parts = text.split("|", 3)
    times = [part if part == FAR else as_moment(part) for part in parts[:2]]
    return [*times, *parts[2:]] if len(parts) == 4 and all(times) else []


def as_moment(text: str) -> str:
    """Return a time with its zone as PostgreSQL reads it, or nothing where ``text`` is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return ""
    return moment.isoformat() if moment.tzinfo is not None else ""


def with_names(rows: Sequence[Row], people: Mapping[int, str] | None = None) -> None:
    """Fill in the names of shops, one statement, and of owners where ``people`` knows them."""
    names = shop_names({row.shop_code for row in rows if row.shop_code})
    for row in rows:
        row.shop = names.get(row.shop_code, row.shop_code)
        row.owner = (people or {}).get(row.owner_id or 0, "")


def shop_names(codes: Iterable[str]) -> dict[str, str]:
    """Return the names of shops by code, asked of the model to which a kind's ``shop_code`` leads."""
    wanted = set(codes)
    found = next((field for kind in kinds() if (field := field_behind(kind, "shop_code"))), None)
    if not wanted or found is None:
        return {}
    shops = found.model._default_manager.filter(**{f"{found.name}__in": wanted})
    return {getattr(shop, found.attname): str(shop) for shop in shops}


def platform_labels() -> dict[str, str]:
    """Return the names of platforms by code, as the field to which a kind's ``platform`` leads has them."""
    labels: dict[str, str] = {}
    for kind in kinds():
        found = field_behind(kind, "platform")
        if found is not None:
            labels |= {str(code): str(label) for code, label in found.flatchoices}
    return labels


def field_behind(kind: DeskKind, column: str) -> Any:
    """Return the field of another model to which a column of a kind's rows leads, or None."""
    given: Any = getattr(kind, "columns", {}).get(column)
    path: Any = getattr(given, "name", None) if isinstance(given, F) else given
    if not isinstance(path, str) or "__" not in path:
        return None
    found: Any = kind.model._meta
    for name in path.split("__")[:-1]:
        found = found.get_field(name).related_model._meta
    return found.get_field(path.rpartition("__")[2])


def queue_label(code: str) -> str:
    """Return the name of a queue; its code where no kind has it."""
    queue = queue_of(code)
    return str(queue.label) if queue else code


def in_money(amount: Decimal, currency: str) -> str:
    """Return an amount as people read it."""
    sign = SIGNS.get(currency, f"{currency} ")
    return f"{'-' if amount < 0 else ''}{sign}{abs(amount):,.2f}"
