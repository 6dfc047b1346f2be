"""Batches by how long they may still be sold: fresh, near their date, past their last day of sale, past their date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any, Final

from django.db import connection
from django.db.models import (
    Case,
    DateField,
    ExpressionWrapper,
    F,
    IntegerField,
    Max,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Least
from django.utils.translation import pgettext_lazy

from catalog.choices import OWN, RequestReason
from catalog.models import BatchStock, Sku, Stock
from catalog.queries.sellable import MOST_DAYS
from ops_portal.accounts.visibility import scope_of

PAGE: Final = 50
COUNTED: Final = 1000
EXPIRED, STOP_SALE, NEAR, NORMAL, ALL = "expired", "stop_sale", "near", "normal", "all"
STAGES: Final[Mapping[str, Any]] = {
    EXPIRED: pgettext_lazy("batch", "past its date"),
    STOP_SALE: pgettext_lazy("batch", "no longer sold"),
    NEAR: pgettext_lazy("batch", "near its date"),
    NORMAL: pgettext_lazy("batch", "normal"),
}
HELD: Final = ("available", "reserved", "quarantine", "inspecting", "damaged")
IN_THE_HOUSE: Final = reduce(or_, (Q(**{f"{state}__gt": 0}) for state in HELD))
# The owners that there are, each found by the next place in the index that isn't the same.
OWNERS: Final = """
    WITH RECURSIVE owner AS (
        (SELECT owner FROM catalog_stock ORDER BY owner LIMIT 1)
        UNION ALL
        SELECT (SELECT s.owner FROM catalog_stock s WHERE s.owner > o.owner ORDER BY s.owner LIMIT 1)
        FROM owner o WHERE o.owner IS NOT NULL
    )
    SELECT owner FROM owner WHERE owner IS NOT NULL LIMIT 200
"""


@dataclass(frozen=True, slots=True)
class AskedBatches:
    """What a reader asks for."""

    stage: str = NEAR
    warehouse: str = ""
    brand: str = ""
    owner: str = ""
    text: str = ""
    after: str = ""

    @property
    def is_filtered(self) -> bool:
        """Tell whether more is asked for than a stage."""
        return bool(self.warehouse or self.brand or self.owner or self.text)


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch in a warehouse: units in the house, what they cost us, how many days are left, what to do.

    ``action`` is ``price``, ``return``, ``write_off`` or nothing; ``movable`` how many units a request can take.
    """

    part: BatchStock
    stage: str
    days_left: int
    units: int
    cost: Decimal | None

    @property
    def label(self) -> Any:
        """Return the stage in words."""
        return STAGES[self.stage]

    @property
    def movable(self) -> int:
        """Return the units that nobody was promised and that may be sold or sent."""
        return self.part.available

    @property
    def action(self) -> str:
        """Return what is to be done with the batch."""
        if self.stage == NEAR and self.movable:
            return "price"
        if self.stage == NORMAL or not self.movable:
            return ""
        return "write_off" if self.part.stock.owner == OWN else "return"

    @property
    def request(self) -> dict[str, str]:
        """Return the stock request that would take the units out of the house, as its form reads it."""
        own = self.part.stock.owner == OWN
        return {
            "kind": "adjustment" if own else "return_to_owner",
            "reason": RequestReason.EXPIRED,
            "warehouse": self.part.stock.warehouse.code,
            "sku": self.part.stock.sku.code,
            "goods": f"{self.part.stock.owner}|{self.part.batch.code}",
            "way": "available>outside",
            "units": str(self.movable),
        }


def days_before(field: str) -> Any:
    """Return the day that lies as many days before a batch's date as the SKU's ``field`` says."""
    number = Least(F(f"stock__sku__{field}"), Value(MOST_DAYS), output_field=IntegerField())
    return ExpressionWrapper(F("batch__expires_on") - number, output_field=DateField())


def staged(parts: QuerySet[BatchStock], *, on: date) -> QuerySet[Any]:
    """Return batches with a date that are in the house, each with its ``stage`` on a day."""
    return parts.filter(IN_THE_HOUSE, batch__expires_on__isnull=False).annotate(
        stage=Case(
            When(batch__expires_on__lt=on, then=Value(EXPIRED)),
            When(stock__sku__ship_days__gt=0, last_day__lt=on, then=Value(STOP_SALE)),
            When(stock__sku__near_days__isnull=False, near_from__lte=on, then=Value(NEAR)),
            default=Value(NORMAL),
        )
    )


def batches_asked(asked: AskedBatches, *, user: Any) -> QuerySet[BatchStock]:
    """Return the batches that the reader may see and asks for, whatever their stage."""
    seen = BatchStock.objects.filter(stock__in=Stock.objects.visible_to(user))
    if scope_of(user).all:
        seen = BatchStock.objects.all()
    if asked.warehouse:
        seen = seen.filter(stock__warehouse__code=asked.warehouse)
    if asked.brand:
        seen = seen.filter(stock__sku__product__brand__code=asked.brand)
    if asked.owner:
        seen = seen.filter(stock__owner=asked.owner)
    if asked.text:
        named = Sku.objects.filter(Q(code__iexact=asked.text) | Q(barcode=asked.text)).values("pk")
        seen = seen.filter(Q(stock__sku__in=named) | Q(batch__code=asked.text))
    return seen.annotate(last_day=days_before("ship_days"), near_from=days_before("near_days"))


def page_of_batches(asked: AskedBatches, *, user: Any, on: date) -> tuple[list[BatchRow], str]:
    """Return one page of batches, the first to expire first, and the place after which there are more."""
    found = staged(batches_asked(asked, user=user), on=on)
    if asked.stage == EXPIRED:
        found = found.filter(batch__expires_on__lt=on)
    elif asked.stage != ALL:
        found = found.filter(batch__expires_on__gte=on, stage=asked.stage)
    if asked.stage in (STOP_SALE, NEAR):
        found = found.filter(batch__expires_on__lte=horizon(on))
    if place := place_of(asked.after):
        found = found.filter(
            Q(batch__expires_on__gt=place[0]) | Q(batch__expires_on=place[0], pk__gt=place[1])
        )
    found = found.select_related("batch", "stock__sku__product__brand", "stock__warehouse")
    parts: list[Any] = list(found.order_by("batch__expires_on", "pk")[: PAGE + 1])
    last = parts[PAGE - 1] if len(parts) > PAGE else None
    following = f"{last.batch.expires_on.isoformat()}_{last.pk}" if last else ""
    return [row_of(part, on=on) for part in parts[:PAGE]], following


def row_of(part: Any, *, on: date) -> BatchRow:
    """Return what a page shows of a batch."""
    units = sum(getattr(part, state) for state in HELD)
    cost = part.stock.sku.cost
    left = (part.batch.expires_on - on).days
    return BatchRow(part, part.stage, left, units, None if cost is None else units * cost)


def counts_by_stage(asked: AskedBatches, *, user: Any, on: date) -> dict[str, int]:
    """Return how many batches are in each stage but the normal one, counted no further than is shown."""
    soon = staged(batches_asked(asked, user=user), on=on).filter(batch__expires_on__lte=horizon(on))
    return {
        stage: soon.filter(stage=stage).order_by().values("pk")[:COUNTED].count()
        for stage in (EXPIRED, STOP_SALE, NEAR)
    }


def horizon(on: date) -> date:
    """Return the last date that any SKU calls near: what expires later is in no stage but the normal one."""
    longest = Sku.objects.aggregate(near=Max("near_days"), ship=Max("ship_days"))
    return on + timedelta(days=min(max(longest["near"] or 0, longest["ship"] or 0), MOST_DAYS))


def place_of(text: str) -> tuple[date, int] | None:
    """Return where the page before ended; None for what is no such place."""
    day, _sign, pk = text.partition("_")
    try:
        on = date.fromisoformat(day)
    except ValueError:
        return None
    return (on, int(pk)) if pk.isascii() and pk.isdecimal() and len(pk) < 19 else None


def owners_seen(user: Any) -> Sequence[str]:
    """Return whose goods there are, of those that the reader may see: one look at an index for each."""
    with connection.cursor() as cursor:
        cursor.execute(OWNERS)
        owners = [owner for (owner,) in cursor.fetchall()]
    scope = scope_of(user)
    return owners if scope.all else [owner for owner in owners if owner == OWN or owner in scope.brands]
