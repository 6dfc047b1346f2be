"""What a form of receiving carries from scan to scan, and what a scanned code can mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any, Final

from django.utils.translation import gettext as _

from catalog.choices import OWN
from catalog.gs1 import Label
from catalog.models import Sku

# The words that are scanned or typed in place of a code; each is a button, too.
OK, BACK, CLOSE, NEW, DAMAGED, REOPEN = "OK", "BACK", "CLOSE", "NEW", "DAMAGED", "REOPEN"
MOST_DIGITS: Final = 6  # of a number of units; what is longer is a code
ALWAYS_UNITS: Final = 4  # so few digits are units even where a SKU has such a code
UNANNOUNCED: Final = "+"  # the delivery that is made when the first goods of it are booked
LONGEST: Final = {"reason": 120}  # letters of what a form carries, beside 60 of all else
STOP, DONE, QUIET = "stop", "done", "ok"


@dataclass(frozen=True, slots=True)
class State:
    """Where somebody stands in receiving, as the form carries it."""

    step: str = "delivery"
    delivery: str = ""
    owner: str = ""
    made: str = ""  # the key of the delivery that is to be made
    sku: str = ""
    units: int = 0
    damaged: int = 0
    batch: str = ""
    expires: str = ""
    reason: str = ""
    more: str = ""
    key: str = ""

    @classmethod
    def of(cls, sent: Mapping[str, str]) -> State:
        """Return what a form carried; what nobody could have sent is left out."""
        given: dict[str, Any] = {}
        for each in fields(cls):
            text = sent.get(each.name, "")[: LONGEST.get(each.name, 60)]
            if each.name in ("units", "damaged"):
                given[each.name] = int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0
            elif text:
                given[each.name] = text
        return cls(**given)

    @property
    def keeps(self) -> dict[str, str]:
        """Return what the next form carries."""
        named = {each.name: str(getattr(self, each.name)) for each in fields(self)}
        return {name: value for name, value in named.items() if value not in ("", "0")}

    def at_sku(self) -> State:
        """Return the state before any goods are scanned."""
        return State("sku", self.delivery, self.owner, self.made)


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes next, what was said, and how it sounds."""

    state: State
    said: str = ""
    tone: str = QUIET
    choices: tuple[tuple[str, str], ...] = ()


def is_units(code: str, sku: Sku) -> bool:
    """Tell whether a code is a number of units, and not the goods themselves."""
    if not (code.isascii() and code.isdigit() and len(code) <= MOST_DIGITS):
        return False
    return len(code) <= ALWAYS_UNITS or code not in (sku.code, sku.barcode)


def fill(state: State, sku: Sku, label: Label | None) -> State:
    """Return a state with what a label says of the goods: units, batch, and when it expires or was made."""
    if label is None:
        return state
    expires_on = label.expires_on
    if expires_on is None and label.made_on is not None and sku.shelf_life_days:
        expires_on = label.made_on + timedelta(days=sku.shelf_life_days)
    return replace(
        state,
        units=label.units if 0 < label.units < 10**MOST_DIGITS else max(1, state.units),
        batch=label.batch[:60] if sku.tracks_batches else "",
        expires=expires_on.isoformat() if expires_on and sku.tracks_batches else state.expires,
    )


def shown(code: str) -> str:
    """Return a scanned code as it can be shown: without what can't be printed."""
    return "".join(letter if letter.isprintable() else "·" for letter in code)


def owner_label(owner: str) -> str:
    """Return whose goods they are in words."""
    return _("our own") if owner in ("", OWN) else owner
