"""A supplier's zip: a sheet, and pictures in folders. Looked through before anything in it is unpacked."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from django.utils.translation import gettext_lazy as _

from catalog.drafts import MediaDraft
from ops_portal.intake.reading import FileRefused, Limits
from ops_portal.intake.reading.archive import open_archive as open_checked
from ops_portal.lib.refusals import Refused

MIB: Final = 1024 * 1024
LIMITS: Final = Limits(
    max_entries=3_000, max_uncompressed=1024 * MIB, max_ratio=100, ratio_counts_from=5 * MIB
)
SHEETS: Final = (".xlsx", ".csv")
LEFT_BY_SYSTEMS: Final = ("__macosx", ".ds_store", "thumbs.db", "desktop.ini")
UTF8_NAMES: Final = 0x800
UNREADABLE: Final = (OSError, EOFError, ValueError, NotImplementedError, RuntimeError, zipfile.BadZipFile)


class ArchiveRefused(Refused):
    """The archive is damaged, locked, or made to do harm."""

    code = "archive_refused"


class TwoSheets(Refused):
    """The archive holds several tables; which of them tells of the goods can't be known."""

    code = "two_sheets"


DETAILS: Final = {
    "zip_bomb": _(
        "The archive unpacks to far more than it should, or holds another archive. Pack it again, plainly."
    ),
    "encrypted": _("The archive is protected by a password. Pack it again without one."),
    "damaged_file": _("The archive is damaged, or came only in part. Pack and send it again."),
    "unsafe": _("The archive holds a path that leads out of it: “%(name)s”. Pack it again, plainly."),
}


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive under the path that its sender gave it."""

    info: zipfile.ZipInfo
    path: str

    @property
    def folders(self) -> tuple[str, ...]:
        """Return the folders in which it lies."""
        return PurePosixPath(self.path).parts[:-1]


@dataclass(slots=True)
class OpenedArchive:
    """An archive whose directory was looked through: at most one sheet, and pictures."""

    archive: zipfile.ZipFile
    sheet: Member | None
    pictures: list[Member]

    def extract(self, members: Sequence[Member], folder: Path) -> list[MediaDraft]:
        """Unpack members under names of our own. Refuses ArchiveRefused where one is damaged."""
        folder.mkdir(parents=True, exist_ok=True)
        return [
            MediaDraft(member.path, self.extract_one(member, folder / str(place)))
            for place, member in enumerate(members)
        ]

    def extract_one(self, member: Member, target: Path) -> Path:
        """Unpack one member; never more of it than its directory entry says. Refuses ArchiveRefused."""
        try:
            with self.archive.open(member.info) as packed, target.open("wb") as unpacked:
                shutil.copyfileobj(packed, unpacked, MIB)
        except UNREADABLE as error:
            raise refused("damaged_file") from error
        return target


def is_archive(path: Path) -> bool:
    """Tell whether a file is a zip that is no workbook."""
    with path.open("rb") as file:
        if file.read(4) not in (b"PK\3\4", b"PK\5\6"):
            return False
    try:
        with zipfile.ZipFile(path) as archive:
            return "[Content_Types].xml" not in archive.namelist()
    except UNREADABLE:
        return True  # opening it will say what is wrong


@contextmanager
def open_archive(path: Path) -> Iterator[OpenedArchive]:
    """Open a supplier's archive for a while. Refuses ArchiveRefused, TwoSheets."""
    archive = opened(path)
    with archive.archive:
        yield archive


def opened(path: Path) -> OpenedArchive:
    """Open a supplier's archive; whoever asks closes it. Refuses ArchiveRefused, TwoSheets."""
    try:
        archive = open_checked(path, LIMITS)
    except FileRefused as error:
        raise refused(error.code) from error
    try:
        members = [
            Member(info, name)
            for info in archive.infolist()
            if not info.is_dir() and not is_litter(name := safe_name(info))
        ]
        sheets = [member for member in members if member.path.lower().endswith(SHEETS)]
        depth = min((len(member.folders) for member in sheets), default=0)
        nearest = [member for member in sheets if len(member.folders) == depth]
        if len(nearest) > 1:
            names = ", ".join(member.path[:80] for member in nearest[:5])
            raise TwoSheets(_("The archive holds several tables: %(names)s. Leave one in it."), names=names)
        pictures = sorted(
            (each for each in members if each not in sheets), key=lambda each: natural(each.path)
        )
    except Refused:
        archive.close()
        raise
    return OpenedArchive(archive, nearest[0] if nearest else None, pictures)


def safe_name(info: zipfile.ZipInfo) -> str:
    """Return the path of an entry as its sender reads it. Refuses ArchiveRefused for one that leads out.

    Names that aren't marked as UTF-8 are tried as that, then as what Chinese Windows writes.
    """
    name = info.orig_filename
    if not info.flag_bits & UTF8_NAMES:
        raw = name.encode("cp437", "replace")
        for encoding in ("utf-8", "gb18030"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    name = name.replace("\\", "/")
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or ":" in parts[0] or "\0" in name:
        raise refused("unsafe", name=name[:80].replace("\0", ""))
    return name


def is_litter(name: str) -> bool:
    """Tell whether an operating system left a file there."""
    parts = name.lower().split("/")
    return any(part in LEFT_BY_SYSTEMS or part.startswith("._") for part in parts)


def natural(path: str) -> list[tuple[int, str]]:
    """Return a key by which 2.jpg comes before 10.jpg."""
    key: list[tuple[int, str]] = []
    digits = ""
    for letter in path.lower() + "\0":
        if letter.isascii() and letter.isdigit():
            digits += letter
            continue
        if digits:
            key.append((int(digits[:18]), ""))
            digits = ""
        key.append((-1, letter))
    return key


def refused(code: str, **facts: str) -> ArchiveRefused:
    """Return the refusal of an archive."""
    return ArchiveRefused(DETAILS.get(code, DETAILS["damaged_file"]), **facts)
