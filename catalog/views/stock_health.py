"""The health of stock: age, turnover and cover by brand; slow movers, the oldest goods, and core goods."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog.models import Brand
from catalog.queries.role_mix import DAYS, role_mix
from catalog.queries.stock_health import (
    BANDS,
    RATE_DAYS,
    TURN_DAYS,
    core_goods,
    health_by_brand,
    oldest_goods,
    slow_movers,
)
from ops_portal.accounts.doors import staff_only

VIEW: Final = "catalog.view_dailydemand"
SLOW_DAYS: Final = ("30", "60", "90", "180", "365")
PARTS: Final = ("brands", "slow", "oldest", "core", "roles")


@require_safe
@staff_only(VIEW)
def health_page(request: HttpRequest) -> HttpResponse:
    """Show one part of the report, of the brands that the reader may see."""
    given = request.GET
    part = given["part"] if given.get("part") in PARTS else "brands"
    days = given["days"] if given.get("days") in SLOW_DAYS else "90"
    brands = list(Brand.objects.visible_to(request.user).order_by("name", "code"))
    chosen = next((brand for brand in brands if brand.code == given.get("brand")), None)
    asked = [chosen] if chosen else brands
    context: dict[str, Any] = {
        "title": _("Health of stock"),
        "part": part,
        "parts": [
            ("brands", _("By brand")),
            ("slow", _("Slow movers")),
            ("oldest", _("Oldest goods")),
            ("core", _("Core goods")),
            ("roles", _("Roles of prices")),
        ],
        "days": days,
        "days_choices": SLOW_DAYS,
        "brands": brands,
        "chosen": chosen,
        "bands": band_labels(),
        "turn_days": TURN_DAYS,
        "rate_days": RATE_DAYS,
    }
    now = timezone.now()
    ids = [brand.pk for brand in asked]
    if part == "brands":
        context |= shown_brands(set(ids))
    elif part == "slow":
        context["rows"] = slow_movers(ids, days=int(days), at=now)
    elif part == "oldest":
        context["rows"] = oldest_goods(chosen.pk, at=now) if chosen else []
    elif part == "roles":
        context |= {"rows": role_mix(ids, at=now), "role_days": DAYS}
    else:
        context["rows"] = core_goods(ids, at=now)
    return render(request, "catalog/stock_health.html", {**admin.site.each_context(request), **context})


def band_labels() -> list[str]:
    """Return the bands of ages in words: 0–30, 31–60, … days, and more."""
    starts = [0, *(days + 1 for days in BANDS)]
    spans = [f"{start}–{end}" for start, end in zip(starts, BANDS, strict=False)]
    return [*spans, f">{BANDS[-1]}"]


def shown_brands(seen: set[int]) -> dict[str, Any]:
    """Return the figures of the brands that are asked for, and the sums over them."""
    health = health_by_brand(at=timezone.now())
    rows = [brand for brand in health.brands if brand.brand_id in seen]
    return {
        "rows": rows,
        "as_of": health.at,
        "own_money": sum((brand.own_money for brand in rows), Decimal(0)),
        "consigned_money": sum((brand.consigned_money for brand in rows), Decimal(0)),
        "units": sum(brand.units for brand in rows),
        "without_cost": sum(brand.without_cost for brand in rows),
    }
