"""The list of stock alerts: a page of them, each with what is there now, how long it lasts and what is coming."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from catalog.choices import AlertStatus, InboundStatus
from catalog.models import BatchStock, DailyDemand, InboundLine, StockAlert, StockLimit
from catalog.queries.sellable import sellable_units
from ops_portal.lib.keysets import page_after

PAGE: Final = 50
COUNTED: Final = 1000
RATE_DAYS: Final = 28
ALL: Final = "all"
AWAITED: Final = (InboundStatus.ORDERED, InboundStatus.EXPECTED, InboundStatus.RECEIVING)
Place = tuple[int, int]  # SKU, warehouse


@dataclass(frozen=True, slots=True)
class AskedAlerts:
    """What a reader asks for; ``after`` is the number that the page before ended with."""

    status: str = AlertStatus.OPEN
    kind: str = ""
    brand: str = ""
    warehouse: str = ""
    text: str = ""
    after: str = ""

    @property
    def is_filtered(self) -> bool:
        """Tell whether anything but a tab is asked for."""
        return bool(self.kind or self.brand or self.warehouse or self.text)


@dataclass(frozen=True, slots=True)
class Coming:
    """The next delivery that is expected: when, how many units, and its number."""

    on: date
    units: int
    number: str


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An alert with the units that are there now, the limits now, for how many days they last, and what comes next."""

    alert: StockAlert
    units: int
    limit: StockLimit | None
    cover: int | None
    coming: Coming | None

    @property
    def days_left(self) -> int | None:
        """Return how many days a batch may still be used, as of today; none where it is no batch."""
        batch = self.alert.batch
        if batch is None or batch.expires_on is None:
            return None
        left: int = (batch.expires_on - timezone.localdate()).days
        return left

    @property
    def days_past(self) -> int:
        """Return for how many days a batch is past its date."""
        return max(0, -(self.days_left or 0))


def page_of_alerts(asked: AskedAlerts, *, user: Any, at: datetime) -> tuple[list[AlertRow], str]:
    """Return one page of alerts, newest first, and the number after which more follow: at most seven statements."""
    alerts = narrowed(StockAlert.objects.visible_to(user), asked)
    whole = alerts.select_related("sku__product__brand", "warehouse", "batch", "owner", "acknowledged_by")
    found, following = page_after(whole, asked.after, ("-opened_at", "-pk"), size=PAGE)
    return rows_of(found, at=at), following


def narrowed(alerts: QuerySet[StockAlert], asked: AskedAlerts) -> QuerySet[StockAlert]:
    """Return the alerts that are asked for."""
    if asked.status != ALL:
        alerts = alerts.filter(status=asked.status)
    if asked.kind:
        alerts = alerts.filter(kind=asked.kind)
    if asked.brand:
        alerts = alerts.filter(sku__product__brand__code=asked.brand)
    if asked.warehouse:
        alerts = alerts.filter(warehouse__code=asked.warehouse)
    if asked.text:
        text = asked.text
        alerts = alerts.filter(
            Q(number=text)
            | Q(sku__code__istartswith=text)
            | Q(sku__barcode=text)
            | Q(sku__product__name__icontains=text)
        )
    return alerts


def rows_of(alerts: Iterable[StockAlert], *, at: datetime) -> list[AlertRow]:
    """Return alerts with what is known of their goods now."""
    alerts = list(alerts)
    on = timezone.localdate(at, timezone.get_default_timezone())
    skus = {alert.sku_id for alert in alerts}
    places = {alert.warehouse_id for alert in alerts}
    units = sellable_units(skus, places, on=on)
    lots = units_of_batches({alert.batch_id for alert in alerts if alert.batch_id})
    found = StockLimit.objects.filter(sku__in=skus, warehouse__in=places)
    limits = {(limit.sku_id, limit.warehouse_id): limit for limit in found}
    rates = daily_rates(skus, places, on=on)
    coming = next_deliveries(skus, places)
    rows = []
    for alert in alerts:
        place = alert.sku_id, alert.warehouse_id
        there = lots.get((alert.batch_id, alert.warehouse_id), 0) if alert.batch_id else units.get(place, 0)
        rate = rates.get(place, 0.0)
        cover = int(there / rate) if rate else None
        rows.append(AlertRow(alert, there, limits.get(place), cover, coming.get(place)))
    return rows


def units_of_batches(batch_ids: Collection[int]) -> dict[tuple[int, int], int]:
    """Return the units of batches by (batch, warehouse) that are available or reserved."""
    if not batch_ids:
        return {}
    found = BatchStock.objects.filter(batch__in=batch_ids).values_list("batch", "stock__warehouse")
    sums = found.annotate(free=Sum("available"), held=Sum("reserved")).order_by()
    return {(batch, place): free + held for batch, place, free, held in sums}


def daily_rates(skus: Collection[int], places: Collection[int], *, on: date) -> dict[Place, float]:
    """Return the units sold a day in the last four weeks, days without goods left out."""
    days = DailyDemand.objects.filter(
        sku__in=skus, warehouse__in=places, day__gte=on - timedelta(days=RATE_DAYS), day__lt=on
    )
    sums: dict[Place, list[int]] = {}
    for sku, place, units, was_out in days.values_list("sku", "warehouse", "units", "was_out"):
        sold = sums.setdefault((sku, place), [0, RATE_DAYS])
        if was_out:
            sold[1] -= 1
        else:
            sold[0] += units
    return {place: units / left for place, (units, left) in sums.items() if left > 0}


def next_deliveries(skus: Collection[int], places: Collection[int]) -> dict[Place, Coming]:
    """Return the earliest delivery under way to each place that still brings units."""
    lines = InboundLine.objects.filter(
        sku__in=skus, delivery__warehouse__in=places, delivery__status__in=AWAITED
    ).select_related("delivery")
    coming: dict[Place, Coming] = {}
    for line in lines.order_by("delivery__expected_on", "delivery_id"):
        left = line.promised - line.received
        place = line.sku_id, line.delivery.warehouse_id
        if left > 0 and place not in coming:
            coming[place] = Coming(line.delivery.expected_on, left, line.delivery.number)
    return coming


def waiting_alerts(user: Any) -> int:
    """Return how many alerts are open, counted no further than is shown."""
    waiting = StockAlert.objects.visible_to(user).filter(status=AlertStatus.OPEN)
    return waiting.order_by().values("pk")[:COUNTED].count()
