"""Versions are checked by one and approved by another, neither of whom wrote in them; or they go back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, cast

from django.utils.translation import gettext_lazy as _

from catalog.choices import LISTING_MOVES, ListingStatus, VersionStatus
from catalog.contents import content_of
from catalog.drafts import ApprovalDraft, PriceDraft, ReturnDraft
from catalog.models import Listing, ListingComment, ListingVersion, Sku
from catalog.operations.matching import keep_offered
from catalog.operations.prices import BelowFloor, set_prices
from catalog.operations.versions import (
    APPROVALS,
    RETURNED,
    ReasonNeeded,
    hand_to,
    lock_listings_of,
    move,
    nobody,
    pick,
    refuse_each,
    set_clocks,
)
from catalog.operations.writing import CLOCKS, comment_on, refuse_unready, unable_to_say
from catalog.queries.checks import is_below_floor
from catalog.signals import before_publication
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused, raise_first
from ops_portal.lib.states import Picked, move_all

LONGEST_REASON: Final = 200  # of a price; the version keeps the whole


class OwnWork(Refused):
    """Nobody checks or approves what he wrote in."""

    code = "own_work"


class SamePerson(Refused):
    """The check and the approval are two people's."""

    code = "same_person"


class PersonNeeded(Refused):
    """A check or an approval is a person's, not a machine's."""

    code = "person_needed"


@operation
def check_versions(numbers: Sequence[str], *, actor: Principal, at: datetime) -> Outcome[ListingVersion]:
    """Pass versions on to their approval: they are complete and right.

    Refuses NoSuchVersion, IllegalMove, RoleMayNotMove, PersonNeeded, OwnWork.
    """
    picked = pick(
        numbers,
        VersionStatus.CHECKED,
        actor=actor,
        checks=(lambda version: not_a_person(actor) or own_work(version, actor),),
    )
    versions = picked.documents
    for version in versions:
        version.checker_id = actor.user_id
    set_clocks(versions, APPROVALS, at=at)
    hand_to(versions, nobody, actor=actor, at=at)
    ListingVersion.objects.bulk_update(versions, ["checker", *CLOCKS])
    move(versions, VersionStatus.CHECKED, actor=actor, at=at)
    return picked.outcome()


@operation
def approve_versions(
    drafts: Sequence[ApprovalDraft], *, actor: Principal, at: datetime
) -> Outcome[ListingVersion]:
    """Approve versions for good: they become what buyers see, and their prices count from ``at``.

    A listing that isn't live yet goes live; one that was delisted stays so until it is relisted. Refuses
    NoSuchVersion, IllegalMove, RoleMayNotMove, PersonNeeded, OwnWork, SamePerson, NotReady, BelowFloor, and what
    the floors above refuse (``before_publication``).
    """
    numbers = [draft.number for draft in drafts]
    listings = lock_listings_of(numbers)
    picked = pick(
        numbers,
        VersionStatus.APPROVED,
        actor=actor,
        checks=(
            lambda version: not_a_person(actor) or own_work(version, actor) or same_person(version, actor),
        ),
    )
    refuse_unready(picked, at=at)
    refuse_unreasoned(picked, drafts)
    refuse_vetoed(picked, actor=actor, at=at)
    versions = picked.documents
    for index, version in picked.ready.items():
        version.approver_id, version.approved_at = actor.user_id, at
        version.floor_reason = drafts[index].floor_reason.strip()
    set_clocks(versions, None, at=at)
    ListingVersion.objects.bulk_update(versions, ["approver", "approved_at", "floor_reason", *CLOCKS])
    move(versions, VersionStatus.APPROVED, actor=actor, at=at)
    put_live([(listings[version.listing_id], version) for version in versions], actor=actor, at=at)
    prices = [draft for version in versions for draft in price_of(version)]
    raise_first(set_prices(prices, is_approved=True, actor=actor, at=at).refused)
    keep_offered(offered_codes(versions), actor=actor, at=at)
    return picked.outcome()


@operation
def return_versions(
    drafts: Sequence[ReturnDraft], *, actor: Principal, at: datetime
) -> Outcome[ListingVersion]:
    """Give versions back to whoever wrote in them last, with what is to be changed.

    Refuses NoSuchVersion, IllegalMove, RoleMayNotMove, ReasonNeeded, CommentEmpty.
    """
    picked = pick([draft.number for draft in drafts], VersionStatus.RETURNED, actor=actor)
    refuse_each(
        picked,
        {
            index: refusal
            for index in picked.ready
            if (refusal := unable_to_return(drafts[index], picked.ready[index])) is not None
        },
    )
    versions = picked.documents
    comments = [
        comment_on(version, field, text, actor=actor, at=at)
        for index, version in picked.ready.items()
        for field, text in drafts[index].comments
    ]
    for version in versions:
        version.checker = None
    set_clocks(versions, RETURNED, at=at)
    hand_to(versions, last_writer, actor=actor, at=at)
    ListingVersion.objects.bulk_update(versions, ["checker", *CLOCKS])
    ListingComment.objects.bulk_create(comments)
    for index, version in picked.ready.items():
        move([version], VersionStatus.RETURNED, actor=actor, at=at, reason=drafts[index].reason.strip())
    return picked.outcome()


def unable_to_return(draft: ReturnDraft, version: ListingVersion) -> Refused | None:
    """Return why the version can't go back like this, or None."""
    if not draft.reason.strip() and not draft.comments:
        return ReasonNeeded(_("Say what is to be changed in %(number)s."), number=version.number)
    return next((no for _field, text in draft.comments if (no := unable_to_say(text)) is not None), None)


def last_writer(version: ListingVersion) -> int | None:
    """Return who wrote in the version last."""
    return version.writers[-1] if version.writers else None


def not_a_person(actor: Principal) -> Refused | None:
    """Return the refusal of a check by nobody, or None."""
    return None if actor.user_id is not None else PersonNeeded(_("A listing is approved by people."))


def own_work(version: ListingVersion, actor: Principal) -> Refused | None:
    """Return the refusal of whoever wrote in the version, or None."""
    if actor.user_id not in version.writers:
        return None
    return OwnWork(_("You wrote in %(number)s; somebody else has to look at it."), number=version.number)


def same_person(version: ListingVersion, actor: Principal) -> Refused | None:
    """Return the refusal of whoever checked the version, or None."""
    if actor.user_id != version.checker_id:
        return None
    detail = _("You checked %(number)s; the final approval is somebody else's.")
    return SamePerson(detail, number=version.number)


def refuse_unreasoned(picked: Picked[ListingVersion], drafts: Sequence[ApprovalDraft]) -> None:
    """Take out the versions with a price below its floor for which nobody gives a reason."""
    low = below_floor(picked.documents)
    detail = _("%(number)s offers %(names)s below the floor price; say why that is right.")
    refuse_each(
        picked,
        {
            index: BelowFloor(detail, number=version.number, names=", ".join(low[version.pk]))
            for index, version in picked.ready.items()
            if low[version.pk] and not drafts[index].floor_reason.strip()
        },
    )


def below_floor(versions: Sequence[ListingVersion]) -> dict[int, list[str]]:
    """Return which SKUs each version offers below their floor price, by the version's id."""
    contents = {version.pk: content_of(version.content) for version in versions}
    codes = {offered.sku_code for content in contents.values() for offered in content.skus}
    skus = {sku.code: sku for sku in Sku.objects.filter(code__in=codes, floor_price__isnull=False)}
    return {
        pk: [
            offered.sku_code
            for offered in content.skus
            if offered.sku_code in skus and is_below_floor(offered, skus[offered.sku_code])
        ]
        for pk, content in contents.items()
    }


def price_of(version: ListingVersion) -> list[PriceDraft]:
    """Return the prices that an approved version brings to its shop."""
    return [
        PriceDraft(
            offered.sku_code,
            offered.price,
            version.listing.channel.code,
            reason=version.floor_reason[:LONGEST_REASON],
        )
        for offered in content_of(version.content).skus
        if offered.price is not None
    ]


def offered_codes(versions: Sequence[ListingVersion]) -> list[tuple[int, str, str, Sku]]:
    """Return the codes that shops are to use for our SKUs: shop's id, code, title, SKU."""
    offered = [
        (version.listing.channel_id, each.channel_code, version.content["title"], each.sku_code)
        for version in versions
        for each in content_of(version.content).skus
        if each.channel_code and each.channel_code != each.sku_code
    ]
    skus = (
        {sku.code: sku for sku in Sku.objects.filter(code__in={each[3] for each in offered})}
        if offered
        else {}
    )
    return [(channel_id, code, title, skus[sku_code]) for channel_id, code, title, sku_code in offered]


def refuse_vetoed(picked: Picked[ListingVersion], *, actor: Principal, at: datetime) -> None:
    """Take out the versions that a floor above doesn't let buyers see."""
    vetoes = vetoes_of(picked.documents, actor=actor, at=at)
    refuse_each(
        picked, {index: vetoes[version.pk] for index, version in picked.ready.items() if version.pk in vetoes}
    )


def vetoes_of(versions: Sequence[ListingVersion], *, actor: Principal, at: datetime) -> dict[int, Refused]:
    """Ask the floors above which versions buyers may not see; return why, by the version's id."""
    vetoes: dict[int, Refused] = {}
    if versions:
        for _receiver, answer in before_publication.send(
            ListingVersion, versions=versions, actor=actor, at=at
        ):
            vetoes |= cast(dict[int, Refused], answer)
    return vetoes


def put_live(pairs: Sequence[tuple[Listing, ListingVersion]], *, actor: Principal, at: datetime) -> None:
    """Make approved versions what buyers see of their locked listings."""
    for listing, version in pairs:
        listing.live, listing.updated_at = version, at
    listings = [listing for listing, _version in pairs]
    Listing.objects.bulk_update(listings, ["live", "updated_at"])
    fresh = [listing for listing in listings if listing.status == ListingStatus.NEW]
    for _index, refusal in move_all(
        fresh, ListingStatus.LIVE, table=LISTING_MOVES, actor=actor, at=at
    ).refused:
        raise refusal
