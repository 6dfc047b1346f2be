"""The reckoning of a replenishment in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.drafts import Reasoning
from catalog.models import Replenishment
from catalog.views.supply_charts import StockChart, stock_chart


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the sum."""

    label: str
    number: Decimal
    sign: str = ""
    note: str = ""
    is_sum: bool = False


@dataclass(frozen=True, slots=True)
class Why:
    """A suggestion's reasoning as a page shows it."""

    sentences: tuple[str, ...]
    figures: tuple[Figure, ...]
    chart: StockChart
    is_urgent: bool


def reasoning_of(row: Replenishment) -> Reasoning:
    """Return the reasoning that a suggestion keeps."""
    kept: dict[str, Any] = dict(row.reasoning)
    for name in ("past", "past_out", "ahead"):
        kept[name] = tuple(kept[name])
    kept["arrivals"] = tuple((day, units) for day, units in kept["arrivals"])
    return Reasoning(**kept)


def runs_out_too_soon(row: Replenishment, reasoning: Reasoning) -> bool:
    """Tell whether nothing is left before an order of that night would arrive."""
    arrives = date.fromisoformat(reasoning.on) + timedelta(days=1 + reasoning.lead_days)
    return row.runs_out_on is not None and row.runs_out_on < arrives


def why_of(row: Replenishment) -> Why:
    """Say why so many units are suggested."""
    reasoning = reasoning_of(row)
    return Why(
        tuple(sentences_of(row, reasoning)),
        tuple(figures_of(row, reasoning)),
        stock_chart(reasoning, row.units),
        runs_out_too_soon(row, reasoning),
    )


def rounded(number: float, places: int = 1) -> str:
    """Return a number without needless noughts."""
    return f"{number:.{places}f}".rstrip("0").rstrip(".") if places else f"{number:.0f}"


def sentences_of(row: Replenishment, why: Reasoning) -> list[str]:
    """Return what was learned of demand and supply."""
    said = [
        _(
            "On an ordinary day about %(level)s are wanted, give or take %(spread)s: learned from %(days)s days."
        )
        % {"level": rounded(why.level), "spread": rounded(why.spread), "days": why.known_days}
    ]
    if why.left_out:
        left_out = ngettext(
            "%(days)d day says nothing of that and was left out: sold out, of a campaign, or a peak.",
            "%(days)d days say nothing of that and were left out: sold out, of campaigns, or peaks.",
            why.left_out,
        )
        said.append(left_out % {"days": why.left_out})
    if why.intermittent:
        said.append(_("On most days nobody asks; how often and how much are reckoned apart."))
    change = round((why.momentum - 1) * 100)
    if abs(change) >= 3:
        text = (
            _(
                "The brand as a whole sells %(share)s %% more than in the weeks before, and this SKU takes part."
            )
            if change > 0
            else _(
                "The brand as a whole sells %(share)s %% less than in the weeks before, and this SKU takes part."
            )
        )
        said.append(text % {"share": abs(change)})
    text = _(
        "What is ordered arrives after %(lead)s days (give or take %(spread)s) and has to last until"
        " the order after it arrives, %(review)s days later."
    )
    said.append(text % {"lead": why.lead_days, "spread": rounded(why.lead_spread), "review": why.review_days})
    if why.sells_before_expiry is not None and why.sells_before_expiry < why.needed:
        said.append(
            _("No more than %(units)s would be sold before they are past their last day of sale.")
            % {"units": rounded(why.sells_before_expiry, 0)}
        )
    if why.quarantine:
        said.append(
            _("%(units)s in quarantine are not counted: nobody knows yet whether they can be sold.")
            % {"units": why.quarantine}
        )
    return said


def figures_of(row: Replenishment, why: Reasoning) -> list[Figure]:
    """Return the sum, line by line."""
    days = why.lead_days + why.review_days
    daily = why.demand / days if days else why.level
    note = ""
    if why.of_campaigns >= 1:
        note = _("of them %(units)s for campaigns") % {"units": rounded(why.of_campaigns, 0)}
    variance = f"{why.lead_days} × {rounded(why.spread)}² + {rounded(daily)}² × {rounded(why.lead_spread)}²"
    root = f"{rounded(why.z, 3)} × √({variance})"
    level = _("%(level)s %% of the cycles pass") % {"level": rounded(why.service_level * 100, 2)}
    lines = [
        Figure(_("wanted in %(days)s days") % {"days": days}, tenth(why.demand), "", note),
        Figure(_("safety stock"), tenth(why.safety), "+", f"{level}: {root}"),
        Figure(_("orders that wait"), Decimal(why.waiting), "+"),
        Figure(_("available now"), Decimal(why.available - why.unsellable), "−"),
        Figure(_("on the way"), Decimal(why.on_the_way), "−"),
        Figure(_("approved, not ordered yet"), Decimal(why.approved), "−"),
    ]
    if why.unsellable:
        past_date = _("without %(units)s past their last day of sale") % {"units": why.unsellable}
        lines[3] = Figure(lines[3].label, lines[3].number, "−", past_date)
    shown = [line for place, line in enumerate(lines) if line.number or place in (0, 1, 3)]
    packed = _("whole cartons of %(pack)s, %(minimum)s at least") % {
        "pack": why.pack_units,
        "minimum": why.minimum_units,
    }
    return [
        *shown,
        Figure(_("needed"), tenth(why.needed), "=", "", is_sum=True),
        Figure(_("suggested"), Decimal(row.suggested), "→", packed, is_sum=True),
    ]


def tenth(number: float) -> Decimal:
    """Return a number of units with one place."""
    return Decimal(f"{number:.1f}")
