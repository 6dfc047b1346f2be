"""The page of differences: the newest snapshot of each mirrored warehouse, and the lines of one that differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db.models import Case, Count, DecimalField, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Abs, Coalesce

from catalog.choices import SnapshotSource, WarehouseSystem
from catalog.models import StockMessage, StockSnapshot, StockSnapshotLine, UnknownStockLine, Warehouse

MONEY: Final = DecimalField(max_digits=20, decimal_places=2)
MOST_UNKNOWN: Final = 200
OPEN: Final = Q(request=None, note="") & ~Q(difference=0)


@dataclass(frozen=True, slots=True)
class Mirror:
    """A warehouse whose books another system keeps, with its newest snapshot and what differs there."""

    warehouse: Warehouse
    snapshot: StockSnapshot | None
    waiting: int
    more: int
    fewer: int
    money: Decimal


def mirrors(user: Any) -> list[Mirror]:
    """Return the mirrored warehouses with their newest whole snapshots, else the newest: three statements."""
    newest = StockSnapshot.objects.filter(warehouse=OuterRef("pk")).order_by("-taken_at", "-pk").values("pk")
    places: Sequence[Any] = list(
        Warehouse.objects.visible_to(user)
        .exclude(system=WarehouseSystem.NONE)
        .annotate(newest=Coalesce(Subquery(newest.filter(is_whole=True)[:1]), Subquery(newest[:1])))
        .order_by("name", "code")
    )
    snapshots = StockSnapshot.objects.in_bulk([each.newest for each in places if each.newest])
    lines = StockSnapshotLine.objects.filter(OPEN, snapshot__in=snapshots)
    counted = {
        row["snapshot"]: row
        for row in lines.values("snapshot").annotate(
            waiting=Count("pk"),
            more=Coalesce(Sum("difference", filter=Q(difference__gt=0)), Value(0)),
            fewer=Coalesce(Sum("difference", filter=Q(difference__lt=0)), Value(0)),
            money=Coalesce(Sum(cost_of_difference()), Value(Decimal(0)), output_field=MONEY),
        )
    }
    nothing = {"waiting": 0, "more": 0, "fewer": 0, "money": Decimal(0)}
    return [
        Mirror(
            each,
            snapshots.get(each.newest),
            **{name: counted.get(each.newest, nothing)[name] for name in nothing},
        )
        for each in places
    ]


def cost_of_difference() -> Any:
    """Return what a difference is worth at cost."""
    return Case(
        When(sku__cost__isnull=False, then=F("difference") * F("sku__cost")),
        default=Value(None),
        output_field=MONEY,
    )


def differing_lines(snapshot: StockSnapshot, *, is_settled: bool, user: Any) -> QuerySet[Any]:
    """Return the lines of a snapshot that differ and wait, or were settled: the most money first, then units."""
    lines: QuerySet[Any] = StockSnapshotLine.objects.visible_to(user).filter(snapshot=snapshot)
    lines = lines.filter(~Q(difference=0) & ~OPEN) if is_settled else lines.filter(OPEN)
    money = cost_of_difference()
    shown: QuerySet[Any] = (
        lines.annotate(money=money, much=Abs(Coalesce(money, Value(Decimal(0)), output_field=MONEY)))
        .select_related("sku__product", "request")
        .order_by("-much", Abs("difference").desc(), "pk")
    )
    return shown


@dataclass(frozen=True, slots=True)
class Told:
    """The message by which a snapshot came, and the lines of it that could not be noted."""

    message: StockMessage
    unknown: list[UnknownStockLine]


def message_of(snapshot: StockSnapshot, *, user: Any) -> Told | None:
    """Return the signed message that brought a snapshot, with at most 200 lines that the reader may see."""
    if snapshot.source != SnapshotSource.WEBHOOK:
        return None
    message = StockMessage.objects.visible_to(user).filter(snapshot=snapshot).first()
    if message is None:
        return None
    lines = UnknownStockLine.objects.visible_to(user).filter(message=message)
    return Told(message, list(lines.order_by("position")[:MOST_UNKNOWN]))
