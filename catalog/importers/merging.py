"""Products as files tell of them, merged with what stands, saved, and noted so that it can be taken back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.drafts import BrandDraft, CategoryDraft, PriceDraft, ProductDraft, VariantDraft
from catalog.models import Brand, Category, Channel, Price, Product, Sku
from catalog.operations.goods import save_brands, save_categories
from catalog.operations.grids import VariantTwice
from catalog.operations.prices import check_floor, note_seen_prices, set_prices
from catalog.operations.undoing import facts_of
from catalog.operations.variants import SkuOfAnotherProduct, save_products
from catalog.queries.prices import standing_prices
from catalog.queries.products import drafts_of
from ops_portal.accounts.visibility import Scope
from ops_portal.intake.granted import brand_not_granted, not_granted, scope_of_actor
from ops_portal.intake.kinds import Change, Record, RowRefused, Written
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import Refused

PARTIAL = tuple(item.name for item in fields(VariantDraft) if item.name not in ("options", "tracks_batches"))


@dataclass(frozen=True, slots=True)
class Told:
    """What a record of a file tells of a product. Blanks tell nothing; ``category`` are names from the top down.

    ``prices`` are by the code of the SKU and of the shop (blank: the list price), from ``since`` on where it is set.
    """

    product: str
    brand: str
    name: str = ""
    category: tuple[str, ...] = ()
    axes: tuple[str, ...] = ()
    variants: tuple[VariantDraft, ...] = ()
    prices: tuple[tuple[str, str, Decimal], ...] = ()
    since: datetime | None = None


@dataclass(slots=True)
class House:
    """What stands of the goods that some records tell of."""

    products: dict[str, ProductDraft]
    owners: dict[str, str]
    brands: dict[str, int]
    touched: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, told: Sequence[Told]) -> House:
        """Look them up."""
        codes = {variant.sku_code for each in told for variant in each.variants if variant.sku_code}
        owners = Sku.objects.filter(code__in=codes).values_list("code", "product__code")
        brands = Brand.objects.filter(code__in={each.brand for each in told}).values_list("code", "pk")
        return cls(drafts_of(each.product for each in told), dict(owners), dict(brands))


def write_told(records: Sequence[Record], *, actor: Principal, at: datetime, seen: bool = False) -> Written:
    """Merge what records tell into what stands and save it; a record that can't be is refused by itself.

    ``seen`` prices are noted for their day and not set.
    """
    written = Written()
    told: list[Told] = [record.draft for record in records]
    house = House.of(told)
    scope = scope_of_actor(actor)
    allowed = []
    shops = frozenset(scope.shops)
    for index, each in enumerate(told):
        refusal = foreign(each, house, scope, shops)
        if refusal is None:
            allowed.append(index)
        else:
            written.refused.append((index, refusal))
    new_brands = sorted({told[index].brand for index in allowed} - house.brands.keys())
    for brand in save_brands([BrandDraft(code) for code in new_brands], actor=actor, at=at).done:
        note(written, "brand", brand, None, records[0].first_row)
    categories = categories_of([told[index] for index in allowed], actor=actor, at=at)
    merged = merge_all(told, allowed, house, categories, written)
    before = Facts.of(merged)
    saved = save_merged(merged, house, written, actor=actor, at=at)
    rows = {told[index].product: records[index].first_row for index in reversed(allowed)}
    rows |= {v.sku_code: records[i].first_row for i in reversed(allowed) for v in told[i].variants}
    priced = write_prices(records, saved, written, seen=seen, actor=actor, at=at)
    changed = before.note_changes(Facts.of(merged), rows, written, records[0].first_row)
    refused = {index for index, _refusal in written.refused}
    for index in saved:
        if index in refused:
            continue
        each = told[index]
        names = {f"sku {v.sku_code}" for v in each.variants if v.sku_code}
        own = names or {f"product {each.product}"}
        if any(changed.get(name) == "created" for name in own):
            written.created += 1
            for name in own:
                changed.pop(name, None)
        elif index in priced or not changed.keys().isdisjoint({*names, f"product {each.product}"}):
            written.updated += 1
        else:
            written.unchanged += 1
    return written


def foreign(told: Told, house: House, scope: Scope, shops: frozenset[str]) -> Refused | None:
    """Return why what is told is not for those who see ``scope``; a brand that does not exist yet is nobody's."""
    if scope.all:
        return None
    if told.brand not in scope.brands or told.brand not in house.brands:
        return brand_not_granted(told.brand)
    standing = house.products.get(told.product)
    if standing is not None and standing.brand_code not in scope.brands:
        return not_granted(_("The product %(product)s is not yours."), product=told.product)
    for _sku, shop, _amount in told.prices:
        if shop and shop not in shops:
            return not_granted(_("The shop %(shop)s is not yours."), shop=shop)
    return None


def categories_of(told: Sequence[Told], *, actor: Principal, at: datetime) -> dict[tuple[str, ...], Category]:
    """Return the categories that are named, by their names; those that are missing are created."""
    paths = list(dict.fromkeys(each.category for each in told if each.category))
    found = save_categories([CategoryDraft(path) for path in paths], actor=actor, at=at)
    return dict(zip(paths, found.done, strict=True))


def merge_all(
    told: Sequence[Told],
    allowed: Sequence[int],
    house: House,
    categories: Mapping[tuple[str, ...], Category],
    written: Written,
) -> dict[str, ProductDraft]:
    """Return the products with what is told of them; a record that contradicts what stands is refused."""
    merged: dict[str, ProductDraft] = {}
    for index in allowed:
        each = told[index]
        product = merged.get(each.product) or house.products.get(each.product)
        if product is None:
            product = ProductDraft(each.product, each.name or each.product, each.brand)
        try:
            product = merge(product, each, categories.get(each.category), house.owners)
        except Refused as refusal:
            written.refused.append((index, refusal))
            continue
        merged[each.product] = product
        for variant in each.variants:
            house.owners.setdefault(variant.sku_code, each.product)
        house.touched[each.product].append(index)
    return merged


def merge(
    product: ProductDraft, told: Told, category: Category | None, owners: Mapping[str, str]
) -> ProductDraft:
    """Return a product with what is told of it. Refuses SkuOfAnotherProduct, VariantTwice, BelowFloor."""
    variants = list(product.variants)
    for variant in told.variants:
        owner = owners.get(variant.sku_code, told.product) if variant.sku_code else told.product
        if owner != told.product:
            detail = _("The SKU %(sku)s belongs to the product %(product)s.")
            raise SkuOfAnotherProduct(detail, sku=variant.sku_code, product=owner)
        place = place_of(variants, variant)
        if place is None:
            variants.append(variant)
        else:
            variants[place] = laid_over(variants[place], variant)
        now = variants[-1 if place is None else place]
        amounts = [amount for sku, _shop, amount in told.prices if sku == variant.sku_code]
        for amount in amounts:
            check_floor(now.sku_code, amount, now.floor_price)
    return replace(
        product,
        name=told.name or product.name,
        brand_code=told.brand,
        category_code=category.code if category else product.category_code,
        **gridded(product, variants, told.axes),
    )


def place_of(variants: Sequence[VariantDraft], variant: VariantDraft) -> int | None:
    """Return where a variant stands: by its SKU code, or by its options where it has none. Refuses VariantTwice."""
    for place, standing in enumerate(variants):
        if variant.sku_code and standing.sku_code == variant.sku_code:
            return place
        if variant.options == standing.options and (variant.options or not variant.sku_code):
            if not variant.sku_code or not standing.sku_code:
                return place
            detail = _("%(sku)s and %(other)s are both “%(variant)s”.")
            shown = " / ".join(variant.options.values())
            raise VariantTwice(detail, sku=variant.sku_code, other=standing.sku_code, variant=shown)
    return None


def laid_over(standing: VariantDraft, said: VariantDraft) -> VariantDraft:
    """Return a variant with what is said of it; blanks leave what stands."""
    facts = {name: getattr(said, name) for name in PARTIAL if getattr(said, name) not in (None, "")}
    return replace(standing, options=dict(said.options) or standing.options, **facts)


def gridded(product: ProductDraft, variants: Sequence[VariantDraft], told: Sequence[str]) -> dict[str, Any]:
    """Return axes with every value that a variant has; none where variants differ in what they tell."""
    names = [name for name, _values in product.axes] or list(told)
    names += [name for name in told if name not in names]
    names = [name for name in names if any(name in variant.options for variant in variants)]
    if not names or any(set(variant.options) != set(names) for variant in variants):
        if any(variant.options and not variant.sku_code for variant in variants):
            detail = _("The variants differ in what they tell of themselves: %(axes)s.")
            raise RowRefused("option_missing", detail, axes=", ".join(names))
        flat = tuple(replace(variant, options={}) for variant in variants)
        return {"axes": (), "variants": flat}
    standing = dict(product.axes)
    axes = tuple(
        (
            name,
            tuple(dict.fromkeys([*standing.get(name, ()), *(variant.options[name] for variant in variants)])),
        )
        for name in names
    )
    return {"axes": axes, "variants": tuple(variants)}


def save_merged(
    merged: Mapping[str, ProductDraft], house: House, written: Written, *, actor: Principal, at: datetime
) -> list[int]:
    """Save the products that differ from what stands; return the records whose product stands as they tell."""
    changed = [draft for code, draft in merged.items() if draft != house.products.get(code)]
    outcome = save_products(changed, actor=actor, at=at)
    refused = {changed[position].code: refusal for position, refusal in outcome.refused}
    for code, refusal in refused.items():
        written.refused += [(index, refusal) for index in house.touched[code]]
    return sorted(i for code, indexes in house.touched.items() if code not in refused for i in indexes)


class Facts:
    """Products and SKUs as plain facts, by kind and code."""

    def __init__(self, found: Mapping[tuple[str, str], tuple[int, dict[str, Any]]]) -> None:
        self.found = found

    @classmethod
    def of(cls, merged: Mapping[str, ProductDraft]) -> Facts:
        """Look up the products and all their SKUs."""
        products = Product.objects.filter(code__in=merged)
        skus = Sku.objects.filter(product__code__in=merged)
        found = {("product", item.code): (item.pk, facts_of(item)) for item in products}
        found |= {("sku", item.code): (item.pk, facts_of(item)) for item in skus}
        return cls(found)

    def note_changes(
        self, after: Facts, rows: Mapping[str, int], written: Written, row: int
    ) -> dict[str, str]:
        """Note what differs afterwards; return it, as created or updated, by kind and code."""
        changed = {}
        for (kind, code), (pk, became) in after.found.items():
            was = self.found[kind, code][1] if (kind, code) in self.found else None
            if was != became:
                what = changed[f"{kind} {code}"] = "created" if was is None else "updated"
                facts = {"was": was, "became": became}
                written.changes.append(Change(kind, pk, what, rows.get(code, row), facts))
        return changed


def note(written: Written, kind: str, item: Any, was: Any, row: int) -> None:
    """Note that a record was created."""
    written.changes.append(Change(kind, item.pk, "created", row, {"was": was, "became": facts_of(item)}))


def write_prices(
    records: Sequence[Record],
    saved: Iterable[int],
    written: Written,
    *,
    seen: bool,
    actor: Principal,
    at: datetime,
) -> set[int]:
    """Write the prices of records; return the records of which one was new."""
    asked = [
        (index, PriceDraft(sku, amount, shop, records[index].draft.since))
        for index in saved
        for sku, shop, amount in records[index].draft.prices
    ]
    if not asked:
        return set()
    drafts = [draft for _index, draft in asked]
    newest = Price.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    held = held_before(drafts, at=at)
    outcome = (note_seen_prices if seen else set_prices)(drafts, actor=actor, at=at)
    refused = dict(outcome.refused)
    written.refused += [(asked[position][0], refusal) for position, refusal in refused.items()]
    went = [pair for position, pair in enumerate(asked) if position not in refused]
    new: set[int] = set()
    noted: set[int] = set()
    for (index, draft), price in zip(went, outcome.done, strict=True):
        if price.pk > newest and price.pk not in noted:
            was = held.get((draft.sku_code, draft.channel_code, draft.since or at))
            facts = {"was": None if was is None else str(was)}
            written.changes.append(Change("price", price.pk, "created", records[index].first_row, facts))
            noted.add(price.pk)
            new.add(index)
    return new


def held_before(drafts: Sequence[PriceDraft], *, at: datetime) -> dict[tuple[str, str, datetime], Decimal]:
    """Return the prices that hold before those of some drafts, by SKU, shop and moment."""
    skus = dict(Sku.objects.filter(code__in={d.sku_code for d in drafts}).values_list("pk", "code"))
    channels = dict(
        Channel.objects.filter(code__in={d.channel_code for d in drafts}).values_list("code", "pk")
    )
    ids = {code: sku_id for sku_id, code in skus.items()}
    asked: dict[tuple[str, datetime], set[int]] = defaultdict(set)
    for draft in drafts:
        if draft.sku_code in ids:
            asked[draft.channel_code, draft.since or at].add(ids[draft.sku_code])
    held: dict[tuple[str, str, datetime], Decimal] = {}
    for (shop, moment), sku_ids in asked.items():
        for sku_id, amount in standing_prices(sku_ids, channels.get(shop), moment).items():
            held[skus[sku_id], shop, moment] = amount
    return held
