"""Units in bins: put away, moved, picked. What lies in bins is never more than what the ledger has in the house."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.db import connection
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from catalog.choices import ReservationStatus, ZoneKind
from catalog.models import Batch, Bin, BinMovement, BinStock, Reservation, Stock
from catalog.operations.ledger import lock_stock
from catalog.queries.shelves import standing_of
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.rows import as_json

PUT_AWAY: Final = "put_away"  # kinds of movements that no paper orders
BIN_TRANSFER: Final = "bin_transfer"
CALLED: Final = (gettext_noop("put away"), gettext_noop("bin transfer"))  # by pages, which look the words up


class BinLacksUnits(Refused):
    """A bin, or what lies beyond the bins, holds fewer units than are to leave it."""

    code = "bin_lacks_units"


class UnknownBin(Refused):
    """The warehouse has no such bin, or it is out of use."""

    code = "unknown_bin"


class WrongZone(Refused):
    """The bin stands in a zone for goods in another standing."""

    code = "wrong_zone"


class WhichGoods(Refused):
    """Goods of several owners or batches lie there, and the draft doesn't say which it means."""

    code = "which_goods"


@dataclass(frozen=True, slots=True)
class BinMove:
    """Units that go from one bin to another; no bin is the dock, the packing table, the world.

    ``key`` is unique for ever: a move whose key was written before is a no-op.
    """

    stock_id: int
    batch_id: int | None
    from_bin_id: int | None
    to_bin_id: int | None
    units: int
    key: str


@dataclass(frozen=True, slots=True)
class PutAwayDraft:
    """Units that lie beyond the bins and go into one. Owner and batch may be left out where only one lies there."""

    warehouse_id: int
    sku_id: int
    bin_code: str
    units: int
    key: str
    goods_owner: str = ""
    batch_code: str = ""
    zone_kind: str = ZoneKind.STORAGE


@dataclass(frozen=True, slots=True)
class BinTransferDraft:
    """Units that go from one bin to another of the same warehouse, for goods in the same standing."""

    warehouse_id: int
    sku_id: int
    from_bin_code: str
    to_bin_code: str
    units: int
    key: str
    goods_owner: str = ""
    batch_code: str = ""


class Lying(NamedTuple):
    """Units of one owner and batch that lie in a place."""

    stock_id: int
    batch_id: int | None
    owner: str
    batch_code: str
    units: int


class Shelf:
    """What locked balances hold in bins, and beyond them, from which moves take before anything is written."""

    def __init__(self, stock_ids: Collection[int], bins: Iterable[Bin]) -> None:
        self.bins = {each.pk: each for each in bins}
        self.held: dict[tuple[int, int | None, int], int] = defaultdict(int)
        self.beyond: dict[tuple[int, int | None, str], int] = defaultdict(int)
        lying = BinStock.objects.filter(stock_id__in=stock_ids, bin_id__in=self.bins)
        for stock, batch, place, units in lying.values_list("stock_id", "batch_id", "bin_id", "units"):
            self.held[stock, batch, place] = units
        for one in standing_of(stock_ids):
            self.beyond[one.stock_id, one.batch_id, one.kind] = max(0, one.beyond)

    def take(self, moves: Sequence[BinMove]) -> None:
        """Do what all ``moves`` say, or nothing; raises BinLacksUnits."""
        held, placed = self.check(moves)
        for at, units in held.items():
            self.held[at] += units
        for of, units in placed.items():
            self.beyond[of] -= units

    def check(self, moves: Sequence[BinMove]) -> tuple[dict[Any, int], dict[Any, int]]:
        """Return by how much ``moves`` change what bins hold, and what is placed; raises BinLacksUnits."""
        held: dict[tuple[int, int | None, int], int] = defaultdict(int)
        placed: dict[tuple[int, int | None, str], int] = defaultdict(int)
        for move in moves:
            for place, units in ((move.from_bin_id, -move.units), (move.to_bin_id, move.units)):
                if place is not None:
                    held[move.stock_id, move.batch_id, place] += units
                    placed[move.stock_id, move.batch_id, self.bins[place].zone.kind] += units
        for at, units in held.items():
            if self.held[at] + units < 0:
                detail = _("Bin %(bin)s holds only %(units)s units of that.")
                raise BinLacksUnits(detail, bin=self.bins[at[2]].code, units=self.held[at])
        for of, units in placed.items():
            if self.beyond[of] < units:
                raise BinLacksUnits(
                    _("Only %(units)s units of that are left to put away."), units=self.beyond[of]
                )
        return held, placed


def move_units(
    moves: Sequence[BinMove], *, document_kind: str, document_number: str, actor: Principal, at: datetime
) -> int:
    """Write moves and bring the bins along, all or none; return how many were new.

    The caller holds the locks of the balances (``lock_stock``); it posts what comes into the house before, and what
    leaves it after. Raises BinLacksUnits.
    """
    known = written_keys(move.key for move in moves)
    fresh = list({move.key: move for move in moves if move.key not in known}.values())
    if not fresh:
        return 0
    named = {place for move in fresh for place in (move.from_bin_id, move.to_bin_id) if place is not None}
    bins = Bin.objects.filter(pk__in=named).select_related("zone")
    Shelf({move.stock_id for move in fresh}, bins).take(fresh)
    return write_moves([(move, document_kind, document_number) for move in fresh], actor=actor, at=at)


def written_keys(keys: Iterable[str]) -> set[str]:
    """Return which moves were written before."""
    wanted = list(keys)
    found = BinMovement.objects.filter(key__in=wanted).values_list("key", flat=True) if wanted else ()
    return set(found)


def write_moves(moves: Sequence[tuple[BinMove, str, str]], *, actor: Principal, at: datetime) -> int:
    """Write checked moves, each with kind and number of its document, in one statement; return how many were new."""
    if not moves:
        return 0
    lock_batches([move for move, _kind, _number in moves if move.batch_id and move.to_bin_id is None])
    entries = [
        {**asdict(move), "document_kind": kind, "document_number": number} for move, kind, number in moves
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT catalog_move_units(%s::json, %s, %s)", [as_json(entries), str(actor), at])
        (written,) = cursor.fetchone()
    return int(written)


def lock_batches(moves: Sequence[BinMove]) -> None:
    """Lock the batch balances of units that leave their bins: they follow when these leave the house as well."""
    if moves:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM catalog_batchstock WHERE stock_id = ANY(%s) AND batch_id = ANY(%s)"
                " ORDER BY stock_id, batch_id FOR NO KEY UPDATE",
                [sorted({move.stock_id for move in moves}), sorted({move.batch_id or 0 for move in moves})],
            )


@operation
def put_away(drafts: Sequence[PutAwayDraft], *, actor: Principal, at: datetime) -> Outcome[BinMovement]:
    """Put units that lie beyond the bins into bins. A draft whose key was written before does nothing more.

    Refuses UnknownBin, WrongZone, WhichGoods, BinLacksUnits.
    """

    def plan(draft: PutAwayDraft, places: Places) -> BinMove:
        place = places.find(draft.warehouse_id, draft.bin_code)
        if place.zone.kind != draft.zone_kind:
            raise wrong_zone(place)
        lying = only_one(places.beyond(draft.warehouse_id, draft.sku_id, draft.zone_kind), draft)
        return BinMove(lying.stock_id, lying.batch_id, None, place.pk, draft.units, draft.key)

    codes = [(draft.warehouse_id, draft.bin_code) for draft in drafts]
    return move_drafts(drafts, plan, codes, document_kind=PUT_AWAY, actor=actor, at=at)


@operation
def move_between_bins(
    drafts: Sequence[BinTransferDraft], *, actor: Principal, at: datetime
) -> Outcome[BinMovement]:
    """Take units from one bin to another. A draft whose key was written before does nothing more.

    Refuses UnknownBin, WrongZone, WhichGoods, BinLacksUnits.
    """

    def plan(draft: BinTransferDraft, places: Places) -> BinMove:
        here = places.find(draft.warehouse_id, draft.from_bin_code, out_of_use=True)
        there = places.find(draft.warehouse_id, draft.to_bin_code)
        if here == there:
            raise WrongZone(_("The goods lie in bin %(bin)s already; scan another one."), bin=here.code)
        if here.zone.kind != there.zone.kind:
            raise wrong_zone(there)
        lying = only_one(places.inside(here, draft.sku_id), draft)
        return BinMove(lying.stock_id, lying.batch_id, here.pk, there.pk, draft.units, draft.key)

    codes = [
        (draft.warehouse_id, code) for draft in drafts for code in (draft.from_bin_code, draft.to_bin_code)
    ]
    return move_drafts(drafts, plan, codes, document_kind=BIN_TRANSFER, actor=actor, at=at)


def move_drafts(
    drafts: Sequence[Any],
    plan: Callable[[Any, Places], BinMove],
    codes: Collection[tuple[int, str]],
    *,
    document_kind: str,
    actor: Principal,
    at: datetime,
) -> Outcome[BinMovement]:
    """Lock the balances of all drafts, plan and write what can be done, in a handful of statements."""
    outcome: Outcome[BinMovement] = Outcome()
    if not drafts:
        return outcome
    pairs = {(draft.warehouse_id, draft.sku_id) for draft in drafts}
    places = Places(pairs, codes)
    known = written_keys(draft.key for draft in drafts)
    fresh: dict[str, BinMove] = {}
    for index, draft in enumerate(drafts):
        if draft.key in known or draft.key in fresh:
            continue
        try:
            if draft.units < 1:
                raise BinLacksUnits(_("At least one unit has to be moved."))
            move = plan(draft, places)
            places.shelf.take([move])
            fresh[draft.key] = move
        except Refused as refusal:
            outcome.refused.append((index, refusal))
    write_moves([(move, document_kind, "") for move in fresh.values()], actor=actor, at=at)
    done = {one.key: one for one in BinMovement.objects.filter(key__in=[*known, *fresh])}
    refused = {index for index, _refusal in outcome.refused}
    outcome.done = [done[draft.key] for index, draft in enumerate(drafts) if index not in refused]
    return outcome


class Places:
    """The balances of (warehouse, SKU) pairs, locked; the bins that drafts name; and what lies there."""

    def __init__(self, pairs: Collection[tuple[int, int]], codes: Collection[tuple[int, str]]) -> None:
        stocks = Stock.objects.filter(
            warehouse_id__in={warehouse for warehouse, _sku in pairs}, sku_id__in={sku for _w, sku in pairs}
        )
        self.stocks = {
            stock.pk: stock for stock in stocks if (stock.warehouse_id, stock.sku_id) in set(pairs)
        }
        lock_stock(self.stocks)
        bins = find_bins(codes)
        self.bins = {(place.warehouse_id, place.code): place for place in bins.values()}
        self.shelf = Shelf(self.stocks, bins.values())
        named = {batch for _stock, batch, _place in (*self.shelf.held, *self.shelf.beyond) if batch}
        self.batches = dict(Batch.objects.filter(pk__in=named).values_list("pk", "code"))

    def find(self, warehouse_id: int, code: str, *, out_of_use: bool = False) -> Bin:
        """Return a bin by its code; one that is out of use only where units may leave it. Raises UnknownBin."""
        place = self.bins.get((warehouse_id, bin_code(code)))
        if place is None or not (place.is_active or out_of_use):
            raise unknown_bin(code)
        return place

    def beyond(self, warehouse_id: int, sku_id: int, kind: str) -> list[Lying]:
        """Return which owners and batches of a SKU lie beyond the bins."""
        return [
            self.lying(stock, batch, units)
            for (stock, batch, of_kind), units in self.shelf.beyond.items()
            if units > 0 and of_kind == kind and self.is_of(stock, warehouse_id, sku_id)
        ]

    def inside(self, place: Bin, sku_id: int) -> list[Lying]:
        """Return which owners and batches of a SKU lie in a bin."""
        return [
            self.lying(stock, batch, units)
            for (stock, batch, bin_id), units in self.shelf.held.items()
            if units > 0 and bin_id == place.pk and self.is_of(stock, place.warehouse_id, sku_id)
        ]

    def is_of(self, stock_id: int, warehouse_id: int, sku_id: int) -> bool:
        """Tell whether a balance is that of a SKU in a warehouse."""
        stock = self.stocks[stock_id]
        return (stock.warehouse_id, stock.sku_id) == (warehouse_id, sku_id)

    def lying(self, stock_id: int, batch_id: int | None, units: int) -> Lying:
        """Return units with the names of their owner and batch."""
        batch = self.batches[batch_id] if batch_id else ""
        return Lying(stock_id, batch_id, self.stocks[stock_id].owner, batch, units)


def only_one(found: Sequence[Lying], draft: PutAwayDraft | BinTransferDraft) -> Lying:
    """Return the one that the draft means. Raises BinLacksUnits where nothing lies there, WhichGoods where several."""
    meant = [
        one
        for one in found
        if draft.goods_owner in ("", one.owner) and draft.batch_code in ("", one.batch_code)
    ]
    if not meant:
        raise BinLacksUnits(_("Nothing of that lies there."))
    if len(meant) > 1:
        raise WhichGoods(_("Goods of several owners or batches lie there; say which you mean."))
    return meant[0]


def bin_code(scanned: str) -> str:
    """Return a code as bins have it, however it was typed."""
    return scanned.strip().upper()


def find_bins(codes: Collection[tuple[int, str]]) -> dict[tuple[int, str], Bin]:
    """Return bins, with their zones, by warehouse and code; what there is of them."""
    wanted = {(warehouse, bin_code(code)) for warehouse, code in codes}
    if not wanted:
        return {}
    found = Bin.objects.filter(
        warehouse_id__in={warehouse for warehouse, _code in wanted}, code__in={code for _w, code in wanted}
    ).select_related("zone")
    places = {(place.warehouse_id, place.code): place for place in found}
    return {key: place for key, place in places.items() if key in wanted}


def unknown_bin(code: str) -> UnknownBin:
    """Return the refusal that names what was scanned."""
    return UnknownBin(_("This warehouse has no bin %(bin)s in use."), bin=bin_code(code))


def wrong_zone(place: Bin) -> WrongZone:
    """Return the refusal that says what a bin is for."""
    detail = _("Bin %(bin)s is for goods of another standing: %(kind)s.")
    return WrongZone(detail, bin=place.code, kind=str(place.zone.get_kind_display()))


@operation
def pick_reserved(
    document_kind: str, document_numbers: Sequence[str], *, actor: Principal, at: datetime
) -> int:
    """Take what the documents hold off its bins, the first to pick from first; return the number of units.

    What lies beyond the bins is taken from there. Repeated, it does nothing. Units of a reservation that is released
    afterwards lie beyond the bins again, to be put away.
    """
    if not document_numbers:
        return 0
    reservations = list(
        Reservation.objects.filter(
            document_kind=document_kind,
            document_number__in=list(document_numbers),
            status=ReservationStatus.HELD,
        )
        .order_by("pk")
        .select_for_update(no_key=True)
    )
    wanted = [each for each in reservations if each.picked < each.units]
    if not wanted:
        return 0
    lock_stock({each.stock_id for each in wanted})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT catalog_pick_units(%s, %s, %s)", [[each.pk for each in wanted], str(actor), at]
        )
        (picked,) = cursor.fetchone()
    return int(picked)
