"""Somebody decides on suggestions, and what is approved is ordered: one delivery for each supplier and place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext_lazy as _

from catalog.choices import BUYERS, PLANNERS, REPLENISHMENT_MOVES, InboundSource, ReplenishmentStatus
from catalog.models import InboundDelivery, Replenishment
from catalog.operations.inbound import InboundDraft, announce_deliveries
from catalog.queries.days import yesterday
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.states import RoleMayNotMove, illegal_move, move_all

MOST_UNITS: Final = 10_000_000
NOTE_LENGTH: Final = 500


class NoSuchReplenishment(Refused):
    """The suggestion does not exist."""

    code = "no_such_replenishment"
    status_code = 404


class BadUnits(Refused):
    """That is no number of units that can be ordered."""

    code = "bad_units"
    status_code = 422


class AlreadyDecided(Refused):
    """Units are changed while a suggestion waits for its decision, and by those who plan."""

    code = "already_decided"


@dataclass(frozen=True, slots=True)
class UnitsDraft:
    """So many units shall be got instead of those that were suggested."""

    number: str
    units: int


def lock_replenishments(numbers: Iterable[str]) -> dict[str, Replenishment]:
    """Lock suggestions in primary-key order, each with its goods; return them by number."""
    locked = (
        Replenishment.objects.filter(number__in=set(numbers))
        .select_related("sku__product__brand", "warehouse")
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    return {each.number: each for each in locked}


def no_such(number: str) -> NoSuchReplenishment:
    """Return the refusal of a number that nobody knows."""
    return NoSuchReplenishment(_("There is no suggestion %(number)s."), number=number[:30])


@operation
def change_units(drafts: Sequence[UnitsDraft], *, actor: Principal, at: datetime) -> Outcome[Replenishment]:
    """Set how many units shall be got. Refuses NoSuchReplenishment, BadUnits, AlreadyDecided."""
    locked = lock_replenishments(draft.number for draft in drafts)
    outcome: Outcome[Replenishment] = Outcome()
    for index, draft in enumerate(drafts):
        row = locked.get(draft.number)
        if row is None:
            outcome.refused.append((index, no_such(draft.number)))
        elif not actor.may(PLANNERS | BUYERS) or row.status != ReplenishmentStatus.PROPOSED:
            detail = _("The units of %(number)s can't be changed by you, or not any more.")
            outcome.refused.append((index, AlreadyDecided(detail, number=row.number)))
        elif not 1 <= draft.units <= MOST_UNITS:
            detail = _("%(number)s: units go from 1 to %(most)s.")
            outcome.refused.append((index, BadUnits(detail, number=row.number, most=MOST_UNITS)))
        else:
            row.units, row.updated_at = draft.units, at
            outcome.done.append(row)
    Replenishment.objects.bulk_update(outcome.done, ["units", "updated_at"])
    return outcome


@operation
def approve_replenishments(
    numbers: Sequence[str], *, actor: Principal, at: datetime
) -> Outcome[Replenishment]:
    """Approve suggestions, which are then to be ordered. Refuses NoSuchReplenishment, IllegalMove, RoleMayNotMove."""
    return decide(numbers, ReplenishmentStatus.APPROVED, "", actor=actor, at=at)


@operation
def dismiss_replenishments(
    numbers: Sequence[str], *, actor: Principal, at: datetime, reason: str = ""
) -> Outcome[Replenishment]:
    """Say no to suggestions, for ``reason``. Refuses NoSuchReplenishment, IllegalMove, RoleMayNotMove."""
    return decide(numbers, ReplenishmentStatus.DISMISSED, reason, actor=actor, at=at)


def decide(
    numbers: Sequence[str], to: ReplenishmentStatus, reason: str, *, actor: Principal, at: datetime
) -> Outcome[Replenishment]:
    """Move suggestions, and note who decided and why; five statements."""
    locked = lock_replenishments(numbers)
    places = [index for index, number in enumerate(numbers) if number in locked]
    outcome: Outcome[Replenishment] = Outcome(
        refused=[(index, no_such(number)) for index, number in enumerate(numbers) if number not in locked]
    )
    moved = move_all(
        [locked[numbers[index]] for index in places],
        to,
        table=REPLENISHMENT_MOVES,
        actor=actor,
        at=at,
        reason=reason[:NOTE_LENGTH],
    )
    ids = [row.pk for row in moved.done]
    Replenishment.objects.filter(pk__in=ids).update(decider=actor.user_id, note=reason[:NOTE_LENGTH])
    for row in moved.done:
        row.decider_id, row.note = actor.user_id, reason[:NOTE_LENGTH]
    outcome.done = moved.done
    outcome.refused = sorted(
        [*outcome.refused, *((places[index], refusal) for index, refusal in moved.refused)],
        key=lambda pair: pair[0],
    )
    return outcome


@operation
def order_replenishments(
    numbers: Sequence[str], *, actor: Principal, at: datetime
) -> Outcome[InboundDelivery]:
    """Order what was approved: one delivery for each supplier, brand, warehouse and owner, wanted by its lead time.

    The deliveries wait for the suppliers' promises. Refuses NoSuchReplenishment, IllegalMove, RoleMayNotMove, and
    what ``announce_deliveries`` refuses, for each that would have gone into that delivery.
    """
    locked = lock_replenishments(numbers)
    refused: dict[int, Refused] = {}
    groups: dict[tuple[str, str, str, str], list[int]] = defaultdict(list)
    named: set[str] = set()
    for index, number in enumerate(numbers):
        row = locked.get(number)
        refusal = no_such(number) if row is None else unable_to_order(row, named, actor)
        if refusal is not None or row is None:
            refused[index] = refusal or no_such(number)
            continue
        named.add(number)
        supplier = str(row.reasoning.get("supplier", ""))
        groups[supplier, row.sku.product.brand.code, row.warehouse.code, row.goods_owner].append(index)
    keys = sorted(groups)
    rows_of: Callable[[int], Replenishment] = lambda index: locked[numbers[index]]  # noqa: E731
    drafts = [order_of(key, [rows_of(index) for index in groups[key]], at=at) for key in keys]
    announced = announce_deliveries(drafts, actor=actor, at=at)
    not_taken = dict(announced.refused)
    for place, refusal in not_taken.items():
        refused.update(dict.fromkeys(groups[keys[place]], refusal))
    taken = [place for place in range(len(keys)) if place not in not_taken]
    ordered: list[Replenishment] = []
    for place, delivery in zip(taken, announced.done, strict=True):
        for index in groups[keys[place]]:
            row = rows_of(index)
            row.delivery = delivery
            ordered.append(row)
    Replenishment.objects.bulk_update(ordered, ["delivery"])
    move_all(ordered, ReplenishmentStatus.ORDERED, table=REPLENISHMENT_MOVES, actor=actor, at=at)
    return Outcome(announced.done, sorted(refused.items()))


def unable_to_order(row: Replenishment, named: set[str], actor: Principal) -> Refused | None:
    """Return why a suggestion can't be ordered, or None."""
    move = REPLENISHMENT_MOVES.find(row.status, ReplenishmentStatus.ORDERED)
    if move is None or row.number in named:
        return illegal_move(row, ReplenishmentStatus.ORDERED)
    if not actor.may(move.roles):
        detail = _("Your role may not move %(number)s from “%(here)s” to “%(there)s”.")
        there = ReplenishmentStatus.ORDERED.value
        return RoleMayNotMove(detail, number=row.number, here=row.status, there=there)
    return None


def order_of(key: tuple[str, str, str, str], rows: Sequence[Replenishment], *, at: datetime) -> InboundDraft:
    """Return the delivery that is ordered for ``rows``, whose key is supplier, brand, warehouse and owner."""
    supplier, brand, warehouse, owner = key
    units: dict[str, int] = defaultdict(int)
    for row in rows:
        units[row.sku.code] += row.units
    lead = max(int(row.reasoning.get("lead_days", 0)) for row in rows)
    return InboundDraft(
        brand_code=brand,
        warehouse_code=warehouse,
        goods_owner=owner,
        promised_on=yesterday(at) + timedelta(days=1 + lead),
        lines=tuple(sorted(units.items())),
        supplier=supplier,
        source=InboundSource.REPLENISHMENT.value,
        is_order=True,
    )
