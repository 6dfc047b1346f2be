"""Pictures and films are looked at, laid into the storage, and written down: one content once for each brand."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage

from catalog.drafts import MediaDraft
from catalog.inspecting import Found, look_at
from catalog.models import Brand, MediaFile
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.rows import insert_rows

FOLDER = "media"
LONGEST_NAME = 200
SHA256 = 64


def keep_media(
    files: Sequence[MediaDraft], *, brand: Brand, actor: Principal, at: datetime
) -> Outcome[MediaFile]:
    """Keep pictures and films of a brand; a content that it has already is answered with what stands.

    All that takes time is done before the transaction is opened. Refuses EmptyMedia, NotMedia, MediaTooLarge,
    TooManyPixels, DamagedMedia.
    """
    outcome: Outcome[MediaFile] = Outcome()
    rows: list[dict[str, Any]] = []
    for index, file in enumerate(files):
        try:
            found = look_at(file.path, file.name)
        except Refused as refused:
            outcome.refused.append((index, refused))
        else:
            rows.append(row_of(found, file, brand, path=put_away(file.path, found), at=at))
    outcome.done = write_media(rows, brand=brand, actor=actor) if rows else []
    return outcome


@operation
def write_media(rows: Sequence[dict[str, Any]], *, brand: Brand, actor: Principal) -> list[MediaFile]:
    """Write down what was looked at; return the files in the order of ``rows``. Two statements."""
    fresh = {row["sha256"]: row for row in reversed(rows)}
    insert_rows(MediaFile, list(fresh.values()), on_conflict="(sha256, brand_id) DO NOTHING")
    kept = {each.sha256: each for each in MediaFile.objects.filter(brand=brand, sha256__in=fresh)}
    return [kept[row["sha256"]] for row in rows]


def row_of(found: Found, file: MediaDraft, brand: Brand, *, path: str, at: datetime) -> dict[str, Any]:
    """Return the row of a file."""
    return {
        "sha256": found.sha256,
        "brand_id": brand.pk,
        "name": Path(file.name).name[-LONGEST_NAME:],
        "kind": str(found.kind),
        "format": found.format,
        "size": found.size,
        "width": found.width,
        "height": found.height,
        "sharpness": found.sharpness,
        "duration": found.duration,
        "has_subtitles": found.has_subtitles,
        "path": path,
        "created_at": at,
    }


def put_away(path: Path, found: Found) -> str:
    """Copy a file into the storage, once for each content; return its name there. One that lies there counts as new."""
    target = f"{FOLDER}/{found.sha256[:2]}/{found.sha256}.{found.format.lower()}"
    if default_storage.exists(target) and default_storage.size(target) == found.size:
        Path(default_storage.path(target)).touch()
        return target
    with path.open("rb") as file:
        return default_storage.save(target, File(file))


def forget_unnamed_media(*, before: datetime) -> int:
    """Delete the stored files that came before a moment and that no row names; return how many.

    One statement for each folder. Whoever lays a file down again touches it first, and writes its row after.
    """
    with suppress(FileNotFoundError):
        folders, _files = default_storage.listdir(FOLDER)
        return sum(forget_unnamed_in(f"{FOLDER}/{folder}", before=before) for folder in folders)
    return 0


def forget_unnamed_in(folder: str, *, before: datetime) -> int:
    """Delete the files of one folder that came before a moment and that no row names; return how many."""
    _folders, files = default_storage.listdir(folder)
    named = MediaFile.objects.filter(sha256__in={name[:SHA256] for name in files})
    kept = set(named.values_list("path", flat=True))
    gone = 0
    for name in files:
        path = Path(default_storage.path(f"{folder}/{name}"))
        if f"{folder}/{name}" not in kept and path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)
            gone += 1
    return gone
