"""A file for trying an import, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass

from ops_portal.intake.kinds import Options


@dataclass(frozen=True, slots=True)
class Sample:
    """A file, the kind as which it is taken in, and what comes of its records."""

    name: str
    kind: str
    options: Options
    created: int
    updated: int
    rejected: int
