"""What the doors hand to this app's operations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ops_portal.intake.kinds import Options


@dataclass(frozen=True, slots=True)
class RunDraft:
    """A file that lies in the storage and is to be taken in. ``in_background`` leaves it to a worker,
    ``preview`` is what a dry run of it showed."""

    kind: str
    file_name: str
    stored_file: str
    sha256: str
    options: Options
    rows_estimate: int = 0
    in_background: bool = False
    preview: Mapping[str, Any] | None = None
