"""Listings that are worked over, from why to what came of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, cast

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from analytics.choices import OPTIMISATION_MOVES, OPTIMISERS, Cause, OptimisationStatus, Verdict
from analytics.drafts import ConclusionDraft, OptimisationDraft
from analytics.models import Optimisation
from analytics.queries.optimisations import Effect, effect_of, version_after
from catalog.models import Listing
from ops_portal.lib.numbers import next_numbers
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import NoSuch, Outcome, Refused, raise_first
from ops_portal.lib.states import (
    Picked,
    RoleMayNotMove,
    move_all,
    move_record,
    pick,
    record_moves,
    unable_to_move,
)

KIND: Final = OPTIMISATION_MOVES.kind
S = OptimisationStatus


class NoSuchOptimisation(NoSuch):
    """There is no optimisation of this number."""

    code = "no_such_optimisation"
    sentence = _("There is no optimisation %(number)s.")


class NotLive(Refused):
    """Nobody can do better what buyers have never seen."""

    code = "not_live"


class UnderWay(Refused):
    """The listing is worked over already."""

    code = "optimisation_under_way"


class UnknownWord(Refused):
    """A cause or a verdict that there is not."""

    code = "unknown_word"


class NothingNew(Refused):
    """Buyers still see the version before; there is nothing to compare it with."""

    code = "nothing_new"


@operation
def open_optimisations(
    drafts: Sequence[OptimisationDraft], *, actor: Principal, at: datetime
) -> Outcome[Optimisation]:
    """Begin to work listings over; the version that is live now is what they are compared with.

    Whoever opens it owns it. Refuses RoleMayNotMove, NotLive, UnderWay, UnknownWord.
    """
    listings = lock_listings({draft.listing_number for draft in drafts})
    open_ones = Optimisation.objects.filter(listing__in=listings.values(), status=S.OPEN)
    taken = set(open_ones.values_list("listing", flat=True))
    outcome: Outcome[Optimisation] = Outcome()
    fresh: list[Optimisation] = []
    for index, draft in enumerate(drafts):
        listing = listings.get(draft.listing_number)
        refusal = unable_to_open(draft, listing, taken, actor)
        if listing is None or refusal is not None:
            outcome.refused.append((index, refusal or not_live(draft.listing_number)))
            continue
        taken.add(listing.pk)
        fresh.append(
            Optimisation(
                listing=listing,
                cause=draft.cause,
                note=draft.note.strip()[:500],
                status=S.OPEN,
                before_id=cast(int, listing.live_id),  # whatever was never live is refused
                owner_id=actor.user_id,
                created_at=at,
                updated_at=at,
            )
        )
    for each, number in zip(fresh, next_numbers("OT", len(fresh)), strict=True):
        each.number = number
    outcome.done = Optimisation.objects.bulk_create(fresh)
    record_moves(
        [move_record(KIND, each.number, "", S.OPEN, actor=actor, at=at, reason=each.note) for each in fresh]
    )
    return outcome


def lock_listings(numbers: Collection[str]) -> dict[str, Listing]:
    """Lock listings in primary-key order and return them by number."""
    locked = (
        Listing.objects.filter(number__in=numbers).order_by("pk").select_for_update(no_key=True, of=("self",))
    )
    return {listing.number: listing for listing in locked}


def unable_to_open(
    draft: OptimisationDraft, listing: Listing | None, taken: set[int], actor: Principal
) -> Refused | None:
    """Return why a listing can't be worked over, or None."""
    if not actor.may(OPTIMISERS):
        return RoleMayNotMove(_("Your role doesn't work on listings."))
    if draft.cause not in Cause.values:
        return UnknownWord(_("Say why the listing is worked over."))
    if listing is None or listing.live_id is None:
        return not_live(draft.listing_number)
    if listing.pk in taken:
        return UnderWay(_("%(number)s is worked over already."), number=listing.number)
    return None


def not_live(number: str) -> NotLive:
    """Return the refusal that names the listing."""
    return NotLive(_("%(number)s was never live; there is nothing to compare with."), number=number)


@operation
def conclude_optimisations(
    drafts: Sequence[ConclusionDraft], *, actor: Principal, at: datetime
) -> Outcome[Optimisation]:
    """Say what came of it; both versions and the figures of both are kept as they are now.

    Refuses NoSuchOptimisation, UnknownWord, NothingNew, IllegalMove, RoleMayNotMove.
    """
    effects: dict[int, Effect] = {}

    def unable(index: int, each: Optimisation) -> Refused | None:
        if (refusal := unable_to_move(each, S.DONE, table=OPTIMISATION_MOVES, actor=actor)) is not None:
            return refusal
        if drafts[index].verdict not in Verdict.values:
            return UnknownWord(_("Say whether it is better than before."))
        effect = effect_of(each, at=at)
        if effect is None:
            return NothingNew(_("Buyers still see the version before; nothing can be compared yet."))
        effects[index] = effect
        return None

    picked = pick(
        whole(), [draft.number for draft in drafts], S.DONE, missing=NoSuchOptimisation, unable=unable
    )
    for index, each in picked.ready.items():
        draft = drafts[index]
        each.after, each.figures = version_after(each), effects[index].as_json()
        each.verdict, each.conclusion = draft.verdict, draft.conclusion.strip()[:500]
    Optimisation.objects.bulk_update(picked.documents, ["after", "figures", "verdict", "conclusion"])
    return finish(picked, S.DONE, actor=actor, at=at)


@operation
def drop_optimisations(
    numbers: Sequence[str], *, reason: str, actor: Principal, at: datetime
) -> Outcome[Optimisation]:
    """Give up working listings over. Refuses NoSuchOptimisation, IllegalMove, RoleMayNotMove."""
    picked = pick(
        whole(),
        numbers,
        S.DROPPED,
        missing=NoSuchOptimisation,
        unable=lambda _index, each: unable_to_move(each, S.DROPPED, table=OPTIMISATION_MOVES, actor=actor),
    )
    return finish(picked, S.DROPPED, actor=actor, at=at, reason=reason.strip()[:500])


def whole() -> QuerySet[Optimisation]:
    """Return optimisations with their listings and versions."""
    return Optimisation.objects.select_related("listing__live", "listing__channel", "after")


def finish(
    picked: Picked[Optimisation], to: str, *, actor: Principal, at: datetime, reason: str = ""
) -> Outcome[Optimisation]:
    """Move what may go."""
    moved = move_all(picked.documents, to, table=OPTIMISATION_MOVES, actor=actor, at=at, reason=reason)
    raise_first(moved.refused)
    return picked.outcome()
