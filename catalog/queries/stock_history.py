"""One SKU: what stands of it where, who holds it, what moved, and how available it was."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import F, Sum
from django.utils import timezone

from catalog.choices import AlertStatus, InboundStatus, ReplenishmentStatus, ReservationStatus
from catalog.models import (
    BatchStock,
    BinStock,
    InboundLine,
    Replenishment,
    Reservation,
    Sku,
    Stock,
    StockAlert,
    StockMovement,
)

PAGE: Final = 50
HOLDERS: Final = 20
DAYS: Final = 90
SHOWN: Final = ("available", "reserved", "quarantine", "inspecting", "damaged", "in_transit")
# The newest movements of each balance, of which the newest of all: no more is read than is shown.
NEWEST: Final = """
    SELECT m.id FROM unnest(%(stocks)s::bigint[]) AS s(id)
    CROSS JOIN LATERAL (
        SELECT m.id FROM catalog_stockmovement m
        WHERE m.stock_id = s.id AND m.id < %(before)s {narrowed}
        ORDER BY m.id DESC LIMIT %(most)s
    ) AS m ORDER BY m.id DESC LIMIT %(most)s
"""
# What each day brought to what is available, and took from it, newest balances first.
BY_DAY: Final = """
    SELECT (m.at AT TIME ZONE %(zone)s)::date AS day,
           sum(CASE WHEN m.to_state = 'available' THEN m.units ELSE -m.units END)::bigint
    FROM catalog_stockmovement m
    WHERE m.stock_id = ANY (%(stocks)s) AND m.at >= %(since)s
      AND (m.to_state = 'available' OR m.from_state = 'available')
    GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class AskedMovements:
    """What a reader asks for of a history. ``state`` is one that units came from or went to."""

    state: str = ""
    kind: str = ""
    warehouse: str = ""
    after: str = ""

    @property
    def is_filtered(self) -> bool:
        """Tell whether anything is asked for."""
        return bool(self.state or self.kind or self.warehouse)


@dataclass(slots=True)
class Part:
    """A balance, or a batch of one, with the bins in which it lies."""

    stock: Stock
    balance: Stock | BatchStock
    batch: Any = None
    bins: list[BinStock] = field(default_factory=list)


def stocks_of(sku: Sku) -> list[Stock]:
    """Return the balances of a SKU by warehouse and owner."""
    found = Stock.objects.filter(sku=sku).select_related("warehouse", "sku")
    return list(found.order_by("warehouse__code", "owner"))


def parts_of(sku: Sku, stocks: Sequence[Stock]) -> list[Part]:
    """Return what stands of a SKU, by batch where it is kept by batch, with the bins: two statements.

    Batches of which nothing is there are left out.
    """
    bins: dict[tuple[int, int | None], list[BinStock]] = defaultdict(list)
    lying = BinStock.objects.filter(stock__in=stocks, units__gt=0).select_related("bin")
    for each in lying.order_by("bin__sequence", "bin__code", "pk"):
        bins[each.stock_id, each.batch_id].append(each)
    if not sku.tracks_batches:
        return [Part(stock, stock, None, bins[stock.pk, None]) for stock in stocks]
    by_stock: dict[int, list[BatchStock]] = defaultdict(list)
    batches = BatchStock.objects.filter(stock__in=stocks).select_related("batch")
    for batch in batches.order_by("batch__expires_on", "pk"):
        by_stock[batch.stock_id].append(batch)
    return [
        Part(stock, batch, batch.batch, bins[stock.pk, batch.batch_id])
        for stock in stocks
        for batch in by_stock[stock.pk]
        if any(getattr(batch, state) for state in SHOWN)
    ]


def holders_of(stocks: Sequence[Stock]) -> tuple[list[Reservation], int]:
    """Return the newest promises of units, and how many units are promised in all: two statements."""
    held = Reservation.objects.filter(stock__in=stocks, status=ReservationStatus.HELD)
    rows = held.select_related("stock__warehouse", "batch").order_by("-pk")[:HOLDERS]
    return list(rows), held.aggregate(units=Sum("units"))["units"] or 0


def page_of_movements(asked: AskedMovements, stocks: Sequence[Stock]) -> tuple[list[StockMovement], str]:
    """Return one page of movements, newest first, and the place after which there are more: two statements."""
    ids = [stock.pk for stock in stocks if not asked.warehouse or stock.warehouse.code == asked.warehouse]
    narrowed = ""
    given: dict[str, Any] = {
        "stocks": ids,
        "before": int(asked.after) if is_number(asked.after) else 2**62,
        "most": PAGE + 1,
        "state": asked.state,
        "kind": asked.kind,
    }
    if asked.state:
        narrowed += " AND (m.from_state = %(state)s OR m.to_state = %(state)s)"
    if asked.kind:
        narrowed += " AND m.document_kind = %(kind)s"
    with connection.cursor() as cursor:
        cursor.execute(NEWEST.format(narrowed=narrowed), given)
        found = [pk for (pk,) in cursor.fetchall()]
    rows = StockMovement.objects.filter(pk__in=found[:PAGE]).select_related("stock__warehouse", "batch")
    return list(rows.order_by("-pk")), str(found[PAGE - 1]) if len(found) > PAGE else ""


def is_number(text: str) -> bool:
    """Tell whether a text is the id of a row."""
    return text.isascii() and text.isdecimal() and len(text) < 19


def available_by_day(stocks: Sequence[Stock], *, on: date) -> list[tuple[date, int]]:
    """Return how many units were available at the end of each of the last 90 days, the day ``on`` as it stands.

    Reckoned back from what is there now; one statement.
    """
    zone = timezone.get_default_timezone()
    since = datetime.combine(on - timedelta(days=DAYS - 1), time(), zone)
    with connection.cursor() as cursor:
        cursor.execute(BY_DAY, {"stocks": [stock.pk for stock in stocks], "since": since, "zone": str(zone)})
        moved: Mapping[date, int] = dict(cursor.fetchall())
    units = sum(int(stock.available) for stock in stocks)
    days: list[tuple[date, int]] = []
    for back in range(DAYS):
        day = on - timedelta(days=back)
        days.append((day, units))
        units -= moved.get(day, 0)
    return days[::-1]


@dataclass(frozen=True, slots=True)
class Ahead:
    """What is known of a SKU's near future."""

    alerts: Sequence[StockAlert]
    replenishments: Sequence[Replenishment]
    coming: Sequence[InboundLine]


def ahead_of(sku: Sku) -> Ahead:
    """Return open alerts, replenishment under way, and deliveries that are expected: three statements."""
    alerts = StockAlert.objects.filter(sku=sku).exclude(status=AlertStatus.CLOSED)
    wanted = Replenishment.objects.filter(
        sku=sku, status__in=(ReplenishmentStatus.PROPOSED, ReplenishmentStatus.APPROVED)
    )
    coming = InboundLine.objects.filter(
        sku=sku,
        delivery__status__in=(InboundStatus.ORDERED, InboundStatus.EXPECTED, InboundStatus.RECEIVING),
        promised__gt=F("received"),
    ).annotate(still=F("promised") - F("received"))
    return Ahead(
        list(alerts.select_related("warehouse", "batch").order_by("-opened_at", "-pk")[:HOLDERS]),
        list(wanted.select_related("warehouse").order_by("runs_out_on", "pk")[:HOLDERS]),
        list(coming.select_related("delivery__warehouse").order_by("delivery__promised_on", "pk")[:HOLDERS]),
    )
