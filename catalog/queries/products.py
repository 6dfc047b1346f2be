"""Products as they stand, said as drafts say them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from catalog.drafts import ProductDraft, VariantDraft
from catalog.models import Product, Sku

VARIANT_FACTS = (
    "barcode", "list_price", "cost", "floor_price", "reference_price", "price_role", "weight_grams", "length_mm",
    "width_mm", "height_mm", "packaging", "shelf_life_days", "tracks_batches",
)  # fmt: skip


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
