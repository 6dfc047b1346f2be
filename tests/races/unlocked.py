"""The same code without its locks, which each control of a race runs; and the same with its locks, but slowly."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from threading import Barrier
from typing import Any

from django.db import connection

ROWS = re.compile(r'\s+FOR (?:NO KEY )?UPDATE(?: OF "?\w+"?(?:, "?\w+"?)*)?')
ADVISORY = re.compile(r"pg_advisory_xact_lock\((%s|%\(\w+\)s)\)")


class Unlocked:
    """Run what is given without locks of rows and without advisory locks.

    ``meet`` is a piece of the statement after which the first two (or ``many``) runners wait for each other, once
    each: the look on which both act.
    """

    def __init__(self, meet: str, many: int = 2) -> None:
        self.meet = re.compile(meet)
        self.barrier = Barrier(many)

    def __call__(self, run: Callable[[], Any]) -> Callable[[], Any]:
        """Return ``run`` without its locks."""

        def unlocked() -> Any:
            met = False

            def look(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
                nonlocal met
                without = ADVISORY.sub(r"(\1)::bigint", ROWS.sub("", sql))
                answer = execute(without, params, many, context)
                if not met and self.meet.search(sql):
                    met = True
                    self.barrier.wait(20)
                return answer

            with connection.execute_wrapper(look):
                return run()

        return unlocked


def lingering(run: Callable[[], Any], after: str, seconds: float = 0.4) -> Callable[[], Any]:
    """Return ``run`` as it is, but that it stands still after the first statement that holds ``after``."""

    def slowly() -> Any:
        stood = False

        def look(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            nonlocal stood
            answer = execute(sql, params, many, context)
            if not stood and re.search(after, sql):
                stood = True
                time.sleep(seconds)
            return answer

        with connection.execute_wrapper(look):
            return run()

    return slowly
