"""``catalog.standard``: one row a SKU, with its product and brand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.drafts import SkuDraft
from catalog.models import Brand, Product, Sku
from catalog.operations.goods import save_skus
from catalog.operations.undoing import facts_of, take_back_goods
from ops_portal.accounts.visibility import Scope
from ops_portal.intake.granted import brand_not_granted, not_granted, scope_of_actor
from ops_portal.intake.kinds import Change, Column, ImportKind, Options, Record, RowRefused, Undone, Written
from ops_portal.intake.reading import as_decimal, bare_id
from ops_portal.intake.tables import TableSource, is_total, missing, too_long, total_row
from ops_portal.lib.money import cents
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import Refused

COLUMNS = (
    Column("sku", ("SKU编码", "商家编码", "外部系统编号", "商家編碼"), required=True),
    Column("product", ("商品编码", "款号", "货号", "商品ID", "貨號")),
    Column("product_name", ("商品名称", "商品标题", "宝贝标题", "品名", "商品名稱")),
    Column("brand", ("品牌编码", "品牌代码", "品牌", "品牌編碼")),
    Column("brand_name", ("品牌名称", "品牌名稱")),
    Column("category", ("类目编码", "类目", "分类", "類目")),
    Column("name", ("规格", "规格名称", "商品属性", "颜色规格", "規格")),
    Column("barcode", ("条码", "商品条码", "69码", "條碼")),
    Column("list_price", ("吊牌价", "标价", "市场价", "价格", "吊牌價", "標價")),
    Column("tracks_batches", ("批次管理", "效期管理")),
)
LONGEST = {"sku": 60, "product": 60, "product_name": 200, "brand": 40, "brand_name": 120}
LONGEST |= {"category": 40, "name": 200, "barcode": 40}
YES = frozenset({"1", "true", "yes", "y", "是", "x", "✓"})
NO = frozenset({"", "0", "false", "no", "n", "否", "-"})
MOST = 999_999_999_999


class SkuTable(TableSource):
    """A table of SKUs. What a row says of a product that an earlier row described otherwise is refused."""

    def __init__(self, path: Path, options: Options) -> None:
        super().__init__(path, COLUMNS, options)
        self.described: dict[str, int] = {}
        self.brands: dict[str, str] = {}

    def records(self, after: int) -> Iterator[Record]:
        """Read from the beginning, since earlier rows say what products are."""
        self.described.clear()
        self.brands.clear()
        return (record for record in super().records(0) if record.last_row > after)

    def read(self, cells: tuple[str, ...], number: int) -> SkuDraft:
        sku, product, product_name, brand, brand_name, category, name, barcode, price, batches = cells[:10]
        code = bare_id(sku)
        if not code:
            raise missing("sku")
        if is_total(code):
            raise total_row()
        draft = SkuDraft(
            code=code,
            product_code=bare_id(product) or code,
            product_name=product_name.strip(),
            brand_code=bare_id(brand) or self.options.brand,
            brand_name=brand_name.strip(),
            category_code=bare_id(category),
            name=name.strip(),
            barcode=bare_id(barcode),
            list_price=price_in(price),
            tracks_batches=flag_in(batches),
        )
        if not draft.brand_code:
            raise missing("brand")
        check_lengths(draft)
        self.check_product(draft)
        return draft

    def check_product(self, draft: SkuDraft) -> None:
        """Refuse a second description of a product; blanks take the first one over."""
        said = hash((draft.product_name, draft.brand_code, draft.category_code))
        if draft.product_name and self.described.setdefault(draft.product_code, said) != said:
            detail = _("Product %(product)s has another name, brand or category in an earlier row.")
            raise RowRefused("product_differs", detail, product=draft.product_code)
        if (
            draft.brand_name
            and self.brands.setdefault(draft.brand_code, draft.brand_name) != draft.brand_name
        ):
            detail = _("Brand %(brand)s has another name in an earlier row.")
            raise RowRefused("brand_differs", detail, brand=draft.brand_code)

    def write(self, records: Sequence[Record], *, actor: Principal, at: datetime) -> Written:
        written = Written()
        scope = scope_of_actor(actor)
        for indexes in rounds_of([record.draft for record in records]):
            write_round(records, indexes, written, scope, actor=actor, at=at)
        return written


def price_in(text: str) -> Any:
    """Return a price to the cent. Raises ValueError, RowRefused."""
    value = as_decimal(text) if text else None
    if value is None:
        return None
    if value < 0 or value > MOST:
        raise RowRefused("bad_price", _("“%(value)s” is no price."), value=text)
    return cents(value)


def flag_in(text: str) -> bool:
    """Return yes or no. Raises RowRefused."""
    word = text.strip().lower()
    if word in YES or word in NO:
        return word in YES
    raise RowRefused("unreadable", _("“%(value)s” is neither yes nor no."), value=text)


def check_lengths(draft: SkuDraft) -> None:
    """Refuse what the tables can't hold."""
    values = (
        draft.code, draft.product_code, draft.product_name, draft.brand_code, draft.brand_name,
        draft.category_code, draft.name, draft.barcode,
    )  # fmt: skip
    for (column, most), value in zip(LONGEST.items(), values, strict=True):
        if len(value) > most:
            raise too_long(column, most)


def rounds_of(drafts: Sequence[SkuDraft]) -> list[list[int]]:
    """Return the indexes of drafts in rounds, none of which names a SKU twice."""
    rounds: list[list[int]] = []
    seen: dict[str, int] = {}
    for index, draft in enumerate(drafts):
        nth = seen.get(draft.code, 0)
        seen[draft.code] = nth + 1
        if nth == len(rounds):
            rounds.append([])
        rounds[nth].append(index)
    return rounds


def write_round(
    records: Sequence[Record],
    indexes: Sequence[int],
    written: Written,
    scope: Scope,
    *,
    actor: Principal,
    at: datetime,
) -> None:
    """Save the SKUs that differ from what stands, and write down what that does to which record."""
    drafts = {index: records[index].draft for index in indexes}
    before = Standing.of(drafts.values())
    if not scope.all:
        foreign = {index: before.foreign(draft, scope) for index, draft in drafts.items()}
        written.refused += [(index, refusal) for index, refusal in foreign.items() if refusal]
        indexes = [index for index in indexes if foreign[index] is None]
        drafts = {index: drafts[index] for index in indexes}
    drafts = before.filled(drafts)
    changed = [index for index in indexes if not before.says(drafts[index])]
    written.unchanged += len(indexes) - len(changed)
    if not changed:
        return
    outcome = save_skus([drafts[index] for index in changed], actor=actor, at=at)
    refused = {position for position, _refusal in outcome.refused}
    written.refused += [(changed[position], refusal) for position, refusal in outcome.refused]
    saved = [index for position, index in enumerate(changed) if position not in refused]
    after = Standing.of([drafts[index] for index in changed])
    rows = {drafts[index].code: records[index].first_row for index in changed}
    written.changes += before.changes_to(after, rows, records[indexes[0]].first_row)
    for index in saved:
        if drafts[index].code in before.skus:
            written.updated += 1
        else:
            written.created += 1


class Standing:
    """The SKUs, products and brands that some drafts speak of, as they stand."""

    def __init__(self, skus: dict[str, Sku], products: dict[str, Product], brands: dict[str, Brand]) -> None:
        self.skus = skus
        self.products = products
        self.brands = brands

    @classmethod
    def of(cls, drafts: Iterable[SkuDraft]) -> Standing:
        """Look them up."""
        codes = [(draft.code, draft.product_code, draft.brand_code) for draft in drafts]
        skus = Sku.objects.filter(code__in={sku for sku, _p, _b in codes})
        products = Product.objects.filter(code__in={product for _s, product, _b in codes})
        brands = Brand.objects.filter(code__in={brand for _s, _p, brand in codes})
        return cls(
            {sku.code: sku for sku in skus.select_related("product__brand")},
            {product.code: product for product in products.select_related("brand", "category")},
            {brand.code: brand for brand in brands},
        )

    def filled(self, drafts: dict[int, SkuDraft]) -> dict[int, SkuDraft]:
        """Return the drafts with blank names as other rows have them, or as they stand.

        A row without a product's name says nothing of its category either; a product that nobody names is
        called by its code.
        """
        brands = {draft.brand_code: draft.brand_name for draft in drafts.values() if draft.brand_name}
        known = {
            code: (product.name, product.category.code if product.category else "")
            for code, product in self.products.items()
        }
        known |= {
            draft.product_code: (draft.product_name, draft.category_code)
            for draft in drafts.values()
            if draft.product_name
        }
        filled = {}
        for index, draft in drafts.items():
            name, category = draft.product_name, draft.category_code
            if not name:
                name, category = known.get(draft.product_code, (draft.product_code, category))
            filled[index] = replace(
                draft,
                brand_name=brands.get(draft.brand_code, ""),
                product_name=name,
                category_code=category,
            )
        return filled

    def foreign(self, draft: SkuDraft, scope: Scope) -> Refused | None:
        """Return why a draft is not for those who see ``scope``: its brand, or that of what it would change.

        A brand that does not exist yet is nobody's.
        """
        if draft.brand_code not in scope.brands or draft.brand_code not in self.brands:
            return brand_not_granted(draft.brand_code)
        sku, product = self.skus.get(draft.code), self.products.get(draft.product_code)
        if sku is not None and sku.product.brand.code not in scope.brands:
            return not_granted(_("The SKU %(sku)s is not yours."), sku=draft.code)
        if product is not None and product.brand.code not in scope.brands:
            return not_granted(_("The product %(product)s is not yours."), product=draft.product_code)
        return None

    def says(self, draft: SkuDraft) -> bool:
        """Tell whether all that a draft says is so already."""
        sku = self.skus.get(draft.code)
        product = self.products.get(draft.product_code)
        brand = self.brands.get(draft.brand_code)
        if sku is None or product is None or brand is None:
            return False
        category = product.category.code if product.category else ""
        return (
            (sku.product_id, sku.name, sku.barcode, sku.list_price, sku.tracks_batches)
            == (product.pk, draft.name, draft.barcode, draft.list_price, draft.tracks_batches)
            and (product.name, product.brand_id, category)
            == (draft.product_name, brand.pk, draft.category_code)
            and draft.brand_name in ("", brand.name)
        )

    def changes_to(self, after: Standing, rows: dict[str, int], row: int) -> list[Change]:
        """Return what differs from what stands afterwards; brands first, so that undoing ends with them."""
        changes = []
        pairs: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
            ("brand", self.brands, after.brands),
            ("product", self.products, after.products),
            ("sku", self.skus, after.skus),
        )
        for kind, old, new in pairs:
            for code, item in new.items():
                was = facts_of(old[code]) if code in old else None
                became = facts_of(item)
                if was != became:
                    what = "created" if was is None else "updated"
                    before = {"was": was, "became": became}
                    changes.append(Change(kind, item.pk, what, rows.get(code, row), before))
        return changes


class StandardCatalog(ImportKind):
    """SKUs with their products and brands."""

    code = "catalog.standard"
    label = _("Goods, one row a SKU")
    columns = COLUMNS
    takes = frozenset({"brand"})
    permission = "catalog.change_sku"

    def open(self, path: Path, options: Options) -> SkuTable:
        return SkuTable(path, options)

    def take_back(self, changes: Sequence[Undone], *, actor: Principal, at: datetime) -> list[Refused]:
        return take_back_goods(changes, actor=actor, at=at)
