"""Deliveries are received: what came is counted against what was promised, and enters the books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from catalog.choices import WAREHOUSE_ROLES, InboundSource, InboundStatus, StockDocumentKind, StockState
from catalog.drafts import StockDocumentDraft, StockLineDraft
from catalog.models import InboundDelivery, Sku, StockDocument
from catalog.operations.batches import Expiries
from catalog.operations.deliveries import (
    OPEN,
    DeliveryClosed,
    check_units,
    delivered_sku,
    local_day,
    lock_deliveries,
    move_numbers,
    no_such_delivery,
    tell_brands,
)
from catalog.operations.documents import NoUnits, check_lines, post_stock_documents
from catalog.operations.received import Counted, counted_lines, write_counts
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.states import RoleMayNotMove, illegal_move

LONGEST_KEY: Final = 80
SHARE_OF_LIFE: Final = 3  # of goods without a rule of their own, a third of the shelf life must be left


class TooLittleLife(Refused):
    """The goods expire too soon to be taken in for sale; with a reason they may go into quarantine."""

    code = "too_little_life"


class ExpiryNeeded(Refused):
    """The goods have a shelf life, and nobody knows when this batch expires."""

    code = "expiry_needed"


class MoreDamagedThanCame(Refused):
    """Of the units that came, more are said to be damaged than there are."""

    code = "more_damaged_than_came"


class KeyNeeded(Refused):
    """What is received carries a key, so that the same receipt counts once."""

    code = "key_needed"


@dataclass(frozen=True, slots=True)
class ReceiptLineDraft:
    """Units of a SKU that came, ``damaged`` among them. ``quarantine_reason`` sends the good ones into quarantine."""

    sku_code: str
    units: int
    damaged: int = 0
    batch_code: str = ""
    expires_on: date | None = None
    quarantine_reason: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptDraft:
    """What came of a delivery at one time. The same ``key`` again is the same receipt, and counts once.

    ``accepts_more``: take in what was not promised, too. Good units go into the bin, if one is named.
    """

    number: str
    lines: tuple[ReceiptLineDraft, ...]
    key: str
    bin_code: str = ""
    accepts_more: bool = False


@dataclass(frozen=True, slots=True)
class Received:
    """A receipt of a delivery, and whether it is booked only now."""

    delivery: InboundDelivery
    document: StockDocument
    is_new: bool


def fewest_days(sku: Sku) -> int:
    """Return with how many days before its date a SKU is taken in for sale: its rule, else a third of its life."""
    if sku.receive_days is not None:
        return sku.receive_days
    return (sku.shelf_life_days or 0) // SHARE_OF_LIFE


def receipt_key(number: str, key: str) -> str:
    """Return the sender's number of the warehouse paper of a receipt."""
    return f"{number}:{key}"


@operation
def receive_deliveries(
    drafts: Sequence[ReceiptDraft], *, actor: Principal, at: datetime
) -> Outcome[Received]:
    """Book what came of deliveries, each receipt whole or not at all: into quarantine where the warehouse inspects.

    A receipt whose key came before with the same lines is answered with the one that stands. Refuses NoSuchDelivery,
    RoleMayNotMove, DeliveryClosed, KeyNeeded, NoUnits, ImplausibleUnits, MoreDamagedThanCame, UnknownSku, OtherBrand,
    BundleIsNotDelivered, BatchNeeded, BatchDiffers, ExpiryNeeded, TooLittleLife, NotOnDelivery, MoreThanPromised,
    DocumentDiffers.
    """
    locked = lock_deliveries({draft.number for draft in drafts})
    counted = counted_lines(locked.values())
    codes = {line.sku_code for draft in drafts for line in draft.lines}
    skus = {each.code: each for each in Sku.objects.filter(code__in=codes).select_related("product")}
    by_id = {sku.pk: sku for sku in skus.values()}
    keys = [receipt_key(draft.number, draft.key) for draft in drafts]
    standing = set(
        StockDocument.objects.filter(
            kind=StockDocumentKind.RECEIPT, source_key__in=keys, undone_at=None
        ).values_list("source_key", flat=True)
    )
    refused: dict[int, Refused] = {}
    papers: dict[int, StockDocumentDraft] = {}
    drawn: dict[int, StockDocumentDraft] = {}
    for index, draft in enumerate(drafts):
        try:
            delivery = locked.get(draft.number)
            if delivery is None:
                raise no_such_delivery(draft.number)
            drawn[index] = paper_of(draft, delivery, skus, actor=actor)
        except Refused as refusal:
            refused[index] = refusal
    expiries = Expiries.load(list(drawn.values()))
    counts: set[int] = set()
    for index, paper in drawn.items():
        draft = drafts[index]
        try:
            check_lines(paper, by_id)
            if paper.source_key not in standing:
                expiries.check(paper, by_id)
                check_receipt(draft, locked[draft.number], skus, expiries, counted, at=at)
                expiries.note(paper)
                count(draft, locked[draft.number], skus, counted)
                standing.add(paper.source_key)
                counts.add(index)
            papers[index] = paper
        except Refused as refusal:
            refused[index] = refusal
    posted = post_stock_documents(list(papers.values()), actor=actor, at=at)
    places = list(papers)
    for place, no in posted.refused:
        if places[place] in counts:
            raise no  # what was counted must be booked: the batch as a whole is given up
        refused[places[place]] = no
    booked = dict(zip([index for index in places if index not in refused], posted.done, strict=True))
    opened = {drafts[index].number: locked[drafts[index].number] for index in sorted(counts)}
    write_counts(list(opened.values()), counted, actor=actor, at=at)
    tell_brands(list(opened.values()), "received", actor=actor, at=at)
    done = [
        Received(locked[drafts[index].number], document, index in counts)
        for index, document in sorted(booked.items())
    ]
    return Outcome(done, sorted(refused.items()))


def paper_of(
    draft: ReceiptDraft, delivery: InboundDelivery, skus: dict[str, Sku], *, actor: Principal
) -> StockDocumentDraft:
    """Return the warehouse paper of a receipt; refuse what is nonsense whatever has come so far."""
    if not actor.may(WAREHOUSE_ROLES):
        detail = _("Your role may not receive deliveries.")
        raise RoleMayNotMove(detail, number=delivery.number)
    if not 1 <= len(draft.key) <= LONGEST_KEY:
        raise KeyNeeded(_("A receipt needs a key of 1 to %(most)s characters."), most=LONGEST_KEY)
    if not draft.lines:
        raise NoUnits(_("A line needs at least one unit."))
    lines: list[StockLineDraft] = []
    for line in draft.lines:
        sku = delivered_sku(skus, line.sku_code, delivery.brand)
        check_units(line.units, sku.code)
        if not 0 <= line.damaged <= line.units:
            detail = _("%(sku)s: of %(units)s units %(damaged)s can't be damaged.")
            raise MoreDamagedThanCame(detail, sku=sku.code, units=line.units, damaged=line.damaged)
        inspects = delivery.warehouse.inspects_receipts or bool(line.quarantine_reason.strip())
        good = StockState.QUARANTINE if inspects else StockState.AVAILABLE
        for units, state in ((line.units - line.damaged, good), (line.damaged, StockState.DAMAGED)):
            if units:
                in_bin: dict[str, Any] = {}
                if draft.bin_code and state == good:
                    in_bin["bin_code"] = draft.bin_code
                lines.append(
                    StockLineDraft(
                        sku_id=sku.pk,
                        warehouse_id=delivery.warehouse_id,
                        owner=delivery.goods_owner,
                        units=units,
                        from_state=StockState.OUTSIDE,
                        to_state=state,
                        batch_code=line.batch_code,
                        expires_on=line.expires_on,
                        **in_bin,
                    )
                )
    reasons = dict.fromkeys(line.quarantine_reason.strip() for line in draft.lines)
    return StockDocumentDraft(
        StockDocumentKind.RECEIPT,
        tuple(lines),
        source_key=receipt_key(delivery.number, draft.key),
        note="; ".join(filter(None, reasons))[:500],
        delivery_number=delivery.number,
    )


def check_receipt(
    draft: ReceiptDraft,
    delivery: InboundDelivery,
    skus: dict[str, Sku],
    expiries: Expiries,
    counted: dict[int, Counted],
    *,
    at: datetime,
) -> None:
    """Refuse what the delivery, the promise or the goods' dates don't allow."""
    if delivery.status not in OPEN:
        raise DeliveryClosed(str(illegal_move(delivery, InboundStatus.RECEIVING)), number=delivery.number)
    for line in draft.lines:
        check_life(line, skus[line.sku_code], expiries, at=at)
    if draft.accepts_more or delivery.source == InboundSource.UNANNOUNCED:
        return
    units: dict[int, int] = {}
    for line in draft.lines:
        sku = skus[line.sku_code]
        units[sku.pk] = units.get(sku.pk, 0) + line.units
    counted[delivery.pk].check(delivery.number, units, {sku.pk: sku.code for sku in skus.values()})


def check_life(line: ReceiptLineDraft, sku: Sku, expiries: Expiries, *, at: datetime) -> None:
    """Refuse ExpiryNeeded, TooLittleLife for good units that are to be sold."""
    if not line.batch_code or line.quarantine_reason.strip() or line.damaged == line.units:
        return
    expires_on = expiries.known.get((sku.pk, line.batch_code)) or line.expires_on
    fewest = fewest_days(sku)
    if expires_on is None:
        if sku.receive_days is not None or sku.shelf_life_days is not None:
            detail = _("Say when batch %(batch)s of %(sku)s expires.")
            raise ExpiryNeeded(detail, sku=sku.code, batch=line.batch_code)
        return
    left = (expires_on - local_day(at)).days
    if left < fewest:
        detail = (
            _("Batch %(batch)s of %(sku)s expired on %(expires_on)s.")
            if left < 0
            else _(
                "Batch %(batch)s of %(sku)s expires on %(expires_on)s:"
                " %(left)s days are left, %(fewest)s are needed."
            )
        )
        raise TooLittleLife(
            detail,
            sku=sku.code,
            batch=line.batch_code,
            expires_on=expires_on.isoformat(),
            left=left,
            fewest=fewest,
        )


def count(
    draft: ReceiptDraft, delivery: InboundDelivery, skus: dict[str, Sku], counted: dict[int, Counted]
) -> None:
    """Count what a receipt brings."""
    for line in draft.lines:
        counted[delivery.pk].add(delivery, skus[line.sku_code].pk, line.units, line.damaged)


@operation
def close_deliveries(
    numbers: Sequence[str], *, actor: Principal, at: datetime, reason: str = ""
) -> Outcome[InboundDelivery]:
    """Close deliveries with what came: what is short then stays so.

    Refuses NoSuchDelivery, IllegalMove, RoleMayNotMove.
    """
    outcome = move_numbers(numbers, InboundStatus.RECEIVED, actor=actor, at=at, reason=reason)
    InboundDelivery.objects.filter(pk__in=[each.pk for each in outcome.done]).update(closed_at=at)
    for delivery in outcome.done:
        delivery.closed_at = at
    tell_brands(outcome.done, "closed", actor=actor, at=at)
    return outcome
