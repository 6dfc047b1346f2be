"""What a new version of a listing begins with: what buyers see now, else what the house knows of the product."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from catalog.choices import MediaKind, MediaRole, PackStatus
from catalog.contents import content_of, facts_of
from catalog.drafts import ListingContent, OfferedSku, PackFacts, Picture
from catalog.models import Listing, ListingVersion, MaterialPack, PackMedia, PlatformCategory, Sku
from catalog.queries.categories import ancestry

try:
    from catalog.queries.prices import prices_at
except ImportError:

    def prices_at(sku_ids: Any, channel_id: int | None, at: datetime) -> dict[int, Decimal]:
        return {}


def first_contents(listings: Sequence[Listing], *, at: datetime) -> dict[int, ListingContent]:
    """Return, by the listing's id, what a new version begins with; prices are those of ``at``.

    A listing that was approved begins with its live version; another with its product, the newest pack of that,
    and the platform's category, where ours leads to one alone. Listings come with shop and product.
    """
    if not listings:
        return {}
    live = {
        version.pk: content_of(version.content)
        for version in ListingVersion.objects.filter(
            pk__in=[each.live_id for each in listings if each.live_id]
        )
    }
    fresh = [each for each in listings if each.live_id not in live]
    skus = skus_of(fresh)
    packs = newest_packs(fresh)
    pictures = pictures_of(packs, {each.product_id: each.product.name for each in fresh})
    categories = platform_categories(fresh)
    prices: dict[int, dict[int, Decimal]] = {}
    for channel_id in sorted({each.channel_id for each in fresh}):
        wanted = [sku.pk for each in fresh if each.channel_id == channel_id for sku in skus[each.product_id]]
        prices[channel_id] = prices_at(wanted, channel_id, at)
    contents: dict[int, ListingContent] = {
        each.pk: live[each.live_id] for each in listings if each.live_id in live
    }
    for each in fresh:
        pack = packs.get(each.product_id)
        facts = facts_of(pack.facts) if pack else PackFacts()
        product = each.product
        contents[each.pk] = ListingContent(
            platform_category=categories.get(each.pk, ""),
            title=title_of(product.brand.name, product.name),
            selling_points=facts.selling_points,
            blocks=facts.blocks,
            attributes={**product.attributes, **facts.attributes},
            pictures=pictures.get(each.product_id, ()),
            skus=tuple(
                OfferedSku(sku.code, prices[each.channel_id].get(sku.pk, sku.list_price))
                for sku in skus[each.product_id]
            ),
        )
    return contents


def title_of(brand: str, name: str) -> str:
    """Return the product's name with its brand before it, where it doesn't name that itself."""
    return name if brand.casefold() in name.casefold() else f"{brand} {name}"


def skus_of(listings: Sequence[Listing]) -> dict[int, list[Sku]]:
    """Return the SKUs that are sold, by product."""
    found: dict[int, list[Sku]] = defaultdict(list)
    products = {each.product_id for each in listings}
    for sku in Sku.objects.filter(product__in=products, is_active=True).order_by("pk"):
        found[sku.product_id].append(sku)
    return found


def newest_packs(listings: Sequence[Listing]) -> dict[int, MaterialPack]:
    """Return the newest pack of each product, but those that were dropped."""
    packs = (
        MaterialPack.objects.filter(product__in={each.product_id for each in listings})
        .exclude(status=PackStatus.DROPPED)
        .order_by("product", "-created_at", "-pk")
        .distinct("product")
    )
    return {pack.product_id: pack for pack in packs if pack.product_id is not None}


def pictures_of(packs: dict[int, MaterialPack], names: dict[int, str]) -> dict[int, tuple[Picture, ...]]:
    """Return the pictures and films of packs in their places, by product; the product's name is read for a picture."""
    product_of = {pack.pk: product for product, pack in packs.items()}
    found: dict[int, list[Picture]] = defaultdict(list)
    media: Any = (
        PackMedia.objects.filter(pack__in=product_of).select_related("file").order_by("pack", "position")
    )
    for each in media:
        product = product_of[each.pack_id]
        is_film = each.role == MediaRole.VIDEO or each.file.kind == MediaKind.VIDEO
        alt = "" if is_film else names[product]
        found[product].append(Picture(each.file.sha256, each.role, alt))
    return {product: tuple(pictures) for product, pictures in found.items()}


def platform_categories(listings: Sequence[Listing]) -> dict[int, str]:
    """Return, by listing, the platform's category that the nearest mapped one of ours leads to, where it is one alone."""
    platforms = {each.channel.platform for each in listings}
    by_category: dict[tuple[str, int], list[str]] = defaultdict(list)
    mapped = PlatformCategory.objects.filter(platform__in=platforms, category__isnull=False).order_by("code")
    for platform, category_id, code in mapped.values_list("platform", "category_id", "code"):
        by_category[platform, category_id].append(code)
    lines = ancestry({each.product.category_id for each in listings if each.product.category_id})
    found: dict[int, str] = {}
    for each in listings:
        for category_id in lines.get(each.product.category_id, ()):
            codes = by_category.get((each.channel.platform, category_id), [])
            if codes:
                if len(codes) == 1:
                    found[each.pk] = codes[0]
                break
    return found
