"""What the doors hand to this app's operations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from analytics.choices import Source


@dataclass(frozen=True, slots=True)
class FigureDay:
    """The figures of one shop on one day, counted from one source; feedback may belong to no shop."""

    source: Source
    shop_id: int | None
    day: date


@dataclass(frozen=True, slots=True)
class OptimisationDraft:
    """A listing that shall be worked over, and why (``Cause``)."""

    listing_number: str
    cause: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ConclusionDraft:
    """What came of working a listing over (``Verdict``)."""

    number: str
    verdict: str
    conclusion: str = ""
