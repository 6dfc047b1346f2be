"""Words in texts: known again however they are written, with the place where they stand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

from catalog.drafts import ListingContent

# What is put between the characters of a word to hide it.
BETWEEN: Final = r"[\s\u200b-\u200f\u2060\ufeff]*"
LETTER: Final = re.compile(r"[0-9a-z]")
Span = tuple[int, int]


def title_bytes(text: str) -> int:
    """Return how long platforms reckon a text: two for a Chinese character, one for a Latin letter."""
    return sum(1 if ord(character) < 128 else 2 for character in text)


def end_of_bytes(text: str, most: int) -> int:
    """Return where in ``text`` the first ``most`` of its bytes end."""
    left = most
    for place, character in enumerate(text):
        left -= 1 if ord(character) < 128 else 2
        if left < 0:
            return place
    return len(text)


def folded(text: str) -> tuple[str, list[int]]:
    """Return a text as words are compared (narrow, small letters), and where in ``text`` each character stood."""
    parts: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        plain = unicodedata.normalize("NFKC", character).casefold()
        parts.append(plain)
        places += [place] * len(plain)
    return "".join(parts), places


def fold(text: str) -> str:
    """Return a text as words are compared."""
    return folded(text)[0]


@lru_cache(maxsize=64)
def pattern_of(words: tuple[str, ...]) -> re.Pattern[str] | None:
    """Return what finds the longest of some folded words wherever one begins; Latin ones stand by themselves."""
    if not words:
        return None
    parts = []
    for word in sorted(words, key=lambda word: (-len(word), word)):
        body = BETWEEN.join(re.escape(character) for character in word if not character.isspace())
        head = r"(?<![0-9a-z])" if LETTER.match(word[0]) else ""
        tail = r"(?![0-9a-z])" if LETTER.match(word[-1]) else ""
        parts.append(f"{head}{body}{tail}")
    return re.compile("|".join(f"({part})" for part in parts))


def find_words(text: str, words: Sequence[str]) -> Iterator[tuple[str, Span]]:
    """Yield each of ``words`` that stands in a text, with its place; of several at one place the longest."""
    by_fold = {fold(word).strip(): word for word in words if fold(word).strip()}
    wanted = tuple(sorted(by_fold))
    pattern = pattern_of(wanted)
    if pattern is None or not text:
        return
    plain, places = folded(text)
    in_sequence = sorted(wanted, key=lambda word: (-len(word), word))
    for match in pattern.finditer(plain):
        assert match.lastindex is not None  # noqa: S101 - every alternative is a group
        start, end = match.span()
        yield by_fold[in_sequence[match.lastindex - 1]], (places[start], places[end - 1] + 1)


def texts_of(content: ListingContent) -> Iterator[tuple[str, str]]:
    """Yield all that buyers read of a listing, by field."""
    yield "title", content.title
    yield "subtitle", content.subtitle
    for place, text in enumerate(content.selling_points):
        yield f"selling_points.{place}", text
    for place, block in enumerate(content.blocks):
        yield f"blocks.{place}.heading", block.heading
        yield f"blocks.{place}.text", block.text
    for code, value in content.attributes.items():
        yield f"attributes.{code}", value_text(value)
    for place, picture in enumerate(content.pictures):
        yield f"pictures.{place}.alt", picture.alt
    for place, word in enumerate(content.keywords):
        yield f"keywords.{place}", word


def value_text(value: object) -> str:
    """Return the value of an attribute as it is read."""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def texts_by_part(content: ListingContent, shop_name: str) -> Mapping[str, str]:
    """Return a listing's texts, folded, by the part of the page in which they stand."""
    parts: dict[str, list[str]] = {}
    for field, text in texts_of(content):
        part = "alt" if field.endswith(".alt") else field.split(".", 1)[0]
        parts.setdefault(part, []).append(text)
    return {part: fold("\n".join(texts)) for part, texts in [*parts.items(), ("shop", [shop_name])]}
