"""People, a shop and a product to list; and content without a fault."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from catalog.choices import MediaKind, MediaRole
from catalog.contents import content_of
from catalog.drafts import (
    ApprovalDraft,
    Block,
    ListingContent,
    ListingDraft,
    OfferedSku,
    Picture,
    VersionDraft,
)
from catalog.models import (
    Brand,
    Channel,
    Listing,
    ListingVersion,
    MediaFile,
    PlatformCategory,
    Product,
    Sku,
)
from catalog.operations.listings import (
    approve_versions,
    check_versions,
    draft_listings,
    submit_versions,
    write_versions,
)
from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import User
from ops_portal.lib.principals import Principal
from tests.factories import NOON, make_shop, make_sku

LATER = NOON + timedelta(hours=1)
ROLES = (*[MediaRole.MAIN.value] * 6, MediaRole.DETAIL.value)
TOLD = ("description", "material", "usage", "caution")


def person(name: str, *roles: Role) -> Principal:
    """Return somebody of these roles, the first of the name."""
    user = User.objects.filter(username=name).first()
    if user is None:
        user = User.objects.create_user(name, roles=list(roles), is_staff=True)
    return Principal("person", name, user.pk, frozenset(roles))


def make_platform_category(platform: str, code: str = "TEA") -> PlatformCategory:
    """Return a category that asks for no attribute, the first of the code."""
    given = {"name": f"Food > {code}"}
    return PlatformCategory.objects.get_or_create(platform=platform, code=code, defaults=given)[0]


def make_file(brand: Brand, name: str, **facts: Any) -> MediaFile:
    """Return a square, sharp picture of 800 pixels, but for ``facts``."""
    given = {
        "kind": MediaKind.IMAGE, "format": "JPEG", "size": 200_000, "width": 800, "height": 800, "sharpness": 300.0,
    } | facts  # fmt: skip
    sha256 = hashlib.sha256(f"{brand.code}/{name}".encode()).hexdigest()
    found = MediaFile.objects.filter(sha256=sha256, brand=brand).first()
    return found or MediaFile.objects.create(
        sha256=sha256, brand=brand, name=name, path=f"media/{name}", created_at=NOON, **given
    )


class Desk:
    """A shop with one product of one SKU, and the people who list it."""

    def __init__(self, shop: str = "S1", sku: str = "TEA-1") -> None:
        self.shop = make_shop(shop)
        self.sku: Sku = make_sku(sku)
        self.product: Product = self.sku.product
        self.channel: Channel = Channel.objects.get(code=shop)
        self.category = make_platform_category(self.channel.platform)
        self.pictures = [make_file(self.product.brand, f"{place}.jpg") for place in range(len(ROLES))]
        self.writer = person("wen", Role.ONSITE_OPERATOR)
        self.checker = person("shen", Role.PRODUCT_SUPERVISOR)
        self.approver = person("zhong", Role.OPERATIONS_MANAGER)

    @property
    def draft_of(self) -> ListingDraft:
        return ListingDraft(self.channel.code, self.product.code, self.content())

    def content(self, **changes: Any) -> ListingContent:
        """Return content without a fault, but for ``changes``."""
        content = ListingContent(
            platform_category=self.category.code,
            title=f"Green tea {self.sku.code}",
            selling_points=("Picked by hand", "Spring harvest", "Airtight tin"),
            blocks=tuple(Block(kind, f"About {kind}") for kind in TOLD),
            pictures=tuple(
                Picture(picture.sha256, role, f"Tin {place}")
                for place, (picture, role) in enumerate(zip(self.pictures, ROLES, strict=True))
            ),
            skus=(OfferedSku(self.sku.code, Decimal("10.00")),),
        )
        return replace(content, **changes)

    def draft(self, **changes: Any) -> ListingVersion:
        """Return a draft by the writer."""
        draft = replace(self.draft_of, content=self.content(**changes))
        return draft_listings([draft], actor=self.writer, at=NOON).one()

    def submitted(self, **changes: Any) -> ListingVersion:
        return submit_versions([self.draft(**changes).number], actor=self.writer, at=NOON).one()

    def checked(self, **changes: Any) -> ListingVersion:
        return check_versions([self.submitted(**changes).number], actor=self.checker, at=LATER).one()

    def approved(self, *, floor_reason: str = "", **changes: Any) -> ListingVersion:
        draft = ApprovalDraft(self.checked(**changes).number, floor_reason)
        return approve_versions([draft], actor=self.approver, at=LATER).one()

    def write(
        self, version: ListingVersion, *, by: Principal | None = None, **changes: Any
    ) -> ListingVersion:
        """Write ``changes`` into a version as it stands."""
        fresh = ListingVersion.objects.get(pk=version.pk)
        content = replace(content_of(fresh.content), **changes)
        draft = VersionDraft(fresh.number, content, fresh.updated_at)
        return write_versions([draft], actor=by or self.writer, at=LATER).one()

    def listing(self) -> Listing:
        return Listing.objects.get(channel=self.channel, product=self.product)


def codes(outcome: Any) -> list[str]:
    """Return the codes of what was refused."""
    return [refusal.code for _index, refusal in outcome.refused]
