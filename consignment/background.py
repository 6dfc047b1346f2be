"""What of settlement is left to the workers: drafting the statements of a month."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from consignment.operations.drafting import draft_month
from ops_portal.desk.runs import RunKind, Said
from ops_portal.lib.principals import Principal
from ops_portal.lib.wording import listed

REFUSALS: Final = 5


def draft(key: str, actor: Principal, at: datetime) -> Said:
    """Draft the month of every contract in the name of whoever asked; ``key`` is the month, as 2026-10."""
    outcome = draft_month(date.fromisoformat(f"{key}-01"), actor=actor, at=at)
    refused = list(dict.fromkeys(str(refusal) for _index, refusal in outcome.refused))
    return {"drafted": len(outcome.done), "refused": refused[:REFUSALS], "more": len(refused[REFUSALS:])}


def say_drafted(said: Mapping[str, Any]) -> str:
    """Say how many statements were drafted, and what was refused."""
    count = said.get("drafted", 0)
    words = [
        ngettext("%(count)d statement drafted", "%(count)d statements drafted", count) % {"count": count}
    ]
    words += said.get("refused", ())
    if more := said.get("more", 0):
        words.append(
            ngettext("%(count)d more was refused.", "%(count)d more were refused.", more) % {"count": more}
        )
    return listed(words)


STATEMENTS: Final = RunKind(
    code="statements",
    label=_("Drafting the month"),
    view_permission="consignment.view_statement",
    ask_permission="consignment.draft_statement",
    work=draft,
    say=say_drafted,
)
