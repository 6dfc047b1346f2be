"""The kinds of documents that desks work on. An app tells the desk how to find its open documents and their clocks.

An app registers its kind when it is ready; the desk knows no app.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, Protocol, cast

from django.db.models import (
    BigIntegerField,
    DateTimeField,
    DecimalField,
    F,
    Field,
    Model,
    Q,
    QuerySet,
    TextField,
    Value,
)

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
    """One kind of document that people work on. Its model is ``desk.models.Owned``, or ``Clocked``, with a ``number``.

    ``records`` names the kinds of ``StateMove`` that tell of it, each with the field whose states it moves.
    """

    @property
    def code(self) -> str: ...
    @property
    def label(self) -> Any: ...
    @property
    def model(self) -> type[Model]: ...
    @property
    def queues(self) -> Sequence[Queue]: ...
    @property
    def view_permission(self) -> str: ...
    @property
    def work_permission(self) -> str: ...
    @property
    def records(self) -> Mapping[str, str]: ...

    def open_documents(self, user: Any) -> QuerySet[Any]:
        """Return the documents that wait for somebody, narrowed by ``visible_to(user)``."""
        ...

    def rows(self, documents: QuerySet[Any]) -> QuerySet[Any, tuple[Any, ...]]:
        """Return ``documents`` as ``values_list`` of one column for each of ``ROW_FIELDS``, in their sequence."""
        ...

    def page_of(self, number: str) -> str:
        """Return the address of the page on which the document is worked."""
        ...


FIELDS: Final[Mapping[str, Field[Any, Any]]] = {
    "owner_id": BigIntegerField(),
    **{name: DateTimeField() for name in ("due_at", "platform_due_at", "paused_at", "opened_at")},
    "amount": DecimalField(),
}
# What a column holds of which a kind says nothing: an expression without a type can't be selected.
NOTHING: Final = {name: Value(None, FIELDS.get(name, TextField())) for name in ROW_FIELDS}


@dataclass(frozen=True, slots=True)
class ModelKind:
    """A kind whose rows are expressions over its model: most kinds are one of these.

    ``queue`` tells in which queue an open document stands (a ``Case`` over its status, or a ``Value``).
    ``is_open`` finds the documents that wait for somebody. ``columns`` gives an expression, or the name of a field,
    for each of ``ROW_FIELDS`` that the model doesn't hold under that name; what isn't given and isn't there is empty.
    """

    code: str
    label: Any
    model: type[Model]
    queues: Sequence[Queue]
    view_permission: str
    work_permission: str
    queue: Any
    is_open: Q
    page: Callable[[str], str]
    columns: Mapping[str, Any] = field(default_factory=dict)
    moves: Mapping[str, str] = field(default_factory=dict)

    @property
    def records(self) -> Mapping[str, str]:
        return self.moves or {self.code: "status"}

    def open_documents(self, user: Any) -> QuerySet[Any]:
        documents = cast(Any, self.model._default_manager.all()).visible_to(user)
        return cast(QuerySet[Any], documents.filter(self.is_open))

    def rows(self, documents: QuerySet[Any]) -> QuerySet[Any, tuple[Any, ...]]:
        # Under names of our own: a model may have a field of such a name that holds something else.
        named = {f"row_{name}": self.column(name) for name in ROW_FIELDS}
        return cast(
            QuerySet[Any, tuple[Any, ...]], documents.order_by().annotate(**named).values_list(*named)
        )

    def column(self, name: str) -> Any:
        """Return the expression of one of ``ROW_FIELDS``."""
        if name == "kind":
            return Value(self.code)
        if name == "queue":
            return self.queue
        if name in self.columns:
            given = self.columns[name]
            if isinstance(given, Value) and given.value is None:
                return NOTHING[name]
            return F(given) if isinstance(given, str) else given
        own = {each.attname for each in self.model._meta.concrete_fields}
        return F(name) if name in own else NOTHING[name]

    def page_of(self, number: str) -> str:
        return self.page(number)


_kinds: dict[str, DeskKind] = {}


def register(kind: DeskKind) -> None:
    """Make a kind known to the desk; a kind named again is replaced.

    Raises ValueError where a queue's code is another kind's: teams name their queues by code alone.
    """
    others = {queue.code for other in _kinds.values() if other.code != kind.code for queue in other.queues}
    if taken := others.intersection(queue.code for queue in kind.queues):
        raise ValueError(f"{min(taken)} is a queue of another kind already.")
    _kinds[kind.code] = kind


def kinds() -> Iterable[DeskKind]:
    """Return every kind, in the sequence of their registration."""
    return tuple(_kinds.values())


def kind_of(code: str) -> DeskKind | None:
    """Return the kind of this code, or None."""
    return _kinds.get(code)


def lock_sequence(codes: Iterable[str]) -> list[str]:
    """Return the codes of known kinds as their documents are locked: those of the higher floors first.

    Apps are ready, and name their kinds, from the lower floors up.
    """
    wanted = set(codes)
    return [code for code in reversed(_kinds) if code in wanted]


def kind_with(queue_code: str) -> DeskKind | None:
    """Return the kind that has the queue of this code, or None."""
    return next(
        (kind for kind in _kinds.values() if any(queue.code == queue_code for queue in kind.queues)), None
    )


def queue_of(code: str) -> Queue | None:
    """Return the queue of this code, whatever its kind, or None."""
    return next((queue for kind in _kinds.values() for queue in kind.queues if queue.code == code), None)


def queue_place(code: str) -> int:
    """Return where a queue stands among all: kind after kind, each in the sequence in which work goes through it."""
    codes = [queue.code for kind in _kinds.values() for queue in kind.queues]
    return codes.index(code) if code in codes else len(codes)


def kinds_for(user: User) -> Sequence[DeskKind]:
    """Return the kinds whose documents ``user`` may see."""
    return [kind for kind in _kinds.values() if user.has_perm(kind.view_permission)]
