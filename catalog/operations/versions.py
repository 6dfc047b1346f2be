"""What every verb of a listing's version needs: locks, refusals, owners and clocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from catalog.choices import APPROVE, CHECK, VERSION_MOVES, VersionStatus
from catalog.models import Listing, ListingVersion
from ops_portal.desk.models import Handover
from ops_portal.desk.queries import team_calendars
from ops_portal.lib.clocks import working_deadline
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import NoSuch, Refused, raise_first
from ops_portal.lib.rows import insert_rows
from ops_portal.lib.states import Picked, lock_numbered, move_all, pick_locked, unable_to_move

KIND: Final = "listing"  # as the desk names a version
CHECKS, APPROVALS, RETURNED = "listing_check", "listing_approve", "listing_returned"
WITHIN: Final[dict[str, timedelta]] = {CHECKS: CHECK, APPROVALS: APPROVE}
Check = Callable[[ListingVersion], Refused | None]


class NoSuchVersion(NoSuch):
    """The version does not exist."""

    code = "no_such_version"
    sentence = _("There is no version %(number)s.")


class NoSuchListing(Refused):
    """The listing does not exist."""

    code = "no_such_listing"
    status_code = 404


class ReasonNeeded(Refused):
    """Whoever does this says why."""

    code = "reason_needed"


def refuse_each(picked: Picked[ListingVersion], refusals: Mapping[int, Refused]) -> None:
    """Take versions out, by the draft's index."""
    for index, refusal in refusals.items():
        picked.refuse(index, refusal)


def lock_versions(numbers: Iterable[str]) -> dict[str, ListingVersion]:
    """Lock versions in primary-key order and return them by number, with their listing, shop and product."""
    whole = ListingVersion.objects.select_related("listing__channel", "listing__product__category")
    return lock_numbered(whole, numbers)


def lock_listings(found: Any) -> dict[int, Listing]:
    """Lock the listings that ``found`` selects in primary-key order and return them by id."""
    locked = found.select_related("channel").order_by("pk").select_for_update(no_key=True, of=("self",))
    return {listing.pk: listing for listing in locked}


def lock_listings_of(numbers: Iterable[str]) -> dict[int, Listing]:
    """Lock the listings of versions, named by the versions' numbers."""
    versions = ListingVersion.objects.filter(number__in=set(numbers))
    return lock_listings(Listing.objects.filter(pk__in=versions.values("listing")))


def pick(
    numbers: Sequence[str], to: VersionStatus, *, actor: Principal, checks: Sequence[Check] = ()
) -> Picked[ListingVersion]:
    """Lock versions and tell those that may move to ``to`` from those that may not. One named again is refused."""

    def unable(_index: int, version: ListingVersion) -> Refused | None:
        refusal = unable_to_move(version, to, table=VERSION_MOVES, actor=actor)
        return refusal or next((no for check in checks if (no := check(version)) is not None), None)

    return pick_locked(lock_versions(numbers), numbers, to, missing=NoSuchVersion, unable=unable)


def move(
    versions: Sequence[ListingVersion], to: VersionStatus, *, actor: Principal, at: datetime, reason: str = ""
) -> None:
    """Move versions that ``pick`` has passed."""
    outcome = move_all(versions, to, table=VERSION_MOVES, actor=actor, at=at, reason=reason)
    raise_first(outcome.refused)
    for version in outcome.done:
        version.updated_at = at


def set_clocks(versions: Sequence[ListingVersion], queue: str | None, *, at: datetime) -> None:
    """Give versions that enter ``queue`` its time, or none; what is to be written is left to the caller."""
    within = WITHIN.get(queue or "")
    due = None
    if queue and within and versions:
        due = working_deadline(at, within, team_calendars([queue])[queue])
    for version in versions:
        version.due_at, version.paused_at, version.time_left = due, None, None


def hand_to(
    versions: Sequence[ListingVersion],
    owner_of: Callable[[ListingVersion], int | None],
    *,
    actor: Principal,
    at: datetime,
) -> None:
    """Give locked versions to their next owners, or to the queue; writing them is left to the caller."""
    handovers = []
    for version in versions:
        owner = owner_of(version)
        if owner != version.owner_id:
            handovers.append(
                {
                    "document_kind": KIND,
                    "document_number": version.number,
                    "from_user_id": version.owner_id,
                    "to_user_id": owner,
                    "reason": "",
                    "actor": str(actor),
                    "at": at,
                }
            )
            version.owner_id = owner
    insert_rows(Handover, handovers)


def nobody(version: ListingVersion) -> None:
    """Leave a version to its queue."""
