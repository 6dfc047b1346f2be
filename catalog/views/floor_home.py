"""The way in to the warehouse floor: what waits in this warehouse, and one input that knows where each code leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from catalog.choices import StocktakeStatus
from catalog.models import Bin, InboundDelivery, Stocktake, Warehouse
from catalog.operations.bins import find_bins
from catalog.queries.inbound import expected_here
from catalog.queries.shelves import skus_scanned, to_put_away
from catalog.queries.transfers import coming_to, transfers_seen
from catalog.views.floor import (
    CHOSEN,
    PERMISSION,
    Scan,
    brands_of,
    end_of_day,
    go_home,
    go_to,
    scanned,
    show,
    warehouse_of,
)
from ops_portal.accounts.doors import staff_only

MOST: Final = 99
PART: Final = "catalog/floor_home.html"


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(PERMISSION)
def floor_page(request: HttpRequest) -> HttpResponse:
    """Show what waits, or ask for the warehouse; lead to the page for what was scanned.

    The code of a warehouse chooses it, and so does a bin that is in no other, while none is chosen.
    """
    places = list(Warehouse.objects.visible_to(request.user).order_by("code"))
    if "warehouse" in request.POST:
        request.session[CHOSEN] = request.POST["warehouse"][:40]
        return redirect("catalog:floor")
    warehouse = warehouse_of(request)
    code = scanned(request)
    if chosen := place_called(code, places, warehouse):
        request.session[CHOSEN] = chosen.code
        return go_home(request)
    context: dict[str, Any] = {"title": _("Warehouse floor"), "warehouse": warehouse, "warehouses": places}
    action = reverse("catalog:floor")
    if warehouse is None:
        if code:
            text = _("“%(code)s” is no warehouse, and no bin that only one has.")
            context |= {"tone": "stop", "stop": text % {"code": code}}
        scan = Scan(_("Scan the warehouse or one of its bins"), _("Continue"), action)
        return show(request, PART, {**context, "scan": scan})
    tiles = tiles_of(request, warehouse)
    if code:
        address = address_of(request, warehouse, code) or address_in(tiles, code)
        if address:
            return go_to(request, address)
        text = _("“%(code)s” is no delivery, transfer, bin, stocktake or goods that we know.")
        context |= {"tone": "stop", "stop": text % {"code": code}}
    scan = Scan(_("Scan anything, or type the number of a job"), _("Continue"), action)
    return show(request, PART, {**context, "scan": scan, "tiles": tiles})


def place_called(code: str, places: Sequence[Warehouse], here: Warehouse | None) -> Warehouse | None:
    """Return the warehouse of this code; while none is chosen, also the only one that has such a bin."""
    found = [place for place in places if place.code.upper() == code.upper()]
    if not found and code and here is None:
        bins = Bin.objects.filter(code__iexact=code, is_active=True, warehouse__in=places)
        having = set(bins.values_list("warehouse", flat=True))
        found = [place for place in places if place.pk in having]
    return found[0] if len(found) == 1 else None


def address_in(tiles: Sequence[Mapping[str, Any]], code: str) -> str:
    """Return the page of the tile of this number; nothing where there is none."""
    number = int(code) if code.isascii() and code.isdecimal() and len(code) == 1 else 0
    return str(tiles[number - 1]["address"]) if 1 <= number <= len(tiles) else ""


def address_of(request: HttpRequest, warehouse: Warehouse, code: str) -> str:
    """Return the page for a code: a delivery's, a stocktake's, a transfer's, a bin's or that of goods; else nothing."""
    named = Q(number=code.upper()) | Q(tracking=code) | Q(source_key=code)
    delivery = InboundDelivery.objects.visible_to(request.user).filter(named).order_by("-pk").first()
    if delivery is not None:
        return f"{reverse('catalog:floor-receive')}?{urlencode({'delivery': delivery.number})}"
    stocktake = Stocktake.objects.visible_to(request.user).filter(number=code.upper()).first()
    if stocktake is not None:
        return f"{reverse('catalog:floor-count')}?{urlencode({'stocktake': stocktake.number})}"
    if transfers_seen(request.user).filter(number=code.upper(), to_warehouse=warehouse).exists():
        return f"{reverse('catalog:floor-transfer')}?{urlencode({'number': code.upper()})}"
    if find_bins([(warehouse.pk, code)]) or skus_scanned(request.user, code):
        return f"{reverse('catalog:floor-look')}?{urlencode({'code': code})}"
    return ""


def tiles_of(request: HttpRequest, warehouse: Warehouse) -> list[dict[str, Any]]:
    """Return what can be done in a warehouse, with how much of it waits; ``PORTAL_FLOOR_TILES`` adds to it."""
    waiting = len(to_put_away(warehouse.pk, brands=brands_of(request.user), most=MOST + 1))
    coming = len(expected_here(request.user, warehouse, until=end_of_day(timezone.now())))
    counting = Stocktake.objects.visible_to(request.user).filter(
        warehouse=warehouse, status__in=(StocktakeStatus.COUNTING, StocktakeStatus.RECOUNTING)
    )
    tiles = [
        tile(_("Receive"), "local_shipping", reverse("catalog:floor-receive"), coming),
        tile(
            _("Receive a transfer"),
            "move_to_inbox",
            reverse("catalog:floor-transfer"),
            len(coming_to(warehouse, user=request.user)),
        ),
        tile(_("Put away"), "shelves", reverse("catalog:floor-put"), waiting),
    ]
    for label, icon, view, query, permission, count in settings.PORTAL_FLOOR_TILES:
        if request.user.has_perm(permission):
            address = f"{reverse(view)}?{query.format(warehouse=warehouse.code)}"
            tiles.append(
                tile(label, icon, address, import_string(count)(request.user, warehouse.pk, MOST + 1))
            )
    return [
        *tiles,
        tile(
            _("Count"), "fact_check", reverse("catalog:floor-count"), counting.order_by()[: MOST + 1].count()
        ),
        tile(_("Move"), "swap_horiz", reverse("catalog:floor-move"), None),
        tile(_("Look up"), "search", reverse("catalog:floor-look"), None),
    ]


def tile(label: Any, icon: str, address: str, waits: int | None) -> dict[str, Any]:
    """Return a tile; ``waits`` is counted to a hundred."""
    shown = "" if waits is None else f"{MOST}+" if waits > MOST else str(waits)
    return {"label": label, "icon": icon, "address": address, "waits": shown}
