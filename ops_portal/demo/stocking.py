"""Goods come in: every fortnight up to a level that follows sales, by batch where they keep for a time only."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from math import ceil, sqrt

from catalog.choices import OWN, StockDocumentKind, StockState
from catalog.drafts import StockDocumentDraft, StockLineDraft
from catalog.models import Sku, Stock
from catalog.operations.documents import post_stock_documents
from ops_portal.demo.calendar import DAYS, Span, at_hour
from ops_portal.demo.goods import batch_code, components
from ops_portal.demo.places import Places
from ops_portal.demo.planning import BACK_BEFORE, UNPAID, Planned
from ops_portal.demo.vocabulary.goods import BRANDS, DEFECTIVE, SHORT_DATED
from ops_portal.demo.vocabulary.shops import SHIPPED_BY
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import raise_first

EVERY = timedelta(days=14)
DEFECT_DAYS_AGO = 49  # the receipt that brings the bad batch
BRAND_OF = {brand.code: brand for brand in BRANDS}
CONSIGNED = frozenset({"MZC", "HXM"})  # goods of the others are the agency's own
Want = tuple[str, str]  # SKU, warehouse
# For how many days a level covers what is sold on an ordinary day, by brand: its lead time and what is kept on top.
COVER = {"MZC": 34, "YSX": 36, "HXM": 28}
COVER_SPREAD = 10  # days by which goods of a brand differ
OF_EACH, PLENTY, SCARCE = 11, 4, 8  # of so many goods one is kept too long, and one for a few days only
PLENTY_DAYS, SCARCE_DAYS = 95, 3
SPARE = 1.3  # spreads of what is sold in that time, kept on top
BAD_UNITS = 8  # of the bad batch, at least
AT_BRAND = 3  # units of each of its goods that a brand has in its own warehouse, at least


def owner_of(brand: str) -> str:
    """Return whose goods of a brand lie in the warehouses."""
    return brand if brand in CONSIGNED else OWN


def wanted(orders: Iterable[Planned]) -> dict[date, Counter[Want]]:
    """Return the units that orders take from the warehouse that serves them first, by day."""
    parts = components()
    wants: dict[date, Counter[Want]] = defaultdict(Counter)
    for order in orders:
        day = wants[order.placed_at.date()]
        warehouse = order.shop.warehouses[0]
        for line in order.lines:
            code = line.article.code
            for part, units in parts.get(code, ((code, 1),)):
                day[part, warehouse] += units * line.units
    return wants


class Stocking:
    """The receipts of the whole history, worked out of the plan."""

    def __init__(self, span: Span, orders: Iterable[Planned], places: Places) -> None:
        self.span = span
        self.places = places
        self.wants = wanted(order for order in orders if order.fate not in (UNPAID, BACK_BEFORE))
        usual: Counter[Want] = Counter()
        for day, wants in self.wants.items():
            usual.update(wants if day != span.sale_day else {})
        self.daily = {want: units / (DAYS - 1) for want, units in usual.items()}
        self.skus = {
            sku.code: (sku.pk, sku.product.brand.code, sku.tracks_batches)
            for sku in Sku.objects.filter(is_bundle=False).select_related("product__brand").order_by("pk")
        }
        first = span.today - timedelta(days=DAYS + 1)
        self.dates = {first + EVERY * turn for turn in range(DAYS // EVERY.days + 1)}
        self.defective_batch = ""

    def arrive(self, day: date, *, actor: Principal) -> None:
        """Book what comes on ``day``, if anything does: one receipt for each warehouse."""
        if day not in self.dates:
            return
        needs: Counter[Want] = Counter()
        for ahead in range(EVERY.days + 3):
            needs.update(self.wants.get(day + timedelta(days=ahead), Counter()))
        there: Counter[Want] = Counter()
        for code, place, units in Stock.objects.values_list("sku__code", "warehouse__code", "available"):
            there[code, place] += units
        drafts = []
        for place in self.places.warehouses:
            missing = {
                code: self.level(code, place, needs[code, place], day) - there[code, place]
                for code in self.skus
            }
            lines = tuple(self.line(code, place, units, day) for code, units in missing.items() if units > 0)
            if lines:
                key = f"RK{place}{day:%Y%m%d}"
                drafts.append(
                    StockDocumentDraft(StockDocumentKind.RECEIPT, lines, source_key=key, note="例行补货入库")
                )
        self.post(drafts, actor=actor, at=at_hour(day, 8))

    def level(self, code: str, place: str, need: int, day: date) -> int:
        """Return up to how many units goods are brought where they are sold: until the next receipt, and beyond."""
        daily = self.daily.get((code, place), 0.0)
        least = AT_BRAND if SHIPPED_BY.get(place) == self.skus[code][1] else 0
        if not daily:
            return least
        turn = (list(self.skus).index(code) + 3 * list(self.places.warehouses).index(place)) % OF_EACH
        cover = COVER[self.skus[code][1]] + turn * COVER_SPREAD // OF_EACH
        if turn in (PLENTY, SCARCE):
            cover = PLENTY_DAYS if turn == PLENTY else SCARCE_DAYS
        if self.is_bad(code, day):
            need = max(need, BAD_UNITS)
        return max(least, need + ceil(daily * cover + SPARE * sqrt(daily * cover)))

    def is_bad(self, code: str, day: date) -> bool:
        """Tell whether the bad batch comes on that day."""
        return code == DEFECTIVE and 0 <= (self.defect_day - day).days < EVERY.days

    def line(self, code: str, place: str, units: int, day: date) -> StockLineDraft:
        """Return the line of a receipt; the bad batch came on one day only."""
        pk, brand, tracks = self.skus[code]
        keeps = BRAND_OF[brand].keeps_days
        made_on = day - timedelta(days=keeps // 12 + 3)
        bad = self.is_bad(code, day)
        batch = batch_code(BRAND_OF[brand], made_on, "B" if bad else "A") if tracks else ""
        if bad:
            self.defective_batch = batch
        return StockLineDraft(
            pk,
            self.places.warehouses[place].pk,
            owner_of(brand),
            units,
            StockState.OUTSIDE,
            StockState.AVAILABLE,
            batch,
            made_on + timedelta(days=keeps) if tracks else None,
        )

    @property
    def defect_day(self) -> date:
        """Return the last day on which the receipt with the bad batch may come."""
        return self.span.today - timedelta(days=DEFECT_DAYS_AGO)

    def short_dated(self, *, actor: Principal, at: datetime) -> None:
        """Book goods that expire soon and have hardly been sold since."""
        drafts = []
        for place, (code, days) in enumerate(zip(SHORT_DATED, (12, 26), strict=True), start=1):
            pk, brand, _tracks = self.skus[code]
            expires_on = self.span.today + timedelta(days=days)
            made_on = expires_on - timedelta(days=BRAND_OF[brand].keeps_days)
            line = StockLineDraft(
                pk,
                self.places.warehouses["FS02"].pk,
                owner_of(brand),
                60 * place,
                StockState.OUTSIDE,
                StockState.AVAILABLE,
                batch_code(BRAND_OF[brand], made_on, "C"),
                expires_on,
            )
            key = f"RKFS02{self.span.today:%Y%m%d}-{place}"
            drafts.append(
                StockDocumentDraft(StockDocumentKind.RECEIPT, (line,), source_key=key, note="临期调拨到仓")
            )
        self.post(drafts, actor=actor, at=at)

    @staticmethod
    def post(drafts: list[StockDocumentDraft], *, actor: Principal, at: datetime) -> None:
        """Book papers, all of them."""
        raise_first(post_stock_documents(drafts, actor=actor, at=at).refused)
