"""The periodic check: what hits a rule waits to be looked at, once, until somebody says what becomes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.utils.translation import gettext_lazy as _

from catalog.choices import GOODS_CHECK_MOVES, CheckAction, CheckKind, CheckStatus
from catalog.drafts import SettleDraft
from catalog.models import GoodsCheck
from catalog.queries.goods_checks import Hit, hits_of, quiet_since
from ops_portal.lib.numbers import number_sql
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import NoSuch, Outcome, Refused, raise_first
from ops_portal.lib.rows import as_json
from ops_portal.lib.states import move_all, move_record, pick, record_moves, unable_to_move

CHECKING: Final = 4_420_026_003  # the lock under which one sweep goes on at a time
GIVEN: Final = """
    json_to_recordset(%(hits)s) AS h(sku_id bigint, channel_id bigint, figure numeric, "limit" numeric,
                                     days int, quiet_days int)
"""
FOLLOW: Final = f"""
    UPDATE catalog_goodscheck c SET figure = h.figure, "limit" = h."limit", days = h.days, quiet_days = h.quiet_days
    FROM {GIVEN}
    WHERE c.kind = %(kind)s AND c.status = 'open' AND c.sku_id = h.sku_id
      AND c.channel_id IS NOT DISTINCT FROM h.channel_id AND c.figure <> h.figure
"""
OPEN: Final = f"""
    INSERT INTO catalog_goodscheck (number, kind, sku_id, channel_id, status, figure, "limit", days, quiet_days,
                                    action, note, created_at, updated_at)
    SELECT {number_sql("GC")}, %(kind)s, h.sku_id, h.channel_id, 'open', h.figure, h."limit", h.days, h.quiet_days,
           '', '', %(at)s, %(at)s
    FROM {GIVEN}
    WHERE NOT EXISTS (
        SELECT FROM catalog_goodscheck c
        WHERE c.kind = %(kind)s AND c.sku_id = h.sku_id AND c.channel_id IS NOT DISTINCT FROM h.channel_id
          AND (c.status = 'open' OR (c.status = 'settled' AND c.quiet_until > %(at)s))
    )
    ORDER BY h.sku_id, h.channel_id
    RETURNING number
"""
OVER: Final = f"""
    SELECT c.id FROM catalog_goodscheck c
    WHERE c.kind = %(kind)s AND c.status = 'open' AND NOT EXISTS (
        SELECT FROM {GIVEN} WHERE h.sku_id = c.sku_id AND h.channel_id IS NOT DISTINCT FROM c.channel_id
    )
"""


class NoSuchCheck(NoSuch):
    """There is no check of this number."""

    code = "no_such_check"
    sentence = _("There is no check %(number)s.")


class UnknownAction(Refused):
    """Nobody does that with goods."""

    code = "unknown_action"


class NoteNeeded(Refused):
    """What stays as it is, although it hit a rule, stays for a reason."""

    code = "note_needed"


@dataclass(frozen=True, slots=True)
class Checked:
    """How many checks a sweep opened, and how many were over by themselves."""

    opened: int
    over: int


@operation
def check_goods(*, actor: Principal, at: datetime) -> Checked:
    """Hold goods against the rules: open what hits one, close what doesn't any more.

    Of one SKU (in one shop) one check of a kind is open at most, and none while one that was settled is quiet.
    Sweeps go one after the other.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHECKING])
    opened = over = 0
    for kind in CheckKind.values:
        hits = hits_of(kind, at=at)
        over += close_over(kind, hits, actor=actor, at=at)
        opened += open_new(kind, hits, actor=actor, at=at)
    return Checked(opened, over)


def given(kind: str, hits: Sequence[Hit], at: datetime) -> dict[str, Any]:
    """Return the parameters of the statements that take hits."""
    names = ("sku_id", "channel_id", "figure", "limit", "days", "quiet_days")
    return {"kind": kind, "at": at, "hits": as_json([dict(zip(names, hit, strict=True)) for hit in hits])}


def open_new(kind: str, hits: Sequence[Hit], *, actor: Principal, at: datetime) -> int:
    """Open the checks that are new, and let those that stand say the figure of now."""
    with connection.cursor() as cursor:
        cursor.execute(FOLLOW, given(kind, hits, at))
        cursor.execute(OPEN, given(kind, hits, at))
        numbers = [number for (number,) in cursor.fetchall()]
    record_moves(
        [
            move_record(GOODS_CHECK_MOVES.kind, number, "", CheckStatus.OPEN, actor=actor, at=at)
            for number in numbers
        ]
    )
    return len(numbers)


def close_over(kind: str, hits: Sequence[Hit], *, actor: Principal, at: datetime) -> int:
    """Close the checks of a kind that hit nothing any more."""
    with connection.cursor() as cursor:
        cursor.execute(OVER, given(kind, hits, at))
        ids = [pk for (pk,) in cursor.fetchall()]
    checks = list(
        GoodsCheck.objects.filter(pk__in=ids, status=CheckStatus.OPEN)
        .order_by("pk")
        .select_for_update(no_key=True)
    )
    return len(move_all(checks, CheckStatus.OVER, table=GOODS_CHECK_MOVES, actor=actor, at=at).done)


@operation
def settle_checks(drafts: Sequence[SettleDraft], *, actor: Principal, at: datetime) -> Outcome[GoodsCheck]:
    """Say what becomes of goods that were looked at; they are quiet then for as long as their rule says.

    Refuses NoSuchCheck, UnknownAction, NoteNeeded, IllegalMove, RoleMayNotMove.
    """
    picked = pick(
        GoodsCheck.objects.all(),
        [draft.number for draft in drafts],
        CheckStatus.SETTLED,
        missing=NoSuchCheck,
        unable=lambda index, check: unable(drafts[index], check, actor),
    )
    for index, check in picked.ready.items():
        check.action, check.note = drafts[index].action, drafts[index].note.strip()[:500]
        check.decider_id, check.quiet_until = actor.user_id, quiet_since(at, check.quiet_days)
    GoodsCheck.objects.bulk_update(picked.documents, ["action", "note", "decider", "quiet_until"])
    raise_first(
        move_all(picked.documents, CheckStatus.SETTLED, table=GOODS_CHECK_MOVES, actor=actor, at=at).refused
    )
    return picked.outcome()


def unable(draft: SettleDraft, check: GoodsCheck, actor: Principal) -> Refused | None:
    """Return why a check can't be settled like this, or None."""
    if draft.action not in CheckAction.values:
        return UnknownAction(_("Say what becomes of %(number)s."), number=draft.number)
    if draft.action == CheckAction.KEEP and not draft.note.strip():
        return NoteNeeded(_("Say why %(number)s stays as it is."), number=draft.number)
    return unable_to_move(check, CheckStatus.SETTLED, table=GOODS_CHECK_MOVES, actor=actor)
