"""The kinds of documents that desks work on. An app tells the desk how to find its open documents and their clocks.

An app registers its kind when it is ready; the desk knows no app.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Protocol

from django.db.models import Model, QuerySet

from ops_portal.accounts.models import User

# What each row of a desk carries, in this sequence, whatever its kind: see ``DeskKind.rows``.
ROW_FIELDS: Final = (
    "kind",  # the document kind, as in StateMove
    "queue",  # the code of the queue in which it stands
    "number",
    "title",  # what it is about in a few words, without personal data
    "shop_code",
    "platform",
    "owner_id",
    "due_at",  # the team's clock; empty where it stands still
    "platform_due_at",  # the platform's clock
    "paused_at",
    "amount",  # the money at risk
    "currency",
    "opened_at",
)


@dataclass(frozen=True, slots=True)
class Queue:
    """Work of one sort that waits: ``within`` is the team's working time for it, where it has a limit."""

    code: str
    label: Any
    within: timedelta | None = None


class DeskKind(Protocol):
    """One kind of document that people work on. Its model is ``desk.models.Owned``, or ``Clocked``."""

    code: str
    label: Any
    model: type[Model]
    queues: Sequence[Queue]
    view_permission: str
    work_permission: str

    def open_documents(self, user: Any) -> QuerySet[Any]:
        """Return the documents that wait for somebody, narrowed by ``visible_to(user)``."""
        ...

    def rows(self, documents: QuerySet[Any]) -> QuerySet[Any, tuple[Any, ...]]:
        """Return ``documents`` as ``values_list`` of exactly ``ROW_FIELDS``, so that kinds can be united."""
        ...

    def page_of(self, number: str) -> str:
        """Return the address of the page on which the document is worked."""
        ...


_kinds: dict[str, DeskKind] = {}


def register(kind: DeskKind) -> None:
    """Make a kind known to the desk; a kind named again is replaced."""
    _kinds[kind.code] = kind


def kinds() -> Iterable[DeskKind]:
    """Return every kind, in the sequence of their registration."""
    return tuple(_kinds.values())


def kind_of(code: str) -> DeskKind | None:
    """Return the kind of this code, or None."""
    return _kinds.get(code)


def kinds_for(user: User) -> Sequence[DeskKind]:
    """Return the kinds whose documents ``user`` may see."""
    return [kind for kind in _kinds.values() if user.has_perm(kind.view_permission)]
