"""``catalog.material_packs``: one row a variant, the rows of one product after each other; alone or in a zip."""

from __future__ import annotations

import shutil
import weakref
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any, Final

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from catalog.choices import BlockKind, PackSource
from catalog.drafts import Block, PackDraft, PackFacts, VariantDraft
from catalog.importers.archives import Member, OpenedArchive, is_archive, opened
from catalog.importers.pack_rows import SheetPack, Standing, settled
from catalog.models import Brand, MaterialPack
from catalog.operations.packs import receive_packs
from catalog.operations.packs_undoing import take_back_packs
from ops_portal.intake.granted import brand_not_granted, scope_of_actor
from ops_portal.intake.kinds import (
    Change,
    Column,
    ImportKind,
    OneRowRefused,
    Options,
    Record,
    RowRefused,
    Undone,
    Written,
)
from ops_portal.intake.reading import as_decimal, as_units, bare_id
from ops_portal.intake.tables import TableSource, fault_of, is_total, missing, too_long, total_row, unreadable
from ops_portal.lib.money import cents
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import Refused

COLUMNS: Final = (
    Column("product", ("商品编码", "款号", "货号", "商品編碼", "款號", "貨號", "Style"), required=True),
    Column("name", ("商品名称", "商品标题", "品名", "商品名稱", "商品標題"), required=True),
    Column("pack", ("资料包编号", "资料编号", "資料包編號", "資料編號")),
    Column("brand", ("品牌编码", "品牌", "品牌編碼")),
    Column("category", ("类目编码", "类目", "類目編碼", "類目")),
    Column("selling_points", ("卖点", "商品卖点", "賣點", "商品賣點")),
    Column("description", ("描述", "商品描述", "商品詳情", "商品详情")),
    Column("material", ("材质", "面料", "成分", "材質")),
    Column("usage", ("使用方法", "用法")),
    Column("caution", ("注意事项", "注意事項")),
    Column("attributes", ("属性", "商品属性", "屬性", "商品屬性")),
    Column("color", ("颜色", "顏色", "Colour")),
    Column("size", ("尺码", "尺寸", "规格", "尺碼", "規格")),
    Column("sku", ("SKU编码", "商家编码", "SKU編碼", "商家編碼")),
    Column("barcode", ("条码", "商品条码", "69码", "條碼", "商品條碼")),
    Column("list_price", ("价格", "售价", "吊牌价", "價格", "售價", "吊牌價")),
    Column("cost", ("成本", "供货价", "成本价", "供貨價", "成本價")),
    Column("weight_grams", ("重量(g)", "重量", "毛重(g)", "重量（g）")),
    Column("length_mm", ("长(mm)", "長(mm)")),
    Column("width_mm", ("宽(mm)", "寬(mm)")),
    Column("height_mm", ("高(mm)",)),
    Column("shelf_life_days", ("保质期(天)", "保质期", "保質期(天)", "保質期")),
)
NAMES: Final = tuple(column.name for column in COLUMNS)
LONGEST: Final = {
    "product": 60,
    "name": 200,
    "pack": 120,
    "brand": 40,
    "category": 40,
    "sku": 60,
    "barcode": 40,
}
AMOUNTS: Final = ("list_price", "cost")
MEASURES: Final = ("weight_grams", "length_mm", "width_mm", "height_mm", "shelf_life_days")
BLOCKS: Final = (BlockKind.DESCRIPTION, BlockKind.MATERIAL, BlockKind.USAGE, BlockKind.CAUTION)
# What a product tells of itself, and so every one of its rows that tells it at all.
OF_PRODUCT: Final = ("name", "pack", "brand", "category", "selling_points", "attributes")
MOST: Final = 999_999_999_999
PARTS: Final = str.maketrans({"；": "\n", ";": "\n", "|": "\n", "｜": "\n"})


class PackTable(TableSource):
    """A table of packs. One bad row rejects its pack."""

    archive: OpenedArchive | None = None

    def __init__(self, path: Path, options: Options, source: PackSource = PackSource.FILE) -> None:
        super().__init__(path, COLUMNS, options)
        self.source = source
        # What variants differ by is called as the file calls it.
        own = self.mapping.own_headings
        self.axis_names = {name: own[name] for name in ("color", "size") if name in own}

    def records(self, after: int) -> Iterator[Record]:
        record: Record | None = None
        key = ""
        rows: list[dict[str, str]] = []
        for row in self.table.rows(after):
            cells = dict(zip(NAMES, self.pick(row.cells), strict=False))
            here = bare_id(cells["product"])
            if record is None or (here and here != key):
                if record is not None:
                    yield self.finished(record, rows)
                record, key, rows = Record(row.number, []), here, []
            record.lines.append((row.number, row.cells))
            record.last_row = row.number
            if record.fault is None:
                try:
                    if row.error is not None:
                        raise fault_of(row)
                    rows.append(self.checked(cells, key))
                except Refused as refusal:
                    record.fault = OneRowRefused(row.number, refusal)
        if record is not None:
            yield self.finished(record, rows)

    def checked(self, cells: dict[str, str], key: str) -> dict[str, str]:
        """Return the cells of a row. Refuses RowRefused."""
        if not key:
            raise missing("product")
        if is_total(key):
            raise total_row()
        cells = {name: cell.strip() for name, cell in cells.items()}
        for name in ("product", "pack", "brand", "category", "sku", "barcode"):
            cells[name] = bare_id(cells[name])
        for name, most in LONGEST.items():
            if len(cells[name]) > most:
                raise too_long(name, most)
        return cells

    def finished(self, record: Record, rows: Sequence[dict[str, str]]) -> Record:
        """Give a record the pack that its rows describe, or the reason why they don't."""
        if record.fault is None:
            try:
                record.draft = self.pack(rows, [number for number, _cells in record.lines])
            except Refused as refusal:
                record.fault = refusal
        return record

    def pack(self, rows: Sequence[dict[str, str]], numbers: Sequence[int]) -> SheetPack:
        """Return the pack of some rows. Refuses OneRowRefused."""
        product: dict[str, str] = {}
        for row, number in zip(rows, numbers, strict=True):
            for name in OF_PRODUCT:
                if row[name] and product.setdefault(name, row[name]) != row[name]:
                    detail = _(
                        "Product %(product)s says something else in the column %(column)s in an earlier row."
                    )
                    why = RowRefused("product_differs", detail, product=rows[0]["product"], column=name)
                    raise OneRowRefused(number, why)
        brand = product.get("brand") or self.options.brand
        if not brand:
            raise OneRowRefused(numbers[0], missing("brand"))
        if not product.get("name"):
            raise OneRowRefused(numbers[0], missing("name"))
        axes = self.axes(rows)
        variants = []
        for row, number in zip(rows, numbers, strict=True):
            try:
                variants.append(variant_of(row, axes))
            except Refused as refusal:
                raise OneRowRefused(number, refusal) from refusal
            except ValueError as error:
                raise OneRowRefused(number, unreadable(error, personal=False)) from error
        facts = PackFacts(
            product_code=rows[0]["product"],
            selling_points=tuple(parts(product.get("selling_points", "")))[:20],
            blocks=tuple(
                Block(kind.value, text)
                for kind in BLOCKS
                if (text := next((row[kind.value] for row in rows if row[kind.value]), ""))
            ),
            axes=tuple((axis, values) for axis, _column, values in axes),
            variants=tuple(each for each in variants if axes or each != VariantDraft({})),
        )
        draft = PackDraft(
            brand_code=brand,
            name=product["name"],
            category_code=product.get("category", ""),
            facts=facts,
            source=self.source.value,
            source_key=product.get("pack") or rows[0]["product"],
        )
        return SheetPack(
            draft, named_values(product.get("attributes", "")), self.pictures_of(rows[0]["product"])
        )

    def pictures_of(self, product: str) -> tuple[Member, ...]:
        """Return the pictures of a product; a table alone has none."""
        return ()

    def axes(self, rows: Sequence[dict[str, str]]) -> list[tuple[str, str, tuple[str, ...]]]:
        """Return (name, column, values) of what the rows of a product differ by."""
        return [
            (heading, name, tuple(dict.fromkeys(row[name] for row in rows if row[name])))
            for name, heading in self.axis_names.items()
            if any(row[name] for row in rows)
        ]

    def write(self, records: Sequence[Record], *, actor: Principal, at: datetime) -> Written:
        """Receive packs, with their pictures where they came in an archive."""
        written = Written()
        scope = scope_of_actor(actor)
        packs = [record.draft for record in records]
        own: dict[int, SheetPack] = {}
        for index, pack in enumerate(packs):
            if scope.all or pack.draft.brand_code in scope.brands:
                own[index] = pack
            else:
                written.refused.append((index, brand_not_granted(pack.draft.brand_code)))
        drafts, lost = settled(own, self.archive, actor=actor, at=at)
        written.refused += lost.items()
        before = Standing(drafts.values())
        fresh = {index: draft for index, draft in drafts.items() if not before.says(draft)}
        written.unchanged += len(drafts) - len(fresh)
        for indexes in rounds_of(fresh):
            outcome = receive_packs([fresh[index] for index in indexes], actor=actor, at=at)
            written.refused += [(indexes[place], refusal) for place, refusal in outcome.refused]
            gone = {place for place, _refusal in outcome.refused}
            done = [index for place, index in enumerate(indexes) if place not in gone]
            for index, received in zip(done, outcome.done, strict=True):
                was = before.facts(fresh[index])
                what = "created" if was is None else "updated"
                setattr(written, what, getattr(written, what) + 1)
                row = records[index].first_row
                written.changes.append(Change("material_pack", received.pk, what, row, was))
        written.refused.sort(key=lambda pair: pair[0])
        return written


class ArchiveTable(PackTable):
    """The sheet of an archive, with the pictures in the folder named after each product; of a single one, all."""

    def __init__(self, archive: OpenedArchive, sheet: Path, options: Options) -> None:
        super().__init__(sheet, options, PackSource.ARCHIVE)
        self.archive = archive
        self.by_folder: dict[str, list[Member]] = {}
        for member in archive.pictures:
            for folder in {name.casefold() for name in member.folders}:
                self.by_folder.setdefault(folder, []).append(member)
        products = {bare_id(self.pick(row.cells)[0]) for row in self.table.rows(0)} - {""}
        self.is_single = len(products) == 1
        self.products = {product.casefold() for product in products}

    def pictures_of(self, product: str) -> tuple[Member, ...]:
        found = self.by_folder.get(product.casefold())
        if found is None and self.is_single and self.archive is not None:
            found = self.archive.pictures
        return tuple(found or ())

    def left_over(self) -> list[Member]:
        """Return the pictures that belong to no row."""
        if self.is_single or self.archive is None:
            return []
        return [
            member
            for member in self.archive.pictures
            if self.products.isdisjoint(folder.casefold() for folder in member.folders)
        ]


def variant_of(row: Mapping[str, str], axes: Sequence[tuple[str, str, tuple[str, ...]]]) -> VariantDraft:
    """Return the variant of a row. Raises ValueError, RowRefused."""
    given: dict[str, Any] = {"sku_code": row["sku"], "barcode": row["barcode"]}
    for name in AMOUNTS:
        value = as_decimal(row[name]) if row[name] else None
        if value is not None and not 0 <= value <= MOST:
            raise RowRefused("bad_price", _("“%(value)s” is no price."), value=row[name])
        given[name] = None if value is None else cents(value)
    for name in MEASURES:
        units = as_units(row[name]) if row[name] else None
        if units is not None and not 0 <= units < 2**31:
            raise RowRefused(
                "bad_measure", _("“%(value)s” is no weight, length or number of days."), value=row[name]
            )
        given[name] = units
    return VariantDraft({axis: row[column] for axis, column, _values in axes if row[column]}, **given)


def parts(text: str) -> list[str]:
    """Return the parts of a cell, which lines, semicolons or bars part."""
    return [part.strip()[:200] for part in text.translate(PARTS).splitlines() if part.strip()]


def named_values(text: str) -> dict[str, str]:
    """Return what a cell like “材质=羊毛；季节=冬” names."""
    found: dict[str, str] = {}
    for part in parts(text):
        name, sign, value = part.replace("＝", "=").replace("：", ":").partition("=" if "=" in part else ":")
        if sign and name.strip() and value.strip():
            found[name.strip()] = value.strip()
    return found


def rounds_of(drafts: Mapping[int, PackDraft]) -> list[list[int]]:
    """Return the indexes of drafts in rounds, none of which names a pack twice."""
    rounds: list[list[int]] = []
    seen: Counter[tuple[str, str]] = Counter()
    for index, draft in drafts.items():
        name = (draft.brand_code, draft.source_key)
        if seen[name] == len(rounds):
            rounds.append([])
        rounds[seen[name]].append(index)
        seen[name] += 1
    return rounds


def take_in_archive(
    archive: OpenedArchive, name: str, *, brand: Brand, actor: Principal, at: datetime
) -> tuple[list[MaterialPack], list[str]]:
    """Receive the packs of an archive that was dropped on a form; return them, and why others were not taken."""
    assert archive.sheet is not None  # noqa: S101 - only such archives come here
    with TemporaryDirectory(prefix="pack-sheet-") as folder:
        sheet = archive.extract_one(
            archive.sheet, Path(folder, "sheet" + Path(archive.sheet.path).suffix.lower())
        )
        table = ArchiveTable(archive, sheet, Options(brand=brand.code))
        records = list(table.records(0))
        good = [record for record in records if record.fault is None]
        written = table.write(good, actor=actor, at=at)
        names = [(record.draft.draft.brand_code, record.draft.draft.source_key) for record in good]
        reasons = [
            f"{name}, {_now('row')} {record.first_row}: {record.fault}" for record in records if record.fault
        ]
        reasons += [f"{name}, {_now('row')} {good[index].first_row}: {why}" for index, why in written.refused]
        reasons += [
            _now("%(file)s lies in no folder that is named after a product.") % {"file": member.path}
            for member in table.left_over()[:20]
        ]
    lost = {index for index, _why in written.refused}
    keys = {key for index, (_brand, key) in enumerate(names) if index not in lost}
    codes = {code for code, _key in names}
    packs = MaterialPack.objects.filter(brand__code__in=codes, source_key__in=keys).order_by("pk")
    return list(packs), reasons


class MaterialPacks(ImportKind):
    """What suppliers send about their goods: a table, or a zip of a table and pictures."""

    code = "catalog.material_packs"
    label = _("Material packs, one row a variant; or a zip with pictures")
    columns = COLUMNS
    takes = frozenset({"brand"})
    permission = "catalog.enter_pack"
    chunk = 20

    def open(self, path: Path, options: Options) -> PackTable:
        if not is_archive(path):
            return PackTable(path, options)
        return opened_for_good(path, options)

    def take_back(self, changes: Sequence[Undone], *, actor: Principal, at: datetime) -> list[Refused]:
        return take_back_packs(changes, actor=actor, at=at)


def opened_for_good(path: Path, options: Options) -> ArchiveTable:
    """Return the table of an archive that stays open as long as the table is used. Refuses a zip without one."""
    archive = opened(path)
    folder = Path(mkdtemp(prefix="pack-sheet-"))
    try:
        if archive.sheet is None:
            raise Refused(_("The archive holds no table (.xlsx or .csv) that tells of the goods."))
        sheet = folder / ("sheet" + Path(archive.sheet.path).suffix.lower())
        table = ArchiveTable(archive, archive.extract_one(archive.sheet, sheet), options)
    except BaseException:
        archive.archive.close()
        shutil.rmtree(folder, ignore_errors=True)
        raise
    weakref.finalize(table, archive.archive.close)
    weakref.finalize(table, shutil.rmtree, folder, ignore_errors=True)
    return table
