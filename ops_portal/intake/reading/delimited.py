"""CSV and its relatives as a source of rows."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from .blocks import read_blocks
from .encodings import detect_encoding
from .limits import MIB, Limits
from .records import Records
from .rows import Progress, Row

DELIMITERS = (",", "\t", ";", "|")
_SNIFFED_LINES = 60
_SEPARATOR_NOTE = re.compile(r"sep=([,;|\t])\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DelimitedSource:
    """A text file whose encoding and delimiter are known."""

    path: Path
    encoding: str
    mark: int
    delimiter: str
    limits: Limits

    @property
    def format(self) -> str:
        return "tsv" if self.delimiter == "\t" else "csv"

    def rows(self, progress: Progress, start_after: int = 0) -> Iterator[Row]:
        """Yield all records after a row number, blank ones too."""
        progress.total = self.path.stat().st_size
        blocks = read_blocks(self.path, self.encoding, self.mark, self.limits, progress)
        records = Records(blocks, self.delimiter, self.limits)
        if start_after:
            records.skip(start_after)
        for row in records:
            if row.number > start_after:
                yield row

    def ends_with_line_end(self) -> bool:
        """Return whether the last byte of the file ends a line."""
        unit = 2 if self.encoding.startswith("utf-16") else 1
        with self.path.open("rb") as file:
            file.seek(max(0, self.path.stat().st_size - unit))
            return file.read().strip(b"\0") in (b"\n", b"\r")

    def count_rows_estimate(self) -> int:
        """Estimate the rows from a megabyte, taken at four places; a line is taken for a row."""
        size = self.path.stat().st_size
        with self.path.open("rb") as file:
            if size <= MIB:
                sample = file.read()
            else:
                sample = b"".join(
                    _read_at(file, place * (size - MIB // 4) // 3, MIB // 4) for place in range(4)
                )
        lines = max(sample.count(b"\n"), sample.count(b"\r"), 1)
        return round(size / (len(sample) / lines)) if sample else 0


def open_delimited(path: Path, limits: Limits) -> list[DelimitedSource]:
    """Return the readings of a text file that make sense, the likeliest first.

    Refuses unknown_encoding.
    """
    encoding, mark = detect_encoding(path)
    first = next(read_blocks(path, encoding, mark, limits, Progress()), None)
    text = io.StringIO(first.text if first else "", newline="")
    lines = list(itertools.islice(text, _SNIFFED_LINES))
    return [DelimitedSource(path, encoding, mark, delimiter, limits) for delimiter in rank_delimiters(lines)]


def _read_at(file: BinaryIO, place: int, size: int) -> bytes:
    file.seek(place)
    return file.read(size)


def rank_delimiters(lines: Sequence[str]) -> list[str]:
    """Return the delimiters that split these lines, the one that splits them most evenly first."""
    if lines and (note := _SEPARATOR_NOTE.fullmatch(lines[0])):
        return [note[1]]
    scores = {delimiter: _evenness(lines, delimiter) for delimiter in DELIMITERS}
    ranked = sorted((d for d in DELIMITERS if scores[d] > 0), key=lambda d: -scores[d])
    return ranked or [","]


def _evenness(lines: Sequence[str], delimiter: str) -> float:
    """Rate a delimiter by the share of rows that have the commonest number of cells, and by that number.

    What is left inside a cell speaks against it: nobody types a tab into one, few cells start with a comma.
    """
    others = [other for other in DELIMITERS if other != delimiter]
    cells_of = []
    try:
        for cells in csv.reader(lines, delimiter=delimiter):
            if cells:
                cells_of.append(cells)
    except csv.Error:
        pass
    if not cells_of:
        return 0.0
    widths = Counter(len(cells) for cells in cells_of if len(cells) > 1)
    if not widths:
        return 0.0
    width, rows = max(widths.items(), key=lambda item: (item[1] * item[0], item[0]))
    cells_seen = list(itertools.chain.from_iterable(cells for cells in cells_of if len(cells) == width))
    odd = sum(1 for cell in cells_seen if cell[:1] in others or (delimiter != "\t" and "\t" in cell.strip()))
    tidy = 1 - odd / len(cells_seen)
    return rows / len(cells_of) * tidy * (1 + 0.05 * min(width, 20))
