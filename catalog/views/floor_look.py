"""The page for the warehouse floor that says what lies in a bin, or where goods lie."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from catalog.models import Warehouse
from catalog.operations.bins import bin_code, find_bins
from catalog.queries.shelves import bins_of_sku, contents_of, skus_scanned, to_put_away
from catalog.views.floor import Scan, brands_of, go_home, is_back, on_the_floor, scanned, show


@require_http_methods(["GET", "HEAD", "POST"])
@on_the_floor
def look_page(request: HttpRequest, warehouse: Warehouse) -> HttpResponse:
    """Show what lies in the bin that was scanned, or where the goods lie that were scanned."""
    if is_back(request):
        return go_home(request)
    code = scanned(request) or request.GET.get("code", "").strip()[:120]
    action = reverse("catalog:floor-look")
    context: dict[str, Any] = {
        "title": _("Look up"),
        "warehouse": warehouse,
        "scan": Scan(_("Scan a bin or goods"), _("Look up"), action),
    }
    if not code:
        return show(request, "catalog/floor_look.html", context)
    place = find_bins([(warehouse.pk, code)]).get((warehouse.pk, bin_code(code)))
    skus = [] if place else skus_scanned(request.user, code)
    if place is not None:
        context |= {"tone": "ok", "place": place, "contents": contents_of(request.user, place)}
    elif skus:
        waiting = to_put_away(warehouse.pk, sku_ids=[sku.pk for sku in skus], brands=brands_of(request.user))
        context |= {
            "tone": "ok",
            "found": [
                {
                    "sku": sku,
                    "rows": bins_of_sku(warehouse.pk, sku.pk),
                    "waiting": [row for row in waiting if row.sku_id == sku.pk],
                    "stock": list(sku.stock.filter(warehouse=warehouse).order_by("owner")),
                }
                for sku in skus
            ],
        }
    else:
        text = _("“%(code)s” is neither a bin of this warehouse nor goods that we know.") % {"code": code}
        context |= {"tone": "stop", "stop": text}
    return show(request, "catalog/floor_look.html", context)
