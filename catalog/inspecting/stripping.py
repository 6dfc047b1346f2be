"""Copies of pictures for others: every pixel as it came, without what a camera or a program wrote about its user.

Where a picture was taken, with what and by whom stands in Exif, XMP, IPTC and comments. Those are left out; which way
up the picture lies and its colour profile stay, for without them it would look different.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Final

from PIL import ExifTags, Image

PNG_HEAD: Final = b"\x89PNG\r\n\x1a\n"
PNG_TOLD: Final = frozenset({b"tEXt", b"zTXt", b"iTXt", b"tIME", b"eXIf"})
WEBP_TOLD: Final = frozenset({b"EXIF", b"XMP "})
WEBP_TELLS: Final = 0b1100  # the bits of a VP8X chunk that announce Exif and XMP
GIF_LOOPS: Final = frozenset({b"NETSCAPE2.0", b"ANIMEXTS1.0"})
EOI: Final = b"\xff\xd9"
# Segments of a JPEG that draw it: JFIF, the colour profile, Adobe's colour transform. All other APPn are told of it.
JPEG_APPS: Final = {0xE0: (b"JFIF", b"JFXX"), 0xE2: (b"ICC_PROFILE",), 0xEE: (b"Adobe",)}
ALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})


class UnknownBuildError(ValueError):
    """The file isn't built as its format says."""


def without_metadata(data: bytes, kind: str, *, orientation: int = 1) -> bytes:
    """Return a picture of the format ``kind`` without what is told of it. Raises UnknownBuildError."""
    exif = orientation_alone(orientation) if orientation != 1 else b""
    try:
        if kind == "JPEG":
            return b"".join(jpeg_parts(data, exif))
        if kind == "PNG":
            return b"".join(png_parts(data, exif))
        if kind == "WEBP":
            return webp_of(data, exif)
        if kind == "GIF":
            return b"".join(gif_parts(data))
    except (IndexError, struct.error) as error:
        raise UnknownBuildError(kind) from error
    raise UnknownBuildError(kind)


def orientation_alone(orientation: int) -> bytes:
    """Return Exif that says nothing but which way up a picture lies."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    return exif.tobytes()


def jpeg_parts(data: bytes, exif: bytes) -> Iterator[bytes]:
    """Yield a JPEG up to its first end: what follows are other pictures, with words of their own."""
    if data[:2] != b"\xff\xd8":
        raise UnknownBuildError("JPEG")
    yield data[:2]
    if exif:
        yield b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    place = 2
    while True:
        place = data.index(b"\xff", place) if data[place] != 0xFF else place
        while data[place + 1] == 0xFF:
            place += 1
        marker = data[place + 1]
        if marker == 0xD9:
            yield EOI
            return
        if marker in ALONE:
            yield data[place : place + 2]
            place += 2
            continue
        end = place + 2 + int(struct.unpack_from(">H", data, place + 2)[0])
        if not is_told(marker, data[place + 4 : place + 16]):
            yield data[place:end]
        place = end
        if marker == 0xDA:
            start, place = place, end_of_scan(data, place)
            yield data[start:place]
            if place >= len(data):
                yield EOI
                return


def is_told(marker: int, head: bytes) -> bool:
    """Tell whether a segment speaks of the picture and draws nothing."""
    if marker == 0xFE:
        return True
    return 0xE0 <= marker <= 0xEF and not head.startswith(JPEG_APPS.get(marker, (b"\0\0none",)))


def end_of_scan(data: bytes, place: int) -> int:
    """Return where the coded pixels end that begin at ``place``: at the next marker that is none of theirs."""
    while True:
        place = data.find(b"\xff", place)
        if place < 0 or place + 1 >= len(data):
            return len(data)
        if data[place + 1] != 0 and data[place + 1] not in ALONE and data[place + 1] != 0xFF:
            return place
        place += 1 if data[place + 1] == 0xFF else 2


def png_parts(data: bytes, exif: bytes) -> Iterator[bytes]:
    """Yield a PNG up to its end."""
    if not data.startswith(PNG_HEAD):
        raise UnknownBuildError("PNG")
    yield PNG_HEAD
    place, kind = len(PNG_HEAD), b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, place)
        end = place + 12 + length
        if end > len(data):
            raise UnknownBuildError("PNG")
        if kind not in PNG_TOLD:
            yield data[place:end]
        if kind == b"IHDR" and exif:
            told = exif.removeprefix(b"Exif\0\0")
            yield struct.pack(">I", len(told)) + b"eXIf" + told
            yield struct.pack(">I", zlib.crc32(b"eXIf" + told))
        place = end


def webp_of(data: bytes, exif: bytes) -> bytes:
    """Return a WebP; its header counts what is left."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise UnknownBuildError("WEBP")
    parts: list[bytes] = []
    place, whole = 12, min(len(data), 8 + int(struct.unpack_from("<I", data, 4)[0]))
    has_head = False
    while place + 8 <= whole:
        name, length = struct.unpack_from("<4sI", data, place)
        end = place + 8 + length + length % 2
        chunk = data[place:end]
        if name == b"VP8X":
            has_head = True
            flags = chunk[8] & ~WEBP_TELLS | (0b1000 if exif else 0)
            chunk = chunk[:8] + bytes((flags,)) + chunk[9:]
        if name not in WEBP_TOLD:
            parts.append(chunk)
        place = end
    if exif and has_head:
        parts.append(b"EXIF" + struct.pack("<I", len(exif)) + exif + b"\0" * (len(exif) % 2))
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def gif_parts(data: bytes) -> Iterator[bytes]:
    """Yield a GIF up to its end, without comments and what programs wrote, but for how often it turns."""
    if data[:3] != b"GIF":
        raise UnknownBuildError("GIF")
    place = 13 + table_of(data[10])
    yield data[:place]
    while data[place] != 0x3B:
        start = place
        if data[place] == 0x2C:
            place = after_blocks(data, place + 11 + table_of(data[place + 9]))
            yield data[start:place]
        elif data[place] == 0x21:
            label, name = data[place + 1], data[place + 3 : place + 14]
            place = after_blocks(data, place + 2)
            if label == 0xF9 or (label == 0xFF and name in GIF_LOOPS) or label == 0x01:
                yield data[start:place]
        else:
            raise UnknownBuildError("GIF")
    yield b";"


def table_of(flags: int) -> int:
    """Return the length of the table of colours that flags of a GIF announce."""
    return int(3 * 2 ** ((flags & 7) + 1)) if flags & 0x80 else 0


def after_blocks(data: bytes, place: int) -> int:
    """Return where the blocks of a GIF end that begin at ``place``."""
    while data[place]:
        place += 1 + data[place]
    return place + 1
