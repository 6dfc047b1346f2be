"""Patterns of bin codes: ``A-{01..12}-{1..4}`` is 48 of them."""

from __future__ import annotations

import re
from itertools import product
from typing import Final

from django.utils.translation import gettext as _

MOST: Final = 5_000  # bins made at once
LONGEST: Final = 40
RANGE: Final = re.compile(r"\{([0-9]{1,6}|[A-Z])\.\.([0-9]{1,6}|[A-Z])\}")
PLAIN: Final = re.compile(r"[A-Z0-9._/-]*")


class PatternError(ValueError):
    """The pattern can't be read; the text says why."""


def too_many(count: int) -> PatternError:
    """Return the refusal of more bins than are made at once."""
    return PatternError(
        _("That is %(count)s bins; make %(most)s at most at once.") % {"count": count, "most": MOST}
    )


def codes_of(pattern: str) -> list[str]:
    """Return the codes of a pattern, the last range running fastest. Raises PatternError."""
    text = "".join(pattern.split()).upper()
    if not text:
        raise PatternError(_("Write a pattern, such as A-{01..12}-{1..4}."))
    parts: list[list[str]] = []
    end = 0
    for found in RANGE.finditer(text):
        parts += [[plain(text[end : found.start()])], values_of(*found.groups())]
        end = found.end()
    parts.append([plain(text[end:])])
    count = 1
    for part in parts:
        count *= len(part)
    if count > MOST:
        raise too_many(count)
    codes = ["".join(each) for each in product(*parts)]
    if max(map(len, codes)) > LONGEST:
        raise PatternError(_("A code has %(most)s letters at most.") % {"most": LONGEST})
    return codes


def plain(text: str) -> str:
    """Return a part without a range. Raises PatternError for what a label can't carry."""
    if not PLAIN.fullmatch(text):
        raise PatternError(
            _(
                "“%(text)s” can't be read: use capital letters, digits, - . _ / and ranges such as {01..12} or {A..F}."
            )
            % {"text": text}
        )
    return text


def values_of(first: str, last: str) -> list[str]:
    """Return the values of a range, with zeros in front as its first has them. Raises PatternError."""
    if first.isdecimal() != last.isdecimal():
        raise PatternError(_("A range goes from a number to a number, or from a letter to a letter."))
    if first.isdecimal():
        numbers = range(int(first), int(last) + 1)
        if len(numbers) > MOST:
            raise too_many(len(numbers))
        values = [str(number).zfill(len(first)) for number in numbers]
    else:
        values = [chr(letter) for letter in range(ord(first), ord(last) + 1)]
    if not values:
        raise PatternError(_("A range begins with its smaller end."))
    return values
