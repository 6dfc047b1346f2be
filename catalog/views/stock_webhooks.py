"""The secret by which another system signs what it tells of a warehouse's stock, and what it told of late."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from catalog.models import StockMessage, StockSender, Warehouse
from catalog.operations.stock_messages import renew_stock_secret
from ops_portal.accounts.doors import staff_only
from ops_portal.lib.doors.identity import principal_of
from ops_portal.lib.doors.retry import retried
from ops_portal.lib.refusals import Refused

KEEP: Final = "catalog.keep_stock_secret"
SHOWN: Final = 20


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(KEEP)
def webhook_page(request: HttpRequest, code: str) -> HttpResponse:
    """Show where messages go and what came; a POST makes a new secret and shows it on this one answer."""
    warehouse = get_object_or_404(Warehouse.objects.visible_to(request.user), code=code)
    secret = ""
    if request.method == "POST":
        by: dict[str, Any] = {"actor": principal_of(request), "at": timezone.now()}
        try:
            secret = retried(renew_stock_secret)(
                warehouse.pk, at_once=request.POST.get("at_once") == "1", **by
            )
        except Refused as refusal:
            messages.error(request, str(refusal))
    told = StockMessage.objects.visible_to(request.user).filter(warehouse=warehouse)
    context = {
        "warehouse": warehouse,
        "sender": StockSender.objects.visible_to(request.user).filter(warehouse=warehouse).first(),
        "secret": secret,
        "address": request.build_absolute_uri(reverse("stock-webhooks", args=[warehouse.code])),
        "told": list(told.select_related("snapshot").order_by("-pk")[:SHOWN]),
        "title": _("Webhook of a warehouse"),
    }
    return render(request, "catalog/stock_webhook.html", {**admin.site.each_context(request), **context})
