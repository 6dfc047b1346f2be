"""Take back orders that a file brought in, so that the same file counts as new."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from catalog.operations.promised import release_reservations
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.states import move_all
from orders.choices import ORDER_MOVES, RESERVED_IN, OrderStatus
from orders.models import Order
from orders.operations.moving import lock_orders
from orders.signals import orders_changed

UNTOUCHED = frozenset({*RESERVED_IN, OrderStatus.SHORT, OrderStatus.UNMAPPED, OrderStatus.RECORDED}) - {
    OrderStatus.REVIEWED,
    OrderStatus.PICKED,
    OrderStatus.PACKED,
}


class UsedSince(Refused):
    """The record has been worked on since it came in."""

    code = "used_since"


@operation
def undo_orders(order_ids: Sequence[int], *, actor: Principal, at: datetime) -> Outcome[Order]:
    """Cancel orders that nobody has worked on, release what they hold, and free their platform numbers.

    Refuses UsedSince.
    """
    outcome: Outcome[Order] = Outcome()
    orders = lock_orders(order_ids)
    for index, order_id in enumerate(order_ids):
        order = orders[order_id]
        if order.status in UNTOUCHED:
            outcome.done.append(order)
        else:
            detail = _("%(number)s is “%(status)s” by now.")
            status = str(order.get_status_display())
            outcome.refused.append((index, UsedSince(detail, number=order.number, status=status)))
    reason = "undo"
    moved = move_all(
        outcome.done, OrderStatus.CANCELLED, table=ORDER_MOVES, actor=actor, at=at, reason=reason
    )
    outcome.refused += moved.refused
    release_reservations(ORDER_MOVES.kind, [order.number for order in moved.done], actor=actor, at=at)
    Order.objects.filter(pk__in=[order.pk for order in moved.done]).update(undone_at=at)
    days = {(order.shop_id, order.placed_on) for order in moved.done}
    if days:
        orders_changed.send(Order, days=days, actor=actor, at=at)
    return outcome
