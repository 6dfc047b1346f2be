"""Goods that were on their way arrive: whole, in parts, or not at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from django.utils.translation import gettext_lazy as _

from catalog.choices import OWN, StockDocumentKind, StockState
from catalog.drafts import ArrivalDraft, ArrivedLineDraft
from catalog.models import StockDocument, StockDocumentLine
from catalog.operations.documents import (
    ARRIVAL_POSITIONS,
    Balance,
    BatchNeeded,
    Leg,
    NotEnoughUnits,
    NoUnits,
    lock_documents,
)
from catalog.operations.ledger import (
    Entry,
    announce_arrivals,
    lock_stock,
    open_batch_stock,
    open_stock,
    post_movements,
)
from catalog.queries.transfers import left_of
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused

S = StockState
LONGEST_KEY: Final = 60
Goods = tuple[int, int | None]  # a balance of the sender and a batch


class NothingOnTheWay(Refused):
    """The paper is no transfer, or there is none of this number."""

    code = "nothing_on_the_way"


class MoreThanSent(Refused):
    """More units are said to have come than are on the way. ``there`` says how many are."""

    code = "more_than_sent"


class ReasonNeeded(Refused):
    """Units are lost for a reason."""

    code = "reason_needed"


class KeyTooLong(Refused):
    """The key of an arrival has more characters than are kept; cut, it could be another's."""

    code = "key_too_long"


class Came(NamedTuple):
    """Units that leave what is on the way: into the receiver's books, or lost."""

    goods: Goods
    units: int
    is_lost: bool


@dataclass(slots=True)
class Transfer:
    """A locked transfer: what of it is on the way, in the sequence of its lines."""

    document: StockDocument
    lines: list[StockDocumentLine]
    left: dict[Goods, int]
    came: list[Came] = field(default_factory=list)

    def goods_named(self, draft: ArrivedLineDraft) -> list[Goods]:
        """Return the goods on the way that a line means, as they leave. Raises BatchNeeded, MoreThanSent."""
        meant = {
            (line.stock_id, line.batch_id): line
            for line in self.lines
            if line.stock.sku.code == draft.sku_code
            and draft.goods_owner in ("", line.stock.owner)
            and (not draft.batch_code or (line.batch and line.batch.code == draft.batch_code))
        }
        if not meant:
            detail = _("%(sku)s is not on %(number)s.")
            raise MoreThanSent(detail, sku=draft.sku_code, number=self.document.number, there=0)
        if len({line.batch_id for line in meant.values()}) > 1:
            detail = _("%(sku)s is on its way in more than one batch; name the batch.")
            raise BatchNeeded(detail, sku=draft.sku_code)
        return sorted(meant, key=lambda goods: (meant[goods].stock.owner == OWN, meant[goods].position))

    def take(self, draft: ArrivedLineDraft) -> None:
        """Take what came of one line off what is on the way. Raises NoUnits, BatchNeeded, MoreThanSent."""
        if draft.units < 1:
            raise NoUnits(_("A line needs at least one unit."))
        goods = self.goods_named(draft)
        there = sum(self.left.get(each, 0) for each in goods)
        if draft.units > there:
            detail = _("Only %(there)s of %(sku)s are on the way on %(number)s.")
            raise MoreThanSent(detail, there=there, sku=draft.sku_code, number=self.document.number)
        wanted = draft.units
        for each in goods:
            units = min(wanted, self.left.get(each, 0))
            if units:
                self.note(each, units, is_lost=False)
                wanted -= units

    def take_rest(self, *, is_lost: bool) -> None:
        """Take all that is still on the way."""
        for goods, units in list(self.left.items()):
            if units:
                self.note(goods, units, is_lost=is_lost)

    def note(self, goods: Goods, units: int, *, is_lost: bool) -> None:
        """Remember units that leave what is on the way."""
        self.left[goods] -= units
        self.came.append(Came(goods, units, is_lost))

    @property
    def has_arrived(self) -> bool:
        """Tell whether nothing is on the way any more."""
        return not any(self.left.values())

    def legs(self) -> list[Leg]:
        """Return what leaves the sender's books."""
        codes = {line.batch_id: line.batch.code for line in self.lines if line.batch}
        return [
            Leg(
                each.goods[0],
                codes.get(each.goods[1], ""),
                each.units,
                S.IN_TRANSIT.value,
                (S.LOST if each.is_lost else S.OUTSIDE).value,
            )
            for each in self.came
        ]


@operation
def receive_transfers(
    documents: Sequence[StockDocument], *, actor: Principal, at: datetime
) -> Outcome[StockDocument]:
    """Book all that is still on the way into the warehouse it was sent to; what arrived before is left alone.

    Refuses NothingOnTheWay, and NotEnoughUnits where units were lost on the way.
    """
    outcome: Outcome[StockDocument] = Outcome()
    transfers, balances, opened = on_the_way(lock_documents(documents).values())
    ready: list[Transfer] = []
    for index, given in enumerate(documents):
        transfer = transfers.get(given.pk)
        if transfer is None:
            outcome.refused.append((index, no_transfer(given.number)))
            continue
        if not transfer.came and not transfer.has_arrived:
            transfer.take_rest(is_lost=False)
            try:
                balances.take(transfer.legs())
            except NotEnoughUnits as refusal:
                outcome.refused.append((index, refusal))
                del transfers[given.pk]
                continue
            ready.append(transfer)
        outcome.done.append(transfer.document)
    book([(transfer, "", "") for transfer in ready], opened, actor=actor, at=at)
    return outcome


@operation
def arrive_transfers(
    drafts: Sequence[ArrivalDraft], *, actor: Principal, at: datetime
) -> Outcome[StockDocument]:
    """Book what came of transfers, whole drafts; the rest stays on the way, or is lost where a draft ``ends`` it.

    A draft whose ``key`` was booked before is answered and changes nothing. Refuses NothingOnTheWay, NoUnits,
    BatchNeeded, MoreThanSent, ReasonNeeded, NotEnoughUnits, KeyTooLong.
    """
    outcome: Outcome[StockDocument] = Outcome()
    found = StockDocument.objects.filter(
        number__in={draft.number for draft in drafts}, kind=StockDocumentKind.TRANSFER
    )
    transfers, balances, opened = on_the_way(lock_documents(list(found)).values())
    by_number = {transfer.document.number: transfer for transfer in transfers.values()}
    booked = keys_booked(drafts, by_number)
    for index, draft in enumerate(drafts):
        transfer = by_number.get(draft.number)
        if transfer is None:
            outcome.refused.append((index, no_transfer(draft.number)))
            continue
        key = (transfer.document.pk, draft.key)
        if not draft.key or key not in booked:
            try:
                arrival = come(transfer, draft)
                balances.take(arrival.legs())
            except Refused as refusal:
                outcome.refused.append((index, refusal))
                continue
            transfer.left = arrival.left
            book([(arrival, key[1], draft.reason.strip()[:200])], opened, actor=actor, at=at)
            booked.add(key)
        outcome.done.append(transfer.document)
    return outcome


def come(transfer: Transfer, draft: ArrivalDraft) -> Transfer:
    """Return a transfer as it stands after what a draft says. Raises what ``arrive_transfers`` refuses."""
    if len(draft.key) > LONGEST_KEY:
        raise KeyTooLong(_("The key of an arrival has at most %(most)s characters."), most=LONGEST_KEY)
    arrival = Transfer(transfer.document, transfer.lines, dict(transfer.left))
    for line in draft.lines:
        arrival.take(line)
    if draft.ends and not arrival.has_arrived:
        if not draft.reason.strip():
            raise ReasonNeeded(_("Say why the rest is lost."))
        arrival.take_rest(is_lost=True)
    if not arrival.came:
        raise NoUnits(_("Nothing of %(number)s has come."), number=draft.number)
    return arrival


def no_transfer(number: str) -> NothingOnTheWay:
    """Return the refusal that names what is no transfer."""
    return NothingOnTheWay(_("%(number)s is no transfer; nothing of it is on the way."), number=number)


def keys_booked(drafts: Sequence[ArrivalDraft], by_number: dict[str, Transfer]) -> set[tuple[int, str]]:
    """Return which arrivals were booked before, by transfer and key."""
    ids = [transfer.document.pk for transfer in by_number.values()]
    keys = {draft.key for draft in drafts}
    lines = StockDocumentLine.objects.filter(document__in=ids, key__in=keys).exclude(key="")
    return set(lines.values_list("document", "key"))


def on_the_way(
    documents: Iterable[StockDocument],
) -> tuple[dict[int, Transfer], Balance, dict[tuple[int, int, str], int]]:
    """Return locked transfers by id with what is on the way, the locked balances, and the receivers' rows."""
    of_kind = [document for document in documents if document.kind == StockDocumentKind.TRANSFER]
    lines = dispatched(of_kind)
    left = left_of([document.pk for document in of_kind])
    transfers = {
        document.pk: Transfer(document, lines[document.pk], left.get(document.pk, {})) for document in of_kind
    }
    going = [(document, line) for document in of_kind for line in lines[document.pk]]
    opened = open_stock(
        [(line.stock.sku_id, place_of(document), line.stock.owner) for document, line in going]
    )
    senders = {line.stock_id for _document, line in going}
    lock_stock(senders | set(opened.values()))
    return transfers, Balance.load(senders), opened


def dispatched(documents: Sequence[StockDocument]) -> dict[int, list[StockDocumentLine]]:
    """Return the lines that sent goods off, by transfer, with balance, SKU and batch."""
    found: dict[int, list[StockDocumentLine]] = defaultdict(list)
    lines = StockDocumentLine.objects.filter(document__in=documents, position__lte=ARRIVAL_POSITIONS)
    for line in lines.select_related("stock__sku", "batch").order_by("document", "position"):
        found[line.document_id].append(line)
    return found


def place_of(document: StockDocument) -> int:
    """Return the id of the warehouse that a transfer goes to."""
    return int(document.to_warehouse_id or 0)


def book(
    arrivals: Sequence[tuple[Transfer, str, str]],
    opened: dict[tuple[int, int, str], int],
    *,
    actor: Principal,
    at: datetime,
) -> None:
    """Write the lines and movements of arrivals, each with its key and the reason of a loss."""
    lines: list[StockDocumentLine] = []
    lost: dict[int, str] = {}
    for transfer, key, reason in arrivals:
        stocks = {line.stock_id: line.stock for line in transfer.lines}
        position = next_position(transfer.document)
        for each in transfer.came:
            stock_id, batch_id = each.goods
            stock = stocks[stock_id]
            entered = opened[stock.sku_id, place_of(transfer.document), stock.owner]
            legs = [(stock_id, S.IN_TRANSIT, S.OUTSIDE), (entered, S.OUTSIDE, S.AVAILABLE)]
            if each.is_lost:
                legs = [(stock_id, S.IN_TRANSIT, S.LOST)]
                lost[len(lines)] = reason
            for balance, here, there in legs:
                lines.append(
                    StockDocumentLine(
                        document=transfer.document,
                        position=position,
                        stock_id=balance,
                        batch_id=batch_id,
                        units=each.units,
                        from_state=here,
                        to_state=there,
                        key=key,
                    )
                )
                position, key = position + 1, ""
        if transfer.has_arrived:
            transfer.document.arrived_at = at
            StockDocument.objects.filter(pk=transfer.document.pk).update(arrived_at=at)
    open_batch_stock([(line.stock_id, line.batch_id) for line in lines if line.batch_id])
    written = StockDocumentLine.objects.bulk_create(lines)
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
            reason=lost.get(place, ""),
        )
        for place, line in enumerate(written)
    ]
    post_movements(entries, actor=actor, at=at)
    announce_arrivals(entries, actor=actor, at=at)


def next_position(document: StockDocument) -> int:
    """Return the first free number of a line of arrival."""
    last = StockDocumentLine.objects.filter(document=document).order_by("-position").values("position")[:1]
    return max(ARRIVAL_POSITIONS, *(row["position"] for row in last)) + 1
