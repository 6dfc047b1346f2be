"""Orders that lie in brands' own warehouses (一件代發): which of them a reader may see, what waits, and how long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, Exists, F, Min, OuterRef, Prefetch, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan

from catalog.models import Brand, Warehouse
from ops_portal.accounts.visibility import scope_of
from ops_portal.lib.models import StateMove
from orders.choices import GOES_BACK, ORDER_MOVES, OrderStatus
from orders.models import LineComponent, Order, OrderLine
from orders.models.orders import SHIP_CLOCK
from orders.queries.desk import place_of

PAGE: Final = 50
MOST: Final = 2_000  # orders in one file


@dataclass(frozen=True, slots=True)
class AskedAtBrands:
    """What a page of orders at brands is narrowed to; ``after`` is the place that the page before ended with."""

    brand: str = ""
    is_late: bool = False
    text: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class AtBrand:
    """What waits at one brand."""

    brand: Brand
    waiting: int
    late: int
    oldest: datetime


def orders_of_brands(orders: QuerySet[Any], user: Any) -> QuerySet[Any]:
    """Narrow visible orders to those in brands' own warehouses; for a partner in its own, with its goods alone."""
    places = Warehouse.objects.filter(brand__isnull=False)
    scope = scope_of(user)
    if scope.partner:
        brands = list(Brand.objects.filter(code__in=scope.brands).values_list("pk", flat=True))
        places = places.filter(brand__in=brands)
        strange = OrderLine.objects.filter(order=OuterRef("pk")).exclude(sku__product__brand__in=brands)
        orders = orders.exclude(Exists(strange))
    return orders.filter(warehouse__in=places.values("pk"), undone_at__isnull=True)


def waiting_at_brands(user: Any) -> QuerySet[Any]:
    """Return the visible orders that wait to be shipped by brands; those that a refund holds are left out."""
    return waiting(orders_of_brands(Order.objects.visible_to(user), user))


def waiting(orders: QuerySet[Any]) -> QuerySet[Any]:
    """Narrow orders in brands' own warehouses to those that are to be shipped."""
    return orders.filter(status=OrderStatus.REVIEWED).exclude(refund_status__in=GOES_BACK)


def with_goods(orders: QuerySet[Any]) -> QuerySet[Any]:
    """Add what a parcel is packed by: lines with the components of bundles, shop and warehouse. Two statements more."""
    parts = LineComponent.objects.select_related("sku").order_by("pk")
    lines = OrderLine.objects.order_by("position").prefetch_related(Prefetch("components", parts))
    return orders.select_related("shop", "warehouse__brand").prefetch_related(Prefetch("lines", lines))


def narrowed(asked: AskedAtBrands, *, user: Any, at: datetime) -> QuerySet[Any]:
    """Return the waiting orders that are asked for."""
    orders = waiting_at_brands(user)
    if asked.brand:
        orders = orders.filter(warehouse__brand__code=asked.brand)
    if asked.is_late:
        orders = orders.filter(ship_by__lt=at)
    if asked.text:
        orders = orders.filter(Q(number=asked.text.upper()) | Q(platform_number=asked.text))
    return orders


def page_at_brands(asked: AskedAtBrands, *, user: Any, at: datetime) -> tuple[Sequence[Order], str]:
    """Return 50 orders, the most urgent first, each with ``at_brand_since``, and where the next page begins."""
    orders = narrowed(asked, user=user, at=at).alias(clock=SHIP_CLOCK)
    place = place_of(asked.after)
    if place is not None:
        orders = orders.filter(TupleGreaterThan(Tuple(F("clock"), F("pk")), place))
    found = list(with_goods(orders).order_by("clock", "pk").annotate(place=F("clock"))[: PAGE + 1])
    shown = found[:PAGE]
    moves = StateMove.objects.filter(
        document_kind=ORDER_MOVES.kind,
        document_number__in=[order.number for order in shown],
        to_status=OrderStatus.REVIEWED,
    )
    since = dict(moves.order_by("pk").values_list("document_number", "at"))
    for order in shown:
        order.at_brand_since = since.get(order.number)
    following = f"{shown[-1].place.isoformat()}|{shown[-1].pk}" if len(found) > PAGE else ""
    return shown, following


def orders_for_file(asked: AskedAtBrands, *, user: Any, at: datetime) -> list[Order]:
    """Return the orders of a file for a brand, the most urgent first: no more than ``MOST``."""
    return list(with_goods(narrowed(asked, user=user, at=at)).order_by(SHIP_CLOCK, "pk")[:MOST])


def brands_waiting(user: Any, *, at: datetime) -> list[AtBrand]:
    """Return, by brand, what waits there, how much of it is late, and when the oldest was paid: two statements."""
    rows = (
        waiting_at_brands(user)
        .order_by()
        .values("warehouse__brand")
        .annotate(waiting=Count("pk"), late=Count("pk", filter=Q(ship_by__lt=at)), oldest=Min("paid_at"))
    )
    counted = {row["warehouse__brand"]: row for row in rows}
    brands = Brand.objects.filter(pk__in=counted).order_by("name", "code")
    return [
        AtBrand(brand, counted[brand.pk]["waiting"], counted[brand.pk]["late"], counted[brand.pk]["oldest"])
        for brand in brands
    ]
