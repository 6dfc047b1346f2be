"""What stands in a warehouse of each owner and batch, and where somebody wants more of it than that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from catalog.choices import StockState
from catalog.models import BatchStock, Stock, Warehouse

Standing = dict[tuple[int, str, str], dict[str, int]]  # by (SKU, owner, batch or nothing): units by state


class Want(NamedTuple):
    """Units that are to be taken from a state of an owner's goods; ``batch`` is empty where there is none."""

    sku_id: int
    owner: str
    batch: str
    state: str
    units: int


def standing_in(place: Warehouse, sku_ids: Iterable[int]) -> Standing:
    """Return the units by state of each balance of SKUs in a warehouse, and of each batch: two statements."""
    standing: Standing = {}
    ids = list(sku_ids)
    for stock in Stock.objects.filter(sku__in=ids, warehouse=place):
        standing[stock.sku_id, stock.owner, ""] = units_by_state(stock)
    parts = BatchStock.objects.filter(stock__sku__in=ids, stock__warehouse=place)
    for part in parts.select_related("stock", "batch"):
        standing[part.stock.sku_id, part.stock.owner, part.batch.code] = units_by_state(part)
    return standing


def units_by_state(balance: Any) -> dict[str, int]:
    """Return the units of a balance by state."""
    return {state: getattr(balance, state) for state in StockState.values if state != StockState.OUTSIDE}


def shortages(wants: Iterable[Want], standing: Standing) -> list[dict[str, Any]]:
    """Return what is wanted of a balance's state beyond what is there, lines of the same goods added up."""
    wanted: dict[tuple[int, str, str, str], int] = defaultdict(int)
    for want in wants:
        if want.state != StockState.OUTSIDE:
            wanted[want[:4]] += want.units
    short = []
    for (sku_id, owner, batch, state), units in wanted.items():
        there = standing.get((sku_id, owner, batch), {}).get(state, 0)
        if units > there:
            row = {"sku_id": sku_id, "owner": owner, "batch": batch, "state": state}
            short.append({**row, "wanted": units, "there": there})
    return short
