"""Papers of the warehouse: receipts, corrections, transfers, returns to the owner, inspections."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from catalog.choices import BALANCES, StockDocumentKind, StockState
from catalog.drafts import StockDocumentDraft
from catalog.models import BatchStock, Sku, Stock, StockDocument, StockDocumentLine
from catalog.operations.batches import Expiries, TakenMeanwhile
from catalog.operations.ledger import (
    Entry,
    announce_arrivals,
    lock_stock,
    open_batch_stock,
    open_stock,
    post_movements,
)
from catalog.operations.paper_bins import PaperBins
from ops_portal.lib.numbers import next_numbers
from ops_portal.lib.principals import Principal, acting_as, operation
from ops_portal.lib.refusals import Outcome, Refused

S = StockState
KIND_WAYS: dict[str, frozenset[tuple[str, str]]] = {
    StockDocumentKind.RECEIPT: frozenset(
        {(S.OUTSIDE, S.AVAILABLE), (S.OUTSIDE, S.QUARANTINE), (S.OUTSIDE, S.DAMAGED)}
    ),
    StockDocumentKind.RELEASE: frozenset({(S.QUARANTINE, S.AVAILABLE), (S.QUARANTINE, S.DAMAGED)}),
    StockDocumentKind.ADJUSTMENT: frozenset(
        {
            (S.OUTSIDE, S.AVAILABLE),
            (S.AVAILABLE, S.OUTSIDE),
            (S.QUARANTINE, S.OUTSIDE),
            (S.DAMAGED, S.OUTSIDE),
            (S.AVAILABLE, S.DAMAGED),
            (S.AVAILABLE, S.QUARANTINE),
            (S.DAMAGED, S.AVAILABLE),
            (S.AVAILABLE, S.LOST),
            (S.LOST, S.AVAILABLE),
            (S.LOST, S.OUTSIDE),
            (S.SHIPPED, S.LOST),
            (S.RETURNING, S.LOST),
            (S.IN_TRANSIT, S.LOST),
        }
    ),
    StockDocumentKind.RETURN_TO_OWNER: frozenset(
        {(S.AVAILABLE, S.OUTSIDE), (S.DAMAGED, S.OUTSIDE), (S.QUARANTINE, S.OUTSIDE)}
    ),
    StockDocumentKind.INSPECTION: frozenset(
        {(S.RETURNING, S.INSPECTING), (S.INSPECTING, S.AVAILABLE), (S.INSPECTING, S.DAMAGED)}
    ),
    StockDocumentKind.TRANSFER: frozenset({(S.AVAILABLE, S.IN_TRANSIT)}),
    StockDocumentKind.STOCKTAKE: frozenset(
        {
            (S.AVAILABLE, S.LOST),
            (S.LOST, S.AVAILABLE),
            (S.OUTSIDE, S.AVAILABLE),
            (S.QUARANTINE, S.OUTSIDE),
            (S.OUTSIDE, S.QUARANTINE),
            (S.DAMAGED, S.OUTSIDE),
            (S.OUTSIDE, S.DAMAGED),
        }
    ),
}
RACES = 5
ARRIVAL_POSITIONS = 1_000_000  # the lines of an arrival are numbered above those of the dispatch


class NotEnoughUnits(Refused):
    """A balance does not hold what the document takes from it."""

    code = "not_enough_units"


class WrongWay(Refused):
    """This kind of document does not move units from that state to that one."""

    code = "wrong_way"


class BatchNeeded(Refused):
    """The SKU is kept by batch, and the line names none; or the other way round."""

    code = "batch_needed"


class BundleHasNoStock(Refused):
    """A bundle stands for its components, which have the stock."""

    code = "bundle_has_no_stock"


class DocumentDiffers(Refused):
    """The sender's number came before, with other lines."""

    code = "document_differs"


class NoUnits(Refused):
    """A line moves no units, or fewer."""

    code = "no_units"


class PlaceNeeded(Refused):
    """A transfer names no warehouse that it goes to, or another paper does."""

    code = "place_needed"


@operation
def post_stock_documents(
    drafts: Sequence[StockDocumentDraft], *, actor: Principal, at: datetime
) -> Outcome[StockDocument]:
    """Write warehouse papers and their movements, each paper whole or not at all.

    A paper whose ``source_key`` came before with the same lines is answered with the one that stands; so is one that
    the batch names again. Refuses NoUnits, WrongWay, PlaceNeeded, BundleHasNoStock, BatchNeeded, BatchDiffers,
    NotEnoughUnits, DocumentDiffers, UnknownBin, WrongZone, BinLacksUnits.
    """
    for _attempt in range(RACES):
        try:
            with acting_as(actor, savepoint=True):
                return post_once(drafts, actor=actor, at=at)
        except TakenMeanwhile:
            continue  # what another session wrote stands now, and is found by the next look
    raise TakenMeanwhile


def post_once(
    drafts: Sequence[StockDocumentDraft], *, actor: Principal, at: datetime
) -> Outcome[StockDocument]:
    """Post a batch. Raises TakenMeanwhile where another session writes one of its papers or batches at once."""
    skus = Sku.objects.in_bulk({line.sku_id for draft in drafts for line in draft.lines})
    opened = open_stock(
        [(line.sku_id, line.warehouse_id, line.owner) for draft in drafts for line in draft.lines]
    )
    lock_stock(opened.values())
    standing = find_standing(drafts)
    balances = Balance.load(opened.values())
    expiries = Expiries.load(drafts)
    bins = PaperBins(drafts, opened)
    outcome: Outcome[StockDocument] = Outcome()
    fresh: dict[int, list[Leg]] = {}
    same: dict[int, int] = {}  # by index: which paper of the batch is named again
    first: dict[tuple[str, str], int] = {}
    done: dict[int, StockDocument] = {}
    for index, draft in enumerate(drafts):
        key = (draft.kind, draft.source_key)
        try:
            check_lines(draft, skus)
            expiries.check(draft, skus)
            legs = legs_of(draft, opened)
            if draft.source_key and key in standing:
                done[index] = same_or_refuse(standing[key], draft, legs)
            elif draft.source_key and key in first:
                same[index] = first[key]
            else:
                emptied = bins.check(draft)
                balances.take(legs)
                bins.note(emptied)
                expiries.note(draft)
                fresh[index] = legs
                first[key] = index
        except Refused as refusal:
            outcome.refused.append((index, refusal))
    batches = expiries.save()
    open_batch_stock(
        [
            (leg.stock_id, batches[line.sku_id, line.batch_code])
            for index, legs in fresh.items()
            for line, leg in zip(drafts[index].lines, legs, strict=True)
            if line.batch_code
        ]
    )
    written = write_documents(
        [(drafts[index], lines_of(drafts[index], legs, batches)) for index, legs in fresh.items()],
        bins,
        actor=actor,
        at=at,
    )
    done |= dict(zip(fresh, written, strict=True))
    for index, earlier in same.items():
        try:
            legs = legs_of(drafts[index], opened)
            same_or_differ(done[earlier], same_paper(drafts[earlier], fresh[earlier], drafts[index], legs))
            done[index] = done[earlier]
        except Refused as refusal:
            outcome.refused.append((index, refusal))
    outcome.done = [done[index] for index in sorted(done)]
    outcome.refused.sort(key=lambda pair: pair[0])
    return outcome


class Leg(NamedTuple):
    """Units that go from one state of a balance to another; ``batch_code`` is empty where there is no batch."""

    stock_id: int
    batch_code: str
    units: int
    from_state: str
    to_state: str


def find_standing(drafts: Sequence[StockDocumentDraft]) -> dict[tuple[str, str], StockDocument]:
    """Return the papers that carry a sender's number of the drafts already."""
    keys = {draft.source_key for draft in drafts if draft.source_key}
    if not keys:
        return {}
    found = StockDocument.objects.filter(source_key__in=keys, undone_at=None).prefetch_related("lines__batch")
    return {(document.kind, document.source_key): document for document in found}


def same_or_refuse(standing: StockDocument, draft: StockDocumentDraft, legs: Sequence[Leg]) -> StockDocument:
    """Return the paper that stands where it says what the draft says; refuses DocumentDiffers."""
    said = [
        Leg(line.stock_id, line.batch.code if line.batch else "", line.units, line.from_state, line.to_state)
        for line in standing.lines.all()
        if line.position <= ARRIVAL_POSITIONS
    ]
    place = standing.to_warehouse_id
    same_or_differ(standing, sorted(said) == sorted(legs) and place == draft.to_warehouse_id)
    return standing


def same_paper(
    one: StockDocumentDraft, legs: Sequence[Leg], other: StockDocumentDraft, other_legs: Sequence[Leg]
) -> bool:
    """Tell whether two drafts say the same."""
    return sorted(legs) == sorted(other_legs) and one.to_warehouse_id == other.to_warehouse_id


def same_or_differ(standing: StockDocument, same: bool) -> None:
    """Refuse DocumentDiffers unless it is the ``same`` paper that stands."""
    if not same:
        detail = _("%(key)s was received before as %(number)s with other lines; correct it there.")
        raise DocumentDiffers(detail, key=standing.source_key, number=standing.number)


def check_lines(draft: StockDocumentDraft, skus: dict[int, Sku]) -> None:
    """Refuse what the kind of paper or the goods don't allow."""
    if (draft.kind == StockDocumentKind.TRANSFER) != (draft.to_warehouse_id is not None):
        raise PlaceNeeded(_("A transfer names the warehouse that it goes to; no other document does."))
    for line in draft.lines:
        sku = skus[line.sku_id]
        if line.units < 1:
            raise NoUnits(_("A line needs at least one unit."))
        if line.warehouse_id == draft.to_warehouse_id:
            raise PlaceNeeded(_("A transfer goes to another warehouse than the one it leaves."))
        if (line.from_state, line.to_state) not in KIND_WAYS[draft.kind]:
            detail = _("This kind of document moves nothing from “%(here)s” to “%(there)s”.")
            raise WrongWay(detail, here=line.from_state, there=line.to_state)
        if sku.is_bundle:
            raise BundleHasNoStock(_("%(sku)s is a bundle; book its components."), sku=sku.code)
        if sku.tracks_batches != bool(line.batch_code):
            detail = (
                _("%(sku)s is kept by batch; name the batch.")
                if sku.tracks_batches
                else _("%(sku)s is not kept by batch; leave the batch empty.")
            )
            raise BatchNeeded(detail, sku=sku.code)


def legs_of(draft: StockDocumentDraft, opened: dict[tuple[int, int, str], int]) -> list[Leg]:
    """Return what a draft moves, line by line."""
    return [
        Leg(
            opened[line.sku_id, line.warehouse_id, line.owner],
            line.batch_code,
            line.units,
            str(line.from_state),
            str(line.to_state),
        )
        for line in draft.lines
    ]


def lines_of(
    draft: StockDocumentDraft, legs: Sequence[Leg], batches: dict[tuple[int, str], int]
) -> list[StockDocumentLine]:
    """Return the lines of a draft that may be written."""
    return [
        StockDocumentLine(
            position=position,
            stock_id=leg.stock_id,
            batch_id=batches.get((line.sku_id, line.batch_code)),
            units=leg.units,
            from_state=leg.from_state,
            to_state=leg.to_state,
        )
        for position, (line, leg) in enumerate(zip(draft.lines, legs, strict=True), start=1)
    ]


class Balance:
    """Locked balances by (stock, batch, state), from which lines take before anything is written."""

    def __init__(self, units: dict[tuple[int, str, str], int]) -> None:
        self.units = units

    @classmethod
    def load(cls, stock_ids: Collection[int]) -> Balance:
        """Read the balances of locked stock rows and their batches."""
        units: dict[tuple[int, str, str], int] = {}
        for stock in Stock.objects.filter(pk__in=stock_ids):
            units |= {(stock.pk, "", state): getattr(stock, state) for state in BALANCES}
        for part in BatchStock.objects.filter(stock_id__in=stock_ids).select_related("batch"):
            units |= {(part.stock_id, part.batch.code, state): getattr(part, state) for state in BALANCES}
        return cls(units)

    def take(self, legs: Sequence[Leg]) -> None:
        """Take what all ``legs`` take, or nothing; refuses NotEnoughUnits."""
        after: dict[tuple[int, str, str], int] = {}
        for leg in legs:
            for batch in {leg.batch_code, ""}:
                for state, units in ((leg.from_state, -leg.units), (leg.to_state, leg.units)):
                    key = (leg.stock_id, batch, state)
                    after[key] = after.get(key, self.units.get(key, 0)) + units
            if leg.from_state != S.OUTSIDE and after[leg.stock_id, leg.batch_code, leg.from_state] < 0:
                stock = Stock.objects.select_related("sku", "warehouse").get(pk=leg.stock_id)
                detail = _("%(sku)s in %(warehouse)s has fewer than %(units)s units “%(state)s”.")
                raise NotEnoughUnits(
                    detail,
                    sku=stock.sku.code,
                    warehouse=stock.warehouse.code,
                    units=leg.units,
                    state=leg.from_state,
                )
        self.units |= after


def write_documents(
    fresh: Sequence[tuple[StockDocumentDraft, list[StockDocumentLine]]],
    bins: PaperBins,
    *,
    actor: Principal,
    at: datetime,
) -> list[StockDocument]:
    """Write papers, lines, movements, and what bins lose and get.

    Raises TakenMeanwhile where a sender's number has come in by now.
    """
    numbers = next_numbers("SD", len(fresh))
    papers = [
        StockDocument(
            number=number,
            kind=draft.kind,
            source_key=draft.source_key,
            note=draft.note,
            to_warehouse_id=draft.to_warehouse_id,
            delivery_number=draft.delivery_number,
            actor=str(actor),
            at=at,
        )
        for number, (draft, _lines) in zip(numbers, fresh, strict=True)
    ]
    try:
        documents = StockDocument.objects.bulk_create(papers)
    except IntegrityError as error:
        if constraint_of(error) == "stock_document_once":
            raise TakenMeanwhile from error
        raise
    for document, (_draft, lines) in zip(documents, fresh, strict=True):
        for line in lines:
            line.document = document
    written = StockDocumentLine.objects.bulk_create([line for _draft, lines in fresh for line in lines])
    bins.empty(fresh, actor=actor, at=at)
    post_lines(written, actor=actor, at=at)
    bins.fill(fresh, actor=actor, at=at)
    return documents


def constraint_of(error: IntegrityError) -> str | None:
    """Return the name of the constraint that an error names."""
    diagnostics = getattr(error.__cause__, "diag", None)
    return getattr(diagnostics, "constraint_name", None)


def post_lines(lines: Sequence[StockDocumentLine], *, actor: Principal, at: datetime) -> None:
    """Post one movement for each written line."""
    entries = [
        Entry(
            stock_id=line.stock_id,
            batch_id=line.batch_id,
            units=line.units,
            from_state=line.from_state,
            to_state=line.to_state,
            document_kind=line.document.kind,
            document_number=line.document.number,
            key=f"document-line:{line.pk}",
        )
        for line in lines
    ]
    post_movements(entries, actor=actor, at=at)
    announce_arrivals(entries, actor=actor, at=at)


def lock_documents(documents: Sequence[StockDocument]) -> dict[int, StockDocument]:
    """Lock papers in primary-key order and return them by id, with their lines."""
    locked = (
        StockDocument.objects.filter(pk__in=[document.pk for document in documents])
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
        .prefetch_related("lines__stock", "lines__batch")
    )
    return {document.pk: document for document in locked}
