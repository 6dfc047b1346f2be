"""Prove that the roll-ups are what the rows say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from analytics.choices import UNKNOWN, Source
from analytics.metrics import AMOUNTS, FEEDBACK_MEASURES, ORDER_MEASURES, PAYING_BUYERS, Number
from analytics.queries.recount import (
    Cell,
    DaySums,
    ShopDay,
    item_days,
    order_days,
    rolled_item_days,
    rolled_order_days,
    side_by_side,
)
from analytics.queries.stale import stale_days
from ops_portal.lib.money import as_text
from orders.models import Shop

SIDES = (
    (Source.ORDER, ORDER_MEASURES, order_days, rolled_order_days),
    (Source.FEEDBACK, FEEDBACK_MEASURES, item_days, rolled_item_days),
)


@dataclass(frozen=True, slots=True)
class FigureAudit:
    """How many roll-ups were compared, and the first that differs (None where all agree)."""

    checked: int
    first_difference: dict[str, Any] | None

    @property
    def ok(self) -> bool:
        """Tell whether the roll-ups are what the rows say."""
        return self.first_difference is None


def audit_kpis() -> FigureAudit:
    """Compare every roll-up with the rows: source by source, shop by shop, day by day.

    Days that wait to be computed again are left out, since their figures are known to be old. All is read in one
    snapshot, in which no change is seen without the stale day that goes with it.
    """
    checked = 0
    with one_snapshot():
        stale = stale_days()
        for source, names, counted, rolled in SIDES:
            for shop_day, rows, roll_ups in side_by_side(counted(), rolled()):
                if (source.value, *shop_day) in stale:
                    continue
                checked += len(roll_ups.measures)
                found = difference(names, rows, roll_ups)
                if found:
                    where = {
                        "source": source.value,
                        "day": shop_day[1].isoformat(),
                        "shop": _shop_code(shop_day),
                    }
                    return FigureAudit(checked, {**where, **found})
    return FigureAudit(checked, None)


@contextmanager
def one_snapshot() -> Iterator[None]:
    """Read all that is read in it as of one moment; inside a transaction that began before, as that one does."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def difference(names: tuple[str, ...], rows: DaySums, roll_ups: DaySums) -> dict[str, Any] | None:
    """Return the first measure of a day that differs, with both values, or None."""
    cells: list[Cell] = sorted({*rows.measures, *roll_ups.measures, *rows.buyers, *roll_ups.buyers})
    for cell in cells:
        for name in names:
            said, rolled = rows.measures[cell][name], roll_ups.measures[cell][name]
            if said != rolled:
                return _found(cell, name, rolled, said)
        here, there = rows.buyers[cell], roll_ups.buyers[cell]
        if here != there:
            return {**_found(cell, PAYING_BUYERS, len(there), len(here)), "customer": min(here ^ there)}
    return None


def _found(cell: Cell, measure: str, rolled: Number, said: Number) -> dict[str, Any]:
    dimension, key = cell
    return {
        "dimension": dimension,
        "key": None if dimension == "total" else key or UNKNOWN,
        "measure": measure,
        "rolled_up": _shown(measure, rolled),
        "recomputed": _shown(measure, said),
    }


def _shown(measure: str, number: Number) -> int | str:
    return as_text(Decimal(number)) if measure in AMOUNTS else int(number)


def _shop_code(shop_day: ShopDay) -> str | None:
    return Shop.objects.filter(pk=shop_day[0]).values_list("code", flat=True).first()
