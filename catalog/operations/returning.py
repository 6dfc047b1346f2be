"""What becomes of units that were shipped and come back: received for inspection, then graded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext_lazy as _

from catalog.choices import ReservationStatus, StockState
from catalog.models import Reservation
from catalog.operations.ledger import Entry, announce_arrivals, lock_stock, post_movements
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.rows import as_json

S = StockState
# Where units stand before they are received, by how far their reservation went.
OUT = {ReservationStatus.SOLD: S.SOLD, ReservationStatus.RETURNING: S.RETURNING}


class NothingToReturn(Refused):
    """Fewer units are out for this document than are to come back."""

    code = "nothing_to_return"


@dataclass(frozen=True, slots=True)
class ReturnItem:
    """So many units of a SKU that come back of one item of a document. ``key`` is the caller's own name for it."""

    key: int
    item: int
    sku_id: int
    units: int


@dataclass(frozen=True, slots=True)
class ReturnRequest:
    """What reaches the house in the name of ``document_number``, of what ``of_number`` had reserved."""

    of_kind: str
    of_number: str
    document_kind: str
    document_number: str
    items: tuple[ReturnItem, ...]


@dataclass(frozen=True, slots=True)
class ReturnedPart:
    """Units of one reservation that were received: ``from_state`` is where they had stood."""

    key: int
    reservation_id: int
    stock_id: int
    batch_id: int | None
    units: int
    from_state: str


@dataclass(frozen=True, slots=True)
class GradedPart:
    """Units under inspection, by where they go. ``key`` is unique for ever among graded parts."""

    key: str
    document_kind: str
    document_number: str
    stock_id: int
    batch_id: int | None
    available: int
    damaged: int
    lost: int
    reason: str = ""


@operation
def receive_returned(
    requests: Sequence[ReturnRequest], *, actor: Principal, at: datetime
) -> Outcome[tuple[ReturnedPart, ...]]:
    """Book units that were sold, or intercepted on their way, as under inspection; each request whole or not at all.

    Batch and owner stay those with which the units left, the first reserved first. Refuses NothingToReturn.
    """
    outcome: Outcome[tuple[ReturnedPart, ...]] = Outcome()
    if not requests:
        return outcome
    out = lock_out({(request.of_kind, request.of_number) for request in requests})
    left = {
        reservation.pk: reservation.units - reservation.returned for of in out.values() for reservation in of
    }
    entries: list[Entry] = []
    taken: dict[int, int] = defaultdict(int)
    for index, request in enumerate(requests):
        parts = take_out(request, out[request.of_kind, request.of_number], left)
        if parts is None:
            detail = _("Fewer units of %(number)s are out than are to come back.")
            outcome.refused.append((index, NothingToReturn(detail, number=request.of_number)))
            continue
        for part in parts:
            taken[part.reservation_id] += part.units
            entries += received_entries(request, part)
        outcome.done.append(parts)
    note_returned(taken, at=at)
    post_movements(entries, actor=actor, at=at)
    return outcome


@operation
def grade_returned(parts: Sequence[GradedPart], *, actor: Principal, at: datetime) -> int:
    """Book inspected units as available, damaged or lost; return how many movements were new.

    The units must be under inspection: the database refuses a balance below zero.
    """
    if not parts:
        return 0
    lock_stock({part.stock_id for part in parts})
    entries = [
        Entry(
            stock_id=part.stock_id,
            batch_id=part.batch_id,
            units=units,
            from_state=S.INSPECTING.value,
            to_state=state.value,
            document_kind=part.document_kind,
            document_number=part.document_number,
            key=f"return:{part.key}:{state}",
            reason=part.reason,
        )
        for part in parts
        for state, units in ((S.AVAILABLE, part.available), (S.DAMAGED, part.damaged), (S.LOST, part.lost))
        if units
    ]
    written = post_movements(entries, actor=actor, at=at)
    announce_arrivals(entries, actor=actor, at=at)
    return written


def lock_out(documents: set[tuple[str, str]]) -> dict[tuple[str, str], list[Reservation]]:
    """Lock the reservations of which units are out, by id, then their balances by key; return them by document."""
    found = (
        Reservation.objects.filter(
            document_kind__in={kind for kind, _number in documents},
            document_number__in={number for _kind, number in documents},
            status__in=list(OUT),
        )
        .order_by("pk")
        .select_for_update(no_key=True)
        .prefetch_related("stock")
    )
    by_document: dict[tuple[str, str], list[Reservation]] = defaultdict(list)
    for reservation in found:
        by_document[reservation.document_kind, reservation.document_number].append(reservation)
    lock_stock({reservation.stock_id for of in by_document.values() for reservation in of})
    return by_document


def take_out(
    request: ReturnRequest, reservations: Sequence[Reservation], left: dict[int, int]
) -> tuple[ReturnedPart, ...] | None:
    """Take what the request brings back out of ``left``; None, and nothing taken, where that is too little."""
    parts: list[ReturnedPart] = []
    for item in request.items:
        wanted = item.units
        for reservation in reservations:
            if (reservation.item, reservation.stock.sku_id) != (item.item, item.sku_id):
                continue
            units = min(wanted, left[reservation.pk])
            if units <= 0:
                continue
            left[reservation.pk] -= units
            wanted -= units
            state = OUT[ReservationStatus(reservation.status)].value
            parts.append(
                ReturnedPart(
                    item.key, reservation.pk, reservation.stock_id, reservation.batch_id, units, state
                )
            )
        if wanted:
            for part in parts:
                left[part.reservation_id] += part.units
            return None
    return tuple(parts)


def received_entries(request: ReturnRequest, part: ReturnedPart) -> list[Entry]:
    """Return the movements of one part: to the house where it was sold, then under inspection."""
    steps = [(S.RETURNING.value, S.INSPECTING.value)]
    if part.from_state == S.SOLD:
        steps.insert(0, (S.SOLD.value, S.RETURNING.value))
    return [
        Entry(
            stock_id=part.stock_id,
            batch_id=part.batch_id,
            units=part.units,
            from_state=here,
            to_state=there,
            document_kind=request.document_kind,
            document_number=request.document_number,
            key=f"return:{request.document_number}:{part.key}:{part.reservation_id}:{there}",
        )
        for here, there in steps
    ]


def note_returned(taken: dict[int, int], *, at: datetime) -> None:
    """Count on locked reservations what came back of them, in one statement."""
    if not taken:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalog_reservation r SET returned = r.returned + g.units, updated_at = %s"
            " FROM json_to_recordset(%s) AS g(id bigint, units bigint) WHERE r.id = g.id",
            [at, as_json([{"id": pk, "units": units} for pk, units in sorted(taken.items())])],
        )
