"""What a picture is for, guessed from where it lay and what it is; whoever sends it can say otherwise."""

from __future__ import annotations

import re
from typing import Final, Protocol

from catalog.choices import MediaKind, MediaRole
from catalog.drafts import PackFacts


class Medium(Protocol):
    """What is known of a file."""

    kind: str
    width: int
    height: int


# The first word that is found counts: “SKU 主图” is a variant's picture.
WORDS: Final = (
    (MediaRole.SKU, ("sku", "规格图", "規格圖", "规格", "規格", "颜色", "顏色", "variant")),
    (MediaRole.DETAIL, ("详情", "詳情", "描述", "detail", "desc")),
    (MediaRole.SCENE, ("场景", "場景", "scene", "lifestyle", "模特")),
    (MediaRole.MAIN, ("主图", "主圖", "白底", "main", "cover", "头图", "頭圖")),
)
TALL: Final = 1.4  # a picture so much higher than wide is one of the long ones below the fold


def role_said(name: str) -> str:
    """Return the role that the words of a file's name and folders say, nearest first; empty where none does."""
    for part in reversed(name.replace("\\", "/").lower().split("/")):
        for role, words in WORDS:
            if any(word in part for word in words):
                return role.value
    return ""


def guess_place(name: str, file: Medium, facts: PackFacts) -> tuple[str, str, tuple[str, ...]]:
    """Return what a file is for, of which variant, and the words of its name that say so.

    What its folders and name call it goes first; else a picture that names a variant is that variant's.
    """
    said = role_said(name)
    if file.kind == MediaKind.VIDEO or said not in ("", MediaRole.SKU):
        return guess_role(name, file.kind, file.width, file.height), "", ()
    variant, words = variant_named(name, facts)
    if said or variant:
        return MediaRole.SKU.value, variant, words
    return guess_role(name, file.kind, file.width, file.height), "", ()


def variant_named(name: str, facts: PackFacts) -> tuple[str, tuple[str, ...]]:
    """Return whose picture a file is by its name, and the words by which: a SKU code, or the value of an axis.

    Words of Latin letters and digits must stand alone, so that the M of ``RED-M.jpg`` is a size and that of
    ``IMG.jpg`` is not; the longest counts. Values that meet in one variant with a SKU code name that.
    """
    stem = name.replace("\\", "/").rpartition("/")[2].rpartition(".")[0].casefold()
    codes = [each.sku_code for each in facts.variants if each.sku_code and stands_in(each.sku_code, stem)]
    if codes:
        code = max(codes, key=len)
        return code, (code,)
    found: dict[str, str] = {}
    for axis, values in facts.axes:
        there = [value for value in values if value and stands_in(value, stem)]
        if there:
            found[axis] = max(there, key=len)
    if not found:
        return "", ()
    if len(found) == len(facts.axes):
        alike = [
            each for each in facts.variants if all(each.options.get(axis) == found[axis] for axis in found)
        ]
        if len(alike) == 1 and alike[0].sku_code:
            return alike[0].sku_code, tuple(found.values())
    return next(iter(found.values())), tuple(found.values())


def stands_in(word: str, stem: str) -> bool:
    """Tell whether a name holds a word; one of Latin letters and digits with none of those beside it."""
    word = word.casefold()
    if not word.isascii():
        return word in stem
    return re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", stem) is not None


def guess_role(name: str, kind: str, width: int, height: int) -> str:
    """Return the role of a file by the words of its folders and name, nearest first, else by its form."""
    if kind == MediaKind.VIDEO:
        return MediaRole.VIDEO.value
    if said := role_said(name):
        return said
    if width == height:
        return MediaRole.MAIN.value
    return (MediaRole.DETAIL if height > TALL * width else MediaRole.SCENE).value
