"""Labels of goods for the printer: of a SKU, or of what came with a delivery."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog.models import InboundDelivery, Sku
from catalog.queries.labels import MOST, labels_of_delivery, labels_of_sku, sheet_of
from ops_portal.accounts.doors import staff_only

VIEW: Final = "catalog.view_stock"
COLUMNS: Final = ("2", "3")


@require_safe
@staff_only(VIEW)
def labels_page(request: HttpRequest) -> HttpResponse:
    """Show labels with bars, name, code, batch and last day, for the printer; 404 without goods the reader may see."""
    given = request.GET
    code, number = given.get("sku", "")[:60], given.get("delivery", "")[:30]
    user: Any = request.user
    sku = delivery = None
    if number and user.has_perm("catalog.view_inbounddelivery"):
        delivery = InboundDelivery.objects.visible_to(user).filter(number=number).first()
    elif code:
        sku = Sku.objects.visible_to(user).filter(code=code).select_related("product").first()
    if delivery is not None:
        kinds = labels_of_delivery(delivery, given.get("paper", "")[:60])
    elif sku is not None:
        kinds = labels_of_sku(sku)
    else:
        raise Http404
    batch = given.get("batch", "")[:60]
    chosen = [each for each in kinds if not batch or (each.batch and each.batch.code == batch)]
    said = given.get("copies", "1")
    copies = min(int(said), MOST) if said.isascii() and said.isdecimal() and len(said) < 5 else 1
    if delivery is None:
        copies = max(1, copies)
    labels, is_cut = sheet_of(chosen, copies=copies)
    context = {
        **admin.site.each_context(request),
        "title": _("Labels of goods"),
        "sku": sku,
        "delivery": delivery,
        "paper": given.get("paper", "")[:60],
        "batches": list(dict.fromkeys(each.batch.code for each in kinds if each.batch)),
        "batch": batch,
        "copies": copies,
        "columns": given["columns"] if given.get("columns") in COLUMNS else COLUMNS[0],
        "labels": labels,
        "is_cut": is_cut,
        "most": MOST,
    }
    return render(request, "catalog/goods_labels.html", context)
