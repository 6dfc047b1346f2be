"""Files that somebody dropped and that wait for the answer to what they are."""

from __future__ import annotations

import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from django.core.files.storage import default_storage

from ops_portal.intake.models import ImportRun
from ops_portal.intake.running import FOLDER

KEPT_SECONDS: Final = 24 * 3600  # how long a dropped file waits


def forget_dropped(*, before: datetime) -> int:
    """Delete the stored files that came before a moment and that no run names; return how many."""
    with suppress(FileNotFoundError):
        folders, files = default_storage.listdir(FOLDER)
        names = {f"{FOLDER}/{name}" for name in (*folders, *files) if name != "reports"}
        names -= set(ImportRun.objects.filter(stored_file__in=names).values_list("stored_file", flat=True))
        old = [name for name in names if touched(name) < before]
        for name in old:
            path = Path(default_storage.path(name))
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        return len(old)
    return 0


def touched(name: str) -> datetime:
    """Return when a file, or a folder of files, was put into the storage."""
    return datetime.fromtimestamp(Path(default_storage.path(name)).stat().st_mtime, UTC)
