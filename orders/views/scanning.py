"""The shipping station: scan the order, scan the waybill, and the parcel is on its way."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Final

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ops_portal.accounts.doors import staff_only
from ops_portal.lib.doors.identity import principal_of
from ops_portal.lib.doors.retry import retried
from ops_portal.lib.refusals import Refused
from orders.choices import CARRIERS, OrderStatus, carrier_of_waybill
from orders.drafts import ShipmentDraft
from orders.models import Order, Shipment
from orders.operations.moving import BrandShips, RefundUnderWay, ship_orders, shipping_obstacle
from orders.queries.desk import as_scanned, looked_for
from orders.views.doors import PERMISSION

COOKIE: Final = "portal_carrier"
YEAR: Final = 365 * 24 * 3600
WAYBILL: Final = re.compile(r"[A-Z0-9][A-Z0-9-]{7,39}")
PARCELS_SHOWN: Final = 20


@dataclass(slots=True)
class Station:
    """What the station shows: the parcel in hand, what is wrong, what has just gone well."""

    order: Order | None = None
    alarm: str = ""
    done: str = ""
    is_ready: bool = False


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(PERMISSION)
def scan_page(request: HttpRequest) -> HttpResponse:
    """Take scans in turn: an order's number, then its waybill; refusals are said aloud."""
    if not request.user.has_perm("orders.ship_order"):
        raise PermissionDenied
    carrier = request.POST.get("carrier", request.COOKIES.get(COOKIE, ""))
    carrier = carrier if carrier in dict(CARRIERS) else CARRIERS[0][0]
    station = Station()
    if request.method == "POST":
        code = as_scanned(request.POST.get("code", ""))
        in_hand = request.POST.get("order", "")
        station = shipped(request, in_hand, carrier, code) if in_hand else found(request, code)
    context = {
        "station": station,
        "lines": list(station.order.lines.select_related("sku").order_by("position"))
        if station.order
        else [],
        "carrier": carrier,
        "carriers": CARRIERS,
        "parcels": parcels_of_today(request),
    }
    page = "orders/station.html" if request.headers.get("HX-Request") else "orders/scan.html"
    more: dict[str, Any] = {**admin.site.each_context(request), "title": _("Shipping station")}
    response = render(request, page, {**more, **context})
    response.set_cookie(
        COOKIE, carrier, max_age=YEAR, httponly=True, samesite="Lax", secure=request.is_secure()
    )
    return response


def found(request: HttpRequest, code: str) -> Station:
    """Return the order that was scanned, and whether it may go."""
    if not code:
        return Station(alarm=_("Scan an order first."))
    order = order_of(request, code)
    if order is None:
        return Station(alarm=_("There is no order %(code)s.") % {"code": code})
    alarm = obstacle_of(order)
    return Station(order=order, alarm=alarm, is_ready=not alarm)


def order_of(request: HttpRequest, code: str) -> Order | None:
    """Return the visible order of this number or platform number; among several, the one that is to be shipped."""
    orders = Order.objects.visible_to(request.user).filter(
        pk__in=looked_for(code, user=request.user), undone_at__isnull=True
    )
    several: list[Order] = list(orders.select_related("shop").order_by("-pk")[:20])
    packed = [order for order in several if order.status == OrderStatus.PACKED]
    candidates = packed or several
    return candidates[0] if candidates else None


def obstacle_of(order: Order) -> str:
    """Return why the parcel must not go, before anything is written; the operation asks again."""
    refusal = shipping_obstacle(order)
    if refusal is None:
        return ""
    if isinstance(refusal, RefundUnderWay):
        return _("Stop! The buyer wants the money back. Put this parcel aside.")
    if isinstance(refusal, BrandShips):
        return str(refusal)
    if order.status == OrderStatus.CANCELLED:
        return _("Stop! This order is cancelled. Put the goods back.")
    parcel = order.shipments.order_by("-pk").first()
    if parcel is not None:
        names = {"number": order.number, "carrier": parcel.carrier_label, "waybill": parcel.waybill_number}
        return _("%(number)s has left already: %(carrier)s %(waybill)s.") % names
    if order.status in (OrderStatus.CREATED, OrderStatus.REVIEWED, OrderStatus.PICKED):
        names = {"number": order.number, "status": order.get_status_display()}
        return _("%(number)s is not packed yet: it is “%(status)s”.") % names
    return str(refusal)


def shipped(request: HttpRequest, number: str, carrier: str, code: str) -> Station:
    """Ship the order in hand under the waybill that was scanned."""
    order = Order.objects.visible_to(request.user).select_related("shop").filter(number=number).first()
    if order is None:
        return Station(alarm=_("There is no order %(code)s.") % {"code": number})
    waybill = code.upper()
    if waybill in (order.number.upper(), order.platform_number.upper()):
        return Station(order, _("That is the order's number again. Scan the waybill."), is_ready=True)
    if is_an_order(waybill):
        text = _("“%(code)s” is another order's number. Scan the waybill of this parcel.") % {"code": code}
        return Station(order, text, is_ready=True)
    if not WAYBILL.fullmatch(waybill):
        text = _("“%(code)s” is no waybill number: it has 8 to 40 letters and digits.") % {"code": code}
        return Station(order, text, is_ready=True)
    carrier = (
        carrier_of_waybill(waybill) or carrier
    )  # the label in hand knows better than what was chosen before
    draft = ShipmentDraft(order.pk, carrier, waybill)
    try:
        retried(ship_orders)([draft], actor=principal_of(request), at=timezone.now()).one()
    except Refused as refused:
        order.refresh_from_db()
        obstacle = obstacle_of(order)
        return Station(order, obstacle or str(refused), is_ready=not obstacle)
    text = _("%(number)s is on its way: %(carrier)s %(waybill)s.")
    names = {"number": order.number, "carrier": dict(CARRIERS)[carrier], "waybill": waybill}
    return Station(done=text % names)


def is_an_order(code: str) -> bool:
    """Tell whether an order has this number, which a packer scans where the label of the next parcel lies in reach."""
    numbers = Q(number=code) | Q(platform_number=code, undone_at__isnull=True)
    return Order.objects.filter(numbers).exists()


def parcels_of_today(request: HttpRequest) -> list[Shipment]:
    """Return the last parcels that left today."""
    midnight = datetime.combine(timezone.localdate(), time(), timezone.get_current_timezone())
    today = Shipment.objects.visible_to(request.user).filter(shipped_at__gte=midnight)
    return list(today.select_related("order__shop").order_by("-shipped_at", "-pk")[:PARCELS_SHOWN])
