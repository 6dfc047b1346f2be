"""What the desk of stocktakes shows: the list with its progress; once counted, how wrong the books were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce, Greatest, Least

from catalog.choices import CountStatus, ReservationStatus, StocktakeStatus, ZoneKind
from catalog.models import BatchStock, Posting, Reservation, Stock, Stocktake
from catalog.models import Count as Counted
from ops_portal.accounts.visibility import Viewer, scope_of
from ops_portal.lib.keysets import page_after

PAGE: Final = 50
LINES: Final = 100
SHEET: Final = 500
SHOWN: Final = 1000  # a tab with more is shown as 999+
NAMED: Final = 20  # documents that are named at most
ALL: Final = "all"
UNDER_WAY: Final = (StocktakeStatus.COUNTING, StocktakeStatus.RECOUNTING, StocktakeStatus.REVIEW)
# Before the counts are handed in, nobody is shown what the books say: it would tell the counters what to find.
TOLD: Final = frozenset({StocktakeStatus.REVIEW, StocktakeStatus.POSTED})

DIFFERENCE: Final = Coalesce(F("recounted") - F("rebooked"), F("counted") - F("booked"))
BOOKED: Final = Coalesce(F("rebooked"), F("booked"))


@dataclass(frozen=True, slots=True)
class AskedStocktakes:
    """What a reader asks for; ``after`` is the number that the page before ended with."""

    status: str = StocktakeStatus.COUNTING
    warehouse: str = ""
    text: str = ""
    after: str = ""

    @property
    def is_filtered(self) -> bool:
        """Tell whether more is asked for than a tab."""
        return bool(self.warehouse or self.text)


@dataclass(frozen=True, slots=True)
class Progress:
    """How many goods in places a stocktake has, and how many are counted, and counted once more."""

    places: int = 0
    to_count: int = 0
    to_recount: int = 0

    @property
    def counted(self) -> int:
        """Return how many are counted."""
        return self.places - self.to_count

    @property
    def percent(self) -> int:
        """Return how much is counted, in whole percent, cut off."""
        return self.counted * 100 // self.places if self.places else 0


def page_of_stocktakes(
    asked: AskedStocktakes, *, user: Viewer
) -> tuple[list[tuple[Stocktake, Progress]], str]:
    """Return one page, newest first, and the number after which more follow: at most three statements."""
    found: QuerySet[Stocktake] = Stocktake.objects.visible_to(user)
    if asked.status != ALL:
        found = found.filter(status=asked.status)
    if asked.warehouse:
        found = found.filter(warehouse__code=asked.warehouse)
    if asked.text:
        found = found.filter(number__iexact=asked.text)
    whole = found.select_related("warehouse", "opened_by", "owner")
    stocktakes, following = page_after(whole, asked.after, ("-created_at", "-pk"), size=PAGE)
    progress = progress_of([stocktake.pk for stocktake in stocktakes])
    return [(stocktake, progress.get(stocktake.pk, Progress())) for stocktake in stocktakes], following


def under_way(user: Viewer) -> dict[str, int]:
    """Return how many stocktakes stand in each status that waits for somebody, counted no further than is shown."""
    seen = Stocktake.objects.visible_to(user).order_by()
    return {status.value: seen.filter(status=status).values("pk")[:SHOWN].count() for status in UNDER_WAY}


def progress_of(ids: Sequence[int]) -> dict[int, Progress]:
    """Return how far stocktakes have come, by id."""
    rows = (
        Counted.objects.filter(stocktake__in=ids)
        .order_by()
        .values_list("stocktake")
        .annotate(
            places=Count("pk"),
            to_count=Count("pk", filter=Q(status=CountStatus.OPEN)),
            to_recount=Count("pk", filter=Q(status=CountStatus.DIFFERS)),
        )
    )
    return {pk: Progress(*numbers) for pk, *numbers in rows}


def counts_for(stocktake: Stocktake, user: Viewer) -> QuerySet[Counted]:
    """Return the counts of a stocktake that a reader may see: those of the brands granted to him."""
    counts = Counted.objects.filter(stocktake=stocktake)
    scope = scope_of(user)
    return counts if scope.all else counts.filter(stock__sku__product__brand__code__in=scope.brands)


@dataclass(frozen=True, slots=True)
class Summary:
    """By how much the books were wrong: units and, at cost, money; and how many goods have no cost."""

    places: int
    right: int
    booked: int
    missing: int
    found: int
    money_missing: Decimal
    money_found: Decimal
    without_cost: int
    entered: int

    @property
    def money(self) -> Decimal:
        """Return what the stock is worth more than the books said; below zero: less."""
        return self.money_found + self.money_missing

    @property
    def net(self) -> int:
        """Return how many units more there are than the books said."""
        return self.found + self.missing

    @property
    def accuracy(self) -> Decimal | None:
        """Return the share of places in which the books were right, in percent with one digit; None without places."""
        return Decimal(self.right * 1000 // self.places) / 10 if self.places else None

    @property
    def waits(self) -> int:
        """Return how many places differ."""
        return self.places - self.right


def summary_of(counts: QuerySet[Counted]) -> Summary:
    """Return the sums of counted places, in one statement."""
    below, above = Least(F("difference"), Value(0)), Greatest(F("difference"), Value(0))
    cost = F("stock__sku__cost")
    sums = (
        counts.exclude(status=CountStatus.OPEN)
        .annotate(difference=DIFFERENCE)
        .aggregate(
            places=Count("pk"),
            right=Count("pk", filter=Q(difference=0)),
            booked=Sum(BOOKED),
            missing=Sum(below),
            found=Sum(above),
            money_missing=Sum(below * cost),
            money_found=Sum(above * cost),
            without_cost=Count("pk", filter=~Q(difference=0) & Q(stock__sku__cost=None)),
            entered=Count("pk", filter=~Q(posted=0)),
        )
    )
    known: dict[str, Any] = {name: value or 0 for name, value in sums.items()}
    money = {name: Decimal(known[name]) for name in ("money_missing", "money_found")}
    return Summary(**(known | money))


def lines_of(
    counts: QuerySet[Counted], *, differing: bool, after: str, most: int = LINES
) -> tuple[list[Counted], str]:
    """Return one page of counts in the sequence of the bins, and the place after which there are more.

    ``differing``: those whose first or last count wasn't what the books said, the first count of which may agree.
    """
    found = counts.select_related(
        "bin__zone", "batch", "stock__sku__product", "counter", "recounter"
    ).annotate(
        difference=DIFFERENCE,
        money=DIFFERENCE * F("stock__sku__cost"),
        left=Case(
            When(status=CountStatus.RECOUNTED, then=DIFFERENCE - F("posted")),
            default=Value(0),
            output_field=IntegerField(),
        ),
        place=Coalesce("bin__code", Value("")),
    )
    if differing:
        found = found.filter(~Q(counted=F("booked")) | Q(recounted__isnull=False))
    place, _sign, pk = after.rpartition("_")
    if pk.isascii() and pk.isdecimal() and len(pk) < 19:
        found = found.filter(Q(place__gt=place) | Q(place=place, pk__gt=int(pk)))
    rows: list[Any] = list(found.order_by("place", "pk")[: most + 1])
    last = rows[most - 1] if len(rows) > most else None
    return rows[:most], f"{last.place}_{last.pk}" if last else ""


def entries_of(stocktake: Stocktake) -> list[str]:
    """Return the numbers of the documents that a stocktake has entered, in their sequence."""
    postings = Posting.objects.filter(count__stocktake=stocktake).exclude(document_number=stocktake.number)
    return list(dict.fromkeys(postings.order_by("pk").values_list("document_number", flat=True)))


def promised_missing(stocktake: Stocktake) -> set[tuple[int, int | None]]:
    """Return the balances (and batches) of which more units are missing than are free: the rest is promised."""
    missing: dict[tuple[int, int | None], int] = {}
    counts = Counted.objects.filter(stocktake=stocktake, status=CountStatus.RECOUNTED).filter(
        Q(bin=None) | Q(bin__zone__kind=ZoneKind.STORAGE)
    )
    rows = counts.values_list("stock", "batch", DIFFERENCE - F("posted"))
    for stock_id, batch_id, units in rows:
        missing[stock_id, batch_id] = missing.get((stock_id, batch_id), 0) - units
    missing = {key: units for key, units in missing.items() if units > 0}
    stocks = {stock_id for stock_id, _batch in missing}
    free: dict[tuple[int, int | None], int] = {
        (pk, None): units for pk, units in Stock.objects.filter(pk__in=stocks).values_list("pk", "available")
    }
    parts = BatchStock.objects.filter(stock__in=stocks).values_list("stock_id", "batch_id", "available")
    free |= {(stock_id, batch_id): units for stock_id, batch_id, units in parts}
    return {key for key, units in missing.items() if units > free.get(key, 0)}


def holders(goods: set[tuple[int, int | None]]) -> list[tuple[str, str]]:
    """Return kind and number of documents that hold units of balances (and batches), the latest first."""
    found: dict[tuple[str, str], None] = {}
    held = Reservation.objects.filter(
        stock__in={stock_id for stock_id, _batch in goods}, status=ReservationStatus.HELD
    )
    rows = held.order_by("-pk").values_list("stock_id", "batch_id", "document_kind", "document_number")
    for stock_id, batch_id, kind, number in rows[:SHOWN]:
        if (stock_id, batch_id) in goods:
            found.setdefault((kind, number))
        if len(found) == NAMED:
            break
    return list(found)
