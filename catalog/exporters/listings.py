"""Approved listings as one archive: for each shop a workbook in the words of its platform, and the pictures by role.

The archive is written while it is sent: one picture at a time is read, and of the table no more than some rows.
"""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.utils import timezone

from catalog.choices import MediaKind
from catalog.exporters import layouts as words
from catalog.exporters.layouts import BLOCKS, Layout, layout_of
from catalog.inspecting.pictures import UNREADABLE, orientation_in, write_plain_copy
from catalog.inspecting.stripping import UnknownBuildError, without_metadata
from catalog.models import Channel, Listing, MediaFile
from catalog.queries.listing_export import Offer, PutUp, Shown, put_up
from ops_portal.intake.sheets import Sheets, pieces_in

ENDS: Final = {
    "JPEG": "jpg", "PNG": "png", "WEBP": "webp", "GIF": "gif", "MP4": "mp4", "MOV": "mov", "WEBM": "webm",
}  # fmt: skip
FORBIDDEN: Final = frozenset('\\/:*?"<>|')
LONGEST_NAME: Final = 80


@dataclass(frozen=True, slots=True)
class Packed:
    """A picture or a film, and under what name it goes into the archive."""

    file: MediaFile
    name: str


class Pipe(io.RawIOBase):
    """What is written and not yet sent; it can't be wound back."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def drain(self) -> bytes:
        """Return what was written since it was last asked for."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def archive_of(
    listings: QuerySet[Listing], shops: Sequence[Channel], *, user: Any, at: datetime
) -> Iterator[bytes]:
    """Yield an archive with a folder for each shop: its workbook, and the pictures of its listings."""
    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED, strict_timestamps=False) as archive:
        for shop in shops:
            folder = safe(f"{shop.code} {shop.name}" if shop.name != shop.code else shop.code)
            pictures: list[Packed] = []
            own = put_up(listings.filter(channel=shop), user=user, at=at)
            with tempfile.TemporaryDirectory(prefix="listings-") as place:
                table = Path(place) / "table.xlsx"
                write_table(own, layout_of(shop.platform), table, pictures)
                yield from added(archive, pipe, f"{folder}/{folder}.xlsx", pieces_in(table.open("rb")), at)
            for each in pictures:
                yield from added(archive, pipe, f"{folder}/{each.name}", copy_of(each.file), at)
    yield pipe.drain()


def added(
    archive: zipfile.ZipFile, pipe: Pipe, name: str, pieces: Iterable[bytes], at: datetime
) -> Iterator[bytes]:
    """Write one file into the archive, and yield it as it is written."""
    info = zipfile.ZipInfo(name, timezone.localtime(at).timetuple()[:6])
    info.external_attr = 0o644 << 16
    with archive.open(info, "w") as entry:
        for piece in pieces:
            entry.write(piece)
            yield pipe.drain()


def copy_of(file: MediaFile) -> Iterator[bytes]:
    """Yield a film as it came, of a picture a copy without what is told of it; the original stays as it is."""
    path = Path(default_storage.path(file.path))
    if file.kind != MediaKind.IMAGE:
        yield from pieces_in(path.open("rb"))
        return
    data = path.read_bytes()
    try:
        yield without_metadata(data, file.format, orientation=orientation_in(path))
    except UnknownBuildError:
        yield drawn_anew(path, file.format)


def drawn_anew(path: Path, kind: str) -> bytes:
    """Return a picture that isn't built as its format says, drawn once more."""
    target = io.BytesIO()
    try:
        write_plain_copy(path, target, kind)
    except UNREADABLE:
        return b""
    return target.getvalue()


def write_table(listings: Iterable[PutUp], layout: Layout, path: Path, pictures: list[Packed]) -> None:
    """Write the workbook of a shop, and note the pictures that belong to it under the names that it gives them."""
    sheets = Sheets()
    begin(sheets, layout)
    for each in listings:
        names = names_of(each, layout, pictures)
        sheets.write(words.LISTINGS, listing_row(each, layout, names))
        for offer in each.offers:
            sheets.write(words.VARIANTS, variant_row(each, offer, names))
        for name, value in each.attributes:
            sheets.write(words.ATTRIBUTES, [each.listing.product.code, each.content.title, name, value])
        for block in each.content.blocks:
            kind = BLOCKS.get(block.kind, block.kind)
            sheets.write(words.TEXTS, [each.listing.product.code, kind, block.heading, block.text])
        for place, (shown, name, note) in enumerate(names, start=1):
            picture = shown.picture
            sheets.write(
                words.PICTURES,
                [each.listing.product.code, layout.role(picture.role), place, name, picture.sku_code,
                 picture.alt, note],
            )  # fmt: skip
    sheets.save(path)


def begin(sheets: Sheets, layout: Layout) -> None:
    """Write the headings of all sheets."""
    goods = layout.goods_code
    sheets.add(
        words.LISTINGS,
        [goods, layout.item, layout.category, layout.title, layout.subtitle, layout.points, words.BRAND,
         words.KEYWORDS, layout.main, layout.detail, layout.scene, layout.film, words.NUMBER, words.VERSION,
         words.APPROVED],
        ["middle", "middle", "middle", "long", "middle", "long", "short", "middle", "long", "long", "long", "middle"],
    )  # fmt: skip
    sheets.add(
        words.VARIANTS,
        [goods, layout.title, layout.spec, layout.price, layout.stock, layout.code, layout.barcode,
         layout.variant, words.OUR_CODE, words.PRICE_NOW],
        ["middle", "long", "middle", "short", "short"],
    )  # fmt: skip
    sheets.add(words.ATTRIBUTES, [goods, layout.title, words.ATTRIBUTE, words.VALUE], ["middle", "long"])
    sheets.add(
        words.TEXTS, [goods, words.KIND, words.HEADING, words.TEXT], ["middle", "middle", "middle", "long"]
    )
    sheets.add(
        words.PICTURES,
        [goods, words.ROLE, words.PLACE, words.FILE, words.OUR_CODE, words.ALT, words.NOTE],
        ["middle", "middle", "short", "long", "middle", "long"],
    )


def names_of(each: PutUp, layout: Layout, pictures: list[Packed]) -> list[tuple[Shown, str, str]]:
    """Return each picture with its name in the archive, or why it isn't there; note those that are in ``pictures``.

    The name tells what the picture is for and its place: 主图_01.jpg; of a variant its SKU too.
    """
    folder = safe(f"{each.listing.product.code} {each.listing.number}")
    counted: dict[str, int] = {}
    named: list[tuple[Shown, str, str]] = []
    for shown in each.pictures:
        role = layout.role(shown.picture.role)
        counted[role] = counted.get(role, 0) + 1
        if shown.file is None:
            named.append((shown, "", words.NOT_HANDED_OUT))
        elif not default_storage.exists(shown.file.path):
            named.append((shown, "", words.LOST))
        else:
            of = f"_{shown.picture.sku_code}" if shown.picture.sku_code else ""
            end = ENDS.get(shown.file.format, "bin")
            name = f"{folder}/{safe(f'{role}_{counted[role]:02d}{of}')}.{end}"
            pictures.append(Packed(shown.file, name))
            named.append((shown, name, ""))
    return named


def listing_row(each: PutUp, layout: Layout, names: Sequence[tuple[Shown, str, str]]) -> list[Any]:
    """Return the row of a listing."""
    listing, content = each.listing, each.content
    by_role = {
        role: "\n".join(
            name for shown, name, _note in names if name and layout.role(shown.picture.role) == role
        )
        for role in (layout.main, layout.detail, layout.scene, layout.film)
    }
    version = listing.live
    return [
        listing.product.code, listing.platform_item, each.category, content.title, content.subtitle,
        "\n".join(content.selling_points), listing.product.brand.name, "、".join(content.keywords),
        *by_role.values(), listing.number, version.number if version else "",
        version.approved_at if version else None,
    ]  # fmt: skip


def variant_row(each: PutUp, offer: Offer, names: Sequence[tuple[Shown, str, str]]) -> list[Any]:
    """Return the row of a variant."""
    sku = offer.sku
    options = sku.options if sku else {}
    axes = [name for name, _values in each.listing.product.axes if name in options]
    spec = ";".join(f"{name}:{options[name]}" for name in axes) or (sku.name if sku else "")
    own = [name for shown, name, _note in names if name and shown.picture.sku_code == offer.offered.sku_code]
    return [
        each.listing.product.code, each.content.title, spec, offer.offered.price, offer.units, offer.code,
        sku.barcode if sku else "", "\n".join(own), offer.offered.sku_code, offer.price_now,
    ]  # fmt: skip


def safe(name: str) -> str:
    """Return a name that every system takes as one file or folder."""
    plain = "".join("_" if each in FORBIDDEN or ord(each) < 32 else each for each in name)
    return plain.strip(" .")[:LONGEST_NAME].strip(" .") or "_"
