"""Products as they stand, said as drafts say them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from catalog.drafts import ProductDraft, VariantDraft
from catalog.models import Product, Sku
from ops_portal.lib.wording import listed

VARIANT_FACTS = (
    "barcode", "list_price", "cost", "floor_price", "reference_price", "price_role", "stage", "weight_grams",
    "length_mm", "width_mm", "height_mm", "packaging", "shelf_life_days", "tracks_batches",
)  # fmt: skip

PRODUCT_FACTS: Final = ("name", "brand_id", "category_id", "axes", "attributes")


@dataclass(frozen=True, slots=True)
class Unlike:
    """A fact that two drafts of a product tell differently, as people read it."""

    label: str
    theirs: str
    mine: str


def digest_of(product: Product, skus: Iterable[Sku]) -> str:
    """Return a digest of all that a product's page saves: other facts, of whichever of its SKUs, have another."""
    facts = [getattr(product, name) for name in PRODUCT_FACTS]
    variants = [
        [sku.code, sku.options, sku.is_active, *(getattr(sku, name) for name in VARIANT_FACTS)]
        for sku in sorted(skus, key=lambda sku: sku.code)
    ]
    return sha256(json.dumps([facts, variants], sort_keys=True, default=str).encode()).hexdigest()


def unlikes(theirs: ProductDraft, mine: ProductDraft) -> list[Unlike]:
    """Return in what a writer's draft differs from what somebody else saved."""
    found = list(unlike_facts(facts_in(theirs), facts_in(mine)))
    standing = {variant_key(theirs, each): each for each in theirs.variants}
    sent = {variant_key(mine, each): each for each in mine.variants}
    by_options = {tuple(sorted(each.options.items())): key for key, each in standing.items()}
    for key, variant in list(sent.items()):
        if not variant.sku_code and (known := by_options.get(tuple(sorted(variant.options.items())))):
            sent[known] = sent.pop(key)
    for key in dict.fromkeys([*standing, *sent]):
        before, after = standing.get(key), sent.get(key)
        if before is None or after is None:
            offered = [
                pgettext("variant", "offered") if each else pgettext("variant", "not offered")
                for each in (before, after)
            ]
            found.append(Unlike(key, *offered))
        else:
            found += unlike_facts(variant_facts_in(before), variant_facts_in(after), of=f"{key} · ")
    return found


def unlike_facts(theirs: Mapping[str, Any], mine: Mapping[str, Any], *, of: str = "") -> Iterator[Unlike]:
    """Return the facts, by their label, that are not the same."""
    for label, value in theirs.items():
        if value != mine[label]:
            yield Unlike(f"{of}{label}", in_words(value), in_words(mine[label]))


def facts_in(draft: ProductDraft) -> dict[str, Any]:
    """Return the facts of the product itself by their label."""
    said = {
        "name": draft.name,
        "brand": draft.brand_code,
        "category": draft.category_code,
        "axes": {name: list(values) for name, values in draft.axes},
        "attributes": {
            code: value for code, value in sorted(draft.attributes.items()) if value not in ("", [], None)
        },
    }
    return {label_of(Product, name): value for name, value in said.items()}


def variant_facts_in(variant: VariantDraft) -> dict[str, Any]:
    """Return the facts of a variant by their label."""
    return {label_of(Sku, name): getattr(variant, name) for name in VARIANT_FACTS}


def label_of(model: type[Product | Sku], name: str) -> str:
    """Return what people call a field."""
    found: Any = model._meta.get_field(name)
    return str(found.verbose_name)


def variant_key(draft: ProductDraft, variant: VariantDraft) -> str:
    """Return what a variant is called: its SKU code, or its options."""
    return variant.sku_code or " / ".join(variant.options.values()) or draft.code


def in_words(value: Any) -> str:
    """Return a value as people read it."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {in_words(each)}" for name, each in value.items()) or "–"
    if isinstance(value, list | tuple):
        return listed(value) or "–"
    return "–" if value in (None, "") else str(value)


def drafts_of(codes: Iterable[str]) -> dict[str, ProductDraft]:
    """Return, by code, the draft that would leave a product as it is; its variants are the active SKUs."""
    products = Product.objects.filter(code__in=set(codes)).select_related("brand", "category")
    found = {product.pk: product for product in products}
    variants: dict[int, list[VariantDraft]] = defaultdict(list)
    for sku in Sku.objects.filter(product__in=found, is_active=True).order_by("pk"):
        variants[sku.product_id].append(variant_of(sku))
    return {product.code: draft_of(product, variants[pk]) for pk, product in found.items()}


def draft_of(product: Product, variants: Iterable[VariantDraft]) -> ProductDraft:
    """Return the draft of a product with its brand and category."""
    return ProductDraft(
        code=product.code,
        name=product.name,
        brand_code=product.brand.code,
        category_code=product.category.code if product.category else "",
        axes=tuple((name, tuple(values)) for name, values in product.axes),
        attributes=product.attributes,
        variants=tuple(variants),
    )


def variant_of(sku: Sku) -> VariantDraft:
    """Return the draft of a SKU."""
    return VariantDraft(
        options=sku.options, sku_code=sku.code, **{name: getattr(sku, name) for name in VARIANT_FACTS}
    )
