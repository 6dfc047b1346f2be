"""Which of the words that buyers search by a listing says, and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import F, Q, Window
from django.db.models.functions import RowNumber

from catalog.drafts import ListingContent
from catalog.models import Channel, Keyword, Product
from catalog.queries.categories import ancestry
from catalog.queries.words import fold, texts_by_part

MOST_WORDS: Final = 100  # of a category's words, those that are searched most


@dataclass(frozen=True, slots=True)
class Covered:
    """A keyword, and the parts of the page that say it: title, subtitle, selling_points, blocks, attributes, alt,
    keywords, shop."""

    word: str
    kind: str
    searches: int | None
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The keywords of a listing, those that are searched most first.

    ``rate`` is the part (0 to 1) of all searches whose word the listing says, None where there are no keywords; a word
    of which nobody knows how often it is searched counts as one search.
    """

    words: tuple[Covered, ...] = ()

    @property
    def rate(self) -> float | None:
        """Return the part of the searches that is covered."""
        total = sum(each.searches or 1 for each in self.words)
        return sum(each.searches or 1 for each in self.words if each.parts) / total if total else None

    @property
    def missing(self) -> tuple[Covered, ...]:
        """Return the words that the listing doesn't say."""
        return tuple(each for each in self.words if not each.parts)


def keyword_coverage(content: ListingContent, *, channel: Channel, product: Product) -> Coverage:
    """Return which keywords of the platform and of the product's category (and those above) a content says."""
    lines = ancestry({product.category_id} if product.category_id else set())
    words = keywords_for({channel.platform}, lines)
    return cover(content, channel, product, words, lines)


def keywords_for(platforms: set[str], lines: Mapping[int, Sequence[int]]) -> list[Keyword]:
    """Return the keywords of some platforms and lines of categories, those that are searched most first."""
    categories = {category for line in lines.values() for category in line}
    found = Keyword.objects.filter(platform__in=["", *platforms])
    mine = found.filter(Q(category__isnull=True) | Q(category__in=categories))
    by_searches = (F("searches").desc(nulls_last=True), "word", "pk")
    place = Window(RowNumber(), partition_by=["platform", "category"], order_by=by_searches)
    return list(mine.annotate(place=place).filter(place__lte=MOST_WORDS).order_by(*by_searches))


def cover(
    content: ListingContent,
    channel: Channel,
    product: Product,
    keywords: Sequence[Keyword],
    lines: Mapping[int, Sequence[int]],
) -> Coverage:
    """Hold a content against those of ``keywords`` that are meant for its shop and product."""
    line = {None, *lines.get(product.category_id or 0, ())}
    parts = texts_by_part(content, channel.name)
    covered: dict[str, Covered] = {}
    for each in keywords:
        word = fold(each.word).strip()
        if not word or word in covered or each.platform not in ("", channel.platform):
            continue
        if each.category_id in line:
            where = tuple(part for part, text in parts.items() if word in text)
            covered[word] = Covered(each.word, each.kind, each.searches, where)
            if len(covered) == MOST_WORDS:
                break
    return Coverage(tuple(covered.values()))
