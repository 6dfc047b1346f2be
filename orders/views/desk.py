"""The order desk: what waits in each queue, and the verbs that move many orders at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from catalog.choices import Platform
from ops_portal.accounts.doors import staff_only
from ops_portal.lib.doors.telling import back, tell
from orders.api.serializers import masked_buyer
from orders.choices import OPEN
from orders.desk import PACK, PICK, REVIEW, SHIP
from orders.models import Order, Shop
from orders.operations.moving import close_unpaid_orders, pack_orders, pick_orders, review_orders
from orders.queries.desk import MINE, NOBODYS, TABS, UNPAID, Asked, page_of_orders, summary_of, tabs
from orders.views.doors import PERMISSION

MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Verb:
    """A move of many orders at once. ``tab`` is the queue in which it is the next step."""

    name: str
    label: Any
    permission: str
    run: Callable[..., Any]
    tab: str


VERBS = {
    verb.name: verb
    for verb in (
        Verb("close", _("Close unpaid"), "orders.cancel_order", close_unpaid_orders, UNPAID),
        Verb("review", _("Review"), "orders.review_order", review_orders, REVIEW),
        Verb("pick", _("Picked"), "orders.pick_order", pick_orders, PICK),
        Verb("pack", _("Packed"), "orders.pack_order", pack_orders, PACK),
    )
}


def asked_of(request: HttpRequest) -> Asked:
    """Return what the address asks for."""
    given = request.GET
    owner = given.get("owner", "")
    return Asked(
        tab=given["queue"] if given.get("queue") in TABS else REVIEW,
        shop=given.get("shop", ""),
        platform=given.get("platform", "") if given.get("platform") in Platform.values else "",
        owner=owner if owner in (MINE, NOBODYS) else "",
        has_remark=bool(given.get("remark")),
        is_late=bool(given.get("late")),
        text=given.get("q", "").strip(),
        after=given.get("after", ""),
    )


@require_safe
@staff_only(PERMISSION)
def desk_page(request: HttpRequest) -> HttpResponse:
    """Show one queue of orders that the reader may see, or those that are looked for; at most 8 statements."""
    at = timezone.now()
    asked = asked_of(request)
    found = page_of_orders(asked, user=request.user, at=at)
    if asked.text and len(found.orders) == 1 and not found.following:
        return HttpResponseRedirect(reverse("orders:order", args=[found.orders[0].number]))
    sees_buyer = request.user.has_perm("orders.view_buyer")
    context = {
        "asked": asked,
        "tabs": tabs(request.user),
        "rows": [row_of(order, sees_buyer=sees_buyer, at=at) for order in found.orders],
        "following": found.following,
        "shops": Shop.objects.visible_to(request.user).filter(is_active=True).order_by("name", "code"),
        "platforms": Platform.choices,
        "verbs": [
            verb
            for verb in VERBS.values()
            if (asked.text or verb.tab == asked.tab) and request.user.has_perm(verb.permission)
        ],
        "may_scan": asked.tab == SHIP and request.user.has_perm("orders.ship_order"),
        "may_print": asked.tab == PICK,
        "as_of": at,
        "title": _("Order desk"),
    }
    return render(request, "orders/desk.html", {**admin.site.each_context(request), **context})


def row_of(order: Order, *, sees_buyer: bool, at: datetime) -> dict[str, Any]:
    """Return what a row shows of an order."""
    buyer = masked_buyer(order) if sees_buyer else {}
    return {
        "order": order,
        "is_open": order.status in OPEN,
        "goods": summary_of(list(order.lines.all())),
        "buyer": " ".join(value for value in (buyer.get("name"), buyer.get("phone")) if value),
        "place": " ".join(value for value in (order.province, order.city) if value),
    }


@require_POST
@staff_only(PERMISSION)
def move_page(request: HttpRequest) -> HttpResponse:
    """Make one move of the chosen orders, and return to the list."""
    verb = VERBS.get(request.POST.get("verb", ""))
    if verb is None:
        raise Http404
    if not request.user.has_perm(verb.permission):
        raise PermissionDenied
    chosen = [
        int(pk) for pk in request.POST.getlist("order") if pk.isascii() and pk.isdecimal() and len(pk) < 19
    ]
    orders = Order.objects.visible_to(request.user).filter(pk__in=chosen[:MOST_AT_ONCE]).order_by("pk")
    numbers = dict(orders.values_list("pk", "number"))
    if not numbers:
        messages.warning(request, _("Choose at least one order first."))
        return back(request, reverse("orders:desk"))
    ids = list(numbers)
    tell(request, verb.label, list(numbers.values()), verb.run, ids)
    return back(request, reverse("orders:desk"))
