"""The report of a run: every row that was not taken, with its reason, as a file for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from django.core.files import File
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from ops_portal.intake.models import ImportRun, RejectedRow
from ops_portal.intake.operations.chunks import Rejection
from ops_portal.intake.reading import open_report

REPORTS = "imports/reports"


class Line(Protocol):
    """What a line of the report is made of."""

    row_number: int
    code: str
    reason: str
    cells: list[str]


def write_run_report(run: ImportRun, headings: Sequence[str]) -> str:
    """Write the report of a run from its rejected rows; return its name in the storage."""
    rows = RejectedRow.objects.filter(run=run).order_by("row_number", "pk").iterator(2000)
    return _write(
        f"{REPORTS}/{run.number}.csv",
        headings,
        ((row.row_number, row.code, row.reason, row.cells) for row in rows),
    )


def write_report(name: str, headings: Sequence[str], rejections: Iterable[Rejection]) -> str:
    """Write a report of rows that no run keeps; return its name in the storage."""
    lines = (
        (rejection.row_number, rejection.refusal.code, str(rejection.refusal), rejection.cells)
        for rejection in rejections
    )
    return _write(name, headings, lines)


def _write(name: str, headings: Sequence[str], lines: Iterable[tuple[int, str, str, list[str]]]) -> str:
    width = len(headings)
    with TemporaryDirectory(prefix="intake-") as folder:
        path = Path(folder, "report.csv")
        with open_report(path, [_("row"), _("code"), _("reason"), *headings]) as report:
            for number, code, reason, cells in lines:
                report.write([number, code, reason, *cells[:width], *[""] * (width - len(cells))])
        default_storage.delete(name)
        with path.open("rb") as file:
            return default_storage.save(name, File(file))
