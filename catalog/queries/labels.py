"""Labels of goods: what stands on them, of a SKU and its batches, or of what a delivery brought."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final

from django.db.models import QuerySet

from catalog.bars import Bars, bars_of_label, code_of_label
from catalog.models import Batch, BatchStock, InboundDelivery, Sku
from catalog.queries.expiry import IN_THE_HOUSE
from catalog.queries.inbound import receipts_of

MOST: Final = 300  # labels of one page
MOST_BATCHES: Final = 50


@dataclass(frozen=True)
class Label:
    """A label of a SKU, or of a batch of it, and for how many units it is printed."""

    sku: Sku
    batch: Batch | None
    units: int = 1

    @property
    def name(self) -> str:
        return f"{self.sku.product.name} {self.sku.name}".strip()

    @property
    def expires_on(self) -> date | None:
        return self.batch.expires_on if self.batch else None

    @cached_property
    def code(self) -> str:
        """Return what its bars say."""
        lot = self.batch.code if self.batch else ""
        return code_of_label(self.sku.code, self.sku.barcode, lot, self.expires_on)

    @cached_property
    def bars(self) -> Bars | None:
        """Return its bars; None where the goods' code has letters that no scanner reads."""
        return bars_of_label(self.code)


def labels_of_sku(sku: Sku) -> list[Label]:
    """Return the labels of a SKU: one for each batch in the house, of what has no batches one."""
    if not sku.tracks_batches:
        return [Label(sku, None)]
    lying = BatchStock.objects.filter(IN_THE_HOUSE, stock__sku=sku).values("batch")
    batches: QuerySet[Batch] = Batch.objects.filter(pk__in=lying)
    found = [Label(sku, batch) for batch in batches.order_by("expires_on", "pk")[:MOST_BATCHES]]
    return found or [Label(sku, None)]


def labels_of_delivery(delivery: InboundDelivery, paper: str = "") -> list[Label]:
    """Return the labels of what a delivery brought, or one of its receipts: one for each SKU and batch."""
    units: dict[tuple[int, Batch | None], int] = {}
    for each in receipts_of(delivery):
        if each["paper"].undone_at is not None or paper not in ("", each["paper"].number):
            continue
        for line in each["lines"]:
            key = line.stock.sku_id, line.batch
            units[key] = units.get(key, 0) + line.units
    skus = Sku.objects.filter(pk__in={sku for sku, _batch in units}).select_related("product").in_bulk()
    return [Label(skus[sku], batch, number) for (sku, batch), number in units.items()]


def sheet_of(labels: Sequence[Label], *, copies: int) -> tuple[list[Label], bool]:
    """Return the labels of a page, each so often (0: once a unit), and whether some were left out."""

    def repeated() -> Iterator[Label]:
        for label in labels:
            for _copy in range(copies or label.units):
                yield label

    found: list[Any] = []
    for label in repeated():
        if len(found) == MOST:
            return found, True
        found.append(label)
    return found, False
