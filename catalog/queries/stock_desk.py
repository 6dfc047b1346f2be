"""What lies where, for whom: the list of balances, as somebody looks through it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils.translation import gettext_lazy as _

from catalog.models import BinStock, Sku, Stock, StockLimit, Warehouse
from catalog.queries.shelves import to_put_away

PAGE: Final = 50
AT_ONCE: Final = 2000  # rows that an export reads in one statement
MOST_NAMED: Final = 200  # SKUs that a name may mean
BINS_SHOWN: Final = 3
MOST_WAITING: Final = 1000
IN_THE_HOUSE: Final = ("available", "reserved", "quarantine", "inspecting", "damaged")
CHIPS: Final[Mapping[str, Any]] = {
    "out": _("sold out"),
    "low": _("too few"),
    "quarantine": _("quarantine"),
    "damaged": _("damaged"),
    "on_the_way": _("in transit"),
    "put_away": _("to put away"),
}


@dataclass(frozen=True, slots=True)
class AskedStock:
    """What a reader asks for."""

    text: str = ""
    brand: str = ""
    warehouse: str = ""
    owner: str = ""
    chip: str = ""
    after: str = ""

    @property
    def is_filtered(self) -> bool:
        """Tell whether anything is asked for."""
        return bool(self.text or self.brand or self.warehouse or self.owner or self.chip)


@dataclass(slots=True)
class StockRow:
    """A balance, with its limit and where it lies."""

    stock: Stock
    low: int | None = None
    together: int = 0  # available of all owners in this warehouse
    bins: list[BinStock] = field(default_factory=list)
    more_bins: int = 0

    @property
    def in_the_house(self) -> int:
        """Return the units that lie in the house."""
        return sum(int(getattr(self.stock, state)) for state in IN_THE_HOUSE)

    @property
    def is_out(self) -> bool:
        """Tell whether nobody has a unit of the SKU available there."""
        return self.together <= 0

    @property
    def is_low(self) -> bool:
        """Tell whether fewer units are available there than the limit says."""
        return not self.is_out and self.low is not None and self.together < self.low


def balances_asked(asked: AskedStock, *, user: Any) -> QuerySet[Stock]:
    """Return the balances that the reader may see and asks for."""
    found: QuerySet[Stock] = Stock.objects.visible_to(user)
    if asked.text:
        found = found.filter(sku__in=skus_meant(asked.text, user=user))
    if asked.brand:
        found = found.filter(sku__product__brand__code=asked.brand)
    if asked.warehouse:
        found = found.filter(warehouse__code=asked.warehouse)
    if asked.owner:
        found = found.filter(owner=asked.owner)
    if asked.chip:
        found = with_chip(found, asked, user=user)
    if place := place_of(asked.after):
        sku, warehouse, owner = place
        found = found.filter(
            Q(sku__gt=sku)
            | Q(sku=sku, warehouse__gt=warehouse)
            | Q(sku=sku, warehouse=warehouse, owner__gt=owner)
        )
    return found.order_by("sku", "warehouse", "owner")


def skus_meant(text: str, *, user: Any) -> list[int]:
    """Return the SKUs of a code or barcode; where there are none, those whose code or product's name holds the text."""
    seen = Sku.objects.visible_to(user)
    exact = list(seen.filter(Q(code__in={text, text.upper()}) | Q(barcode=text)).values_list("pk", flat=True))
    if exact:
        return exact
    alike = seen.filter(Q(code__icontains=text) | Q(product__name__icontains=text))
    return list(alike.order_by("code").values_list("pk", flat=True)[:MOST_NAMED])


def with_chip(found: QuerySet[Stock], asked: AskedStock, *, user: Any) -> QuerySet[Stock]:
    """Narrow to balances in one standing."""
    columns = {"quarantine": "quarantine", "damaged": "damaged", "on_the_way": "in_transit"}
    if asked.chip in columns:
        return found.filter(**{f"{columns[asked.chip]}__gt": 0})
    if asked.chip == "put_away":
        return found.filter(pk__in=waiting_in(asked.warehouse))
    same = Stock.objects.filter(sku=OuterRef("sku"), warehouse=OuterRef("warehouse")).order_by()
    if asked.chip == "out":
        return found.filter(~Exists(same.filter(available__gt=0)), available=0)
    together = same.values("sku").annotate(units=Sum("available")).values("units")
    limit = StockLimit.objects.filter(sku=OuterRef("sku"), warehouse=OuterRef("warehouse")).values("low")
    return (
        found.annotate(low=Subquery(limit[:1]))
        .filter(low__gt=0)
        .annotate(together=Subquery(together))
        .filter(together__gt=0, together__lt=F("low"))
    )


def waiting_in(warehouse_code: str) -> list[int]:
    """Return the balances of which units wait for a bin, in one warehouse or in all."""
    places = Warehouse.objects.filter(zones__bins__isnull=False).distinct().order_by("pk")
    if warehouse_code:
        places = places.filter(code=warehouse_code)
    return [each.stock_id for place in places for each in to_put_away(place.pk, most=MOST_WAITING)]


def page_of_stock(asked: AskedStock, *, user: Any) -> tuple[list[StockRow], str]:
    """Return one page of balances by SKU, and the place after which there are more."""
    found = balances_asked(asked, user=user).select_related("sku__product__brand", "warehouse")
    stocks = list(found[: PAGE + 1])
    last = stocks[PAGE - 1] if len(stocks) > PAGE else None
    following = f"{last.sku_id}_{last.warehouse_id}_{last.owner}" if last else ""
    return rows_of(stocks[:PAGE]), following


def rows_of(stocks: Sequence[Stock]) -> list[StockRow]:
    """Return balances with limits, bins and what all owners have together: three statements."""
    skus, places = {stock.sku_id for stock in stocks}, {stock.warehouse_id for stock in stocks}
    limits = {
        (limit.sku_id, limit.warehouse_id): limit.low
        for limit in StockLimit.objects.filter(sku__in=skus, warehouse__in=places)
    }
    sums = Stock.objects.filter(sku__in=skus, warehouse__in=places).order_by()
    together = {
        (sku, place): units
        for sku, place, units in sums.values_list("sku", "warehouse").annotate(units=Sum("available"))
    }
    bins: dict[int, list[BinStock]] = defaultdict(list)
    lying = BinStock.objects.filter(stock__in=[stock.pk for stock in stocks], units__gt=0)
    for each in lying.select_related("bin").order_by("bin__sequence", "bin__code", "pk"):
        bins[each.stock_id].append(each)
    return [
        StockRow(
            stock,
            limits.get((stock.sku_id, stock.warehouse_id)),
            together.get((stock.sku_id, stock.warehouse_id), 0),
            bins[stock.pk][:BINS_SHOWN],
            max(0, len(bins[stock.pk]) - BINS_SHOWN),
        )
        for stock in stocks
    ]


def all_stock(asked: AskedStock, *, user: Any) -> Iterator[Stock]:
    """Yield every balance that is asked for, page by page, so that no statement runs long."""
    after = ""
    while True:
        asked = AskedStock(asked.text, asked.brand, asked.warehouse, asked.owner, asked.chip, after)
        found = balances_asked(asked, user=user).select_related("sku__product__brand", "warehouse")
        stocks = list(found[:AT_ONCE])
        yield from stocks
        if len(stocks) < AT_ONCE:
            return
        last = stocks[-1]
        after = f"{last.sku_id}_{last.warehouse_id}_{last.owner}"


def place_of(text: str) -> tuple[int, int, str] | None:
    """Return where the page before ended; None for what is no such place."""
    sku, _sign, rest = text.partition("_")
    warehouse, _sign, owner = rest.partition("_")
    if not all(part.isascii() and part.isdecimal() and len(part) < 19 for part in (sku, warehouse)):
        return None
    return int(sku), int(warehouse), owner
