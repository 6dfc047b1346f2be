"""All that contents of listings are held against, read in a few statements for any number of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from catalog.choices import MatchStatus
from catalog.contents import content_of
from catalog.drafts import ListingContent
from catalog.models import (
    Attribute,
    Channel,
    ChannelSku,
    Keyword,
    ListingVersion,
    MediaFile,
    PlatformAttribute,
    PlatformCategory,
    Product,
    ProhibitedWord,
    Sku,
)
from catalog.queries.attributes import attributes_of
from catalog.queries.categories import ancestry
from catalog.queries.coverage import keywords_for


@dataclass(frozen=True, slots=True)
class Subject:
    """A content with the shop and the product that it is for."""

    content: ListingContent
    channel: Channel
    product: Product

    @classmethod
    def of(cls, version: ListingVersion) -> Self:
        """Return a version, which comes with its listing, shop and product."""
        return cls(content_of(version.content), version.listing.channel, version.listing.product)


@dataclass(frozen=True, slots=True)
class Demands:
    """What platforms, categories and the house ask of some contents, and what is known of their parts."""

    platform_categories: dict[tuple[str, str], PlatformCategory]  # by platform and code
    asked: dict[int, list[PlatformAttribute]]  # by platform category
    attributes: dict[int, dict[str, Attribute]]  # of our categories, by code
    lines: dict[int, tuple[int, ...]]  # each of our categories with those above it
    files: dict[tuple[str, int], MediaFile]  # by content and brand
    skus: dict[str, Sku]  # by our code
    codes: dict[tuple[int, str], int]  # SKU by shop and the shop's code
    words: dict[str, list[ProhibitedWord]]  # by platform; "" is everywhere
    keywords: list[Keyword]

    @classmethod
    def load(cls, subjects: Sequence[Subject], *, at: datetime) -> Self:
        """Read what is asked of ``subjects``; nine statements at most."""
        platforms = {each.channel.platform for each in subjects}
        contents = [each.content for each in subjects]
        chosen = {content.platform_category for content in contents}
        platform_categories = {
            (each.platform, each.code): each
            for each in PlatformCategory.objects.filter(platform__in=platforms, code__in=chosen - {""})
        }
        asked: dict[int, list[PlatformAttribute]] = defaultdict(list)
        of = [each.pk for each in platform_categories.values()]
        found = PlatformAttribute.objects.filter(platform_category__in=of).select_related("attribute")
        for each in found.order_by("pk"):
            asked[each.platform_category_id].append(each)
        categories = {each.product.category_id for each in subjects if each.product.category_id is not None}
        lines = ancestry(categories)
        words: dict[str, list[ProhibitedWord]] = defaultdict(list)
        for word in ProhibitedWord.objects.filter(is_active=True, platform__in=["", *platforms]).order_by(
            "pk"
        ):
            words[word.platform].append(word)
        return cls(
            platform_categories,
            asked,
            {
                category: {attribute.code: attribute for attribute in attributes}
                for category, attributes in attributes_of(categories).items()
            },
            lines,
            {
                (file.sha256, file.brand_id): file
                for file in MediaFile.objects.filter(
                    sha256__in={picture.sha256 for content in contents for picture in content.pictures}
                )
            },
            skus_of(subjects),
            codes_of(subjects),
            words,
            keywords_for(platforms, lines),
        )

    def category_of(self, subject: Subject) -> PlatformCategory | None:
        """Return the category of the platform that a content chose, where there is such a one."""
        return self.platform_categories.get((subject.channel.platform, subject.content.platform_category))

    def attributes_of(self, subject: Subject) -> dict[str, Attribute]:
        """Return what may be told of a product's goods: as our category has it, and as the platform's asks."""
        known = dict(self.attributes.get(subject.product.category_id or 0, {}))
        category = self.category_of(subject)
        for each in self.asked.get(category.pk, ()) if category else ():
            known.setdefault(each.attribute.code, each.attribute)
        return known

    def words_of(self, subject: Subject) -> dict[str, ProhibitedWord]:
        """Return the words that are forbidden on a shop's platform; its own rule counts before the one for all."""
        return {
            word.word: word
            for platform in ("", subject.channel.platform)
            for word in self.words.get(platform, ())
        }


def skus_of(subjects: Sequence[Subject]) -> dict[str, Sku]:
    """Return the SKUs of the products, those that contents name, and those whose own code a shop is to use."""
    named = {
        code for each in subjects for sku in each.content.skus for code in (sku.sku_code, sku.channel_code)
    }
    own = Sku.objects.filter(product__in={each.product.pk for each in subjects})
    return {sku.code: sku for sku in (own | Sku.objects.filter(code__in=named - {""})).order_by("pk")}


def codes_of(subjects: Sequence[Subject]) -> dict[tuple[int, str], int]:
    """Return what the shops' codes mean that contents name, where a person said so."""
    named = {sku.channel_code for each in subjects for sku in each.content.skus} - {""}
    if not named:
        return {}
    found = ChannelSku.objects.filter(
        channel__in={each.channel.pk for each in subjects}, code__in=named, status=MatchStatus.MATCHED
    )
    return {
        (channel, code): sku
        for channel, code, sku in found.values_list("channel_id", "code", "sku_id")
        if sku
    }
