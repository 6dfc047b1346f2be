"""Take back what files did to orders, so that the same files count as new."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from django.utils.translation import gettext_lazy as _

from catalog.operations.promised import release_reservations
from ops_portal.lib.models import StateMove
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, UsedSince
from ops_portal.lib.states import move_all
from orders.choices import ORDER_MOVES, REFUND_MOVES, RESERVED_IN, OrderStatus
from orders.models import Order
from orders.operations.changing import IMPORT, UNDO, restore_orders
from orders.operations.moving import lock_orders
from orders.operations.refunded import take_back_refunds
from orders.operations.telling import CANCELLED, tell_orders
from orders.signals import orders_changed

UNTOUCHED = frozenset({*RESERVED_IN, OrderStatus.SHORT, OrderStatus.UNMAPPED, OrderStatus.RECORDED}) - {
    OrderStatus.REVIEWED,
    OrderStatus.PICKED,
    OrderStatus.PACKED,
}


class Taken(Protocol):
    """What a file did to an order: ``created`` it, or ``updated`` it from the values ``before``, at a time.

    ``restored_at`` is when later files that had touched it were taken back.
    """

    @property
    def object_id(self) -> int: ...
    @property
    def what(self) -> str: ...
    @property
    def before(self) -> Any: ...
    @property
    def at(self) -> datetime: ...
    @property
    def restored_at(self) -> Sequence[datetime]: ...


@operation
def take_back_orders(changes: Sequence[Taken], *, actor: Principal, at: datetime) -> Outcome[Order]:
    """Restore what files changed and cancel what they created, the latest change of an order first.

    Refuses UsedSince for each order that somebody worked on, or that changed otherwise, since, and RoleMayNotMove.
    """
    outcome: Outcome[Order] = Outcome()
    orders = lock_orders(change.object_id for change in changes)
    served = served_at([order.number for order in orders.values()])
    # What an earlier part of the same undo gave back was changed at this undo's own time.
    own = {
        (change.object_id, moment) for change in changes for moment in (change.at, at, *change.restored_at)
    }
    restored: dict[int, Any] = {}
    created: list[tuple[int, int]] = []
    for index, change in enumerate(changes):
        order = orders[change.object_id]
        seen = own | {(order.pk, moment) for moment in served[order.number]}
        worked = worked_at(order.number, served, since=change.at)
        if worked or (order.pk, order.updated_at) not in seen or order.status not in UNTOUCHED:
            outcome.refused.append((index, used_since(order)))
        elif change.what == "created":
            created.append((index, order.pk))
            restored.pop(order.pk, None)
        else:
            restored[order.pk] = change.before
    restore_orders(restored, actor=actor, at=at)
    undone = undo_orders([order_id for _index, order_id in created], actor=actor, at=at)
    outcome.refused += [(created[position][0], refusal) for position, refusal in undone.refused]
    outcome.done = [*undone.done, *(orders[order_id] for order_id in restored)]
    return outcome


class Moves(dict[str, list[datetime]]):
    """When jobs moved each order by number; ``by_people`` when anybody else did, or its refund."""

    by_people: dict[str, list[datetime]]

    def __missing__(self, number: str) -> list[datetime]:
        return []


def served_at(numbers: Sequence[str]) -> Moves:
    """Return when the portal itself moved orders on, because units or SKUs arrived, and when others did.

    What files said of refunds, and what was taken back of that, is neither.
    """
    moves = Moves()
    moves.by_people = defaultdict(list)
    found = StateMove.objects.filter(
        document_kind__in=(ORDER_MOVES.kind, REFUND_MOVES.kind), document_number__in=list(numbers)
    )
    found = found.exclude(from_status="", document_kind=ORDER_MOVES.kind)
    found = found.exclude(document_kind=REFUND_MOVES.kind, reason__in=(IMPORT, UNDO))
    for kind, number, actor, moment in found.values_list("document_kind", "document_number", "actor", "at"):
        if kind == ORDER_MOVES.kind and actor.startswith("job:"):
            moves[number] = [*moves[number], moment]
        else:
            moves.by_people[number].append(moment)
    return moves


def worked_at(number: str, moves: Moves, *, since: datetime) -> bool:
    """Tell whether somebody moved the order, or its refund, since."""
    return any(moment >= since for moment in moves.by_people.get(number, ()))


def used_since(order: Order) -> UsedSince:
    """Return the refusal that names an order."""
    detail = _("%(number)s (%(platform_number)s) is “%(status)s” or was changed by now.")
    status = str(order.get_status_display())
    return UsedSince(detail, number=order.number, platform_number=order.platform_number, status=status)


@operation
def undo_orders(order_ids: Sequence[int], *, actor: Principal, at: datetime) -> Outcome[Order]:
    """Cancel orders that nobody has worked on, release what they hold, and free their platform numbers.

    Refuses UsedSince, RoleMayNotMove.
    """
    outcome: Outcome[Order] = Outcome()
    orders = lock_orders(order_ids)
    untouched: list[tuple[int, Order]] = []
    for index, order_id in enumerate(order_ids):
        order = orders[order_id]
        if order.status in UNTOUCHED:
            untouched.append((index, order))
        else:
            outcome.refused.append((index, used_since(order)))
    moved = move_all(
        [order for _index, order in untouched],
        OrderStatus.CANCELLED,
        table=ORDER_MOVES,
        actor=actor,
        at=at,
        reason=UNDO,
    )
    outcome.done = moved.done
    outcome.refused += [(untouched[position][0], refusal) for position, refusal in moved.refused]
    release_reservations(ORDER_MOVES.kind, [order.number for order in moved.done], actor=actor, at=at)
    Order.objects.filter(pk__in=[order.pk for order in moved.done]).update(undone_at=at)
    refunded = [order.pk for order in moved.done if order.refund_amount]
    if refunded:
        take_back_refunds(refunded, actor=actor, at=at)
    tell_orders([(CANCELLED, [order.pk for order in moved.done])], actor=actor, at=at)
    days = {(order.shop_id, order.placed_on) for order in moved.done}
    if days:
        orders_changed.send(Order, days=days, actor=actor, at=at)
    return outcome
