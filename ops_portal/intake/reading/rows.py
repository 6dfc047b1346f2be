"""What reading gives: one row at a time."""

from __future__ import annotations

from dataclasses import dataclass

from .refusals import RowFault


class PaddedCells(list[str]):
    """Cells of a row that had fewer than there are headings, blank ones added: each may stand too far left."""


@dataclass(slots=True)
class Row:
    """A row as a person sees it: ``number`` counts from 1 as Excel does, ``cells`` are text as it stands.

    A row with an ``error`` is to be kept and shown with its reason; its cells are what could be saved of it.
    ``PaddedCells`` say that the row was too short.
    """

    number: int
    cells: list[str]
    error: RowFault | None = None


@dataclass(slots=True)
class Progress:
    """How far reading has come, in bytes of the source."""

    done: int = 0
    total: int = 0

    def fraction(self) -> float:
        """Return a number between 0 and 1."""
        return min(1.0, self.done / self.total) if self.total else 1.0
