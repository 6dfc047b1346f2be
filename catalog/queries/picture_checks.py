"""What is wrong with the pictures and films of a listing, by what their files really are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext as _

from catalog.choices import MediaKind, MediaRole
from catalog.drafts import Picture
from catalog.models import MediaFile, PlatformCategory
from catalog.queries.demands import Demands, Subject
from catalog.queries.findings import Finding, blocks, warns

FORMATS: Final = ("JPEG", "PNG")
FEWEST_MAIN: Final = 6  # where no category of the platform is chosen yet
FEWEST_PIXELS: Final = 800
MOST_BYTES: Final = 3_145_728
SHARP: Final = 60.0
SQUARE: Final = 0.01  # by which part the sides may differ
LONGEST_FILM: Final = 60_000  # milliseconds
FEWEST_LINES: Final = 720
LONGEST_ALT: Final = 120


def check_pictures(subject: Subject, demands: Demands) -> Iterator[Finding]:
    """Say of each picture and film what is wrong, and which are missing."""
    category = demands.category_of(subject)
    pictures = subject.content.pictures
    roles = Counter(picture.role for picture in pictures)
    few = category.fewest_images if category else FEWEST_MAIN
    if roles[MediaRole.MAIN] < few:
        text = _("%(count)d main pictures; %(few)d are needed.")
        yield blocks("pictures", "pictures_few", text % {"count": roles[MediaRole.MAIN], "few": few})
    if not roles[MediaRole.DETAIL]:
        yield warns("pictures", "detail_missing", _("There are no detail pictures."))
    if roles[MediaRole.VIDEO] > 1:
        yield blocks("pictures", "videos_many", _("A listing has one video."))
    seen: set[tuple[str, str, str]] = set()
    for place, picture in enumerate(pictures):
        path = f"pictures.{place}"
        if (key := (picture.sha256, picture.role, picture.sku_code)) in seen:
            yield warns(path, "picture_twice", _("The same picture stands here twice."))
        seen.add(key)
        file = demands.files.get((picture.sha256, subject.product.brand_id))
        if file is None:
            yield blocks(path, "picture_unknown", _("This file isn't among the brand's pictures."))
        elif picture.role not in MediaRole.values or is_film(picture) != (file.kind == MediaKind.VIDEO):
            args = {"name": file.name}
            yield blocks(path, "picture_role", _("%(name)s isn't a file of this role.") % args)
        elif is_film(picture):
            yield from check_film(path, file)
        else:
            yield from check_picture(path, picture, file, category)
            yield from check_variant(path, picture, subject, demands)


def is_film(picture: Picture) -> bool:
    """Tell whether a film is to stand here."""
    return picture.role == MediaRole.VIDEO


def check_picture(
    path: str, picture: Picture, file: MediaFile, category: PlatformCategory | None
) -> Iterator[Finding]:
    """Say whether a picture is one that the platform takes, and a good one."""
    few = category.fewest_pixels if category else FEWEST_PIXELS
    most = category.most_bytes if category else MOST_BYTES
    if file.format not in FORMATS:
        text = _("%(name)s is a %(format)s; platforms take JPEG and PNG.")
        yield blocks(path, "picture_format", text % {"name": file.name, "format": file.format})
    if file.size > most:
        text = _("%(name)s has %(size).1f MB; %(most).1f are taken.")
        args = {"name": file.name, "size": file.size / 2**20, "most": most / 2**20}
        yield blocks(path, "picture_bytes", text % args)
    shows = picture.role in (MediaRole.MAIN, MediaRole.SKU)
    if shows and min(file.width, file.height) < few:
        text = _("%(name)s has %(width)d × %(height)d pixels; the shortest side needs %(few)d.")
        args = {"name": file.name, "width": file.width, "height": file.height, "few": few}
        yield blocks(path, "picture_small", text % args)
    if shows and abs(file.width - file.height) > SQUARE * max(file.width, file.height):
        text = _("%(name)s isn't square (%(width)d × %(height)d).")
        args = {"name": file.name, "width": file.width, "height": file.height}
        finding = blocks if picture.role == MediaRole.MAIN else warns
        yield finding(path, "picture_ratio", text % args)
    if file.sharpness is not None and file.sharpness < SHARP:
        yield warns(path, "picture_blurred", _("%(name)s is blurred.") % {"name": file.name})
    if not picture.alt.strip():
        yield warns(
            f"{path}.alt", "alt_missing", _("Say what the picture shows, for those who can't see it.")
        )
    elif len(picture.alt) > LONGEST_ALT:
        text = _("%(count)d characters; %(most)d are read.")
        args = {"count": len(picture.alt), "most": LONGEST_ALT}
        yield warns(f"{path}.alt", "alt_long", text % args, (LONGEST_ALT, len(picture.alt)))


def check_variant(path: str, picture: Picture, subject: Subject, demands: Demands) -> Iterator[Finding]:
    """Say whether the picture of a variant names one of this product."""
    sku = demands.skus.get(picture.sku_code)
    if picture.role == MediaRole.SKU and not picture.sku_code:
        yield blocks(path, "picture_of_nothing", _("Say which variant the picture shows."))
    elif picture.sku_code and (sku is None or sku.product_id != subject.product.pk):
        text = _("%(sku)s is no variant of this product.") % {"sku": picture.sku_code}
        yield blocks(path, "sku_unknown", text)


def check_film(path: str, file: MediaFile) -> Iterator[Finding]:
    """Say whether a film is short enough, fine enough and has subtitles."""
    if file.duration is not None and file.duration > LONGEST_FILM:
        text = _("The video takes %(seconds)d seconds; %(most)d are shown.")
        args = {"seconds": -(-file.duration // 1000), "most": LONGEST_FILM // 1000}
        yield blocks(path, "video_long", text % args)
    if min(file.width, file.height) < FEWEST_LINES:
        text = _("The video has %(width)d × %(height)d pixels; the shortest side needs %(few)d.")
        args = {"width": file.width, "height": file.height, "few": FEWEST_LINES}
        yield blocks(path, "video_small", text % args)
    if not file.has_subtitles:
        yield warns(
            path,
            "video_subtitles",
            _("No subtitles were found in the video; see that they are in the picture."),
        )
