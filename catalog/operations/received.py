"""What has come of deliveries, line by line: counted when receipts are booked, taken off when they are undone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from catalog.choices import INBOUND_MOVES, InboundStatus, StockState
from catalog.models import InboundDelivery, InboundLine, StockDocument, StockDocumentLine
from catalog.operations.deliveries import local_day, lock_deliveries, tell_brands
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import Refused, raise_first
from ops_portal.lib.rows import insert_rows, update_rows
from ops_portal.lib.states import move_all


class NotOnDelivery(Refused):
    """The delivery does not name the SKU; whoever receives it says that it is to be taken in all the same."""

    code = "not_on_delivery"


class MoreThanPromised(Refused):
    """More came than was promised; whoever receives it says that it is to be taken in all the same."""

    code = "more_than_promised"


@dataclass(slots=True)
class Counted:
    """What has come of each SKU of a locked delivery, while a batch is worked through."""

    lines: dict[int, InboundLine]
    changed: set[int] = field(default_factory=set)

    def check(self, number: str, units: dict[int, int], codes: dict[int, str]) -> None:
        """Refuse NotOnDelivery, MoreThanPromised."""
        for sku_id, more in units.items():
            line = self.lines.get(sku_id)
            if line is None or (not line.promised and not line.received):
                detail = _("%(sku)s is not on the delivery %(number)s.")
                raise NotOnDelivery(detail, sku=codes[sku_id], number=number, units=more)
            if line.received + more > line.promised:
                detail = _("%(sku)s: that makes %(units)s of %(promised)s promised units.")
                raise MoreThanPromised(
                    detail, sku=codes[sku_id], units=line.received + more, promised=line.promised
                )

    def add(self, delivery: InboundDelivery, sku_id: int, units: int, damaged: int) -> None:
        """Count units that came; a SKU that wasn't promised gets a line of its own."""
        line = self.lines.get(sku_id)
        if line is None:
            place = 1 + max((each.position for each in self.lines.values()), default=0)
            line = InboundLine(delivery=delivery, position=place, sku_id=sku_id, promised=0)
            self.lines[sku_id] = line
        line.received += units
        line.damaged += damaged
        self.changed.add(sku_id)


def counted_lines(deliveries: Iterable[InboundDelivery]) -> dict[int, Counted]:
    """Return what has come of locked deliveries so far, by their ids."""
    counted = {delivery.pk: Counted({}) for delivery in deliveries}
    for line in InboundLine.objects.filter(delivery__in=counted).order_by("delivery", "position"):
        counted[line.delivery_id].lines[line.sku_id] = line
    return counted


def write_counts(
    deliveries: Sequence[InboundDelivery], counted: dict[int, Counted], *, actor: Principal, at: datetime
) -> None:
    """Write what has come of deliveries, which are then being received."""
    if not deliveries:
        return
    waiting = [each for each in deliveries if each.status != InboundStatus.RECEIVING]
    moved = move_all(waiting, InboundStatus.RECEIVING, table=INBOUND_MOVES, actor=actor, at=at)
    raise_first(moved.refused)
    for delivery in deliveries:
        delivery.arrived_on = delivery.arrived_on or local_day(at)
        delivery.updated_at = at
    InboundDelivery.objects.bulk_update(deliveries, ("arrived_on", "updated_at"))
    lines = [
        counted[delivery.pk].lines[sku_id]
        for delivery in deliveries
        for sku_id in sorted(counted[delivery.pk].changed)
    ]
    values = ("received", "damaged")
    insert_rows(
        InboundLine,
        [
            {
                "delivery_id": line.delivery_id,
                "position": line.position,
                "sku_id": line.sku_id,
                "promised": 0,
                **{name: getattr(line, name) for name in values},
            }
            for line in lines
            if line.pk is None
        ],
    )
    update_rows(
        InboundLine,
        values,
        [
            {"id": line.pk, **{name: getattr(line, name) for name in values}}
            for line in lines
            if line.pk is not None
        ],
    )


def lock_deliveries_of(documents: Collection[StockDocument]) -> dict[str, InboundDelivery]:
    """Lock the deliveries that warehouse papers are receipts of; return them by number."""
    numbers = {document.delivery_number for document in documents if document.delivery_number}
    return lock_deliveries(numbers) if numbers else {}


def uncount(
    documents: Collection[StockDocument],
    deliveries: dict[str, InboundDelivery],
    *,
    actor: Principal,
    at: datetime,
) -> None:
    """Take what receipts brought off the lines of their locked deliveries: they were undone."""
    by_pk = {each.pk: deliveries[each.delivery_number] for each in documents if each.delivery_number}
    if not by_pk:
        return
    counted = counted_lines(by_pk.values())
    for line in StockDocumentLine.objects.filter(document__in=by_pk).select_related("stock"):
        delivery = by_pk[line.document_id]
        damaged = line.units if line.to_state == StockState.DAMAGED else 0
        counted[delivery.pk].add(delivery, line.stock.sku_id, -line.units, -damaged)
    lines = [of.lines[sku_id] for of in counted.values() for sku_id in sorted(of.changed)]
    update_rows(
        InboundLine,
        ("received", "damaged"),
        [{"id": line.pk, "received": line.received, "damaged": line.damaged} for line in lines],
    )
    changed = list(dict.fromkeys(by_pk.values()))
    InboundDelivery.objects.filter(pk__in=[each.pk for each in changed]).update(updated_at=at)
    tell_brands(changed, "received", actor=actor, at=at)
