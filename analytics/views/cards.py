"""One card for each metric: its value, how it changed, its small line."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from analytics.metrics import Metric, Number
from analytics.queries.board import Board, Question
from analytics.queries.comparing import Change, change_of
from analytics.queries.periods import Period
from analytics.views.asking import Addresses
from analytics.views.charts import small_line

ARROWS = {"up": "▲", "down": "▼", "same": "="}
NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A change as people read it. Without an arrow where the days aren't over, or have no value."""

    with_what: str
    was: str
    days: str
    arrow: str
    direction: str
    by: str
    tone: str
    judgement: str


@dataclass(frozen=True, slots=True)
class Card:
    """What is shown of one metric."""

    metric: Metric
    value: str
    unit: str
    rows: str
    chart: str
    comparisons: list[Comparison]
    line: list[str]
    is_shown: bool


def card_of(metric: Metric, board: Board, addresses: Addresses, *, currency: str) -> Card:
    """Return the card of ``metric``."""
    question = board.question
    trend = [board.number(metric, day) for day in question.trend.by_day()]
    return Card(
        metric=metric,
        value=shown(metric, board.number(metric, question.period)),
        unit=currency if metric.unit == "CNY" else "" if metric.unit == "ratio" else str(metric.unit_name),
        rows=addresses.rows(metric, question.period),
        chart=addresses.board(show=metric.code),
        comparisons=comparisons_of(metric, board),
        line=small_line(trend),
        is_shown=addresses.form.shown.code == metric.code,
    )


def comparisons_of(metric: Metric, board: Board) -> list[Comparison]:
    """Return the changes against the days before and against the same weekdays, where those are others."""
    question = board.question
    others = [(question.before, before_words(question))]
    if question.same_weekdays != question.before:
        others.append((question.same_weekdays, weekday_words(question)))
    now = board.number(metric, question.compared) if question.compared else None
    return [_comparison(metric, now, board.number(metric, other), words, other) for other, words in others]


def _comparison(
    metric: Metric, now: Number | None, then: Number | None, words: str, other: Period
) -> Comparison:
    change = change_of(metric, now, then)
    judgement = {"good": _("better"), "bad": _("worse"), "neutral": ""}[change.tone] if change else ""
    return Comparison(
        with_what=words,
        was=shown(metric, then),
        days=days_words(other),
        arrow=ARROWS[change.direction] if change else "",
        direction=change.direction if change else "",
        by=change_words(metric, change),
        tone=change.tone if change else "neutral",
        judgement=judgement,
    )


def change_words(metric: Metric, change: Change | None) -> str:
    """Say by how much a figure changed."""
    if change is None:
        return ""
    if change.by is None:
        return _("from 0")
    sign = "+" if change.by > 0 else "−" if change.by < 0 else "±"
    number = f"{sign}{abs(change.by):,}"
    return _("%(number)s pp") % {"number": number} if metric.unit == "ratio" else f"{number} %"


def before_words(question: Question) -> str:
    """Say what the days before are."""
    days = question.before.days
    if question.compared is None:
        return _("the day before, whole") if days == 1 else _("the days before, whole")
    return _("the day before") if days == 1 else _("the %(days)d days before") % {"days": days}


def weekday_words(question: Question) -> str:
    """Say what the same weekdays are."""
    other = question.compared or question.period
    if other.weeks_back > 1:
        return _("same weekdays, %(weeks)d weeks before") % {"weeks": other.weeks_back}
    if question.compared is None:
        return _("same day last week, whole") if other.days == 1 else _("same days last week, whole")
    return _("same day last week") if other.days == 1 else _("same days last week")


def days_words(period: Period) -> str:
    """Say which days these are."""
    if period.days == 1:
        return period.since.isoformat()
    return f"{period.since.isoformat()} – {period.until.isoformat()}"


def shown(metric: Metric, number: Any) -> str:
    """Return a figure as people read it: grouped, ratios in per cent, a dash for nothing."""
    value = metric.as_value(number)
    if value is None:
        return NOTHING
    if metric.unit == "ratio":
        return f"{Decimal(value) * 100:.2f} %"
    return f"{Decimal(value):,}"
