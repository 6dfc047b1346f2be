"""The order desk: its queues with what waits in each, one page of a queue, and orders that are looked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, Prefetch, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.utils.translation import gettext_lazy as _

from ops_portal.lib.sealing import blind_index, plain_phone
from orders.choices import OrderStatus, RefundStatus
from orders.desk import AT_BRAND, PACK, PICK, QUEUES, REFUND, REVIEW, SHIP, SHORT, STATUSES
from orders.models import Order, OrderLine, Shipment
from orders.models.orders import IS_HELD, IS_UNPAID, SHIP_CLOCK

PAGE: Final = 50
COUNTED: Final = 1000  # a queue with more is shown as 999+
SHIPPED: Final = "order_shipped"
UNPAID: Final = "order_unpaid"  # no queue of anybody's: they wait for their buyers
TABS: Final = (UNPAID, REVIEW, SHORT, PICK, PACK, SHIP, SHIPPED, REFUND)
LABELS: Final[dict[str, Any]] = {queue.code: queue.label for queue in QUEUES} | {
    SHIPPED: _("Shipped"),
    UNPAID: _("Awaiting payment"),
}
GOES_ON: Final = (RefundStatus.NONE, RefundStatus.PARTLY)
MINE, NOBODYS = "me", "nobody"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader asks the desk for; ``text`` looks for orders in all queues."""

    tab: str = REVIEW
    shop: str = ""
    platform: str = ""
    owner: str = ""
    has_remark: bool = False
    is_late: bool = False
    text: str = ""
    after: str = ""

    @property
    def is_filtered(self) -> bool:
        """Tell whether anything but the queue was chosen."""
        return bool(self.shop or self.platform or self.owner or self.has_remark or self.is_late)


@dataclass(frozen=True, slots=True)
class Tab:
    """A queue with the number of orders in it; of the shipped ones nobody counts."""

    code: str
    label: Any
    count: int | None

    @property
    def shown(self) -> str:
        """Return the number as people read it."""
        if self.count is None:
            return ""
        return f"{COUNTED - 1}+" if self.count >= COUNTED else str(self.count)


@dataclass(slots=True)
class Found:
    """One page of orders, and the place after which there are more."""

    orders: Sequence[Order] = ()
    following: str = ""


def queue_of_tab(orders: QuerySet[Order], tab: str) -> QuerySet[Order]:
    """Narrow to the orders of one queue."""
    if tab == REFUND:
        return orders.filter(IS_HELD)
    if tab == SHIPPED:
        return orders.filter(status=OrderStatus.SHIPPED)
    orders = orders.filter(refund_status__in=GOES_ON)
    if tab == UNPAID:
        return orders.filter(IS_UNPAID)
    if tab == PICK:
        orders = orders.exclude(AT_BRAND)
    return orders.filter(status__in=STATUSES[tab], paid_at__isnull=False)


def filtered(orders: QuerySet[Order], asked: Asked, *, user: Any, at: datetime) -> QuerySet[Order]:
    """Narrow to what the reader asks for beside the queue."""
    if asked.shop:
        orders = orders.filter(shop__code=asked.shop)
    if asked.platform:
        orders = orders.filter(shop__platform=asked.platform)
    if asked.owner == MINE:
        orders = orders.filter(owner=user)
    elif asked.owner == NOBODYS:
        orders = orders.filter(owner=None)
    if asked.has_remark:
        orders = orders.exclude(remark="")
    if asked.is_late:
        late = Q(ship_by__lt=at)
        orders = orders.filter(late | Q(review_by__lt=at) if asked.tab == REVIEW else late)
    return orders


def tabs(user: Any) -> list[Tab]:
    """Return the queues with what waits in each for this reader: one statement, which counts no further than shown."""
    visible = Order.objects.visible_to(user)
    texts: list[str] = []
    params: list[Any] = []
    counted: list[str] = []
    for code in TABS:
        if code == SHIPPED:
            continue
        try:
            some = queue_of_tab(visible, code).order_by().values("pk")[:COUNTED]
            sql, own = some.query.sql_with_params()
        except EmptyResultSet:
            continue
        texts.append(f"(SELECT count(*) FROM ({sql}) AS few)")
        params += own
        counted.append(code)
    counts: dict[str, int] = dict.fromkeys(counted, 0)
    if texts:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(texts)}", params)
            counts = dict(zip(counted, cursor.fetchone(), strict=True))
    return [Tab(code, LABELS[code], None if code == SHIPPED else counts.get(code, 0)) for code in TABS]


def page_of_orders(asked: Asked, *, user: Any, at: datetime) -> Found:
    """Return one page of a queue, the most urgent first: two statements.

    Of those shipped, or looked for, the newest come first; of those not paid, the oldest.
    """
    orders: QuerySet[Order] = Order.objects.visible_to(user)
    if asked.text:
        orders = orders.filter(pk__in=looked_for(asked.text, user=user), undone_at__isnull=True)
    else:
        orders = filtered(queue_of_tab(orders, asked.tab), asked, user=user, at=at)
    is_newest_first = bool(asked.text) or asked.tab == SHIPPED
    by_age = is_newest_first or asked.tab == UNPAID
    orders = orders.alias(clock=F("placed_at") if by_age else SHIP_CLOCK)
    place = place_of(asked.after)
    if place is not None:
        row = Tuple(F("clock"), F("pk"))
        orders = orders.filter((TupleLessThan if is_newest_first else TupleGreaterThan)(row, place))
    sequence = ("-clock", "-pk") if is_newest_first else ("clock", "pk")
    lines = OrderLine.objects.order_by("position").only(
        "order_id", "position", "sku_code", "title", "units", "is_gift"
    )
    shown = orders.order_by(*sequence).annotate(place=F("clock"))
    shown = shown.select_related("shop", "owner").prefetch_related(Prefetch("lines", lines))
    found = list(shown[: PAGE + 1])
    following = f"{found[PAGE - 1].place.isoformat()}|{found[PAGE - 1].pk}" if len(found) > PAGE else ""
    return Found(found[:PAGE], following)


def place_of(text: str) -> tuple[datetime, int] | None:
    """Return the place in a list that an address names, or None."""
    moment, _bar, pk = text.partition("|")
    if not (pk.isascii() and pk.isdecimal() and len(pk) < 19):
        return None
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return (at, int(pk)) if at.tzinfo is not None else None


def is_a_phone(text: str) -> bool:
    """Tell whether ``text`` is written like a Chinese mobile number."""
    digits = plain_phone(text)
    return len(digits) == 11 and digits.startswith("1")


def as_scanned(text: str) -> str:
    """Return what a scanner or a hand typed without the blanks in it: no number has any."""
    return "".join(text.split())[:60]


def looked_for(text: str, *, user: Any) -> QuerySet[Any]:
    """Return the ids of the orders of this number, platform number or waybill; of this phone, to whoever may see it."""
    wanted = as_scanned(text)
    by_number = Order.objects.filter(number=wanted.upper()).values("pk")
    spellings = {wanted, wanted.upper(), wanted.lower()}
    others = [
        Order.objects.filter(platform_number__in=spellings, undone_at__isnull=True).values("pk"),
        Shipment.objects.filter(waybill_number=wanted.upper()).values("order_id"),
        Shipment.objects.filter(waybill_number=wanted).values("order_id"),
    ]
    if is_a_phone(wanted) and user.has_perm("orders.view_buyer"):
        others.append(Order.objects.filter(phone_key=blind_index(wanted, "phone")).values("pk"))
    return by_number.union(*others)


def summary_of(lines: Sequence[OrderLine], most: int = 3) -> Mapping[str, Any]:
    """Return the first lines of an order, and what is left out."""
    return {
        "first": lines[:most],
        "more": max(0, len(lines) - most),
        "units": sum(line.units for line in lines),
    }
