"""A workbook written row by row: cells are text that does nothing when it is opened, codes keep their zeros."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Final

from django.http import StreamingHttpResponse
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from ops_portal.intake.handing_out import name_now, text_of
from ops_portal.intake.reading.writing import harmless

PIECE: Final = 256 * 1024
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST: Final = 32_767  # characters that a cell of a workbook takes
WIDTHS: Final = {"short": 14, "middle": 24, "long": 60}


class Sheets:
    """A workbook being written; its rows stand in files of their own until it is saved."""

    def __init__(self) -> None:
        self._workbook = Workbook(write_only=True)
        self._headings = Font(bold=True)
        self._wrapped = Alignment(vertical="top", wrap_text=True)
        self._sheets: dict[str, Any] = {}

    def add(self, name: str, headings: Sequence[str], widths: Sequence[str] = ()) -> None:
        """Begin a sheet."""
        sheet = self._sheets[name] = self._workbook.create_sheet(name)
        sheet.freeze_panes = "A2"
        for place in range(len(headings)):
            width = WIDTHS[widths[place]] if place < len(widths) else WIDTHS["middle"]
            sheet.column_dimensions[get_column_letter(place + 1)].width = width
        row = []
        for heading in headings:
            cell = WriteOnlyCell(sheet, heading)
            cell.font = self._headings
            row.append(cell)
        sheet.append(row)

    def write(self, name: str, row: Sequence[Any]) -> None:
        """Write one row; whole numbers and nothing stay what they are, all else is text."""
        sheet = self._sheets[name]
        sheet.append([value if type(value) is int else self._text(sheet, value) for value in row])

    def _text(self, sheet: Any, value: Any) -> Any:
        text = text_of(value)
        if not text:
            return None
        cell = WriteOnlyCell(sheet)
        cell.value = harmless(text)[:LONGEST]
        cell.data_type = "s"
        cell.number_format = "@"
        if "\n" in text:
            cell.alignment = self._wrapped
        return cell

    def save(self, target: Path | IO[bytes]) -> None:
        """Write the workbook to a file."""
        self._workbook.save(target)


def as_xlsx(
    name: str, title: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]
) -> StreamingHttpResponse:
    """Answer with rows as a workbook of one sheet; its file lies beside until it is sent."""
    sheets = Sheets()
    sheets.add(title, headings)
    for row in rows:
        sheets.write(title, row)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it is closed when all of it is sent
    sheets.save(file)
    file.seek(0)
    response = StreamingHttpResponse(pieces_in(file), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name_now(name)}.xlsx"'
    return response


def pieces_in(file: IO[bytes]) -> Iterator[bytes]:
    """Yield an open file piece by piece, and close it."""
    with file:
        while piece := file.read(PIECE):
            yield piece
