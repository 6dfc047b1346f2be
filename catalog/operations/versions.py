"""What every verb of a listing's version needs: locks, refusals, owners and clocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from catalog.choices import APPROVE, CHECK, VERSION_MOVES, VersionStatus
from catalog.models import Listing, ListingVersion
from ops_portal.desk.models import Handover
from ops_portal.desk.queries import team_calendars
from ops_portal.lib.clocks import working_deadline
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.rows import insert_rows
from ops_portal.lib.states import RoleMayNotMove, illegal_move, move_all

KIND: Final = "listing"  # as the desk names a version
CHECKS, APPROVALS, RETURNED = "listing_check", "listing_approve", "listing_returned"
WITHIN: Final[dict[str, timedelta]] = {CHECKS: CHECK, APPROVALS: APPROVE}
Check = Callable[[ListingVersion], Refused | None]


class NoSuchVersion(Refused):
    """The version does not exist."""

    code = "no_such_version"
    status_code = 404


class NoSuchListing(Refused):
    """The listing does not exist."""

    code = "no_such_listing"
    status_code = 404


class ReasonNeeded(Refused):
    """Whoever does this says why."""

    code = "reason_needed"


class Picked:
    """Refusals by draft, and the versions that are still to be worked, each once, by the draft's index."""

    def __init__(self) -> None:
        self.by_index: dict[int, Refused] = {}
        self.ready: dict[int, ListingVersion] = {}

    @property
    def versions(self) -> list[ListingVersion]:
        """Return the versions that may go on, in the sequence of the drafts."""
        return [self.ready[index] for index in sorted(self.ready)]

    def refuse(self, refusals: dict[int, Refused]) -> None:
        """Take versions out, by the draft's index."""
        for index, refusal in refusals.items():
            self.by_index[index] = refusal
            self.ready.pop(index, None)

    def outcome(self) -> Outcome[ListingVersion]:
        """Return what was done, and the refusals in the sequence of the drafts."""
        return Outcome(self.versions, sorted(self.by_index.items()))


def lock_versions(numbers: Iterable[str]) -> dict[str, ListingVersion]:
    """Lock versions in primary-key order and return them by number, with their listing, shop and product."""
    locked = (
        ListingVersion.objects.filter(number__in=set(numbers))
        .select_related("listing__channel", "listing__product__category")
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    return {version.number: version for version in locked}


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
) -> Picked:
    """Lock versions and tell those that may move to ``to`` from those that may not. One named again is refused."""
    versions = lock_versions(numbers)
    picked = Picked()
    for index, number in enumerate(numbers):
        version = versions.get(number)
        if version is None:
            picked.by_index[index] = no_such_version(number)
            continue
        refusal = unable(version, to, actor)
        if refusal is None and any(version is other for other in picked.ready.values()):
            refusal = illegal_move(version, to)
        refusal = refusal or next((no for check in checks if (no := check(version)) is not None), None)
        if refusal is None:
            picked.ready[index] = version
        else:
            picked.by_index[index] = refusal
    return picked


def no_such_version(number: str) -> NoSuchVersion:
    """Return the refusal that names what isn't there."""
    return NoSuchVersion(_("There is no version %(number)s."), number=number)


def unable(version: ListingVersion, to: VersionStatus, actor: Principal) -> Refused | None:
    """Return why ``actor`` can't move the version to ``to``, or None."""
    arrow = VERSION_MOVES.find(version.status, to)
    if arrow is None:
        return illegal_move(version, to)
    if not actor.may(arrow.roles):
        detail = _("Your role may not move %(number)s from “%(here)s” to “%(there)s”.")
        labels = dict(VersionStatus.choices)
        here, there = str(labels[VersionStatus(version.status)]), str(labels[to])
        return RoleMayNotMove(detail, number=version.number, here=here, there=there)
    return None


def move(
    versions: Sequence[ListingVersion], to: VersionStatus, *, actor: Principal, at: datetime, reason: str = ""
) -> None:
    """Move versions that ``pick`` has passed."""
    outcome = move_all(versions, to, table=VERSION_MOVES, actor=actor, at=at, reason=reason)
    for _index, refusal in outcome.refused:
        raise refusal
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
