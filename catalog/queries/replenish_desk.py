"""What the page of replenishment shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db.models import Count, DecimalField, ExpressionWrapper, F, Q, QuerySet, Sum

from catalog.choices import ReplenishmentStatus
from catalog.models import Replenishment
from ops_portal.accounts.visibility import Viewer

PAGE: Final = 50
ALL: Final = "all"
NEVER: Final = "never"
AMOUNT: Final = ExpressionWrapper(
    F("units") * F("sku__cost"), output_field=DecimalField(max_digits=20, decimal_places=2)
)
GOODS: Final = ("sku__product__brand", "warehouse", "decider", "owner", "delivery")


@dataclass(frozen=True, slots=True)
class AskedReplenishment:
    """The part of the list that is asked for; ``after`` is the place of the last row of the page before."""

    status: str = ReplenishmentStatus.PROPOSED.value
    brand: str = ""
    warehouse: str = ""
    text: str = ""
    after: str = ""

    @property
    def is_filtered(self) -> bool:
        """Tell whether more than the tab was chosen."""
        return bool(self.brand or self.warehouse or self.text)


@dataclass(frozen=True, slots=True)
class ReplenishmentPage:
    """Rows, each with its ``amount`` at cost; the place after the last; how many there are and what all cost."""

    rows: Sequence[Any]
    following: str
    count: int
    amount: Decimal | None
    unpriced: int


def page_of_replenishment(asked: AskedReplenishment, *, user: Viewer) -> ReplenishmentPage:
    """Return a page of suggestions, those that run out first on top; two statements."""
    found = asked_for(asked, user=user)
    sums = found.aggregate(count=Count("pk"), amount=Sum(AMOUNT), priced=Count("sku__cost"))
    rows = found.annotate(amount=AMOUNT).select_related(*GOODS)
    if place := place_of(asked.after):
        rows = rows.filter(behind(*place))
    rows = rows.order_by(F("runs_out_on").asc(nulls_last=True), "pk")
    several = list(rows[: PAGE + 1])
    last = several[PAGE - 1] if len(several) > PAGE else None
    following = f"{last.runs_out_on or NEVER}_{last.pk}" if last else ""
    return ReplenishmentPage(
        several[:PAGE], following, sums["count"], sums["amount"], sums["count"] - sums["priced"]
    )


def asked_for(asked: AskedReplenishment, *, user: Viewer) -> QuerySet[Replenishment]:
    """Return what is asked for, in no sequence."""
    found: QuerySet[Replenishment] = Replenishment.objects.visible_to(user)
    if asked.status in ReplenishmentStatus.values:
        found = found.filter(status=asked.status)
    if asked.brand:
        found = found.filter(sku__product__brand__code=asked.brand)
    if asked.warehouse:
        found = found.filter(warehouse__code=asked.warehouse)
    if asked.text:
        found = found.filter(Q(number=asked.text.upper()) | Q(sku__code=asked.text))
    return found


def place_of(text: str) -> tuple[date | None, int] | None:
    """Return where the page before ended; None for what is no such place."""
    day, _sign, pk = text.partition("_")
    try:
        return (None if day == NEVER else date.fromisoformat(day)), int(pk)
    except ValueError:
        return None


def behind(day: date | None, pk: int) -> Q:
    """Return the condition that a row stands behind a place."""
    if day is None:
        return Q(runs_out_on__isnull=True, pk__gt=pk)
    return Q(runs_out_on__gt=day) | Q(runs_out_on=day, pk__gt=pk) | Q(runs_out_on__isnull=True)


def counts_by_status(user: Viewer) -> dict[str, int]:
    """Return how many suggestions wait for a decision, and how many for the order."""
    waiting = (ReplenishmentStatus.PROPOSED, ReplenishmentStatus.APPROVED)
    found = Replenishment.objects.visible_to(user).filter(status__in=waiting).order_by()
    return {row["status"]: row["count"] for row in found.values("status").annotate(count=Count("pk"))}
