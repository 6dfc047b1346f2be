"""The dashboard: how the shops do, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from analytics.choices import UNKNOWN, Source
from analytics.forms import DRAWN, FiguresForm
from analytics.metrics import METRICS, PAYING_BUYERS, Metric, Number
from analytics.queries.board import Board, Group, added_up, board_of, buyers_of
from analytics.queries.periods import WEEK, Period, Preset
from analytics.views.asking import Addresses, form_of, question_of, reader_of
from analytics.views.cards import Card, card_of, days_words, shown
from analytics.views.charts import (
    PLOT_HEIGHT,
    Bar,
    Scale,
    bar_of,
    labelled,
    line_over,
    scale_of,
    shares,
)
from ops_portal.lib.refusals import Refused

DAILY = ("orders_created", "orders_paid", "gmv_paid", "refund_amount", "net_sales", "average_order_value")
DRAWN_BY_DAY = 92  # a quarter; longer ranges are drawn by week
REGIONS = 15
COUNTED_APART = "amount_per_buyer"


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure in a table, and the address of its rows."""

    value: str
    rows: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A bar of the chart by day, or of a list, with its row of the table."""

    label: str
    short: str
    value: str
    rows: str
    bar: Bar | None
    width: str
    was: str
    is_asked_for: bool
    cells: list[Cell]


@dataclass(slots=True)
class Chart:
    """A chart and the table that says the same."""

    title: str
    marks: list[Mark] = field(default_factory=list)
    grid: list[tuple[str, str]] = field(default_factory=list)
    zero: str = ""
    ghost: list[str] = field(default_factory=list)
    note: str = ""


def figures_page(request: HttpRequest) -> HttpResponse:
    """Show the figures that the reader may see; at most 12 statements, however long the range."""
    scope = reader_of(request)
    form = form_of(request, FiguresForm)
    context: dict[str, Any] = {**admin.site.each_context(request), "title": _("Figures"), "form": form}
    context["narrowing"] = [form[name] for name in ("shop", "platform", "brand", "show")]
    if form.is_valid():
        addresses = Addresses(form)
        context |= {
            "period": days_words(form.period),
            "first": form.period.since.isoformat(),
            "last": form.period.until.isoformat(),
            "presets": [
                (label, addresses.board(range=value), value == form.preset) for value, label in Preset.choices
            ],
            "range": addresses.range,
            "filters": form.filters,
            "shown": form.shown,
        }
        try:
            board = board_of(question_of(form, scope), form.shown)
        except Refused as refused:
            context["refusal"] = str(refused)
        else:
            context |= _shown_of(board, addresses)
    return render(request, "analytics/figures.html", context)


def buyers_card(request: HttpRequest) -> HttpResponse:
    """Show the card of the amount per buyer: counting different buyers takes longer than all else together."""
    scope = reader_of(request)
    form = form_of(request, FiguresForm)
    if not form.is_valid():
        return HttpResponse(status=400)
    board = buyers_of(question_of(form, scope))
    card = card_of(
        METRICS[COUNTED_APART], board, Addresses(form), currency=request.GET.get("currency", "")[:3]
    )
    return render(request, "analytics/card.html", {"card": card})


def _shown_of(board: Board, addresses: Addresses) -> dict[str, Any]:
    question, metric = board.question, addresses.form.shown
    cards: list[Card | None] = [
        None if PAYING_BUYERS in each.needs else card_of(each, board, addresses, currency=board.currency)
        for each in METRICS.values()
    ]
    columns = [METRICS[code] for code in DAILY]
    if metric not in columns:
        columns = [metric, *columns] if metric.source == Source.ORDER else [metric]
    return {
        "board": board,
        "cards": cards,
        "buyers": addresses.buyers() + f"&currency={board.currency}",
        "counted_apart": METRICS[COUNTED_APART],
        "so_far": question.period.until >= question.today,
        "compared": days_words(question.compared) if question.compared else "",
        "columns": columns,
        "by_day": _by_day(metric, columns, board, addresses),
        "by_shop": _by_shop(metric, columns, board, addresses),
        "by_region": _by_region(metric, columns, board, addresses),
        "plot_height": PLOT_HEIGHT,
        "drawn": DRAWN,
    }


def _by_day(metric: Metric, columns: list[Metric], board: Board, addresses: Addresses) -> Chart:
    period = board.question.period
    by_week = period.days > DRAWN_BY_DAY
    chart = Chart(_("By week") if by_week else _("By day"))
    slots = period.by_week() if by_week else period.by_day()
    if period.days == 1:  # a single bar says nothing: show it at the end of the days before it
        slots = board.question.trend.by_day()
    numbers = [board.number(metric, slot) for slot in slots]
    ghosts = [] if by_week else [board.number(metric, slot.earlier(WEEK)) for slot in slots]
    scale = scale_of([*numbers, *ghosts], whole=metric.unit in ("orders", "units", "items"))
    chart.grid = [(_tick(metric, line, scale), f"{scale.height(line):.2f}") for line in scale.lines]
    chart.zero = f"{scale.height(0):.2f}"
    chart.ghost = line_over(ghosts, scale) if any(ghosts) else []
    labels = labelled(len(slots))
    for index, (slot, number) in enumerate(zip(slots, numbers, strict=True)):
        measures = board.measures(slot)
        chart.marks.append(
            Mark(
                label=days_words(slot),
                short=slot.since.strftime("%m-%d") if index in labels else "",
                value=shown(metric, number),
                rows=addresses.rows(metric, slot),
                bar=bar_of(number, index, len(slots), scale),
                width="",
                was=shown(metric, ghosts[index]) if ghosts else "",
                is_asked_for=slot.since >= period.since,
                cells=[
                    Cell(shown(each, each.compute(measures)), addresses.rows(each, slot)) for each in columns
                ],
            )
        )
    return chart


def _by_shop(metric: Metric, columns: list[Metric], board: Board, addresses: Addresses) -> Chart:
    chart = Chart(_("By shop"))
    groups = _highest_first(metric, board.shops)
    return _listed(
        chart,
        metric,
        columns,
        [(group, {"shop": group.key}, ()) for group in groups],
        board.question.period,
        addresses,
        nameless=_("no shop"),
    )


def _by_region(metric: Metric, columns: list[Metric], board: Board, addresses: Addresses) -> Chart:
    chart = Chart(_("By province"))
    if board.question.brand:
        chart.note = _("Provinces aren't counted by brand.")
        return chart
    if metric.source == Source.FEEDBACK:
        chart.note = _("Nothing is known of the province of feedback.")
        return chart
    groups = _highest_first(metric, board.regions)
    told, rest = groups[:REGIONS], groups[REGIONS:]
    listed: list[tuple[Group, dict[str, str], tuple[str, ...]]] = [
        (group, {"region": group.key}, ()) for group in told
    ]
    if rest:
        others = Group(
            "", _("%(count)d others") % {"count": len(rest)}, added_up(part.measures for part in rest)
        )
        listed.append((others, {}, tuple(group.key for group in told)))
    return _listed(chart, metric, columns, listed, board.question.period, addresses, nameless=_("not told"))


def _listed(
    chart: Chart,
    metric: Metric,
    columns: list[Metric],
    listed: list[tuple[Group, dict[str, str], tuple[str, ...]]],
    period: Period,
    addresses: Addresses,
    *,
    nameless: str,
) -> Chart:
    numbers = [metric.compute(group.measures) for group, _narrower, _without in listed]
    for (group, narrower, without), number, width in zip(listed, numbers, shares(numbers), strict=True):
        name = group.name if group.key != UNKNOWN else nameless
        chart.marks.append(
            Mark(
                label=name,
                short=name,
                value=shown(metric, number),
                rows=addresses.rows(metric, period, without=without, **narrower),
                bar=None,
                width=width,
                was="",
                is_asked_for=True,
                cells=[
                    Cell(
                        shown(each, each.compute(group.measures)),
                        addresses.rows(each, period, without=without, **narrower),
                    )
                    for each in columns
                ],
            )
        )
    return chart


def _highest_first(metric: Metric, groups: list[Group]) -> list[Group]:
    def rank(group: Group) -> tuple[Number, str]:
        number = metric.compute(group.measures)
        return (Decimal("Infinity") if number is None else -number, group.key)

    return sorted(groups, key=rank)


def _tick(metric: Metric, line: Decimal, scale: Scale) -> str:
    if metric.unit == "ratio":
        places = max(0, -(scale.step * 100).normalize().as_tuple().exponent)  # type: ignore[operator]
        return f"{line * 100:.{places}f} %"
    places = max(0, -scale.step.normalize().as_tuple().exponent)  # type: ignore[operator]
    return f"{line:,.{places}f}"
