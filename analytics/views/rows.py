"""The rows behind a figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from analytics.choices import Behind, Source
from analytics.forms import RowsForm
from analytics.metrics import AMOUNTS, MEASURES, METRICS, PAYING_BUYERS, Metric, Number
from analytics.queries.board import measures_in, stale_days_of
from analytics.queries.figures import Window, refuse_mixed_currencies
from analytics.queries.rows import Row, rows_behind
from analytics.views.asking import Addresses, form_of, question_of, reader_of
from analytics.views.cards import NOTHING, days_words, shown
from ops_portal.lib.refusals import Refused
from ops_portal.lib.wording import listed

# The measure that says how many rows there are; none does for orders with a refund.
NUMBER_OF = {
    Behind.PLACED: "orders_created",
    Behind.PAID: "orders_paid",
    Behind.ITEMS: "feedback_items",
    Behind.RATED: "feedback_rated",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A row as people read it."""

    document: Any
    link: str
    parts: list[str]


def rows_page(request: HttpRequest) -> HttpResponse:
    """Show the rows that a figure counts, newest first, with what each adds to it; at most 12 statements."""
    scope = reader_of(request)
    form = form_of(request, RowsForm)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Rows behind a figure"),
        "form": form,
    }
    if not form.is_valid():
        return render(request, "analytics/rows.html", context, status=400)
    metric = METRICS[form.cleaned_data["metric"]]
    question = question_of(form, scope)
    window = Window(
        *form.period.pair,
        scope,
        form.chosen,
        None,
        brand=form.brand_code,
        region=form.province,
        outside=form.outside,
        without_shop=form.without_shop,
    )
    try:
        currency = refuse_mixed_currencies(window) if metric.unit == "CNY" else ""
        sums = measures_in(window, metric)
    except Refused as refused:
        return render(request, "analytics/rows.html", {**context, "refusal": str(refused)})
    page = rows_behind(metric, window, viewer=request.user, after=form.cleaned_data["after"])
    measure = NUMBER_OF.get(metric.behind)
    query = {**request.GET.dict(), "without": request.GET.getlist("without")}
    context |= {
        "title": metric.name,
        "metric": metric,
        "value": shown(metric, metric.compute(sums)),
        "unit": currency or ("" if metric.unit == "ratio" else metric.unit_name),
        "count": sums[measure] if measure else None,
        "period": days_words(form.period),
        "narrowed": narrowed_words(form),
        "back": Addresses(form).board(),
        "columns": [(MEASURES[name], measure_shown(name, sums[name])) for name in metric.needs],
        "rows": [_shown(request, metric, row) for row in page.rows],
        "by_orders": metric.source == Source.ORDER,
        "next": f"?{urlencode({**query, 'after': page.after}, doseq=True)}" if page.after else "",
        "first": f"?{urlencode({**query, 'after': ''}, doseq=True)}" if form.cleaned_data["after"] else "",
        "stale": stale_days_of(question),
    }
    return render(request, "analytics/rows.html", context)


def narrowed_words(form: RowsForm) -> list[str]:
    """Say what the rows are narrowed to."""
    labels = {name: dict(form.fields[name].choices) for name in ("shop", "platform", "brand")}  # type: ignore[attr-defined]
    words = [str(labels[name][value]) for name, value in form.filters.items()]
    if form.province is not None:
        words.append(form.province or _("not told"))
    if form.outside:
        told = sorted(each or _("not told") for each in form.outside)
        words.append(_("all provinces but %(provinces)s") % {"provinces": listed(told)})
    return words


def measure_shown(name: str, number: Number | None) -> str:
    """Return a measure as people read it."""
    if number is None:
        return NOTHING
    return f"{number:,.2f}" if name in AMOUNTS else f"{number:,}"


def _shown(request: HttpRequest, metric: Metric, row: Row) -> Shown:
    model = "orders_order" if metric.source == Source.ORDER else "feedback_feedbackitem"
    may_open = request.user.has_perm(f"{model.replace('_', '.view_', 1)}")
    link = reverse(f"admin:{model}_change", args=[row.document.pk]) if may_open else ""
    return Shown(row.document, link, [_part(name, row.parts[name]) for name in metric.needs])


def _part(name: str, number: Number | None) -> str:
    if name == PAYING_BUYERS:
        return NOTHING if number is None else f"#{number}"
    return measure_shown(name, number)
