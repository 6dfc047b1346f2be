"""The list of limits: a page of them in the sequence of the SKUs, with what is there now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.utils import timezone

from catalog.models import StockLimit
from catalog.queries.sellable import sellable_units

PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class AskedLimits:
    """What a reader asks for; ``after`` is the place that the page before ended with."""

    brand: str = ""
    warehouse: str = ""
    text: str = ""
    kept_by: str = ""
    after: str = ""

    @property
    def is_filtered(self) -> bool:
        """Tell whether anything is asked for."""
        return bool(self.brand or self.warehouse or self.text or self.kept_by)


@dataclass(frozen=True, slots=True)
class LimitRow:
    """Limits with the units that can be sold there now."""

    limit: StockLimit
    units: int

    @property
    def standing(self) -> str:
        """Return where the units stand: too few, too many, or as they should be."""
        if self.limit.low is not None and self.units < self.limit.low:
            return "low"
        return "over" if self.limit.high is not None and self.units > self.limit.high else "fine"


def page_of_limits(asked: AskedLimits, *, user: Any, at: datetime) -> tuple[list[LimitRow], str]:
    """Return one page of limits by SKU and warehouse, and the place after which there are more: two statements."""
    limits = narrowed(StockLimit.objects.visible_to(user), asked)
    found = list(
        limits.select_related("sku__product__brand", "warehouse").order_by("sku_id", "warehouse_id")[
            : PAGE + 1
        ]
    )
    following = f"{found[PAGE - 1].sku_id}~{found[PAGE - 1].warehouse_id}" if len(found) > PAGE else ""
    found = found[:PAGE]
    on = timezone.localdate(at, timezone.get_default_timezone())
    units = sellable_units({limit.sku_id for limit in found}, {limit.warehouse_id for limit in found}, on=on)
    return [LimitRow(limit, units.get((limit.sku_id, limit.warehouse_id), 0)) for limit in found], following


def narrowed(limits: QuerySet[StockLimit], asked: AskedLimits) -> QuerySet[StockLimit]:
    """Return the limits that are asked for."""
    if asked.brand:
        limits = limits.filter(sku__product__brand__code=asked.brand)
    if asked.warehouse:
        limits = limits.filter(warehouse__code=asked.warehouse)
    if asked.kept_by:
        limits = limits.filter(is_computed=asked.kept_by == "reckoned")
    if asked.text:
        text = asked.text
        limits = limits.filter(
            Q(sku__code__istartswith=text) | Q(sku__barcode=text) | Q(sku__product__name__icontains=text)
        )
    sku, _tilde, place = asked.after.partition("~")
    if all(part.isascii() and part.isdecimal() and len(part) < 19 for part in (sku, place)):
        limits = limits.filter(Q(sku__gt=int(sku)) | Q(sku=int(sku), warehouse__gt=int(place)))
    return limits
