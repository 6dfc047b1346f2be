"""The figures on one page: each metric of a range of days, and the days one by one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from analytics.choices import By
from analytics.forms import FiguresForm
from analytics.metrics import METRICS, Metric, Value
from analytics.queries.figures import figures
from ops_portal.accounts.visibility import scope_of
from ops_portal.lib.refusals import Refused
from orders.models import Shop

PERMISSION = "analytics.view_figures"
DAILY = ("orders_created", "orders_paid", "gmv_paid", "refund_amount", "net_sales", "average_order_value")
SHOWN_AT_FIRST = timedelta(days=29)  # and today


@dataclass(slots=True)
class Table:
    """What the page shows; ``refusal`` where there is nothing to show and why."""

    totals: list[tuple[Metric, str]] = field(default_factory=list)
    days: list[dict[str, Any]] = field(default_factory=list)
    refusal: str = ""


def figures_page(request: HttpRequest) -> HttpResponse:
    """Show the figures that the reader may see; at most 12 statements, however long the range."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    shops = {shop.code: shop for shop in Shop.objects.visible_to(request.user).order_by("code")}
    today = timezone.localdate()
    at_first = {"since": today - SHOWN_AT_FIRST, "until": today, "shop": ""}
    form = FiguresForm(request.GET if "since" in request.GET else at_first, shops=shops)
    table = table_of(request, form) if form.is_valid() else Table()
    context = {
        **admin.site.each_context(request),
        "title": _("Figures"),
        "form": form,
        "table": table,
        "daily": [METRICS[code] for code in DAILY],
    }
    return render(request, "analytics/figures.html", context)


def table_of(request: HttpRequest, form: FiguresForm) -> Table:
    """Return the figures that a valid form asks for."""
    asked: dict[str, Any] = {
        "since": form.first_day,
        "until": form.last_day,
        "scope": scope_of(request.user),
        "shops": [form.chosen] if form.chosen else None,
    }
    try:
        totals = figures(list(METRICS), **asked)
        by_day = figures(DAILY, by=By.DAY, **asked)
    except Refused as refused:
        return Table(refusal=str(refused))
    days: dict[str, dict[str, str]] = {}
    for figure in by_day:
        days.setdefault(str(figure.key), {})[figure.metric] = shown(METRICS[figure.metric], figure.value)
    return Table(
        totals=[(METRICS[figure.metric], shown(METRICS[figure.metric], figure.value)) for figure in totals],
        days=[
            {
                "day": date.fromisoformat(day),
                "link": orders_link(day, form.chosen),
                "values": [days[day][code] for code in DAILY],
            }
            for day in sorted(days, reverse=True)
        ],
    )


def shown(metric: Metric, value: Value) -> str:
    """Return a figure as people read it: grouped, ratios in per cent, a dash for nothing."""
    if value is None:
        return "–"
    if metric.unit == "ratio":
        return f"{Decimal(value) * 100:.2f} %"
    return f"{Decimal(value):,}"


def orders_link(day: str, shop: Shop | None) -> str:
    """Return the address of the orders behind a day's figures."""
    query = {"placed_on__exact": day} | ({"shop__id__exact": str(shop.pk)} if shop else {})
    return f"{reverse('admin:orders_order_changelist')}?{urlencode(query)}"
