"""What the operations of replenishment lock, for ``test_lock_order``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from catalog.models import DailyDemand, Replenishment
from catalog.operations import purchasing, replenishing
from catalog.queries.days import yesterday
from tests.factories import ACTOR, NOON, make_sku, make_warehouse, receive

TABLE = "catalog_replenishment"
Scene = tuple[Callable[[Any], Callable[[], object]], list[str]]


def suggested() -> list[str]:
    """Return the numbers of 2 suggestions, the later first."""
    place = make_warehouse("WANTING")
    for code in ("WANTED-1", "WANTED-2"):
        sku = make_sku(code)
        receive(sku, 1, warehouse=place)
        DailyDemand.objects.bulk_create(
            DailyDemand(sku=sku, warehouse=place, day=yesterday(NOON) - timedelta(days), units=9)
            for days in range(30)
        )
    replenishing.suggest_replenishment(actor=ACTOR, at=NOON)
    return list(Replenishment.objects.order_by("-pk").values_list("number", flat=True))


def suggesting_again(_house: Any) -> Callable[[], object]:
    suggested()
    DailyDemand.objects.update(units=20)
    return lambda: replenishing.suggest_replenishment(actor=ACTOR, at=NOON)


def changing(_house: Any) -> Callable[[], object]:
    drafts = [purchasing.UnitsDraft(number, 5) for number in suggested()]
    return lambda: purchasing.change_units(drafts, actor=ACTOR, at=NOON)


def deciding(operation: Callable[..., Any]) -> Callable[[Any], Callable[[], object]]:
    def prepare(_house: Any) -> Callable[[], object]:
        numbers = suggested()
        return lambda: operation(numbers, actor=ACTOR, at=NOON)

    return prepare


def ordering(_house: Any) -> Callable[[], object]:
    numbers = suggested()
    purchasing.approve_replenishments(numbers, actor=ACTOR, at=NOON)
    return lambda: purchasing.order_replenishments(numbers, actor=ACTOR, at=NOON)


SUPPLY_SCENES: dict[str, Scene] = {
    "suggest_replenishment": (suggesting_again, [TABLE]),
    "change_units": (changing, [TABLE]),
    "approve_replenishments": (deciding(purchasing.approve_replenishments), [TABLE]),
    "dismiss_replenishments": (deciding(purchasing.dismiss_replenishments), [TABLE]),
    "order_replenishments": (ordering, [TABLE]),
}
