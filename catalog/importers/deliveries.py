"""``stock.deliveries``: what is to come in; the rows of one delivery follow each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.choices import OWN, InboundSource
from catalog.importers.papers import PaperTable
from catalog.models import InboundDelivery, Sku
from catalog.operations.inbound import InboundDraft, announce_deliveries
from catalog.operations.inbound_undoing import take_back_deliveries
from ops_portal.intake.granted import brand_not_granted, scope_of_actor
from ops_portal.intake.kinds import Change, Column, ImportKind, Options, Record, RowRefused, Undone, Written
from ops_portal.intake.reading import as_datetime, as_units, bare_id
from ops_portal.intake.tables import is_total, missing, too_long, total_row
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import Refused

COLUMNS = (
    Column(
        "delivery_number",
        ("送货单号", "到货单号", "发货单号", "送貨單號", "到貨單號", "發貨單號"),
        required=True,
    ),
    Column("sku", ("商家编码", "SKU编码", "商品编码", "商家編碼", "商品編碼"), required=True),
    Column("warehouse", ("仓库编码", "仓库", "倉庫編碼", "倉庫"), required=True),
    Column("units", ("数量", "送货数量", "数量(件)", "數量", "送貨數量"), required=True),
    Column(
        "promised_on",
        ("到货日期", "预计到货日期", "交货日期", "到貨日期", "預計到貨日期", "交貨日期"),
        required=True,
    ),
    Column("brand", ("品牌编码", "品牌", "品牌編碼")),
    Column("owner", ("货主编码", "货主", "貨主編碼", "貨主")),
    Column("supplier", ("供应商", "供應商")),
    Column("tracking", ("运单号", "快递单号", "運單號", "快遞單號")),
    Column("note", ("备注", "備註")),
)
LONGEST = {
    "sku": 60,
    "warehouse": 40,
    "brand": 40,
    "owner": 40,
    "supplier": 120,
    "tracking": 120,
    "note": 500,
}
OF_ALL = ("warehouse", "promised_on", "brand", "owner", "supplier", "tracking", "note")


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """A row of a delivery, with codes as they stand in the file; empty where a row repeats the one before."""

    sku: str
    units: int
    promised_on: date | None
    warehouse: str
    brand: str
    owner: str
    supplier: str
    tracking: str
    note: str


@dataclass(frozen=True, slots=True)
class Announced:
    """A delivery as a file announces it."""

    number: str
    lines: tuple[tuple[str, int], ...]
    promised_on: date
    warehouse: str
    brand: str
    owner: str
    supplier: str
    tracking: str
    note: str


class DeliveryTable(PaperTable):
    """A table of deliveries. What is the same for all goods of one may stand in its first row alone."""

    def __init__(self, path: Path, options: Options) -> None:
        super().__init__(path, COLUMNS, options)

    def line(self, cells: tuple[str, ...]) -> DeliveryLine:
        """Return a line of a delivery. Raises ValueError, RowRefused."""
        number, sku, warehouse, units_text, day, brand, owner, supplier, tracking, note = cells[:10]
        if is_total(number):
            raise total_row()
        units = as_units(units_text)
        promised = as_datetime(day, serials=self.serials) if day.strip() else None
        if not sku.strip():
            raise missing("sku")
        if units is None:
            raise missing("units")
        if units <= 0:
            raise RowRefused("no_units", _("A line needs at least one unit."))
        line = DeliveryLine(
            bare_id(sku),
            units,
            promised.date() if promised else None,
            bare_id(warehouse),
            bare_id(brand) or self.options.brand,
            bare_id(owner),
            " ".join(supplier.split()),
            bare_id(tracking),
            " ".join(note.split()),
        )
        for column, most in LONGEST.items():
            if len(getattr(line, column)) > most:
                raise too_long(column, most)
        return line

    def paper(self, number: str, lines: Sequence[DeliveryLine]) -> Announced:
        """Return a delivery; what its rows say of the whole must agree. Raises RowRefused."""
        said: dict[str, Any] = {}
        for name in OF_ALL:
            values = list(dict.fromkeys(value for line in lines if (value := getattr(line, name))))
            if len(values) > 1:
                detail = _("The rows of a delivery differ in the column %(column)s: %(values)s.")
                shown = ", ".join(str(value) for value in values[:5])
                raise RowRefused("rows_differ", detail, column=name, values=shown)
            said[name] = values[0] if values else ""
        for name in ("warehouse", "promised_on"):
            if not said[name]:
                raise missing(name)
        return Announced(number, tuple((line.sku, line.units) for line in lines), **said)

    def write(self, records: Sequence[Record], *, actor: Principal, at: datetime) -> Written:
        return write_deliveries(records, actor=actor, at=at)


def write_deliveries(records: Sequence[Record], *, actor: Principal, at: datetime) -> Written:
    """Announce deliveries; the brand is that of the goods where no row names it."""
    written = Written()
    announced: list[Announced] = [record.draft for record in records]
    codes = {code for each in announced for code, _units in each.lines}
    brands = dict(Sku.objects.filter(code__in=codes).values_list("code", "product__brand__code"))
    scope = scope_of_actor(actor)
    drafts: dict[int, InboundDraft] = {}
    for index, each in enumerate(announced):
        try:
            drafts[index] = draft_of(each, brands)
            if not scope.all and drafts[index].brand_code not in scope.brands:
                raise brand_not_granted(drafts[index].brand_code)
        except Refused as refusal:
            drafts.pop(index, None)
            written.refused.append((index, refusal))
    keys = {(draft.brand_code, draft.source_key) for draft in drafts.values()}
    before = InboundDelivery.objects.filter(source_key__in={key for _brand, key in keys}).exclude(
        status="cancelled"
    )
    standing = set(before.values_list("pk", flat=True))
    outcome = announce_deliveries(list(drafts.values()), actor=actor, at=at)
    indexes = list(drafts)
    written.refused += [(indexes[position], refusal) for position, refusal in outcome.refused]
    gone = {position for position, _refusal in outcome.refused}
    stay = [index for position, index in enumerate(indexes) if position not in gone]
    for index, delivery in zip(stay, outcome.done, strict=True):
        if delivery.pk in standing:
            written.unchanged += 1
            continue
        standing.add(delivery.pk)
        written.created += 1
        written.changes.append(Change("inbound_delivery", delivery.pk, "created", records[index].first_row))
    return written


def draft_of(announced: Announced, brands: dict[str, str]) -> InboundDraft:
    """Return the draft of a delivery. Raises RowRefused where its goods are of no brand, or of several."""
    unknown = sorted({code for code, _units in announced.lines if code not in brands})
    if unknown:
        detail = _("The catalogue does not know: %(names)s. Create these SKUs first.")
        raise RowRefused("unknown_sku", detail, names=", ".join(unknown), skus=unknown)
    of_goods = sorted({brands[code] for code, _units in announced.lines})
    if len(of_goods) > 1:
        detail = _("A delivery brings the goods of one brand; these are of %(brands)s.")
        raise RowRefused("several_brands", detail, brands=", ".join(of_goods))
    return InboundDraft(
        brand_code=announced.brand or of_goods[0],
        warehouse_code=announced.warehouse,
        goods_owner=announced.owner or OWN,
        promised_on=announced.promised_on,
        lines=announced.lines,
        supplier=announced.supplier,
        source=InboundSource.FILE.value,
        source_key=announced.number,
        tracking=announced.tracking,
        note=announced.note,
    )


class StockDeliveries(ImportKind):
    """Deliveries that are to come in."""

    code = "stock.deliveries"
    label = _("Deliveries to come")
    columns = COLUMNS
    takes = frozenset({"brand"})
    permission = "catalog.announce_delivery"
    chunk = 200

    def open(self, path: Path, options: Options) -> DeliveryTable:
        return DeliveryTable(path, options)

    def take_back(self, changes: Sequence[Undone], *, actor: Principal, at: datetime) -> list[Refused]:
        return take_back_deliveries(changes, actor=actor, at=at)
