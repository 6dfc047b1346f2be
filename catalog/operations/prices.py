"""Prices, written down one after the other so that the price of any day stays known."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.drafts import PriceDraft
from catalog.models import Channel, Price, Sku
from catalog.queries.prices import prices_at, specials_within
from ops_portal.lib.money import cents
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.rows import update_rows

MOST = Decimal(999_999_999_999)
AHEAD = timedelta(days=3653)  # so far ahead at most is a price written down
Periods = dict[tuple[int, int], list[tuple[datetime, datetime]]]  # by SKU and shop
OPENING = datetime(2000, 1, 1, tzinfo=UTC)  # from when a list price counts of which nobody knows since when


class UnknownSku(Refused):
    """There is no SKU of this code."""

    code = "unknown_sku"


class UnknownChannel(Refused):
    """There is no shop of this code."""

    code = "unknown_channel"


class BadPrice(Refused):
    """A price is negative, or has too many places."""

    code = "bad_price"


class BadMoment(Refused):
    """A price is to count from a day that is no day of business."""

    code = "bad_moment"


class PeriodTaken(Refused):
    """The SKU has another special price in that shop within the time."""

    code = "period_taken"


class BelowFloor(Refused):
    """A price is below the floor price of its SKU, and nobody has allowed it with a reason."""

    code = "below_floor"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A price that is to hold from a moment on.

    ``before`` is the list price that the SKU had, where it is one. A list price that the SKU itself ``shows`` is not
    written down while it is the first: until it changes it holds for ever. One that was ``seen`` is written down even
    where nothing changed, so that what was seen on days between comes right in any sequence. One with ``until`` is a
    special price, and is written down whatever else holds.
    """

    sku_id: int
    channel_id: int | None
    amount: Decimal
    since: datetime
    reason: str = ""
    before: Decimal | None = None
    shows: bool = False
    seen: bool = False
    until: datetime | None = None
    change_id: int | None = None


@operation
def set_prices(
    drafts: Sequence[PriceDraft], *, is_approved: bool = False, actor: Principal, at: datetime
) -> Outcome[Price]:
    """Give SKUs their prices from a moment on; one that holds then already writes nothing and is answered with it.

    A list price that holds now is shown by the SKU too. Below the floor only what ``is_approved``, with a reason: by
    a listing's approval, or a price change's. Refuses UnknownSku, UnknownChannel, BadPrice, BadMoment,
    PeriodTaken, BelowFloor.
    """
    return write_drafts(drafts, seen=False, is_approved=is_approved, actor=actor, at=at)


@operation
def note_seen_prices(drafts: Sequence[PriceDraft], *, actor: Principal, at: datetime) -> Outcome[Price]:
    """Write down prices that were seen on a day, in whatever sequence the days come; a floor is no matter then.

    Refuses UnknownSku, UnknownChannel, BadPrice, BadMoment.
    """
    return write_drafts(drafts, seen=True, is_approved=False, actor=actor, at=at)


def write_drafts(
    drafts: Sequence[PriceDraft], *, seen: bool, is_approved: bool, actor: Principal, at: datetime
) -> Outcome[Price]:
    """Write the prices that can be, and show list prices."""
    outcome: Outcome[Price] = Outcome()
    skus = lock_skus(draft.sku_code for draft in drafts)
    channels = dict(
        Channel.objects.filter(code__in={draft.channel_code for draft in drafts}).values_list("code", "pk")
    )
    ends = [draft.until for draft in drafts if draft.until is not None]
    taken: Periods = defaultdict(list)
    if ends:
        taken = taken_periods([sku.pk for sku in skus.values()], channels.values(), at, max(ends))
    wanted = []
    for index, draft in enumerate(drafts):
        try:
            ask = wanted_of(draft, skus, channels, seen=seen, at=at)
            if ask.until is not None:
                take_period(draft.sku_code, ask, taken)
            if not seen:
                allowed = draft.reason if is_approved else ""
                check_floor(draft.sku_code, ask.amount, skus[draft.sku_code].floor_price, allowed)
            wanted.append(ask)
        except Refused as refusal:
            outcome.refused.append((index, refusal))
    outcome.done = record_prices(wanted, actor=actor, at=at)
    show_list_prices(list(skus.values()), wanted, at=at)
    return outcome


def lock_skus(codes: Iterable[str]) -> dict[str, Sku]:
    """Lock SKUs in primary-key order and return them by code."""
    locked = (
        Sku.objects.filter(code__in=set(codes)).order_by("pk").select_for_update(no_key=True, of=("self",))
    )
    return {sku.code: sku for sku in locked}


def wanted_of(
    draft: PriceDraft, skus: dict[str, Sku], channels: dict[str, int], *, seen: bool, at: datetime
) -> Wanted:
    """Return what a draft asks for, refusing what can't be."""
    sku = skus.get(draft.sku_code)
    if sku is None:
        raise UnknownSku(_("There is no SKU %(sku)s."), sku=draft.sku_code)
    if draft.channel_code and draft.channel_code not in channels:
        raise UnknownChannel(_("There is no shop %(shop)s."), shop=draft.channel_code)
    amount = checked_amount(draft.amount)
    since = draft.since or at
    if not OPENING <= since <= at + AHEAD:
        raise BadMoment(_("A price counts from a day between 2000 and ten years from now."), sku=sku.code)
    channel_id = channels[draft.channel_code] if draft.channel_code else None
    before = sku.list_price if channel_id is None else None
    return Wanted(
        sku.pk,
        channel_id,
        amount,
        since,
        draft.reason.strip(),
        before,
        seen=seen,
        until=draft.until,
        change_id=draft.change_id,
    )


def taken_periods(
    sku_ids: Collection[int], channel_ids: Collection[int], since: datetime, until: datetime
) -> Periods:
    """Return when SKUs have special prices in shops, of those within a time; the SKUs are locked by the caller."""
    taken: Periods = defaultdict(list)
    rows = specials_within(sku_ids, channel_ids, since, until)
    for sku_id, channel_id, begins, ends, ended_at in rows.values_list(
        "sku_id", "channel_id", "since", "until", "change__ended_at"
    ):
        assert channel_id is not None and ends is not None  # noqa: S101, PT018 - the database's own rule
        taken[sku_id, channel_id].append((begins, min(ends, ended_at or ends)))
    return taken


def take_period(sku_code: str, ask: Wanted, taken: Periods) -> None:
    """Add the time of a special price to those that are taken. Refuses PeriodTaken."""
    assert ask.channel_id is not None and ask.until is not None  # noqa: S101, PT018 - asked of those alone
    own = taken[ask.sku_id, ask.channel_id]
    for begins, ends in own:
        if begins < ask.until and ask.since < ends:
            raise period_taken(sku_code, begins, ends)
    own.append((ask.since, ask.until))


def period_taken(sku_code: str, since: datetime, until: datetime) -> PeriodTaken:
    """Return the refusal that names the time."""
    detail = _("%(sku)s has a special price there from %(since)s to %(until)s; end it first.")
    zone = ZoneInfo(settings.TIME_ZONE)
    begins, ends = (f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" for moment in (since, until))
    return PeriodTaken(detail, sku=sku_code, since=begins, until=ends)


def checked_amount(amount: Decimal) -> Decimal:
    """Return an amount to the cent. Refuses BadPrice."""
    if not amount.is_finite() or not 0 <= amount <= MOST:
        raise BadPrice(_("“%(value)s” is no price."), value=str(amount)[:40])
    return cents(amount)


def check_floor(sku_code: str, amount: Decimal, floor: Decimal | None, reason: str = "") -> None:
    """Refuse BelowFloor where a price is below the floor and nobody has allowed it with a ``reason``."""
    if floor is not None and amount < floor and not reason.strip():
        detail = _("%(sku)s: %(amount)s is below the floor price of %(floor)s; ask for it as a price change.")
        raise BelowFloor(detail, sku=sku_code, amount=f"{amount:.2f}", floor=f"{floor:.2f}")


def record_prices(wanted: Sequence[Wanted], *, actor: Principal, at: datetime) -> list[Price]:
    """Write down the prices that differ from what holds at their moment; return, for each, the one that holds.

    The first list price of a SKU that had another before leaves that one in force until then.
    """
    lines = price_lines(wanted)
    new: list[Price] = []
    answers = []

    def write(ask: Wanted, amount: Decimal, since: datetime, place: int) -> Price:
        price = Price(
            sku_id=ask.sku_id,
            channel_id=ask.channel_id,
            amount=amount,
            since=since,
            reason=ask.reason if since == ask.since else "",
            until=ask.until,
            change_id=ask.change_id if since == ask.since else None,
            actor=str(actor),
            written_at=at,
        )
        if ask.until is None:
            lines[ask.sku_id, ask.channel_id].insert(place, price)
        new.append(price)
        return price

    for ask in wanted:
        line = lines[ask.sku_id, ask.channel_id]
        if ask.until is not None:
            answers.append(write(ask, ask.amount, ask.since, 0))
            continue
        if ask.shows and not line and ask.before is None:
            continue
        if not line and ask.before is not None and ask.since > OPENING:
            write(ask, ask.before, OPENING, 0)
        place = bisect_right(line, ask.since, key=lambda price: price.since)
        holds = place and line[place - 1].amount == ask.amount
        if holds and (line[place - 1].since == ask.since or not ask.seen):
            answers.append(line[place - 1])
        else:
            answers.append(write(ask, ask.amount, ask.since, place))
    Price.objects.bulk_create(new)
    return answers


def price_lines(wanted: Sequence[Wanted]) -> dict[tuple[int, int | None], list[Price]]:
    """Return, by SKU and shop, the prices that stand, the earliest first; special prices lie over them."""
    lines: dict[tuple[int, int | None], list[Price]] = defaultdict(list)
    if not wanted:
        return lines
    channels = {ask.channel_id for ask in wanted}
    places = Q(channel_id__in=channels - {None})
    if None in channels:
        places |= Q(channel_id=None)
    skus = {ask.sku_id for ask in wanted}
    for price in Price.objects.filter(places, sku_id__in=skus, until=None).order_by("since", "pk"):
        lines[price.sku_id, price.channel_id].append(price)
    return lines


def show_list_prices(skus: Sequence[Sku], wanted: Sequence[Wanted], *, at: datetime) -> None:
    """Let SKUs show the list price that holds now, where one was asked for."""
    asked = {ask.sku_id for ask in wanted if ask.channel_id is None and ask.since <= at}
    holds = prices_at(asked, None, at)
    stale = [sku for sku in skus if sku.pk in holds and sku.list_price != holds[sku.pk]]
    for sku in stale:
        sku.list_price = holds[sku.pk]
    update_rows(Sku, ("list_price",), [{"id": sku.pk, "list_price": sku.list_price} for sku in stale])
