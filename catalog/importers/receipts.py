"""``stock.receipt``: goods received; the rows of one receipt follow each other."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from catalog.choices import OWN, StockDocumentKind, StockState
from catalog.drafts import StockDocumentDraft, StockLineDraft
from catalog.importers.papers import PaperTable
from catalog.models import InboundDelivery, Sku, StockDocument, Warehouse
from catalog.operations.deliveries import no_such_delivery
from catalog.operations.documents import post_stock_documents
from catalog.operations.receiving import LONGEST_KEY, ReceiptDraft, ReceiptLineDraft, receive_deliveries
from catalog.operations.undoing import take_back_documents
from ops_portal.intake.granted import not_granted, scope_of_actor
from ops_portal.intake.kinds import Change, Column, ImportKind, Options, Record, RowRefused, Undone, Written
from ops_portal.intake.reading import as_datetime, as_units, bare_id
from ops_portal.intake.tables import is_total, missing, too_long, total_row
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import Refused

COLUMNS = (
    Column("receipt_number", ("入库单号", "入库单编号", "入庫單號"), required=True),
    Column("sku", ("商家编码", "SKU编码", "商品编码", "商家編碼"), required=True),
    Column("warehouse", ("仓库编码", "仓库", "倉庫編碼", "倉庫"), required=True),
    Column("owner", ("货主编码", "货主", "貨主")),
    Column("units", ("数量", "入库数量", "實收數量", "数量(件)"), required=True),
    Column("batch", ("批次", "批号", "批號")),
    Column("expires_on", ("有效期至", "效期", "失效日期")),
    Column("state", ("状态", "库存状态", "狀態")),
    Column("delivery", ("到货单号", "到貨單號", "预约单号", "預約單號")),
)
TO_INSPECT = "the file says so"
STATES = {
    "": StockState.AVAILABLE,
    "available": StockState.AVAILABLE,
    "正常": StockState.AVAILABLE,
    "quarantine": StockState.QUARANTINE,
    "待检": StockState.QUARANTINE,
    "待檢": StockState.QUARANTINE,
}


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """A row of a receipt, with codes as they stand in the file."""

    sku: str
    warehouse: str
    owner: str
    units: int
    batch: str
    expires_on: date | None
    state: StockState
    delivery: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """One paper of the sender; ``delivery`` is the number of the inbound delivery that it is part of, if any."""

    number: str
    lines: tuple[ReceiptLine, ...]
    delivery: str = ""


class ReceiptTable(PaperTable):
    """A table of receipts. One bad row rejects its receipt."""

    def __init__(self, path: Path, options: Options) -> None:
        super().__init__(path, COLUMNS, options)

    def paper(self, number: str, lines: Sequence[ReceiptLine]) -> Receipt:
        """Return a receipt of the rows that carry its number. Raises RowRefused."""
        deliveries = {line.delivery for line in lines}
        if len(deliveries) > 1:
            detail = _("The rows of a receipt name one delivery, or none: %(names)s.")
            names = ", ".join(sorted(deliveries))
            raise RowRefused("several_deliveries", detail, names=names)
        return Receipt(number, tuple(lines), *deliveries)

    def line(self, cells: tuple[str, ...]) -> ReceiptLine:
        """Return a line of a receipt. Raises ValueError, RowRefused."""
        number, sku, warehouse, owner, units_text, batch, expires, state, delivery = cells[:9]
        if is_total(number):
            raise total_row()
        units = as_units(units_text)
        if not sku.strip():
            raise missing("sku")
        if not warehouse.strip():
            raise missing("warehouse")
        if units is None:
            raise missing("units")
        if units <= 0:
            raise RowRefused("no_units", _("A line needs at least one unit."))
        if state.strip().lower() not in STATES:
            detail = _("“%(value)s” is no state in which goods come in; write available or quarantine.")
            raise RowRefused("unknown_state", detail, value=state)
        expiry = as_datetime(expires, serials=self.serials) if expires else None
        line = ReceiptLine(
            bare_id(sku),
            bare_id(warehouse),
            owner.strip() or OWN,
            units,
            bare_id(batch),
            expiry.date() if expiry else None,
            STATES[state.strip().lower()],
            bare_id(delivery).upper(),
        )
        for column, most, value in (
            ("warehouse", 40, line.warehouse),
            ("owner", 40, line.owner),
            ("batch", 60, line.batch),
            ("delivery", 30, line.delivery),
        ):
            if len(value) > most:
                raise too_long(column, most)
        return line

    def write(self, records: Sequence[Record], *, actor: Principal, at: datetime) -> Written:
        return write_receipts(records, actor=actor, at=at)


def write_receipts(records: Sequence[Record], *, actor: Principal, at: datetime) -> Written:
    """Book receipts, those of deliveries first. A warehouse that no code names yet is created; the paper says so."""
    written = Written()
    receipts: list[Receipt] = [record.draft for record in records]
    found = Sku.objects.filter(code__in={line.sku for receipt in receipts for line in receipt.lines})
    facts = list(found.values_list("code", "pk", "product__brand__code"))
    skus = {code: pk for code, pk, _brand in facts}
    scope = scope_of_actor(actor)
    foreign = {code for code, _pk, brand in facts if not scope.all and brand not in scope.brands}
    known = []
    for index, receipt in enumerate(receipts):
        refusal = refusal_of(receipt, skus, foreign)
        if refusal is None:
            known.append(index)
        else:
            written.refused.append((index, refusal))
    parts = {index: receipts[index] for index in known if receipts[index].delivery}
    book_parts(parts, {index: records[index].first_row for index in parts}, written, actor=actor, at=at)
    known = [index for index in known if index not in parts]
    numbers = [receipts[index].number for index in known]
    before = StockDocument.objects.filter(
        kind=StockDocumentKind.RECEIPT, source_key__in=numbers, undone_at=None
    )
    standing = set(before.values_list("source_key", flat=True))
    warehouses, created = open_warehouses([receipts[index] for index in known])
    drafts = [draft_of(receipts[index], skus, warehouses, created) for index in known]
    outcome = post_stock_documents(drafts, actor=actor, at=at)
    written.refused += [(known[position], refusal) for position, refusal in outcome.refused]
    rows = {receipts[index].number: records[index].first_row for index in reversed(known)}
    for document in outcome.done:
        if document.source_key in standing:
            written.unchanged += 1
            continue
        written.created += 1
        row = rows[document.source_key]
        written.changes.append(Change("stock_document", document.pk, "created", row))
    first = records[0].first_row
    written.changes += [Change("warehouse", warehouses[code], "created", first) for code in sorted(created)]
    return written


def book_parts(
    parts: dict[int, Receipt], rows: dict[int, int], written: Written, *, actor: Principal, at: datetime
) -> None:
    """Book receipts that are parts of deliveries, and count them as ``written``: a file says what came, be it more."""
    if not parts:
        return
    deliveries = {
        each.number: each
        for each in InboundDelivery.objects.filter(
            number__in={part.delivery for part in parts.values()}
        ).select_related("warehouse")
    }
    drafts: dict[int, ReceiptDraft] = {}
    for index, part in parts.items():
        try:
            drafts[index] = part_of_delivery(part, deliveries)
        except Refused as refusal:
            written.refused.append((index, refusal))
    outcome = receive_deliveries(list(drafts.values()), actor=actor, at=at)
    indexes = list(drafts)
    written.refused += [(indexes[position], refusal) for position, refusal in outcome.refused]
    gone = {position for position, _refusal in outcome.refused}
    stay = [index for position, index in enumerate(indexes) if position not in gone]
    for index, received in zip(stay, outcome.done, strict=True):
        if received.is_new:
            written.created += 1
            written.changes.append(Change("stock_document", received.document.pk, "created", rows[index]))
        else:
            written.unchanged += 1


def part_of_delivery(part: Receipt, deliveries: dict[str, InboundDelivery]) -> ReceiptDraft:
    """Return a receipt of a delivery; refuse what names another warehouse or owner than the delivery."""
    delivery = deliveries.get(part.delivery)
    if delivery is None:
        raise no_such_delivery(part.delivery)
    others = {line.warehouse for line in part.lines} - {delivery.warehouse.code}
    if others:
        detail = _("%(number)s goes to the warehouse %(warehouse)s, not to %(other)s.")
        raise RowRefused(
            "other_warehouse",
            detail,
            number=delivery.number,
            warehouse=delivery.warehouse.code,
            other=", ".join(sorted(others)),
        )
    owners = {line.owner for line in part.lines} - {delivery.goods_owner, OWN}
    if owners:
        detail = _("The goods of %(number)s belong to %(owner)s, not to %(other)s.")
        owner = delivery.goods_owner
        raise RowRefused(
            "other_owner", detail, number=delivery.number, owner=owner, other=", ".join(sorted(owners))
        )
    return ReceiptDraft(
        delivery.number,
        tuple(
            ReceiptLineDraft(
                line.sku,
                line.units,
                batch_code=line.batch,
                expires_on=line.expires_on,
                quarantine_reason=TO_INSPECT if line.state == StockState.QUARANTINE else "",
            )
            for line in part.lines
        ),
        key=part.number[:LONGEST_KEY],
        accepts_more=True,
    )


def refusal_of(receipt: Receipt, skus: Collection[str], foreign: Collection[str]) -> RowRefused | None:
    """Return why the goods of a receipt can't be booked by whoever sent it, or None."""
    unknown = sorted({line.sku for line in receipt.lines if line.sku not in skus})
    if unknown:
        detail = _("The catalogue does not know: %(names)s. Create these SKUs first.")
        return RowRefused("unknown_sku", detail, names=", ".join(unknown), skus=unknown)
    others = sorted({line.sku for line in receipt.lines if line.sku in foreign})
    if others:
        return not_granted(_("These SKUs are not yours: %(names)s."), names=", ".join(others), skus=others)
    return None


def open_warehouses(receipts: Sequence[Receipt]) -> tuple[dict[str, int], set[str]]:
    """Return the id of each warehouse by code, and the codes of those created now."""
    codes = {line.warehouse for receipt in receipts for line in receipt.lines}
    there = set(Warehouse.objects.filter(code__in=codes).values_list("code", flat=True))
    Warehouse.objects.bulk_create(
        [Warehouse(code=code, name=code) for code in sorted(codes - there)], ignore_conflicts=True
    )
    return dict(Warehouse.objects.filter(code__in=codes).values_list("code", "pk")), codes - there


def draft_of(
    receipt: Receipt, skus: dict[str, int], warehouses: dict[str, int], created: set[str]
) -> StockDocumentDraft:
    """Return the paper of a receipt."""
    new = sorted({line.warehouse for line in receipt.lines} & created)
    return StockDocumentDraft(
        StockDocumentKind.RECEIPT,
        tuple(
            StockLineDraft(
                sku_id=skus[line.sku],
                warehouse_id=warehouses[line.warehouse],
                owner=line.owner,
                units=line.units,
                from_state=StockState.OUTSIDE,
                to_state=line.state,
                batch_code=line.batch,
                expires_on=line.expires_on,
            )
            for line in receipt.lines
        ),
        source_key=receipt.number,
        note=("new warehouse: " + ", ".join(new))[:500] if new else "",
    )


class StockReceipts(ImportKind):
    """Goods that came into warehouses."""

    code = "stock.receipt"
    label = _("Goods received")
    columns = COLUMNS
    permission = "catalog.move_stock"
    chunk = 500

    def open(self, path: Path, options: Options) -> ReceiptTable:
        return ReceiptTable(path, options)

    def take_back(self, changes: Sequence[Undone], *, actor: Principal, at: datetime) -> list[Refused]:
        return take_back_documents(changes, actor=actor, at=at)
