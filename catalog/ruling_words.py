"""Why a rule moved a listing, and what can be done about it, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog.choices import DelistCause, RulingStatus
from catalog.models import ListingRuling


@dataclass(frozen=True, slots=True)
class Advice:
    """Why a listing was moved, what to do, and the page on which that is done (view, query, permission)."""

    why: str
    what: str
    page: tuple[str, str, str] | None


WHY: Final[Mapping[str, Any]] = {
    DelistCause.SOLD_OUT: gettext_lazy("everything that it offers is sold out"),
    DelistCause.STOP_SALE: gettext_lazy("everything that is left is past its last day of sale"),
    DelistCause.LICENCE: gettext_lazy("no contract covers the brand in this shop any more"),
}
WHAT: Final[Mapping[str, Any]] = {
    DelistCause.SOLD_OUT: gettext_lazy(
        "Order more, or take in what has come: once a unit can be sold, the rule puts it back."
    ),
    DelistCause.STOP_SALE: gettext_lazy(
        "Return or write off what is past its date; once fresh goods are there, the rule puts it back."
    ),
    DelistCause.LICENCE: gettext_lazy(
        "Have the contract renewed or extended to this shop; until then it must stay off."
    ),
}
PAGES: Final[Mapping[str, tuple[str, str, str]]] = {
    DelistCause.SOLD_OUT: ("catalog:replenishment", "", "catalog.view_replenishment"),
    DelistCause.STOP_SALE: ("catalog:expiry", "", "catalog.view_batchstock"),
}


def advice_of(ruling: ListingRuling) -> Advice:
    """Say which rule moved a listing and why, and what to do about it."""
    why = str(WHY[ruling.cause])
    if ruling.hours:
        hours = ngettext("for %(count)d hour", "for %(count)d hours", ruling.hours)
        why = _("%(why)s, %(hours)s") % {"why": why, "hours": hours % {"count": ruling.hours}}
    if ruling.status == RulingStatus.BACK:
        return Advice(
            why, _("That is over and buyers see it again: look whether price and stock are right."), None
        )
    return Advice(why, str(WHAT[ruling.cause]), PAGES.get(ruling.cause))
