"""The codes of shops: they become known, and people say which of our SKUs they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext_lazy as _

from catalog.choices import WRITERS, MatchStatus
from catalog.drafts import MatchDraft, ShopCodeDraft
from catalog.models import Channel, ChannelSku, Sku
from catalog.signals import skus_matched
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.rows import as_json, insert_rows, recordset

LONGEST_CODE, LONGEST_TITLE, LONGEST_BARCODE = 120, 300, 40
MATCH_ROLES = WRITERS
OFFERED = ("channel_id", "code", "title", "barcode", "sku_id", "created_at", "updated_at")


class NoSuchShopCode(Refused):
    """The shop's code is not known."""

    code = "no_such_shop_code"
    status_code = 404


class NoSuchSku(Refused):
    """There is no SKU of this code."""

    code = "unknown_sku"
    status_code = 422


class CodeIsAnothers(Refused):
    """The shop's code is the own code of another SKU, or was matched with another."""

    code = "code_taken"


class MatchedMeanwhile(Refused):
    """Somebody else matched the code since."""

    code = "changed_meanwhile"


class RoleMayNotMatch(Refused):
    """None of the actor's roles matches codes."""

    code = "role_may_not_match"


def no_such_sku(code: str) -> NoSuchSku:
    """Return the refusal of a code that no SKU has."""
    return NoSuchSku(_("There is no SKU %(sku)s."), sku=code)


@operation
def open_shop_codes(
    drafts: Sequence[ShopCodeDraft], *, actor: Principal, at: datetime
) -> Outcome[ChannelSku]:
    """Note codes of shops that nobody has matched yet; those that are known stay as they are.

    Shops and empty codes that nobody knows are passed over: who brings an order isn't to be stopped by them. Answers
    the new ones. Two statements, one where every code is of no shop.
    """
    channels = dict(
        Channel.objects.filter(code__in={draft.channel_code for draft in drafts}).values_list("code", "pk")
    )
    rows = {
        (channels[draft.channel_code], draft.code[:LONGEST_CODE]): draft
        for draft in reversed(drafts)
        if draft.channel_code in channels and draft.code.strip()
    }
    # In one sequence for all, so that two who bring the same codes wait for each other in a line.
    new = insert_rows(
        ChannelSku,
        [
            {
                "channel_id": channel_id,
                "code": code,
                "title": draft.title[:LONGEST_TITLE],
                "barcode": draft.barcode[:LONGEST_BARCODE],
                "status": MatchStatus.OPEN.value,
                "created_at": at,
                "updated_at": at,
            }
            for (channel_id, code), draft in sorted(rows.items(), key=lambda pair: pair[0])
        ],
        on_conflict="(channel_id, code) DO NOTHING",
        returning=("id", "channel_id", "code"),
    )
    return Outcome([ChannelSku(pk=pk, channel_id=channel_id, code=code) for pk, channel_id, code in new])


def lock_shop_codes(ids: Iterable[int]) -> dict[int, ChannelSku]:
    """Lock codes of shops in primary-key order and return them by id."""
    locked = ChannelSku.objects.filter(pk__in=set(ids)).order_by("pk")
    return {each.pk: each for each in locked.select_for_update(no_key=True, of=("self",))}


@operation
def match_skus(drafts: Sequence[MatchDraft], *, actor: Principal, at: datetime) -> Outcome[ChannelSku]:
    """Say which SKUs codes of shops are; orders that wait for them go on. The same match again changes nothing.

    Orders that were taken in before keep the SKU that they have. Refuses RoleMayNotMatch, NoSuchShopCode, NoSuchSku,
    CodeIsAnothers, MatchedMeanwhile.
    """
    shop_codes = lock_shop_codes(draft.channel_sku_id for draft in drafts)
    named = {draft.sku_code for draft in drafts} | {each.code for each in shop_codes.values()}
    skus = {sku.code: sku for sku in Sku.objects.filter(code__in=named)}
    meant = {each.sku_id for each in shop_codes.values() if each.sku_id is not None}
    codes = {sku.pk: sku.code for sku in skus.values()} | dict(
        Sku.objects.filter(pk__in=meant).values_list("pk", "code")
    )

    def write(draft: MatchDraft, each: ChannelSku) -> bool:
        sku, own = skus.get(draft.sku_code), skus.get(each.code)
        if sku is None:
            raise no_such_sku(draft.sku_code)
        if each.sku_id == sku.pk:
            return False
        if own is not None and own != sku:
            raise CodeIsAnothers(_("%(code)s is the own code of another SKU."), code=each.code)
        is_now = codes[each.sku_id] if each.sku_id is not None else ""
        if is_now != draft.seen_sku_code:
            detail = _("%(code)s was matched by somebody else since you opened it; it is %(sku)s now.")
            raise MatchedMeanwhile(detail, code=each.code, sku=is_now or "–")
        each.sku, each.status = sku, MatchStatus.MATCHED
        return True

    outcome, written = settle(drafts, shop_codes, write, actor=actor, at=at)
    if written:
        matched = {each.sku_id for each in written if each.sku_id is not None}
        skus_matched.send(ChannelSku, sku_ids=matched, actor=actor, at=at)
    return outcome


@operation
def ignore_skus(channel_sku_ids: Sequence[int], *, actor: Principal, at: datetime) -> Outcome[ChannelSku]:
    """Say that open codes of shops are none of ours. Refuses RoleMayNotMatch, NoSuchShopCode, MatchedMeanwhile."""
    drafts = [MatchDraft(each, "") for each in channel_sku_ids]

    def write(draft: MatchDraft, each: ChannelSku) -> bool:
        if each.status == MatchStatus.MATCHED:
            detail = _("%(code)s is matched already.")
            raise MatchedMeanwhile(detail, code=each.code)
        is_open = each.status == MatchStatus.OPEN
        each.status = MatchStatus.IGNORED
        return is_open

    shop_codes = lock_shop_codes(channel_sku_ids)
    return settle(drafts, shop_codes, write, actor=actor, at=at)[0]


def settle(
    drafts: Sequence[MatchDraft],
    shop_codes: dict[int, ChannelSku],
    write: Callable[[MatchDraft, ChannelSku], bool],
    *,
    actor: Principal,
    at: datetime,
) -> tuple[Outcome[ChannelSku], list[ChannelSku]]:
    """Let ``write`` say of each locked code what it is, and write those of which that is new."""
    outcome: Outcome[ChannelSku] = Outcome()
    written: dict[int, ChannelSku] = {}
    for index, draft in enumerate(drafts):
        each = shop_codes.get(draft.channel_sku_id)
        try:
            if not actor.may(MATCH_ROLES):
                raise RoleMayNotMatch(_("Your role doesn't match the codes of shops."))
            if each is None:
                raise NoSuchShopCode(_("There is no such code of a shop."))
            if write(draft, each):
                each.updated_at = at
                written[each.pk] = each
        except Refused as refusal:
            outcome.refused.append((index, refusal))
        else:
            outcome.done.append(each)
    ChannelSku.objects.bulk_update(written.values(), ["sku", "status", "updated_at"])
    return outcome, list(written.values())


def keep_offered(offered: Sequence[tuple[int, str, str, Sku]], *, actor: Principal, at: datetime) -> None:
    """Write down what approved listings say: of (shop's id, code, title, SKU) that the code is the SKU.

    Refuses CodeIsAnothers where somebody has matched a code with another SKU; then the whole goes back.
    """
    rows = [
        dict(
            zip(OFFERED, (channel_id, code, title[:LONGEST_TITLE], sku.barcode, sku.pk, at, at), strict=True)
        )
        for channel_id, code, title, sku in sorted(offered, key=lambda each: each[:2])
    ]
    if not rows:
        return
    names = ", ".join(OFFERED)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO catalog_channelsku AS c ({names}, status) SELECT {names}, 'matched'"
            f" FROM {recordset(ChannelSku, OFFERED)} ON CONFLICT (channel_id, code) DO UPDATE"
            " SET sku_id = EXCLUDED.sku_id, status = 'matched', updated_at = EXCLUDED.updated_at"
            " WHERE c.status <> 'matched' RETURNING c.sku_id",
            [as_json(rows)],
        )
        fresh = {sku_id for (sku_id,) in cursor.fetchall()}
    standing = ChannelSku.objects.filter(
        channel__in={row["channel_id"] for row in rows}, code__in={row["code"] for row in rows}
    )
    means = {(each.channel_id, each.code): each.sku_id for each in standing}
    for row in rows:
        if means[row["channel_id"], row["code"]] != row["sku_id"]:
            raise CodeIsAnothers(_("The shop's code %(code)s means another SKU."), code=row["code"])
    if fresh:
        skus_matched.send(ChannelSku, sku_ids=fresh, actor=actor, at=at)
