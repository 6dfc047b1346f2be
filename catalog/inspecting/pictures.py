"""Pictures: read whole, so that half a file is noticed, but never unpacked beyond a bound."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO, Final

from django.utils.translation import gettext_lazy as _
from PIL import ExifTags, Image, ImageFilter

from catalog.choices import MediaKind
from catalog.inspecting.found import DamagedMedia, Found, TooManyPixels

FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF")
MOST_PIXELS: Final = 60_000_000
SHARPNESS_SIDE: Final = 500
LYING: Final = frozenset({5, 6, 7, 8})  # orientations that turn a picture by a quarter
UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
EDGES: Final = (0, 1, 0, 1, -4, 1, 0, 1, 0)
UNREADABLE: Final = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    struct.error,
)

# Every picture is opened below, where too many pixels are refused in words.
Image.MAX_IMAGE_PIXELS = None


def look_at_picture(path: Path, name: str, sha256: str, size: int) -> Found:
    """Return what a picture is. Refuses TooManyPixels before anything is unpacked, DamagedMedia."""
    try:
        with open_picture(path, name) as image:
            kind = "JPEG" if image.format == "MPO" else str(image.format)
            width, height = image.size
            if orientation_of(image) in LYING:
                width, height = height, width
            image.draft("L", (2 * SHARPNESS_SIDE, 2 * SHARPNESS_SIDE))
            image.load()
            sharpness = sharpness_of(image)
    except (*UNREADABLE, Image.DecompressionBombError) as error:
        raise DamagedMedia(
            _("“%(name)s” is damaged, or came only in part. Send it again."), name=name
        ) from error
    return Found(MediaKind.IMAGE, kind, sha256, size, width, height, sharpness=sharpness)


def open_picture(path: Path, name: str) -> Image.Image:
    """Open a picture without unpacking it. Refuses TooManyPixels."""
    image = Image.open(path, formats=FORMATS)
    width, height = image.size
    if width * height > MOST_PIXELS:
        image.close()
        detail = _("“%(name)s” has %(width)s × %(height)s pixels; at most %(most)s million are taken.")
        raise TooManyPixels(detail, name=name, width=width, height=height, most=MOST_PIXELS // 1_000_000)
    return image


def orientation_of(image: Image.Image) -> int:
    """Return how a picture lies, 1 (upright) where what it says of itself can't be read."""
    try:
        said = image.getexif().get(ExifTags.Base.Orientation)
    except UNREADABLE:
        return 1
    return said if isinstance(said, int) and said in UPRIGHT else 1


def orientation_in(path: Path) -> int:
    """Return how the picture in a file lies, 1 (upright) where that can't be read."""
    try:
        with Image.open(path, formats=FORMATS) as image:
            return orientation_of(image)
    except UNREADABLE:
        return 1


def write_plain_copy(path: Path, target: BinaryIO, kind: str) -> None:
    """Draw a picture once more, upright, with nothing told of it. Raises OSError where it can't be read."""
    with open_picture(path, path.name) as image:
        turn = UPRIGHT.get(orientation_of(image))
        image.load()
        upright = image if turn is None else image.transpose(turn)
        plain = upright.convert("RGBA" if kind in ("PNG", "WEBP") else "RGB")
        plain.info = {}
        plain.save(target, kind)


def sharpness_of(image: Image.Image) -> float:
    """Return the variance of the Laplacian of the grey values, the longer side brought down to 500 pixels."""
    grey = image.convert("L")
    grey.thumbnail((SHARPNESS_SIDE, SHARPNESS_SIDE))
    width, height = grey.size
    if min(width, height) < 3:
        return 0.0
    inside = (1, 1, width - 1, height - 1)
    # A filter's answer can't be negative: so what is above and what is below zero is filtered by itself.
    above = grey.filter(ImageFilter.Kernel((3, 3), EDGES, scale=1)).crop(inside).histogram()
    below = (
        grey.filter(ImageFilter.Kernel((3, 3), [-edge for edge in EDGES], scale=1)).crop(inside).histogram()
    )
    pixels = (width - 2) * (height - 2)
    mean = sum(value * (above[value] - below[value]) for value in range(256)) / pixels
    squares = sum(value * value * (above[value] + below[value]) for value in range(256)) / pixels
    return round(squares - mean * mean, 1)


def write_thumbnail(path: Path, target: Path, *, side: int) -> None:
    """Write a small copy of a picture, upright, as WebP. Raises OSError where the picture can't be read."""
    with open_picture(path, path.name) as image:
        image.draft("RGB", (2 * side, 2 * side))
        turn = UPRIGHT.get(orientation_of(image))
        image.thumbnail((side, side))
        upright = image if turn is None else image.transpose(turn)
        upright.convert(
            "RGBA" if "A" in upright.getbands() or "transparency" in upright.info else "RGB"
        ).save(target, "WEBP", quality=80)
