"""Promise units to documents, whole or not at all, and never a unit twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.choices import ReservationStatus
from catalog.models import Reservation, Sku
from catalog.operations.ledger import owner_rank
from catalog.queries.sellable import MOST_DAYS
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.rows import as_json


class OutOfStock(Refused):
    """No warehouse of the list holds the whole request. ``skus`` names each SKU that is short."""

    code = "out_of_stock"


@dataclass(frozen=True, slots=True)
class ReservationItem:
    """So many units of a SKU (never a bundle) for one item of a document."""

    item: int
    sku_id: int
    units: int


@dataclass(frozen=True, slots=True)
class ReservationRequest:
    """What one document wants, and the warehouses that may serve it, the preferred first (empty: any, by id)."""

    document_kind: str
    document_number: str
    warehouse_ids: tuple[int, ...]
    items: tuple[ReservationItem, ...]


@dataclass(frozen=True, slots=True)
class Reserved:
    """The request that was served, and from which warehouse."""

    document_number: str
    warehouse_id: int


@dataclass(slots=True)
class Source:
    """One locked balance to take from: a stock row, or one batch of it."""

    stock_id: int
    batch_id: int | None
    available: int


Sources = dict[tuple[int, int], list[Source]]  # by (warehouse, sku), in the order in which units leave
Taken = list[tuple[ReservationItem, Source, int]]


@operation
def reserve_stock(
    requests: Sequence[ReservationRequest], *, actor: Principal, at: datetime
) -> Outcome[Reserved]:
    """Serve ``requests`` as ``reserve_for_new``; a document that holds a reservation keeps it.

    So a repeated call has no effect. The caller holds the lock of its documents. Refuses OutOfStock, by request.
    """
    held = held_warehouses(requests)
    fresh = [index for index, request in enumerate(requests) if request.document_number not in held]
    served = reserve_for_new([requests[index] for index in fresh], actor=actor, at=at)
    refused = [(fresh[position], refusal) for position, refusal in served.refused]
    places = held | {reserved.document_number: reserved.warehouse_id for reserved in served.done}
    out = {index for index, _refusal in refused}
    done = [
        Reserved(request.document_number, places[request.document_number])
        for index, request in enumerate(requests)
        if index not in out
    ]
    return Outcome(done, refused)


@operation
def reserve_for_new(
    requests: Sequence[ReservationRequest], *, actor: Principal, at: datetime
) -> Outcome[Reserved]:
    """Serve documents that can't hold anything yet, in their order: each whole from the first warehouse that has it.

    Consigned goods leave before own, batches first-expired-first; those with fewer days left than ``Sku.ship_days``,
    and expired ones, not at all. Refuses OutOfStock.
    """
    outcome: Outcome[Reserved] = Outcome()
    if not requests:
        return outcome
    today = timezone.localdate(at, timezone.get_default_timezone())
    sources = lock_sources({item.sku_id for request in requests for item in request.items}, on=today)
    warehouses = sorted({warehouse for warehouse, _sku in sources})
    rows: list[dict[str, Any]] = []
    short: list[tuple[int, ReservationRequest, dict[int, int]]] = []
    for index, request in enumerate(requests):
        places = request.warehouse_ids or warehouses
        found = take_whole(request, places, sources)
        if found is None:
            short.append((index, request, best_on_hand(request, places, sources)))
            continue
        warehouse_id, taken = found
        outcome.done.append(Reserved(request.document_number, warehouse_id))
        rows += reservation_rows(request, taken)
    outcome.refused = refusals(short)
    hold(rows, actor=actor, at=at)
    return outcome


def held_warehouses(requests: Sequence[ReservationRequest]) -> dict[str, int]:
    """Return the warehouse of each requested document that holds a reservation already."""
    if not requests:
        return {}
    rows = Reservation.objects.filter(
        document_kind=requests[0].document_kind,
        document_number__in=[request.document_number for request in requests],
        status=ReservationStatus.HELD,
    ).values_list("document_number", "stock__warehouse_id")
    return dict(rows)


def lock_sources(sku_ids: Iterable[int], *, on: date) -> Sources:
    """Lock every balance of ``sku_ids`` in key order and return what can be taken, in the order it leaves."""
    sources: Sources = defaultdict(list)
    by_batch: dict[int, tuple[int, int, date]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.id, s.sku_id, s.warehouse_id, s.owner, s.available, k.tracks_batches, k.ship_days"
            " FROM catalog_stock s JOIN catalog_sku k ON k.id = s.sku_id WHERE s.sku_id = ANY(%s)"
            " ORDER BY s.sku_id, s.warehouse_id, s.owner FOR NO KEY UPDATE OF s",
            [sorted(sku_ids)],
        )
        rows = cursor.fetchall()
        for stock_id, sku_id, warehouse_id, _owner, available, tracks_batches, ship_days in sorted(
            rows, key=lambda row: (row[2], row[1], owner_rank(row[3]))
        ):
            if tracks_batches:
                earliest = on + timedelta(days=min(ship_days or 0, MOST_DAYS))
                by_batch[stock_id] = (warehouse_id, sku_id, earliest)
            sources[warehouse_id, sku_id].append(Source(stock_id, None, available))
        if by_batch:
            cursor.execute(
                "SELECT b.stock_id, b.batch_id, b.available, c.expires_on"
                " FROM catalog_batchstock b JOIN catalog_batch c ON c.id = b.batch_id"
                " WHERE b.stock_id = ANY(%s) ORDER BY b.stock_id, b.batch_id FOR NO KEY UPDATE OF b",
                [list(by_batch)],
            )
            split_by_batch(sources, by_batch, cursor.fetchall())
    return sources


def split_by_batch(
    sources: Sources,
    by_batch: dict[int, tuple[int, int, date]],
    batches: Sequence[tuple[int, int, int, date | None]],
) -> None:
    """Replace each balance that is kept by batch with its batches, the first to expire first.

    ``by_batch`` gives a balance's warehouse and SKU, and the earliest date with which a batch still leaves.
    """
    fresh: dict[int, list[tuple[date, Source]]] = defaultdict(list)
    for stock_id, batch_id, available, expires_on in batches:
        if expires_on is None or expires_on >= by_batch[stock_id][2]:
            fresh[stock_id].append((expires_on or date.max, Source(stock_id, batch_id, available)))
    for key in {(warehouse_id, sku_id) for warehouse_id, sku_id, _earliest in by_batch.values()}:
        sources[key] = [
            source
            for whole in sources[key]
            for _expiry, source in sorted(fresh[whole.stock_id], key=lambda pair: (pair[0], pair[1].batch_id))
        ]


def take_whole(
    request: ReservationRequest, warehouse_ids: Iterable[int], sources: Sources
) -> tuple[int, Taken] | None:
    """Take the whole request from the first warehouse that holds it; touch nothing where none does."""
    for warehouse_id in warehouse_ids:
        taken: Taken = []
        for item in request.items:
            wanted = item.units
            for source in sources.get((warehouse_id, item.sku_id), ()):
                units = min(wanted, source.available)
                if units > 0:
                    source.available -= units
                    wanted -= units
                    taken.append((item, source, units))
                if not wanted:
                    break
            if wanted:
                break
        else:
            return warehouse_id, taken
        for _item, source, units in taken:
            source.available += units
    return None


def best_on_hand(
    request: ReservationRequest, warehouse_ids: Iterable[int], sources: Sources
) -> dict[int, int]:
    """Return, by SKU, the most units that one warehouse has left for a request that no warehouse holds whole."""
    places = list(warehouse_ids)
    return {
        item.sku_id: max(
            (sum(source.available for source in sources.get((place, item.sku_id), ())) for place in places),
            default=0,
        )
        for item in request.items
    }


def refusals(short: Sequence[tuple[int, ReservationRequest, dict[int, int]]]) -> list[tuple[int, Refused]]:
    """Name each SKU that is short; every SKU of the request where only the combination is not to be had."""
    if not short:
        return []
    codes = dict(
        Sku.objects.filter(pk__in={sku for _i, _r, best in short for sku in best}).values_list("pk", "code")
    )
    refused: list[tuple[int, Refused]] = []
    for index, request, best in short:
        wanted: dict[int, int] = defaultdict(int)
        for item in request.items:
            wanted[item.sku_id] += item.units
        missing = [sku for sku, units in wanted.items() if units > best[sku]] or list(wanted)
        skus = [{"sku": codes[sku], "wanted": wanted[sku], "available": best[sku]} for sku in missing]
        detail = _("Not enough stock in any one warehouse for: %(names)s.")
        refused.append((index, OutOfStock(detail, names=", ".join(codes[sku] for sku in missing), skus=skus)))
    return refused


def reservation_rows(request: ReservationRequest, taken: Taken) -> list[dict[str, Any]]:
    """Return the reservations of one served request as rows."""
    return [
        {
            "document_kind": request.document_kind,
            "document_number": request.document_number,
            "item": item.item,
            "stock_id": source.stock_id,
            "batch_id": source.batch_id,
            "units": units,
        }
        for item, source, units in taken
    ]


def hold(rows: Sequence[dict[str, Any]], *, actor: Principal, at: datetime) -> None:
    """Write reservations and the movements that fill them, in one statement.

    The function ``catalog_hold_units`` stands in a migration: as text, it would cost more to plan than to run.
    """
    if rows:
        with connection.cursor() as cursor:
            cursor.execute("SELECT catalog_hold_units(%s::json, %s, %s)", [as_json(rows), str(actor), at])
