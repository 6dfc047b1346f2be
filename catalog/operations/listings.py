"""Listings begin, go off the shelf and come back; and every verb of their versions by one name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Max, Q
from django.utils.translation import gettext_lazy as _

from catalog.choices import (
    LISTING_MOVES,
    OPEN_VERSIONS,
    VERSION_MOVES,
    WRITERS,
    ListingStatus,
    VersionStatus,
)
from catalog.contents import content_json, content_of
from catalog.drafts import ListingDraft
from catalog.models import Channel, Listing, ListingVersion, Product
from catalog.operations.approving import approve_versions, check_versions, return_versions, vetoes_of
from catalog.operations.versions import (
    NoSuchListing,
    NoSuchVersion,
    ReasonNeeded,
    lock_listings,
    lock_listings_of,
)
from catalog.operations.writing import (
    RoleMayNotWrite,
    comment_versions,
    discard_versions,
    recall_versions,
    submit_versions,
    write_versions,
)
from catalog.queries.beginnings import first_contents, priced
from ops_portal.lib.numbers import next_numbers
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.states import move_all, move_record, record_moves

__all__ = [
    "approve_versions", "check_versions", "comment_versions", "delist_listings", "discard_versions",
    "draft_listings", "recall_versions", "relist_listings", "restore_versions", "return_versions",
    "submit_versions", "write_versions",
]  # fmt: skip

Place = tuple[str, str]  # the codes of a shop and of a product


class NoSuchPlace(Refused):
    """There is no such shop that is active, or no such product."""

    code = "no_such_place"
    status_code = 422


class OpenVersion(Refused):
    """A version of the listing is on its way; there is one at a time."""

    code = "open_version"


class NotApproved(Refused):
    """Only what was approved once can be restored."""

    code = "not_approved"


@operation
def draft_listings(
    drafts: Sequence[ListingDraft], *, actor: Principal, at: datetime
) -> Outcome[ListingVersion]:
    """Begin a new version of each listing; the listing itself too where the shop has none of the product.

    Refuses RoleMayNotWrite, NoSuchPlace, OpenVersion.
    """
    if not actor.may(WRITERS):
        refusal = RoleMayNotWrite(_("Your role doesn't write listings."))
        return Outcome(refused=[(index, refusal) for index in range(len(drafts))])
    places = Places(drafts)
    listings = open_listings(places, actor=actor, at=at)
    outcome: Outcome[ListingVersion] = Outcome()
    wanted: list[tuple[int, Listing]] = []
    for index, draft in enumerate(drafts):
        listing = listings.get((draft.channel_code, draft.product_code))
        if listing is None:
            detail = _("There is no active shop %(shop)s or no product %(product)s.")
            refusal_of_place = NoSuchPlace(detail, shop=draft.channel_code, product=draft.product_code)
            outcome.refused.append((index, refusal_of_place))
        else:
            wanted.append((index, listing))
    asked = [listing for index, listing in wanted if drafts[index].content is None]
    made = first_contents(asked, at=at)

    def content(index: int, listing: Listing) -> dict[str, Any]:
        given = drafts[index].content
        return content_json(made[listing.pk] if given is None else given)

    begin(wanted, content, outcome, actor=actor, at=at)
    return outcome


@operation
def restore_versions(numbers: Sequence[str], *, actor: Principal, at: datetime) -> Outcome[ListingVersion]:
    """Begin new versions with what approved ones say, at the prices of ``at``; they take the way of every version.

    Refuses RoleMayNotWrite, NoSuchVersion, NotApproved, OpenVersion.
    """
    if not actor.may(WRITERS):
        refusal = RoleMayNotWrite(_("Your role doesn't write listings."))
        return Outcome(refused=[(index, refusal) for index in range(len(numbers))])
    listings = lock_listings_of(numbers)
    versions = {each.number: each for each in ListingVersion.objects.filter(number__in=set(numbers))}
    outcome: Outcome[ListingVersion] = Outcome()
    wanted: list[tuple[int, Listing]] = []
    for index, number in enumerate(numbers):
        version = versions.get(number)
        if version is None:
            outcome.refused.append((index, NoSuchVersion(number)))
        elif version.status != VersionStatus.APPROVED:
            detail = _("%(number)s was never approved; only what was can be restored.")
            outcome.refused.append((index, NotApproved(detail, number=number)))
        else:
            wanted.append((index, listings[version.listing_id]))
    said = [(listing.channel_id, content_of(versions[numbers[index]].content)) for index, listing in wanted]
    contents = dict(zip((index for index, _listing in wanted), priced(said, at=at), strict=True))
    begin(wanted, lambda index, _listing: content_json(contents[index]), outcome, actor=actor, at=at)
    return outcome


class Places:
    """The shops and products that drafts name, by code."""

    def __init__(self, drafts: Sequence[ListingDraft]) -> None:
        channels = Channel.objects.filter(code__in={draft.channel_code for draft in drafts}, is_active=True)
        products = Product.objects.filter(code__in={draft.product_code for draft in drafts})
        self.channels = {channel.code: channel for channel in channels}
        self.products = {product.code: product for product in products.select_related("brand", "category")}
        self.wanted: list[Place] = sorted(
            {
                (draft.channel_code, draft.product_code)
                for draft in drafts
                if draft.channel_code in self.channels and draft.product_code in self.products
            }
        )

    def listings(self) -> Any:
        """Return the listings of these shops and products, some perhaps of places that nobody wants."""
        return Listing.objects.filter(
            channel__in=[channel.pk for channel in self.channels.values()],
            product__in=[product.pk for product in self.products.values()],
        )


def open_listings(places: Places, *, actor: Principal, at: datetime) -> dict[Place, Listing]:
    """Return the locked listing of each place; where there is none, it is begun."""
    wanted = set(places.wanted)
    standing = set(places.listings().values_list("channel__code", "product__code"))
    missing = sorted(wanted - standing)
    numbers = next_numbers("L", len(missing)) if missing else []
    fresh = [
        Listing(
            number=number,
            channel=places.channels[shop],
            product=places.products[product],
            status=ListingStatus.NEW,
            created_at=at,
            updated_at=at,
        )
        for number, (shop, product) in zip(numbers, missing, strict=True)
    ]
    Listing.objects.bulk_create(fresh, ignore_conflicts=True)
    pks = [
        pk
        for pk, shop, product in places.listings().values_list("pk", "channel__code", "product__code")
        if (shop, product) in wanted
    ]
    found: dict[Place, Listing] = {}
    products = {product.pk: product for product in places.products.values()}
    for listing in lock_listings(Listing.objects.filter(pk__in=pks)).values():
        listing.product = products[listing.product_id]
        found[listing.channel.code, listing.product.code] = listing
    ours = set(numbers)
    record_moves(
        [
            move_record(LISTING_MOVES.kind, listing.number, "", listing.status, actor=actor, at=at)
            for listing in found.values()
            if listing.number in ours
        ]
    )
    return found


def begin(
    wanted: Sequence[tuple[int, Listing]],
    content: Callable[[int, Listing], dict[str, Any]],
    outcome: Outcome[ListingVersion],
    *,
    actor: Principal,
    at: datetime,
) -> None:
    """Begin a version of each locked listing that has none open; refuse the others by index."""
    of = Q(listing__in={listing.pk for _index, listing in wanted})
    last: dict[int, int] = defaultdict(int)
    last |= dict(ListingVersion.objects.filter(of).values_list("listing").annotate(last=Max("version")))
    standing = dict(
        ListingVersion.objects.filter(of, status__in=sorted(OPEN_VERSIONS)).values_list("listing", "number")
    )
    for index, listing in wanted:
        if listing.pk in standing:
            detail = _("%(number)s is on its way; finish or discard it first.")
            outcome.refused.append((index, OpenVersion(detail, number=standing[listing.pk])))
            continue
        last[listing.pk] += 1
        version = ListingVersion(
            number=f"{listing.number}-{last[listing.pk]}",
            listing=listing,
            version=last[listing.pk],
            status=VersionStatus.DRAFT,
            content=content(index, listing),
            writers=[] if actor.user_id is None else [actor.user_id],
            owner_id=actor.user_id,
            created_at=at,
            updated_at=at,
        )
        standing[listing.pk] = version.number
        outcome.done.append(version)
    outcome.refused.sort(key=lambda pair: pair[0])
    ListingVersion.objects.bulk_create(outcome.done)
    record_moves(
        [
            move_record(VERSION_MOVES.kind, version.number, "", version.status, actor=actor, at=at)
            for version in outcome.done
        ]
    )


@operation
def delist_listings(
    numbers: Sequence[str], *, reason: str, actor: Principal, at: datetime
) -> Outcome[Listing]:
    """Take listings off the shelf and say why. Refuses ReasonNeeded, NoSuchListing, IllegalMove, RoleMayNotMove."""
    if not reason.strip():
        refusal = ReasonNeeded(_("Say why it is taken off the shelf."))
        return Outcome(refused=[(index, refusal) for index in range(len(numbers))])
    listings = listings_named(numbers)
    return shelve(numbers, ListingStatus.OFF, listings, {}, reason=reason.strip(), actor=actor, at=at)


@operation
def relist_listings(numbers: Sequence[str], *, actor: Principal, at: datetime) -> Outcome[Listing]:
    """Put delisted listings back with the version that was approved last.

    Refuses NoSuchListing, IllegalMove, RoleMayNotMove, and what the floors above refuse (``before_publication``).
    """
    listings = listings_named(numbers)
    off = {each.live_id: each.number for each in listings.values() if each.status == ListingStatus.OFF}
    versions = ListingVersion.objects.filter(pk__in=list(off)).select_related(
        "listing__channel", "listing__product"
    )
    vetoes = vetoes_of(list(versions.order_by("pk")), actor=actor, at=at)
    refused = {off[pk]: refusal for pk, refusal in vetoes.items()}
    return shelve(numbers, ListingStatus.LIVE, listings, refused, actor=actor, at=at)


def listings_named(numbers: Sequence[str]) -> dict[str, Listing]:
    """Lock listings and return them by number."""
    locked = lock_listings(Listing.objects.filter(number__in=set(numbers)))
    return {listing.number: listing for listing in locked.values()}


def shelve(
    numbers: Sequence[str],
    to: ListingStatus,
    listings: dict[str, Listing],
    refused: dict[str, Refused],
    *,
    actor: Principal,
    at: datetime,
    reason: str = "",
) -> Outcome[Listing]:
    """Move locked listings but those that are ``refused`` by number."""
    outcome: Outcome[Listing] = Outcome()
    going: list[tuple[int, Listing]] = []
    for index, number in enumerate(numbers):
        if number not in listings:
            detail = _("There is no listing %(number)s.")
            outcome.refused.append((index, NoSuchListing(detail, number=number)))
        elif number in refused:
            outcome.refused.append((index, refused[number]))
        else:
            going.append((index, listings[number]))
    moved = move_all(
        [listing for _index, listing in going], to, table=LISTING_MOVES, actor=actor, at=at, reason=reason
    )
    outcome.done = moved.done
    outcome.refused += [(going[place][0], refusal) for place, refusal in moved.refused]
    outcome.refused.sort(key=lambda pair: pair[0])
    return outcome
