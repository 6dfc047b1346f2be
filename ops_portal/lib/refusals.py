"""What an operation answers when it will not do a thing, and for a batch what it did and did not do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar

from django.utils.translation import gettext

Done = TypeVar("Done")


class Refused(Exception):  # noqa: N818 - the domain's word: an operation refuses, it does not err
    """A rule says no. ``code`` is stable for machines, ``detail`` a translatable sentence that says what to do.

    ``detail`` may hold ``%(name)s`` places that are filled from ``facts``; ``facts`` also go to API callers,
    so they hold plain JSON values only.
    """

    code: ClassVar[str] = "refused"

    def __init__(self, detail: Any = "", **facts: Any) -> None:
        super().__init__(detail, facts)
        self.detail = detail
        self.facts = facts

    def __str__(self) -> str:
        return in_words(self.detail, self.facts)


class NoSuch(Refused):
    """There is no document of a number; each kind of document has its ``code`` and its ``sentence``."""

    code = "no_such_document"
    status_code = 404
    sentence: ClassVar[Any] = ""

    def __init__(self, number: str) -> None:
        super().__init__(self.sentence, number=number)


class UsedSince(Refused):
    """What is to be taken back has been used, or was changed by somebody, since it came in."""

    code = "used_since"


def in_words(detail: Any, facts: Mapping[str, Any]) -> str:
    """Return a sentence, be it only marked or already lazy, in the reader's language with its places filled."""
    text = str(detail)
    sentence = gettext(text) if text else ""
    return sentence % facts if facts else sentence


@dataclass(slots=True)
class Outcome(Generic[Done]):
    """What came of a batch: ``done`` in the order of the drafts that went through, ``refused`` by draft index."""

    done: list[Done] = field(default_factory=list)
    refused: list[tuple[int, Refused]] = field(default_factory=list)

    def one(self) -> Done:
        """Return the single result of a batch of one; raise its refusal where it was refused."""
        if self.refused:
            raise self.refused[0][1]
        (only,) = self.done
        return only


def raise_first(refused: Sequence[tuple[int, Refused]]) -> None:
    """Raise the first refusal of a batch that may only go through whole."""
    if refused:
        raise refused[0][1]
