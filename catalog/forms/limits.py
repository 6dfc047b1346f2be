"""Limits of stock as people type or paste them: SKU, warehouse, lower and upper limit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from catalog.forms.words import lines, number
from catalog.operations.limits import LimitDraft

RECKONED: Final = re.compile(r"^(auto|自动|自動|系统|系統)$", re.IGNORECASE)
LONGEST: Final = 400_000


def pasted_limits(text: str, warehouse: str) -> list[LimitDraft]:
    """Return the draft of each line: SKU, lower, upper limit; or SKU, warehouse, lower, upper limit.

    Without a warehouse of its own a line means ``warehouse``. Raises NoNumber, TooManyLines.
    """
    drafts = []
    for sku, *rest in lines(text[:LONGEST], 4):
        is_named = bool(rest[2]) or not (rest[0] == "" or is_limit(rest[0]))
        place, low, high = rest if is_named else [warehouse, *rest[:2]]
        drafts.append(draft_of(sku, place, low, high))
    return drafts


def is_limit(text: str) -> bool:
    """Tell whether a cell is a limit rather than the code of a warehouse."""
    return bool(RECKONED.match(text)) or text.replace(",", "").replace(" ", "").isdecimal()


def typed_limits(sent: Mapping[str, Any], known: Mapping[str, tuple[str, str]]) -> list[LimitDraft]:
    """Return the drafts of the rows that were changed; ``known`` has SKU and warehouse by row. Raises NoNumber."""
    drafts = []
    for row, (sku, place) in known.items():
        low, high = (sent.get(f"{name}-{row}", "").strip() for name in ("low", "high"))
        was = sent.get(f"was-{row}", "")
        is_computed = bool(sent.get(f"computed-{row}"))
        if f"{low}~{high}~{'1' if is_computed else ''}" == was:
            continue
        typed = was.rpartition("~")[0] != f"{low}~{high}"
        # What is typed over is kept by hand, also where the tick was forgotten.
        draft = draft_of(sku, place, low, high)
        drafts.append(LimitDraft(sku, place, draft.low, draft.high, is_computed and not typed))
    return drafts


def draft_of(sku: str, place: str, low: str, high: str) -> LimitDraft:
    """Return the draft of one line."""
    if RECKONED.match(low):
        return LimitDraft(sku[:60], place[:40], is_computed=True)
    return LimitDraft(sku[:60], place[:40], number(low), number(high))


NOTHING_PASTED: Final = _("Paste at least one line.")
