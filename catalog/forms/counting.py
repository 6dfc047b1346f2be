"""How far somebody has come in counting, as the page carries it along, and what the page says to a scan."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Final

from django.http import HttpRequest
from django.utils.crypto import get_random_string

OUTSIDE: Final = "-"  # the place of what lies in no bin
NO_BIN: Final = frozenset({OUTSIDE, "0", "NO BIN", "NOBIN", "NONE"})
OK: Final = "OK"
MOST_DIGITS: Final = 5  # more digits than that are a barcode


@dataclass(frozen=True, slots=True)
class Job:
    """How far somebody has come, as the page carries it along; ``asks`` is a question that waits for its answer."""

    stocktake: str = ""
    place: str = ""  # a bin's code, or OUTSIDE
    last: str = ""  # the key of the last scan, whose units a number sets
    sku: str = ""
    owner: str = ""
    asks: str = ""  # owner, batch, close, zero
    count: str = ""  # what is counted once more, and the units found of it
    there: str = ""
    units: str = ""
    key: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> Job:
        """Return what the page sent along."""
        sent = request.POST if request.method == "POST" else request.GET
        return cls(**{each.name: sent.get(each.name, "").strip()[:80] for each in fields(cls)})

    def keeps(self) -> dict[str, str]:
        """Return what the next page sends along; its scan has a key of its own."""
        kept = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in kept.items() if value} | {"key": get_random_string(20)}


@dataclass(slots=True)
class Answer:
    """What the page says to a scan, and how far the job has come by it."""

    job: Job
    tone: str = ""
    said: str = ""
    choices: list[tuple[str, str]] = field(default_factory=list)


class Stop(Exception):  # noqa: N818 - no error: the page stops and says what to do
    """The scan doesn't fit; the text says what it is and what to do."""


def is_units(code: str) -> bool:
    """Tell a number of units from a code."""
    return (
        code.isascii() and code.isdecimal() and len(code) <= MOST_DIGITS and (code == "0" or code[0] != "0")
    )
