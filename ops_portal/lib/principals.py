"""Who acts: set once for each transaction, so that triggers, COPY and raw SQL see it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal, ParamSpec, TypeVar, cast

from django.db import connection, transaction

Params = ParamSpec("Params")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Principal:
    """A person, an API key, the system itself or a scheduled job; ``roles`` are the codes that it holds."""

    kind: Literal["person", "key", "system", "job"]
    code: str
    user_id: int | None = None
    roles: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.kind}:{self.code}"

    def may(self, roles: Iterable[str]) -> bool:
        """Tell whether one of ``roles`` is held; the system and its jobs hold them all."""
        return self.kind in ("system", "job") or not self.roles.isdisjoint(roles)


def system(code: str = "portal") -> Principal:
    """Return the principal of what the portal does by itself or a command line asks for."""
    return Principal("system", code)


def job(name: str) -> Principal:
    """Return the principal of a scheduled or queued task."""
    return Principal("job", name)


_acting: ContextVar[Principal | None] = ContextVar("acting", default=None)


@contextmanager
def acting_as(actor: Principal, *, savepoint: bool = False) -> Iterator[None]:
    """Open a transaction (or join the caller's) in which every write carries ``actor``.

    With ``savepoint``, a joined part can be rolled back by itself: for callers that catch what is raised in it.
    PostgreSQL holds the principal as the transaction's own setting ``portal.principal``; the audit triggers read it.
    """
    outer = _acting.get()
    joined = outer is not None and connection.in_atomic_block
    with transaction.atomic(savepoint=savepoint or not joined):
        if joined and outer == actor:
            yield
            return
        token = _acting.set(actor)
        try:
            _tell_database(actor)
            yield
            if joined and outer is not None:  # what goes on is the outer principal's again
                _tell_database(outer)
        finally:
            _acting.reset(token)


def _tell_database(actor: Principal) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('portal.principal', %s, true)", [str(actor)])


def operation(function: Callable[Params, Result]) -> Callable[Params, Result]:
    """Make ``function(drafts, *, actor, at, …)`` one transaction that carries its ``actor``.

    An operation called by another joins its transaction; a refusal that is raised rolls the whole back.
    """

    @wraps(function)
    def run(*args: Params.args, **kwargs: Params.kwargs) -> Result:
        with acting_as(cast(Principal, cast(dict[str, Any], kwargs)["actor"])):
            return function(*args, **kwargs)

    run.is_operation = True  # type: ignore[attr-defined]
    return run
