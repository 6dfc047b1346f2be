"""A workbook's zip, looked through before anything in it is unpacked."""

from __future__ import annotations

import itertools
import struct
import zipfile
from pathlib import Path

from .limits import MIB, Limits
from .refusals import FileRefused, gettext_noop

_END = struct.Struct("<4s4H2LH")
_END64_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LONGEST_COMMENT = 65_535
_BYTES_OF_ENTRY = 512
"""More than a directory entry of a workbook takes, name and extra fields included."""

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ARCHIVES = (".zip", ".gz", ".tgz", ".7z", ".rar", ".xz", ".bz2", ".jar", ".tar")


def open_archive(path: Path, limits: Limits) -> zipfile.ZipFile:
    """Open the zip after a look at its directory only.

    Refuses zip_bomb (too many entries, too much or too dense content, archives inside, entries that overlap),
    encrypted, damaged_file (not a zip, an entry named twice, packed in a way Excel does not use).
    """
    _refuse_huge_directory(path, limits)
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, UnicodeDecodeError) as error:
        raise FileRefused("damaged_file") from error
    try:
        _refuse_hostile(archive.infolist(), limits)
    except FileRefused:
        archive.close()
        raise
    return archive


def _refuse_huge_directory(path: Path, limits: Limits) -> None:
    """Refuse a directory that would itself take much memory; the count it claims is not believed."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start = max(0, size - _END.size - _LONGEST_COMMENT - _END64_LOCATOR.size)
        file.seek(start)
        tail = file.read()
        place = tail.rfind(b"PK\5\6")
        if place < 0 or place + _END.size > len(tail):
            raise FileRefused("damaged_file")
        _, _, _, _, entries, directory, _, _ = _END.unpack_from(tail, place)
        if (entries == 0xFFFF or directory == 0xFFFFFFFF) and place >= _END64_LOCATOR.size:
            magic, _, offset, _ = _END64_LOCATOR.unpack_from(tail, place - _END64_LOCATOR.size)
            if magic == b"PK\6\7" and offset + _END64.size <= size:
                file.seek(offset)
                *_, entries, directory, _ = _END64.unpack(file.read(_END64.size))
    if entries > limits.max_entries or directory > limits.max_entries * _BYTES_OF_ENTRY:
        raise FileRefused("zip_bomb", found=gettext_noop("too many parts"))


def _refuse_hostile(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(entries) > limits.max_entries:
        raise FileRefused("zip_bomb", found=gettext_noop("too many parts"))
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise FileRefused("encrypted")
    if sum(entry.file_size for entry in entries) > limits.max_uncompressed:
        raise FileRefused("zip_bomb", found=f"> {limits.max_uncompressed // MIB} MiB")
    for entry in entries:
        if entry.file_size > limits.ratio_counts_from and entry.file_size > limits.max_ratio * max(
            1, entry.compress_size
        ):
            raise FileRefused("zip_bomb", found=f"> {limits.max_ratio} : 1")
        if entry.filename.lower().endswith(_ARCHIVES):
            raise FileRefused("zip_bomb", found=gettext_noop("an archive inside"))
    places = sorted((entry.header_offset, entry.compress_size) for entry in entries)
    if any(here + packed + 30 > after for (here, packed), (after, _) in itertools.pairwise(places)):
        raise FileRefused("zip_bomb", found=gettext_noop("parts that overlap"))
    if len({entry.filename.lower() for entry in entries}) < len(entries):
        raise FileRefused("damaged_file")
    if any(entry.compress_type not in _METHODS for entry in entries):
        raise FileRefused("damaged_file")
