"""Orders that wait for units or for a SKU: served by time of payment as soon as they can be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from catalog.models import Sku
from catalog.operations.reserving import ReservationItem, ReservationRequest, reserve_stock
from catalog.queries.bundles import components_at
from ops_portal.lib.money import share_out
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome
from ops_portal.lib.states import move_all
from orders.choices import ORDER_MOVES, OrderStatus
from orders.models import LineComponent, Order, OrderLine, Shop

WAITING = (OrderStatus.SHORT, OrderStatus.UNMAPPED)
BATCH = 1000


@operation
def serve_waiting_orders(
    *, actor: Principal, at: datetime, sku_ids: Collection[int] | None = None, limit: int = BATCH
) -> Outcome[Order]:
    """Look up unknown SKUs anew and reserve what waits, the first paid first; return the orders that go on.

    With ``sku_ids``, only orders that want one of them; at most ``limit`` orders are tried, in that order.
    """
    waiting = Order.objects.filter(status__in=WAITING).order_by("paid_at", "placed_at", "pk")
    if sku_ids is not None:
        codes = Sku.objects.filter(pk__in=sku_ids).values("code")
        wanting = OrderLine.objects.filter(order=OuterRef("pk")).filter(
            Q(sku__in=sku_ids) | Q(components__sku__in=sku_ids) | Q(sku__isnull=True, sku_code__in=codes)
        )
        waiting = waiting.filter(Exists(wanting))
    ids = list(waiting.values_list("pk", flat=True)[:limit])
    outcome: Outcome[Order] = Outcome()
    for start in range(0, len(ids), BATCH):
        outcome.done += serve_batch(ids[start : start + BATCH], actor=actor, at=at)
    return outcome


def serve_batch(order_ids: Sequence[int], *, actor: Principal, at: datetime) -> list[Order]:
    """Serve one stretch of the queue; orders that stopped waiting meanwhile are left alone."""
    locked = (
        Order.objects.filter(pk__in=order_ids, status__in=WAITING)
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    orders = sorted(locked, key=lambda order: order_ids.index(order.pk))
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
    reserved = reserve_stock(requests, actor=actor, at=at)
    place = {done.document_number: done.warehouse_id for done in reserved.done}
    served = [order for order in ready if order.number in place]
    still_short = [o for o in ready if o.number not in place and o.status == OrderStatus.UNMAPPED]
    for order in served:
        order.warehouse_id = place[order.number]
    Order.objects.bulk_update(served, ["warehouse_id"])
    move_all(still_short, OrderStatus.SHORT, table=ORDER_MOVES, actor=actor, at=at)
    return move_all(served, OrderStatus.CREATED, table=ORDER_MOVES, actor=actor, at=at).done


def match_lines(orders: Sequence[Order], *, at: datetime) -> None:
    """Give lines with an unknown code their SKU, and bundles their components, where the catalogue knows it now."""
    lines = list(OrderLine.objects.filter(order__in=orders, sku__isnull=True))
    skus = {sku.code: sku for sku in Sku.objects.filter(code__in={line.sku_code for line in lines})}
    matched = [line for line in lines if line.sku_code in skus]
    bundles = components_at({sku.pk for sku in skus.values() if sku.is_bundle}, at)
    components = []
    for line in matched:
        line.sku = skus[line.sku_code]
        parts = bundles.get(line.sku.pk, [])
        shares = share_out(line.amount, [part.price_share for part in parts]) if parts else []
        components += [
            LineComponent(line=line, sku_id=part.sku_id, units=part.units * line.units, amount=share)
            for part, share in zip(parts, shares, strict=True)
        ]
    OrderLine.objects.bulk_update(matched, ["sku"])
    LineComponent.objects.bulk_create(components)


def items_of(line: OrderLine) -> list[ReservationItem]:
    """Return what a line takes from stock; a bundle's components in its place."""
    parts = list(line.components.all())
    if parts:
        return [ReservationItem(line.position, part.sku_id, part.units) for part in parts]
    return [ReservationItem(line.position, line.sku_id or 0, line.units)]
