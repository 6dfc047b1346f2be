"""Listings go off the shelf and come back by rule: what a rule took off it puts back, what a person took off never."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from catalog.choices import DelistCause, ListingStatus
from catalog.models import Listing, ListingRule, ListingRuleHit
from catalog.operations.listings import delist_listings, relist_listings
from catalog.operations.rulings import note_rulings
from catalog.operations.versions import lock_listings
from catalog.queries.listing_causes import Held, causes_now, last_moves
from ops_portal.lib.models import StateMove
from ops_portal.lib.principals import Principal, operation
from ops_portal.outbox.drafts import EventDraft
from ops_portal.outbox.operations import recording as outbox

RULING: Final = 4_420_026_002  # the lock under which the rules are applied once at a time
REASONS: Final[Mapping[str, Any]] = {
    DelistCause.SOLD_OUT: _("By rule: everything that it offers is sold out."),
    DelistCause.STOP_SALE: _("By rule: everything that is left is past its last day of sale."),
    DelistCause.LICENCE: _("By rule: no contract covers the brand in this shop any more."),
}


@dataclass(frozen=True, slots=True)
class Applied:
    """The numbers of the listings that went off the shelf, and of those that came back."""

    delisted: tuple[str, ...]
    relisted: tuple[str, ...]


class Rules:
    """The rule of each shop and cause: its own, or that of all shops without one."""

    def __init__(self) -> None:
        self.rules = {(rule.channel_id, rule.cause): rule for rule in ListingRule.objects.order_by("pk")}

    def of(self, listing: Listing, cause: str) -> ListingRule | None:
        """Return the rule that is on for a listing, or None."""
        own = self.rules.get((listing.channel_id, cause)) or self.rules.get((None, cause))
        return own if own is not None and own.is_on else None


@operation
def apply_listing_rules(*, actor: Principal, at: datetime) -> Applied:
    """Take off the shelf the listings of which a cause has held for the hours of its rule; put back what is over.

    Put back is only what a rule took off and nobody moved since, once no cause with a rule holds any more and the
    floors above let it (``before_publication``); else it is tried again. Whoever puts a listing back by hand while
    its cause holds is not overruled until the cause has been over.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [RULING])
    rules, now = Rules(), causes_now(at)
    standing = list(ListingRuleHit.objects.order_by("pk"))
    pks = {pk for pk, _cause in now} | {hit.listing_id for hit in standing}
    listings = {each.pk: each for each in Listing.objects.filter(pk__in=pks).order_by("pk")}
    begun = begin_hits(now, standing, listings, rules, at)
    holding = [hit for hit in (*standing, *begun) if (hit.listing_id, hit.cause) in now]
    over = [hit for hit in standing if (hit.listing_id, hit.cause) not in now]
    due = [hit for hit in holding if is_due(hit, listings[hit.listing_id], rules, at)]
    moves = last_moves({listings[hit.listing_id].number for hit in over if hit.delisted_at is not None})
    back = [hit for hit in over if may_come_back(hit, listings[hit.listing_id], rules, moves)]
    ready = [hit for hit in back if not is_held(listings[hit.listing_id], now, rules)]
    locked = lock_listings(Listing.objects.filter(pk__in={hit.listing_id for hit in (*due, *ready)}))
    delisted = take_off(due, locked, actor=actor, at=at)
    relisted = put_back(ready, locked, actor=actor, at=at)
    waiting = {hit.pk for hit in back if listings[hit.listing_id].number not in relisted}
    idle = [hit for hit in holding if hit.delisted_at is None and not is_live(listings[hit.listing_id])]
    gone = [hit.pk for hit in (*over, *idle) if hit.pk not in waiting]
    ListingRuleHit.objects.filter(pk__in=gone).delete()
    ruled = {number: (rules.of(locked[hit.listing_id], hit.cause), hit) for number, hit in delisted.items()}
    note_rulings(
        {hit.listing_id: (hit.cause, rule.hours if rule else 0) for rule, hit in ruled.values()},
        {pk for pk, listing in locked.items() if listing.number in relisted},
        actor=actor,
        at=at,
    )
    return Applied(tuple(sorted(delisted)), tuple(relisted))


def begin_hits(
    now: Collection[Held],
    standing: Sequence[ListingRuleHit],
    listings: Mapping[int, Listing],
    rules: Rules,
    at: datetime,
) -> list[ListingRuleHit]:
    """Note since when causes hold that did not before, of listings on the shelf that have a rule for them."""
    known = {(hit.listing_id, hit.cause) for hit in standing}
    begun = [
        ListingRuleHit(listing_id=pk, cause=cause, since=at)
        for pk, cause in sorted(now)
        if (pk, cause) not in known and is_live(listings[pk]) and rules.of(listings[pk], cause) is not None
    ]
    return ListingRuleHit.objects.bulk_create(begun)


def is_live(listing: Listing) -> bool:
    """Tell whether buyers see a listing."""
    return listing.status == ListingStatus.LIVE


def is_due(hit: ListingRuleHit, listing: Listing, rules: Rules, at: datetime) -> bool:
    """Tell whether a cause has held for the hours of its rule, and the rule has not acted yet."""
    rule = rules.of(listing, hit.cause)
    if rule is None or hit.delisted_at is not None or not is_live(listing):
        return False
    return hit.since + timedelta(hours=rule.hours) <= at


def may_come_back(
    hit: ListingRuleHit, listing: Listing, rules: Rules, moves: Mapping[str, StateMove]
) -> bool:
    """Tell whether a rule took the listing off, nobody moved it since, and no rule says that it stays off."""
    if hit.delisted_at is None or listing.status != ListingStatus.OFF:
        return False
    rule = rules.of(listing, hit.cause)
    if rule is not None and not rule.relists:
        return False
    last = moves.get(listing.number)
    return last is not None and last.to_status == ListingStatus.OFF and last.at == hit.delisted_at


def is_held(listing: Listing, now: Collection[Held], rules: Rules) -> bool:
    """Tell whether another cause holds of a listing that a rule would take it off for."""
    causes = [cause for pk, cause in now if pk == listing.pk]
    return any(rules.of(listing, cause) is not None for cause in causes)


def take_off(
    due: Sequence[ListingRuleHit], locked: Mapping[int, Listing], *, actor: Principal, at: datetime
) -> dict[str, ListingRuleHit]:
    """Take locked listings off the shelf, each for the first of its causes, and note it; return those by number."""
    first: dict[int, ListingRuleHit] = {}
    for hit in due:
        first.setdefault(hit.listing_id, hit)
    by_cause: dict[str, list[ListingRuleHit]] = defaultdict(list)
    for hit in first.values():
        by_cause[hit.cause].append(hit)
    done: dict[str, ListingRuleHit] = {}
    for cause, hits in sorted(by_cause.items()):
        with override(settings.PORTAL_MAIL_LANGUAGE):
            reason = str(REASONS[cause])
        numbers = [locked[hit.listing_id].number for hit in hits]
        outcome = delist_listings(numbers, reason=reason, actor=actor, at=at)
        gone = {listing.pk for listing in outcome.done}
        taken = [hit.pk for hit in hits if hit.listing_id in gone]
        ListingRuleHit.objects.filter(pk__in=taken).update(delisted_at=at)
        tell("listing.delisted", outcome.done, {"cause": cause}, actor=actor, at=at)
        done |= {listing.number: first[listing.pk] for listing in outcome.done}
    return done


def put_back(
    ready: Sequence[ListingRuleHit], locked: Mapping[int, Listing], *, actor: Principal, at: datetime
) -> list[str]:
    """Put locked listings back on the shelf that the floors above let; return their numbers."""
    numbers = sorted({locked[hit.listing_id].number for hit in ready})
    if not numbers:
        return []
    outcome = relist_listings(numbers, actor=actor, at=at)
    tell("listing.relisted", outcome.done, {}, actor=actor, at=at)
    return [listing.number for listing in outcome.done]


def tell(
    kind: str, listings: Sequence[Listing], facts: Mapping[str, str], *, actor: Principal, at: datetime
) -> None:
    """Tell the partners of the brands what a rule did."""
    rows = Listing.objects.filter(pk__in=[listing.pk for listing in listings]).order_by("pk")
    known = {
        pk: (product, brand)
        for pk, product, brand in rows.values_list("pk", "product__code", "product__brand__code")
    }
    outbox.record(
        [
            EventDraft(
                kind=kind,
                object_kind="listing",
                object_number=listing.number,
                brands=frozenset({known[listing.pk][1]}),
                facts={"shop": listing.channel.code, "product": known[listing.pk][0], **facts},
            )
            for listing in listings
        ],
        actor=actor,
        at=at,
    )
