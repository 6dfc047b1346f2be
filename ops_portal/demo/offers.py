"""Goods in the shops: written by one, checked by another, approved by a third; some are still on their way."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from catalog.contents import content_of
from catalog.drafts import (
    ApprovalDraft,
    CommentDraft,
    ListingContent,
    ListingDraft,
    MediaDraft,
    OfferedSku,
    Picture,
    ReturnDraft,
    ShopCodeDraft,
    VersionDraft,
)
from catalog.models import Brand, Listing, Sku
from catalog.operations.listings import (
    approve_versions,
    check_versions,
    comment_versions,
    delist_listings,
    draft_listings,
    return_versions,
    submit_versions,
    write_versions,
)
from catalog.operations.matching import open_shop_codes
from catalog.operations.media import keep_media
from ops_portal.demo.calendar import Span, at_hour
from ops_portal.demo.contents import (
    blocks_of,
    changed_serum,
    changed_sweatshirt,
    channel_code,
    draw_brand,
    half_written,
    offered_by,
    on_sale,
    pictures_of,
    platform_category,
    price_in,
)
from ops_portal.demo.vocabulary import listings as words
from ops_portal.demo.vocabulary.offers import OFFERS
from ops_portal.demo.vocabulary.shops import SHOPS
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import raise_first

Place = tuple[str, str]  # shop, product
PLATFORM = {shop.code: shop.platform for shop in SHOPS}
ALL_PLACES: tuple[Place, ...] = tuple(
    (shop, code) for shop, codes in words.RANGES.items() for code in codes.split()
)
UNDER_WAY = {*words.SUBMITTED, *words.CHECKED, *words.RETURNED, words.DRAFTED}


class Offers:
    """The listings of the agency's shops, by the people who write, check and approve them."""

    def __init__(self, span: Span, staff: dict[str, Principal]) -> None:
        self.span = span
        self.operator, self.supervisor, self.manager = (
            staff[name] for name in ("operator", "supervisor", "manager")
        )
        self.pictures: dict[str, tuple[Picture, ...]] = {}
        self.skus: dict[str, list[Sku]] = {}
        self.numbers: dict[Place, str] = {}

    def begin(self) -> None:
        """Bring on offer, in the first days, all that is live now."""
        at = self.span.opening
        self.draw(at=at)
        for sku in Sku.objects.filter(product__code__in=OFFERS).select_related("product").order_by("pk"):
            self.skus.setdefault(sku.product.code, []).append(sku)
        live = [place for place in ALL_PLACES if place not in UNDER_WAY]
        self.bring_live({place: self.content(place) for place in live}, at=at + timedelta(hours=1))

    def go_on(self) -> None:
        """Let the sale come and go, and leave some listings on their way."""
        self.hold_a_sale()
        self.leave_some_open()
        raise_first(
            open_shop_codes(list(self.unknown_codes()), actor=self.operator, at=self.ago(hours=5)).refused
        )

    def ago(self, **time: float) -> datetime:
        """Return how long before now."""
        return self.span.now - timedelta(**time)

    def draw(self, *, at: datetime) -> None:
        """Draw and keep the pictures of all that is offered: some of each product, some of each brand."""
        brands = {brand.code: brand for brand in Brand.objects.order_by("pk")}
        with tempfile.TemporaryDirectory() as made:
            for code, brand in brands.items():
                files = list(draw_brand(Path(made), code))
                kept = keep_media(
                    [MediaDraft(path.name, path) for path in files], brand=brand, actor=self.operator, at=at
                )
                raise_first(kept.refused)
                shown = {file.stem: media.sha256 for file, media in zip(files, kept.done, strict=True)}
                self.pictures |= {product: pictures_of(product, shown) for product in offered_by(code)}

    def content(self, place: Place) -> ListingContent:
        """Return what a shop says of a product."""
        shop, code = place
        offer, platform = OFFERS[code], PLATFORM[shop]
        product = self.skus[code][0].product
        return ListingContent(
            platform_category=platform_category(platform, offer.shelf),
            title=offer.title,
            subtitle=offer.subtitle,
            selling_points=offer.points,
            blocks=blocks_of(code[:3], offer),
            attributes=product.attributes,
            pictures=self.pictures[code],
            keywords=offer.tags,
            skus=tuple(
                OfferedSku(sku.code, price_in(shop, sku), channel_code(platform, sku)) for sku in self.skus[code]
            ),
        )  # fmt: skip

    def draft(self, contents: dict[Place, ListingContent], *, at: datetime) -> list[str]:
        """Begin a version of each listing; return their numbers."""
        drafts = [ListingDraft(shop, code, content) for (shop, code), content in contents.items()]
        drafted = draft_listings(drafts, actor=self.operator, at=at)
        raise_first(drafted.refused)
        numbers = [version.number for version in drafted.done]
        self.numbers |= dict(zip(contents, numbers, strict=True))
        return numbers

    def submit(self, contents: dict[Place, ListingContent], *, at: datetime) -> list[str]:
        """Write versions and hand them in; return their numbers."""
        numbers = self.draft(contents, at=at)
        raise_first(submit_versions(numbers, actor=self.operator, at=at + timedelta(minutes=35)).refused)
        return numbers

    def bring_live(self, contents: dict[Place, ListingContent], *, at: datetime) -> None:
        """Take contents over two approvals to the shops."""
        numbers = self.submit(contents, at=at)
        raise_first(check_versions(numbers, actor=self.supervisor, at=at + timedelta(hours=2)).refused)
        drafts = [ApprovalDraft(number) for number in numbers]
        raise_first(approve_versions(drafts, actor=self.manager, at=at + timedelta(hours=3)).refused)

    def hold_a_sale(self) -> None:
        """Offer some goods for less around the great day, and as before afterwards."""
        before, after = self.span.sale_day - timedelta(days=4), self.span.sale_day + timedelta(days=4)
        usual = {place: self.content(place) for place in words.ON_SALE}
        self.bring_live({place: on_sale(content) for place, content in usual.items()}, at=at_hour(before, 10))
        self.bring_live(usual, at=at_hour(after, 10))

    def leave_some_open(self) -> None:
        """Leave listings in every state that there is."""
        checked = self.submit(
            {place: self.content_below_floor(place) for place in words.CHECKED}, at=self.ago(hours=8)
        )
        raise_first(check_versions(checked, actor=self.supervisor, at=self.ago(hours=3, minutes=10)).refused)
        self.send_back()
        for place, hours in zip(words.SUBMITTED, (6.5, 2.5, 1.0), strict=True):
            self.submit({place: self.content(place)}, at=self.ago(hours=hours))
        (changed,) = self.submit(
            {words.RESUBMITTED: changed_sweatshirt(self.content(words.RESUBMITTED))}, at=self.ago(hours=4)
        )
        comment = CommentDraft(changed, "", words.SAYS_TO_CHECKER)
        raise_first(comment_versions([comment], actor=self.operator, at=self.ago(hours=3.4)).refused)
        self.draft({words.DRAFTED: half_written(self.content(words.DRAFTED))}, at=self.ago(hours=1.5))
        self.change_live()
        numbers = Listing.objects.filter(channel__code=words.DELISTED[0], product__code=words.DELISTED[1])
        raise_first(
            delist_listings(
                list(numbers.values_list("number", flat=True)),
                reason=words.DELISTED_REASON, actor=self.operator, at=self.ago(days=2),
            ).refused
        )  # fmt: skip

    def content_below_floor(self, place: Place) -> ListingContent:
        """Return a content, at a price below the floor where the shop has a reason for it."""
        content = self.content(place)
        if place != words.BELOW_FLOOR:
            return content
        return replace(content, skus=tuple(replace(sku, price=words.BELOW_PRICE) for sku in content.skus))

    def send_back(self) -> None:
        """Return some versions with comments on their fields."""
        numbers = self.submit(
            {place: self.content(place) for place in words.RETURNED}, at=self.ago(days=1, hours=2)
        )
        drafts = [
            ReturnDraft(number, words.RETURN_REASONS[code], words.COMMENTS[code])
            for number, (_shop, code) in zip(numbers, words.RETURNED, strict=True)
        ]
        raise_first(return_versions(drafts, actor=self.supervisor, at=self.ago(hours=20)).refused)

    def change_live(self) -> None:
        """Begin a version of a live listing and write something else in it."""
        shop, code = words.CHANGED
        begun = draft_listings([ListingDraft(shop, code)], actor=self.operator, at=self.ago(hours=2)).one()
        content = changed_serum(content_of(begun.content))
        draft = VersionDraft(begun.number, content, begun.updated_at)
        raise_first(write_versions([draft], actor=self.operator, at=self.ago(hours=1.8)).refused)

    def unknown_codes(self) -> Iterator[ShopCodeDraft]:
        """Yield codes of shops of which nobody has said yet what they are."""
        barcodes = {sku.code: sku.barcode for skus in self.skus.values() for sku in skus}
        for shop, code, title, sku in words.UNKNOWN_CODES:
            yield ShopCodeDraft(shop, code, title, barcodes.get(sku, ""))
