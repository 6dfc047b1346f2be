"""What becomes of promised units: released, shipped, sold, or on their way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from catalog.choices import ReservationStatus, StockState
from catalog.models import Reservation
from catalog.operations.ledger import Entry, announce_arrivals, lock_stock, post_movements
from ops_portal.lib.principals import Principal, operation


@dataclass(frozen=True, slots=True)
class Fate:
    """From which standing reservations go to which, and what their units do on the way."""

    before: ReservationStatus
    after: ReservationStatus
    from_state: StockState
    to_state: StockState


RELEASE = Fate(ReservationStatus.HELD, ReservationStatus.RELEASED, StockState.RESERVED, StockState.AVAILABLE)
SHIP = Fate(ReservationStatus.HELD, ReservationStatus.SHIPPED, StockState.RESERVED, StockState.SHIPPED)
SELL = Fate(ReservationStatus.SHIPPED, ReservationStatus.SOLD, StockState.SHIPPED, StockState.SOLD)
INTERCEPT = Fate(
    ReservationStatus.SHIPPED, ReservationStatus.RETURNING, StockState.SHIPPED, StockState.RETURNING
)


@operation
def release_reservations(
    document_kind: str, document_numbers: Sequence[str], *, actor: Principal, at: datetime
) -> int:
    """Give back what the documents hold; return the number of units. Repeated, it does nothing."""
    return settle(RELEASE, document_kind, document_numbers, actor=actor, at=at)


@operation
def ship_reserved(
    document_kind: str, document_numbers: Sequence[str], *, actor: Principal, at: datetime
) -> int:
    """Take what the documents hold out of the house; return the number of units. Repeated, it does nothing."""
    return settle(SHIP, document_kind, document_numbers, actor=actor, at=at)


@operation
def sell_shipped(
    document_kind: str, document_numbers: Sequence[str], *, actor: Principal, at: datetime
) -> int:
    """Book shipped units as sold; return the number of units. Repeated, it does nothing."""
    return settle(SELL, document_kind, document_numbers, actor=actor, at=at)


@operation
def intercept_shipped(
    document_kind: str, document_numbers: Sequence[str], *, actor: Principal, at: datetime
) -> int:
    """Book shipped units as on their way back; return the number of units. Repeated, it does nothing."""
    return settle(INTERCEPT, document_kind, document_numbers, actor=actor, at=at)


def settle(
    fate: Fate, document_kind: str, document_numbers: Sequence[str], *, actor: Principal, at: datetime
) -> int:
    """Lock reservations by id, then their balances by key; post one movement for each."""
    reservations = list(
        Reservation.objects.filter(
            document_kind=document_kind, document_number__in=list(document_numbers), status=fate.before
        )
        .order_by("pk")
        .select_for_update(no_key=True)
    )
    if not reservations:
        return 0
    lock_stock({reservation.stock_id for reservation in reservations})
    Reservation.objects.filter(pk__in=[reservation.pk for reservation in reservations]).update(
        status=fate.after, updated_at=at
    )
    entries = [
        Entry(
            stock_id=reservation.stock_id,
            batch_id=reservation.batch_id,
            units=reservation.units,
            from_state=fate.from_state.value,
            to_state=fate.to_state.value,
            document_kind=reservation.document_kind,
            document_number=reservation.document_number,
            key=f"reservation:{reservation.pk}:{fate.after}",
        )
        for reservation in reservations
    ]
    post_movements(entries, actor=actor, at=at)
    announce_arrivals(entries, actor=actor, at=at)
    return sum(reservation.units for reservation in reservations)
