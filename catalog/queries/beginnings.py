"""What a new version of a listing begins with: what buyers see now, else what the house knows of the product."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from catalog.choices import MediaKind, MediaRole, PackStatus
from catalog.contents import content_of, facts_of
from catalog.drafts import ListingContent, OfferedSku, PackFacts, Picture
from catalog.models import Listing, ListingVersion, MaterialPack, PackMedia, PlatformCategory, Sku
from catalog.queries.categories import ancestry
from catalog.queries.prices import standing_prices


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
    pictures = pictures_of(packs, {each.product_id: each.product.name for each in fresh}, skus)
    categories = platform_categories(fresh)
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
            skus=tuple(OfferedSku(sku.code, None) for sku in skus[each.product_id]),
        )
    at_prices = priced([(each.channel_id, contents[each.pk]) for each in listings], at=at)
    return {each.pk: content for each, content in zip(listings, at_prices, strict=True)}


def priced(contents: Sequence[tuple[int, ListingContent]], *, at: datetime) -> list[ListingContent]:
    """Return contents, each given with its shop's id, at the prices that hold there; where none does, at theirs."""
    codes = {sku.sku_code for _channel, content in contents for sku in content.skus}
    ids = dict(Sku.objects.filter(code__in=codes).values_list("code", "pk"))
    wanted: dict[int, set[int]] = defaultdict(set)
    for channel_id, content in contents:
        wanted[channel_id] |= {ids[sku.sku_code] for sku in content.skus if sku.sku_code in ids}
    prices = {
        channel_id: standing_prices(skus, channel_id, at) for channel_id, skus in sorted(wanted.items())
    }
    return [
        replace(
            content,
            skus=tuple(
                replace(sku, price=prices[channel_id].get(ids.get(sku.sku_code, 0), sku.price))
                for sku in content.skus
            ),
        )
        for channel_id, content in contents
    ]


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


def pictures_of(
    packs: dict[int, MaterialPack], names: dict[int, str], skus: dict[int, list[Sku]]
) -> dict[int, tuple[Picture, ...]]:
    """Return the pictures and films of packs in their places, by product; the product's name is read for a picture.

    A picture of a variant stands once for each SKU that has the value of its axis.
    """
    product_of = {pack.pk: product for product, pack in packs.items()}
    found: dict[int, list[Picture]] = defaultdict(list)
    media: Any = (
        PackMedia.objects.filter(pack__in=product_of).select_related("file").order_by("pack", "position")
    )
    for each in media:
        product = product_of[each.pack_id]
        is_film = each.role == MediaRole.VIDEO or each.file.kind == MediaKind.VIDEO
        alt = "" if is_film else names[product]
        if each.role == MediaRole.SKU and each.variant:
            shown = [sku for sku in skus[product] if each.variant in (sku.code, *sku.options.values())]
            found[product] += [Picture(each.file.sha256, each.role, alt, sku.code) for sku in shown]
        else:
            found[product].append(Picture(each.file.sha256, each.role, alt))
    return {product: tuple(pictures) for product, pictures in found.items()}


def platform_categories(listings: Sequence[Listing]) -> dict[int, str]:
    """Return, by listing, the platform's category to which the nearest mapped one of ours leads alone."""
    platforms = {each.channel.platform for each in listings}
    by_category: dict[tuple[str, int], list[str]] = defaultdict(list)
    mapped = PlatformCategory.objects.filter(platform__in=platforms, category__isnull=False).order_by("code")
    for platform, category_id, code in mapped.values_list("platform", "category_id", "code"):
        by_category[platform, category_id].append(code)
    lines = ancestry({each.product.category_id for each in listings if each.product.category_id})
    found: dict[int, str] = {}
    for each in listings:
        for category_id in lines.get(each.product.category_id or 0, ()):
            codes = by_category.get((each.channel.platform, category_id), [])
            if codes:
                if len(codes) == 1:
                    found[each.pk] = codes[0]
                break
    return found
