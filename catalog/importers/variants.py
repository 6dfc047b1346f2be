"""``catalog.variants``: one row a variant with its colour and size, and prices by shop in columns of their own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from catalog.drafts import VariantDraft
from catalog.importers.merging import Told, write_told
from catalog.importers.skus import MOST, price_in
from catalog.models import Channel
from catalog.operations.codes import refuse_unreachable
from catalog.operations.undoing import take_back_goods
from ops_portal.intake.kinds import Column, ImportKind, Options, Record, RowRefused, Undone, Written
from ops_portal.intake.reading import as_decimal, bare_id
from ops_portal.intake.tables import TableSource, is_total, missing, too_long, total_row
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import Refused

COLUMNS = (
    Column("sku", ("SKU Code", "SKU编码", "商家编码", "商家編碼", "SKU編碼"), required=True),
    Column(
        "product",
        ("Design No.", "Style Id", "Style", "商品编码", "款号", "货号", "款號", "貨號"),
        required=True,
    ),
    Column("product_name", ("Product Name", "Title", "商品名称", "商品标题", "品名", "商品名稱")),
    Column("brand", ("品牌编码", "品牌代码", "品牌", "品牌編碼")),
    Column("category", ("类目", "分类", "類目", "分類")),
    Column("color", ("Colour", "颜色", "顏色", "颜色分类", "顏色分類")),
    Column("size", ("尺码", "尺碼", "尺寸")),
    Column("barcode", ("EAN", "条码", "商品条码", "69码", "條碼")),
    Column("list_price", ("Final MRP Old", "MRP", "吊牌价", "标价", "吊牌價", "標價")),
    Column("cost", ("TP", "Cost", "成本", "成本价", "成本價", "采购价", "採購價")),
    Column("weight_kg", ("Weight", "重量(kg)", "重量(千克)")),
    Column("weight_grams", ("重量(g)", "重量(克)", "克重")),
)
LONGEST = {
    "sku": 60,
    "product": 60,
    "product_name": 200,
    "brand": 40,
    "category": 120,
    "color": 60,
    "size": 60,
}
LONGEST |= {"barcode": 40}
NOTHING = frozenset({"nill", "nil", "null", "none", "n/a", "na", "nan", "-", "--", "/", "无", "無"})
BROKEN = re.compile(r"#(REF|N/A|VALUE|NAME|DIV/0|NULL|NUM)[!?]?", re.IGNORECASE)
OF_SHOP = re.compile(r"(.+?)[\s_-]*(?:MRP|price|价格|售价|價格|售價)", re.IGNORECASE)
SIZE_IN_CODE = re.compile(r"[\s_-]+((?:\d{0,2}X{0,4}[SL])|M|FREE|\d{2,3})", re.IGNORECASE)


class VariantTable(TableSource):
    """A table of variants. A column like “<shop> price” holds the prices of the shop of that code or name."""

    def __init__(self, path: Path, options: Options) -> None:
        super().__init__(path, COLUMNS, options)
        self.shops = self.price_columns()
        self.pick = self.with_prices

    def price_columns(self) -> dict[int, str]:
        """Return the places of the columns that hold a shop's prices, with the code of the shop."""
        shops: dict[str, str] = {}
        for code, name in Channel.objects.order_by("-code").values_list("code", "name"):
            shops |= {code.casefold(): code, name.casefold(): code}
        taken = set(self.mapping.places.values())
        found = {}
        for place, heading in enumerate(self.headings):
            named = OF_SHOP.fullmatch(heading.strip())
            if place not in taken and named and named[1].strip().casefold() in shops:
                found[place] = shops[named[1].strip().casefold()]
        return found

    def with_prices(self, cells: list[str]) -> tuple[str, ...]:
        """Return the cells in the order of the columns, and behind them those with a shop's price."""
        prices = (cells[place] if place < len(cells) else "" for place in self.shops)
        return (*self.mapping.pick(cells)[: len(COLUMNS)], *prices)

    def read(self, cells: tuple[str, ...], number: int) -> Told:
        sku, product, name, brand, category, color, size, barcode, price, cost, kilos, grams = (
            said(cell) for cell in cells[: len(COLUMNS)]
        )
        code, style = bare_id(sku), bare_id(product)
        if not code:
            raise missing("sku")
        if is_total(code):
            raise total_row()
        if not style:
            raise missing("product")
        brand = bare_id(brand) or self.options.brand
        if not brand:
            raise missing("brand")
        values = (code, style, name, brand, category, color, size, bare_id(barcode))
        for (column, most), value in zip(LONGEST.items(), values, strict=True):
            if len(value) > most:
                raise too_long(column, most)
        for named in (code, style):
            refuse_unreachable(named)
        options = self.options_of(code, style, color, size)
        variant = VariantDraft(
            options,
            sku_code=code,
            barcode=bare_id(barcode),
            list_price=price_in(price),
            cost=price_in(cost),
            weight_grams=grams_in(grams, 1) if grams else grams_in(kilos, 1000),
        )
        prices = tuple(
            (code, shop, amount)
            for shop, cell in zip(self.shops.values(), cells[len(COLUMNS) :], strict=True)
            if (amount := price_in(said(cell))) is not None
        )
        path = tuple(part.strip() for part in category.split(">") if part.strip())
        return Told(style, brand, name, path, tuple(options), (variant,), prices)

    def options_of(self, code: str, style: str, color: str, size: str) -> dict[str, str]:
        """Return the options of a variant under the headings of the file.

        A file without a column for the size has it at the end of the SKU code, behind the product's.
        """
        options = {self.heading_of("color", "Color"): color, self.heading_of("size", "Size"): size}
        if not self.mapping.has("size") and code.casefold().startswith(style.casefold()):
            found = SIZE_IN_CODE.fullmatch(code[len(style) :])
            options["Size"] = found[1].upper() if found else ""
        return {name: value for name, value in options.items() if value}

    def heading_of(self, column: str, otherwise: str) -> str:
        """Return the heading of a column."""
        return self.own_headings.get(column, otherwise)

    def write(self, records: Sequence[Record], *, actor: Principal, at: datetime) -> Written:
        return write_told(records, actor=actor, at=at)


def said(cell: str) -> str:
    """Return what a cell says; words for nothing say nothing. Raises RowRefused for a broken formula."""
    text = " ".join(cell.split())
    if text.startswith("#") and BROKEN.fullmatch(text):
        detail = _("“%(value)s” is a broken formula of the spreadsheet.")
        raise RowRefused("broken_formula", detail, value=text)
    return "" if text.casefold() in NOTHING else text


def grams_in(text: str, unit: int) -> int | None:
    """Return a weight in whole grams, from one in ``unit`` grams; None for blank and zero. Raises ValueError."""
    value: Decimal | None = as_decimal(text) if text else None
    if value is None or value == 0:
        return None
    if not 0 < value * unit < MOST:
        raise RowRefused("bad_measure", _("“%(value)s” is no weight."), value=text)
    return max(1, round(value * unit))


class VariantCatalog(ImportKind):
    """Variants by colour and size, with prices by shop."""

    code = "catalog.variants"
    label = _("Goods, one row a variant (colour, size, prices by shop)")
    columns = COLUMNS
    takes = frozenset({"brand"})
    permission = "catalog.change_sku"

    def open(self, path: Path, options: Options) -> VariantTable:
        return VariantTable(path, options)

    def take_back(self, changes: Sequence[Undone], *, actor: Principal, at: datetime) -> list[Refused]:
        return take_back_goods(changes, actor=actor, at=at)
