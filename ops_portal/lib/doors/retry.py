"""What to do when PostgreSQL says "not now": try again where that is safe, and say so where it isn't."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, InterfaceError, OperationalError, connection

Params = ParamSpec("Params")
Result = TypeVar("Result")

ATTEMPTS = 4
FIRST_WAIT = 0.01

# Serialization failure, deadlock, lock not available: the transaction is surely undone and may run again.
LOST_LOCK = frozenset({"40001", "40P01", "55P03"})
# Connection classes, shutdown and restart, out of connections or memory, cancelled by a time limit.
AWAY_CLASSES = ("08", "53")
AWAY = frozenset({"57P01", "57P02", "57P03", "57014"})


def pgcode_of(error: BaseException) -> str | None:
    """Return PostgreSQL's five-character code of a database error, or None where there is none."""
    return getattr(error.__cause__, "pgcode", None)


def is_lost_lock(error: BaseException) -> bool:
    """Tell whether ``error`` undid its transaction only because of others that ran at the same time."""
    return isinstance(error, DatabaseError) and pgcode_of(error) in LOST_LOCK


def is_database_away(error: BaseException) -> bool:
    """Tell whether ``error`` means that the database is gone or full; a commit may or may not stand."""
    if isinstance(error, InterfaceError):
        return True
    if not isinstance(error, DatabaseError):
        return False
    code = pgcode_of(error)
    if code is None:
        return isinstance(error, OperationalError)
    return code in AWAY or code.startswith(AWAY_CLASSES)


def is_transient(error: BaseException) -> bool:
    """Tell whether the same request may succeed a moment later."""
    return is_lost_lock(error) or is_database_away(error)


def retried(function: Callable[Params, Result]) -> Callable[Params, Result]:
    """Run ``function`` again, up to three times, when its whole transaction was undone by a lost lock.

    Inside a transaction nothing is tried again: whoever opened it must. A lost connection isn't tried again
    either, since nobody knows whether its last commit stands.
    """

    @wraps(function)
    def run(*args: Params.args, **kwargs: Params.kwargs) -> Result:
        for attempt in range(1, ATTEMPTS):
            try:
                return function(*args, **kwargs)
            except DatabaseError as error:
                if connection.in_atomic_block or not is_lost_lock(error):
                    raise
            time.sleep(FIRST_WAIT * 2**attempt * random.uniform(0.5, 1.5))  # noqa: S311 - spreads, hides nothing
        return function(*args, **kwargs)

    return run
