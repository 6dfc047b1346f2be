"""Headings: what they are called, and which row they stand in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass

_INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060\u00ad\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
_DROP_INVISIBLE = {ord(char): None for char in _INVISIBLE}
_NUMBER_OR_DATE = re.compile(r"[-+(]?[¥￥$]?[\d\s.,:/%T年月日-]+\)?")
_LONGEST_LABEL = 60


def normalise_heading(text: str) -> str:
    """Strip blanks (full-width and non-breaking too), tabs, line breaks and invisible characters."""
    return " ".join(text.translate(_DROP_INVISIBLE).replace("\0", "").split())


def heading_key(text: str) -> str:
    """Return the form in which headings are compared: full-width as half-width, case and blanks ignored."""
    return "".join(unicodedata.normalize("NFKC", normalise_heading(text)).casefold().split())


@dataclass(frozen=True, slots=True)
class Heading:
    """The row that names the columns."""

    row: int
    names: list[str]
    width: int
    """Cells in the row as it stands in the file, blank ones at its end included."""
    matched: frozenset[str] | None
    """Which of the known sets of headings it holds."""


def name_columns(cells: Sequence[str]) -> list[str]:
    """Normalise the names, drop blank ones at the end, number those that repeat: ``a``, ``a (2)``."""
    names = [normalise_heading(cell) for cell in cells]
    while names and not names[-1]:
        names.pop()
    taken = set(names)
    seen: dict[str, int] = {}
    for index, name in enumerate(names):
        if not name:
            continue
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            while (numbered := f"{name} ({seen[name]})") in taken:
                seen[name] += 1
            taken.add(numbered)
            names[index] = numbered
    return names


def find_heading(
    rows: Sequence[tuple[int, list[str]]], known_headings: Collection[frozenset[str]] | None
) -> Heading | None:
    """Find the heading among the first rows, given with their numbers.

    The first row that holds all of one of the known sets; of several such sets the largest. Where none does,
    the row that looks most like a heading. None where no row has a name in it.
    """
    known = [(frozenset(map(heading_key, names)), names) for names in known_headings or () if names]
    known.sort(key=lambda pair: -len(pair[0]))
    for number, cells in rows:
        present = set(map(heading_key, cells))
        for keys, names in known:
            if keys <= present:
                return Heading(number, name_columns(cells), len(cells), names)
    best: tuple[float, int] | None = None
    for index in range(len(rows)):
        score = _score(rows, index)
        if score > 0 and (best is None or score > best[0] * 1.1):
            best = (score, index)
    if best is None:
        return None
    number, cells = rows[best[1]]
    return Heading(number, name_columns(cells), len(cells), None)


def _score(rows: Sequence[tuple[int, list[str]]], index: int) -> float:
    """Rate a row: names count for it, values against it, and rows below must be about as wide."""
    cells = [normalise_heading(cell) for cell in rows[index][1]]
    filled = [cell for cell in cells if cell]
    names = [cell for cell in filled if len(cell) <= _LONGEST_LABEL and not _NUMBER_OR_DATE.fullmatch(cell)]
    if not names:
        return 0.0
    below = rows[index + 1 : index + 11]
    alike = sum(1 for _, other in below if _reach(other) <= len(cells) + 1)  # how many are filled says little
    support = (alike + 1) / (len(below) + 1)
    values, repeated = len(filled) - len(names), len(names) - len(set(names))
    return max(0.0, len(names) - 0.5 * values - 0.25 * repeated) * support


def _reach(cells: Sequence[str]) -> int:
    """Return the number of cells up to the last that is not blank."""
    return max((place for place, cell in enumerate(cells, start=1) if cell.strip()), default=0)
