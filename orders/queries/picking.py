"""What a wave of orders takes from which shelf, as it is reserved for them."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from catalog.choices import ReservationStatus, ZoneKind
from catalog.models import BinStock, Reservation, Warehouse
from orders.choices import GOES_BACK, ORDER_MOVES, OrderStatus
from orders.desk import AT_BRAND
from orders.models import Order
from orders.models.orders import NO_CLOCK, SHIP_CLOCK

MOST: Final = 200  # orders in a wave
LAST: Final = 1 << 31  # behind every bin on the way of whoever picks


@dataclass(slots=True)
class Pick:
    """Units of one SKU (and batch) of one owner in one bin, with the orders that want them; no bin: not put away."""

    code: str
    name: str
    barcode: str
    batch: str
    expires_on: Any
    owner: str
    warehouse: str
    bin: str = ""
    units: int = 0
    orders: Counter[int] = field(default_factory=Counter)  # units by the order's place in the wave

    @property
    def shares(self) -> list[tuple[int, int]]:
        """Return which order wants how many, by its place."""
        return sorted(self.orders.items())


@dataclass(slots=True)
class Wave:
    """The orders of a wave in the sequence of their clocks, and what to fetch for them, bin by bin on the way."""

    orders: list[Order]
    picks: list[Pick]
    by_order: dict[str, list[tuple[str, str, int, str]]]  # code, name, units, how it is packed

    @property
    def units(self) -> int:
        """Return how many units there are to fetch."""
        return sum(pick.units for pick in self.picks)

    @property
    def warehouses(self) -> list[str]:
        """Return in which warehouses that is."""
        return sorted({pick.warehouse for pick in self.picks})

    @property
    def has_bins(self) -> bool:
        """Tell whether anything of it lies in bins."""
        return any(pick.bin for pick in self.picks)


def to_pick(user: Any) -> QuerySet[Any]:
    """Return the visible orders that are to be picked on our floor: not those that a brand ships."""
    orders: QuerySet[Any] = Order.objects.visible_to(user).filter(status=OrderStatus.REVIEWED)
    return orders.exclude(AT_BRAND)


def to_be_picked() -> QuerySet[Any]:
    """Return all orders that may be picked on our floor now, whoever may see them."""
    orders: QuerySet[Any] = Order.objects.filter(status=OrderStatus.REVIEWED)
    return orders.exclude(AT_BRAND).exclude(refund_status__in=GOES_BACK)


def wave_of(user: Any, *, ids: Sequence[int] = (), warehouse: str = "") -> Wave:
    """Return the wave of these orders, or of all that are to be picked in a warehouse: the most urgent ``MOST``.

    Orders that are not to be picked here, or that a refund holds, are left out. Bins are shared out over all that are
    to be picked, the most urgent first: two waves that go at once are sent to different units. Four statements.
    """
    orders = to_pick(user).exclude(refund_status__in=GOES_BACK)
    if ids:
        orders = orders.filter(pk__in=ids)
    if warehouse:
        orders = orders.filter(warehouse__code=warehouse)
    wave = list(orders.select_related("shop", "warehouse").order_by(SHIP_CLOCK, "pk")[:MOST])
    place = {order.number: index for index, order in enumerate(wave, start=1)}
    held = Reservation.objects.filter(
        document_kind=ORDER_MOVES.kind, document_number__in=list(place), status=ReservationStatus.HELD
    ).select_related("stock__sku__product", "stock__warehouse", "batch")
    turns = {order.number: (order.ship_by or NO_CLOCK, order.pk) for order in wave}
    wanted = sorted(held, key=lambda one: (*turns[one.document_number], one.stock.sku.code, one.pk))
    shelves = Shelves({one.stock_id for one in wanted})
    ahead = deque(wanted_before(max(turns.values()), shelves.stock_ids, apart=turns) if wanted else ())
    picks: dict[tuple[Any, ...], Pick] = {}
    by_order: dict[str, list[tuple[str, str, int, str]]] = defaultdict(list)
    for one in wanted:
        while ahead and ahead[0][:2] < turns[one.document_number]:
            _clock, _order, stock_id, batch_id, units = ahead.popleft()
            shelves.set_aside(stock_id, batch_id, units)
        sku, stock = one.stock.sku, one.stock
        name = f"{sku.product.name} {sku.name}".strip()
        for where, place_code, units in shelves.take(one.stock_id, one.batch_id, one.units - one.picked):
            key = (stock.warehouse.code, where, place_code, sku.code, one.batch_id or 0, stock.owner)
            if key not in picks:
                picks[key] = Pick(
                    code=sku.code,
                    name=name,
                    barcode=sku.barcode,
                    batch=one.batch.code if one.batch else "",
                    expires_on=one.batch.expires_on if one.batch else None,
                    owner=stock.owner,
                    warehouse=str(stock.warehouse),
                    bin=place_code,
                )
            picks[key].units += units
            picks[key].orders[place[one.document_number]] += units
        by_order[one.document_number].append((sku.code, name, one.units, sku.packaging))
    return Wave(wave, [picks[key] for key in sorted(picks)], by_order)


def wanted_before(
    turn: tuple[datetime, int], stock_ids: Collection[int], *, apart: Collection[str]
) -> list[tuple[datetime, int, int, int | None, int]]:
    """Return what orders that are to be picked before a turn want of some balances, ``apart`` from these orders.

    (clock, order, balance, batch, units), in the sequence of their turns.
    """
    order = to_be_picked().filter(number=OuterRef("document_number"))
    held = Reservation.objects.filter(
        stock_id__in=stock_ids,
        document_kind=ORDER_MOVES.kind,
        status=ReservationStatus.HELD,
        picked__lt=F("units"),
    ).exclude(document_number__in=list(apart))
    found = held.annotate(
        clock=Subquery(order.values(clock=SHIP_CLOCK)[:1]), order=Subquery(order.values("pk")[:1])
    ).filter(Q(clock__lt=turn[0]) | Q(clock=turn[0], order__lt=turn[1]))
    rows = found.order_by("clock", "order", "stock__sku__code", "pk")
    return list(rows.values_list("clock", "order", "stock_id", "batch_id", F("units") - F("picked")))


class Shelves:
    """What lies in the bins of some balances, from which a wave takes in the sequence of picking.

    Units that were picked for other orders are off their bins already.
    """

    def __init__(self, stock_ids: Collection[int]) -> None:
        self.stock_ids = stock_ids
        self.left: dict[tuple[int, int | None], list[tuple[int, str, int]]] = defaultdict(list)
        rows = BinStock.objects.filter(stock_id__in=stock_ids, units__gt=0, bin__zone__kind=ZoneKind.STORAGE)
        for stock, batch, sequence, code, units in rows.order_by(
            "bin__sequence", "bin__code", "bin"
        ).values_list("stock_id", "batch_id", "bin__sequence", "bin__code", "units"):
            self.left[stock, batch].append((sequence, code, units))

    def take(self, stock_id: int, batch_id: int | None, units: int) -> Iterator[tuple[int, str, int]]:
        """Yield from which bin how many units come, with its place on the way; last those that lie in none."""
        bins = self.left[stock_id, batch_id]
        while units > 0 and bins:
            sequence, code, there = bins[0]
            taken = min(units, there)
            bins[0] = (sequence, code, there - taken)
            if taken == there:
                bins.pop(0)
            units -= taken
            yield sequence, code, taken
        if units > 0:
            yield LAST, "", units

    def set_aside(self, stock_id: int, batch_id: int | None, units: int) -> None:
        """Leave units for another order."""
        for _taken in self.take(stock_id, batch_id, units):
            pass


def warehouses_to_pick(user: Any) -> list[Warehouse]:
    """Return the warehouses in which visible orders are to be picked."""
    waiting = to_pick(user).order_by().values("warehouse")
    return list(Warehouse.objects.filter(pk__in=waiting).order_by("code"))


def count_to_pick(user: Any, warehouse_id: int, most: int) -> int:
    """Return how many visible orders are to be picked in a warehouse, counted to ``most``."""
    waiting = to_pick(user).filter(warehouse=warehouse_id)
    return int(waiting.exclude(refund_status__in=GOES_BACK).order_by()[:most].count())
