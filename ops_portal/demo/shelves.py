"""What the house knows of its goods: shelves, attributes, costs and boxes; what platforms ask; words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from catalog.choices import SkuStage
from catalog.drafts import ProductDraft, VariantDraft
from catalog.models import Attribute, Category, Channel, PlatformAttribute, PlatformCategory
from catalog.operations.variants import save_products
from catalog.operations.words import KeywordDraft, ProhibitedDraft, save_keywords, save_prohibited_words
from ops_portal.demo.goods import sku_drafts
from ops_portal.demo.vocabulary.goods import (
    APPAREL,
    BRANDS,
    BUNDLES,
    COSMETICS,
    PRICES,
    PRODUCTS,
    BrandWords,
    BundleWords,
    ProductWords,
)
from ops_portal.demo.vocabulary.offers import OFFERS, OfferWords
from ops_portal.demo.vocabulary.platforms import (
    ATTRIBUTES,
    CALLED,
    KEYWORDS,
    PLATFORM_CATEGORIES,
    PROHIBITED,
    REQUIRED,
    RULES,
    SHELVES,
    SHOP_FEES,
)
from ops_portal.lib.principals import Principal, acting_as
from ops_portal.lib.refusals import raise_first

FLOOR = Decimal("0.62")  # of the list price
REFERENCE = Decimal("1.3")
ORIGIN = {"MZC": "上海", "YSX": "浙江杭州", "HXM": "福建漳州"}
PACKING = {
    COSMETICS: "玻璃瓶身加气柱袋，礼盒单独套纸箱",
    APPAREL: "防潮袋平放，勿折印花面",
    "": "五层纸箱，罐装加隔板，高温季避光",
}
KEEPS_OPEN = "12"
# Products that are new, and those that are sold off.
STAGES = {"MZC-YJ15": SkuStage.NEW, "HXM-KF12": SkuStage.NEW, "YSX-CS04": SkuStage.CLEARING}
STANDS_FOR = ("DY-YSX", APPAREL, Decimal(29), Decimal(399))
TONE = "松弛、耐看、不追爆款：说面料和穿着场景，少用感叹号，不与别家比较。"


def write_shelves(*, actor: Principal, at: datetime) -> None:
    """Create the shelves below the categories with their attributes, and the platforms' categories for them."""
    with acting_as(actor):
        above = {category.code: category for category in Category.objects.filter(code__in=ATTRIBUTES)}
        Category.objects.bulk_create(
            Category(code=code, name=name, parent=above[top]) for code, (name, top) in SHELVES.items()
        )
        shelves = {category.code: category for category in Category.objects.filter(code__in=SHELVES)}
        attributes = Attribute.objects.bulk_create(
            Attribute(
                category=above[top],
                code=words.code,
                name=words.name,
                kind=words.kind,
                options=list(words.options),
                unit=words.unit,
            )
            for top, of_top in ATTRIBUTES.items()
            for words in of_top
        )
        by_code = {(attribute.category_id, attribute.code): attribute for attribute in attributes}
        asked = PlatformCategory.objects.bulk_create(platform_categories(shelves))
        PlatformAttribute.objects.bulk_create(
            PlatformAttribute(
                platform_category=category,
                attribute=by_code[above[top].pk, words.code],
                name=CALLED.get((category.platform, words.code), ""),
                is_required=words.code in REQUIRED.get(category.platform, {}).get(top, "").split(),
            )
            for category in asked
            for top in [SHELVES[shelf_of(category)][1]]
            for words in ATTRIBUTES[top]
        )


def platform_categories(shelves: dict[str, Category]) -> Iterator[PlatformCategory]:
    """Yield the categories of the platforms; our own store has our shelves."""
    for (shelf, platform), (code, name, fee) in PLATFORM_CATEGORIES.items():
        rules = RULES[platform]
        yield PlatformCategory(
            platform=platform,
            code=code,
            name=name,
            category=shelves[shelf],
            title_bytes=rules.title_bytes,
            fewest_images=rules.images,
            fewest_pixels=rules.pixels,
            most_bytes=rules.most_bytes,
            fee_rate=fee,
        )
    for shelf, category in shelves.items():
        yield PlatformCategory(
            platform="own",
            code=shelf,
            name=f"小程序商城 > {category.name}",
            category=category,
            fewest_images=3,
        )


def shelf_of(category: PlatformCategory) -> str:
    """Return the code of our shelf to which a category of a platform belongs."""
    assert category.category is not None  # noqa: S101 - each of them was made with one
    return str(category.category.code)


def set_fees(*, actor: Principal) -> None:
    """Say what share of a price each shop's platform keeps where the category has no fee of its own."""
    with acting_as(actor):
        channels = list(Channel.objects.order_by("pk"))
        for channel in channels:
            channel.fee_rate = SHOP_FEES[channel.platform]
        Channel.objects.bulk_update(channels, ["fee_rate"])
        shop, category, lowest, highest = STANDS_FOR
        Channel.objects.filter(code=shop).update(
            core_category=Category.objects.get(code=category),
            lowest_price=lowest,
            highest_price=highest,
            tone=TONE,
        )


def complete_products(*, actor: Principal, at: datetime) -> None:
    """Tell of each product that is sold what its shelf asks, and of each variant what it costs and weighs."""
    raise_first(save_products(list(product_drafts()), actor=actor, at=at).refused)


def product_drafts() -> Iterator[ProductDraft]:
    """Yield the products that are offered, whole; barcodes are those that the catalogue began with."""
    barcodes = {draft.code: draft.barcode for draft in sku_drafts()}
    for brand in BRANDS:
        of_brand: list[ProductWords | BundleWords] = [*PRODUCTS[brand.code], *BUNDLES[brand.code]]
        for place, words in enumerate(of_brand, start=1):
            if words.code in OFFERS:
                yield product_draft(brand, words, place, barcodes)


def product_draft(
    brand: BrandWords, words: ProductWords | BundleWords, place: int, barcodes: dict[str, str]
) -> ProductDraft:
    """Return one product with its variants."""
    offer = OFFERS[words.code]
    variants = words.variants if isinstance(words, ProductWords) else (("", words.variant),)
    values = [name.split(";") if offer.axes else [] for _suffix, name in variants]
    return ProductDraft(
        code=words.code,
        name=words.name,
        brand_code=brand.code,
        category_code=offer.shelf,
        axes=tuple(
            (axis, tuple(dict.fromkeys(of_variant[position] for of_variant in values)))
            for position, axis in enumerate(offer.axes)
        ),
        attributes=attributes_of(brand, offer, place),
        variants=tuple(
            variant_draft(
                brand, words, offer, words.code + suffix, dict(zip(offer.axes, chosen, strict=True)), barcodes
            )
            for (suffix, _name), chosen in zip(variants, values, strict=True)
        ),
    )


def attributes_of(brand: BrandWords, offer: OfferWords, place: int) -> dict[str, Any]:
    """Return what a product tells of itself: what its maker was given by the authorities comes with its place."""
    told: dict[str, Any] = {**offer.attributes, "origin": ORIGIN[brand.code]}
    if brand.category == COSMETICS:
        told |= {"filing": f"沪G妆网备字2025{1040 + 7 * place:06d}", "opened": KEEPS_OPEN}
    elif brand.category != APPAREL:
        told |= {"licence": f"SC1063506{2100 + place:05d}12", "storage": "阴凉干燥处密封"}
    return told


def variant_draft(
    brand: BrandWords,
    words: ProductWords | BundleWords,
    offer: OfferWords,
    code: str,
    options: dict[str, str],
    barcodes: dict[str, str],
) -> VariantDraft:
    """Return one variant; a larger pack weighs as much more as it costs more."""
    price = PRICES.get(code, words.price)
    length, width, height = offer.box
    is_bundle = isinstance(words, BundleWords)
    return VariantDraft(
        options,
        sku_code=code,
        barcode=barcodes[code],
        list_price=price,
        cost=tenths(price * Decimal(offer.cost)),
        floor_price=tenths(price * FLOOR),
        reference_price=tenths(price * REFERENCE),
        price_role=offer.role,
        stage=STAGES.get(words.code, ""),
        weight_grams=int(offer.grams * price / words.price),
        length_mm=length,
        width_mm=width,
        height_mm=height,
        packaging=PACKING.get(brand.category, PACKING[""]),
        shelf_life_days=brand.keeps_days or None,
        tracks_batches=bool(brand.keeps_days) and not is_bundle,
    )


def tenths(amount: Decimal) -> Decimal:
    """Return an amount to the tenth of a yuan, as the trade calculates."""
    return amount.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


def keep_words(*, actor: Principal, at: datetime) -> None:
    """Write down the words by which buyers search and those that may not be said."""
    keywords = [
        KeywordDraft(word, "", shelf, kind, searches, competition)
        for shelf, words in KEYWORDS.items()
        for word, kind, searches, competition in words
    ]
    raise_first(save_keywords(keywords, actor=actor, at=at).refused)
    prohibited = [ProhibitedDraft(*words) for words in PROHIBITED]
    raise_first(save_prohibited_words(prohibited, actor=actor, at=at).refused)
