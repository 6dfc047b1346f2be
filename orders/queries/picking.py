"""What a wave of orders takes from which shelf, as it is reserved for them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from catalog.choices import ReservationStatus
from catalog.models import Reservation, Warehouse
from orders.choices import GOES_BACK, ORDER_MOVES, OrderStatus
from orders.models import Order
from orders.models.orders import SHIP_CLOCK

MOST: Final = 200  # orders in a wave


@dataclass(slots=True)
class Pick:
    """Units of one SKU (and batch) of one owner, with the orders that want them."""

    code: str
    name: str
    barcode: str
    batch: str
    expires_on: Any
    owner: str
    warehouse: str
    units: int = 0
    orders: Counter[int] = field(default_factory=Counter)  # units by the order's place in the wave

    @property
    def shares(self) -> list[tuple[int, int]]:
        """Return which order wants how many, by its place."""
        return sorted(self.orders.items())


@dataclass(slots=True)
class Wave:
    """The orders of a wave in the sequence of their clocks, and what to fetch for them, by SKU."""

    orders: list[Order]
    picks: list[Pick]
    by_order: dict[str, list[tuple[str, str, int]]]

    @property
    def units(self) -> int:
        """Return how many units there are to fetch."""
        return sum(pick.units for pick in self.picks)


def wave_of(user: Any, *, ids: Sequence[int] = (), warehouse: str = "") -> Wave:
    """Return the wave of these orders, or of all that are to be picked in a warehouse: the most urgent ``MOST``.

    Orders that are not to be picked, or that a refund holds, are left out. Two statements.
    """
    orders = (
        Order.objects.visible_to(user)
        .filter(status=OrderStatus.REVIEWED)
        .exclude(refund_status__in=GOES_BACK)
    )
    if ids:
        orders = orders.filter(pk__in=ids)
    if warehouse:
        orders = orders.filter(warehouse__code=warehouse)
    wave = list(orders.select_related("shop", "warehouse").order_by(SHIP_CLOCK, "pk")[:MOST])
    place = {order.number: index for index, order in enumerate(wave, start=1)}
    held = Reservation.objects.filter(
        document_kind=ORDER_MOVES.kind, document_number__in=list(place), status=ReservationStatus.HELD
    ).select_related("stock__sku__product", "stock__warehouse", "batch")
    picks: dict[tuple[Any, ...], Pick] = {}
    by_order: dict[str, list[tuple[str, str, int]]] = defaultdict(list)
    for one in held.order_by("stock__sku__code", "pk"):
        sku, stock = one.stock.sku, one.stock
        name = f"{sku.product.name} {sku.name}".strip()
        key = (stock.warehouse.code, sku.code, one.batch_id or 0, stock.owner)
        if key not in picks:
            picks[key] = Pick(
                code=sku.code,
                name=name,
                barcode=sku.barcode,
                batch=one.batch.code if one.batch else "",
                expires_on=one.batch.expires_on if one.batch else None,
                owner=stock.owner,
                warehouse=str(stock.warehouse),
            )
        picks[key].units += one.units
        picks[key].orders[place[one.document_number]] += one.units
        by_order[one.document_number].append((sku.code, name, one.units))
    return Wave(wave, [picks[key] for key in sorted(picks)], by_order)


def warehouses_to_pick(user: Any) -> list[Warehouse]:
    """Return the warehouses in which visible orders are to be picked."""
    waiting = (
        Order.objects.visible_to(user).filter(status=OrderStatus.REVIEWED).order_by().values("warehouse")
    )
    return list(Warehouse.objects.filter(pk__in=waiting).order_by("code"))


def count_to_pick(user: Any, warehouse_id: int, most: int) -> int:
    """Return how many visible orders are to be picked in a warehouse, counted to ``most``."""
    waiting = Order.objects.visible_to(user).filter(status=OrderStatus.REVIEWED, warehouse=warehouse_id)
    return int(waiting.exclude(refund_status__in=GOES_BACK).order_by()[:most].count())
