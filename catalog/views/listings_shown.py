"""What the pages of a listing say of a content: findings with the place marked, a phone's view of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from catalog.choices import BlockKind, Gravity, MediaRole
from catalog.drafts import Block, ListingContent, OfferedSku, Picture
from catalog.models import Listing, PlatformCategory
from catalog.queries.checks import TITLE_BYTES, check_content
from catalog.queries.coverage import keyword_coverage
from catalog.queries.differences import Change, Part, differences
from catalog.queries.findings import Finding, blocking
from catalog.queries.listing_pages import Variant, fee_of, part_of, variants_of
from catalog.queries.words import texts_of, title_bytes, value_text

MOST_ALIKE: Final = 3  # findings of one sort in one part; what is more is counted
AROUND: Final = 14  # characters of the text that are shown beside a marked place
PARTS: Final[dict[str, Any]] = {
    "platform_category": _("Category on the platform"),
    "title": _("Title"),
    "subtitle": _("Subtitle"),
    "keywords": _("Keyword tags"),
    "pictures": _("Pictures and video"),
    "skus": _("Variants and prices"),
    "attributes": _("Attributes"),
    "selling_points": _("Selling points"),
    "blocks": _("Description"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """A finding as a page shows it: to which part it leads, and the place in the text that it is about."""

    field: str
    part: str
    code: str
    gravity: str
    text: str
    before: str = ""
    marked: str = ""
    after: str = ""
    more: int = 0  # of the same sort that aren't shown


@dataclass(frozen=True, slots=True)
class ChangeSaid:
    """A difference as a page shows it. ``parts`` is a text in words, ``sha256`` a picture; ``rise`` that of a price."""

    field: str
    what: str
    label: Any = ""
    before: str = ""
    after: str = ""
    parts: tuple[Part, ...] = ()
    sha256: str = ""
    rise: Decimal | None = None


def changes_between(
    before: ListingContent | None, after: ListingContent, names: Mapping[str, str]
) -> dict[str, list[ChangeSaid]]:
    """Return what is different in ``after``, by the part of the content; ``names`` are those of codes."""
    said: dict[str, list[ChangeSaid]] = defaultdict(list)
    for change in differences(before, after):
        said[part_of(change.field)].append(change_said(change, before or ListingContent(), after, names))
    return dict(said)


def change_said(
    change: Change, before: ListingContent, after: ListingContent, names: Mapping[str, str]
) -> ChangeSaid:
    """Return a difference in words."""
    part, _dot, rest = change.field.partition(".")
    place, _dot, leaf = rest.partition(".")
    if part == "pictures":
        return picture_said(change, before, after, int(place))
    if part == "skus":
        return sku_said(change, before, after, int(place), leaf)
    what, parts = change.what, change.parts
    if part == "attributes":
        was, now = value_text(change.before), value_text(change.after)
        return ChangeSaid(change.field, what, names.get(rest, rest), was, now, parts)
    if part == "blocks":
        blocks = before.blocks if what == "removed" and not leaf else after.blocks
        block = blocks[int(place)]
        label = str(dict(BlockKind.choices).get(block.kind, block.kind))
        if not leaf and block.heading:
            label = f"{label} · {block.heading}"
        return ChangeSaid(
            change.field, what, label, block_text(change.before), block_text(change.after), parts
        )
    was, now = str(change.before or ""), str(change.after or "")
    if part == "platform_category":
        return ChangeSaid(change.field, what, "", names.get(was, was), names.get(now, now))
    return ChangeSaid(change.field, what, "", was, now, parts)


def block_text(value: Block | str | None) -> str:
    """Return what a block says, or a text of one."""
    return value.text if isinstance(value, Block) else value or ""


def picture_said(change: Change, before: ListingContent, after: ListingContent, place: int) -> ChangeSaid:
    """Return what became of a picture."""
    given = change.after if isinstance(change.after, Picture) else change.before
    picture = given if isinstance(given, Picture) else after.pictures[place]
    label = dict(MediaRole.choices).get(picture.role, picture.role)
    if change.what == "moved":
        return ChangeSaid(
            change.field, "moved", label, str(change.before), str(change.after), sha256=picture.sha256
        )
    return ChangeSaid(change.field, change.what, label, parts=change.parts, sha256=picture.sha256)


def sku_said(
    change: Change, before: ListingContent, after: ListingContent, place: int, leaf: str
) -> ChangeSaid:
    """Return what became of a variant, or of its price."""
    given = change.after if isinstance(change.after, OfferedSku) else change.before
    if isinstance(given, OfferedSku):
        price = "" if given.price is None else str(given.price)
        was, now = ("", price) if change.what == "added" else (price, "")
        return ChangeSaid(change.field, change.what, given.sku_code, was, now)
    rise = None
    if leaf == "price" and change.before and change.after is not None:
        rise = (Decimal(change.after) - change.before) / change.before
    was, now = ("" if each is None else str(each) for each in (change.before, change.after))
    label = after.skus[place].sku_code
    return ChangeSaid(change.field, change.what, label, was, now, change.parts, rise=rise)


def findings_said(findings: Sequence[Finding], content: ListingContent) -> list[Said]:
    """Return findings, those that block first, each with its place in the text where it has one."""
    texts = dict(texts_of(content))
    said: list[Said] = []
    alike: Counter[tuple[str, str]] = Counter()
    for each in sorted(findings, key=lambda finding: finding.gravity != Gravity.BLOCKS):
        part = part_of(each.field)
        alike[part, each.code] += 1
        if alike[part, each.code] > MOST_ALIKE:
            continue
        before = marked = after = ""
        text = texts.get(each.field, "")
        if each.span is not None and text:
            start, end = each.span
            before = ("…" if start > AROUND else "") + text[max(0, start - AROUND) : start]
            after = text[end : end + AROUND] + ("…" if end + AROUND < len(text) else "")
            marked = text[start:end]
        said.append(Said(each.field, part, each.code, each.gravity, each.text, before, marked, after))
    last = {(each.part, each.code): place for place, each in enumerate(said)}
    for key, place in last.items():
        said[place] = replace(said[place], more=max(0, alike[key] - MOST_ALIKE))
    return said


def side(
    listing: Listing, content: ListingContent, category: PlatformCategory | None, *, at: datetime
) -> dict[str, Any]:
    """Return what stands beside a content: what is found, how far the keywords go, how buyers will see it."""
    findings = check_content(content, channel=listing.channel, product=listing.product, at=at)
    variants = variants_of(listing, content, category, at=at)
    prices = [each.price for each in variants if each.price is not None]
    return {
        "listing": listing,
        "content": content,
        "category": category,
        "fee_said": f"{(fee_of(listing, category) * 100).normalize():f} %",
        "length": title_bytes(content.title),
        "longest": category.title_bytes if category else TITLE_BYTES,
        "findings": findings_said(findings, content),
        "blocking": len(blocking(findings)),
        "coverage": keyword_coverage(content, channel=listing.channel, product=listing.product),
        "variants": variants,
        "least": min(prices, default=None),
        "most": max(prices, default=None),
        "preview": preview_of(content, variants),
    }


def preview_of(content: ListingContent, variants: Sequence[Variant]) -> dict[str, Any]:
    """Return a content as a phone shows it: pictures, what can be chosen, the blocks with their headings."""
    labels = dict(BlockKind.choices)
    shown = (MediaRole.DETAIL, MediaRole.SCENE)
    return {
        "mains": [each for each in content.pictures if each.role == MediaRole.MAIN],
        "details": [each for each in content.pictures if each.role in shown],
        "options": [each.options for each in variants if each.offered and each.options],
        "blocks": [
            {"heading": each.heading or labels.get(each.kind, ""), "text": each.text}
            for each in content.blocks
            if each.text or each.heading
        ],
    }


def swing_of(changes: Sequence[ChangeSaid]) -> str:
    """Return by how much prices rise or fall, at least and at most; nothing where none does."""
    rises = [each.rise for each in changes if each.rise is not None]
    ends = dict.fromkeys(f"{rise * 100:+.1f} %" for rise in (min(rises), max(rises))) if rises else {}
    return " … ".join(ends)
