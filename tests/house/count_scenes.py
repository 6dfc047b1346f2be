"""What the operations of stocktakes lock, for ``test_lock_order``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from catalog.drafts import CountDraft, PlaceDraft, RecountDraft, SendBackDraft, StocktakeDraft
from catalog.models import Count, CountPlan
from catalog.operations import count_approving, counting, stocktaking
from tests.catalog.counts import House
from tests.factories import ACTOR, NOON

STOCKTAKE, STOCK, BIN = "catalog_stocktake", "catalog_stock", "catalog_binstock"
Scene = tuple[Callable[[Any], Callable[[], object]], list[str]]


def opening(_house: Any) -> Callable[[], object]:
    House("SHELVES")
    return lambda: stocktaking.open_stocktakes([StocktakeDraft("SHELVES")], actor=ACTOR, at=NOON)


def planning(_house: Any) -> Callable[[], object]:
    CountPlan.objects.create(warehouse=House("SHELVES").warehouse)
    return lambda: stocktaking.open_planned_stocktakes(actor=ACTOR, at=NOON)


def cancelling(_house: Any) -> Callable[[], object]:
    number = House("SHELVES").open().number
    return lambda: stocktaking.cancel_stocktakes([number], actor=ACTOR, at=NOON).one()


def counting_units(_house: Any) -> Callable[[], object]:
    """Count goods of the south of the list before those of its north, and some that nobody expected."""
    house = House("SHELVES")
    stocktake = house.open()
    scans = (("", "TEA"), ("A-02", "TEA"), ("A-01", "SALT"), ("A-01", "TEA"))
    drafts = [CountDraft(stocktake.number, place, sku, 1, f"{place}{sku}") for place, sku in scans]
    return lambda: counting.count_units(drafts, actor=house.counter, at=NOON)


def closing(_house: Any) -> Callable[[], object]:
    house = House("SHELVES")
    number = house.open().number
    drafts = [PlaceDraft(number, place) for place in ("", "A-01")]
    return lambda: counting.close_places(drafts, actor=house.counter, at=NOON)


def submitting(_house: Any) -> Callable[[], object]:
    house = House("SHELVES")
    stocktake = house.open()
    house.close(stocktake, house.first, house.second, None)
    return lambda: counting.submit_stocktakes([stocktake.number], actor=house.counter, at=NOON).one()


def recounting(_house: Any) -> Callable[[], object]:
    house = House("SHELVES")
    counts = Count.objects.filter(stocktake=house.counted(8, 9, 3))
    drafts = [RecountDraft(count.pk, 5, f"again-{count.pk}") for count in counts.order_by("-pk")]
    return lambda: counting.recount_units(drafts, actor=house.other, at=NOON)


def reviewed(house: House) -> str:
    """Return a stocktake to approve: some is missing, some lies elsewhere, some came from nowhere."""
    stocktake = house.counted(5, 8, 6)
    for place, sku, units in (
        (house.first, house.tea, 5),
        (house.second, house.tea, 8),
        (None, house.salt, 6),
    ):
        house.recount(stocktake, place, sku, units).one()
    return str(stocktake.number)


def approving(_house: Any) -> Callable[[], object]:
    house = House("SHELVES")
    number = reviewed(house)
    return lambda: count_approving.approve_stocktakes([number], actor=house.approver, at=NOON).one()


def sending_back(_house: Any) -> Callable[[], object]:
    house = House("SHELVES")
    draft = SendBackDraft(reviewed(house), "look again")
    return lambda: count_approving.send_back_stocktakes([draft], actor=house.approver, at=NOON).one()


COUNT_SCENES: dict[str, Scene] = {
    "open_stocktakes": (opening, []),
    "open_planned_stocktakes": (planning, []),
    "cancel_stocktakes": (cancelling, [STOCKTAKE]),
    "count_units": (counting_units, [STOCKTAKE, STOCK]),
    "close_places": (closing, [STOCKTAKE, STOCK]),
    "submit_stocktakes": (submitting, [STOCKTAKE]),
    "recount_units": (recounting, [STOCKTAKE, STOCK]),
    "approve_stocktakes": (approving, [STOCKTAKE, STOCK, BIN]),
    "send_back_stocktakes": (sending_back, [STOCKTAKE]),
}
