"""Pictures of the goods, drawn: square and sharp as shops want them, each product's its own, the same each time."""

from __future__ import annotations

import colorsys
import zlib
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from ops_portal.demo.vocabulary.platforms import (
    BODYCARE,
    BOTTOMS,
    CEREALS,
    HOSIERY,
    MAKEUP,
    NUTS,
    SKINCARE,
    TOPS,
)

SIDE = 800
PAPER, GOODS, SHADE, LIGHT, INK = range(5)
HUES = {"MZC": 0.42, "YSX": 0.08, "HXM": 0.12}
Box = tuple[float, float, float, float]
Draw = ImageDraw.ImageDraw


def palette_of(brand: str, name: str) -> list[int]:
    """Return five colours: the paper, the goods, their shade, a light and the ink; goods differ by their name."""
    turn = zlib.crc32(name.encode()) % 97 / 97
    hue = (HUES[brand] + (turn - 0.5) * 0.35) % 1
    tones = ((hue, 0.06, 0.97), (hue, 0.42, 0.78), (hue, 0.5, 0.55), (hue, 0.14, 1.0), (hue, 0.3, 0.2))
    return [round(255 * part) for tone in tones for part in colorsys.hsv_to_rgb(*tone)]


def place(box: Box, within: Box) -> tuple[int, int, int, int]:
    """Return a box of shares (0 to 1) within a box of pixels."""
    left, top, right, bottom = within
    width, height = right - left, bottom - top
    return (
        round(left + box[0] * width), round(top + box[1] * height),
        round(left + box[2] * width), round(top + box[3] * height),
    )  # fmt: skip


def bottle(draw: Draw, at: Box) -> None:
    """Draw a bottle with its cap and label."""
    draw.rounded_rectangle(place((0.3, 0.25, 0.7, 0.98), at), 30, fill=GOODS)
    draw.rectangle(place((0.42, 0.04, 0.58, 0.25), at), fill=SHADE)
    draw.rectangle(place((0.34, 0.5, 0.66, 0.8), at), fill=LIGHT)


def lipstick(draw: Draw, at: Box) -> None:
    """Draw a lipstick."""
    draw.rectangle(place((0.38, 0.5, 0.62, 0.98), at), fill=INK)
    draw.rectangle(place((0.4, 0.38, 0.6, 0.5), at), fill=SHADE)
    draw.polygon(
        [place((x, y, x, y), at)[:2] for x, y in ((0.42, 0.38), (0.42, 0.16), (0.58, 0.04), (0.58, 0.38))],
        fill=GOODS,
    )


def tube(draw: Draw, at: Box) -> None:
    """Draw a tube that stands on its cap."""
    corners = ((0.26, 0.04), (0.74, 0.04), (0.64, 0.82), (0.36, 0.82))
    draw.polygon([place((x, y, x, y), at)[:2] for x, y in corners], fill=GOODS)
    draw.rectangle(place((0.38, 0.82, 0.62, 0.98), at), fill=SHADE)
    draw.rectangle(place((0.36, 0.3, 0.64, 0.56), at), fill=LIGHT)


def sweater(draw: Draw, at: Box) -> None:
    """Draw a top with sleeves."""
    corners = (
        (0.36, 0.08), (0.64, 0.08), (0.98, 0.3), (0.9, 0.62), (0.74, 0.52), (0.74, 0.94), (0.26, 0.94), (0.26, 0.52),
        (0.1, 0.62), (0.02, 0.3),
    )  # fmt: skip
    draw.polygon([place((x, y, x, y), at)[:2] for x, y in corners], fill=GOODS)
    draw.ellipse(place((0.38, 0.02, 0.62, 0.16), at), fill=PAPER)
    draw.rectangle(place((0.26, 0.88, 0.74, 0.94), at), fill=SHADE)


def trousers(draw: Draw, at: Box) -> None:
    """Draw trousers."""
    corners = ((0.3, 0.04), (0.7, 0.04), (0.76, 0.96), (0.54, 0.96), (0.5, 0.4), (0.46, 0.96), (0.24, 0.96))
    draw.polygon([place((x, y, x, y), at)[:2] for x, y in corners], fill=GOODS)
    draw.rectangle(place((0.3, 0.04, 0.7, 0.11), at), fill=SHADE)


def socks(draw: Draw, at: Box) -> None:
    """Draw a pair of socks."""
    for left in (0.12, 0.5):
        draw.rectangle(place((left, 0.06, left + 0.2, 0.7), at), fill=GOODS)
        draw.rounded_rectangle(place((left, 0.62, left + 0.42, 0.92), at), 30, fill=GOODS)
        draw.rectangle(place((left, 0.06, left + 0.2, 0.16), at), fill=SHADE)


def tin(draw: Draw, at: Box) -> None:
    """Draw a tin."""
    draw.rectangle(place((0.22, 0.16, 0.78, 0.92), at), fill=GOODS)
    draw.ellipse(place((0.22, 0.84, 0.78, 1.0), at), fill=GOODS)
    draw.ellipse(place((0.2, 0.06, 0.8, 0.24), at), fill=SHADE)
    draw.rectangle(place((0.22, 0.42, 0.78, 0.74), at), fill=LIGHT)


def pouch(draw: Draw, at: Box) -> None:
    """Draw a pouch with a window."""
    draw.rectangle(place((0.16, 0.06, 0.84, 0.96), at), fill=GOODS)
    for step in range(12):
        left = 0.16 + step * 0.68 / 12
        corners = ((left, 0.06), (left + 0.028, 0.02), (left + 0.057, 0.06))
        draw.polygon([place((x, y, x, y), at)[:2] for x, y in corners], fill=GOODS)
    draw.ellipse(place((0.3, 0.56, 0.7, 0.88), at), fill=SHADE)
    draw.rectangle(place((0.24, 0.2, 0.76, 0.44), at), fill=LIGHT)


SHAPES: dict[str, Callable[[Draw, Box], None]] = {
    SKINCARE: bottle, MAKEUP: lipstick, BODYCARE: tube, TOPS: sweater, BOTTOMS: trousers, HOSIERY: socks,
    CEREALS: tin, NUTS: tin,
}  # fmt: skip
# Where the goods stand in each view: whole, as a pair, near.
VIEWS: tuple[tuple[Box, ...], ...] = (
    ((180, 110, 620, 690),),
    ((80, 210, 420, 690), (380, 110, 720, 690)),
    ((60, 60, 900, 1100),),
    ((260, 120, 540, 480),),
)


def draw_goods(path: Path, *, brand: str, shelf: str, name: str, view: int) -> None:
    """Draw a product: whole (0), as a pair (1), near (2), or with what is said of it (3)."""
    image = Image.new("P", (SIDE, SIDE), PAPER)
    image.putpalette(palette_of(brand, name))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 660, SIDE, SIDE), fill=LIGHT)
    for at in VIEWS[view]:
        SHAPES.get(shelf, pouch)(draw, at)
    draw.text((40, 30), brand, font=ImageFont.load_default(54), fill=INK)
    if view == len(VIEWS) - 1:
        for line in range(5):
            draw.rectangle((120, 540 + 40 * line, 680 - 60 * (line % 2), 556 + 40 * line), fill=SHADE)
    draw.text((40, 742), name, font=ImageFont.load_default(30), fill=INK)
    image.save(path, "PNG", compress_level=1)


def draw_promise(path: Path, *, brand: str, kind: int) -> None:
    """Draw one of the pictures that all goods of a brand share: the brand, how it is tested, sent and made."""
    image = Image.new("P", (SIDE, SIDE), SHADE)
    image.putpalette(palette_of(brand, brand))
    draw = ImageDraw.Draw(image)
    draw.rectangle((60, 60, 740, 740), outline=LIGHT, width=6)
    draw.text((150, 110), brand, font=ImageFont.load_default(170), fill=LIGHT)
    if kind == 0:
        for ring in range(5):
            draw.ellipse(
                (250 + 24 * ring, 380 + 24 * ring, 550 - 24 * ring, 680 - 24 * ring), outline=LIGHT, width=8
            )
    elif kind == 1:
        draw.line((260, 540, 370, 650, 560, 400), fill=LIGHT, width=44, joint="curve")
    elif kind == 3:
        for hill in range(3):
            left = 130 + 150 * hill
            draw.polygon(
                [(left, 680), (left + 120, 400 + 40 * hill), (left + 240, 680)],
                fill=(LIGHT, GOODS, PAPER)[hill],
            )
    else:
        draw.rectangle((200, 430, 480, 620), fill=LIGHT)
        draw.polygon([(480, 490), (570, 490), (620, 560), (620, 620), (480, 620)], fill=GOODS)
        for left in (250, 520):
            draw.ellipse((left, 590, left + 70, 660), fill=INK)
    image.save(path, "PNG", compress_level=1)
