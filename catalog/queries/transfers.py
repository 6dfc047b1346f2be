"""Transfers: what of them is on the way, what arrived, and what was lost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Case, F, Q, QuerySet, Sum, When

from catalog.choices import StockDocumentKind, StockState
from catalog.models import StockDocument, StockDocumentLine, Warehouse
from ops_portal.lib.keysets import page_after

PAGE: Final = 50
COUNTED: Final = 1000
ON_THE_WAY, ARRIVED, ALL = "on_the_way", "arrived", "all"
S = StockState
SENT = Sum(Case(When(to_state=S.IN_TRANSIT, then=F("units")), default=0))
CAME = Sum(Case(When(from_state=S.IN_TRANSIT, to_state=S.OUTSIDE, then=F("units")), default=0))
LOST = Sum(Case(When(from_state=S.IN_TRANSIT, to_state=S.LOST, then=F("units")), default=0))
SENDERS = Q(to_state=S.IN_TRANSIT) | Q(from_state=S.IN_TRANSIT)


@dataclass(frozen=True, slots=True)
class AskedTransfers:
    """What a reader asks for. ``warehouse`` is one that goods leave or reach.

    ``after`` is the number that the page before ended with.
    """

    tab: str = ON_THE_WAY
    warehouse: str = ""
    text: str = ""
    after: str = ""

    @property
    def is_filtered(self) -> bool:
        """Tell whether more is asked for than a tab."""
        return bool(self.warehouse or self.text)


@dataclass(frozen=True, slots=True)
class TransferRow:
    """A transfer, from where, and its units."""

    document: StockDocument
    sender: str
    sent: int
    came: int
    lost: int

    @property
    def left(self) -> int:
        """Return the units that are on the way."""
        return self.sent - self.came - self.lost

    @property
    def standing(self) -> str:
        """Return ``on_the_way``, ``partly`` or ``arrived``."""
        if self.document.arrived_at is not None:
            return ARRIVED
        return "partly" if self.came or self.lost else ON_THE_WAY


@dataclass(frozen=True, slots=True)
class TransferGoods:
    """Goods of a transfer: a SKU of one owner and batch, and what became of its units."""

    line: StockDocumentLine
    sent: int
    came: int
    lost: int

    @property
    def left(self) -> int:
        """Return the units that are on the way."""
        return self.sent - self.came - self.lost


def left_of(document_ids: Collection[int]) -> dict[int, dict[tuple[int, int | None], int]]:
    """Return what of transfers is on the way, by transfer and (balance of the sender, batch): one statement."""
    lines = StockDocumentLine.objects.filter(SENDERS, document__in=document_ids).order_by()
    sums = lines.values_list("document", "stock", "batch").annotate(sent=SENT, came=CAME, lost=LOST)
    left: dict[int, dict[tuple[int, int | None], int]] = defaultdict(dict)
    for document, stock, batch, sent, came, lost in sums:
        left[document][stock, batch] = sent - came - lost
    return left


def page_of_transfers(asked: AskedTransfers, *, user: Any) -> tuple[list[TransferRow], str]:
    """Return one page of transfers, newest first, and the number after which more follow: at most four statements."""
    found = transfers_seen(user)
    if asked.tab == ON_THE_WAY:
        found = found.filter(arrived_at=None)
    elif asked.tab == ARRIVED:
        found = found.exclude(arrived_at=None)
    if asked.text:
        holding = StockDocumentLine.objects.filter(stock__sku__code__iexact=asked.text).values("document")
        found = found.filter(Q(number__iexact=asked.text) | Q(pk__in=holding))
    if asked.warehouse:
        leaving = StockDocumentLine.objects.filter(position=1, stock__warehouse__code=asked.warehouse)
        found = found.filter(Q(to_warehouse__code=asked.warehouse) | Q(pk__in=leaving.values("document")))
    documents, following = page_after(found, asked.after, ("-pk",), size=PAGE)
    return rows_of(documents), following


def transfers_seen(user: Any) -> QuerySet[StockDocument]:
    """Return the transfers that the reader may see, with where they go."""
    seen: QuerySet[StockDocument] = StockDocument.objects.visible_to(user)
    return seen.filter(kind=StockDocumentKind.TRANSFER).select_related("to_warehouse")


def rows_of(documents: Sequence[StockDocument]) -> list[TransferRow]:
    """Return transfers with their units and the sender: two statements."""
    ids = [document.pk for document in documents]
    lines = StockDocumentLine.objects.filter(document__in=ids).order_by()
    sums = {
        row["document"]: (row["sent"], row["came"], row["lost"])
        for row in lines.filter(SENDERS).values("document").annotate(sent=SENT, came=CAME, lost=LOST)
    }
    senders = dict(lines.filter(position=1).values_list("document", "stock__warehouse__name"))
    return [
        TransferRow(document, senders.get(document.pk, ""), *sums.get(document.pk, (0, 0, 0)))
        for document in documents
    ]


def goods_of(document: StockDocument) -> list[TransferGoods]:
    """Return the goods of a transfer in the sequence of its lines: two statements."""
    lines = StockDocumentLine.objects.filter(SENDERS, document=document)
    sums = {
        (stock, batch): units
        for stock, batch, *units in lines.order_by()
        .values_list("stock", "batch")
        .annotate(sent=SENT, came=CAME, lost=LOST)
    }
    found: dict[tuple[int, int | None], TransferGoods] = {}
    related = ("stock__sku__product", "stock__warehouse", "batch")
    for line in lines.filter(to_state=S.IN_TRANSIT).select_related(*related).order_by("position"):
        key = (line.stock_id, line.batch_id)
        found.setdefault(key, TransferGoods(line, *sums[key]))
    return list(found.values())


def coming_to(warehouse: Warehouse, *, user: Any, most: int = 20) -> list[TransferRow]:
    """Return the transfers that are on the way to a warehouse, the oldest first: three statements."""
    found = transfers_seen(user).filter(arrived_at=None, to_warehouse=warehouse)
    return rows_of(list(found.order_by("pk")[:most]))


def on_the_way_count(user: Any) -> int:
    """Return how many transfers are on the way, counted no further than is shown."""
    return transfers_seen(user).filter(arrived_at=None).order_by().values("pk")[:COUNTED].count()
