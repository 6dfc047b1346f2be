"""Copies of pictures for others say nothing of who took them where, and look the same."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from catalog.inspecting.pictures import write_plain_copy, write_thumbnail
from catalog.inspecting.stripping import UnknownBuildError, without_metadata
from tests.factories.media import picture

SECRETS = (b"SpyPhone", b"xmp-secret", b"comment-secret")


def told(orientation: int = 1) -> Image.Exif:
    """Return Exif with a camera and a place."""
    exif = Image.Exif()
    exif[0x0110] = "SpyPhone 12"
    exif[0x0112] = orientation
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2] = "N", (31.0, 12.0, 0.0)
    return exif


def made(kind: str, orientation: int = 1) -> bytes:
    """Return a picture that tells of itself in every way that its format knows."""
    more = {
        "JPEG": {"exif": told(orientation), "comment": b"comment-secret", "xmp": b"<x>xmp-secret</x>"},
        "PNG": {"exif": told(orientation)},
        "WEBP": {"exif": told(orientation), "xmp": b"<x>xmp-secret</x>", "lossless": True},
        "GIF": {"comment": b"comment-secret"},
    }[kind]
    data = picture(120, 80, format=kind, **more)
    if kind == "PNG":
        chunk = b"tEXtAuthor\0comment-secret"
        data = (
            data[:33]
            + struct.pack(">I", len(chunk) - 4)
            + chunk
            + struct.pack(">I", zlib.crc32(chunk))
            + data[33:]
        )
    return data


def opened(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_what_is_told_goes_and_every_pixel_stays(kind):
    data = made(kind)
    assert any(secret in data for secret in SECRETS)
    plain = without_metadata(data, kind)
    assert not any(secret in plain for secret in SECRETS)
    assert not opened(plain).getexif()
    assert opened(plain).convert("RGB").tobytes() == opened(data).convert("RGB").tobytes()
    assert without_metadata(plain, kind) == plain


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_which_way_up_a_picture_lies_stays_and_nothing_else(kind):
    plain = without_metadata(made(kind, orientation=6), kind, orientation=6)
    assert dict(opened(plain).getexif()) == {0x0112: 6}
    assert not any(secret in plain for secret in SECRETS)


def test_a_colour_profile_stays():
    data = picture(80, 80, icc_profile=b"a profile of colours", exif=told())
    assert opened(without_metadata(data, "JPEG")).info["icc_profile"] == b"a profile of colours"


def test_a_second_picture_behind_the_first_is_cut_off():
    data = made("JPEG") + made("JPEG")
    assert without_metadata(data, "JPEG") == without_metadata(made("JPEG"), "JPEG")


def test_a_progressive_picture_keeps_all_its_scans():
    data = picture(300, 300, progressive=True, exif=told())
    plain = without_metadata(data, "JPEG")
    assert opened(plain).tobytes() == opened(data).tobytes()
    assert b"SpyPhone" not in plain


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP"])
@pytest.mark.parametrize("data", [b"", b"rubbish that is no picture at all", b"\xff\xd8\xff\xe1"])
def test_what_is_built_otherwise_is_refused(kind, data):
    with pytest.raises(UnknownBuildError):
        without_metadata(data, kind)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_small_copies_and_those_drawn_anew_tell_nothing(kind, tmp_path):
    (tmp_path / "full").write_bytes(made(kind, orientation=6))
    write_thumbnail(tmp_path / "full", tmp_path / "small", side=64)
    anew = BytesIO()
    write_plain_copy(tmp_path / "full", anew, kind)
    for data in ((tmp_path / "small").read_bytes(), anew.getvalue()):
        assert not any(secret in data for secret in SECRETS)
        image = opened(data)
        assert not image.getexif()
        assert image.height > image.width
