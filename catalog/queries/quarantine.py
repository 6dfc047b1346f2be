"""What waits for inspection."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import F, QuerySet

from catalog.choices import StockState
from catalog.models import BatchStock, Stock, StockDocumentLine
from ops_portal.accounts.visibility import Viewer

PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Quarantined:
    """Units of a SKU (and batch) of one owner that wait for inspection, and the last paper that brought some."""

    stock_id: int
    sku: str
    name: str
    owner: str
    owner_label: str
    warehouse: str
    batch: str
    expires_on: date | None
    units: int
    delivery: str
    note: str


def list_quarantine(
    viewer: Viewer, *, warehouse: str = "", sku: str = "", after: int = 0
) -> tuple[list[Quarantined], int]:
    """Return what is in quarantine, and after which balance the next page begins (0: there is none)."""
    seen: QuerySet[Any] = Stock.objects.visible_to(viewer).filter(quarantine__gt=0, pk__gt=after)
    if warehouse:
        seen = seen.filter(warehouse__code=warehouse)
    if sku:
        seen = seen.filter(sku__code=sku)
    stocks = list(seen.select_related("sku__product", "warehouse").order_by("pk")[: PAGE + 1])
    shown = stocks[:PAGE]
    ids = [stock.pk for stock in shown]
    parts: dict[int, list[Any]] = {pk: [] for pk in ids}
    batches = BatchStock.objects.filter(stock__in=ids, quarantine__gt=0).select_related("batch")
    for part in batches.order_by(F("batch__expires_on").asc(nulls_last=True), "pk"):
        parts[part.stock_id].append(part)
    papers = {
        (line.stock_id, line.batch_id): line.document
        for line in StockDocumentLine.objects.filter(stock__in=ids, to_state=StockState.QUARANTINE)
        .select_related("document")
        .order_by("stock", "batch", "-pk")
        .distinct("stock", "batch")
    }
    found: list[Quarantined] = []
    for stock in shown:
        pieces = [(part.batch, part.quarantine) for part in parts[stock.pk]] or [(None, stock.quarantine)]
        for batch, units in pieces:
            paper = papers.get((stock.pk, batch.pk if batch else None))
            found.append(
                Quarantined(
                    stock_id=stock.pk,
                    sku=stock.sku.code,
                    name=f"{stock.sku.product.name} {stock.sku.name}".strip(),
                    owner=stock.owner,
                    owner_label=stock.owner_label,
                    warehouse=stock.warehouse.code,
                    batch=batch.code if batch else "",
                    expires_on=batch.expires_on if batch else None,
                    units=units,
                    delivery=paper.delivery_number if paper else "",
                    note=paper.note if paper else "",
                )
            )
    return found, ids[-1] if len(stocks) > PAGE else 0
