"""Orders that find too little free stock take theirs from what is held for their shop.

Who takes locks the lines of the holds, then what is reserved for them, then the stock: so nobody comes between what is
given back and what is promised to the order. A line is never replaced, while what is reserved for it is, part by part.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from catalog.choices import ReservationStatus
from catalog.models import Reservation, StockHoldLine
from catalog.operations.holds import HOLD_KIND, release
from catalog.operations.reserving import (
    ReservationRequest,
    Reserved,
    Source,
    Sources,
    Taken,
    hold,
    lock_sources,
    take_whole,
)
from catalog.queries.sellable import MOST_DAYS
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import Outcome
from ops_portal.lib.rows import as_json, update_rows

Wanted = tuple[str, int]  # the code of a shop, and the id of a SKU that its orders want

HELD_FOR: Final = """
    FROM catalog_stockholdline l
    JOIN catalog_stockhold h ON h.id = l.hold_id
    JOIN catalog_channel c ON c.id = h.channel_id
    JOIN json_to_recordset(%s) AS w(shop text, sku_id bigint) ON w.shop = c.code AND w.sku_id = l.sku_id
    WHERE h.status = 'held' AND h.expires_at > %s AND l.drawn < l.units
"""


class HoldsWanted(Exception):  # noqa: N818 - no error: the caller begins anew with these locked
    """Holds could serve what came out short, but they are locked before the stock, which is locked already."""

    def __init__(self, wanted: Collection[Wanted]) -> None:
        super().__init__(len(wanted))
        self.wanted = frozenset(wanted)


@dataclass(frozen=True, slots=True)
class Line:
    """A locked line of a hold."""

    id: int
    drawn: int
    shop: str
    until: datetime


@dataclass(slots=True)
class Held:
    """What is held for shops, locked: lines by (hold's number, position), and what is reserved for them.

    ``is_stale`` tells that orders took from it: what is left was reserved anew.
    """

    wanted: frozenset[Wanted] = frozenset()
    lines: dict[tuple[str, int], Line] = field(default_factory=dict)
    reserved: list[Reservation] = field(default_factory=list)
    is_stale: bool = False


def wanted_by(requests: Sequence[ReservationRequest], shops: Sequence[str]) -> set[Wanted]:
    """Return which SKUs the shops' requests want."""
    return {
        (shop, item.sku_id) for request, shop in zip(requests, shops, strict=True) for item in request.items
    }


def is_held(wanted: Collection[Wanted], *, at: datetime) -> bool:
    """Tell whether any of it is held for the shop: one statement."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT 1 {HELD_FOR})", [rows_of(wanted), at])
        (answer,) = cursor.fetchone()
    return bool(answer)


def lock_held(wanted: Collection[Wanted], *, at: datetime) -> Held:
    """Lock what is held for shops of what they want: the lines of holds, then what is reserved for them.

    One statement where nothing is held, two else.
    """
    held = Held(frozenset(wanted))
    if not wanted:
        return held
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT h.number, l.position, l.id, l.drawn, c.code, h.expires_at {HELD_FOR}"
            " ORDER BY l.id FOR NO KEY UPDATE OF l",
            [rows_of(wanted), at],
        )
        for number, position, pk, drawn, shop, until in cursor.fetchall():
            held.lines[number, position] = Line(pk, drawn, shop, until)
    if held.lines:
        held.reserved = reserved_for(held)
    return held


def reserved_for(held: Held) -> list[Reservation]:
    """Lock and return what is reserved for locked lines."""
    standing = Reservation.objects.filter(
        document_kind=HOLD_KIND,
        document_number__in={number for number, _position in held.lines},
        item__in={position for _number, position in held.lines},
        status=ReservationStatus.HELD,
    )
    locked = standing.select_related("stock__sku", "batch").order_by("pk")
    return [
        each
        for each in locked.select_for_update(no_key=True, of=("self",))
        if (each.document_number, each.item) in held.lines
    ]


def rows_of(wanted: Collection[Wanted]) -> str:
    return as_json([{"shop": shop, "sku_id": sku_id} for shop, sku_id in sorted(wanted)])


def serve_from_holds(
    requests: Sequence[ReservationRequest],
    shops: Sequence[str],
    outcome: Outcome[Reserved],
    held: Held,
    *,
    actor: Principal,
    at: datetime,
) -> Outcome[Reserved]:
    """Return ``outcome`` of reserving ``requests`` with what came out short served from the holds of its shop.

    Free units go first; an order is served whole from one warehouse still. The caller has reserved ``requests``,
    and so holds the locks of their stock. Raises HoldsWanted where holds that could serve aren't locked.
    """
    if not outcome.refused:
        return outcome
    short = dict(outcome.refused)
    wanted = wanted_by([requests[index] for index in short], [shops[index] for index in short])
    unlocked = wanted - held.wanted
    if unlocked and is_held(unlocked, at=at):
        raise HoldsWanted(wanted_by(requests, shops) | held.wanted)
    if held.is_stale:  # what is reserved anew was born in this transaction
        held.reserved, held.is_stale = reserved_for(held), False
    if not held.reserved:
        return outcome
    drawing = Drawing(held, wanted, at=at)
    served = {index: drawing.take(requests[index], shops[index]) for index in sorted(short)}
    drawing.write(actor=actor, at=at)
    fits = iter(outcome.done)
    done = [served.get(index) or (None if index in short else next(fits)) for index in range(len(requests))]
    return Outcome(
        [each for each in done if each is not None],
        [(index, refusal) for index, refusal in outcome.refused if served[index] is None],
    )


class Drawing:
    """What is free and what is held, from which orders take one after the other before anything is written."""

    def __init__(self, held: Held, wanted: Collection[Wanted], *, at: datetime) -> None:
        today = timezone.localdate(at, timezone.get_default_timezone())
        self.held = held
        self.free = lock_sources({sku_id for _shop, sku_id in wanted}, on=today)
        self.of_shop: dict[str, Sources] = defaultdict(lambda: defaultdict(list))
        self.taken_from: dict[int, tuple[Reservation, Source]] = {}  # by the identity of the source
        self.rows: list[dict[str, Any]] = []
        # What ends first is taken first.
        for each in sorted(held.reserved, key=lambda one: (self.line_of(one).until, one.pk)):
            if is_fit(each, on=today):
                source = Source(each.stock_id, each.batch_id, each.units)
                place = (each.stock.warehouse_id, each.stock.sku_id)
                self.of_shop[self.line_of(each).shop][place].append(source)
                self.taken_from[id(source)] = (each, source)

    def line_of(self, reservation: Reservation) -> Line:
        return self.held.lines[reservation.document_number, reservation.item]

    def take(self, request: ReservationRequest, shop: str) -> Reserved | None:
        """Take a whole request from the first warehouse that has it, free or held for the shop."""
        held = self.of_shop[shop]
        both: Sources = defaultdict(list)
        for place in {*self.free, *held}:
            both[place] = [*self.free.get(place, ()), *held.get(place, ())]
        places = request.warehouse_ids or sorted({warehouse for warehouse, _sku in both})
        found = take_whole(request, places, both)
        if found is None:
            return None
        warehouse_id, taken = found
        self.rows += together(request, taken)
        return Reserved(request.document_number, warehouse_id)

    def write(self, *, actor: Principal, at: datetime) -> None:
        """Give back what orders took from, hold the rest of it anew, and promise the orders theirs."""
        touched = [
            (each, source) for each, source in self.taken_from.values() if source.available < each.units
        ]
        release([each for each, _source in touched], actor=actor, at=at)
        rest = [
            {
                "document_kind": each.document_kind,
                "document_number": each.document_number,
                "item": each.item,
                "stock_id": each.stock_id,
                "batch_id": each.batch_id,
                "units": source.available,
            }
            for each, source in touched
            if source.available
        ]
        hold([*rest, *self.rows], actor=actor, at=at)
        changed: set[tuple[str, int]] = set()
        for each, source in touched:
            key = (each.document_number, each.item)
            line = self.held.lines[key]
            self.held.lines[key] = replace(line, drawn=line.drawn + each.units - source.available)
            changed.add(key)
        lines = [self.held.lines[key] for key in sorted(changed)]
        update_rows(StockHoldLine, ("drawn",), [{"id": line.id, "drawn": line.drawn} for line in lines])
        self.held.is_stale = bool(touched)


def is_fit(reservation: Reservation, *, on: date) -> bool:
    """Tell whether what is held may still be sent to a buyer."""
    expires_on = reservation.batch.expires_on if reservation.batch else None
    if expires_on is None:
        return True
    days = min(reservation.stock.sku.ship_days or 0, MOST_DAYS)
    return bool(expires_on >= on + timedelta(days=days))


def together(request: ReservationRequest, taken: Taken) -> list[dict[str, Any]]:
    """Return the reservations of a served request as rows, one for each balance that an item takes from."""
    units: dict[tuple[int, int, int | None], int] = defaultdict(int)
    for item, source, count in taken:
        units[item.item, source.stock_id, source.batch_id] += count
    return [
        {
            "document_kind": request.document_kind,
            "document_number": request.document_number,
            "item": item,
            "stock_id": stock_id,
            "batch_id": batch_id,
            "units": count,
        }
        for (item, stock_id, batch_id), count in units.items()
    ]
