"""The last hours: orders in every queue, with clocks that have run out, run out soon, or have just begun."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from aftersales.choices import CaseKind
from aftersales.operations.deciding import approve_cases
from catalog.choices import StockDocumentKind, StockState
from catalog.drafts import StockDocumentDraft, StockLineDraft
from catalog.models import BatchStock, Stock
from catalog.operations.documents import post_stock_documents
from ops_portal.demo.calendar import LIVE_HOURS, Span
from ops_portal.demo.history import AT_BRAND, History, paid, until
from ops_portal.demo.planning import GOES_WELL, UNPAID, Planned, Planner
from ops_portal.demo.vocabulary.goods import DEFECTIVE, SOLD_OUT, UNLISTED
from ops_portal.demo.vocabulary.shops import SHOPS
from ops_portal.lib.principals import acting_as
from ops_portal.lib.refusals import raise_first
from orders.choices import OrderStatus

S = OrderStatus
RETURN_PART = 0.0016  # of all orders come back on one day
PLACED_MINUTES = 14 * 60
LIVE_PART = 0.012  # of all orders come in the last hours
LEFT_TO_PICK, LEFT_TO_PACK, LEFT_TO_SHIP, ASKING_BACK = 0.0022, 0.0014, 0.0016, 0.0008
SHOP = {shop.code: shop for shop in SHOPS}
# Those that wait for goods: shop, goods, hours ago.
WAITING = (
    ("TM-MZC", [DEFECTIVE], 29), ("TM-MZC", [DEFECTIVE, "MZC-SFS150"], 25), ("TM-MZC", ["MZC-TZ-LF"], 21),
    ("OWN-SH", [DEFECTIVE], 12), ("TM-MZC", ["MZC-MM05", DEFECTIVE], 6), ("DY-YSX", [SOLD_OUT], 40),
    ("DY-YSX", [SOLD_OUT, "YSX-WZ06"], 18), ("PDD-SH", [SOLD_OUT], 9),
)  # fmt: skip
# Those that wait at a brand for its parcel, the first past its time.
WITH_BRANDS = (
    ("PDD-HXM", ["HXM-JG30", "HXM-CM60"], 50), ("PDD-HXM", ["HXM-NR-Y"], 31), ("PDD-HXM", ["HXM-KF12"], 12),
)  # fmt: skip
UNKNOWN = (("DY-YSX", [UNLISTED], 7), ("DY-YSX", [UNLISTED, "YSX-WZ06"], 5), ("PDD-SH", [UNLISTED], 3))


class Live:
    """Work that is under way at ``now``."""

    def __init__(self, span: Span, history: History, planner: Planner, random: Random, orders: int) -> None:
        self.span = span
        self.history = history
        self.planner = planner
        self.random = random
        self.orders = orders
        self.left_there: list[Planned] = []

    def moment(self, part: float) -> datetime:
        """Return the time at which so large a part of the last hours is over."""
        return self.span.live_from + LIVE_HOURS * part

    def count(self, part: float, least: int = 3) -> int:
        """Return so large a part of all orders, at least a few."""
        return max(least, round(self.orders * part))

    def begin(self) -> None:
        """Let the last hours happen."""
        history = self.history
        history.coming = sorted(
            [*history.coming, *self.new_orders()], key=lambda order: order.placed_at, reverse=True
        )
        with acting_as(history.system):
            self.block_goods(at=self.moment(0.01))
            self.morning()
            self.afternoon()
            history.cases.day(self.span.today, self.span.live_from)
            self.returns()
            self.ask_back(at=self.moment(0.93))

    def new_orders(self) -> list[Planned]:
        """Return orders placed in the last hours, some of goods that are not there."""
        span = self.span
        found = [
            self.planner.order(span.now - timedelta(minutes=self.random.uniform(1, PLACED_MINUTES)))
            for _ in range(self.count(LIVE_PART, 40))
        ]
        for shop, codes, hours in (*WAITING, *UNKNOWN, *WITH_BRANDS):
            placed_at = span.now - timedelta(hours=hours, minutes=self.random.randrange(60))
            found.append(self.planner.order_of(SHOP[shop], codes, placed_at))
        self.left_there = found[-len(WITH_BRANDS) :]
        return found

    def morning(self) -> None:
        """Work off what came in over night, but for some of each queue."""
        history = self.history
        at = self.moment(0.03)
        history.take_in(until(history.coming, at), at=at)
        history.serve(at=at)
        history.refund_before_shipping(at=self.moment(0.05))
        history.review(history.at_work[S.CREATED], at=self.moment(0.08))
        history.pick(self.but_the_last(S.REVIEWED, LEFT_TO_PICK), at=self.moment(0.2))
        history.pack(self.but_the_last(S.PICKED, LEFT_TO_PACK), at=self.moment(0.35))
        stay = {id(order) for order in self.left_there}
        leaving = [order for order in history.at_work[AT_BRAND] if id(order) not in stay]
        history.ship_at_brands(leaving, at=self.moment(0.45))
        history.ship(self.but_the_last(S.PACKED, LEFT_TO_SHIP), at=self.moment(0.5))

    def but_the_last(self, status: OrderStatus, part: float) -> Sequence[Planned]:
        """Return who has reached ``status`` without those who paid last."""
        waiting = sorted(self.history.at_work[status], key=paid)
        return waiting[: max(0, len(waiting) - self.count(part))]

    def afternoon(self) -> None:
        """Take in what came since, in the rhythm of the feed; only the first of it is reviewed."""
        history = self.history
        for part in (0.55, 0.8, 0.9, 0.95, 0.98, 1.0):
            at = self.moment(part)
            history.take_in(until(history.coming, at), at=at)
            if part < 0.6:
                history.review(history.at_work[S.CREATED], at=self.moment(0.6))

    def block_goods(self, *, at: datetime) -> None:
        """Put the goods of the bad batch's SKU into quarantine, and send the last of another back as sold out."""
        drafts = []
        papers = (
            (DEFECTIVE, StockDocumentKind.ADJUSTMENT, StockState.QUARANTINE, "客诉集中，整批冻结待质检"),
            (SOLD_OUT, StockDocumentKind.ADJUSTMENT, StockState.OUTSIDE, "盘点差异调整"),
        )
        for code, kind, to, note in papers:
            stocks = Stock.objects.filter(sku__code=code, available__gt=0).order_by("pk")
            parts = BatchStock.objects.filter(stock__in=stocks, available__gt=0).select_related("batch")
            batched = [(part.stock_id, part.batch.code, part.available) for part in parts.order_by("pk")]
            in_stock = {stock.pk: stock for stock in stocks}
            plain = [(pk, "", stock.available) for pk, stock in in_stock.items()]
            lines = tuple(
                StockLineDraft(
                    in_stock[pk].sku_id, in_stock[pk].warehouse_id, in_stock[pk].owner, units,
                    StockState.AVAILABLE, to, batch,
                )
                for pk, batch, units in (batched or plain)
            )  # fmt: skip
            if lines:
                drafts.append(StockDocumentDraft(kind, lines, note=note))
        raise_first(post_stock_documents(drafts, actor=self.history.staff["warehouse"], at=at).refused)

    def returns(self) -> None:
        """Let some who have their goods ask today; some of what was asked is further already."""
        history, cases = self.history, self.history.cases
        received = [order for order in history.delivered if order.fate == GOES_WELL]
        asking = self.random.sample(received, min(len(received), self.count(RETURN_PART, 12)))
        for order in asking:
            history.delivered.remove(order)
        sent = cases.open(asking, at=self.moment(0.06), wants=CaseKind.RETURN)
        half = len(sent) // 2
        actor = history.staff["aftersales"]
        raise_first(approve_cases(sent[: half + 3], actor=actor, at=self.moment(0.2)).refused)
        cases.send(sent[: half + 1], at=self.moment(0.3))
        cases.receive(sent[:half], at=self.moment(0.6))
        cases.inspect(sent[: half // 2], at=self.moment(0.8))

    def ask_back(self, *, at: datetime) -> None:
        """Let some buyers ask for their money while their orders wait."""
        history = self.history
        asking = []
        for status in (S.CREATED, S.REVIEWED, S.PICKED, S.PACKED):
            waiting = [order for order in history.at_work[status] if order.fate != UNPAID]
            asking += self.random.sample(waiting, min(len(waiting), self.count(ASKING_BACK / 4, 1)))
        history.cases.ask(asking, at=at, sent=False)
