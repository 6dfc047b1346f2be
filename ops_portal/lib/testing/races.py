"""The same thing at once, on a connection each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection


def race(runners: Sequence[Callable[[], Any]]) -> list[Any]:
    """Start every runner at the same moment in a thread and connection of its own; return answers or exceptions.

    For tests with ``transaction=True``. A race says little without its control: the same race run by code that
    writes back what it read must be seen to go wrong.
    """
    start = Barrier(len(runners))

    def run(runner: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            start.wait(30)
            return runner()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(runners)) as lanes:
        return list(lanes.map(run, runners))
