"""Goods that were on their way arrive."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from catalog.choices import StockDocumentKind, StockState
from catalog.models import StockDocument, StockDocumentLine
from catalog.operations.documents import (
    ARRIVAL_POSITIONS,
    Balance,
    Leg,
    NotEnoughUnits,
    lock_documents,
    post_lines,
)
from catalog.operations.ledger import (
    lock_stock,
    open_batch_stock,
    open_stock,
)
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused

S = StockState


class NothingOnTheWay(Refused):
    """The paper is no transfer."""

    code = "nothing_on_the_way"


@operation
def receive_transfers(
    documents: Sequence[StockDocument], *, actor: Principal, at: datetime
) -> Outcome[StockDocument]:
    """Book what was dispatched into the warehouse it was sent to; what arrived before is left alone.

    Refuses NothingOnTheWay, and NotEnoughUnits where units were lost on the way.
    """
    outcome: Outcome[StockDocument] = Outcome()
    by_id = lock_documents(documents)
    lines = {pk: list(document.lines.all()) for pk, document in by_id.items()}
    arrived = {pk for pk, of in lines.items() if any(line.position > ARRIVAL_POSITIONS for line in of)}
    on_the_way = [
        (document, line)
        for pk, document in by_id.items()
        if document.kind == StockDocumentKind.TRANSFER and pk not in arrived
        for line in lines[pk]
    ]
    opened = open_stock(
        [(line.stock.sku_id, place_of(document), line.stock.owner) for document, line in on_the_way]
    )
    lock_stock({line.stock_id for _document, line in on_the_way} | set(opened.values()))
    balances = Balance.load({line.stock_id for _document, line in on_the_way})
    arrivals: list[StockDocumentLine] = []
    for index, given in enumerate(documents):
        document = by_id[given.pk]
        if document.kind != StockDocumentKind.TRANSFER:
            detail = _("%(number)s is no transfer; nothing of it is on the way.")
            outcome.refused.append((index, NothingOnTheWay(detail, number=document.number)))
            continue
        if document.pk not in arrived:
            try:
                balances.take([leg_of_arrival(line) for line in lines[document.pk]])
            except NotEnoughUnits as refusal:
                outcome.refused.append((index, refusal))
                continue
            arrived.add(document.pk)
            arrivals += arrivals_of(document, lines[document.pk], opened)
        outcome.done.append(document)
    open_batch_stock([(line.stock_id, line.batch_id) for line in arrivals if line.batch_id])
    post_lines(StockDocumentLine.objects.bulk_create(arrivals), actor=actor, at=at)
    return outcome


def place_of(document: StockDocument) -> int:
    """Return the id of the warehouse that a transfer goes to."""
    return int(document.to_warehouse_id or 0)


def leg_of_arrival(line: StockDocumentLine) -> Leg:
    """Return what leaves the sender's books when a line arrives."""
    code = line.batch.code if line.batch else ""
    return Leg(line.stock_id, code, line.units, S.IN_TRANSIT.value, S.OUTSIDE.value)


def arrivals_of(
    document: StockDocument, lines: Sequence[StockDocumentLine], opened: dict[tuple[int, int, str], int]
) -> list[StockDocumentLine]:
    """Return, for each line on the way, one that leaves the sender's books and one that enters the receiver's."""
    arrivals = []
    for line in lines:
        entered = opened[line.stock.sku_id, place_of(document), line.stock.owner]
        legs = ((line.stock_id, S.IN_TRANSIT, S.OUTSIDE), (entered, S.OUTSIDE, S.AVAILABLE))
        for leg, (stock_id, from_state, to_state) in enumerate(legs, start=1):
            arrivals.append(
                StockDocumentLine(
                    document=document,
                    position=ARRIVAL_POSITIONS + 2 * line.position + leg,
                    stock_id=stock_id,
                    batch_id=line.batch_id,
                    units=line.units,
                    from_state=from_state,
                    to_state=to_state,
                )
            )
    return arrivals
