"""What differs between two contents of a listing: words of texts, places of pictures, prices of variants."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final, Literal

from catalog.choices import MediaRole
from catalog.drafts import Block, ListingContent, Picture

What = Literal["changed", "added", "removed", "moved"]
Op = Literal["same", "gone", "new"]
# A Latin word or number, white space, or any one character, such as a Chinese one.
TOKEN: Final = re.compile(r"[0-9A-Za-z\u00c0-\u024f]+|\s+|.", re.DOTALL)
MOST_TOKENS: Final = 5000  # more are shown as one text for another


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a text that stayed, is gone or is new."""

    op: Op
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. ``field`` is a path in the newer content, of what was removed in the older one.

    ``before`` and ``after`` are the values as the contents hold them (of what was moved the places, from 1);
    ``parts`` is a changed text in words.
    """

    field: str
    what: What
    before: Any
    after: Any
    parts: tuple[Part, ...] = ()


def differences(before: ListingContent | None, after: ListingContent) -> list[Change]:
    """Return what is different in ``after``, field by field as they stand on the page; of no older content, all."""
    old = before or ListingContent()
    changes: list[Change] = []
    changes += changed_text("platform_category", old.platform_category, after.platform_category)
    changes += changed_text("title", old.title, after.title)
    changes += changed_text("subtitle", old.subtitle, after.subtitle)
    changes += changed_points(old.selling_points, after.selling_points)
    changes += changed_blocks(old.blocks, after.blocks)
    changes += changed_values(old, after)
    changes += changed_pictures(old.pictures, after.pictures)
    changes += changed_keywords(old.keywords, after.keywords)
    changes += changed_skus(old, after)
    return changes


def changed_text(field: str, before: str, after: str) -> Iterator[Change]:
    """Yield the change of a text, if it did."""
    if before == after:
        return
    what: What = "changed" if before and after else "added" if after else "removed"
    yield Change(field, what, before, after, word_parts(before, after))


def word_parts(before: str, after: str) -> tuple[Part, ...]:
    """Return both texts as one, with what is gone before what is new in its place."""
    old, new = TOKEN.findall(before), TOKEN.findall(after)
    if len(old) + len(new) > MOST_TOKENS:
        codes: Any = [("replace", 0, len(old), 0, len(new))]
    else:
        codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    parts = []
    for tag, old_start, old_end, new_start, new_end in codes:
        gone, fresh = "".join(old[old_start:old_end]), "".join(new[new_start:new_end])
        if tag == "equal":
            parts.append(Part("same", gone))
        else:
            parts += [Part("gone", gone)] if gone else []
            parts += [Part("new", fresh)] if fresh else []
    return tuple(parts)


def paired(before: Sequence[Any], after: Sequence[Any]) -> Iterator[tuple[int | None, int | None]]:
    """Yield the places of what stands in two lists, together where they are the same or took each other's place."""
    codes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    for _tag, old_start, old_end, new_start, new_end in codes:
        for step in range(max(old_end - old_start, new_end - new_start)):
            old, new = old_start + step, new_start + step
            yield (old if old < old_end else None), (new if new < new_end else None)


def changed_points(before: Sequence[str], after: Sequence[str]) -> Iterator[Change]:
    """Yield the changes of selling points."""
    for old, new in paired(before, after):
        place = new if new is not None else old
        was = before[old] if old is not None else ""
        yield from changed_text(f"selling_points.{place}", was, after[new] if new is not None else "")


def changed_blocks(before: Sequence[Block], after: Sequence[Block]) -> Iterator[Change]:
    """Yield the changes of blocks: those of a kind are held against each other, in their sequence."""
    for old, new in paired([block.kind for block in before], [block.kind for block in after]):
        was = before[old] if old is not None else None
        now = after[new] if new is not None else None
        if was is not None and now is not None and was.kind == now.kind:
            yield from changed_text(f"blocks.{new}.heading", was.heading, now.heading)
            yield from changed_text(f"blocks.{new}.text", was.text, now.text)
            continue
        if was is not None:
            yield Change(f"blocks.{old}", "removed", was, None, word_parts(was.text, ""))
        if now is not None:
            yield Change(f"blocks.{new}", "added", None, now, word_parts("", now.text))


def changed_values(before: ListingContent, after: ListingContent) -> Iterator[Change]:
    """Yield the changes of attributes, by their code."""
    for code in [*after.attributes, *(code for code in before.attributes if code not in after.attributes)]:
        was, now = before.attributes.get(code), after.attributes.get(code)
        if was != now:
            what: What = "added" if was is None else "removed" if now is None else "changed"
            parts = word_parts(was, now) if isinstance(was, str) and isinstance(now, str) else ()
            yield Change(f"attributes.{code}", what, was, now, parts)


def changed_pictures(before: Sequence[Picture], after: Sequence[Picture]) -> Iterator[Change]:
    """Yield the pictures that came, went, stand elsewhere among those of their role, or are read otherwise."""
    for role in [*MediaRole.values, *sorted({each.role for each in (*before, *after)} - {*MediaRole.values})]:
        old, new = places(before, role), places(after, role)
        stayed = [key for key in new if key in old]
        still = unmoved([key for key in old if key in new], stayed)
        ranks = {key: rank for rank, key in enumerate(old, start=1)}
        for rank, (key, place) in enumerate(new.items(), start=1):
            field, now = f"pictures.{place}", after[place]
            if key not in old:
                yield Change(field, "added", None, now)
                continue
            if key not in still:
                yield Change(field, "moved", ranks[key], rank)
            yield from changed_text(f"{field}.alt", before[old[key]].alt, now.alt)
        for key, place in old.items():
            if key not in new:
                yield Change(f"pictures.{place}", "removed", before[place], None)


def places(pictures: Sequence[Picture], role: str) -> dict[Hashable, int]:
    """Return the places of a role's pictures; one that stands there twice is told apart by which time it is."""
    found: dict[Hashable, int] = {}
    for place, picture in enumerate(pictures):
        if picture.role == role:
            time = 0
            while (key := (picture.sha256, picture.sku_code, time)) in found:
                time += 1
            found[key] = place
    return found


def unmoved(before: Sequence[Hashable], after: Sequence[Hashable]) -> set[Hashable]:
    """Return what of two sequences of the same things stands in the same sequence still: as many as can be said to."""
    rank = {key: place for place, key in enumerate(before)}
    longest: list[list[Hashable]] = []  # for each of ``after``, the longest line that ends with it
    best: list[Hashable] = []
    for key in after:
        line: list[Hashable] = []
        for other in longest:
            if rank[other[-1]] < rank[key] and len(other) > len(line):
                line = other
        longest.append([*line, key])
        if len(longest[-1]) > len(best):
            best = longest[-1]
    return set(best)


def changed_keywords(before: Sequence[str], after: Sequence[str]) -> Iterator[Change]:
    """Yield the keywords that came or went."""
    for place, word in enumerate(after):
        if word not in before:
            yield Change(f"keywords.{place}", "added", None, word)
    for place, word in enumerate(before):
        if word not in after:
            yield Change(f"keywords.{place}", "removed", word, None)


def changed_skus(before: ListingContent, after: ListingContent) -> Iterator[Change]:
    """Yield the variants that came or went, and the prices and codes that changed."""
    old = {sku.sku_code: sku for sku in before.skus}
    for place, sku in enumerate(after.skus):
        was = old.pop(sku.sku_code, None)
        if was is None:
            yield Change(f"skus.{place}", "added", None, sku)
            continue
        if was.price != sku.price:
            yield Change(f"skus.{place}.price", "changed", was.price, sku.price)
        yield from changed_text(f"skus.{place}.channel_code", was.channel_code, sku.channel_code)
    for place, sku in enumerate(before.skus):
        if old.get(sku.sku_code) is sku:
            yield Change(f"skus.{place}", "removed", sku, None)
