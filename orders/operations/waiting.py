"""Orders that wait for units or for a SKU: served by time of payment as soon as they can be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q

from catalog.choices import MatchStatus
from catalog.models import ChannelSku, Sku
from catalog.operations.drawing import lock_held, serve_from_holds, wanted_by
from catalog.operations.reserving import ReservationItem, ReservationRequest, reserve_stock
from catalog.queries.bundles import components_at
from catalog.queries.matches import skus_of_shop_codes
from ops_portal.lib.money import share_out
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome
from ops_portal.lib.states import move_all
from orders.choices import GOES_BACK, ORDER_MOVES, OrderStatus
from orders.models import LineComponent, Order, OrderLine, Shop
from orders.operations.facts import review_due

WAITING = (OrderStatus.SHORT, OrderStatus.UNMAPPED)
BATCH = 1000


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """The place of an order in the queue; those that are not paid stand last."""

    paid_at: datetime | None
    placed_at: datetime
    id: int


@dataclass(slots=True)
class Served(Outcome[Order]):
    """The orders that go on, and the place after which the queue goes on; None at its end."""

    go_on_after: QueuePlace | None = None


@operation
def serve_waiting_orders(
    *,
    actor: Principal,
    at: datetime,
    sku_ids: Collection[int] | None = None,
    after: QueuePlace | None = None,
    limit: int = BATCH,
) -> Served:
    """Look up unknown SKUs anew and reserve what waits, the first paid first; return the orders that go on.

    With ``sku_ids``, only orders that want one of them. At most ``limit`` orders are tried, those after the place
    ``after``: a caller that serves the whole queue calls anew for each stretch, in transactions of their own, so
    that no order is locked after stock. Orders whose buyer wants or has the money back are passed over.
    """
    waiting = Order.objects.filter(status__in=WAITING).exclude(refund_status__in=GOES_BACK)
    if sku_ids is not None:
        codes = Sku.objects.filter(pk__in=sku_ids).values("code")
        matched = ChannelSku.objects.filter(sku__in=sku_ids, status=MatchStatus.MATCHED).values("code")
        wanting = OrderLine.objects.filter(order=OuterRef("pk")).filter(
            Q(sku__in=sku_ids)
            | Q(components__sku__in=sku_ids)
            | Q(sku__isnull=True, sku_code__in=codes)
            | Q(sku__isnull=True, sku_code__in=matched)
        )
        waiting = waiting.filter(Exists(wanting))
    if after is not None:
        waiting = waiting.filter(behind(after))
    queue = waiting.order_by(F("paid_at").asc(nulls_last=True), "placed_at", "pk")
    places = [QueuePlace(*row) for row in queue.values_list("paid_at", "placed_at", "pk")[:limit]]
    served = serve_batch([place.id for place in places], actor=actor, at=at) if places else []
    return Served(done=served, go_on_after=places[-1] if len(places) == limit else None)


def behind(place: QueuePlace) -> Q:
    """Return the condition that an order stands behind ``place`` in the queue."""
    later = Q(placed_at__gt=place.placed_at) | Q(placed_at=place.placed_at, pk__gt=place.id)
    if place.paid_at is None:
        return Q(paid_at__isnull=True) & later
    return Q(paid_at__gt=place.paid_at) | Q(paid_at__isnull=True) | (Q(paid_at=place.paid_at) & later)


def serve_batch(order_ids: Sequence[int], *, actor: Principal, at: datetime) -> list[Order]:
    """Serve one stretch of the queue; orders that stopped waiting meanwhile are left alone."""
    locked = (
        Order.objects.filter(pk__in=order_ids, status__in=WAITING)
        .exclude(refund_status__in=GOES_BACK)
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    place_in_queue = {order_id: place for place, order_id in enumerate(order_ids)}
    orders = sorted(locked, key=lambda order: place_in_queue[order.pk])
    match_lines(orders, at=at)
    lines: dict[int, list[OrderLine]] = defaultdict(list)
    for line in (
        OrderLine.objects.filter(order__in=orders).order_by("position").prefetch_related("components")
    ):
        lines[line.order_id].append(line)
    ready = [order for order in orders if all(line.sku_id for line in lines[order.pk])]
    shops = {shop.pk: shop for shop in Shop.objects.filter(pk__in={o.shop_id for o in ready}).for_placing()}
    requests = [
        ReservationRequest(
            ORDER_MOVES.kind,
            order.number,
            tuple(shops[order.shop_id].warehouse_order),
            tuple(item for line in lines[order.pk] for item in items_of(line)),
        )
        for order in ready
    ]
    codes = [shops[order.shop_id].code for order in ready]
    held = lock_held(wanted_by(requests, codes), at=at)
    found = reserve_stock(requests, actor=actor, at=at)
    reserved = serve_from_holds(requests, codes, found, held, actor=actor, at=at)
    place = {done.document_number: done.warehouse_id for done in reserved.done}
    served = [order for order in ready if order.number in place]
    still_short = [o for o in ready if o.number not in place and o.status == OrderStatus.UNMAPPED]
    for order in served:
        order.warehouse_id = place[order.number]
        order.review_by = review_due(shops[order.shop_id], at) if order.paid_at else None
    Order.objects.bulk_update(served, ["warehouse_id", "review_by"])
    move_all(still_short, OrderStatus.SHORT, table=ORDER_MOVES, actor=actor, at=at)
    return move_all(served, OrderStatus.CREATED, table=ORDER_MOVES, actor=actor, at=at).done


def match_lines(orders: Sequence[Order], *, at: datetime) -> None:
    """Give lines with an unknown code their SKU, and bundles their components, where the catalogue knows it now."""
    lines = list(OrderLine.objects.filter(order__in=orders, sku__isnull=True))
    skus = Sku.objects.filter(code__in={line.sku_code for line in lines})
    own = {code: (pk, is_bundle) for code, pk, is_bundle in skus.values_list("code", "pk", "is_bundle")}
    by_line = {line.pk: own[line.sku_code] for line in lines if line.sku_code in own}
    by_line |= matched_skus(orders, [line for line in lines if line.pk not in by_line])
    matched = [line for line in lines if line.pk in by_line]
    bundles = components_at({pk for pk, is_bundle in by_line.values() if is_bundle}, at)
    components = []
    for line in matched:
        line.sku_id, _is_bundle = by_line[line.pk]
        parts = bundles.get(line.sku_id, [])
        shares = share_out(line.amount, [part.price_share for part in parts]) if parts else []
        components += [
            LineComponent(line=line, sku_id=part.sku_id, units=part.units * line.units, amount=share)
            for part, share in zip(parts, shares, strict=True)
        ]
    OrderLine.objects.bulk_update(matched, ["sku"])
    LineComponent.objects.bulk_create(components)


def matched_skus(orders: Sequence[Order], lines: Sequence[OrderLine]) -> dict[int, tuple[int, bool]]:
    """Return, by line, the SKU whose code the catalogue knows as the shop's, and whether it is a bundle."""
    if not lines:
        return {}
    shops = dict(Shop.objects.filter(pk__in={order.shop_id for order in orders}).values_list("pk", "code"))
    shop_of = {order.pk: shops[order.shop_id] for order in orders}
    known = skus_of_shop_codes(set(shops.values()), {line.sku_code for line in lines})
    found = {line.pk: known.get((shop_of[line.order_id], line.sku_code)) for line in lines}
    return {pk: facts for pk, facts in found.items() if facts is not None}


def items_of(line: OrderLine) -> list[ReservationItem]:
    """Return what a line takes from stock; a bundle's components in its place."""
    parts = list(line.components.all())
    if parts:
        return [ReservationItem(line.position, part.sku_id, part.units) for part in parts]
    return [ReservationItem(line.position, line.sku_id or 0, line.units)]
