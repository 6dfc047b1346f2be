"""Stocktakes are opened, by a person or by a plan, and called off."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, time, timedelta
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

from catalog.choices import (
    DECIDE,
    STOCKTAKE_MOVES,
    WAREHOUSE_ROLES,
    CountClass,
    CountStatus,
    StocktakeKind,
    StocktakeStatus,
)
from catalog.drafts import ScopeDraft, StocktakeDraft
from catalog.models import Bin, Brand, Count, CountPlan, Sku, Stocktake, Warehouse, Zone
from catalog.queries.count_scopes import Place, longest_uncounted, places_sql, scope_as_json
from ops_portal.desk.models import Handover
from ops_portal.desk.queries import team_calendars
from ops_portal.lib import states
from ops_portal.lib.clocks import working_deadline
from ops_portal.lib.numbers import next_numbers
from ops_portal.lib.principals import Principal, acting_as, operation
from ops_portal.lib.refusals import NoSuch, Outcome, Refused, raise_first
from ops_portal.lib.rows import as_json, insert_rows
from ops_portal.lib.states import Picked, lock_numbered, move_record, pick_locked, record_moves

KIND: Final = STOCKTAKE_MOVES.kind
COUNTS, RECOUNTS, APPROVALS = "stocktake_count", "stocktake_recount", "stocktake_approve"
QUEUE_OF: Final = {
    StocktakeStatus.COUNTING: COUNTS,
    StocktakeStatus.RECOUNTING: RECOUNTS,
    StocktakeStatus.REVIEW: APPROVALS,
}
CLOCKS: Final = ("owner", "due_at", "paused_at", "time_left")
# Any number of its own: whoever opens planned stocktakes holds this lock until the transaction ends.
PLANS_LOCK: Final = 7_018_233_203


class NoSuchStocktake(NoSuch):
    """The stocktake does not exist."""

    code = "no_such_stocktake"
    sentence = _("There is no stocktake %(number)s.")


class UnknownScope(Refused):
    """The warehouse, zone, bin, SKU or brand that is to be counted does not exist."""

    code = "unknown_scope"


class NothingToCount(Refused):
    """By the books nothing lies there, or other stocktakes count it already."""

    code = "nothing_to_count"


class RoleMayNotCount(Refused):
    """None of the actor's roles counts goods."""

    code = "role_may_not_count"


@operation
def open_stocktakes(
    drafts: Sequence[StocktakeDraft], *, actor: Principal, at: datetime
) -> Outcome[Stocktake]:
    """Open stocktakes of all places in which goods of their scopes lie; what another one counts now is left out.

    Refuses RoleMayNotCount, UnknownScope, NothingToCount.
    """
    outcome: Outcome[Stocktake] = Outcome()
    for index, draft in enumerate(drafts):
        try:
            if not actor.may(WAREHOUSE_ROLES):
                raise RoleMayNotCount(_("Your role doesn't count goods."))
            warehouse = Warehouse.objects.filter(code=draft.warehouse_code).first()
            if warehouse is None:
                raise UnknownScope(_("There is no %(code)s to count."), code=draft.warehouse_code)
            check_scope(warehouse, draft.scope)
            kind = StocktakeKind.SPOT if scope_as_json(draft.scope) else StocktakeKind.FULL
            places, given = places_sql(warehouse.pk, draft.scope, on=day_of(at))
            outcome.done.append(
                open_one(
                    Opening(warehouse, kind, draft.scope, None, draft.note),
                    f"SELECT stock_id, batch_id, bin_id FROM ({places}) AS p",
                    given,
                    actor=actor,
                    at=at,
                )
            )
        except Refused as refusal:
            outcome.refused.append((index, refusal))
    return outcome


def check_scope(warehouse: Warehouse, scope: ScopeDraft) -> None:
    """Refuse UnknownScope where the scope names what isn't there."""
    known: list[tuple[tuple[str, ...], Any]] = [
        (scope.zones, Zone.objects.filter(warehouse=warehouse)),
        (scope.bins, Bin.objects.filter(warehouse=warehouse, is_active=True)),
        (scope.skus, Sku.objects.all()),
        (scope.brands, Brand.objects.all()),
    ]
    for codes, rows in known:
        if codes:
            missing = set(codes) - set(rows.filter(code__in=codes).values_list("code", flat=True))
            if missing:
                raise UnknownScope(_("There is no %(code)s to count."), code=min(missing))
    if scope.goods and scope.goods not in CountClass.values:
        raise UnknownScope(_("There is no %(code)s to count."), code=scope.goods)


class Opening(NamedTuple):
    """What a stocktake to be opened is of."""

    warehouse: Warehouse
    kind: str
    scope: ScopeDraft
    plan: CountPlan | None = None
    note: str = ""


def open_one(
    opening: Opening, places: str, given: dict[str, Any], *, actor: Principal, at: datetime
) -> Stocktake:
    """Write a stocktake with a count for each place that ``places`` selects. Raises NothingToCount."""
    with acting_as(actor, savepoint=True):
        (number,) = next_numbers("ST", 1)
        stocktake = Stocktake.objects.create(
            number=number,
            warehouse=opening.warehouse,
            kind=opening.kind,
            plan=opening.plan,
            status=StocktakeStatus.COUNTING,
            scope=scope_as_json(opening.scope),
            note=opening.note.strip()[:500],
            opened_by_id=actor.user_id,
            created_at=at,
            updated_at=at,
        )
        if add_counts(stocktake, places, given) == 0:
            detail = _("By the books nothing lies there, or another stocktake counts it already.")
            raise NothingToCount(detail)
        born = move_record(KIND, number, "", StocktakeStatus.COUNTING, actor=actor, at=at)
        record_moves([born])
    return stocktake


def add_counts(stocktake: Stocktake, places: str, given: dict[str, Any]) -> int:
    """Write a count for each place that ``places`` selects and that no stocktake counts; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalog_count (stocktake_id, stock_id, batch_id, bin_id, status, is_open, posted)"
            f" SELECT %(stocktake)s, stock_id, batch_id, bin_id, %(open)s, true, 0 FROM ({places}) AS places"
            " ORDER BY stock_id, batch_id, bin_id ON CONFLICT DO NOTHING",
            {**given, "stocktake": stocktake.pk, "open": CountStatus.OPEN.value},
        )
        return int(cursor.rowcount)


def add_places(stocktake: Stocktake, places: Collection[Place]) -> int:
    """Write a count for each place that no stocktake counts; return how many."""
    rows = as_json([place._asdict() for place in places])
    given = "json_to_recordset(%(places)s) AS r(stock_id bigint, batch_id bigint, bin_id bigint)"
    return add_counts(stocktake, f"SELECT stock_id, batch_id, bin_id FROM {given}", {"places": rows})


@operation
def open_planned_stocktakes(*, actor: Principal, at: datetime) -> list[Stocktake]:
    """Open what the plans want counted today: what was counted longest ago first; return the stocktakes.

    Nothing on a day on which the team that counts doesn't work, nor a second time on one day, nor while the plan's
    last one is still being counted.
    """
    today = day_of(at)
    if not team_calendars([COUNTS])[COUNTS].shifts_on(today):
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PLANS_LOCK])
    midnight = datetime.combine(today, time.min, ZoneInfo(settings.TIME_ZONE))
    opened: list[Stocktake] = []
    plans = CountPlan.objects.filter(is_active=True).select_related("warehouse", "zone").order_by("pk")
    for plan in plans:
        last = Stocktake.objects.filter(plan=plan).order_by("-created_at", "-pk").first()
        if last and (last.created_at >= midnight or last.status == StocktakeStatus.COUNTING):
            continue
        scope = ScopeDraft(zones=(plan.zone.code,) if plan.zone else (), goods=plan.goods)
        before = midnight + timedelta(days=1 - plan.every_days)
        places = longest_uncounted(plan.warehouse_id, scope, before=before, on=today, most=plan.places_a_day)
        if places:
            rows = as_json([place._asdict() for place in places])
            given = "json_to_recordset(%(places)s) AS r(stock_id bigint, batch_id bigint, bin_id bigint)"
            opened.append(
                open_one(
                    Opening(plan.warehouse, StocktakeKind.CYCLE, scope, plan),
                    f"SELECT stock_id, batch_id, bin_id FROM {given}",
                    {"places": rows},
                    actor=actor,
                    at=at,
                )
            )
    return opened


def day_of(at: datetime) -> Any:
    """Return the day on which ``at`` falls in the house."""
    return at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


@operation
def cancel_stocktakes(
    numbers: Sequence[str], *, reason: str = "", actor: Principal, at: datetime
) -> Outcome[Stocktake]:
    """Call stocktakes off; what was entered in the ledger already stays. Refuses NoSuchStocktake, IllegalMove,
    RoleMayNotMove.
    """
    to = StocktakeStatus.CANCELLED
    picked = pick(numbers, to, unable=lambda stocktake: unable_to_move(stocktake, to, actor))
    release(picked.documents)
    enter(picked.documents, to, actor=actor, at=at, reason=reason)
    return picked.outcome()


def lock_stocktakes(numbers: Iterable[str]) -> dict[str, Stocktake]:
    """Lock stocktakes in primary-key order and return them by number."""
    return lock_numbered(Stocktake.objects.all(), numbers)


def pick(
    numbers: Sequence[str],
    to: StocktakeStatus,
    *,
    unable: Callable[[Stocktake], Refused | None],
) -> Picked[Stocktake]:
    """Lock stocktakes and tell those that may move to ``to`` from those of which ``unable`` says why not."""
    locked = lock_stocktakes(numbers)
    return pick_locked(
        locked, numbers, to, missing=NoSuchStocktake, unable=lambda _index, stocktake: unable(stocktake)
    )


def unable_to_move(stocktake: Stocktake, to: StocktakeStatus, actor: Principal) -> Refused | None:
    """Return why ``actor`` can't move the stocktake to ``to``, or None."""
    return states.unable_to_move(stocktake, to, table=STOCKTAKE_MOVES, actor=actor)


def enter(
    stocktakes: Sequence[Stocktake], to: StocktakeStatus, *, actor: Principal, at: datetime, reason: str = ""
) -> None:
    """Move locked stocktakes on to a status, back to its queue and under its clock. Raises what refuses the move."""
    if not stocktakes:
        return
    due = None
    if to == StocktakeStatus.REVIEW:
        due = working_deadline(at, DECIDE, team_calendars([APPROVALS])[APPROVALS])
    handovers = [
        {
            "document_kind": KIND,
            "document_number": stocktake.number,
            "from_user_id": stocktake.owner_id,
            "to_user_id": None,
            "reason": "",
            "actor": str(actor),
            "at": at,
        }
        for stocktake in stocktakes
        if stocktake.owner_id is not None
    ]
    for stocktake in stocktakes:
        stocktake.owner_id = None
        stocktake.due_at, stocktake.paused_at, stocktake.time_left = due, None, None
    insert_rows(Handover, handovers)
    Stocktake.objects.bulk_update(stocktakes, CLOCKS)
    raise_first(
        states.move_all(stocktakes, to, table=STOCKTAKE_MOVES, actor=actor, at=at, reason=reason).refused
    )


def release(stocktakes: Sequence[Stocktake]) -> None:
    """Let other stocktakes count the places of these."""
    Count.objects.filter(stocktake__in=stocktakes, is_open=True).update(is_open=False)
