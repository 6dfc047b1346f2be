"""The bins that the lines of warehouse papers name: from which units go, and into which they come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from catalog.choices import ZONE_STATES
from catalog.drafts import StockDocumentDraft, StockLineDraft
from catalog.models import Batch, Bin, BinMovement, BinStock, StockDocument, StockDocumentLine
from catalog.operations.bins import (
    BinMove,
    Shelf,
    bin_code,
    find_bins,
    unknown_bin,
    write_moves,
    wrong_zone,
)
from ops_portal.lib.principals import Principal

Written = Sequence[tuple[StockDocumentDraft, list[StockDocumentLine]]]


class PaperBins:
    """The bins that drafts name, and what they hold. Where no line names one, nothing is read."""

    def __init__(self, drafts: Sequence[StockDocumentDraft], opened: dict[tuple[int, int, str], int]) -> None:
        self.opened = opened
        self.bins: dict[tuple[int, str], Bin] = {}
        self.batches: dict[tuple[int, str], int] = {}
        named = [line for draft in drafts for line in draft.lines if line.bin_code]
        if not named:
            return
        self.bins = find_bins([(line.warehouse_id, line.bin_code) for line in named])
        batches = Batch.objects.filter(
            sku_id__in={line.sku_id for line in named}, code__in={line.batch_code for line in named}
        )
        self.batches = {(batch.sku_id, batch.code): batch.pk for batch in batches}
        self.shelf = Shelf({self.stock_of(line) for line in named}, self.bins.values())

    def stock_of(self, line: StockLineDraft) -> int:
        """Return the balance of a line."""
        return self.opened[line.sku_id, line.warehouse_id, line.owner]

    def bin_of(self, line: StockLineDraft) -> Bin:
        """Return the bin that a line names. Raises UnknownBin, WrongZone."""
        place = self.bins.get((line.warehouse_id, bin_code(line.bin_code)))
        if place is None:
            raise unknown_bin(line.bin_code)
        if not ZONE_STATES[place.zone.kind] & {line.from_state, line.to_state}:
            raise wrong_zone(place)
        if not (place.is_active or leaves(line, place)):
            raise unknown_bin(line.bin_code)
        return place

    def check(self, draft: StockDocumentDraft) -> list[BinMove]:
        """Return what leaves bins. Raises UnknownBin, WrongZone, and BinLacksUnits where one holds too little."""
        moves = []
        for position, line in enumerate(draft.lines, start=1):
            if line.bin_code and leaves(line, place := self.bin_of(line)):
                batch = self.batches.get((line.sku_id, line.batch_code)) if line.batch_code else None
                moves.append(
                    BinMove(self.stock_of(line), batch, place.pk, None, line.units, f"line:{position}")
                )
        if moves:
            self.shelf.check(moves)
        return moves

    def note(self, moves: Sequence[BinMove]) -> None:
        """Keep what an accepted draft takes."""
        if moves:
            self.shelf.take(moves)

    def empty(self, written: Written, *, actor: Principal, at: datetime) -> None:
        """Take what written lines take out of their bins; before the movements are posted."""
        moves = [
            (
                BinMove(line.stock_id, line.batch_id, place.pk, None, line.units, key_of(line)),
                str(line.document.kind),
                line.document.number,
            )
            for line, place, out in self.named(written)
            if out
        ]
        write_moves(moves, actor=actor, at=at)

    def fill(self, written: Written, *, actor: Principal, at: datetime) -> None:
        """Put what written lines bring into their bins; after the movements are posted. Raises BinLacksUnits."""
        moves = [
            (
                BinMove(line.stock_id, line.batch_id, None, place.pk, line.units, key_of(line)),
                str(line.document.kind),
                line.document.number,
            )
            for line, place, out in self.named(written)
            if not out
        ]
        if moves:
            stocks = {move.stock_id for move, _kind, _number in moves}
            Shelf(stocks, self.bins.values()).take([move for move, _kind, _number in moves])
            write_moves(moves, actor=actor, at=at)

    def named(self, written: Written) -> Iterator[tuple[StockDocumentLine, Bin, bool]]:
        """Yield each written line that names a bin, the bin, and whether the units leave it."""
        for draft, lines in written if self.bins else ():
            for said, line in zip(draft.lines, lines, strict=True):
                if said.bin_code:
                    place = self.bin_of(said)
                    yield line, place, leaves(said, place)


def leaves(line: StockLineDraft, place: Bin) -> bool:
    """Tell whether the units of a line leave the bin that it names, rather than come into it."""
    return line.from_state in ZONE_STATES[place.zone.kind]


def key_of(line: StockDocumentLine) -> str:
    """Return the name under which the bin of a line is kept."""
    return f"document-line:{line.pk}"


def bins_to_undo(documents: Sequence[StockDocument]) -> dict[int, str]:
    """Return, by line, the bin into which undone units go back, or from which they are taken if they lie there yet."""
    lines = {key_of(line): line for document in documents for line in document.lines.all()}
    found = list(
        BinMovement.objects.filter(key__in=lines).select_related("from_bin__zone", "to_bin") if lines else ()
    )
    if not found:
        return {}
    holds = {
        (row.stock_id, row.batch_id, row.bin_id): row.units
        for row in BinStock.objects.filter(stock_id__in={move.stock_id for move in found})
    }
    bins: dict[int, str] = {}
    for move in found:
        line = lines[move.key]
        back = move.from_bin
        if back is not None and back.is_active and line.from_state in ZONE_STATES[back.zone.kind]:
            bins[line.pk] = back.code
        if move.to_bin is not None:
            place = (move.stock_id, move.batch_id, move.to_bin_id)
            holds[place] = holds.get(place, 0) - move.units
            if holds[place] >= 0:
                bins[line.pk] = move.to_bin.code
    return bins
