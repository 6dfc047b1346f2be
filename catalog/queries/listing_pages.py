"""What the pages of one listing show: its goods, pictures, shops beside it, versions, and what was said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from catalog.choices import OPEN_VERSIONS, MediaKind, PackStatus, VersionStatus
from catalog.drafts import ListingContent, OfferedSku
from catalog.models import (
    Attribute,
    Listing,
    ListingComment,
    ListingVersion,
    MediaFile,
    PackMedia,
    PlatformAttribute,
    PlatformCategory,
    Product,
    Sku,
)
from catalog.queries.attributes import attributes_for
from catalog.queries.bundles import available_at
from catalog.queries.prices import Margin, margin_of, prices_at
from ops_portal.accounts.models import User


@dataclass(frozen=True, slots=True)
class Question:
    """An attribute as the form asks for it, with the value that it has."""

    attribute: Attribute
    label: str
    is_required: bool
    value: Any

    @property
    def values(self) -> Sequence[str]:
        """Return the value as a list: of a choice of some."""
        return self.value if isinstance(self.value, list | tuple) else [self.value] if self.value else []

    @property
    def strange(self) -> Sequence[str]:
        """Return the values that are none of those to choose from, so that they aren't lost from sight."""
        return [each for each in self.values if each not in self.attribute.options]


@dataclass(frozen=True, slots=True)
class Card:
    """A picture or a film that a listing uses, or could use."""

    sha256: str
    role: str  # empty: not used
    alt: str = ""
    sku_code: str = ""
    file: MediaFile | None = None
    suggested: str = ""

    @property
    def is_film(self) -> bool:
        return self.file is not None and self.file.kind == MediaKind.VIDEO


@dataclass(frozen=True, slots=True)
class Variant:
    """A SKU of the product as a row of the form."""

    sku: Sku
    offered: OfferedSku | None
    price_now: Decimal | None
    available: int
    margin: Margin | None

    @property
    def options(self) -> str:
        """Return the values of its axes in the sequence of those, or its name."""
        options = self.sku.options
        known = [name for name, _values in self.sku.product.axes if name in options]
        names = [*known, *(name for name in options if name not in known)]
        return " · ".join(str(options[name]) for name in names) or self.sku.name

    @property
    def price(self) -> Decimal | None:
        return self.offered.price if self.offered else None

    @property
    def is_below_floor(self) -> bool:
        floor = self.sku.floor_price
        return self.price is not None and floor is not None and self.price < floor


@dataclass(frozen=True, slots=True)
class Beside:
    """The same product in another shop."""

    listing: Listing
    version: ListingVersion | None


def category_of(listing: Listing, code: str) -> PlatformCategory | None:
    """Return the category of the listing's platform that has this code, or None."""
    if not code:
        return None
    found: PlatformCategory | None = PlatformCategory.objects.filter(
        platform=listing.channel.platform, code=code
    ).first()
    return found


def questions_of(
    product: Product, category: PlatformCategory | None, values: Mapping[str, Any]
) -> list[Question]:
    """Return the attributes that the platform's category asks for, the required ones first.

    Where no category is chosen, those of the product's own.
    """
    if category is None:
        own: Iterable[Attribute] = attributes_for(product.category_id) if product.category_id else ()
        return [Question(each, each.name, False, values.get(each.code, "")) for each in own]
    asked = PlatformAttribute.objects.filter(platform_category=category).select_related("attribute")
    return [
        Question(
            each.attribute,
            each.name or each.attribute.name,
            each.is_required,
            values.get(each.attribute.code, ""),
        )
        for each in asked.order_by("-is_required", "pk")
    ]


def cards_of(listing: Listing, content: ListingContent) -> list[Card]:
    """Return the pictures of a content in their sequence, then those of the product's packs that it doesn't use."""
    packs = (
        PackMedia.objects.filter(pack__product=listing.product_id)
        .exclude(pack__status=PackStatus.DROPPED)
        .select_related("file")
        .order_by("-pack_id", "position")
    )
    offered: dict[str, PackMedia] = {}
    for each in packs:
        offered.setdefault(each.file.sha256, each)
    files = {sha256: each.file for sha256, each in offered.items()}
    unknown = {each.sha256 for each in content.pictures} - set(files)
    if unknown:
        kept = MediaFile.objects.filter(sha256__in=unknown, brand=listing.product.brand_id).order_by("pk")
        files |= {file.sha256: file for file in kept}
    used = [Card(p.sha256, p.role, p.alt, p.sku_code, files.get(p.sha256)) for p in content.pictures]
    taken = {each.sha256 for each in used}
    unused = [
        Card(sha256, "", listing.product.name, "", each.file, each.role)
        for sha256, each in offered.items()
        if sha256 not in taken
    ]
    return used + unused


def fee_of(listing: Listing, category: PlatformCategory | None) -> Decimal:
    """Return the platform's fee as a share of the price: that of the category, else that of the shop."""
    if category is not None and category.fee_rate is not None:
        return category.fee_rate
    return Decimal(listing.channel.fee_rate)


def variants_of(
    listing: Listing, content: ListingContent, category: PlatformCategory | None, *, at: datetime
) -> list[Variant]:
    """Return the SKUs that are sold, and those that the content offers: four statements at most."""
    offered = {each.sku_code: each for each in content.skus}
    skus = [
        sku
        for sku in Sku.objects.filter(product=listing.product_id).select_related("product").order_by("pk")
        if sku.is_active or sku.code in offered
    ]
    ids = [sku.pk for sku in skus]
    now = prices_at(ids, listing.channel_id, at)
    available = available_at(ids, at)
    fee = fee_of(listing, category)
    rows = []
    for sku in skus:
        mine = offered.get(sku.code)
        margin = None
        if mine is not None and mine.price is not None and sku.cost is not None:
            margin = margin_of(mine.price, sku.cost, fee)
        rows.append(Variant(sku, mine, now.get(sku.pk, sku.list_price), available.get(sku.pk, 0), margin))
    return rows


def beside(listing: Listing, user: Any) -> list[Beside]:
    """Return the same product in the other shops that the reader may see."""
    others = Listing.objects.visible_to(user).filter(product=listing.product_id).exclude(pk=listing.pk)
    found = list(others.select_related("channel", "live").order_by("channel__name", "pk"))
    versions = {each.listing_id: each for each in open_versions(found)}
    return [Beside(each, versions.get(each.pk) or each.live) for each in found]


def open_versions(listings: Sequence[Listing]) -> list[ListingVersion]:
    """Return the versions of listings that are on their way."""
    of = ListingVersion.objects.filter(listing__in=[each.pk for each in listings])
    return list(
        of.filter(status__in=OPEN_VERSIONS).select_related("checker", "approver", "owner").order_by("pk")
    )


def history_of(listing: Listing) -> list[ListingVersion]:
    """Return every version of a listing, the newest first."""
    versions = ListingVersion.objects.filter(listing=listing).select_related("checker", "approver")
    return list(versions.defer("content").order_by("-version"))


def names_of(user_ids: Iterable[int]) -> dict[int, str]:
    """Return the names of people by id."""
    return {user.pk: str(user) for user in User.objects.filter(pk__in=set(user_ids)).order_by("pk")}


def comments_by_field(version: ListingVersion) -> dict[str, list[ListingComment]]:
    """Return what was said of a version, by the part of the content that it is about, in its sequence."""
    said: dict[str, list[ListingComment]] = defaultdict(list)
    for comment in ListingComment.objects.filter(version=version).select_related("author").order_by("pk"):
        said[part_of(comment.field)].append(comment)
    return dict(said)


def part_of(path: str) -> str:
    """Return the part of a content in which a path lies: ``skus`` of ``skus.A1.price``."""
    return path.replace("[", ".").partition(".")[0]


def version_before(listing: Listing, version: ListingVersion) -> ListingVersion | None:
    """Return what buyers saw before a version: of an open one what they see now, of others what was approved before."""
    if version.status in OPEN_VERSIONS:
        return listing.live
    approved = ListingVersion.objects.filter(
        listing=listing, status=VersionStatus.APPROVED, version__lt=version.version
    )
    found: ListingVersion | None = approved.order_by("-version").first()
    return found
