"""How much a file may ask of us before it is refused."""

from __future__ import annotations

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one file. Sizes are bytes unless the name says otherwise."""

    max_bytes: int = 1 * GIB
    max_columns: int = 500
    max_cell_chars: int = 32_768
    max_row_bytes: int = 4 * MIB
    max_entries: int = 20_000
    max_uncompressed: int = 2 * GIB
    max_ratio: int = 200
    ratio_counts_from: int = 10 * MIB
    """An entry that unpacks to less than this may have any ratio: a run of blank cells packs very well."""
    max_part: int = 32 * MIB
    """Unpacked size of one of a workbook's small parts: its list of sheets, its styles."""
    max_shared_strings: int = 5_000_000
    """Each takes eight bytes of memory, wherever its text is kept."""


HEADING_ROWS = 20
"""The heading is looked for among the first so many rows."""
