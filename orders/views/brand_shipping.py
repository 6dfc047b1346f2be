"""Orders that brands ship from their own warehouses: what waits where, the file for a brand, a parcel by hand."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from ops_portal.accounts.choices import Access
from ops_portal.accounts.doors import staff_only
from ops_portal.accounts.operations.access import AccessDraft, record_access
from ops_portal.lib.doors.identity import principal_of
from ops_portal.lib.doors.telling import back, tell
from orders.choices import CARRIERS, ORDER_MOVES
from orders.drafts import ShipmentDraft
from orders.operations.brand_shipping import ship_from_brands
from orders.queries.brand_shipping import (
    MOST,
    AskedAtBrands,
    brands_waiting,
    orders_for_file,
    page_at_brands,
    waiting_at_brands,
)
from orders.queries.desk import as_scanned, summary_of
from orders.views.brand_files import file_of
from orders.views.doors import PERMISSION

SHIP: Final = "orders.ship_order"
BUYERS: Final = "orders.view_buyer"


def asked_of(given: Any) -> AskedAtBrands:
    """Return what an address or a form asks for."""
    return AskedAtBrands(
        brand=given.get("brand", "")[:40],
        is_late=given.get("late") == "1",
        text=as_scanned(given.get("q", "")),
        after=given.get("after", "")[:60],
    )


@require_safe
@staff_only(PERMISSION)
def list_page(request: HttpRequest) -> HttpResponse:
    """Show what waits at which brand, how long, and what is late."""
    at = timezone.now()
    asked = asked_of(request.GET)
    orders, following = page_at_brands(asked, user=request.user, at=at)
    user: Any = request.user
    context = {
        **admin.site.each_context(request),
        "title": _("Shipped by brands"),
        "asked": asked,
        "brands": brands_waiting(user, at=at),
        "rows": [(order, summary_of(list(order.lines.all()))) for order in orders],
        "following": following,
        "carriers": CARRIERS,
        "may_ship": user.has_perm(SHIP),
        "may_take_out": user.has_perm(BUYERS),
        "most": MOST,
    }
    return render(request, "orders/brands.html", context)


@never_cache
@require_POST
@staff_only(PERMISSION)
def file_page(request: HttpRequest) -> HttpResponseBase:
    """Hand out what one brand is to ship, with the recipients in full; that each was taken out is recorded."""
    if not request.user.has_perm(BUYERS):
        raise PermissionDenied
    asked = asked_of(request.POST)
    if not asked.brand:
        messages.error(request, _("Choose a brand first: a file is for one brand."))
        return back(request, reverse("orders:brands"))
    at = timezone.now()
    orders = orders_for_file(asked, user=request.user, at=at)
    if not orders:
        messages.warning(request, _("Nothing waits there."))
        return back(request, reverse("orders:brands"))
    reason = _("List for the brand %(brand)s to ship by") % {"brand": asked.brand}
    record_access(
        [AccessDraft(Access.PERSONAL_DATA, ORDER_MOVES.kind, reason, order.number) for order in orders],
        actor=principal_of(request),
        at=at,
    )
    return file_of(orders, request.POST.get("format", ""))


@require_POST
@staff_only(SHIP)
def ship_page(request: HttpRequest) -> HttpResponse:
    """Note the parcel of one order, as the brand told it by word of mouth."""
    given = request.POST
    number = as_scanned(given.get("number", "")).upper()
    carrier, waybill = given.get("carrier", "").strip()[:40], as_scanned(given.get("waybill", ""))
    order = waiting_at_brands(request.user).filter(number=number).first()
    if order is None:
        messages.error(request, _("%(number)s doesn't wait at a brand.") % {"number": number})
    elif not carrier or not waybill:
        messages.error(request, _("Say the carrier and the waybill number."))
    else:
        tell(
            request,
            _("Shipped by the brand"),
            [order.number],
            ship_from_brands,
            [ShipmentDraft(order.pk, carrier, waybill)],
        )
    return back(request, reverse("orders:brands"))
