"""A workbook as a source of rows: its visible sheets, its styles, its strings."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from .archive import open_archive
from .limits import KIB, MIB, Limits
from .markup import BROKEN, Attributes, Damaged, is_digits, local_name, read_small_part
from .refusals import FileRefused, RowFault, gettext_noop
from .rows import Progress, Row
from .sheets import LAST_COLUMN, LAST_ROW, CellFormats, SheetReader, column_index
from .strings import SharedStrings, refuse_dense_strings
from .values import Shows, shown_by

_MAX_SHEETS = 20
_DIMENSION = re.compile(rb'<(?:\w+:)?dimension\s[^>]*ref="(?:[A-Z]+\d+:)?([A-Z]{1,9})(\d{1,12})"')
_ROW = re.compile(rb"<(?:\w+:)?row[\s>]")
_HEAD = 16 * KIB


@dataclass(frozen=True, slots=True)
class SheetSource:
    """One worksheet of a workbook."""

    path: Path
    name: str
    part: str
    strings: str | None
    shows: dict[str, Shows]
    since_1904: bool
    limits: Limits

    encoding = "utf-8"
    format = "xlsx"

    def rows(self, progress: Progress, start_after: int = 0) -> Iterator[Row]:
        """Yield the rows after a row number. Where the part is damaged, the last row says so."""
        with zipfile.ZipFile(self.path) as archive:
            progress.done, progress.total = 0, archive.getinfo(self.part).file_size
            shared = SharedStrings(archive.open(self.strings) if self.strings else None, self.limits)
            formats = CellFormats(self.shows, self.since_1904, shared.get)
            reader = SheetReader(formats, self.limits, start_after)
            given = start_after > 0
            try:
                with archive.open(self.part) as stream:
                    for row in reader.read(stream, progress):
                        given = True
                        yield row
            except (Damaged, FileRefused, *BROKEN) as error:
                if isinstance(error, FileRefused) and not given:
                    raise
                yield Row(max(reader.number, start_after) + 1, [], RowFault.DAMAGED)
            finally:
                shared.close()

    def count_rows_estimate(self) -> int:
        """Estimate the rows from the first megabyte of the sheet; its own claim may be far off."""
        with zipfile.ZipFile(self.path) as archive, archive.open(self.part) as stream:
            size = archive.getinfo(self.part).file_size
            sample = stream.read(MIB)
        rows = max(len(_ROW.findall(sample)), 1)
        return rows if len(sample) >= size else round(size / (len(sample) / rows))


def open_sheets(path: Path, limits: Limits) -> list[SheetSource]:
    """Return the visible worksheets in their order.

    Refuses what ``open_archive`` refuses, and not_a_table, old_excel, unsafe_xml, damaged_file.
    """
    with open_archive(path, limits) as archive:
        parts = {name.lower(): name for name in archive.namelist()}
        main = parts.get("xl/workbook.xml") or _main_part(archive, parts, limits)
        try:
            return _read_workbook(path, archive, parts, main, limits)
        except (Damaged, KeyError, *BROKEN) as error:
            raise FileRefused("damaged_file") from error


def _main_part(archive: zipfile.ZipFile, parts: dict[str, str], limits: Limits) -> str:
    if "xl/workbook.bin" in parts:
        raise FileRefused("old_excel", found=".xlsb")
    if "content.xml" in parts and "mimetype" in parts:
        raise FileRefused("old_excel", found="OpenDocument")
    if "word/document.xml" in parts or "ppt/presentation.xml" in parts:
        raise FileRefused("not_a_table", found=gettext_noop("Office document"))
    for target in _relations(archive, parts, "", limits).values():
        if target.rpartition("/")[2].lower().startswith("workbook") and target.lower() in parts:
            return parts[target.lower()]
    raise FileRefused("not_a_table", found=gettext_noop("zip archive"))


def _read_workbook(
    path: Path, archive: zipfile.ZipFile, parts: dict[str, str], main: str, limits: Limits
) -> list[SheetSource]:
    listed: list[tuple[str, str]] = []
    since_1904 = False

    def visit(place: tuple[str, ...], attributes: Attributes) -> None:
        nonlocal since_1904
        if place[-2:] == ("sheets", "sheet") and attributes.get("state", "visible") == "visible":
            relation = next((value for key, value in attributes.items() if local_name(key) == "id"), "")
            listed.append((attributes.get("name", ""), relation))
        elif place[-1] == "workbookPr":
            since_1904 = attributes.get("date1904", "0") in {"1", "true", "on"}

    with _small(archive, main, limits) as stream:
        read_small_part(stream, visit)
    targets = _relations(archive, parts, main, limits)
    folder = posixpath.dirname(main)
    styles = parts.get(posixpath.join(folder, "styles.xml").lower())
    strings = parts.get(posixpath.join(folder, "sharedstrings.xml").lower())
    shows = _read_styles(archive, styles, limits) if styles else {}
    if strings:
        with archive.open(strings) as stream:
            refuse_dense_strings(stream, limits)
    sheets = []
    for name, relation in listed[:_MAX_SHEETS]:
        part = parts.get(targets.get(relation, "").lower())
        if part is None or "chartsheets/" in part.lower():
            continue
        _refuse_impossible_dimension(archive, part)
        sheets.append(SheetSource(path, name, part, strings, shows, since_1904, limits))
    return sheets


def _relations(
    archive: zipfile.ZipFile, parts: dict[str, str], source: str, limits: Limits
) -> dict[str, str]:
    """Return the parts that a part points to, by the id of the relation."""
    folder, name = posixpath.split(source)
    part = parts.get(posixpath.join(folder, "_rels", f"{name}.rels").lower())
    targets: dict[str, str] = {}
    if part is None:
        return targets

    def visit(place: tuple[str, ...], attributes: Attributes) -> None:
        if place[-1] == "Relationship" and attributes.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", "")))
            targets[attributes.get("Id", "")] = target.lstrip("/")

    with _small(archive, part, limits) as stream:
        read_small_part(stream, visit)
    return targets


def _read_styles(archive: zipfile.ZipFile, part: str, limits: Limits) -> dict[str, Shows]:
    """Return which cell styles show a date, by the number that cells name them by."""
    codes: dict[int, str] = {}
    formats: list[int] = []

    def visit(place: tuple[str, ...], attributes: Attributes) -> None:
        if place[-1] == "numFmt":
            codes[_number(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
        elif place[-2:] == ("cellXfs", "xf"):
            formats.append(_number(attributes.get("numFmtId")))

    with _small(archive, part, limits) as stream:
        read_small_part(stream, visit)
    shown = {key: shown_by(key, codes.get(key)) for key in set(formats)}
    return {str(index): shows for index, key in enumerate(formats) if (shows := shown[key]) is not None}


def _number(text: str | None) -> int:
    return int(text) if text and is_digits(text) and len(text) < 10 else 0


def _small(archive: zipfile.ZipFile, part: str, limits: Limits) -> IO[bytes]:
    if archive.getinfo(part).file_size > limits.max_part:
        raise FileRefused("zip_bomb", found=f"{posixpath.basename(part)} > {limits.max_part // MIB} MiB")
    return archive.open(part)


def _refuse_impossible_dimension(archive: zipfile.ZipFile, part: str) -> None:
    """Refuse a sheet that claims more than a worksheet can hold.

    A claim that is merely large costs nothing here, since only cells that are there are read: a formatted but
    empty sheet says A1:XFD1048576.
    """
    with archive.open(part) as stream:
        claim = _DIMENSION.search(stream.read(_HEAD))
    if claim is None:
        return
    try:
        column = column_index(claim[1].decode())
    except Damaged:
        column = LAST_COLUMN
    if column >= LAST_COLUMN or int(claim[2]) > LAST_ROW:
        raise FileRefused("damaged_file")
