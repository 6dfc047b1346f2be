"""Papers of the warehouse: receipts, corrections, transfers, returns to the owner, inspections."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from catalog.choices import BALANCES, StockDocumentKind, StockState
from catalog.drafts import StockDocumentDraft, StockLineDraft
from catalog.models import Batch, BatchStock, Sku, Stock, StockDocument, StockDocumentLine
from catalog.operations.ledger import (
    Entry,
    announce_arrivals,
    lock_stock,
    open_batch_stock,
    open_stock,
    post_movements,
)
from ops_portal.lib.numbers import next_numbers
from ops_portal.lib.principals import Principal, operation
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
}
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


class AlreadyUndone(Refused):
    """The paper has been taken back."""

    code = "already_undone"


class NothingOnTheWay(Refused):
    """The paper is no transfer."""

    code = "nothing_on_the_way"


class DocumentDiffers(Refused):
    """The sender's number came before, with other lines."""

    code = "document_differs"


@operation
def post_stock_documents(
    drafts: Sequence[StockDocumentDraft], *, actor: Principal, at: datetime
) -> Outcome[StockDocument]:
    """Write warehouse papers and their movements, each paper whole or not at all.

    A paper whose ``source_key`` came before with the same lines is answered with the one that stands.
    Refuses WrongWay, BundleHasNoStock, BatchNeeded, NotEnoughUnits, DocumentDiffers.
    """
    outcome: Outcome[StockDocument] = Outcome()
    known = find_known(drafts)
    skus = Sku.objects.in_bulk({line.sku_id for draft in drafts for line in draft.lines})
    opened = open_stock(
        [(line.sku_id, line.warehouse_id, line.owner) for draft in drafts for line in draft.lines]
    )
    batches = open_batches(drafts, skus)
    open_batch_stock(
        [
            (stock_id_of(line, opened), batches[line.sku_id, line.batch_code])
            for draft in drafts
            for line in draft.lines
            if (line.sku_id, line.batch_code) in batches
        ]
    )
    lock_stock(opened.values())
    balances = Balance.load(opened.values())
    fresh: list[tuple[StockDocumentDraft, list[StockDocumentLine]]] = []
    for index, draft in enumerate(drafts):
        try:
            standing = known.get((draft.kind, draft.source_key)) if draft.source_key else None
            lines = draft_lines(draft, skus, opened, batches)
            if standing is not None:
                outcome.done.append(same_or_refuse(standing, lines))
                continue
            balances.take(lines)
        except Refused as refusal:
            outcome.refused.append((index, refusal))
        else:
            fresh.append((draft, lines))
    outcome.done += write_documents(fresh, actor=actor, at=at)
    return outcome


def find_known(drafts: Sequence[StockDocumentDraft]) -> dict[tuple[str, str], StockDocument]:
    """Return the papers that carry a sender's number of the drafts already."""
    keys = {draft.source_key for draft in drafts if draft.source_key}
    if not keys:
        return {}
    found = StockDocument.objects.filter(source_key__in=keys, undone_at=None).prefetch_related("lines")
    return {(document.kind, document.source_key): document for document in found}


def same_or_refuse(standing: StockDocument, lines: Sequence[StockDocumentLine]) -> StockDocument:
    """Return the paper that stands where its lines are those of the draft."""

    def facts(of: Sequence[StockDocumentLine]) -> list[tuple[object, ...]]:
        return sorted((x.stock_id, x.batch_id or 0, x.units, x.from_state, x.to_state) for x in of)

    if facts(list(standing.lines.all())) != facts(lines):
        detail = _("%(key)s was received before as %(number)s with other lines; correct it there.")
        raise DocumentDiffers(detail, key=standing.source_key, number=standing.number)
    return standing


def stock_id_of(line: StockLineDraft, opened: dict[tuple[int, int, str], int]) -> int:
    return opened[line.sku_id, line.warehouse_id, line.owner]


def open_batches(drafts: Sequence[StockDocumentDraft], skus: dict[int, Sku]) -> dict[tuple[int, str], int]:
    """Return the id of each batch that the drafts name, creating those that come in for the first time."""
    named = {
        (line.sku_id, line.batch_code): line.expires_on
        for draft in drafts
        for line in draft.lines
        if line.batch_code and skus[line.sku_id].tracks_batches
    }
    if not named:
        return {}
    Batch.objects.bulk_create(
        [Batch(sku_id=sku, code=code, expires_on=expiry) for (sku, code), expiry in sorted(named.items())],
        ignore_conflicts=True,
    )
    found = Batch.objects.filter(
        sku_id__in={sku for sku, _code in named}, code__in={code for _sku, code in named}
    )
    return {(batch.sku_id, batch.code): batch.pk for batch in found}


def draft_lines(
    draft: StockDocumentDraft,
    skus: dict[int, Sku],
    opened: dict[tuple[int, int, str], int],
    batches: dict[tuple[int, str], int],
) -> list[StockDocumentLine]:
    """Return the lines of a draft, refusing what its kind of paper or its goods don't allow."""
    lines = []
    for position, line in enumerate(draft.lines, start=1):
        sku = skus[line.sku_id]
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
        lines.append(
            StockDocumentLine(
                position=position,
                stock_id=stock_id_of(line, opened),
                batch_id=batches.get((line.sku_id, line.batch_code)),
                units=line.units,
                from_state=line.from_state,
                to_state=line.to_state,
            )
        )
    return lines


class Balance:
    """Locked balances by (stock, batch, state), from which lines take before anything is written."""

    def __init__(self, units: dict[tuple[int, int | None, str], int]) -> None:
        self.units = units

    @classmethod
    def load(cls, stock_ids: Collection[int]) -> Balance:
        """Read the balances of locked stock rows and their batches."""
        units: dict[tuple[int, int | None, str], int] = defaultdict(int)
        for stock in Stock.objects.filter(pk__in=stock_ids):
            units |= {(stock.pk, None, state): getattr(stock, state) for state in BALANCES}
        for part in BatchStock.objects.filter(stock_id__in=stock_ids):
            units |= {(part.stock_id, part.batch_id, state): getattr(part, state) for state in BALANCES}
        return cls(units)

    def take(self, lines: Sequence[StockDocumentLine]) -> None:
        """Take what all ``lines`` take, or nothing; refuses NotEnoughUnits."""
        after = dict(self.units)
        for line in lines:
            for batch_id in {line.batch_id, None}:
                after[line.stock_id, batch_id, line.from_state] = (
                    after.get((line.stock_id, batch_id, line.from_state), 0) - line.units
                )
                after[line.stock_id, batch_id, line.to_state] = (
                    after.get((line.stock_id, batch_id, line.to_state), 0) + line.units
                )
            if line.from_state != S.OUTSIDE and after[line.stock_id, line.batch_id, line.from_state] < 0:
                stock = Stock.objects.select_related("sku", "warehouse").get(pk=line.stock_id)
                detail = _("%(sku)s in %(warehouse)s has fewer than %(units)s units “%(state)s”.")
                raise NotEnoughUnits(
                    detail,
                    sku=stock.sku.code,
                    warehouse=stock.warehouse.code,
                    units=line.units,
                    state=line.from_state,
                )
        self.units = after


def write_documents(
    fresh: Sequence[tuple[StockDocumentDraft, list[StockDocumentLine]]], *, actor: Principal, at: datetime
) -> list[StockDocument]:
    """Write papers, lines and movements."""
    numbers = next_numbers("SD", len(fresh))
    documents = StockDocument.objects.bulk_create(
        [
            StockDocument(
                number=number,
                kind=draft.kind,
                source_key=draft.source_key,
                note=draft.note,
                to_warehouse_id=draft.to_warehouse_id,
                actor=str(actor),
                at=at,
            )
            for number, (draft, _lines) in zip(numbers, fresh, strict=True)
        ]
    )
    for document, (_draft, lines) in zip(documents, fresh, strict=True):
        for line in lines:
            line.document = document
    written = StockDocumentLine.objects.bulk_create([line for _draft, lines in fresh for line in lines])
    post_lines(written, actor=actor, at=at)
    return documents


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


@operation
def receive_transfers(
    documents: Sequence[StockDocument], *, actor: Principal, at: datetime
) -> Outcome[StockDocument]:
    """Book what was dispatched into the warehouse it was sent to; what arrived before is left alone.

    Refuses NothingOnTheWay.
    """
    outcome: Outcome[StockDocument] = Outcome()
    by_id = lock_documents(documents)
    sent: list[tuple[StockDocument, StockDocumentLine]] = []
    for index, given in enumerate(documents):
        document = by_id[given.pk]
        lines = list(document.lines.all())
        if document.kind != StockDocumentKind.TRANSFER:
            detail = _("%(number)s is no transfer; nothing of it is on the way.")
            outcome.refused.append((index, NothingOnTheWay(detail, number=document.number)))
            continue
        outcome.done.append(document)
        if all(line.to_state == S.IN_TRANSIT for line in lines):
            sent += [(document, line) for line in lines]
    post_lines(write_arrivals(sent), actor=actor, at=at)
    return outcome


def write_arrivals(sent: Sequence[tuple[StockDocument, StockDocumentLine]]) -> list[StockDocumentLine]:
    """Write, for each line on the way, one that leaves the sender's books and one that enters the receiver's."""
    keys = {
        line.pk: (line.stock.sku_id, int(doc.to_warehouse_id or 0), line.stock.owner) for doc, line in sent
    }
    opened = open_stock(keys.values())
    open_batch_stock([(opened[keys[line.pk]], line.batch_id) for _doc, line in sent if line.batch_id])
    lock_stock({line.stock_id for _doc, line in sent} | set(opened.values()))
    arrivals: list[StockDocumentLine] = []
    for document, line in sent:
        legs = ((line.stock_id, S.IN_TRANSIT, S.OUTSIDE), (opened[keys[line.pk]], S.OUTSIDE, S.AVAILABLE))
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
    return StockDocumentLine.objects.bulk_create(arrivals)


@operation
def undo_stock_documents(
    documents: Sequence[StockDocument], *, actor: Principal, at: datetime
) -> Outcome[StockDocument]:
    """Take back what papers brought in, by papers of adjustment; the sender's numbers then count as new.

    Answers the papers of adjustment. Refuses AlreadyUndone, NotEnoughUnits where units have been used since.
    """
    outcome: Outcome[StockDocument] = Outcome()
    locked = lock_documents(documents)
    ready: list[int] = []
    for index, given in enumerate(documents):
        if locked[given.pk].undone_at is None and given.pk not in {documents[i].pk for i in ready}:
            ready.append(index)
        else:
            detail = _("%(number)s was undone before.")
            outcome.refused.append((index, AlreadyUndone(detail, number=given.number)))
    posted = post_stock_documents(
        [reversal_of(locked[documents[index].pk]) for index in ready], actor=actor, at=at
    )
    outcome.done = posted.done
    outcome.refused += [(ready[position], refusal) for position, refusal in posted.refused]
    refused = {index for index, _refusal in outcome.refused}
    undone = [documents[index].pk for index in ready if index not in refused]
    StockDocument.objects.filter(pk__in=undone).update(undone_at=at)
    return outcome


def lock_documents(documents: Sequence[StockDocument]) -> dict[int, StockDocument]:
    """Lock papers in primary-key order and return them by id, with their lines."""
    locked = (
        StockDocument.objects.filter(pk__in=[document.pk for document in documents])
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
        .prefetch_related("lines__stock", "lines__batch")
    )
    return {document.pk: document for document in locked}


def reversal_of(document: StockDocument) -> StockDocumentDraft:
    """Return the paper of adjustment that takes ``document`` back."""
    lines = tuple(
        StockLineDraft(
            sku_id=line.stock.sku_id,
            warehouse_id=line.stock.warehouse_id,
            owner=line.stock.owner,
            units=line.units,
            from_state=line.to_state,
            to_state=line.from_state,
            batch_code=line.batch.code if line.batch else "",
        )
        for line in sorted(document.lines.all(), key=lambda line: line.position)
    )
    return StockDocumentDraft(StockDocumentKind.ADJUSTMENT, lines, note=f"undo:{document.number}")
