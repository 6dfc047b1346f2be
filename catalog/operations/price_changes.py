"""New prices for many SKUs: those above the floor hold at once, those below wait until somebody else allows them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
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
    lock_skus,
    period_taken,
    set_prices,
    taken_periods,
)
from catalog.queries.prices import standing_prices
from ops_portal.desk.queries import team_calendars
from ops_portal.lib.clocks import working_deadline
from ops_portal.lib.numbers import next_numbers
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import NoSuch, Outcome, Refused, raise_first
from ops_portal.lib.states import (
    Picked,
    RoleMayNotMove,
    illegal_move,
    move_all,
    move_record,
    pick,
    record_moves,
)

QUEUE: Final = "price_approve"
MOST_LINES: Final = 5000
NAMED: Final = 5  # SKUs that a refusal names
S = PriceChangeStatus
Wish = tuple[PriceChange, list[PriceChangeLine]]


class NoSuchChange(NoSuch):
    """There is no price change of this number."""

    code = "no_such_price_change"
    sentence = _("There is no price change %(number)s.")


class NothingChanges(Refused):
    """All SKUs have these prices already, or none is named."""

    code = "nothing_changes"


class TooManyPrices(Refused):
    """A change names more SKUs than can be looked at together."""

    code = "too_many_prices"


class SkuTwice(Refused):
    """A change gives one SKU two prices."""

    code = "sku_twice"


class PriceMoved(Refused):
    """A price or a floor has become another since the change was written down."""

    code = "price_moved"


class NotYours(Refused):
    """Only who wrote a draft down submits it."""

    code = "not_yours"


@operation
def propose_prices(
    drafts: Sequence[PriceChangeDraft], *, actor: Principal, at: datetime
) -> Outcome[PriceChange]:
    """Change prices together: at once where none is below its floor, else after somebody else's approval.

    SKUs that have their price already are left out. Refuses RoleMayNotMove, UnknownChannel, UnknownSku, SkuTwice,
    BadPrice, BadMoment, PeriodTaken, TooManyPrices, NothingChanges, BelowFloor (without a reason).
    """
    outcome, wanted = wishes(drafts, actor=actor, at=at)
    for index, (change, lines) in list(wanted.items()):
        low = [line for line in lines if is_below(line)]
        if low and not change.reason:
            outcome.refused.append((index, below_floor(low)))
            del wanted[index]
        else:
            change.status = S.WAITING if low else S.APPLIED
    outcome.refused.sort(key=lambda pair: pair[0])
    outcome.done = write(list(wanted.values()), actor=actor, at=at)
    return outcome


@operation
def draft_prices(
    drafts: Sequence[PriceChangeDraft], *, actor: Principal, at: datetime
) -> Outcome[PriceChange]:
    """Write changes down as drafts: nothing holds, and nobody is asked, until they are submitted.

    Refuses what ``propose_prices`` does, but for a missing reason.
    """
    outcome, wanted = wishes(drafts, actor=actor, at=at)
    outcome.done = write(list(wanted.values()), actor=actor, at=at)
    return outcome


@operation
def submit_price_changes(
    numbers: Sequence[str], *, reason: str = "", actor: Principal, at: datetime
) -> Outcome[PriceChange]:
    """Let the prices of drafts hold where none is below its floor; else let them wait for somebody else's approval.

    A ``reason`` takes the place of the draft's. Refuses NoSuchChange, IllegalMove, RoleMayNotMove, NotYours,
    PriceMoved, BadMoment, PeriodTaken, BelowFloor (without a reason).
    """
    picked = pick_changes(numbers, S.WAITING, lambda change: unable_to_submit(change, actor))
    lines = locked_lines(picked.documents)
    low: dict[int, int] = {}
    for index, change in list(picked.ready.items()):
        change.reason = reason.strip()[:200] or change.reason
        below = [line for line in lines[change.pk] if is_below(line)]
        low[change.pk] = len(below)
        try:
            check_still(change, lines[change.pk], at=at)
            if below and not change.reason:
                raise below_floor(below)
        except Refused as refusal:
            picked.refuse(index, refusal)
    due = due_of(at) if any(low[change.pk] for change in picked.documents) else None
    for change in picked.documents:
        change.due_at = due if low[change.pk] else None
        change.requester_id = change.requester_id or actor.user_id
    PriceChange.objects.bulk_update(picked.documents, ["due_at", "reason", "requester"])
    for to in (S.WAITING, S.APPLIED):
        going = [change for change in picked.documents if bool(low[change.pk]) == (to == S.WAITING)]
        raise_first(move_all(going, to, table=PRICE_CHANGE_MOVES, actor=actor, at=at).refused)
        if to == S.APPLIED:
            apply([line for change in going for line in lines[change.pk]], actor=actor, at=at)
    return picked.outcome()


def unable_to_submit(change: PriceChange, actor: Principal) -> Refused | None:
    """Return why a draft can't be submitted, or None."""
    if change.status != S.DRAFT:
        return illegal_move(change, S.WAITING)
    if change.requester_id is not None and change.requester_id != actor.user_id:
        return NotYours(
            _("%(number)s was written down by somebody else, who submits it."), number=change.number
        )
    return None


def pick_changes(
    numbers: Sequence[str], to: str, unable: Callable[[PriceChange], Refused | None]
) -> Picked[PriceChange]:
    """Lock changes in primary-key order and tell which of them may become ``to``."""
    changes = PriceChange.objects.select_related("channel")
    return pick(changes, numbers, to, missing=NoSuchChange, unable=lambda _index, change: unable(change))


def wishes(
    drafts: Sequence[PriceChangeDraft], *, actor: Principal, at: datetime
) -> tuple[Outcome[PriceChange], dict[int, Wish]]:
    """Return what drafts ask for, by index, and the refusals of the others."""
    outcome: Outcome[PriceChange] = Outcome()
    skus = lock_skus(code for draft in drafts for code, _amount in draft.lines)
    codes = {draft.channel_code for draft in drafts if draft.channel_code}
    channels = {channel.code: channel for channel in Channel.objects.filter(code__in=codes)}
    wanted: dict[int, Wish] = {}
    for index, draft in enumerate(drafts):
        try:
            wanted[index] = change_of(draft, skus, channels, actor=actor, at=at)
        except Refused as refusal:
            outcome.refused.append((index, refusal))
    return outcome, wanted


def change_of(
    draft: PriceChangeDraft,
    skus: dict[str, Sku],
    channels: dict[str, Channel],
    *,
    actor: Principal,
    at: datetime,
) -> Wish:
    """Return what is asked for, not yet submitted, refusing what can't be."""
    if not actor.may(WRITERS):
        raise RoleMayNotMove(_("Your role doesn't change prices."))
    if draft.channel_code and draft.channel_code not in channels:
        raise UnknownChannel(_("There is no shop %(shop)s."), shop=draft.channel_code)
    if draft.since is not None and not at < draft.since <= at + AHEAD:
        raise BadMoment(_("Prices are changed for a moment to come, within ten years."))
    check_lines(draft, skus)
    channel = channels.get(draft.channel_code)
    check_until(draft.until, draft.since or at, channel, at=at)
    ids = [skus[code].pk for code, _amount in draft.lines]
    before = standing_prices(ids, channel.pk if channel else None, draft.since or at)
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
    change = PriceChange(
        channel=channel,
        status=S.DRAFT,
        since=draft.since,
        until=draft.until,
        rule=draft.rule[:200],
        reason=draft.reason.strip()[:200],
        below_floor=sum(map(is_below, lines)),
        requester_id=actor.user_id,
        created_at=at,
        updated_at=at,
    )
    check_periods(change, lines, at=at)
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


def check_until(until: datetime | None, since: datetime, channel: Channel | None, *, at: datetime) -> None:
    """Refuse BadMoment where special prices of no shop, or of no time, are asked for."""
    if until is None:
        return
    if channel is None:
        raise BadMoment(_("List prices have no end; a shop's prices can."))
    if not since < until <= at + AHEAD:
        raise BadMoment(_("Prices end after they begin, within ten years."))


def check_periods(change: PriceChange, lines: Sequence[PriceChangeLine], *, at: datetime) -> None:
    """Refuse PeriodTaken where a SKU of special prices has another within their time; the SKUs are locked."""
    if change.until is None or change.channel_id is None:
        return
    since = change.since if change.since and change.since > at else at
    taken = taken_periods([line.sku_id for line in lines], [change.channel_id], since, change.until)
    for line in lines:
        if times := taken.get((line.sku_id, change.channel_id)):
            raise period_taken(line.sku.code, *times[0])


def below_floor(low: Sequence[PriceChangeLine]) -> BelowFloor:
    """Return the refusal that asks for a reason."""
    detail = _("%(count)s prices are below the floor (%(names)s); give a reason.")
    return BelowFloor(detail, count=len(low), names=", ".join(line.sku.code for line in low[:NAMED]))


def is_below(line: PriceChangeLine) -> bool:
    """Tell whether a line's price is below the floor."""
    return line.floor is not None and line.amount < line.floor


def due_of(at: datetime) -> datetime:
    """Return by when a change that waits from now on is to be decided on."""
    return working_deadline(at, APPROVE, team_calendars([QUEUE])[QUEUE])


def write(wanted: Sequence[Wish], *, actor: Principal, at: datetime) -> list[PriceChange]:
    """Write changes with their lines; prices of those that need no approval hold."""
    waits = any(change.status == S.WAITING for change, _lines in wanted)
    due = due_of(at) if waits else None
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
            line.change.until,
            line.change.pk,
        )
        for line in lines
    ]
    raise_first(set_prices(drafts, is_approved=True, actor=actor, at=at).refused)


def locked_lines(changes: Sequence[PriceChange]) -> dict[int, list[PriceChangeLine]]:
    """Lock the SKUs of changes and return the lines by the change's id."""
    by_id = {change.pk: change for change in changes}
    lines: dict[int, list[PriceChangeLine]] = {pk: [] for pk in by_id}
    for line in PriceChangeLine.objects.filter(change__in=by_id).select_related("sku").order_by("pk"):
        line.change = by_id[line.change_id]
        lines[line.change_id].append(line)
    skus = lock_skus(line.sku.code for own in lines.values() for line in own)
    for own in lines.values():
        for line in own:
            line.sku = skus[line.sku.code]
    return lines


def check_still(change: PriceChange, lines: Sequence[PriceChangeLine], *, at: datetime) -> None:
    """Refuse PriceMoved, BadMoment, PeriodTaken where what was written down can't hold now; the SKUs are locked."""
    if change.until is not None and change.until <= at:
        raise BadMoment(_("The time of %(number)s is over."), number=change.number)
    moment = change.since if change.since and change.since > at else at
    now = standing_prices([line.sku_id for line in lines], change.channel_id, moment)
    moved = [
        line.sku.code
        for line in lines
        if now.get(line.sku_id) != line.before or line.sku.floor_price != line.floor
    ]
    if moved:
        detail = _(
            "Since %(number)s was asked for, the price or the floor of %(names)s has changed; ask anew."
        )
        raise PriceMoved(detail, number=change.number, names=", ".join(moved[:NAMED]))
    check_periods(change, lines, at=at)
