"""``stock.snapshot``: what the books of another system (聚水潭, 旺店通) say stands in a warehouse, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from catalog.choices import OWN, SnapshotSource
from catalog.models import StockSnapshotLine, Warehouse
from catalog.operations.mirroring import TheirDraft, note_their_stock, take_back_lines
from ops_portal.intake.kinds import Change, Column, ImportKind, Options, Record, RowRefused, Undone, Written
from ops_portal.intake.reading import as_moment, as_units, bare_id
from ops_portal.intake.tables import TableSource, is_total, missing, too_long, total_row
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import Refused, UsedSince

COLUMNS = (
    Column("sku", ("商品编码", "商家编码", "SKU编码", "规格编码", "商品編碼", "商家編碼", "規格編碼")),
    Column("barcode", ("条码", "国标码", "条形码", "條碼", "國標碼")),
    Column(
        "units",
        ("实际库存数", "实际库存", "库存数", "库存量", "库存", "實際庫存數", "實際庫存", "庫存量", "庫存"),
        required=True,
    ),
    Column(
        "warehouse",
        ("仓库编码", "仓库编号", "仓库", "仓库名称", "倉庫編碼", "倉庫", "倉庫名稱"),
        required=True,
    ),
    Column("taken_at", ("快照时间", "导出时间", "库存时间", "截止时间", "快照時間", "匯出時間", "截止時間")),
    Column("owner", ("货主编码", "货主", "貨主編碼", "貨主")),
    Column("batch", ("批次", "批次号", "批号", "批號")),
)
LONGEST = {"sku": 60, "barcode": 40, "warehouse": 120, "owner": 40, "batch": 60}


class SnapshotTable(TableSource):
    """A table of units. Rows without a moment are as of the one that is given for the file."""

    def __init__(self, path: Path, options: Options) -> None:
        super().__init__(path, COLUMNS, options)
        self.zone = ZoneInfo(settings.TIME_ZONE)
        self.given = as_moment(options.at, self.zone)

    def read(self, cells: tuple[str, ...], number: int) -> TheirDraft:
        sku, barcode, owner, batch = (bare_id(cells[place]) for place in (0, 1, 5, 6))
        warehouse = " ".join(cells[3].split())
        if is_total(sku) or is_total(warehouse):
            raise total_row()
        units = as_units(cells[2])
        taken_at = as_moment(cells[4], self.zone, serials=self.serials) or self.given
        if not (sku or barcode):
            raise missing("sku")
        if units is None:
            raise missing("units")
        if not warehouse:
            raise missing("warehouse")
        if taken_at is None:
            raise RowRefused(
                "no_moment", _("Say as of when these units are: in a column, or for the whole file.")
            )
        for column, value in zip(LONGEST, (sku, barcode, warehouse, owner, batch), strict=True):
            if len(value) > LONGEST[column]:
                raise too_long(column, LONGEST[column])
        return TheirDraft(
            warehouse,
            taken_at,
            f"file {taken_at.isoformat()}",
            units,
            sku,
            barcode,
            owner or OWN,
            batch,
            SnapshotSource.FILE,
        )

    def write(self, records: Sequence[Record], *, actor: Principal, at: datetime) -> Written:
        written = Written()
        drafts = by_code([record.draft for record in records])
        before = StockSnapshotLine.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        outcome = note_their_stock(drafts, actor=actor, at=at)
        written.refused = list(outcome.refused)
        refused = {index for index, _refusal in outcome.refused}
        kept = [index for index in range(len(drafts)) if index not in refused]
        seen: set[int] = set()
        for index, line in zip(kept, outcome.done, strict=True):
            if line.pk <= before or line.pk in seen:
                written.unchanged += 1
                continue
            seen.add(line.pk)
            written.created += 1
            written.changes.append(
                Change("stock_snapshot_line", line.pk, "created", records[index].first_row)
            )
        return written


def by_code(drafts: Sequence[TheirDraft]) -> list[TheirDraft]:
    """Return drafts that name their warehouse by code, where they named it by a name that only one has."""
    named = {draft.warehouse_code for draft in drafts}
    codes = set(Warehouse.objects.filter(code__in=named).values_list("code", flat=True))
    found: dict[str, list[str]] = {}
    for name, code in Warehouse.objects.filter(name__in=named - codes).values_list("name", "code"):
        found.setdefault(name, []).append(code)
    alone = {name: own[0] for name, own in found.items() if len(own) == 1}
    return [
        replace(draft, warehouse_code=alone.get(draft.warehouse_code, draft.warehouse_code))
        for draft in drafts
    ]


class StockSnapshots(ImportKind):
    """What another system's books say stands in a warehouse."""

    code = "stock.snapshot"
    label = _("Stock by another system's books (Jushuitan, Wangdiantong)")
    columns = COLUMNS
    takes = frozenset({"at"})
    permission = "catalog.send_snapshot"

    def open(self, path: Path, options: Options) -> SnapshotTable:
        return SnapshotTable(path, options)

    def take_back(self, changes: Sequence[Undone], *, actor: Principal, at: datetime) -> list[Refused]:
        wanted = [change.object_id for change in changes if change.object_kind == "stock_snapshot_line"]
        standing = set(StockSnapshotLine.objects.filter(pk__in=wanted).values_list("pk", flat=True))
        gone = take_back_lines(wanted, actor=actor, at=at)
        stays = _("A difference of this snapshot was settled by now.")
        return [UsedSince(stays) for _line in standing - gone]
