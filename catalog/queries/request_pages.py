"""What the pages of stock requests show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db.models import Count, F, Min, Q, QuerySet, Sum

from catalog.choices import RequestStatus
from catalog.models import StockRequest, StockRequestLine
from catalog.queries.standing import standing_in
from ops_portal.lib.keysets import page_after

PAGE: Final = 50
COUNTED: Final = 1000
ALL: Final = "all"


@dataclass(frozen=True, slots=True)
class AskedRequests:
    """What a reader asks for; ``after`` is the number that the page before ended with."""

    status: str = RequestStatus.WAITING
    kind: str = ""
    warehouse: str = ""
    text: str = ""
    after: str = ""

    @property
    def is_filtered(self) -> bool:
        """Tell whether more is asked for than a tab."""
        return bool(self.kind or self.warehouse or self.text)


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request, how many lines and units it has, what they cost us, and the first SKU."""

    request: StockRequest
    lines: int
    units: int
    cost: Decimal | None
    first: str


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A line of a request, and how many units are there now of those that it takes; None where it takes none."""

    line: StockRequestLine
    there: int | None

    @property
    def fits(self) -> bool:
        """Tell whether there is enough for this line."""
        return self.there is None or self.there >= self.line.units


def page_of_requests(asked: AskedRequests, *, user: Any) -> tuple[list[RequestRow], str]:
    """Return one page of requests, newest first, and the number after which more follow: at most three statements."""
    found: QuerySet[StockRequest] = StockRequest.objects.visible_to(user)
    if asked.status != ALL:
        found = found.filter(status=asked.status)
    if asked.kind:
        found = found.filter(kind=asked.kind)
    if asked.warehouse:
        found = found.filter(warehouse__code=asked.warehouse)
    if asked.text:
        of_sku = StockRequestLine.objects.filter(sku__code__iexact=asked.text).values("request")
        found = found.filter(Q(number__iexact=asked.text) | Q(pk__in=of_sku))
    whole = found.select_related("warehouse", "requester", "decider", "owner")
    requests, following = page_after(whole, asked.after, ("-created_at", "-pk"), size=PAGE)
    sums = sums_of([request.pk for request in requests])
    return [RequestRow(request, *sums.get(request.pk, (0, 0, None, ""))) for request in requests], following


def sums_of(ids: Sequence[int]) -> dict[int, tuple[int, int, Decimal | None, str]]:
    """Return lines, units, cost and first SKU of requests, by id."""
    lines = StockRequestLine.objects.filter(request__in=ids).order_by()
    sums = lines.values("request").annotate(
        lines=Count("pk"),
        all_units=Sum("units"),
        cost=Sum(F("units") * F("sku__cost")),
        first=Min("sku__code"),
    )
    return {row["request"]: (row["lines"], row["all_units"], row["cost"], row["first"]) for row in sums}


def waiting_requests(user: Any) -> int:
    """Return how many requests wait, counted no further than is shown."""
    waiting = StockRequest.objects.visible_to(user).filter(status=RequestStatus.WAITING)
    return waiting.order_by().values("pk")[:COUNTED].count()


def lines_with_standing(request: StockRequest) -> list[RequestLine]:
    """Return the lines of a request; while it waits, with what is there now: three statements."""
    lines = list(
        StockRequestLine.objects.filter(request=request)
        .select_related("sku__product__brand", "batch", "bin")
        .order_by("position")
    )
    if request.status != RequestStatus.WAITING:
        return [RequestLine(line, None) for line in lines]
    standing = standing_in(request.warehouse, {line.sku_id for line in lines})
    found = []
    for line in lines:
        key = (line.sku_id, line.goods_owner, line.batch.code if line.batch else "")
        outside = line.from_state == "outside"
        there = None if outside else standing.get(key, {}).get(line.from_state, 0)
        found.append(RequestLine(line, there))
    return found
