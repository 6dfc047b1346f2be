"""``catalog.shopify``: the product export of Shopify; the rows of one product follow each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from catalog.drafts import VariantDraft
from catalog.importers.merging import Told, write_told
from catalog.importers.skus import price_in
from catalog.importers.variants import grams_in
from catalog.operations.undoing import take_back_goods
from ops_portal.intake.kinds import (
    Column,
    ImportKind,
    OneRowRefused,
    Options,
    Record,
    RowRefused,
    Undone,
    Written,
)
from ops_portal.intake.reading import bare_id
from ops_portal.intake.tables import TableSource, fault_of, missing, too_long, unreadable
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import Refused

COLUMNS = (
    Column("handle", ("Handle",), required=True),
    Column("title", ("Title",), required=True),
    Column("vendor", ("Vendor",)),
    Column("category", ("Product Category",)),
    Column("type", ("Type",)),
    Column("option1", ("Option1 Name",)),
    Column("value1", ("Option1 Value",)),
    Column("option2", ("Option2 Name",)),
    Column("value2", ("Option2 Value",)),
    Column("option3", ("Option3 Name",)),
    Column("value3", ("Option3 Value",)),
    Column("sku", ("Variant SKU",), required=True),
    Column("grams", ("Variant Grams",)),
    Column("price", ("Variant Price",), required=True),
    Column("compare_at", ("Variant Compare At Price",)),
    Column("barcode", ("Variant Barcode",)),
    Column("cost", ("Cost per item",)),
)
NO_OPTION = ("Title", "Default Title")
LONGEST = {"handle": 60, "title": 200, "vendor": 40, "sku": 60, "barcode": 40}


class ShopifyTable(TableSource):
    """A product export. One bad row rejects its product; rows that hold only a further picture tell nothing."""

    def __init__(self, path: Path, options: Options) -> None:
        super().__init__(path, COLUMNS, options)

    def records(self, after: int) -> Iterator[Record]:
        record: Record | None = None
        handle = ""
        rows: list[dict[str, str]] = []
        seen: set[str] = set()
        for row in self.table.rows(0):
            cells = dict(zip((column.name for column in COLUMNS), self.pick(row.cells), strict=False))
            if record is None or cells["handle"].strip() not in ("", handle):
                if record is not None and record.last_row > after:
                    yield self.finished(record, handle, rows, seen)
                elif record is not None:
                    seen.add(handle)
                record, handle, rows = Record(row.number, []), cells["handle"].strip(), []
            record.lines.append((row.number, row.cells))
            record.last_row = row.number
            if row.error is not None and record.fault is None:
                record.fault = OneRowRefused(row.number, fault_of(row))
            rows.append(cells)
        if record is not None and record.last_row > after:
            yield self.finished(record, handle, rows, seen)

    def finished(self, record: Record, handle: str, rows: Sequence[dict[str, str]], seen: set[str]) -> Record:
        """Return a record with what its rows tell, or the reason why they can't be taken."""
        if record.fault is not None:
            return record
        try:
            record.draft = self.told(record, handle, rows, seen)
        except Refused as refusal:
            record.fault = refusal
        seen.add(handle)
        return record

    def told(self, record: Record, handle: str, rows: Sequence[dict[str, str]], seen: set[str]) -> Told:
        """Return what the rows of a product tell. Raises RowRefused."""
        if not handle:
            raise missing("handle")
        if handle in seen:
            detail = _("The rows of %(handle)s don't follow each other; sort the file by its handles.")
            raise RowRefused("product_differs", detail, handle=handle)
        title, brand = rows[0]["title"].strip(), self.options.brand or " ".join(rows[0]["vendor"].split())
        for column, value in (("handle", handle), ("title", title), ("vendor", brand)):
            if not value:
                raise missing(column)
            if len(value) > LONGEST[column]:
                raise too_long(column, LONGEST[column])
        names = [rows[0][f"option{place}"].strip() for place in (1, 2, 3)]
        variants: dict[int, VariantDraft] = {}
        for (number, _cells), cells in zip(record.lines, rows, strict=True):
            try:
                if cells["price"].strip() or cells["value1"].strip():
                    variants[number] = variant_in(cells, names, variants.values())
            except Refused as refusal:
                raise OneRowRefused(number, refusal) from None
            except ValueError as error:
                raise OneRowRefused(number, unreadable(error, personal=False)) from None
        return Told(
            product=handle,
            brand=brand,
            name=title,
            category=category_in(rows[0]),
            axes=tuple(name for name in names if any(name in v.options for v in variants.values())),
            variants=tuple(variants.values()),
        )

    def write(self, records: Sequence[Record], *, actor: Principal, at: datetime) -> Written:
        return write_told(records, actor=actor, at=at)


def variant_in(cells: dict[str, str], names: Sequence[str], others: Iterable[VariantDraft]) -> VariantDraft:
    """Return the variant that a row tells beside ``others``. Raises RowRefused, ValueError."""
    values = [cells[f"value{place}"].strip() for place in (1, 2, 3)]
    pairs = [(name, value) for name, value in zip(names, values, strict=True) if name and value]
    sku, barcode = bare_id(cells["sku"]), bare_id(cells["barcode"])
    for column, value in (("sku", sku), ("barcode", barcode)):
        if len(value) > LONGEST[column]:
            raise too_long(column, LONGEST[column])
    if sku and any(other.sku_code == sku for other in others):
        raise RowRefused("sku_twice", _("Two variants have the SKU code %(sku)s."), sku=sku)
    return VariantDraft(
        {} if pairs == [NO_OPTION] else dict(pairs),
        sku_code=sku,
        barcode=barcode,
        list_price=price_in(cells["price"]),
        reference_price=price_in(cells["compare_at"]),
        cost=price_in(cells["cost"]),
        weight_grams=grams_in(cells["grams"], 1),
    )


def category_in(cells: dict[str, str]) -> tuple[str, ...]:
    """Return the names of a product's category from the top down; the type where there is none."""
    path = tuple(part.strip() for part in cells["category"].split(">") if part.strip())
    if path and path != ("Uncategorized",):
        return path
    return tuple(part for part in (cells["type"].strip(),) if part)


class ShopifyProducts(ImportKind):
    """Products of a Shopify store, with their variants."""

    code = "catalog.shopify"
    label = _("Goods from Shopify (product export)")
    columns = COLUMNS
    takes = frozenset({"brand"})
    permission = "catalog.change_sku"

    def open(self, path: Path, options: Options) -> ShopifyTable:
        return ShopifyTable(path, options)

    def take_back(self, changes: Sequence[Undone], *, actor: Principal, at: datetime) -> list[Refused]:
        return take_back_goods(changes, actor=actor, at=at)
