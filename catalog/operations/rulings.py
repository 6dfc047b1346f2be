"""What rules did with listings waits to be seen by whoever is responsible for them, and is told once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.choices import OPEN_RULINGS, RULING_MOVES, ListingStatus, RulingStatus
from catalog.models import Listing, ListingRuling
from ops_portal.accounts.models import User
from ops_portal.lib.numbers import next_numbers
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import NoSuch, Outcome, raise_first
from ops_portal.lib.states import move_all, move_record, pick, record_moves, unable_to_move

WORK: Final = "catalog.write_listing"
NOTE_LENGTH: Final = 500
TOLD: Final = (RulingStatus.OFF, RulingStatus.BACK)
R = RulingStatus


class NoSuchRuling(NoSuch):
    """No rule moved a listing under this number."""

    code = "no_such_ruling"
    sentence = _("No rule moved a listing under %(number)s.")


@dataclass(frozen=True, slots=True)
class SeenDraft:
    """Somebody knows what a rule did with a listing, and says what is done about it."""

    number: str
    note: str = ""


def note_rulings(
    taken: Mapping[int, tuple[str, int]], back: Collection[int], *, actor: Principal, at: datetime
) -> None:
    """Note which listings rules took off the shelf, each with (cause, hours), and which they put back.

    What was taken off and is on the shelf by somebody's hand is over. Called by the sweep, which holds the listings.
    """
    by_hand = Q(status__in=(R.OFF, R.KNOWN), listing__status=ListingStatus.LIVE)
    wanted = Q(listing__in={*taken, *back}) | by_hand
    standing = list(
        ListingRuling.objects.filter(wanted, status__in=sorted(OPEN_RULINGS))
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    returned = [each for each in standing if each.listing_id in back and each.status != R.BACK]
    again = [each for each in standing if each.listing_id in taken and each.status == R.BACK]
    over = [each for each in standing if each.listing_id not in back and each.status != R.BACK]
    for ruling in returned:
        ruling.back_at, ruling.told_at = at, None
    for ruling in again:
        ruling.cause, ruling.hours = taken[ruling.listing_id]
        ruling.opened_at, ruling.back_at, ruling.told_at = at, None, None
        ruling.acknowledged_by_id, ruling.note = None, ""
    changed = ["cause", "hours", "opened_at", "back_at", "told_at", "acknowledged_by", "note"]
    # A ruling that was put back keeps saying when until it has moved: the database asks for it.
    ListingRuling.objects.bulk_update(returned, changed)
    move_all(returned, R.BACK, table=RULING_MOVES, actor=actor, at=at)
    move_all(again, R.OFF, table=RULING_MOVES, actor=actor, at=at)
    ListingRuling.objects.bulk_update(again, changed)
    ListingRuling.objects.filter(pk__in=[each.pk for each in over], told_at=None).update(told_at=at)
    move_all(over, R.OVER, table=RULING_MOVES, actor=actor, at=at)
    known = {each.listing_id for each in again}
    open_rulings({pk: why for pk, why in taken.items() if pk not in known}, actor=actor, at=at)


def open_rulings(taken: Mapping[int, tuple[str, int]], *, actor: Principal, at: datetime) -> None:
    """Open a ruling for each listing, owned by whoever wrote it last where he still works on it."""
    if not taken:
        return
    owners = responsible_for(taken)
    numbers = next_numbers("LR", len(taken))
    rulings = [
        ListingRuling(
            number=number,
            listing_id=pk,
            cause=cause,
            hours=hours,
            status=R.OFF,
            opened_at=at,
            owner_id=owners.get(pk),
            updated_at=at,
        )
        for number, (pk, (cause, hours)) in zip(numbers, sorted(taken.items()), strict=True)
    ]
    ListingRuling.objects.bulk_create(rulings)
    kind = RULING_MOVES.kind
    record_moves(
        [
            move_record(
                kind, each.number, "", each.status, actor=actor, at=at, reason=each.get_cause_display()
            )
            for each in rulings
        ]
    )


def responsible_for(listing_ids: Collection[int]) -> dict[int, int]:
    """Return who wrote last in the version that buyers saw, by listing, where he is here and may still write it."""
    rows = Listing.objects.filter(pk__in=listing_ids, live__isnull=False)
    writers = {pk: written[-1] for pk, written in rows.values_list("pk", "live__writers") if written}
    people = User.objects.in_bulk(set(writers.values()))
    found: dict[int, int] = {}
    for user_id, user in people.items():
        if user.is_active and user.has_perm(WORK):
            own = [pk for pk, writer in writers.items() if writer == user_id]
            seen = Listing.objects.visible_to(user).filter(pk__in=own).values_list("pk", flat=True)
            found.update(dict.fromkeys(seen, user_id))
    return found


@operation
def acknowledge_rulings(
    drafts: Sequence[SeenDraft], *, actor: Principal, at: datetime
) -> Outcome[ListingRuling]:
    """Note that somebody has seen what rules did; what was taken off stays quiet until it is put back.

    Refuses NoSuchRuling, IllegalMove, RoleMayNotMove.
    """
    picked = pick(
        ListingRuling.objects.all(),
        [draft.number for draft in drafts],
        R.KNOWN,
        missing=NoSuchRuling,
        unable=lambda _index, ruling: unable_to_move(ruling, seen(ruling), table=RULING_MOVES, actor=actor),
    )
    for index, ruling in picked.ready.items():
        ruling.acknowledged_by_id, ruling.note = actor.user_id, drafts[index].note.strip()[:NOTE_LENGTH]
        ruling.told_at = ruling.told_at or at
    ListingRuling.objects.bulk_update(picked.documents, ["acknowledged_by", "note", "told_at"])
    for there in (R.KNOWN, R.SEEN):
        going = [ruling for ruling in picked.documents if seen(ruling) == there]
        raise_first(move_all(going, there, table=RULING_MOVES, actor=actor, at=at).refused)
    return picked.outcome()


def seen(ruling: ListingRuling) -> RulingStatus:
    """Return what a ruling becomes that somebody has seen."""
    return R.SEEN if ruling.status == R.BACK else R.KNOWN


@operation
def claim_untold_rulings(*, actor: Principal, at: datetime) -> list[int]:
    """Mark what nobody was told of yet as told, and return what still waits to be seen: each is told once."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalog_listingruling SET told_at = %s WHERE id IN ("
            " SELECT id FROM catalog_listingruling WHERE told_at IS NULL ORDER BY id FOR NO KEY UPDATE"
            ") AND told_at IS NULL RETURNING id, status",
            [at],
        )
        return sorted(pk for pk, status in cursor.fetchall() if status in TOLD)


@operation
def give_back_untold_rulings(pks: Sequence[int], *, actor: Principal, at: datetime) -> None:
    """Let people be told of these later, because no message of them got out."""
    locked = ListingRuling.objects.filter(pk__in=pks).order_by("pk").select_for_update(no_key=True)
    ListingRuling.objects.filter(pk__in=[each.pk for each in locked]).update(told_at=None)
