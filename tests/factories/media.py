"""Pictures and films as small as they can be, and packs of them."""

from __future__ import annotations

import random
import struct
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageFilter

from catalog.drafts import MediaDraft
from catalog.models import Brand, MediaFile
from catalog.operations.media import keep_media
from tests.factories import ACTOR, NOON


def picture(
    width: int = 800,
    height: int = 800,
    *,
    format: str = "JPEG",
    seed: int = 1,
    blurred: bool = False,
    **more: object,
) -> bytes:
    """Return a picture of small coloured squares, another one for each seed."""
    grain = random.Random(seed)
    small = Image.new("RGB", (max(1, width // 20), max(1, height // 20)))
    small.putdata([tuple(grain.randrange(256) for _ in range(3)) for _ in range(small.width * small.height)])
    image = small.resize((width, height), Image.Resampling.NEAREST)
    if blurred:
        image = image.filter(ImageFilter.GaussianBlur(30))
    out = BytesIO()
    image.save(out, format, **more)
    return out.getvalue()


def box(name: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), name) + body


def film(
    seconds: float = 12.5,
    width: int = 1280,
    height: int = 720,
    *,
    subtitles: bool = False,
    head_first: bool = False,
) -> bytes:
    """Return an MP4 with one frame of rubbish, whose head says how long and how large it is."""
    length = int(seconds * 1000)
    matrix = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    head = box(b"ftyp", b"isom\0\0\2\0isomiso2avc1mp41")
    mdat = box(b"mdat", b"\0" * 4096)
    place = len(head) + 8
    movie = box(
        b"mvhd",
        struct.pack(">IIIIIIH10x", 0, 0, 0, 1000, length, 0x10000, 0x100)
        + matrix
        + b"\0" * 24
        + struct.pack(">I", 3),
    )
    moov = box(
        b"moov",
        movie,
        track(1, length, width, height, place),
        *([captions(length, place)] if subtitles else []),
    )
    return head + moov + mdat if head_first else head + mdat + moov


def track(number: int, length: int, width: int, height: int, place: int) -> bytes:
    sample = struct.pack(">6xH16xHHIIIH32xHh", 1, width, height, 0x480000, 0x480000, 0, 1, 24, -1)
    avcc = box(b"avcC", bytes.fromhex("0142c01effe1000467 42c01e".replace(" ", "") + "01000168"))
    entry = box(b"avc1", sample, avcc)
    return media_track(
        number, length, width, height, b"vide", box(b"vmhd", struct.pack(">IQ", 1, 0)), entry, place
    )


def captions(length: int, place: int) -> bytes:
    entry = box(
        b"tx3g", struct.pack(">6xH", 1) + b"\0" * 30, box(b"ftab", struct.pack(">HHB", 1, 1, 5) + b"Serif")
    )
    return media_track(2, length, 0, 0, b"sbtl", box(b"nmhd", b"\0" * 4), entry, place)


def media_track(
    number: int,
    length: int,
    width: int,
    height: int,
    handler: bytes,
    media_head: bytes,
    entry: bytes,
    place: int,
) -> bytes:
    matrix = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    head = struct.pack(">IIIIII8xHHH2x", 7, 0, 0, number, 0, length, 0, 0, 0) + matrix
    table = box(
        b"stbl",
        box(b"stsd", struct.pack(">II", 0, 1), entry),
        box(b"stts", struct.pack(">IIII", 0, 1, 1, length)),
        box(b"stsc", struct.pack(">IIIII", 0, 1, 1, 1, 1)),
        box(b"stsz", struct.pack(">III", 0, 4096, 1)),
        box(b"stco", struct.pack(">III", 0, 1, place)),
    )
    data = box(b"dinf", box(b"dref", struct.pack(">II", 0, 1), box(b"url ", struct.pack(">I", 1))))
    return box(
        b"trak",
        box(b"tkhd", head, struct.pack(">II", width << 16, height << 16)),
        box(
            b"mdia",
            box(b"mdhd", struct.pack(">IIIIIHH", 0, 0, 0, 1000, length, 0x55C4, 0)),
            box(b"hdlr", struct.pack(">II4s12x", 0, 0, handler), b"handler\0"),
            box(b"minf", media_head, data, table),
        ),
    )


def keep(folder: Path, brand: Brand, **files: bytes) -> dict[str, MediaFile]:
    """Keep files of a brand; return them by the names given."""
    drafts = []
    for name, data in files.items():
        (folder / name).write_bytes(data)
        drafts.append(MediaDraft(name, folder / name))
    return dict(zip(files, keep_media(drafts, brand=brand, actor=ACTOR, at=NOON).done, strict=True))
