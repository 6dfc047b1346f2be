"""What should be got is reckoned anew: suggestions that still hold stay, others are overtaken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.utils.translation import gettext_lazy as _

from catalog.choices import PLANNERS, REPLENISHMENT_MOVES, ReplenishmentStatus
from catalog.drafts import Reasoning
from catalog.models import Replenishment
from catalog.queries.days import yesterday
from catalog.queries.forecast import History, Pace, forecast, pace_of
from catalog.queries.histories import Campaigns, Place, histories
from catalog.queries.positions import AllTerms, Goods, Positions, dismissed_since, goods_of
from catalog.queries.reckoning import horizon_of, reckon, runs_out_on
from ops_portal.lib.numbers import next_numbers
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.rows import insert_rows, update_rows
from ops_portal.lib.states import move_all, move_record, record_moves

# Any number of its own: whoever reckons holds this lock until the transaction ends.
RECKONING_LOCK: Final = 7_018_233_202
LONGEST_REVIEW: Final = timedelta(days=365)


class RoleMayNotPlan(Refused):
    """None of the actor's roles plans stock."""

    code = "role_may_not_plan"


@dataclass(frozen=True, slots=True)
class Suggested:
    """So many units for a SKU in a warehouse, for an owner, and why."""

    place: Place
    goods_owner: str
    units: int
    reasoning: Reasoning

    @property
    def key(self) -> tuple[int, int, str]:
        """Return what is suggested once."""
        return (*self.place, self.goods_owner)


@operation
def suggest_replenishment(*, actor: Principal, at: datetime) -> Outcome[Replenishment]:
    """Reckon for every SKU and warehouse what should be got, and return the suggestions that are new.

    An open suggestion that comes out the same keeps its number, owner and decided units, and gets the new figures;
    one that comes out otherwise, or not at all, is overtaken. What was approved counts as on its way; what was
    dismissed isn't suggested again before it is ordered next by its terms. Raises RoleMayNotPlan.
    """
    if not actor.may(PLANNERS):
        raise RoleMayNotPlan(_("Your role doesn't plan stock."))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [RECKONING_LOCK])
    wanted = {each.key: each for each in reckon_all(at=at)}
    locked = Replenishment.objects.filter(status=ReplenishmentStatus.PROPOSED).order_by("pk")
    standing = {
        (row.sku_id, row.warehouse_id, row.goods_owner): row
        for row in locked.select_for_update(no_key=True, of=("self",))
    }
    stays = {key for key, row in standing.items() if key in wanted and wanted[key].units == row.suggested}
    overtaken = [row for key, row in standing.items() if key not in stays]
    move_all(overtaken, ReplenishmentStatus.OVERTAKEN, table=REPLENISHMENT_MOVES, actor=actor, at=at)
    update_rows(
        Replenishment,
        ("reasoning", "runs_out_on", "updated_at"),
        [{"id": standing[key].pk, **figures_of(wanted[key], at)} for key in sorted(stays)],
    )
    fresh = [each for key, each in sorted(wanted.items()) if key not in stays]
    return Outcome(insert_new(fresh, actor=actor, at=at))


def figures_of(suggested: Suggested, at: datetime) -> dict[str, Any]:
    """Return the columns that each reckoning writes."""
    return {
        "reasoning": asdict(suggested.reasoning),
        "runs_out_on": runs_out_on(suggested.reasoning),
        "updated_at": at,
    }


def insert_new(suggested: Collection[Suggested], *, actor: Principal, at: datetime) -> list[Replenishment]:
    """Write new suggestions; three statements."""
    numbers = next_numbers("RP", len(suggested)) if suggested else []
    status = ReplenishmentStatus.PROPOSED.value
    insert_rows(
        Replenishment,
        [
            {
                "number": number,
                "sku_id": each.place[0],
                "warehouse_id": each.place[1],
                "goods_owner": each.goods_owner,
                "status": status,
                "suggested": each.units,
                "units": each.units,
                "note": "",
                "created_at": at,
                **figures_of(each, at),
            }
            for number, each in zip(numbers, suggested, strict=True)
        ],
    )
    record_moves(
        [move_record(REPLENISHMENT_MOVES.kind, number, "", status, actor=actor, at=at) for number in numbers]
    )
    if not numbers:
        return []
    return list(Replenishment.objects.filter(number__in=numbers).defer("reasoning").order_by("pk"))


def reckon_all(*, at: datetime, sku_ids: Collection[int] | None = None) -> Iterator[Suggested]:
    """Yield what should be got, of all goods or of some; about a dozen statements, whatever their number."""
    on = yesterday(at)
    known = histories(on, sku_ids=sku_ids)
    positions = Positions.load(on=on, sku_ids=sku_ids)
    goods = goods_of({sku for sku, _place in known.keys() | positions.positions.keys()})
    campaigns, terms = Campaigns.load(), AllTerms.load()
    paces = paces_of(known, goods, campaigns)
    quiet = dismissed_since(at - LONGEST_REVIEW)
    waits = {place for place, position in positions.positions.items() if position.waiting}
    for place in sorted(known.keys() | waits):
        sku = goods.get(place[0])
        if sku is None:
            continue
        by = terms.of(sku.brand_id, place[0])
        if place in quiet and quiet[place] > at - timedelta(days=by.review_days):
            continue
        history = known.get(place)
        of_brand, pace = campaigns.of(sku.brand_id), paces.get(sku.brand_id, Pace())
        said = forecast(
            history or History(on + timedelta(days=1), ()),
            days=horizon_of(by),
            brand=pace,
            campaigns=of_brand,
        )
        units, reasoning = reckon(
            positions.of(place),
            by,
            history,
            said,
            on=on,
            momentum=pace.momentum,
            campaigns=of_brand,
            life_days=sku.life_days,
            cost=sku.cost,
        )
        if units:
            yield Suggested(place, positions.owner_of(place), units, reasoning)


def paces_of(known: dict[Place, History], goods: dict[int, Goods], campaigns: Campaigns) -> dict[int, Pace]:
    """Return what the goods of each brand have in common."""
    by_brand: dict[int, list[History]] = defaultdict(list)
    for (sku_id, _place), history in known.items():
        if sku_id in goods:
            by_brand[goods[sku_id].brand_id].append(history)
    return {brand: pace_of(several, campaigns.of(brand)) for brand, several in by_brand.items()}
