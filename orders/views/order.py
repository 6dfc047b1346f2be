"""One order: what was bought, for how much, where its goods stand, who wants what of it, and the next step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from catalog.models import Reservation
from ops_portal.accounts.choices import Access
from ops_portal.accounts.doors import staff_only
from ops_portal.accounts.operations.access import AccessDraft, record_access
from ops_portal.lib.doors.identity import principal_of
from ops_portal.lib.doors.links import links_of
from ops_portal.lib.doors.telling import tell
from ops_portal.lib.refusals import Refused
from ops_portal.lib.sealing import unseal
from orders.api.serializers import masked_buyer
from orders.choices import GOES_BACK, ORDER_MOVES, REFUND_MOVES, OrderStatus, RefundStatus
from orders.drafts import InterceptDraft, RefundDraft
from orders.models import Order, Refund
from orders.operations.intercepting import settle_intercepts
from orders.operations.moving import (
    cancel_orders,
    complete_orders,
    deliver_orders,
    is_at_brand,
    pack_orders,
    pick_orders,
    review_orders,
)
from orders.operations.refunding import move_refunds
from orders.views.doors import PERMISSION, visible_order

S, R = OrderStatus, RefundStatus


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that can be done with an order. ``run`` gets the order and the reason, and then actor and time."""

    name: str
    label: Any
    permission: str
    run: Callable[..., Any]
    asks_reason: bool = False


def ask_back(order: Order, status: str, **given: Any) -> Any:
    """Move the order on the refund axis without paying anything."""
    return move_refunds([RefundDraft(order.pk, status, order.refund_amount)], **given)


STEPS = {
    step.name: step
    for step in (
        Step("review", _("Review"), "orders.review_order", lambda o, why, **g: review_orders([o.pk], **g)),
        Step("pick", _("Picked"), "orders.pick_order", lambda o, why, **g: pick_orders([o.pk], **g)),
        Step("pack", _("Packed"), "orders.pack_order", lambda o, why, **g: pack_orders([o.pk], **g)),
        Step("deliver", _("Delivered"), "orders.ship_order", lambda o, why, **g: deliver_orders([o.pk], **g)),
        Step(
            "complete", _("Complete"), "orders.cancel_order", lambda o, why, **g: complete_orders([o.pk], **g)
        ),
        Step(
            "cancel",
            _("Cancel order"),
            "orders.cancel_order",
            lambda o, why, **g: cancel_orders([o.pk], reason=why, **g),
            asks_reason=True,
        ),
        Step(
            "request_refund",
            _("Refund requested"),
            "orders.refund_order",
            lambda o, why, **g: ask_back(o, R.REQUESTED, **g),
        ),
        Step(
            "withdraw_refund",
            _("Refund withdrawn"),
            "orders.refund_order",
            lambda o, why, **g: ask_back(o, R.PARTLY if o.refund_amount else R.NONE, **g),
        ),
        Step(
            "returned",
            _("Returned to sender"),
            "orders.settle_intercept",
            lambda o, why, **g: settle_intercepts([InterceptDraft(o.pk, "returned")], **g),
        ),
        Step(
            "delivered_anyway",
            _("Delivered anyway"),
            "orders.settle_intercept",
            lambda o, why, **g: settle_intercepts([InterceptDraft(o.pk, "delivered")], **g),
        ),
    )
}
NEXT = {
    S.CREATED: "review",
    S.REVIEWED: "pick",
    S.PICKED: "pack",
    S.SHIPPED: "deliver",
    S.DELIVERED: "complete",
}  # what is packed goes to the scanner


@require_safe
@staff_only(PERMISSION)
def order_page(request: HttpRequest, number: str) -> HttpResponse:
    """Show one order whole, with the buyer masked."""
    return shown(request, visible_order(request, number))


@never_cache
@require_POST
@staff_only(PERMISSION)
def show_buyer(request: HttpRequest, number: str) -> HttpResponse:
    """Show who bought, once the reason is written down; the answer is kept nowhere."""
    if not request.user.has_perm("orders.view_buyer"):
        raise PermissionDenied
    order = visible_order(request, number)
    reason = request.POST.get("reason", "")[:500]
    draft = AccessDraft(Access.PERSONAL_DATA, ORDER_MOVES.kind, reason, order.number)
    try:
        record_access([draft], actor=principal_of(request), at=timezone.now())
    except Refused as refused:
        messages.error(request, str(refused))
        return HttpResponseRedirect(reverse("orders:order", args=[order.number]))
    opened = unseal(order.buyer_sealed) if order.buyer_sealed else {}
    return shown(request, order, buyer={**opened, "province": order.province, "city": order.city})


@require_POST
@staff_only(PERMISSION)
def step_page(request: HttpRequest, number: str) -> HttpResponse:
    """Do one thing with the order, and return to it."""
    step = STEPS.get(request.POST.get("step", ""))
    if step is None:
        raise Http404
    if not request.user.has_perm(step.permission):
        raise PermissionDenied
    order = visible_order(request, number)
    why = request.POST.get("reason", "").strip()[:500]
    if step.asks_reason and not why:
        messages.error(request, _("Say why."))
    else:
        tell(
            request,
            step.label,
            [order.number],
            lambda orders, **given: step.run(orders[0], why, **given),
            [order],
        )
    return HttpResponseRedirect(reverse("orders:order", args=[order.number]))


def shown(request: HttpRequest, order: Order, *, buyer: dict[str, str] | None = None) -> HttpResponse:
    """Render the page of an order; ``buyer`` in full where the reader was given leave."""
    user = request.user
    lines = list(
        order.lines.select_related("sku__product__brand")
        .prefetch_related("discounts", "components__sku")
        .order_by("position")
    )
    shipments = list(order.shipments.order_by("pk"))
    intercept = next((each for each in shipments if each.intercept_requested_at), None)
    waits = intercept is not None and not intercept.intercept_outcome
    held = Reservation.objects.filter(document_kind=ORDER_MOVES.kind, document_number=order.number)
    refunds = Refund.objects.filter(order=order) if order.refund_amount else Refund.objects.none()
    steps = steps_of(order, intercepting=waits)
    may = [STEPS[name] for name in steps if user.has_perm(STEPS[name].permission)]
    following = next((step for step in may if step.name == NEXT.get(S(order.status))), None)
    sees_buyer = user.has_perm("orders.view_buyer")
    context = {
        "order": order,
        "lines": lines,
        "refunds": refunds.select_related("line").order_by("pk"),
        "shipments": shipments,
        "intercept": intercept if waits else None,
        "held": held.select_related("stock__sku", "stock__warehouse", "batch").order_by("item", "pk"),
        "following": None if waits else following,
        "is_held": order.refund_status in GOES_BACK,
        "at_brand": order.warehouse.brand if order.warehouse and is_at_brand(order) else None,
        "may_ship": order.status == S.PACKED and user.has_perm("orders.ship_order"),
        "others": [step for step in may if step is not following or waits],
        "sees_buyer": sees_buyer,
        "buyer": buyer or (masked_buyer(order) if sees_buyer else {}),
        "is_open": buyer is not None,
        "links": links_of(user, settings.PORTAL_ORDER_LINKS, number=order.number),
        "title": _("Order %(number)s") % {"number": order.number},
    }
    return render(request, "orders/order.html", {**admin.site.each_context(request), **context})


def steps_of(order: Order, *, intercepting: bool) -> list[str]:
    """Return what the tables of moves allow from where the order stands."""
    there = {
        "review": S.REVIEWED,
        "pick": S.PICKED,
        "pack": S.PACKED,
        "deliver": S.DELIVERED,
        "complete": S.COMPLETED,
        "cancel": S.CANCELLED,
    }
    names = [name for name, status in there.items() if ORDER_MOVES.find(order.status, status)]
    if is_at_brand(order):
        names.remove("pick")
    if order.paid_at is None:
        names = [name for name in names if name not in ("review", "pick", "pack")]
    if order.status == S.RECORDED:
        names.remove("cancel")  # what was only recorded is taken back with its file
    if intercepting:
        names = ["returned", "delivered_anyway"]
    elif order.refund_status in GOES_BACK:
        names = [name for name in names if name not in ("review", "pick", "pack")]
    if order.refund_status == R.REQUESTED:
        names.append("withdraw_refund")
    elif REFUND_MOVES.find(order.refund_status, R.REQUESTED) and order.status not in (
        S.CANCELLED,
        S.RECORDED,
    ):
        names.append("request_refund")
    return names
