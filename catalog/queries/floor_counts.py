"""What whoever counts is asked and told on the floor: where to go, never what the books say is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db.models import Count as Number
from django.db.models import F, Q, Sum

from catalog.choices import OWN, CountStatus, StocktakeStatus
from catalog.models import Batch, BatchStock, Bin, Count, Sku, Stock, Stocktake, Tally, Warehouse
from catalog.queries.counters import first_counters, others_count
from catalog.queries.shelves import barcodes_scanned

OPEN: Final = (StocktakeStatus.COUNTING, StocktakeStatus.RECOUNTING)
SHOWN: Final = 30
WAITING: Final = {
    StocktakeStatus.COUNTING: CountStatus.OPEN,
    StocktakeStatus.RECOUNTING: CountStatus.DIFFERS,
}
IN_HOUSE: Final = Q(available__gt=0) | Q(reserved__gt=0) | Q(quarantine__gt=0) | Q(damaged__gt=0)


def stocktakes_of(warehouse: Warehouse) -> list[Stocktake]:
    """Return the stocktakes on which somebody works in a warehouse, the oldest first."""
    found = Stocktake.objects.filter(warehouse=warehouse, status__in=OPEN)
    return list(found.order_by("created_at", "pk")[:SHOWN])


def stocktake_with(warehouse: Warehouse, place: Bin | None) -> Stocktake | None:
    """Return the oldest stocktake in which a place is still to be counted, or to be counted once more."""
    waits = Q(status=CountStatus.OPEN, stocktake__status=StocktakeStatus.COUNTING) | Q(
        status=CountStatus.DIFFERS, stocktake__status=StocktakeStatus.RECOUNTING
    )
    counts = Count.objects.filter(waits, bin=place, is_open=True, stocktake__warehouse=warehouse)
    first = counts.select_related("stocktake").order_by("stocktake").first()
    return first.stocktake if first else None


def places_left(stocktake: Stocktake) -> tuple[int, list[str]]:
    """Return how many places are still to count, and the first of them in the sequence of picking; "" is no bin."""
    counts = Count.objects.filter(stocktake=stocktake, status=CountStatus.OPEN)
    left = counts.aggregate(bins=Number("bin", distinct=True), outside=Number("pk", filter=Q(bin=None)))
    rows = counts.values_list("bin__code", "bin__sequence").distinct().order_by("bin__sequence", "bin__code")
    codes = [code or "" for code, _sequence in rows[:8]]
    return int(left["bins"] + bool(left["outside"])), codes


@dataclass(frozen=True, slots=True)
class Found:
    """What was counted so far of some goods in a place."""

    sku: str
    name: str
    owner: str
    batch: str
    units: int


def found_in(stocktake: Stocktake, place: Bin | None) -> list[Found]:
    """Return what was scanned in a place, what was scanned last first."""
    counts = Count.objects.filter(
        stocktake=stocktake, bin=place, counter__isnull=False, tallies__isnull=False
    )
    rows = (
        counts.annotate(units=Sum("tallies__units"))
        .order_by("-counted_at", "-pk")
        .values_list("stock__sku__code", "stock__sku__product__name", "stock__owner", "batch__code", "units")
    )
    return [
        Found(sku, name, "" if owner == OWN else owner, batch or "", units)
        for sku, name, owner, batch, units in rows[:SHOWN]
    ]


def who_counts_in(stocktake: Stocktake, place: Bin | None, *, apart: int) -> str:
    """Return the name of somebody else who has scanned in a place that isn't closed yet; empty: nobody."""
    scans = Tally.objects.filter(
        count__stocktake=stocktake, count__bin=place, count__status=CountStatus.OPEN
    ).exclude(counter=apart)
    last = scans.select_related("counter").order_by("-pk").first()
    return str(last.counter) if last else ""


def skus_called(code: str) -> list[Sku]:
    """Return the SKUs of this code, or else of this barcode, as a scanner or a thumb gives it, or of a GS1 label."""
    written = {code, code.upper(), code.lower()}
    found = list(Sku.objects.filter(code__in=written, is_bundle=False).order_by("pk")[:3])
    if found or not code:
        return found
    return list(Sku.objects.filter(barcode__in=barcodes_scanned(code), is_bundle=False).order_by("pk")[:3])


def bin_called(warehouse: Warehouse, code: str) -> Bin | None:
    """Return the bin of this label."""
    bins = Bin.objects.select_related("zone").filter(warehouse=warehouse, is_active=True)
    return bins.filter(code__in={code, code.upper(), code.lower()}).order_by("pk").first()


def owners_of(warehouse: Warehouse, sku: Sku) -> list[str]:
    """Return whose goods of a SKU may lie in a warehouse: those of whom some are there, else whoever had some."""
    balances = Stock.objects.filter(sku=sku, warehouse=warehouse).order_by("owner")
    there = list(balances.filter(IN_HOUSE).values_list("owner", flat=True))
    return there or list(balances.values_list("owner", flat=True)) or [OWN]


def batches_of(warehouse: Warehouse, sku: Sku, owner: str) -> list[tuple[str, date | None]]:
    """Return which batches of a SKU may lie in a warehouse, the first to expire first."""
    there = BatchStock.objects.filter(
        IN_HOUSE, stock__sku=sku, stock__warehouse=warehouse, stock__owner=owner
    ).values("batch")
    batches = Batch.objects.filter(sku=sku).order_by(F("expires_on").asc(nulls_last=True), "code")
    known: Any = batches.values_list("code", "expires_on")
    return list(known.filter(pk__in=there)[:SHOWN]) or list(known[:SHOWN])


def next_recount(stocktake: Stocktake, *, counter: int, at: datetime) -> tuple[Count | None, int]:
    """Return what somebody counts once more next, and how many differences wait; None: only what he counted first."""
    counts = Count.objects.filter(stocktake=stocktake, status=CountStatus.DIFFERS)
    waiting = counts.select_related("bin", "batch", "stock__sku__product").order_by(
        "bin__sequence", "bin__code", "stock__sku__code", "pk"
    )
    number = counts.count()
    alone = not others_count(stocktake.warehouse_id, apart=counter, at=at)
    start = 0
    while part := waiting[start : start + 100]:
        first = {} if alone else first_counters([count.pk for count in part])
        for count in part:
            if counter not in first.get(count.pk, ()):
                return count, number
        start += 100
    return None, number
