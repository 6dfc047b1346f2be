"""The pick list of a wave, for the printer."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from ops_portal.accounts.doors import staff_only
from orders.queries.picking import MOST, warehouses_to_pick, wave_of
from orders.views.doors import PERMISSION


@require_safe
@staff_only(PERMISSION)
def pick_page(request: HttpRequest) -> HttpResponse:
    """Show what to fetch for the chosen orders, or for all that are to be picked in a warehouse."""
    ids = [
        int(pk) for pk in request.GET.getlist("order") if pk.isascii() and pk.isdecimal() and len(pk) < 19
    ][:MOST]
    warehouse = request.GET.get("warehouse", "")
    wave = wave_of(request.user, ids=ids, warehouse=warehouse)
    context = {
        "wave": wave,
        "sheets": [(order, wave.by_order[order.number]) for order in wave.orders],
        "left_out": max(0, len(set(ids)) - len(wave.orders)) if ids else 0,
        "is_full": len(wave.orders) == MOST,
        "most": MOST,
        "warehouses": [] if ids else warehouses_to_pick(request.user),
        "warehouse": warehouse,
        "at": timezone.now(),
        "title": _("Pick list"),
    }
    return render(request, "orders/pick.html", {**admin.site.each_context(request), **context})
