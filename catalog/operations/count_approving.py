"""Stocktakes are approved, and their differences entered in the ledger; or sent back to be counted once more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db.models import Q, Sum
from django.utils.translation import gettext_lazy as _

from catalog.choices import (
    CountStatus,
    StockDocumentKind,
    StockState,
    StocktakeStatus,
    ZoneKind,
)
from catalog.drafts import SendBackDraft, StockDocumentDraft, StockLineDraft
from catalog.models import (
    BatchStock,
    BinStock,
    Count,
    Posting,
    Stock,
    StockDocumentLine,
    Stocktake,
    Tally,
)
from catalog.operations.bins import BinMove, move_units
from catalog.operations.counting import PersonNeeded, write
from catalog.operations.documents import post_stock_documents
from catalog.operations.ledger import lock_stock
from catalog.operations.stocktaking import KIND, enter, pick, release, unable_to_move
from catalog.queries.count_adjustments import adjusted_since
from catalog.queries.shelves import standing_of
from catalog.queries.stocktakes import holders
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.wording import listed

S = StockState
# In which state units lie in a zone, and where those go that aren't there.
STATE_IN: Final[dict[str, StockState]] = {
    ZoneKind.STORAGE: S.AVAILABLE,
    ZoneKind.QUARANTINE: S.QUARANTINE,
    ZoneKind.DAMAGED: S.DAMAGED,
}
MISSING_GO: Final[dict[str, StockState]] = {
    ZoneKind.STORAGE: S.LOST,
    ZoneKind.QUARANTINE: S.OUTSIDE,
    ZoneKind.DAMAGED: S.OUTSIDE,
}

Group = tuple[int, int | None, str]  # stock, batch, kind of zone


class OwnStocktake(Refused):
    """Whoever opened, counted or recounted a stocktake doesn't approve it."""

    code = "own_stocktake"


class StillPromised(Refused):
    """Units that are missing are promised to orders; what could be entered is entered, the rest waits."""

    code = "still_promised"


class AdjustedSince(Refused):
    """The books of counted goods were changed by hand after the count; its difference may be booked already."""

    code = "adjusted_since"


class NothingToRecount(Refused):
    """None of the counts named differs, or could be counted once more."""

    code = "nothing_to_recount"


class ReasonNeeded(Refused):
    """Whoever sends a stocktake back says why."""

    code = "reason_needed"


@dataclass(slots=True)
class Settlement:
    """What is entered for one stocktake in its ``turn``: lines of its document, moves of bins, units by count."""

    turn: int
    lines: list[StockLineDraft] = field(default_factory=list)
    before: list[BinMove] = field(default_factory=list)
    after: list[BinMove] = field(default_factory=list)
    entered: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    short: set[tuple[int, int | None]] = field(default_factory=set)


@operation
def approve_stocktakes(numbers: Sequence[str], *, actor: Principal, at: datetime) -> Outcome[Stocktake]:
    """Enter the differences of stocktakes in the ledger: what is missing is lost, what was found is available.

    What is missing in one bin and found in another goes from bin to bin. Where fewer units can be taken than are
    missing, since they are promised, those that can be are entered, the stocktake stays to be approved, and
    StillPromised names the documents; approve it again when they are released. What was adjusted by hand after it was
    counted is not entered a second time: it goes back to be counted once more, or the adjustment is taken back.
    Refuses NoSuchStocktake, IllegalMove, RoleMayNotMove, PersonNeeded, OwnStocktake, AdjustedSince, StillPromised.
    """
    to = StocktakeStatus.POSTED
    picked = pick(
        numbers,
        to,
        unable=lambda stocktake: (
            unable_to_move(stocktake, to, actor) or not_a_person(actor) or own_stocktake(stocktake, actor)
        ),
    )
    counts = differing_counts(picked.documents)
    lock_stock({count.stock_id for of in counts.values() for count in of})
    for index, stocktake in list(picked.ready.items()):
        if adjusted := adjusted_since(counts[stocktake.pk]):
            picked.refuse(index, already_adjusted(stocktake, counts[stocktake.pk], adjusted))
            continue
        short = settle(stocktake, counts[stocktake.pk], actor=actor, at=at)
        stocktake.approved_by_id = actor.user_id
        stocktake.save(update_fields=["approved_by"])
        if short:
            picked.refuse(index, still_promised(stocktake, short))
    release(picked.documents)
    enter(picked.documents, to, actor=actor, at=at)
    return picked.outcome()


def not_a_person(actor: Principal) -> Refused | None:
    """Return the refusal of an approval by nobody, or None."""
    return None if actor.user_id is not None else PersonNeeded(_("A stocktake is approved by people."))


def own_stocktake(stocktake: Stocktake, actor: Principal) -> Refused | None:
    """Return the refusal of whoever took part in the stocktake, or None."""
    me = actor.user_id
    took_part = (
        stocktake.opened_by_id == me
        or Count.objects.filter(Q(counter=me) | Q(recounter=me), stocktake=stocktake).exists()
        or Tally.objects.filter(count__stocktake=stocktake, counter=me).exists()
    )
    if not took_part:
        return None
    detail = _("You opened or counted %(number)s; somebody else approves it.")
    return OwnStocktake(detail, number=stocktake.number)


def differing_counts(stocktakes: Sequence[Stocktake]) -> dict[int, list[Count]]:
    """Return the counts with units that aren't entered yet, by stocktake, in the sequence of their bins."""
    found: dict[int, list[Count]] = defaultdict(list)
    counts = (
        Count.objects.filter(stocktake__in=stocktakes, status=CountStatus.RECOUNTED)
        .select_related("bin__zone", "stock__sku", "batch")
        .order_by("pk")
    )
    for count in counts:
        if open_units(count):
            found[count.stocktake_id].append(count)
    return found


def open_units(count: Count) -> int:
    """Return by how many units the last count differs from the books, less what is entered already."""
    if count.recounted is not None and count.rebooked is not None:
        return count.recounted - count.rebooked - count.posted
    return (count.counted or 0) - (count.booked or 0) - count.posted


def settle(
    stocktake: Stocktake, counts: Sequence[Count], *, actor: Principal, at: datetime
) -> set[tuple[int, int | None]]:
    """Enter what can be entered; return the balances (and batches) of which units are still promised."""
    if not counts:
        return set()
    turn = Posting.objects.filter(count__stocktake=stocktake).count()
    settlement = Settlement(turn)
    books = Books.load({count.stock_id for count in counts})
    groups: dict[Group, list[Count]] = defaultdict(list)
    for count in counts:
        kind = count.bin.zone.kind if count.bin else ZoneKind.STORAGE.value
        groups[count.stock_id, count.batch_id, kind].append(count)
    for group, of_group in groups.items():
        settle_group(group, of_group, books, settlement)
    numbers = {"document_kind": KIND, "document_number": stocktake.number}
    move_units(settlement.before, **numbers, actor=actor, at=at)
    paper = stocktake.number
    if settlement.lines:
        draft = StockDocumentDraft(
            StockDocumentKind.STOCKTAKE,
            tuple(settlement.lines),
            source_key=f"{stocktake.number}-{turn}",
            note=stocktake.number,
        )
        paper = post_stock_documents([draft], actor=actor, at=at).one().number
    move_units(settlement.after, **numbers, actor=actor, at=at)
    note_entered(counts, settlement, paper, at=at)
    return settlement.short


def settle_group(group: Group, counts: Sequence[Count], books: Books, settlement: Settlement) -> None:
    """Settle the counts of one balance and batch in one kind of zone."""
    stock_id, batch_id, kind = group
    missing = sum(-open_units(count) for count in counts if open_units(count) < 0)
    found = sum(open_units(count) for count in counts if open_units(count) > 0)
    moved = min(missing, found)  # lies in another bin than the books say
    lost = min(missing - moved, books.left(group))
    if lost < missing - moved:
        settlement.short.add((stock_id, batch_id))
    again = min(found - moved, books.lost(stock_id, batch_id)) if kind == ZoneKind.STORAGE else 0
    state = STATE_IN[kind]
    for units, here, there in (
        (lost, state, MISSING_GO[kind]),
        (again, S.LOST, state),
        (found - moved - again, S.OUTSIDE, state),
    ):
        if units:
            settlement.lines.append(line_of(counts[0], units, here, there))
    out, into = moved + lost, found
    taken = 0
    for count in sorted(counts, key=lambda each: (each.bin is not None, each.pk), reverse=True):
        units = min(-open_units(count), out)
        if units > 0:
            out -= units
            settlement.entered[count.pk] -= units
            taken += take_from(count, min(units, books.in_bin(count)), settlement)
    room = taken + max(0, books.beyond(group)) + (found - moved) - lost
    for count in counts:
        units = min(open_units(count), into)
        if units > 0:
            into -= units
            settlement.entered[count.pk] += units
            room -= put_into(count, min(units, max(0, room)), settlement)


def take_from(count: Count, units: int, settlement: Settlement) -> int:
    """Take units that aren't there out of the bin of a count; return how many lie beyond the bins by now."""
    if count.bin_id is None or units <= 0:
        return 0
    key = f"count:{count.pk}:{settlement.turn}"
    settlement.before.append(BinMove(count.stock_id, count.batch_id, count.bin_id, None, units, key))
    return units


def put_into(count: Count, units: int, settlement: Settlement) -> int:
    """Put units that were found into the bin of a count; return how many."""
    if count.bin_id is None or units <= 0:
        return 0
    key = f"count:{count.pk}:{settlement.turn}"
    settlement.after.append(BinMove(count.stock_id, count.batch_id, None, count.bin_id, units, key))
    return units


def line_of(count: Count, units: int, here: str, there: str) -> StockLineDraft:
    """Return a line of the stocktake's document."""
    return StockLineDraft(
        sku_id=count.stock.sku_id,
        warehouse_id=count.stock.warehouse_id,
        owner=count.stock.owner,
        units=units,
        from_state=here,
        to_state=there,
        batch_code=count.batch.code if count.batch else "",
    )


class Books:
    """What the locked books say of the balances that a stocktake settles."""

    def __init__(self) -> None:
        self.states: dict[tuple[int, int | None, str], int] = {}
        self.bins: dict[tuple[int, int | None, int], int] = {}
        self.over: dict[Group, int] = {}
        self.lost_by_counts: dict[tuple[int, int | None], int] = defaultdict(int)

    @classmethod
    def load(cls, stock_ids: set[int]) -> Books:
        """Read the books of locked balances."""
        books = cls()
        states = [*STATE_IN.values(), S.LOST]
        for stock in Stock.objects.filter(pk__in=stock_ids):
            books.states |= {(stock.pk, None, state.value): getattr(stock, state) for state in states}
        for part in BatchStock.objects.filter(stock__in=stock_ids):
            key = part.stock_id, part.batch_id
            books.states |= {(*key, state.value): getattr(part, state) for state in states}
        lying = BinStock.objects.filter(stock__in=stock_ids)
        books.bins = {
            (stock_id, batch_id, bin_id): units
            for stock_id, batch_id, bin_id, units in lying.values_list(
                "stock_id", "batch_id", "bin_id", "units"
            )
        }
        books.over = {(one.stock_id, one.batch_id, one.kind): one.beyond for one in standing_of(stock_ids)}
        lines = StockDocumentLine.objects.filter(
            stock__in=stock_ids, document__kind=StockDocumentKind.STOCKTAKE, document__undone_at=None
        )
        sums: Any = lines.values_list("stock_id", "batch_id", "from_state", "to_state")
        for stock_id, batch_id, here, there, units in sums.annotate(all_units=Sum("units")).order_by():
            sign = (there == S.LOST) - (here == S.LOST)
            books.lost_by_counts[stock_id, batch_id] += sign * units
        return books

    def left(self, group: Group) -> int:
        """Return how many units the balance has in the state that its kind of zone holds, promised ones aside."""
        stock_id, batch_id, kind = group
        return self.states.get((stock_id, batch_id, STATE_IN[kind].value), 0)

    def lost(self, stock_id: int, batch_id: int | None) -> int:
        """Return how many units earlier stocktakes booked as lost, and nobody has written off since."""
        still = self.states.get((stock_id, batch_id, S.LOST.value), 0)
        return max(0, min(still, self.lost_by_counts[stock_id, batch_id]))

    def in_bin(self, count: Count) -> int:
        """Return how many units lie in the bin of a count by now."""
        return self.bins.get((count.stock_id, count.batch_id, count.bin_id or 0), 0)

    def beyond(self, group: Group) -> int:
        """Return how many units lie beyond the bins by now."""
        return self.over.get(group, 0)


def note_entered(counts: Sequence[Count], settlement: Settlement, paper: str, *, at: datetime) -> None:
    """Write down what was entered for each count."""
    entered = [count for count in counts if settlement.entered.get(count.pk)]
    for count in entered:
        count.posted += settlement.entered[count.pk]
    write(entered, ("posted",))
    Posting.objects.bulk_create(
        Posting(count=count, units=settlement.entered[count.pk], document_number=paper, at=at)
        for count in entered
    )


def still_promised(stocktake: Stocktake, short: set[tuple[int, int | None]]) -> StillPromised:
    """Return the refusal that names the documents to which missing units are promised."""
    names = [number for _kind, number in holders(short)]
    detail = _(
        "%(number)s: units that are missing are promised to %(names)s. Cancel or change these, then approve."
    )
    return StillPromised(detail, number=stocktake.number, names=", ".join(names), documents=names)


def already_adjusted(
    stocktake: Stocktake, counts: Sequence[Count], adjusted: Mapping[int, Sequence[str]]
) -> AdjustedSince:
    """Return the refusal that names the goods, and the papers that changed their books after the count."""
    goods = dict.fromkeys(count.stock.sku.code for count in counts if count.pk in adjusted)
    papers = list(dict.fromkeys(number for numbers in adjusted.values() for number in numbers))
    detail = _(
        "%(number)s: %(papers)s changed the books of %(goods)s after they were counted. Send these lines back to be"
        " counted once more, or take the papers back, then approve."
    )
    return AdjustedSince(
        detail, number=stocktake.number, papers=listed(papers), goods=listed(goods), documents=papers
    )


@operation
def send_back_stocktakes(
    drafts: Sequence[SendBackDraft], *, actor: Principal, at: datetime
) -> Outcome[Stocktake]:
    """Have counts made once more: those that are named, or all that differ.

    Refuses NoSuchStocktake, IllegalMove, RoleMayNotMove, ReasonNeeded, NothingToRecount.
    """
    picked = pick(
        [draft.number for draft in drafts],
        StocktakeStatus.RECOUNTING,
        unable=lambda stocktake: unable_to_move(stocktake, StocktakeStatus.RECOUNTING, actor),
    )
    for index, stocktake in list(picked.ready.items()):
        draft = drafts[index]
        if not draft.reason.strip():
            detail = _("Say why %(number)s is to be counted once more.")
            picked.refuse(index, ReasonNeeded(detail, number=stocktake.number))
            continue
        again = Count.objects.filter(stocktake=stocktake)
        if draft.count_ids:
            chosen = list(again.filter(pk__in=draft.count_ids))
        else:
            chosen = [count for count in again.filter(status=CountStatus.RECOUNTED) if open_units(count)]
        if not chosen:
            detail = _("Nothing of %(number)s differs that could be counted once more.")
            picked.refuse(index, NothingToRecount(detail, number=stocktake.number))
            continue
        for count in chosen:
            count.status = CountStatus.DIFFERS
        write(chosen, ("status",))
        enter([stocktake], StocktakeStatus.RECOUNTING, actor=actor, at=at, reason=draft.reason.strip())
    return picked.outcome()
