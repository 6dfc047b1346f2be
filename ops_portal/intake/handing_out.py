"""Tables handed out to people: streamed row by row, harmless to open in a spreadsheet; who took them is recorded."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone

from ops_portal.accounts.choices import Access
from ops_portal.accounts.operations.access import AccessDraft, record_access
from ops_portal.intake.reading.writing import harmless
from ops_portal.lib.doors.identity import principal_of

Row = TypeVar("Row")
MARK: Final = "\ufeff"  # by which Excel knows UTF-8
PIECE: Final = 200  # rows that go out together
UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


def record_taking(request: HttpRequest, *, kind: str, told: str, number: str = "") -> None:
    """Write down that the reader takes rows of a kind out, and what they are."""
    drafts = [AccessDraft(Access.EXPORT, kind, told, number)]
    record_access(drafts, actor=principal_of(request), at=timezone.now())


def hand_out_rows(
    request: HttpRequest,
    name: str,
    headings: Sequence[Any],
    rows: Iterable[Sequence[Any]],
    *,
    kind: str,
    told: str,
    number: str = "",
) -> StreamingHttpResponse:
    """Record that rows are taken out, and answer with them as a CSV file that Excel opens rightly.

    ``name`` is that of the file, without its end; to it is added when it was taken. ``kind`` and ``number`` name the
    document whose rows they are, ``told`` says in words what is taken. Rows may be read while they are sent.
    """
    record_taking(request, kind=kind, told=told, number=number)
    return as_csv(name, headings, rows)


def as_csv(name: str, headings: Sequence[Any], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """Answer with rows as a CSV file."""
    response = StreamingHttpResponse(
        csv_pieces([str(each) for each in headings], rows), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{name_now(name)}.csv"'
    return response


def name_now(name: str) -> str:
    """Return a name of letters, digits and dashes, with when it was given."""
    plain = "".join(each if each.isascii() and each.isalnum() else "-" for each in name).strip("-")
    return f"{plain}-{timezone.localtime():%Y%m%d-%H%M}"


def csv_pieces(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Yield a CSV file in pieces of some rows."""
    lines = [MARK + line_of(headings)]
    for row in rows:
        lines.append(line_of(row))
        if len(lines) >= PIECE:
            yield "".join(lines)
            lines = []
    yield "".join(lines)


def line_of(row: Sequence[Any]) -> str:
    return ",".join(map(cell, row)) + "\r\n"


def cell(value: Any) -> str:
    """Return one cell: quoted where it must be, and harmless."""
    text = harmless(text_of(value))
    return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in ',"\r\n') else text


def text_of(value: Any) -> str:
    """Return a value as people write it: moments in the time of the house to the minute, nothing for None.

    Signs that no spreadsheet takes are left out.
    """
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    return UNPRINTABLE.sub("", str(value))


def all_pages(page: Callable[[str], tuple[Iterable[Row], str]]) -> Iterator[Row]:
    """Yield the rows of all pages of a list, one page at a time; ``page`` gives one and where the next begins."""
    after = ""
    while True:
        rows, following = page(after)
        yield from rows
        if not following or following == after:
            return
        after = following
