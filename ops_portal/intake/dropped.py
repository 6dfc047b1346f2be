"""Files that somebody dropped and that wait for the answer to what they are."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from django.core.files.storage import default_storage
from django.core.signing import BadSignature, TimestampSigner
from django.utils.translation import gettext_lazy as _

from ops_portal.intake.models import ImportRun
from ops_portal.intake.running import FOLDER, sha256_of, store
from ops_portal.lib.refusals import Refused

KEPT_SECONDS: Final = 24 * 3600  # how long a dropped file waits
LONGEST_NAME: Final = 60  # of an uploaded file; a file system takes some 80 Chinese characters
SIGNER: Final = TimestampSigner(salt="intake.files")


@dataclass(frozen=True, slots=True)
class DroppedFile:
    """A file, or a folder's files, put aside in the storage under the names that they came with."""

    stored: str
    name: str

    @property
    def path(self) -> Path:
        return Path(default_storage.path(self.stored))

    def ticket(self, uploader: Any) -> str:
        """Return what its uploader (by id), and nobody else, asks for it by."""
        return SIGNER.sign_object([self.stored, self.name, uploader])

    @classmethod
    def of_ticket(cls, ticket: str, reader: Any) -> DroppedFile | None:
        """Return the file of a ticket that is this reader's (by id) and not too old."""
        try:
            stored, name, uploader = SIGNER.unsign_object(ticket, max_age=KEPT_SECONDS)
        except BadSignature:
            return None
        return cls(stored, name) if uploader == reader and default_storage.exists(stored) else None


def put_aside(files: Sequence[Any]) -> DroppedFile:
    """Put uploaded files into the storage, several as a folder. Refuses two of one name."""
    names = [Path(file.name or "file").name[-LONGEST_NAME:] for file in files]
    if len({name.casefold() for name in names}) < len(names):
        raise Refused(_("Two of these files have the same name; one would take the place of the other."))
    with TemporaryDirectory(prefix="intake-upload-") as folder:
        for file, name in zip(files, names, strict=True):
            with Path(folder, name).open("wb") as copy:
                copy.writelines(file.chunks())
        place = Path(folder) if len(files) > 1 else Path(folder, names[0])
        return DroppedFile(store(place, sha256_of(place), place.name), ", ".join(names))


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
