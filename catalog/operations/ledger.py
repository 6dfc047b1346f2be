"""The one way into the stock ledger: lock balances in key order, then post movements."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import connection

from catalog.choices import OWN, StockState
from catalog.models import Stock
from catalog.signals import units_arrived
from ops_portal.lib.principals import Principal
from ops_portal.lib.rows import as_json


@dataclass(frozen=True, slots=True)
class Entry:
    """One movement to post. ``key`` is unique for ever: posting the same key again is a no-op."""

    stock_id: int
    batch_id: int | None
    units: int
    from_state: str
    to_state: str
    document_kind: str
    document_number: str
    key: str
    reason: str = ""


def post_movements(entries: Sequence[Entry], *, actor: Principal, at: datetime) -> int:
    """Write ``entries`` to the ledger and bring the balances along, in one statement; return how many were new.

    The caller holds the locks of the balances (``lock_stock``). The function ``catalog_post_movements`` stands in
    a migration: its plan is kept by the session, which a statement of that size sent as text would pay for anew.
    """
    if not entries:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT catalog_post_movements(%s::json, %s, %s)",
            [as_json([asdict(entry) for entry in entries]), str(actor), at],
        )
        (written,) = cursor.fetchone()
    return int(written)


def announce_arrivals(entries: Sequence[Entry], *, actor: Principal, at: datetime) -> None:
    """Say which SKUs have units available that they did not have before these entries."""
    stock_ids = {entry.stock_id for entry in entries if entry.to_state == StockState.AVAILABLE}
    if stock_ids:
        sku_ids = set(Stock.objects.filter(pk__in=stock_ids).values_list("sku_id", flat=True))
        units_arrived.send(Stock, sku_ids=sku_ids, actor=actor, at=at)


def lock_stock(stock_ids: Collection[int]) -> None:
    """Lock balances in key order (sku, warehouse, owner); a stock row's lock stands for its batches too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT 1 FROM catalog_stock WHERE id = ANY(%s)"
            " ORDER BY sku_id, warehouse_id, owner FOR NO KEY UPDATE) AS locked",
            [list(stock_ids)],
        )


def open_stock(keys: Collection[tuple[int, int, str]]) -> dict[tuple[int, int, str], int]:
    """Return the id of each balance (sku, warehouse, owner), opening at zero what does not exist yet."""
    wanted = sorted(set(keys))
    rows = as_json([{"sku_id": sku, "warehouse_id": place, "owner": owner} for sku, place, owner in wanted])
    given = "json_to_recordset(%s) AS r(sku_id bigint, warehouse_id bigint, owner text)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO catalog_stock (sku_id, warehouse_id, owner)"
            f" SELECT sku_id, warehouse_id, owner FROM {given} ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING",
            [rows],
        )
        cursor.execute(
            f"SELECT s.id, s.sku_id, s.warehouse_id, s.owner FROM catalog_stock s JOIN {given}"
            " USING (sku_id, warehouse_id, owner)",
            [rows],
        )
        return {(sku, place, owner): stock_id for stock_id, sku, place, owner in cursor.fetchall()}


def open_batch_stock(pairs: Collection[tuple[int, int]]) -> None:
    """Open at zero each batch balance (stock, batch) that does not exist yet."""
    if not pairs:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalog_batchstock (stock_id, batch_id)"
            " SELECT stock_id, batch_id FROM json_to_recordset(%s) AS r(stock_id bigint, batch_id bigint)"
            " ORDER BY 1, 2 ON CONFLICT DO NOTHING",
            [as_json([{"stock_id": stock, "batch_id": batch} for stock, batch in sorted(set(pairs))])],
        )


def owner_rank(owner: str) -> tuple[bool, str]:
    """Order owners as goods leave: consigned before own, consignors by code."""
    return (owner == OWN, owner)
