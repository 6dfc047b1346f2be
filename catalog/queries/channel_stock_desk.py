"""The page of what shops show: one page of a shop's codes with the reckoning, and what another rule would change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from catalog.choices import MatchStatus
from catalog.models import Channel, ChannelSku, ChannelStock, ChannelStockRule, Listing
from catalog.queries.channel_stock import (
    SHOWS_ALL,
    Reckoning,
    Terms,
    reckon,
    shares_together,
    terms_of,
    with_terms,
)

PAGE: Final = 50
MOST_PREVIEWED: Final = 2_000


@dataclass(frozen=True, slots=True)
class Row:
    """A SKU code of a shop, what it shows, and the reckoning of what it may show now."""

    code: ChannelSku
    reckoning: Reckoning
    shown: ChannelStock | None
    together: Decimal

    @property
    def key(self) -> str:
        """Return by what a page names the row."""
        return str(self.code.pk)

    @property
    def is_awaited(self) -> bool:
        """Tell whether the next sweep will show another number."""
        return self.shown is None or self.shown.units != self.reckoning.shown


@dataclass(frozen=True, slots=True)
class Change:
    """What a code shows now, and what it would by another rule."""

    code: ChannelSku
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule would change. ``counted`` codes were reckoned; ``is_cut`` tells that there are more."""

    changes: Sequence[Change]
    counted: int
    before: int
    after: int
    is_cut: bool


def shops_seen(user: Any) -> list[Any]:
    """Return the open shops that a reader may see by name; each tells with ``offers`` whether it has codes."""
    codes = ChannelSku.objects.filter(channel=OuterRef("pk"), status=MatchStatus.MATCHED)
    shops: QuerySet[Any] = Channel.objects.visible_to(user).filter(is_active=True)
    return list(shops.annotate(offers=Exists(codes)).order_by("name", "code"))


def codes_seen(user: Any, shop: str) -> QuerySet[ChannelSku]:
    """Return the matched codes of a shop that a reader may see."""
    seen: QuerySet[ChannelSku] = ChannelSku.objects.visible_to(user)
    return seen.filter(channel__code=shop, status=MatchStatus.MATCHED)


def page_of_shown(
    shop: str, *, text: str = "", after: str = "", user: Any, at: datetime
) -> tuple[list[Row], str]:
    """Return one page of a shop's codes by code, and the code after which there are more."""
    codes = codes_seen(user, shop)
    if text:
        codes = codes.filter(
            Q(code__icontains=text)
            | Q(title__icontains=text)
            | Q(sku__code__iexact=text)
            | Q(sku__barcode=text)
            | Q(sku__product__name__icontains=text)
        )
    if after:
        codes = codes.filter(code__gt=after)
    found = list(codes.select_related("channel", "sku__product").order_by("code")[: PAGE + 1])
    following = found[PAGE - 1].code if len(found) > PAGE else ""
    return rows_of(found[:PAGE], at=at), following


def rows_of(codes: Sequence[ChannelSku], *, at: datetime) -> list[Row]:
    """Return codes with what they show and the reckoning."""
    ids = [each.pk for each in codes]
    reckoned = reckon(ids, at=at)
    shown = {each.channel_sku_id: each for each in ChannelStock.objects.filter(channel_sku__in=ids)}
    together = shares_together({each.sku_id for each in codes if each.sku_id is not None})
    return [
        Row(each, reckoned[each.pk], shown.get(each.pk), together.get(each.sku_id or 0, Decimal()))
        for each in codes
        if each.pk in reckoned
    ]


def terms_of_shop(channel: Channel) -> Terms:
    """Return what holds for all goods of a shop that have no rule of their own."""
    return terms_of({channel.pk}, ()).get((channel.pk, None), SHOWS_ALL)


def preview(
    codes: QuerySet[ChannelSku], *, terms: Terms | None, of_shop: bool, channel: Channel, at: datetime
) -> Preview:
    """Return what other terms would change of some codes; None: what holds for the shop's goods holds again.

    Terms ``of_shop`` leave codes alone whose SKU has a rule of its own.
    """
    if of_shop:
        own = ChannelStockRule.objects.filter(channel=channel, sku__isnull=False)
        codes = codes.exclude(sku__in=own.values("sku"))
    found = list(codes.select_related("sku__product").order_by("code")[: MOST_PREVIEWED + 1])
    counted = found[:MOST_PREVIEWED]
    before = reckon([each.pk for each in counted], at=at)
    if terms is None:
        terms = SHOWS_ALL if of_shop else terms_of_shop(channel)
    after = with_terms(before.values(), terms)
    changes = [
        Change(each, before[each.pk].shown, after[each.pk].shown) for each in counted if each.pk in before
    ]
    return Preview(
        [each for each in changes if each.before != each.after],
        len(changes),
        sum(each.before for each in changes),
        sum(each.after for each in changes),
        len(found) > MOST_PREVIEWED,
    )


def stock_rows(user: Any, shop: str) -> Iterator[tuple[Any, ...]]:
    """Yield each code of a shop by code: the platform's item, title, variant, code, barcode, units, our SKU.

    An item number that the shop gave to a listing stands with each of its variants.
    """
    items = Listing.objects.filter(channel__code=shop, product=OuterRef("channel_sku__sku__product"))
    rows = (
        ChannelStock.objects.filter(channel_sku__in=codes_seen(user, shop))
        .annotate(item=Subquery(items.values("platform_item")[:1]))
        .select_related("channel_sku__sku__product")
        .order_by("channel_sku__code")
    )
    for row in rows.iterator(chunk_size=2000):
        code, sku = row.channel_sku, row.channel_sku.sku
        yield (
            row.item, code.title or sku.product.name, sku.name, code.code, code.barcode or sku.barcode,
            row.units, sku.code,
        )  # fmt: skip


def shown_of_shop(user: Any, shop: str) -> Iterator[tuple[str, int]]:
    """Yield each code of a shop with the units that it shows, by code, for a file."""
    rows = ChannelStock.objects.filter(channel_sku__in=codes_seen(user, shop))
    yield from (
        rows.order_by("channel_sku__code").values_list("channel_sku__code", "units").iterator(chunk_size=2000)
    )
