"""Why a file, or one row of it, is not taken.

The sentences are message ids: they are marked here and translated where they are shown.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from ops_portal.lib.refusals import Refused, in_words


def gettext_noop(sentence: str) -> str:
    """Mark a sentence for translation and give it back as it is."""
    return sentence


DETAILS = {
    "file_too_large": gettext_noop(
        "The file is larger than %(max_mib)s MiB. Export a shorter period, or split the file."
    ),
    "too_many_columns": gettext_noop(
        "The file has more than %(max_columns)s columns. "
        "Delete the columns that are not needed and upload again."
    ),
    "not_a_table": gettext_noop(
        "This is not a table (%(found)s). Upload a CSV file or an Excel .xlsx workbook."
    ),
    "zip_bomb": gettext_noop(
        "The workbook unpacks to far more than it should (%(found)s). "
        "Save it again in Excel as .xlsx, or as CSV."
    ),
    "unsafe_xml": gettext_noop(
        "The workbook holds XML that Excel does not write (%(found)s). "
        "Save it again in Excel as .xlsx, or as CSV."
    ),
    "damaged_file": gettext_noop(
        "The workbook is damaged and can't be opened. Download it again, or save it again as .xlsx or CSV."
    ),
    "encrypted": gettext_noop(
        "The workbook is protected by a password. Remove the password in Excel and upload again."
    ),
    "old_excel": gettext_noop(
        "This is a workbook in another format than .xlsx (%(found)s). "
        "Open it in Excel and save it as .xlsx or CSV."
    ),
    "html_not_excel": gettext_noop(
        "This is a web page that is named like an Excel file. Open it in Excel and save it as .xlsx or CSV."
    ),
    "unknown_encoding": gettext_noop(
        "The text of the file can't be read: it is neither UTF-8 nor UTF-16 nor GB18030. "
        "Save it as CSV UTF-8."
    ),
    "no_heading": gettext_noop(
        "No heading was found in the first %(rows)s rows. Add a row that names the columns, above the data."
    ),
    "empty_file": gettext_noop("The file is empty. Check the export, and upload it again."),
}


class FileRefused(Refused):
    """The whole file is refused. ``code`` is one of ``DETAILS``; the detail says what the sender can do."""

    code = "file_refused"

    def __init__(self, code: str, detail: str = "", **facts: Any) -> None:
        super().__init__(detail or DETAILS[code], **facts)
        self.code = code  # type: ignore[misc]  # one class, one code each time it is raised

    def __str__(self) -> str:
        if self.code not in DETAILS or "found" not in self.facts:
            return super().__str__()
        return in_words(self.detail, {**self.facts, "found": in_words(self.facts["found"], {})})


class CellError(ValueError):
    """A cell can't be read; ``detail`` is a sentence that is translated where it is shown."""

    def __init__(self, detail: str, **facts: str) -> None:
        super().__init__(detail % facts)
        self.detail = detail
        self.facts = facts


class RowFault(StrEnum):
    """Why one row is rejected while the others stay. The name is stable, the value is the sentence shown."""

    NUL_CHARACTER = gettext_noop("The row contains a NUL character.")
    UNDECODABLE = gettext_noop("The row contains bytes that are not text in the encoding of this file.")
    UNCLOSED_QUOTE = gettext_noop("A quotation mark in this row is not closed, or not doubled inside a cell.")
    CUT_OFF = gettext_noop("The file ends in the middle of this row.")
    CELL_TOO_LONG = gettext_noop("A cell of this row is too long.")
    ROW_TOO_LONG = gettext_noop("The row is too long.")
    TOO_MANY_CELLS = gettext_noop(
        "The row has more cells than the heading: a separator inside a cell may not be quoted."
    )
    TOO_MANY_COLUMNS = gettext_noop("The row has too many columns.")
    DAMAGED = gettext_noop("The file is damaged from here on; nothing below this row could be read.")
