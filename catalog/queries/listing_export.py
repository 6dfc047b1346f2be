"""What is put up in shops: of each live listing the version that was approved, with its goods, units and pictures."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db.models import QuerySet

from catalog.choices import ListingStatus
from catalog.contents import content_of
from catalog.drafts import ListingContent, OfferedSku, Picture
from catalog.models import (
    ChannelSku,
    ChannelStock,
    Listing,
    MediaFile,
    PlatformAttribute,
    PlatformCategory,
    Sku,
)
from catalog.queries.attributes import attributes_of
from catalog.queries.channel_stock import may_show
from catalog.queries.prices import prices_at

AT_ONCE: Final = 50  # listings that are read together


@dataclass(frozen=True, slots=True)
class Offer:
    """A variant as it was approved; ``units`` are those that the shop shows, or may show of what has no code yet."""

    offered: OfferedSku
    sku: Sku | None
    code: str
    units: int | None
    price_now: Decimal | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture in its place; ``file`` is None where the reader may not have it."""

    picture: Picture
    file: MediaFile | None


@dataclass(frozen=True, slots=True)
class PutUp:
    """A live listing with its approved version."""

    listing: Listing
    content: ListingContent
    category: str
    offers: Sequence[Offer]
    attributes: Sequence[tuple[str, str]]
    pictures: Sequence[Shown]


def approved_listings(
    user: Any, *, numbers: Collection[str] | None = None, shop: str = "", brand: str = ""
) -> QuerySet[Listing]:
    """Return the live listings that a reader may see: these, or those of a shop and a brand."""
    found: QuerySet[Listing] = Listing.objects.visible_to(user).filter(status=ListingStatus.LIVE)
    if numbers is not None:
        return found.filter(number__in=numbers)
    if shop:
        found = found.filter(channel__code=shop)
    return found.filter(product__brand__code=brand) if brand else found


def put_up(listings: QuerySet[Listing], *, user: Any, at: datetime) -> Iterator[PutUp]:
    """Yield listings of one shop as they were approved, by product; some statements for fifty of them."""
    ordered = listings.select_related("channel", "product__brand", "live").order_by("product__code", "pk")
    after: tuple[str, int] | None = None
    while True:
        rest = ordered if after is None else beyond(ordered, after)
        some = list(rest[:AT_ONCE])
        yield from completed(some, user=user, at=at)
        if len(some) < AT_ONCE:
            return
        after = (some[-1].product.code, some[-1].pk)


def beyond(listings: QuerySet[Listing], after: tuple[str, int]) -> QuerySet[Listing]:
    """Return the listings that follow one, by product code and id."""
    code, pk = after
    return listings.filter(product__code__gte=code).exclude(product__code=code, pk__lte=pk)


def completed(listings: Sequence[Listing], *, user: Any, at: datetime) -> Iterator[PutUp]:
    """Yield listings of one shop with all that belongs to them."""
    contents = {each.pk: content_of(each.live.content) for each in listings if each.live is not None}
    if not contents:
        return
    channel = listings[0].channel
    codes = {each.sku_code for content in contents.values() for each in content.skus}
    skus = {each.code: each for each in Sku.objects.filter(code__in=codes)}
    units = units_shown(channel.pk, [sku.pk for sku in skus.values()])
    without = [sku for sku in skus.values() if sku.pk not in units]
    units |= {pk: {"": shown} for pk, shown in may_show(channel.pk, without, at=at).items()}
    now = prices_at([sku.pk for sku in skus.values()], channel.pk, at)
    files = files_seen(user, {each.sha256 for content in contents.values() for each in content.pictures})
    named = {content.platform_category for content in contents.values()}
    categories = {
        each.code: each for each in PlatformCategory.objects.filter(platform=channel.platform, code__in=named)
    }
    asked = names_asked({each.pk for each in categories.values()})
    own = attributes_of({each.product.category_id for each in listings if each.product.category_id})
    for listing in listings:
        content = contents.get(listing.pk)
        if content is None:
            continue
        category = categories.get(content.platform_category)
        names = {each.code: (each.name, each.unit) for each in own.get(listing.product.category_id or 0, ())}
        names |= asked.get(category.pk if category else 0, {})
        yield PutUp(
            listing,
            content,
            category.name if category else content.platform_category,
            [offer_of(each, skus.get(each.sku_code), units, now) for each in content.skus],
            [(names.get(code, (code, ""))[0], said(value, names.get(code, ("", ""))[1]))
             for code, value in content.attributes.items() if value not in ("", None, [])],
            [Shown(each, files.get((listing.product.brand_id, each.sha256))) for each in content.pictures],
        )  # fmt: skip


def offer_of(
    offered: OfferedSku,
    sku: Sku | None,
    units: Mapping[int, Mapping[str, int]],
    now: Mapping[int, Decimal],
) -> Offer:
    """Return a variant with the units under its code: the code that was approved, else the only one, else our own."""
    shown = units.get(sku.pk, {}) if sku else {}
    only = next(iter(shown)) if len(shown) == 1 else ""
    code = offered.channel_code or only or offered.sku_code
    return Offer(offered, sku, code, shown.get(code, shown.get("")), now.get(sku.pk) if sku else None)


def units_shown(channel_id: int, sku_ids: Collection[int]) -> dict[int, dict[str, int]]:
    """Return what a shop shows of SKUs, by their ids and its codes: one statement."""
    found: dict[int, dict[str, int]] = {}
    codes = ChannelSku.objects.filter(channel=channel_id, sku__in=sku_ids)
    rows = ChannelStock.objects.filter(channel_sku__in=codes).order_by("channel_sku__code")
    for sku_id, code, units in rows.values_list("channel_sku__sku_id", "channel_sku__code", "units"):
        found.setdefault(int(sku_id or 0), {})[code] = units
    return found


def files_seen(user: Any, hashes: Collection[str]) -> dict[tuple[int, str], MediaFile]:
    """Return the files of these contents that the reader may have, by brand and content; none without the right."""
    if not user.has_perm("catalog.view_mediafile"):
        return {}
    seen = MediaFile.objects.visible_to(user).filter(sha256__in=hashes)
    return {(each.brand_id, each.sha256): each for each in seen}


def names_asked(category_ids: Collection[int]) -> dict[int, dict[str, tuple[str, str]]]:
    """Return how categories of a platform call attributes, with the unit, by category and code: one statement."""
    found: dict[int, dict[str, tuple[str, str]]] = {}
    rows = PlatformAttribute.objects.filter(platform_category__in=category_ids).select_related("attribute")
    for each in rows.order_by("pk"):
        named = (each.name or each.attribute.name, each.attribute.unit)
        found.setdefault(each.platform_category_id, {})[each.attribute.code] = named
    return found


def said(value: Any, unit: str) -> str:
    """Return the value of an attribute as the platform is told it."""
    if isinstance(value, list | tuple):
        return "、".join(map(str, value))
    return f"{value}{unit}" if unit else str(value)
