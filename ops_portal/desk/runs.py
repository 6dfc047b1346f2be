"""The kinds of work that is left to the workers: an app says what one does, who may ask for it and what came of it.

An app registers its kinds when it is ready; the desk knows no app.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ops_portal.lib.principals import Principal

Said = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RunKind:
    """One kind of work: ``work(key, actor=…, at=…)`` does it and returns figures, which ``say`` puts into words."""

    code: str
    label: Any
    view_permission: str
    ask_permission: str
    work: Callable[[str, Principal, datetime], Said]
    say: Callable[[Mapping[str, Any]], str]


_kinds: dict[str, RunKind] = {}


def register(kind: RunKind) -> None:
    """Make a kind of work known; one named again is replaced."""
    _kinds[kind.code] = kind


def run_kind(code: str) -> RunKind | None:
    """Return the kind of this code, or None."""
    return _kinds.get(code)
