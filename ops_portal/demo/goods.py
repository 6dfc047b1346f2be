"""The catalogue: brands, products, SKUs, bundles."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

from catalog.drafts import BundleDraft, ComponentDraft, SkuDraft
from catalog.models import Category
from catalog.operations.goods import save_bundles, save_skus
from ops_portal.demo.vocabulary.goods import BRANDS, BUNDLES, CATEGORIES, PRICES, PRODUCTS, BrandWords
from ops_portal.lib.principals import Principal, acting_as
from ops_portal.lib.refusals import raise_first


def barcode(serial: int) -> str:
    """Return 13 digits that only mean something in this house (they begin with 2), the last one the check digit."""
    digits = f"2{serial:011d}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


def sku_drafts() -> Iterator[SkuDraft]:
    """Yield every SKU, those of bundles after all others."""
    serial = 0
    for brand in BRANDS:
        for product in PRODUCTS[brand.code]:
            for suffix, variant in product.variants:
                serial += 1
                code = product.code + suffix
                yield SkuDraft(
                    code,
                    product_code=product.code,
                    product_name=product.name,
                    brand_code=brand.code,
                    brand_name=brand.name,
                    category_code=brand.category,
                    name=variant,
                    barcode=barcode(serial),
                    list_price=PRICES.get(code, product.price),
                    tracks_batches=bool(brand.keeps_days),
                )
    for brand in BRANDS:
        for bundle in BUNDLES[brand.code]:
            serial += 1
            yield SkuDraft(
                bundle.code,
                product_code=bundle.code,
                product_name=bundle.name,
                brand_code=brand.code,
                brand_name=brand.name,
                category_code=brand.category,
                name=bundle.variant,
                barcode=barcode(serial),
                list_price=bundle.price,
            )


def bundle_drafts() -> Iterator[BundleDraft]:
    """Yield what each bundle is made of."""
    for bundles in BUNDLES.values():
        for bundle in bundles:
            parts = (ComponentDraft(code, units, Decimal(weight)) for code, units, weight in bundle.parts)
            yield BundleDraft(bundle.code, tuple(parts))


def components() -> dict[str, tuple[tuple[str, int], ...]]:
    """Return what each bundle takes from stock."""
    return {
        bundle.code: tuple((code, units) for code, units, _weight in bundle.parts)
        for bundles in BUNDLES.values()
        for bundle in bundles
    }


def batch_code(brand: BrandWords, made_on: date, letter: str = "A") -> str:
    """Return the code that is printed on the goods of one day: the brand, the day, the line."""
    return f"{brand.code}{made_on:%y%m%d}{letter}"


def write_catalogue(*, actor: Principal, at: datetime) -> None:
    """Create categories, SKUs with their products and brands, and bundles."""
    with acting_as(actor):
        for code, name in CATEGORIES.items():
            Category.objects.get_or_create(code=code, defaults={"name": name})
    raise_first(save_skus(list(sku_drafts()), actor=actor, at=at).refused)
    raise_first(save_bundles(list(bundle_drafts()), actor=actor, at=at).refused)
