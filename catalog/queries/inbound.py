"""What is on its way in, what came of it, and how well brands keep their promises."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import connection
from django.db.models import Q, QuerySet, Sum

from catalog.choices import OWN, InboundStatus, StockDocumentKind
from catalog.models import InboundDelivery, InboundLine, Stock, StockDocument, StockDocumentLine, Warehouse
from catalog.queries.actors import names_of
from ops_portal.accounts.visibility import Viewer

PAGE: Final = 50
MOST_COUNTED: Final = 99
MOST_EXPECTED: Final = 30
LATE: Final = "late"
ALL: Final = "all"
TABS: Final = (
    InboundStatus.ORDERED.value,
    InboundStatus.EXPECTED.value,
    LATE,
    InboundStatus.RECEIVING.value,
    InboundStatus.RECEIVED.value,
    ALL,
)
UNCOUNTED: Final = frozenset({InboundStatus.RECEIVED.value, ALL})
WAITING: Final = (InboundStatus.ORDERED, InboundStatus.EXPECTED)


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """A page of deliveries, each with its sums ``promised``, ``received`` and ``damaged``; where the next begins."""

    deliveries: Sequence[Any]
    following: str


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """How promises were kept: of ``due`` deliveries so many came ``on_time``; days late; units of closed ones."""

    due: int = 0
    on_time: int = 0
    late_days: int = 0
    promised: int = 0
    filled: int = 0

    @property
    def on_time_share(self) -> float | None:
        """Return which part came on the day of the first promise, or before it; None where nothing was due."""
        return self.on_time / self.due if self.due else None

    @property
    def fill_rate(self) -> float | None:
        """Return which part of the promised units came undamaged; None where no delivery is closed."""
        return self.filled / self.promised if self.promised else None

    @property
    def mean_days_late(self) -> float | None:
        """Return the mean of the days late of all that was due, those on time counting none."""
        return self.late_days / self.due if self.due else None


def in_tab(deliveries: QuerySet[Any], tab: str, *, at: datetime) -> QuerySet[Any]:
    """Narrow deliveries to those of a tab: what is late is waited for under its own."""
    if tab == LATE:
        return deliveries.filter(status__in=WAITING, due_at__lt=at)
    if tab in WAITING:
        return deliveries.filter(status=tab, due_at__gte=at)
    return deliveries.filter(status=tab) if tab in InboundStatus.values else deliveries


def seen_deliveries(viewer: Viewer, asked: Mapping[str, str]) -> QuerySet[Any]:
    """Return the deliveries that ``viewer`` may see and asks for by brand and warehouse."""
    seen: QuerySet[Any] = InboundDelivery.objects.visible_to(viewer)
    if asked.get("brand"):
        seen = seen.filter(brand__code=asked["brand"])
    if asked.get("warehouse"):
        seen = seen.filter(warehouse__code=asked["warehouse"])
    return seen


def list_deliveries(viewer: Viewer, tab: str, asked: Mapping[str, str], *, at: datetime) -> DeliveryPage:
    """Return a page: what is waited for by its day, what is over the newest first. Two statements."""
    rows = in_tab(seen_deliveries(viewer, asked), tab, at=at)
    words = asked.get("q", "").strip()
    if words:
        named = Q(number=words.upper()) | Q(source_key=words) | Q(tracking=words)
        of_sku = InboundLine.objects.filter(sku__code=words).values("delivery")
        rows = seen_deliveries(viewer, asked).filter(named | Q(pk__in=of_sku))
    newest = tab in UNCOUNTED or bool(words)
    column = "created_at" if newest else "due_at"
    if key := cursor_of(asked.get("after", "")):
        comes = "lt" if newest else "gt"
        rows = rows.filter(
            Q(**{f"{column}__{comes}": key[0]}) | Q(**{column: key[0], f"pk__{comes}": key[1]})
        )
    order = ("-created_at", "-pk") if newest else ("due_at", "pk")
    found = list(rows.select_related("brand", "warehouse", "owner").order_by(*order)[: PAGE + 1])
    last = found[PAGE - 1] if len(found) > PAGE else None
    add_sums(found[:PAGE])
    return DeliveryPage(found[:PAGE], f"{getattr(last, column).isoformat()}_{last.pk}" if last else "")


def cursor_of(text: str) -> tuple[datetime, int] | None:
    """Return where the page before ended; None for what is no such place."""
    moment, _sign, pk = text.partition("_")
    try:
        place = datetime.fromisoformat(moment), int(pk)
    except ValueError:
        return None
    return place if place[0].tzinfo is not None and 0 < place[1] < 2**63 else None


def add_sums(deliveries: Sequence[Any]) -> None:
    """Give deliveries the sums of their lines."""
    sums: dict[int, Any] = {
        row["delivery"]: row
        for row in InboundLine.objects.filter(delivery__in=[each.pk for each in deliveries])
        .order_by()
        .values("delivery")
        .annotate(of_promised=Sum("promised"), of_received=Sum("received"), of_damaged=Sum("damaged"))
    }
    for each in deliveries:
        row = sums.get(each.pk, {})
        for name in ("promised", "received", "damaged"):
            setattr(each, name, row.get(f"of_{name}", 0))


def count_tabs(viewer: Viewer, asked: Mapping[str, str], *, at: datetime) -> dict[str, int]:
    """Return how many deliveries stand in each tab of those that are waited for, counted to a hundred."""
    seen = seen_deliveries(viewer, asked)
    return {
        tab: in_tab(seen, tab, at=at).order_by()[: MOST_COUNTED + 1].count()
        for tab in TABS
        if tab not in UNCOUNTED
    }


def expected_here(viewer: Viewer, warehouse: Warehouse, *, until: datetime) -> list[Any]:
    """Return what is being received or waited for until a moment in a warehouse, the most urgent first."""
    seen: QuerySet[Any] = InboundDelivery.objects.visible_to(viewer).filter(warehouse=warehouse)
    waiting = seen.filter(
        Q(status=InboundStatus.RECEIVING) | Q(status__in=WAITING, due_at__lte=until)
    ).select_related("brand")
    found = list(waiting.order_by("due_at", "pk")[:MOST_EXPECTED])
    add_sums(found)
    return found


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a delivery as pages show it."""

    code: str
    name: str
    barcode: str
    promised: int
    received: int
    damaged: int

    @property
    def short(self) -> int:
        """Return how many units are missing."""
        return max(0, self.promised - self.received)

    @property
    def over(self) -> int:
        """Return how many units came beyond the promise."""
        return max(0, self.received - self.promised)


def lines_of(delivery: InboundDelivery) -> list[Line]:
    """Return the lines of a delivery in their sequence."""
    rows = InboundLine.objects.filter(delivery=delivery).order_by("position")
    return [
        Line(code, f"{product} {variant}".strip(), barcode, promised, received, damaged)
        for code, product, variant, barcode, promised, received, damaged in rows.values_list(
            "sku__code", "sku__product__name", "sku__name", "sku__barcode", "promised", "received", "damaged"
        )
    ]


def days_late(delivery: InboundDelivery, *, on: date) -> int:
    """Return by how many days a delivery missed its first promise: until it came, or until now."""
    if delivery.status == InboundStatus.CANCELLED:
        return 0
    return max(0, ((delivery.arrived_on or on) - delivery.promised_on).days)


def receipts_of(delivery: InboundDelivery) -> list[Any]:
    """Return the warehouse papers of what came, the newest first, each with its lines and who booked it."""
    papers = StockDocument.objects.filter(
        delivery_number=delivery.number, kind=StockDocumentKind.RECEIPT
    ).order_by("-pk")
    found = list(papers)
    lines: dict[int, list[StockDocumentLine]] = {paper.pk: [] for paper in found}
    of = StockDocumentLine.objects.filter(document__in=found).select_related("stock__sku", "batch")
    for line in of.order_by("document", "position"):
        lines[line.document_id].append(line)
    names = names_of(paper.actor for paper in found)
    return [{"paper": paper, "lines": lines[paper.pk], "by": names[paper.actor]} for paper in found]


def known_owners(brand_id: int) -> list[str]:
    """Return who is known to own goods of a brand, the owner of its last delivery first; we, where nobody is."""
    sent = InboundDelivery.objects.filter(brand=brand_id).order_by("-promised_on", "-pk")
    of_stock = Stock.objects.filter(sku__product__brand=brand_id).order_by("owner")
    owners = (
        *sent.values_list("goods_owner", flat=True)[:20],
        *of_stock.values_list("owner", flat=True).distinct(),
    )
    return list(dict.fromkeys(owners)) or [OWN]


def delivery_record(brand_code: str, since: date, *, on: date) -> DeliveryRecord:
    """Return how a brand kept the promises for days from ``since`` to ``on``."""
    return delivery_records([brand_code], since, on=on).get(brand_code, DeliveryRecord())


def delivery_records(brand_codes: Collection[str], since: date, *, on: date) -> dict[str, DeliveryRecord]:
    """Return how brands kept the promises for days from ``since`` to ``on``; brands without any are left out.

    What came unannounced promised nothing. A delivery is due once it has come, or its day is over; it is late by the
    days from its first promise until it came, or until ``on``. Units are those of closed deliveries: damaged ones
    don't fill, nor does what came beyond the promise.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT b.code,
                   count(*) FILTER (WHERE d.is_due),
                   count(*) FILTER (WHERE d.is_due AND d.late = 0),
                   coalesce(sum(d.late) FILTER (WHERE d.is_due), 0),
                   coalesce(sum(l.promised) FILTER (WHERE d.status = 'received'), 0),
                   coalesce(sum(l.filled) FILTER (WHERE d.status = 'received'), 0)
            FROM catalog_brand b
            JOIN (
                SELECT id, brand_id, status, arrived_on IS NOT NULL OR promised_on < %(on)s AS is_due,
                       greatest(coalesce(arrived_on, %(on)s) - promised_on, 0) AS late
                FROM catalog_inbounddelivery
                WHERE promised_on BETWEEN %(since)s AND %(on)s
                  AND status IN ('expected', 'receiving', 'received') AND source <> 'unannounced'
            ) d ON d.brand_id = b.id
            LEFT JOIN LATERAL (
                SELECT sum(promised) AS promised, sum(least(received - damaged, promised)) AS filled
                FROM catalog_inboundline WHERE delivery_id = d.id
            ) l ON d.status = 'received'
            WHERE b.code = ANY(%(brands)s)
            GROUP BY b.code
            """,
            {"on": on, "since": since, "brands": list(brand_codes)},
        )
        return {code: DeliveryRecord(*map(int, counts)) for code, *counts in cursor.fetchall()}


def add_records(records: Collection[DeliveryRecord]) -> DeliveryRecord:
    """Return the record of all together."""
    return DeliveryRecord(
        *(
            sum(getattr(each, name) for each in records)
            for name in ("due", "on_time", "late_days", "promised", "filled")
        )
    )
