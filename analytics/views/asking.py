"""Who asks for figures, for which, and the addresses that ask for others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from analytics.forms import SHOWN_AT_FIRST, FiguresForm
from analytics.metrics import Metric
from analytics.queries.board import Question
from analytics.queries.periods import Period
from catalog.models import Brand
from ops_portal.accounts.visibility import Scope, scope_of
from orders.models import Shop

PERMISSION = "analytics.view_figures"
Asked = TypeVar("Asked", bound=FiguresForm)


def reader_of(request: HttpRequest) -> Scope:
    """Return what the reader may see. Totals hold every brand's rows, so a partner is turned away."""
    scope = scope_of(request.user)
    if not request.user.has_perm(PERMISSION) or scope.partner:
        raise PermissionDenied
    return scope


def form_of(request: HttpRequest, kind: type[Asked]) -> Asked:
    """Return the form of what is asked for, which offers what the reader may see."""
    shops = {shop.code: shop for shop in Shop.objects.visible_to(request.user).order_by("code")}
    brands = Brand.objects.visible_to(request.user).order_by("code")
    names = {code: name or code for code, name in brands.values_list("code", "name")}
    asked = request.GET.copy()
    if not asked.get("show"):
        asked["show"] = SHOWN_AT_FIRST
    return kind(asked, shops=shops, brands=names, today=timezone.localdate(), label_suffix="")


def question_of(form: FiguresForm, scope: Scope) -> Question:
    """Return the question that a valid form asks."""
    return Question(form.period, form.today, scope, form.chosen, form.brand_code)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Addresses that keep what the figures are narrowed to."""

    form: FiguresForm

    @property
    def range(self) -> dict[str, str]:
        """Return the days as they were asked for."""
        if self.form.preset:
            return {"range": self.form.preset.value}
        return ends(self.form.period)

    def board(self, **changed: str) -> str:
        """Return the address of the dashboard with other days or another metric in the charts."""
        days = {} if "range" in changed or "since" in changed else self.range
        return _address(
            "analytics:figures", {**days, **self.form.filters, "show": self.form.shown.code, **changed}
        )

    def buyers(self) -> str:
        """Return the address of the card that is counted by itself."""
        return _address("analytics:buyers", {**self.range, **self.form.filters})

    def rows(self, metric: Metric, period: Period, *, without: Sequence[str] = (), **narrower: str) -> str:
        """Return the address of the rows behind a figure."""
        query: dict[str, Any] = {"metric": metric.code, **ends(period), **self.form.filters, **narrower}
        return _address("analytics:rows", query | ({"without": list(without)} if without else {}))


def ends(period: Period) -> dict[str, str]:
    """Return the days of ``period`` as an address has them."""
    return {"since": period.since.isoformat(), "until": period.until.isoformat()}


def _address(view: str, query: dict[str, Any]) -> str:
    return f"{reverse(view)}?{urlencode(query, doseq=True)}"
