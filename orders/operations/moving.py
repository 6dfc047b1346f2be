"""The life of an order after it came in: review, pick, pack, ship, deliver, complete, cancel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from django.db import IntegrityError
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from catalog.models import Reservation
from catalog.operations.bins import pick_reserved
from catalog.operations.ledger import lock_stock
from catalog.operations.promised import (
    intercept_shipped,
    release_reservations,
    sell_shipped,
    ship_reserved,
)
from ops_portal.lib.principals import Principal, acting_as, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.states import illegal_move, move_all
from orders.choices import (
    GOES_BACK,
    ORDER_MOVES,
    RESERVED_IN,
    InterceptOutcome,
    OrderStatus,
    carrier_code,
    waybill_as_kept,
)
from orders.drafts import ShipmentDraft
from orders.models import Order, Shipment
from orders.operations.telling import CANCELLED, COMPLETED, DELIVERED, SHIPPED, tell_orders
from orders.signals import orders_changed

KIND = ORDER_MOVES.kind
UNPAID = gettext_noop("not paid")  # why an order was closed


class NotPaid(Refused):
    """The order is not paid; it is not worked before."""

    code = "not_paid"


class AlreadyPaid(Refused):
    """The order is paid; what is closed for want of payment is not."""

    code = "already_paid"


class RefundUnderWay(Refused):
    """A refund is under way; it holds the order where it is."""

    code = "refund_under_way"


class WaybillTaken(Refused):
    """Another parcel travels under this waybill number."""

    code = "waybill_taken"


class BrandShips(Refused):
    """The units lie in a brand's own warehouse: the brand ships them, not our floor."""

    code = "brand_ships"


class NoSuchOrder(Refused):
    """The order does not exist."""

    code = "no_such_order"
    status_code = 404


def lock_orders(order_ids: Iterable[int]) -> dict[int, Order]:
    """Lock orders in primary-key order and return them by id, with their warehouses."""
    orders = Order.objects.filter(pk__in=set(order_ids)).select_related("warehouse").order_by("pk")
    return {order.pk: order for order in orders.select_for_update(no_key=True, of=("self",))}


def lock_held_units(numbers: Sequence[str]) -> None:
    """Lock what orders hold before it goes two ways, so that neither way locks out of turn after the other."""
    held = Reservation.objects.filter(document_kind=KIND, document_number__in=numbers)
    lock_stock({reservation.stock_id for reservation in held.order_by("pk").select_for_update(no_key=True)})


Check = Callable[[Order], Refused | None]


def move_orders(
    order_ids: Sequence[int],
    to: OrderStatus,
    *,
    checks: Sequence[Check] = (),
    actor: Principal,
    at: datetime,
    reason: str = "",
) -> Outcome[Order]:
    """Lock, ask the checks, move those that pass; refused by index of ``order_ids``. A repeated id moves once."""
    orders = lock_orders(order_ids)
    outcome: Outcome[Order] = Outcome()
    ready: list[tuple[int, Order]] = []
    for index, order_id in enumerate(order_ids):
        order = orders.get(order_id)
        if order is None:
            outcome.refused.append((index, NoSuchOrder(_("There is no such order."))))
            continue
        if ORDER_MOVES.find(order.status, to) is None or any(order is other for _i, other in ready):
            refusal: Refused | None = illegal_move(order, to)
        else:
            refusal = next((no for check in checks if (no := check(order)) is not None), None)
        if refusal is None:
            ready.append((index, order))
        else:
            outcome.refused.append((index, refusal))
    moved = move_all([order for _i, order in ready], to, table=ORDER_MOVES, actor=actor, at=at, reason=reason)
    outcome.done = moved.done
    outcome.refused += [(ready[position][0], refusal) for position, refusal in moved.refused]
    outcome.refused.sort(key=lambda pair: pair[0])
    return outcome


def unpaid(order: Order) -> Refused | None:
    """Refuse to work what is not paid."""
    if order.paid_at is None:
        return NotPaid(_("%(number)s is not paid yet."), number=order.number)
    return None


def refund_under_way(order: Order) -> Refused | None:
    """Refuse to go on with an order whose buyer wants the money back, or has it back in full."""
    if order.refund_status in GOES_BACK:
        detail = _("%(number)s has a refund under way; decide on the refund first.")
        return RefundUnderWay(detail, number=order.number)
    return None


def is_at_brand(order: Order) -> bool:
    """Tell whether the order waits for the brand in whose own warehouse its units are reserved."""
    waits = order.status == OrderStatus.REVIEWED
    return waits and order.warehouse is not None and order.warehouse.brand_id is not None


def at_brand(order: Order) -> Refused | None:
    """Refuse to work on our floor what a brand ships."""
    if is_at_brand(order):
        detail = _("%(number)s is shipped by the brand, from %(warehouse)s.")
        return BrandShips(detail, number=order.number, warehouse=str(order.warehouse))
    return None


def not_on_our_floor(order: Order) -> Refused | None:
    """Refuse to ship from our floor what was not packed on it."""
    if order.status == OrderStatus.REVIEWED:
        return at_brand(order) or illegal_move(order, OrderStatus.SHIPPED)
    return None


@operation
def review_orders(order_ids: Sequence[int], *, actor: Principal, at: datetime) -> Outcome[Order]:
    """Pass orders on to picking. Refuses NotPaid, RefundUnderWay, IllegalMove."""
    return move_orders(order_ids, OrderStatus.REVIEWED, checks=(unpaid, refund_under_way), actor=actor, at=at)


@operation
def pick_orders(order_ids: Sequence[int], *, actor: Principal, at: datetime) -> Outcome[Order]:
    """Note that the goods lie together, off their bins. Refuses BrandShips, NotPaid, RefundUnderWay, IllegalMove."""
    checks = (at_brand, unpaid, refund_under_way)
    outcome = move_orders(order_ids, OrderStatus.PICKED, checks=checks, actor=actor, at=at)
    pick_reserved(KIND, [order.number for order in outcome.done], actor=actor, at=at)
    return outcome


@operation
def pack_orders(order_ids: Sequence[int], *, actor: Principal, at: datetime) -> Outcome[Order]:
    """Note that the parcel is closed. Refuses NotPaid, RefundUnderWay, IllegalMove."""
    return move_orders(order_ids, OrderStatus.PACKED, checks=(unpaid, refund_under_way), actor=actor, at=at)


def shipping_obstacle(order: Order) -> Refused | None:
    """Return why an order can't be shipped as it stands, for whoever asks before writing; None where it can."""
    held = refund_under_way(order)
    if held is not None and order.status != OrderStatus.CANCELLED:
        return held
    if ORDER_MOVES.find(order.status, OrderStatus.SHIPPED) is None:
        return illegal_move(order, OrderStatus.SHIPPED)
    return not_on_our_floor(order) or unpaid(order)


@operation
def ship_orders(drafts: Sequence[ShipmentDraft], *, actor: Principal, at: datetime) -> Outcome[Shipment]:
    """Turn reservations into shipments, order by order; a draft that can't ship is refused, the others go.

    Refuses IllegalMove (not packed), BrandShips, NotPaid, RefundUnderWay, WaybillTaken.
    """
    lock_orders(draft.order_id for draft in drafts)
    return ship_in_turns(drafts, elsewhere=not_on_our_floor, actor=actor, at=at)


def ship_in_turns(
    drafts: Sequence[ShipmentDraft], *, elsewhere: Check, actor: Principal, at: datetime
) -> Outcome[Shipment]:
    """Ship orders whose locks are held, unless ``elsewhere`` says that they leave from another place."""
    while True:
        try:
            with acting_as(actor, savepoint=True):
                return ship_locked(drafts, elsewhere=elsewhere, actor=actor, at=at)
        except IntegrityError as error:
            # Another session took one of these waybills after we looked. It has committed, so the next look sees
            # it: each turn finds one more of them taken.
            if "waybill_once" not in str(error):
                raise


def as_kept(draft: ShipmentDraft) -> ShipmentDraft:
    """Return the draft with its carrier's code, and the waybill number as carriers print it."""
    return ShipmentDraft(draft.order_id, carrier_code(draft.carrier), waybill_as_kept(draft.waybill_number))


def ship_locked(
    drafts: Sequence[ShipmentDraft], *, elsewhere: Check = not_on_our_floor, actor: Principal, at: datetime
) -> Outcome[Shipment]:
    """Ship orders whose locks are held; raises IntegrityError where a waybill is taken meanwhile."""
    drafts = [as_kept(draft) for draft in drafts]
    numbers = {draft.waybill_number for draft in drafts}
    parcels_there = Shipment.objects.filter(waybill_number__in=numbers)
    # Older parcels may stand under the name of their carrier.
    taken = {
        (carrier_code(carrier), number)
        for carrier, number in parcels_there.values_list("carrier", "waybill_number")
    }
    drafts_of: dict[int, list[ShipmentDraft]] = defaultdict(list)
    for draft in reversed(drafts):
        drafts_of[draft.order_id].append(draft)
    shipped_by: dict[int, ShipmentDraft] = {}

    # Asked last, draft by draft, until one of the order's drafts passes: only that one claims its waybill.
    def waybill_taken(order: Order) -> Refused | None:
        draft = drafts_of[order.pk].pop()
        if (draft.carrier, draft.waybill_number) in taken:
            detail = _("Waybill %(waybill)s is on another parcel already; check the label.")
            return WaybillTaken(detail, waybill=draft.waybill_number)
        taken.add((draft.carrier, draft.waybill_number))
        shipped_by[order.pk] = draft
        return None

    moved = move_orders(
        [draft.order_id for draft in drafts],
        OrderStatus.SHIPPED,
        checks=(elsewhere, unpaid, refund_under_way, waybill_taken),
        actor=actor,
        at=at,
    )
    ship_reserved(KIND, [order.number for order in moved.done], actor=actor, at=at)
    parcels = [
        Shipment(
            order=order,
            carrier=shipped_by[order.pk].carrier,
            waybill_number=shipped_by[order.pk].waybill_number,
            shipped_at=at,
        )
        for order in moved.done
    ]
    # In the order of the waybills, so that two sessions with the same ones wait for each other in one direction.
    Shipment.objects.bulk_create(sorted(parcels, key=lambda parcel: (parcel.carrier, parcel.waybill_number)))
    tell_orders([(SHIPPED, [order.pk for order in moved.done])], actor=actor, at=at)
    return Outcome(done=parcels, refused=moved.refused)


@operation
def deliver_orders(order_ids: Sequence[int], *, actor: Principal, at: datetime) -> Outcome[Order]:
    """Note that the parcels arrived, also those that the carrier was to stop. Refuses IllegalMove."""
    outcome = move_orders(order_ids, OrderStatus.DELIVERED, actor=actor, at=at)
    delivered = Shipment.objects.filter(order__in=outcome.done, delivered_at__isnull=True)
    delivered.update(delivered_at=at, intercept_outcome=if_intercepting(InterceptOutcome.DELIVERED))
    tell_orders([(DELIVERED, [order.pk for order in outcome.done])], actor=actor, at=at)
    return outcome


def if_intercepting(outcome: InterceptOutcome) -> Case:
    """Return ``outcome`` for parcels that the carrier is to stop, and what stands for all others."""
    waits = Q(intercept_requested_at__isnull=False, intercept_outcome="")
    return Case(When(waits, then=Value(outcome)), default=F("intercept_outcome"))


@operation
def complete_orders(order_ids: Sequence[int], *, actor: Principal, at: datetime) -> Outcome[Order]:
    """Close delivered orders: their shipped units are sold. Refuses IllegalMove."""
    outcome = move_orders(order_ids, OrderStatus.COMPLETED, actor=actor, at=at)
    sell_shipped(KIND, [order.number for order in outcome.done], actor=actor, at=at)
    tell_orders([(COMPLETED, [order.pk for order in outcome.done])], actor=actor, at=at)
    return outcome


@operation
def cancel_orders(
    order_ids: Sequence[int], *, actor: Principal, at: datetime, reason: str = ""
) -> Outcome[Order]:
    """Cancel orders at any point before delivery: what is held is released, what is on its way comes back.

    Refuses IllegalMove (delivered goods come back by a return).
    """
    return cancel(order_ids, actor=actor, at=at, reason=reason)


@operation
def close_unpaid_orders(order_ids: Sequence[int], *, actor: Principal, at: datetime) -> Outcome[Order]:
    """Cancel orders whose buyers don't pay, so that others get the units. Refuses AlreadyPaid, IllegalMove."""
    return cancel(order_ids, checks=(paid,), actor=actor, at=at, reason=UNPAID)


def paid(order: Order) -> Refused | None:
    """Refuse to close what the buyer paid meanwhile."""
    if order.paid_at is not None:
        return AlreadyPaid(_("%(number)s is paid by now."), number=order.number)
    return None


def cancel(
    order_ids: Sequence[int], *, checks: Sequence[Check] = (), actor: Principal, at: datetime, reason: str
) -> Outcome[Order]:
    """Lock, ask the checks, cancel, and give back what the orders hold."""
    before = {order.pk: order.status for order in lock_orders(order_ids).values()}
    outcome = move_orders(order_ids, OrderStatus.CANCELLED, checks=checks, actor=actor, at=at, reason=reason)
    held = [order.number for order in outcome.done if before[order.pk] in RESERVED_IN]
    under_way = [order.number for order in outcome.done if before[order.pk] == OrderStatus.SHIPPED]
    if held and under_way:
        lock_held_units([*held, *under_way])
    release_reservations(KIND, held, actor=actor, at=at)
    intercept_shipped(KIND, under_way, actor=actor, at=at)
    if under_way:
        back = Shipment.objects.filter(order__number__in=under_way).intercepting()
        back.update(intercept_outcome=InterceptOutcome.RETURNED)
    tell_orders([(CANCELLED, [order.pk for order in outcome.done])], actor=actor, at=at)
    days = {(order.shop_id, order.placed_on) for order in outcome.done}
    if days:
        orders_changed.send(Order, days=days, actor=actor, at=at)
    return outcome
