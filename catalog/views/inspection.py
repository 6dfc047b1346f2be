"""The queue of what waits for inspection: it passes, some is damaged, or it goes back to its owner."""

from __future__ import annotations

from typing import Any, Final
from uuid import uuid4

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog.choices import RequestKind, RequestReason, StockState
from catalog.drafts import RequestDraft, RequestLineDraft
from catalog.models import Stock, Warehouse
from catalog.operations.deliveries import local_day
from catalog.operations.quarantine import InspectionDraft, inspect_quarantine
from catalog.operations.requests import request_stock
from catalog.queries.quarantine import list_quarantine
from ops_portal.accounts.doors import staff_only
from ops_portal.lib.doors.telling import attempt, back, say_refused, tell

VIEW: Final = "catalog.use_floor"
REQUEST: Final = "catalog.request_stock"


@require_safe
@staff_only(VIEW)
def list_page(request: HttpRequest) -> HttpResponse:
    """Show what is in quarantine, balance by balance and batch by batch."""
    given = request.GET
    after = given.get("after", "")
    asked = {"warehouse": given.get("warehouse", "")[:40], "sku": given.get("sku", "").strip()[:60]}
    rows, following = list_quarantine(
        request.user,
        **asked,
        after=int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0,
    )
    user: Any = request.user
    context = {
        **admin.site.each_context(request),
        "title": _("Inspection"),
        "rows": [(row, uuid4().hex) for row in rows],
        "following": following,
        "asked": asked,
        "today": local_day(timezone.now()),
        "warehouses": Warehouse.objects.visible_to(request.user).order_by("name", "code"),
        "may_return": user.has_perm(REQUEST),
    }
    return render(request, "catalog/inspection.html", context)


@require_POST
@staff_only(VIEW)
def act(request: HttpRequest) -> HttpResponse:
    """Book what inspection found of one SKU (and batch), or ask that it goes back to its owner."""
    sent = request.POST
    stocks = Stock.objects.visible_to(request.user).select_related("sku", "warehouse")
    stock = stocks.filter(pk=number_of(sent.get("stock", ""))).first()
    if stock is None:
        messages.error(request, _("It is no longer there."))
        return back(request, reverse("catalog:inspection"))
    batch, note = sent.get("batch", "")[:60], sent.get("note", "").strip()[:500]
    units = number_of(sent.get("units", ""))
    damaged = number_of(sent.get("damaged", ""))
    if sent.get("verb") == "return":
        send_back(request, stock, batch, units, note)
    elif damaged > units:
        messages.error(
            request,
            _("Of %(units)s units %(damaged)s can't be damaged.") % {"units": units, "damaged": damaged},
        )
    else:
        draft = InspectionDraft(
            stock.warehouse.code,
            stock.sku.code,
            stock.owner,
            sent.get("key", "")[:80],
            passed=units - damaged,
            damaged=damaged,
            batch_code=batch,
            note=note,
        )
        tell(request, _("Inspection"), [stock.sku.code], inspect_quarantine, [draft])
    return back(request, reverse("catalog:inspection"))


def send_back(request: HttpRequest, stock: Stock, batch: str, units: int, note: str) -> None:
    """Ask that units go back to their owner: it is done when somebody else approves it."""
    if not request.user.has_perm(REQUEST):
        raise PermissionDenied
    line = RequestLineDraft(
        stock.sku.code, stock.owner, units, StockState.QUARANTINE.value, StockState.OUTSIDE.value, batch
    )
    draft = RequestDraft(
        RequestKind.RETURN_TO_OWNER.value, RequestReason.OTHER.value, stock.warehouse.code, (line,), note
    )
    outcome = attempt(request, request_stock, [draft])
    for made in outcome.done:
        said = _("%(number)s asks that they go back; it is done once somebody else approves it.")
        messages.success(request, said % {"number": made.number})
    say_refused(request, outcome)


def number_of(text: str) -> int:
    """Return the number that was typed, nought for what is none."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
