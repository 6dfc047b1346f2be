"""Codes that the tables keep, said in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext, pgettext


def called(principal: str) -> str:
    """Return who acted: a person by username, a key by its prefix, all else as the portal."""
    kind, _colon, code = principal.partition(":")
    if kind == "person":
        return code
    if kind == "key":
        return gettext("API key %(prefix)s") % {"prefix": code}
    return gettext("the portal") if principal else ""


def kind_called(code: str) -> str:
    """Return what people call a kind of document: its code is the word that the catalogues translate."""
    return gettext(code.replace("_", " ")) if code else ""


def listed(words: Iterable[object]) -> str:
    """Return words side by side, with the reader's comma between them."""
    return pgettext("between the words of a list", ", ").join(str(word) for word in words)
