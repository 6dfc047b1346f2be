"""The only way in which a document changes its state, and the record of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from ops_portal.lib.models import StateMove
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import NoSuch, Outcome, Refused
from ops_portal.lib.rows import insert_rows

Document = TypeVar("Document", bound=Model)


class IllegalMove(Refused):
    """The table of moves does not lead from the document's state to the one asked for."""

    code = "illegal_move"


class RoleMayNotMove(Refused):
    """The move exists, but none of the actor's roles may make it."""

    code = "role_may_not_move"


@dataclass(frozen=True, slots=True)
class Move:
    """One arrow of a document's life: who may make it, and the time it should take from the state before."""

    roles: frozenset[str]
    within: timedelta | None = None


@dataclass(frozen=True, slots=True)
class MoveTable:
    """The life of one kind of document: from each state, where it may go. ``kind`` names it in the record."""

    kind: str
    moves: Mapping[str, Mapping[str, Move]]

    def find(self, here: str, there: str) -> Move | None:
        """Return the move from ``here`` to ``there``, or None where the table has none."""
        return self.moves.get(here, {}).get(there)

    def pairs(self) -> Iterable[tuple[str, str, Move]]:
        """Yield every arrow as (from, to, move)."""
        for here, targets in self.moves.items():
            for there, move in targets.items():
                yield here, there, move


@dataclass(slots=True)
class Picked(Generic[Document]):
    """Locked documents that may go on, by the index of the draft that names them, and the refusals of the others."""

    ready: dict[int, Document] = field(default_factory=dict)
    refused: dict[int, Refused] = field(default_factory=dict)

    @property
    def documents(self) -> list[Document]:
        """Return the documents that may go on, in the sequence of their drafts."""
        return list(self.ready.values())

    def refuse(self, index: int, refusal: Refused) -> None:
        """Keep a document from going on."""
        self.ready.pop(index, None)
        self.refused[index] = refusal

    def outcome(self) -> Outcome[Document]:
        """Return what went on, and the refusals in the sequence of the drafts."""
        return Outcome(self.documents, sorted(self.refused.items()))


def lock_numbered(documents: QuerySet[Document], numbers: Iterable[str]) -> dict[str, Document]:
    """Lock documents in primary-key order and return them by number."""
    locked = (
        documents.filter(number__in=set(numbers)).order_by("pk").select_for_update(no_key=True, of=("self",))
    )
    return {document.number: document for document in locked}  # type: ignore[attr-defined]


def pick(
    documents: QuerySet[Document],
    numbers: Sequence[str],
    to: str,
    *,
    missing: type[NoSuch],
    unable: Callable[[int, Document], Refused | None],
) -> Picked[Document]:
    """Lock the documents of ``numbers`` in primary-key order and tell which of them may become ``to``.

    Refuses what ``pick_locked`` does.
    """
    return pick_locked(lock_numbered(documents, numbers), numbers, to, missing=missing, unable=unable)


def pick_locked(
    locked: Mapping[str, Document],
    numbers: Sequence[str],
    to: str,
    *,
    missing: type[NoSuch],
    unable: Callable[[int, Document], Refused | None],
) -> Picked[Document]:
    """Tell which of the ``locked`` documents, by number, may become ``to``.

    Refuses by index: ``missing``, IllegalMove where a document is named again, and what ``unable`` answers of the
    index and its document.
    """
    picked: Picked[Document] = Picked()
    taken: set[str] = set()
    for index, number in enumerate(numbers):
        document = locked.get(number)
        if document is None:
            picked.refused[index] = missing(number)
        elif number in taken:
            picked.refused[index] = illegal_move(document, to)
        elif (refusal := unable(index, document)) is not None:
            picked.refused[index] = refusal
        else:
            picked.ready[index] = document
            taken.add(number)
    return picked


def move_all(
    documents: Sequence[Document],
    to: str,
    *,
    table: MoveTable,
    actor: Principal,
    at: datetime,
    reason: str = "",
) -> Outcome[Document]:
    """Move ``documents`` (locked by the caller, each with ``number`` and ``status``) to the state ``to``.

    Refuses by index: IllegalMove (a document that is named again too), RoleMayNotMove. Two statements, whatever
    the number of documents. The instances given carry the new status afterwards.
    """
    outcome: Outcome[Document] = Outcome()
    records: list[dict[str, Any]] = []
    moved: set[Any] = set()
    for index, document in enumerate(documents):
        here: str = document.status  # type: ignore[attr-defined]
        number: str = document.number  # type: ignore[attr-defined]
        refusal = unable_to_move(document, to, table=table, actor=actor)
        if document.pk in moved:
            outcome.refused.append((index, illegal_move(document, to)))
        elif refusal is not None:
            outcome.refused.append((index, refusal))
        else:
            records.append(move_record(table.kind, number, here, to, actor=actor, at=at, reason=reason))
            outcome.done.append(document)
            moved.add(document.pk)
    if outcome.done:
        model = type(outcome.done[0])
        model._default_manager.filter(pk__in=[document.pk for document in outcome.done]).update(
            status=to, updated_at=at
        )
        for document in outcome.done:
            document.status = to  # type: ignore[attr-defined]
        record_moves(records)
    return outcome


def unable_to_move(document: Model, to: str, *, table: MoveTable, actor: Principal) -> Refused | None:
    """Return why ``actor`` can't move a document to the state ``to`` (IllegalMove, RoleMayNotMove), or None."""
    here: str = document.status  # type: ignore[attr-defined]
    move = table.find(here, to)
    if move is None:
        return illegal_move(document, to)
    if not actor.may(move.roles):
        detail = _("Your role may not move %(number)s from “%(here)s” to “%(there)s”.")
        return RoleMayNotMove(detail, **move_in_words(document, to))
    return None


def illegal_move(document: Model, to: str) -> IllegalMove:
    """Return the refusal of a move that the table does not have, in the words of the document's states."""
    return IllegalMove(
        _("%(number)s is “%(here)s”; it can't become “%(there)s”."), **move_in_words(document, to)
    )


def move_in_words(document: Model, to: str) -> dict[str, str]:
    """Return a document's number and the names of the states of a move."""
    status_field: Any = document._meta.get_field("status")
    labels = dict(status_field.flatchoices)
    here: str = document.status  # type: ignore[attr-defined]
    number: str = document.number  # type: ignore[attr-defined]
    return {"number": number, "here": str(labels.get(here, here)), "there": str(labels.get(to, to))}


def move_record(
    kind: str, number: str, here: str, there: str, *, actor: Principal, at: datetime, reason: str = ""
) -> dict[str, Any]:
    """Return one row for ``record_moves``; ``here`` is empty for a document's birth."""
    return {
        "document_kind": kind,
        "document_number": number,
        "from_status": here,
        "to_status": there,
        "actor": str(actor),
        "user_id": actor.user_id,
        "reason": reason,
        "at": at,
    }


def record_moves(records: Sequence[Mapping[str, Any]]) -> None:
    """Write who moved what from where to where, and why."""
    insert_rows(StateMove, records)
