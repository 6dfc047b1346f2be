"""What a picture or a film really is, read from the file itself; its name counts nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from django.utils.translation import gettext_lazy as _

from catalog.inspecting.films import look_at_film
from catalog.inspecting.found import EmptyMedia, Found, MediaTooLarge, NotMedia
from catalog.inspecting.pictures import look_at_picture

__all__ = ["FILM_BYTES", "PICTURE_BYTES", "Found", "look_at"]

MIB: Final = 1024 * 1024
PICTURE_BYTES: Final = 30 * MIB
FILM_BYTES: Final = 300 * MIB

PICTURES: Final = ((b"\xff\xd8\xff", 0), (b"\x89PNG\r\n\x1a\n", 0), (b"GIF8", 0), (b"WEBP", 8))
FILMS: Final = ((b"ftyp", 4), (b"moov", 4), (b"\x1a\x45\xdf\xa3", 0))
STILLS_AS_FILMS: Final = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis")
OTHERS: Final = (
    (b"8BPS", 0, "Photoshop"),
    (b"II*\0", 0, "TIFF"),
    (b"MM\0*", 0, "TIFF"),
    (b"BM", 0, "BMP"),
    (b"%PDF", 0, "PDF"),
    (b"%!PS", 0, "PostScript"),
    (b"<svg", 0, "SVG"),
    (b"<?xml", 0, "XML"),
    (b"PK\3\4", 0, "ZIP"),
    (b"Rar!", 0, "RAR"),
    (b"7z\xbc\xaf", 0, "7-Zip"),
    (b"MZ", 0, "EXE"),
    (b"AVI ", 8, "AVI"),
    (b"FLV", 0, "FLV"),
    (b"\x30\x26\xb2\x75", 0, "WMV"),
    (b"\0\0\1\xba", 0, "MPEG"),
)
HEAD: Final = 16

Look = Callable[[Path, str, str, int], Found]


def look_at(path: Path, name: str) -> Found:
    """Return what a file is. Refuses EmptyMedia, NotMedia, MediaTooLarge, TooManyPixels, DamagedMedia."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(HEAD)
        if not head:
            raise EmptyMedia(_("“%(name)s” is empty."), name=name)
        digest = hashlib.sha256(head)
        look, most = looker_of(head, name)
        if size > most:
            detail = _("“%(name)s” has %(size)s MiB; at most %(most)s MiB are taken.")
            raise MediaTooLarge(detail, name=name, size=-(-size // MIB), most=most // MIB)
        while part := file.read(MIB):
            digest.update(part)
    return look(path, name, digest.hexdigest(), size)


def looker_of(head: bytes, name: str) -> tuple[Look, int]:
    """Return what looks at files that begin so, and how many bytes such a file may have. Refuses NotMedia."""
    if any(head.startswith(magic, at) for magic, at in PICTURES):
        return look_at_picture, PICTURE_BYTES
    still = head[4:8] == b"ftyp" and head[8:12] in STILLS_AS_FILMS
    if not still and any(head.startswith(magic, at) for magic, at in FILMS):
        return look_at_film, FILM_BYTES
    kinds = (word for magic, at, word in OTHERS if head.startswith(magic, at))
    found = "HEIC / AVIF" if still else next(kinds, "")
    if found:
        detail = _(
            "“%(name)s” is %(found)s. Send pictures as JPEG, PNG, WebP or GIF, films as MP4, MOV or WebM."
        )
        raise NotMedia(detail, name=name, found=found)
    detail = _("“%(name)s” is no picture and no film. Send JPEG, PNG, WebP or GIF, MP4, MOV or WebM.")
    raise NotMedia(detail, name=name)
