"""What the doors hand to this app's operations."""

from __future__ import annotations

from dataclasses import dataclass

from ops_portal.intake.kinds import Options


@dataclass(frozen=True, slots=True)
class RunDraft:
    """A file that lies in the storage and is to be taken in. ``in_background`` leaves it to a worker."""

    kind: str
    file_name: str
    stored_file: str
    sha256: str
    options: Options
    rows_estimate: int = 0
    in_background: bool = False
