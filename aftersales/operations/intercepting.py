"""Parcels that were called back on their way need a door too, or their units would stay under way for ever."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_noop

from aftersales.choices import CaseKind, CaseRefund, CaseStatus, Liable, Reason
from aftersales.models import Case, CaseLine
from aftersales.operations.cases import announce
from aftersales.operations.claims import claims_of
from aftersales.operations.opening import write_cases
from catalog.choices import ReservationStatus
from catalog.models import Reservation
from ops_portal.desk.operations.pausing import pause_clocks
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome
from orders.choices import ORDER_MOVES, OrderStatus
from orders.models import Order, Shipment
from orders.operations.moving import lock_orders

MOST_AT_ONCE: Final = 500
# Why the clock of an intercepted parcel stands.
CARRIER: Final = gettext_noop("waiting for the carrier")


@operation
def open_intercepted(
    order_numbers: Sequence[str] | None = None, *, actor: Principal, at: datetime
) -> Outcome[Case]:
    """Open a case for each order that was cancelled on its way and whose parcel no case awaits yet.

    With ``order_numbers``, of these orders only; at most 500 at once. The case asks no money: its parcel is under
    way, and its clock stands until it arrives. Units that another case brings back are left to that one.
    """
    awaited = Case.objects.live().filter(order__number=OuterRef("document_number"), kind=CaseKind.INTERCEPT)
    waiting = Reservation.objects.filter(
        ~Exists(awaited), document_kind=ORDER_MOVES.kind, status=ReservationStatus.RETURNING, returned=0
    )
    if order_numbers is not None:
        waiting = waiting.filter(document_number__in=list(order_numbers))
    numbers = waiting.order_by("document_number").values_list("document_number", flat=True).distinct()
    found = Order.objects.filter(number__in=list(numbers[:MOST_AT_ONCE]), status=OrderStatus.CANCELLED)
    orders = lock_orders(found.values_list("pk", flat=True))
    claims = claims_of(orders)
    parcels = last_parcels(orders.values())
    known = set(
        Case.objects.live()
        .filter(order__in=orders, kind=CaseKind.INTERCEPT)
        .values_list("order_id", flat=True)
    )
    fresh: list[tuple[Case, list[CaseLine]]] = []
    for order in orders.values():
        of = claims[order.pk]
        lines = [
            CaseLine(order_line=line, units=line.units - of.goods[line.pk], amount=0)
            for line in of.lines.values()
            if line.units > of.goods[line.pk] and line.sku_id
        ]
        if lines and order.pk not in known:
            fresh.append((case_of(order, parcels.get(order.pk), at=at), lines))
    write_cases(fresh, actor=actor, at=at)
    cases = [case for case, _lines in fresh]
    pause_clocks(cases, kind_code="case", reason=CARRIER, actor=actor, at=at)
    announce("opened", cases, actor=actor, at=at)
    return Outcome(cases)


def last_parcels(orders: Iterable[Order]) -> dict[int, Shipment]:
    """Return the parcel in which each order left last."""
    parcels: dict[int, Shipment] = {}
    for parcel in Shipment.objects.filter(order__in=list(orders)).order_by("pk"):
        parcels[parcel.order_id] = parcel
    return parcels


def case_of(order: Order, parcel: Shipment | None, *, at: datetime) -> Case:
    """Return the case that awaits an intercepted parcel, to be written."""
    return Case(
        kind=CaseKind.INTERCEPT,
        status=CaseStatus.IN_TRANSIT,
        refund_status=CaseRefund.NONE,
        order=order,
        shop_id=order.shop_id,
        reason=Reason.REFUSED_PARCEL,
        liable=Liable.UNDECIDED,
        currency=order.currency,
        amount=0,
        freight_amount=0,
        carrier=parcel.carrier if parcel else "",
        waybill_number=parcel.waybill_number if parcel else "",
        requested_at=at,
        created_at=at,
        updated_at=at,
    )
