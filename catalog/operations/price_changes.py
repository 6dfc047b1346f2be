"""New prices for many SKUs: those above the floor hold at once, those below wait until somebody else allows them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from django.utils.translation import gettext_lazy as _

from catalog.choices import APPROVE, PRICE_CHANGE_MOVES, WRITERS, PriceChangeStatus
from catalog.drafts import PriceChangeDraft, PriceDraft
from catalog.models import Channel, PriceChange, PriceChangeLine, Sku
from catalog.operations.prices import (
    AHEAD,
    BadMoment,
    BelowFloor,
    UnknownChannel,
    UnknownSku,
    checked_amount,
    set_prices,
)
from catalog.queries.prices import prices_at
from ops_portal.desk.queries import team_calendars
from ops_portal.lib.clocks import working_deadline
from ops_portal.lib.numbers import next_numbers
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.states import RoleMayNotMove, illegal_move, move_all, move_record, record_moves

QUEUE: Final = "price_approve"
MOST_LINES: Final = 5000
NAMED: Final = 5  # SKUs that a refusal names
S = PriceChangeStatus


class NoSuchChange(Refused):
    """There is no price change of this number."""

    code = "no_such_price_change"
    status_code = 404


class NothingChanges(Refused):
    """All SKUs have these prices already, or none is named."""

    code = "nothing_changes"


class TooManyPrices(Refused):
    """A change names more SKUs than can be looked at together."""

    code = "too_many_prices"


class SkuTwice(Refused):
    """A change gives one SKU two prices."""

    code = "sku_twice"


class OwnChange(Refused):
    """Whoever asked for the change doesn't decide on it."""

    code = "own_change"


class PriceMoved(Refused):
    """A price has become another since the change was asked for."""

    code = "price_moved"


class ReasonMissing(Refused):
    """Whoever rejects a change says why."""

    code = "reason_needed"


@operation
def propose_prices(
    drafts: Sequence[PriceChangeDraft], *, actor: Principal, at: datetime
) -> Outcome[PriceChange]:
    """Change prices together: at once where none is below its floor, else after somebody else's approval.

    SKUs that have their price already are left out. Refuses RoleMayNotMove, UnknownChannel, UnknownSku, SkuTwice,
    BadPrice, BadMoment, TooManyPrices, NothingChanges, BelowFloor (without a reason).
    """
    outcome: Outcome[PriceChange] = Outcome()
    skus = lock_skus(code for draft in drafts for code, _amount in draft.lines)
    codes = {draft.channel_code for draft in drafts if draft.channel_code}
    channels = {channel.code: channel for channel in Channel.objects.filter(code__in=codes)}
    wanted: list[tuple[PriceChange, list[PriceChangeLine]]] = []
    for index, draft in enumerate(drafts):
        try:
            wanted.append(change_of(draft, skus, channels, actor=actor, at=at))
        except Refused as refusal:
            outcome.refused.append((index, refusal))
    outcome.done = write(wanted, actor=actor, at=at)
    return outcome


def lock_skus(codes: Iterable[str]) -> dict[str, Sku]:
    """Lock SKUs in primary-key order and return them by code."""
    locked = (
        Sku.objects.filter(code__in=set(codes)).order_by("pk").select_for_update(no_key=True, of=("self",))
    )
    return {sku.code: sku for sku in locked}


def change_of(
    draft: PriceChangeDraft,
    skus: dict[str, Sku],
    channels: dict[str, Channel],
    *,
    actor: Principal,
    at: datetime,
) -> tuple[PriceChange, list[PriceChangeLine]]:
    """Return what a draft asks for, refusing what can't be."""
    if not actor.may(WRITERS):
        raise RoleMayNotMove(_("Your role doesn't change prices."))
    if draft.channel_code and draft.channel_code not in channels:
        raise UnknownChannel(_("There is no shop %(shop)s."), shop=draft.channel_code)
    if draft.since is not None and not at < draft.since <= at + AHEAD:
        raise BadMoment(_("Prices are changed for a moment to come, within ten years."))
    check_lines(draft, skus)
    channel = channels.get(draft.channel_code)
    before = prices_at([sku.pk for sku in skus.values()], channel.pk if channel else None, draft.since or at)
    lines = [
        PriceChangeLine(
            sku=skus[code],
            before=before.get(skus[code].pk),
            floor=skus[code].floor_price,
            amount=checked_amount(amount),
        )
        for code, amount in draft.lines
    ]
    lines = [line for line in lines if line.amount != line.before]
    if not lines:
        raise NothingChanges(_("Nothing changes: these prices hold already."))
    low = [line.sku.code for line in lines if is_below(line)]
    if low and not draft.reason.strip():
        detail = _("%(count)s prices are below the floor (%(names)s); give a reason.")
        raise BelowFloor(detail, count=len(low), names=", ".join(low[:NAMED]))
    change = PriceChange(
        channel=channel,
        status=S.WAITING if low else S.APPLIED,
        since=draft.since,
        rule=draft.rule[:200],
        reason=draft.reason.strip()[:200],
        below_floor=len(low),
        requester_id=actor.user_id,
        created_at=at,
        updated_at=at,
    )
    return change, lines


def check_lines(draft: PriceChangeDraft, skus: dict[str, Sku]) -> None:
    """Refuse lines that name what isn't there, one SKU twice, or too many."""
    if len(draft.lines) > MOST_LINES:
        raise TooManyPrices(_("At most %(most)s prices are changed together."), most=MOST_LINES)
    unknown = [code for code, _amount in draft.lines if code not in skus]
    if unknown:
        raise UnknownSku(_("There is no SKU %(sku)s."), sku=", ".join(unknown[:NAMED]))
    twice = [code for code, times in Counter(code for code, _amount in draft.lines).items() if times > 1]
    if twice:
        raise SkuTwice(_("%(sku)s stands there twice."), sku=", ".join(twice[:NAMED]))


def is_below(line: PriceChangeLine) -> bool:
    """Tell whether a line's price is below the floor."""
    return line.floor is not None and line.amount < line.floor


def write(
    wanted: Sequence[tuple[PriceChange, list[PriceChangeLine]]], *, actor: Principal, at: datetime
) -> list[PriceChange]:
    """Write changes with their lines; prices of those that need no approval hold."""
    waits = any(change.status == S.WAITING for change, _lines in wanted)
    due = working_deadline(at, APPROVE, team_calendars([QUEUE])[QUEUE]) if waits else None
    for number, (change, _lines) in zip(next_numbers("PC", len(wanted)), wanted, strict=True):
        change.number = number
        change.due_at = due if change.status == S.WAITING else None
    changes = PriceChange.objects.bulk_create([change for change, _lines in wanted])
    lines = []
    for change, (_change, own) in zip(changes, wanted, strict=True):
        for position, line in enumerate(own, start=1):
            line.change, line.position = change, position
            lines.append(line)
    PriceChangeLine.objects.bulk_create(lines)
    kind = PRICE_CHANGE_MOVES.kind
    record_moves(
        [
            move_record(kind, each.number, "", each.status, actor=actor, at=at, reason=each.reason)
            for each in changes
        ]
    )
    apply([line for line in lines if line.change.status == S.APPLIED], actor=actor, at=at)
    return changes


def apply(lines: Sequence[PriceChangeLine], *, actor: Principal, at: datetime) -> None:
    """Let the prices of locked changes hold. What ``set_prices`` refuses now undoes all."""
    drafts = [
        PriceDraft(
            line.sku.code,
            line.amount,
            line.change.channel.code if line.change.channel else "",
            line.change.since if line.change.since and line.change.since > at else None,
            line.change.reason,
        )
        for line in lines
    ]
    for _index, refusal in set_prices(drafts, is_approved=True, actor=actor, at=at).refused:
        raise refusal


@operation
def approve_price_changes(numbers: Sequence[str], *, actor: Principal, at: datetime) -> Outcome[PriceChange]:
    """Allow changes below the floor: their prices hold now, or from their moment on.

    Refuses NoSuchChange, IllegalMove, RoleMayNotMove, OwnChange, PriceMoved.
    """
    changes, outcome = pick(numbers, S.APPLIED, actor=actor, is_decision=True)
    lines = list(
        PriceChangeLine.objects.filter(change__in=changes.values())
        .select_related("sku", "change__channel")
        .order_by("pk")
    )
    lock_skus(line.sku.code for line in lines)
    for index, change in list(changes.items()):
        own = [line for line in lines if line.change_id == change.pk]
        moved = moved_since(change, own, at=at)
        if moved:
            detail = _("Since %(number)s was asked for, the price of %(names)s has changed; ask anew.")
            outcome.refused.append(
                (index, PriceMoved(detail, number=change.number, names=", ".join(moved[:NAMED])))
            )
            del changes[index]
    decide(list(changes.values()), S.APPLIED, outcome, actor=actor, at=at)
    kept = {change.pk for change in changes.values()}
    apply([line for line in lines if line.change_id in kept], actor=actor, at=at)
    return outcome


def moved_since(change: PriceChange, lines: Sequence[PriceChangeLine], *, at: datetime) -> list[str]:
    """Return the SKUs whose price is not any more what it was when the change was asked for."""
    moment = change.since if change.since and change.since > at else at
    now = prices_at([line.sku_id for line in lines], change.channel_id, moment)
    return [line.sku.code for line in lines if now.get(line.sku_id) != line.before]


@operation
def reject_price_changes(
    numbers: Sequence[str], *, reason: str, actor: Principal, at: datetime
) -> Outcome[PriceChange]:
    """Turn changes down, saying why. Refuses NoSuchChange, IllegalMove, RoleMayNotMove, OwnChange, ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing(_("Say why."))
    changes, outcome = pick(numbers, S.REJECTED, actor=actor, is_decision=True)
    decide(list(changes.values()), S.REJECTED, outcome, actor=actor, at=at, reason=reason.strip()[:500])
    return outcome


@operation
def withdraw_price_changes(numbers: Sequence[str], *, actor: Principal, at: datetime) -> Outcome[PriceChange]:
    """Take back changes that nobody has decided on. Refuses NoSuchChange, IllegalMove, RoleMayNotMove."""
    changes, outcome = pick(numbers, S.WITHDRAWN, actor=actor)
    decide(list(changes.values()), S.WITHDRAWN, outcome, actor=actor, at=at)
    return outcome


def pick(
    numbers: Sequence[str], to: str, *, actor: Principal, is_decision: bool = False
) -> tuple[dict[int, PriceChange], Outcome[PriceChange]]:
    """Lock changes in primary-key order; return those that may move by the index of their number, and the refusals."""
    locked = PriceChange.objects.filter(number__in=set(numbers)).order_by("pk").select_for_update(no_key=True)
    by_number = {change.number: change for change in locked}
    ready: dict[int, PriceChange] = {}
    outcome: Outcome[PriceChange] = Outcome()
    for index, number in enumerate(numbers):
        change = by_number.get(number)
        refusal: Refused | None = None
        if change is None:
            refusal = NoSuchChange(_("There is no price change %(number)s."), number=number)
        elif PRICE_CHANGE_MOVES.find(change.status, to) is None or change in ready.values():
            refusal = illegal_move(change, to)
        elif is_decision and actor.user_id is not None and actor.user_id == change.requester_id:
            refusal = OwnChange(_("You asked for %(number)s; somebody else decides on it."), number=number)
        if change is None or refusal is not None:
            outcome.refused.append((index, refusal or NoSuchChange()))
        else:
            ready[index] = change
    return ready, outcome


def decide(
    changes: Sequence[PriceChange],
    to: str,
    outcome: Outcome[PriceChange],
    *,
    actor: Principal,
    at: datetime,
    reason: str = "",
) -> None:
    """Move picked changes, noting who decided; what the table refuses to this role undoes all."""
    if to != S.WITHDRAWN:
        for change in changes:
            change.decider_id = actor.user_id
    for change in changes:
        change.due_at = None
    PriceChange.objects.bulk_update(changes, ["decider", "due_at"])
    moved = move_all(changes, to, table=PRICE_CHANGE_MOVES, actor=actor, at=at, reason=reason)
    for _index, refusal in moved.refused:
        raise refusal
    outcome.done = moved.done
    outcome.refused.sort(key=lambda pair: pair[0])
