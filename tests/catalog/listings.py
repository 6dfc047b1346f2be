"""People, a shop and a product to list; and content without a fault."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from catalog.contents import content_of
from catalog.drafts import ApprovalDraft, ListingContent, ListingDraft, OfferedSku, VersionDraft
from catalog.models import Channel, Listing, ListingVersion, Product, Sku
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


def person(name: str, *roles: Role) -> Principal:
    """Return somebody of these roles, the first of the name."""
    user = User.objects.filter(username=name).first()
    if user is None:
        user = User.objects.create_user(name, roles=list(roles), is_staff=True)
    return Principal("person", name, user.pk, frozenset(roles))


class Desk:
    """A shop with one product of one SKU, and the people who list it."""

    def __init__(self, shop: str = "S1", sku: str = "TEA-1") -> None:
        self.shop = make_shop(shop)
        self.sku: Sku = make_sku(sku)
        self.product: Product = self.sku.product
        self.channel: Channel = Channel.objects.get(code=shop)
        self.writer = person("wen", Role.ONSITE_OPERATOR)
        self.checker = person("shen", Role.PRODUCT_SUPERVISOR)
        self.approver = person("zhong", Role.OPERATIONS_MANAGER)

    @property
    def draft_of(self) -> ListingDraft:
        return ListingDraft(self.channel.code, self.product.code, self.content())

    def content(self, **changes: Any) -> ListingContent:
        """Return content without a fault, but for ``changes``."""
        sku = OfferedSku(self.sku.code, Decimal("10.00"))
        return replace(ListingContent(title=f"Green tea {self.sku.code}", skus=(sku,)), **changes)

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
