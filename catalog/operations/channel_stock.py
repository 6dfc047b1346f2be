"""Keep what shops show equal to what they may: rules, orders not yet downloaded, and the sweep that tells the shops.

Nothing is lost because of the order of things. A change of stock and its ``StaleStock`` are committed together. The
sweep deletes what is stale first and reads balances, holds and rules in later statements, whose snapshots hold every
change whose mark it deleted. One sweep at a time reckons, so that none can write over the result of a newer one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db import connection
from django.utils.translation import gettext_lazy as _

from catalog.choices import HOLDERS, WAREHOUSE_ROLES, MatchStatus
from catalog.models import Channel, ChannelSku, ChannelStock, ChannelStockRule, Sku, StaleStock
from catalog.operations.matching import NoSuchShopCode, lock_shop_codes, no_such_sku
from catalog.queries.channel_stock import codes_of, reckon
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.rows import as_json, insert_rows
from ops_portal.outbox.operations import recording as outbox
from ops_portal.outbox.operations.recording import EventDraft

CHANGED: Final = "channel_stock.changed"
OBJECT_KIND: Final = "channel_sku"
# Any number of its own: whoever reckons what shops show holds this lock until the transaction ends.
SHOWING_LOCK: Final = 7_018_233_117
MARKS_AT_ONCE: Final = 2_000
MOST_UNITS: Final = 2_147_483_647


class NoSuchShop(Refused):
    """There is no shop of this code."""

    code = "unknown_shop"
    status_code = 422


class TermsOutOfRange(Refused):
    """The share is no share, or units are negative or too many."""

    code = "terms_out_of_range"
    status_code = 422


class RoleMayNotShare(Refused):
    """None of the actor's roles says what shops may show."""

    code = "role_may_not_share"


class OlderThanKnown(Refused):
    """What is said of orders not yet downloaded is older than what is known."""

    code = "older_than_known"


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """What a shop may show of a SKU; ``sku_code`` empty: of all SKUs without a rule of their own."""

    channel_code: str
    sku_code: str = ""
    share: Decimal = Decimal(1)
    buffer: int = 0
    presale: int = 0
    is_on: bool = True


@dataclass(frozen=True, slots=True)
class PendingDraft:
    """The units of a shop's SKU code in orders that the platform has and we have not, as of a moment."""

    channel_code: str
    code: str
    units: int
    as_of: datetime | None = None


def leave_stale(sku_ids: Collection[int]) -> None:
    """Leave SKUs to the next sweep, in the caller's transaction: one statement that waits for nobody."""
    insert_rows(StaleStock, [{"sku_id": sku_id} for sku_id in sorted(set(sku_ids))])


@operation
def set_rules(drafts: Sequence[RuleDraft], *, actor: Principal, at: datetime) -> Outcome[ChannelStockRule]:
    """Say what shops may show. Refuses RoleMayNotShare, NoSuchShop, NoSuchSku, TermsOutOfRange."""
    outcome: Outcome[ChannelStockRule] = Outcome()
    channels, skus = named(drafts)
    rules: dict[tuple[int, int | None], ChannelStockRule] = {}
    for index, draft in enumerate(drafts):
        try:
            channel, sku = checked(draft, channels, skus, actor=actor)
        except Refused as refusal:
            outcome.refused.append((index, refusal))
            continue
        rule = ChannelStockRule(
            channel=channel,
            sku=sku,
            share=draft.share,
            buffer=draft.buffer,
            presale=draft.presale,
            is_on=draft.is_on,
            updated_at=at,
        )
        rules[channel.pk, sku.pk if sku else None] = rule
        outcome.done.append(rule)
    # In one sequence for all, so that two who say the same wait for each other in a line.
    ChannelStockRule.objects.bulk_create(
        [rules[key] for key in sorted(rules, key=lambda key: (key[0], key[1] or 0))],
        update_conflicts=True,
        unique_fields=["channel", "sku"],
        update_fields=["share", "buffer", "presale", "is_on", "updated_at"],
    )
    spread(rules)
    return outcome


@operation
def drop_rules(drafts: Sequence[RuleDraft], *, actor: Principal, at: datetime) -> Outcome[ChannelStockRule]:
    """Take rules away: of a SKU, what holds for all of the shop's goods holds again; of all, the shop shows all.

    What has no rule stays as it is. Refuses RoleMayNotShare, NoSuchShop, NoSuchSku.
    """
    outcome: Outcome[ChannelStockRule] = Outcome()
    channels, skus = named(drafts)
    gone: set[tuple[int, int | None]] = set()
    for index, draft in enumerate(drafts):
        try:
            channel, sku = checked(draft, channels, skus, actor=actor)
        except Refused as refusal:
            outcome.refused.append((index, refusal))
            continue
        gone.add((channel.pk, sku.pk if sku else None))
        outcome.done.append(ChannelStockRule(channel=channel, sku=sku, updated_at=at))
    standing = ChannelStockRule.objects.filter(channel__in={channel_id for channel_id, _sku in gone})
    standing = standing.order_by("pk")
    pks = [
        pk
        for pk, channel_id, sku_id in standing.values_list("pk", "channel_id", "sku_id")
        if (channel_id, sku_id) in gone
    ]
    ChannelStockRule.objects.filter(pk__in=pks).delete()
    spread(gone)
    return outcome


def named(drafts: Sequence[RuleDraft]) -> tuple[dict[str, Channel], dict[str, Sku]]:
    """Return the shops and SKUs that the drafts name, by code."""
    channels = Channel.objects.filter(code__in={draft.channel_code for draft in drafts})
    skus = Sku.objects.filter(code__in={draft.sku_code for draft in drafts} - {""})
    return {each.code: each for each in channels}, {each.code: each for each in skus}


def checked(
    draft: RuleDraft, channels: dict[str, Channel], skus: dict[str, Sku], *, actor: Principal
) -> tuple[Channel, Sku | None]:
    """Return the shop and the SKU of a rule; refuses what ``set_rules`` refuses."""
    if not actor.may(HOLDERS):
        raise RoleMayNotShare(_("Your role doesn't say what shops may show."))
    if draft.channel_code not in channels:
        raise NoSuchShop(_("There is no shop %(code)s."), code=draft.channel_code)
    if draft.sku_code and draft.sku_code not in skus:
        raise no_such_sku(draft.sku_code)
    units = (draft.buffer, draft.presale)
    if not 0 <= draft.share <= 1 or not all(0 <= each <= MOST_UNITS for each in units):
        raise TermsOutOfRange(_("A share lies between 0 and 100 %; units are whole numbers from 0."))
    return channels[draft.channel_code], skus.get(draft.sku_code)


def spread(keys: Collection[tuple[int, int | None]]) -> None:
    """Leave to the next sweep the SKUs whose rules changed; those of a whole shop where its own did."""
    leave_stale([sku_id for _channel, sku_id in keys if sku_id is not None])
    whole = sorted(channel_id for channel_id, sku_id in keys if sku_id is None)
    if whole:
        leave_shops_stale(whole)


def leave_shops_stale(channel_ids: Collection[int] | None = None) -> int:
    """Leave all SKUs that these shops offer to the next sweeps, or that any does; return how many that are."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalog_stalestock (sku_id) SELECT DISTINCT sku_id FROM catalog_channelsku"
            " WHERE status = 'matched' AND (%(all)s OR channel_id = ANY (%(ids)s))",
            {"all": channel_ids is None, "ids": list(channel_ids or ())},
        )
        return int(cursor.rowcount)


@operation
def set_pending(drafts: Sequence[PendingDraft], *, actor: Principal, at: datetime) -> Outcome[ChannelSku]:
    """Note what platforms have sold that was not downloaded yet; the same again changes nothing.

    Refuses RoleMayNotShare, NoSuchShopCode, TermsOutOfRange, OlderThanKnown.
    """
    outcome: Outcome[ChannelSku] = Outcome()
    keys = {(draft.channel_code, draft.code) for draft in drafts}
    found = ChannelSku.objects.filter(
        channel__code__in={shop for shop, _code in keys}, code__in={code for _shop, code in keys}
    )
    ids = {
        (shop, code): pk
        for pk, shop, code in found.values_list("pk", "channel__code", "code")
        if (shop, code) in keys
    }
    locked = lock_shop_codes(ids.values())
    changed: dict[int, ChannelSku] = {}
    for index, draft in enumerate(drafts):
        as_of = draft.as_of or at
        try:
            if not actor.may(HOLDERS | WAREHOUSE_ROLES):
                raise RoleMayNotShare(_("Your role doesn't say what shops may show."))
            each = locked.get(ids.get((draft.channel_code, draft.code), 0))
            if each is None:
                raise NoSuchShopCode(_("There is no such code of a shop."))
            if not 0 <= draft.units <= MOST_UNITS or as_of > at:
                raise TermsOutOfRange(_("Units are whole numbers from 0, as of a moment that was."))
            if each.pending_at is not None and as_of < each.pending_at:
                raise OlderThanKnown(_("%(code)s is known as of a later moment."), code=each.code)
        except Refused as refusal:
            outcome.refused.append((index, refusal))
            continue
        each.pending_units, each.pending_at, each.updated_at = draft.units, as_of, at
        changed[each.pk] = each
        outcome.done.append(each)
    ChannelSku.objects.bulk_update(changed.values(), ["pending_units", "pending_at", "updated_at"])
    leave_stale([each.sku_id for each in changed.values() if each.sku_id is not None])
    return outcome


def show_stock(*, actor: Principal, at: datetime) -> int:
    """Reckon anew what shops show of the SKUs that wait for it, and tell what changed; return how many codes did.

    Safe to run at any time and any number of times at once. Each stretch is a transaction of its own.
    """
    newest = StaleStock.objects.order_by("-pk").values_list("pk", flat=True).first()
    changed = 0
    while newest is not None:
        told = _show_stretch(newest, actor=actor, at=at)
        if told is None:
            break
        changed += told
    return changed


@operation
def _show_stretch(newest: int, *, actor: Principal, at: datetime) -> int | None:
    wait_for_sweeps()
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM catalog_stalestock WHERE id IN"
            " (SELECT id FROM catalog_stalestock WHERE id <= %s ORDER BY id LIMIT %s) RETURNING sku_id",
            [newest, MARKS_AT_ONCE],
        )
        sku_ids = {sku_id for (sku_id,) in cursor.fetchall()}
    if not sku_ids:
        return None
    return tell(write_shown(codes_of(sku_ids), at=at), actor=actor, at=at)


def wait_for_sweeps() -> None:
    """Let nobody else reckon what shops show until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SHOWING_LOCK])


def write_shown(channel_sku_ids: Collection[int], *, at: datetime) -> list[int]:
    """Write what codes show now; return the ids of those that showed another number."""
    rows = [
        {"channel_sku_id": each.channel_sku_id, "units": each.shown, "since": at, "pushed_at": at}
        for each in reckon(channel_sku_ids, at=at).values()
    ]
    new = insert_rows(
        ChannelStock,
        sorted(rows, key=lambda row: row["channel_sku_id"]),
        on_conflict="(channel_sku_id) DO UPDATE SET units = EXCLUDED.units, since = EXCLUDED.since,"
        " pushed_at = EXCLUDED.pushed_at WHERE catalog_channelstock.units <> EXCLUDED.units",
        returning=("channel_sku_id",),
    )
    return [pk for (pk,) in new]


def tell(channel_sku_ids: Collection[int], *, actor: Principal, at: datetime) -> int:
    """Record for the agency's own connectors what shops are to show; return of how many codes."""
    if not channel_sku_ids:
        return 0
    shown = ChannelStock.objects.filter(channel_sku__in=channel_sku_ids)
    rows = shown.order_by("channel_sku_id").values_list(
        "channel_sku_id", "channel_sku__channel__code", "channel_sku__code", "channel_sku__sku__code", "units"
    )
    events = [
        EventDraft(
            CHANGED,
            OBJECT_KIND,
            str(pk),
            frozenset(),
            {"shop": shop, "code": code, "sku": sku, "units": units},
        )
        for pk, shop, code, sku, units in rows
    ]
    outbox.record(events, actor=actor, at=at)
    return len(events)


@operation
def tell_again(channel_codes: Sequence[str], *, actor: Principal, at: datetime) -> Outcome[Channel]:
    """Tell all numbers of shops once more: for a connector that lost some. Refuses RoleMayNotShare, NoSuchShop.

    No sweep reckons meanwhile: the numbers told are those that were told last, and none that a sweep has overtaken.
    """
    outcome: Outcome[Channel] = Outcome()
    wait_for_sweeps()
    channels = {each.code: each for each in Channel.objects.filter(code__in=channel_codes)}
    for index, code in enumerate(channel_codes):
        if not actor.may(HOLDERS):
            refusal: Refused = RoleMayNotShare(_("Your role doesn't say what shops may show."))
            outcome.refused.append((index, refusal))
        elif code not in channels:
            outcome.refused.append((index, NoSuchShop(_("There is no shop %(code)s."), code=code)))
        else:
            outcome.done.append(channels[code])
    shown = ChannelStock.objects.filter(
        channel_sku__channel__in=outcome.done, channel_sku__status=MatchStatus.MATCHED
    )
    ids = list(shown.order_by("channel_sku_id").values_list("channel_sku_id", flat=True))
    tell(ids, actor=actor, at=at)
    as_ids = as_json([{"id": pk} for pk in ids])
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalog_channelstock s SET pushed_at = %s FROM json_to_recordset(%s) AS r(id bigint)"
            " WHERE s.channel_sku_id = r.id",
            [at, as_ids],
        )
    return outcome
