"""Log files of the servers and of the supervised parts."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ops_portal.embedded.home import House

LARGEST_BYTES = 10 * 1024 * 1024
KEPT = 3


@contextmanager
def open_log(house: House, name: str) -> Iterator[int]:
    """Give the descriptor of the log ``name``, for a child to append to; put a large one aside first."""
    path = house.logs / f"{name}.log"
    rotate(path)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        house.hand_over(path, mode=0o600)
        yield descriptor
    finally:
        os.close(descriptor)


def rotate(path: Path, *, largest: int = LARGEST_BYTES) -> None:
    """Put a log of more than ``largest`` bytes aside as ``.1``, keeping three; its writers go on."""
    if not path.exists() or path.stat().st_size <= largest:
        return
    for number in range(KEPT - 1, 0, -1):
        older = path.with_name(f"{path.name}.{number}")
        if older.exists():
            older.replace(path.with_name(f"{path.name}.{number + 1}"))
    shutil.copy2(path, path.with_name(f"{path.name}.1"))
    # Emptied, not replaced: writers hold it open for appending.
    os.truncate(path, 0)


def tail(house: House, name: str, lines: int = 12) -> str:
    """Return the last lines of the log ``name``, for an error's text."""
    path = house.logs / f"{name}.log"
    if not path.exists():
        return ""
    return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
