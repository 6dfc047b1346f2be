"""Parcels that the carrier is to stop (攔截), because the buyer wants the money back while they are on their way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from orders.choices import GOES_BACK, InterceptOutcome, OrderStatus
from orders.drafts import InterceptDraft
from orders.models import Order, Shipment
from orders.operations.moving import cancel_orders, deliver_orders, lock_orders


class NoIntercept(Refused):
    """No parcel of the order is to be stopped."""

    code = "no_intercept"


def follow_refunds(orders: Sequence[Order], *, at: datetime) -> None:
    """Ask carriers to stop the parcels of orders whose money is wanted back, and call it off where it no longer is.

    The orders are locked by the caller, who has just moved their refunds.
    """
    on_the_way = [order for order in orders if order.status == OrderStatus.SHIPPED]
    to_stop = {order.pk for order in on_the_way if order.refund_status in GOES_BACK}
    to_leave = {order.pk for order in on_the_way} - to_stop
    if to_stop:
        parcels = Shipment.objects.filter(order__in=to_stop, delivered_at__isnull=True)
        parcels.exclude(pk__in=parcels.intercepting().values("pk")).update(
            intercept_requested_at=at, intercept_outcome=""
        )
    if to_leave:
        parcels = Shipment.objects.filter(order__in=to_leave).intercepting()
        parcels.update(intercept_outcome=InterceptOutcome.CALLED_OFF)


@operation
def settle_intercepts(
    drafts: Sequence[InterceptDraft], *, actor: Principal, at: datetime, reason: str = ""
) -> Outcome[Order]:
    """Note what became of parcels that were to be stopped.

    Those returned to sender cancel their orders, whose units come back; those delivered anyway deliver them, and the
    buyer sends the goods back. Refuses NoIntercept, and what cancelling and delivering refuse.
    """
    outcome: Outcome[Order] = Outcome()
    orders = lock_orders(draft.order_id for draft in drafts)
    waiting = set(Shipment.objects.filter(order__in=orders).intercepting().values_list("order", flat=True))
    open_drafts: list[tuple[int, InterceptDraft]] = []
    for index, draft in enumerate(drafts):
        if draft.order_id in waiting:
            open_drafts.append((index, draft))
        else:
            outcome.refused.append((index, NoIntercept(_("No parcel of this order is to be stopped."))))
    for result in (InterceptOutcome.RETURNED, InterceptOutcome.DELIVERED):
        mine = [(index, draft.order_id) for index, draft in open_drafts if draft.outcome == result]
        if not mine:
            continue
        ids = [order_id for _index, order_id in mine]
        if result == InterceptOutcome.RETURNED:
            settled = cancel_orders(ids, actor=actor, at=at, reason=reason)
        else:
            settled = deliver_orders(ids, actor=actor, at=at)
        outcome.done += settled.done
        outcome.refused += [(mine[position][0], refusal) for position, refusal in settled.refused]
    outcome.refused.sort(key=lambda pair: pair[0])
    return outcome
