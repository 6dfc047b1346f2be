"""Batches by their dates: what is near its date, what is no longer sold, and what is to be done with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog.exporters.tables import batches_table
from catalog.models import Brand, Warehouse
from catalog.queries.expiry import (
    ALL,
    NEAR,
    STAGES,
    AskedBatches,
    BatchRow,
    counts_by_stage,
    owners_seen,
    page_of_batches,
)
from ops_portal.accounts.doors import staff_only
from ops_portal.intake.handing_out import hand_out_rows

VIEW: Final = "catalog.view_batchstock"
ASK: Final = "catalog.request_stock"


@require_safe
@staff_only(VIEW)
def list_page(request: HttpRequest) -> HttpResponseBase:
    """Show the batches of one stage, the first to expire first, or hand them out as a file."""
    given = request.GET
    asked = AskedBatches(
        stage=given["stage"] if given.get("stage") in (*STAGES, ALL) else NEAR,
        warehouse=given.get("warehouse", "")[:40],
        brand=given.get("brand", "")[:40],
        owner=given.get("owner", "")[:40],
        text=given.get("q", "").strip()[:60],
        after=given.get("after", "")[:60],
    )
    user: Any = request.user
    on = timezone.localdate(timezone=timezone.get_default_timezone())
    if given.get("format") == "csv":
        headings, table = batches_table(replace(asked, after=""), user=user, on=on)
        told = _("Batches by their dates as CSV")
        return hand_out_rows(request, "batches", headings, table, kind="batch", told=told)
    rows, following = page_of_batches(asked, user=user, on=on)
    context = {
        **admin.site.each_context(request),
        "title": _("Dates of batches"),
        "asked": asked,
        "rows": [(row, address_of(row)) for row in rows],
        "following": following,
        "tabs": [*STAGES.items(), (ALL, _("all batches"))],
        "counts": counts_by_stage(asked, user=user, on=on),
        "warehouses": Warehouse.objects.visible_to(user).order_by("name", "code"),
        "brands": Brand.objects.visible_to(user).order_by("name", "code"),
        "owners": owners_seen(user),
        "may_ask": user.has_perm(ASK),
        "may_price": user.has_perm("catalog.propose_price"),
    }
    return render(request, "catalog/expiry.html", context)


def address_of(row: BatchRow) -> str:
    """Return where what is suggested for a batch is done; nothing where nothing is."""
    if row.action == "price":
        return reverse("catalog:price-change-new") + "?" + urlencode({"skus": row.part.stock.sku.code})
    if row.action:
        return reverse("catalog:stock-request-new") + "?" + urlencode(row.request)
    return ""
