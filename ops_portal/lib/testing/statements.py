"""How many statements a list takes, with one row and with three."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext


def assert_statements(count: int, show: Callable[[], object], add_row: Callable[[], object]) -> None:
    """Show a list with 1 row and with 3: both take exactly ``count`` statements. Savepoints don't count."""
    add_row()
    show()  # what is cached once is not the list's
    with_one = statements_of(show)
    add_row()
    add_row()
    with_three = statements_of(show)
    assert (len(with_one), len(with_three)) == (count, count), "\n".join(with_three)


def statements_of(show: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        show()
    texts = [query["sql"] for query in captured.captured_queries]
    return [text for text in texts if not text.startswith(("SAVEPOINT", "RELEASE SAVEPOINT"))]
