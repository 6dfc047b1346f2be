"""Orders as the desk knows them: which wait for somebody, in which queue, by which clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db.models import Case, CharField, DateTimeField, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce, Concat, NullIf
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.models import Warehouse
from ops_portal.desk.kinds import ModelKind, Queue, register
from orders.choices import ORDER_MOVES, REFUND_MOVES, OrderStatus
from orders.models import Order, OrderLine
from orders.models.orders import IS_HELD, IS_OPEN, IS_UNPAID

S = OrderStatus
REVIEW, SHORT, PICK, BRAND, PACK, SHIP, REFUND = (
    "order_review", "order_short", "order_pick", "order_brand", "order_pack", "order_ship", "order_refund",
)  # fmt: skip
STATUSES: Final = {
    REVIEW: (S.CREATED,),
    SHORT: (S.SHORT, S.UNMAPPED),
    PICK: (S.REVIEWED,),
    PACK: (S.PICKED,),
    SHIP: (S.PACKED,),
}

# Waits for the brand in whose own warehouse its units are reserved, and for nobody on our floor.
AT_BRAND: Final = Q(
    status=S.REVIEWED, warehouse__in=Warehouse.objects.filter(brand__isnull=False).values("pk")
)


def within(here: OrderStatus, there: OrderStatus) -> timedelta | None:
    """Return the time that the table of moves gives."""
    move = ORDER_MOVES.find(here, there)
    return move.within if move else None


QUEUES: Final = (
    Queue(REVIEW, _("To review"), within(S.CREATED, S.REVIEWED)),
    Queue(SHORT, _("Short")),
    Queue(PICK, _("To pick"), within(S.REVIEWED, S.PICKED)),
    Queue(BRAND, _("At the brand")),
    Queue(PACK, _("To pack"), within(S.PICKED, S.PACKED)),
    Queue(SHIP, _("To ship"), within(S.PACKED, S.SHIPPED)),
    Queue(REFUND, _("Refund under way")),
)

FIRST_LINE: Final = Subquery(
    OrderLine.objects.filter(order=OuterRef("pk"), position=1).values(
        what=Concat(
            Coalesce(NullIf("title", Value("")), "sku_code"), Value(" × "), Cast("units", CharField())
        )
    )
)

ORDERS: Final = ModelKind(
    code=ORDER_MOVES.kind,
    label=_("order"),
    model=Order,
    queues=QUEUES,
    view_permission="orders.use_desk",
    work_permission="orders.use_desk",
    queue=Case(
        When(IS_HELD, then=Value(REFUND)),
        When(IS_UNPAID, then=Value(None)),
        When(AT_BRAND, then=Value(BRAND)),
        *(When(status__in=statuses, then=Value(queue)) for queue, statuses in STATUSES.items()),
        output_field=CharField(),
    ),
    is_open=(IS_OPEN & ~IS_UNPAID) | IS_HELD,
    page=lambda number: reverse("orders:order", args=[number]),
    columns={
        "title": Coalesce(FIRST_LINE, Value("")),
        "shop_code": "shop__code",
        "platform": "shop__platform",
        "due_at": Case(When(status=S.CREATED, paid_at__isnull=False, then=F("review_by"))),
        "platform_due_at": Case(When(IS_OPEN, then=F("ship_by"))),
        "paused_at": Value(None, DateTimeField()),
        "amount": "total",
        "opened_at": "created_at",
    },
    moves={ORDER_MOVES.kind: "status", REFUND_MOVES.kind: "refund_status"},
)


def register_orders() -> None:
    """Make orders known to the desk."""
    register(ORDERS)
