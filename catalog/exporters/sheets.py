"""A workbook written row by row: cells are text that does nothing when it is opened, codes keep their zeros."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from ops_portal.intake.handing_out import text_of
from ops_portal.intake.reading.writing import harmless

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
        text = ILLEGAL_CHARACTERS_RE.sub("", text_of(value))
        if not text:
            return None
        cell = WriteOnlyCell(sheet)
        cell.value = harmless(text)[:LONGEST]
        cell.data_type = "s"
        cell.number_format = "@"
        if "\n" in text:
            cell.alignment = self._wrapped
        return cell

    def save(self, path: Path) -> None:
        """Write the workbook to a file."""
        self._workbook.save(path)


def workbook_of(name: str, headings: Sequence[str], rows: Any) -> Path:
    """Write a workbook of one sheet to a file of its own and return that; who asks removes it."""
    sheets = Sheets()
    sheets.add(name, headings)
    for row in rows:
        sheets.write(name, row)
    with tempfile.NamedTemporaryFile(suffix=".xlsx", delete=False) as file:
        path = Path(file.name)
    sheets.save(path)
    return path
