"""Products with their variants as a grid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.drafts import ProductDraft, VariantDraft
from catalog.models import Attribute, Brand, Category, Product, Sku, StockMovement
from catalog.operations.codes import refuse_unreachable, wait_for_makers
from catalog.operations.goods import BatchesCantChange, UnknownCategory
from catalog.operations.grids import (
    AMOUNTS,
    LONGEST,
    MEASURES,
    Axes,
    TooLong,
    check_texts,
    check_variants,
    clean_attributes,
    clean_axes,
    clean_facts,
)
from catalog.operations.prices import Wanted, record_prices
from catalog.queries.attributes import attributes_of
from catalog.queries.products import digest_of
from catalog.signals import skus_created
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused

PRODUCT_FACTS = ("name", "brand_id", "category_id", "axes", "attributes")
OF_PRODUCT = ("name", "brand", "category", "axes", "attributes")
SKU_FACTS = (
    "name", "options", "is_active", "barcode", "price_role", "stage", "packaging", "tracks_batches", *AMOUNTS,
    *MEASURES,
)  # fmt: skip


class UnknownBrand(Refused):
    """There is no brand of this code."""

    code = "unknown_brand"


class SkuOfAnotherProduct(Refused):
    """A SKU code belongs to another product."""

    code = "sku_of_another_product"


class ProductExists(Refused):
    """A new product has a code that another one has."""

    code = "product_exists"


class ProductChangedMeanwhile(Refused):
    """Somebody else saved the product since the writer saw it."""

    code = "changed_meanwhile"


@operation
def save_products(drafts: Sequence[ProductDraft], *, actor: Principal, at: datetime) -> Outcome[Product]:
    """Create or change products with their variants, by code; a draft says all of its product.

    A variant is the SKU of its code, or else the one with its options, or else a new one; SKUs that no variant
    is any more stay and become inactive. A draft without variants leaves the SKUs, and the axes where there are
    SKUs, as they are. A variant without a list price leaves the one in force; every other blank clears.

    Refuses ValueMissing, TooLong, UnknownBrand, UnknownCategory, UnknownAttribute, BadAttribute, BadAxes,
    TooManyVariants, UnknownAxisValue, OptionMissing, VariantTwice, SkuTwice, SkuOfAnotherProduct, BadPrice,
    BelowFloor, BadMeasure, UnknownPriceRole, BatchesCantChange, ProductChangedMeanwhile, ProductExists,
    UnreachableCode.
    """
    wait_for_makers(draft.code for draft in drafts if draft.is_new)
    products: dict[int, Product] = {}
    outcome: Outcome[Product] = Outcome()
    for indexes in rounds_of([draft.code for draft in drafts]):
        standing = Standing([drafts[index] for index in indexes])
        plans: dict[int, Plan] = {}
        for index in indexes:
            try:
                plans[index] = standing.plan(drafts[index])
            except Refused as refusal:
                outcome.refused.append((index, refusal))
        write_plans(list(plans.values()), actor=actor, at=at)
        products |= {index: plan.product for index, plan in plans.items()}
    outcome.done = [products[index] for index in sorted(products)]
    outcome.refused.sort(key=lambda pair: pair[0])
    return outcome


def rounds_of(codes: Sequence[str]) -> list[list[int]]:
    """Return the indexes of codes in rounds, none of which has a code twice."""
    rounds: list[list[int]] = []
    seen: dict[str, int] = defaultdict(int)
    for index, code in enumerate(codes):
        if seen[code] == len(rounds):
            rounds.append([])
        rounds[seen[code]].append(index)
        seen[code] += 1
    return rounds


@dataclass(slots=True)
class Plan:
    """What becomes of a product and its SKUs. ``listed`` is each SKU's list price so far, where it changes."""

    product: Product
    writes_product: bool
    created: list[Sku] = field(default_factory=list)
    changed: list[Sku] = field(default_factory=list)
    listed: list[tuple[Sku, Any]] = field(default_factory=list)


class Standing:
    """What stands of that which some drafts speak of: locked, products before SKUs."""

    def __init__(self, drafts: Sequence[ProductDraft]) -> None:
        codes = {draft.code for draft in drafts}
        named = {variant.sku_code for draft in drafts for variant in draft.variants if variant.sku_code}
        made = {code for draft in drafts for code in codes_in_grid(draft)}
        locked = (
            Product.objects.filter(code__in=codes).order_by("pk").select_for_update(no_key=True, of=("self",))
        )
        self.products = {product.code: product for product in locked}
        skus = Sku.objects.filter(Q(product__code__in=codes) | Q(code__in=named | made)).order_by("pk")
        self.skus = {sku.code: sku for sku in skus.select_for_update(no_key=True, of=("self",))}
        self.of_product: dict[int, list[Sku]] = defaultdict(list)
        for sku in self.skus.values():
            self.of_product[sku.product_id].append(sku)
        self.brands = id_by_code(Brand, (draft.brand_code for draft in drafts))
        self.categories = id_by_code(Category, (draft.category_code for draft in drafts))
        self.attributes = attributes_of(
            {
                self.categories[draft.category_code]
                for draft in drafts
                if draft.category_code in self.categories
            }
        )
        self.moved = self._moved(drafts)
        self.claimed: dict[str, str] = {}

    def _moved(self, drafts: Sequence[ProductDraft]) -> set[int]:
        """Return which of the SKUs that are to be kept by batch, or no longer, have movements."""
        if not self.skus:
            return set()
        tracked = {
            flag for draft in drafts for flag in (variant.tracks_batches for variant in draft.variants)
        }
        unlike = [sku.pk for sku in self.skus.values() if tracked - {sku.tracks_batches}]
        moves = (
            StockMovement.objects.filter(stock__sku__in=unlike) if unlike else StockMovement.objects.none()
        )
        return set(moves.values_list("stock__sku", flat=True).distinct())

    def plan(self, draft: ProductDraft) -> Plan:
        """Return what becomes of a product; nothing is changed where it is refused."""
        check_texts(draft)
        if draft.brand_code not in self.brands:
            raise UnknownBrand(_("There is no brand %(brand)s."), brand=draft.brand_code)
        if draft.category_code and draft.category_code not in self.categories:
            detail = _("There is no category %(code)s; create it or leave the column empty.")
            raise UnknownCategory(detail, code=draft.category_code)
        category_id = self.categories.get(draft.category_code)
        known: Sequence[Attribute] = self.attributes.get(category_id, []) if category_id else []
        attributes = clean_attributes(draft.attributes, known)
        axes = clean_axes(draft.axes)
        check_variants(axes, draft.variants)
        product = self.products.get(draft.code)
        own = self.of_product[product.pk] if product else []
        if product is not None and draft.seen and draft.seen != digest_of(product, own):
            detail = _("%(product)s was changed by somebody else since you opened it; load it anew.")
            raise ProductChangedMeanwhile(detail, product=draft.code)
        if product is not None and draft.is_new:
            raise ProductExists(_("There is a product %(code)s already."), code=draft.code)
        if product is None:
            refuse_unreachable(draft.code)
        rows = self.rows_of(draft, axes, own)
        if not draft.variants and any(sku.is_active for sku in own) and product is not None:
            axes = product.axes
        facts = {
            "name": draft.name.strip(),
            "brand_id": self.brands[draft.brand_code],
            "category_id": category_id,
            "axes": [[name, list(values)] for name, values in axes],
            "attributes": attributes,
        }
        return self.settle(product or Product(code=draft.code), facts, own, rows)

    def rows_of(
        self, draft: ProductDraft, axes: Axes, own: Sequence[Sku]
    ) -> list[tuple[str, dict[str, Any]]]:
        """Return, for each variant, its SKU code and what is to stand of it."""
        taken = {variant.sku_code for variant in draft.variants}
        rows = []
        for variant in draft.variants:
            code = variant.sku_code or self.code_for(draft, axes, variant, own, taken)
            taken.add(code)
            sku = self.skus.get(code)
            if (sku is not None and sku not in own) or self.claimed.get(code, draft.code) != draft.code:
                detail = _("The SKU %(sku)s belongs to another product.")
                raise SkuOfAnotherProduct(detail, sku=code)
            if sku is None:
                refuse_unreachable(code)
            facts = clean_facts(variant, code, sku.list_price if sku else None)
            if sku is not None and sku.tracks_batches != variant.tracks_batches:
                check_batches(sku, self.moved)
            options = {name: variant.options[name] for name, _values in axes}
            shown = " / ".join(options.values()) or (sku.name if sku else "")
            rows.append((code, {"name": shown[:200], "options": options, "is_active": True, **facts}))
        self.claimed |= {code: draft.code for code, _facts in rows}
        return rows

    def code_for(
        self, draft: ProductDraft, axes: Axes, variant: VariantDraft, own: Sequence[Sku], taken: set[str]
    ) -> str:
        """Return the code of a variant that names none: of the SKU with its options, or a new one."""
        options = dict(variant.options)
        alike = [sku for sku in own if (sku.options == options or not axes) and sku.code not in taken]
        if alike:
            return min(alike, key=lambda sku: (not sku.is_active, sku.code != draft.code, sku.pk)).code
        stem = code = code_in_grid(draft.code, axes, variant)
        number = 1
        while code in taken or code in self.skus or code in self.claimed:
            number += 1
            code = f"{stem}~{number}"
            if code not in self.skus and Sku.objects.filter(code=code).exists():
                taken.add(code)
        if len(code) > LONGEST["sku_code"]:
            detail = _("“%(value)s” has more than %(most)s characters.")
            raise TooLong(detail, value=f"{code[:40]}…", most=LONGEST["sku_code"])
        return code

    def settle(
        self,
        product: Product,
        facts: dict[str, Any],
        own: Sequence[Sku],
        rows: list[tuple[str, dict[str, Any]]],
    ) -> Plan:
        """Give a product and its SKUs what is to stand of them."""
        plan = Plan(
            product, product.pk is None or any(getattr(product, name) != facts[name] for name in facts)
        )
        for name, value in facts.items():
            setattr(product, name, value)
        for code, values in rows:
            sku = self.skus.get(code)
            if sku is None:
                plan.created.append(Sku(code=code, **values))
                if values["list_price"] is not None:
                    plan.listed.append((plan.created[-1], None))
                continue
            if values["list_price"] != sku.list_price:
                plan.listed.append((sku, sku.list_price))
            if any(getattr(sku, name) != value for name, value in values.items()):
                for name, value in values.items():
                    setattr(sku, name, value)
                plan.changed.append(sku)
        kept = {code for code, _values in rows}
        for sku in own:
            if rows and sku.is_active and sku.code not in kept:
                sku.is_active = False
                plan.changed.append(sku)
        return plan


def id_by_code(model: type[Brand | Category], codes: Iterable[str]) -> dict[str, int]:
    """Return the ids of the codes that exist."""
    return dict(model._default_manager.filter(code__in=set(codes)).values_list("code", "pk"))


def check_batches(sku: Sku, moved: set[int]) -> None:
    """Refuse BatchesCantChange where it is settled whether a SKU is kept by batch."""
    if sku.pk in moved:
        detail = _("%(sku)s has movements; whether it is kept by batch can't change any more.")
        raise BatchesCantChange(detail, sku=sku.code)
    if sku.is_bundle:
        raise BatchesCantChange(_("%(sku)s is a bundle; its components are kept by batch."), sku=sku.code)


def code_in_grid(product_code: str, axes: Axes, variant: VariantDraft) -> str:
    """Return a product's code and a variant's place in its grid: ``P1-2-1``."""
    places = [str(values.index(variant.options[name]) + 1) for name, values in axes]
    return "-".join([product_code, *places])


def codes_in_grid(draft: ProductDraft) -> list[str]:
    """Return the codes that variants without one would get, as far as they have a place."""
    axes = tuple((name.strip(), tuple(value.strip() for value in values)) for name, values in draft.axes)
    return [
        code_in_grid(draft.code, axes, variant)
        for variant in draft.variants
        if not variant.sku_code and all(variant.options.get(name) in values for name, values in axes)
    ]


def write_plans(plans: Sequence[Plan], *, actor: Principal, at: datetime) -> None:
    """Write products, SKUs and list prices; a SKU whose options change makes room first."""
    Product.objects.bulk_create(
        [plan.product for plan in plans if plan.writes_product],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=OF_PRODUCT,
    )
    for plan in plans:
        for sku in plan.created:
            sku.product_id = plan.product.pk
    changed = [sku for plan in plans for sku in plan.changed]
    created = [sku for plan in plans for sku in plan.created]
    Sku.objects.bulk_create(
        [*changed, *created], update_conflicts=True, unique_fields=["code"], update_fields=SKU_FACTS
    )
    wanted = [
        Wanted(sku.pk, None, sku.list_price, at, before=before, shows=True)
        for plan in plans
        for sku, before in plan.listed
        if sku.list_price is not None
    ]
    record_prices(wanted, actor=actor, at=at)
    if created:
        skus_created.send(Sku, codes=[sku.code for sku in created], actor=actor, at=at)
