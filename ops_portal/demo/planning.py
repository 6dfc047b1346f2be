"""What was bought, by whom, and what is to become of it: the whole history as a plan, before anything is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from ops_portal.demo.baskets import Baskets, PlannedLine, category_of
from ops_portal.demo.buyers import Buyer, Buyers
from ops_portal.demo.calendar import Span, moment_of_day, orders_by_day
from ops_portal.demo.numbers import Numbers
from ops_portal.demo.vocabulary.goods import APPAREL, COSMETICS, FOOD
from ops_portal.demo.vocabulary.places import FAR
from ops_portal.demo.vocabulary.shops import SHOPS, ShopWords
from ops_portal.demo.vocabulary.words import REMARKS

ZERO = Decimal("0.00")
UNPAID, GOES_WELL, BACK_BEFORE, BACK_AFTER = (
    "unpaid",
    "goes well",
    "back before shipping",
    "back after shipping",
)

UNPAID_PART = 0.11
REFUND_PARTS = {APPAREL: 0.39, COSMETICS: 0.125, FOOD: 0.035}
BEFORE_SHIPPING = {APPAREL: 0.45, COSMETICS: 0.5, FOOD: 0.55}
REMARK_PART = 0.07
FREE_FREIGHT_FROM = Decimal("39")
FREIGHT, FAR_FREIGHT = Decimal("6.00"), Decimal("15.00")


@dataclass(slots=True)
class Planned:
    """An order as the platform will tell of it, and its fate. ``id`` and ``number`` are known once it is in."""

    shop: ShopWords
    platform_number: str
    placed_at: datetime
    paid_at: datetime | None
    buyer: Buyer
    lines: tuple[PlannedLine, ...]
    freight: Decimal
    remark: str
    category: str
    fate: str
    back_after: timedelta = timedelta(0)  # from payment, or from delivery, until the buyer wants the money
    id: int = 0
    number: str = ""
    total: Decimal = ZERO
    reached: str = ""
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None

    @property
    def wants_sf(self) -> bool:
        """Tell whether the buyer asked for 顺丰."""
        return "顺丰" in self.remark


@dataclass
class Plan:
    """All orders by the time they are placed."""

    span: Span
    orders: list[Planned] = field(default_factory=list)


class Planner:
    """Draws orders from one stream of chance."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.numbers = Numbers(random)
        self.buyers = Buyers(random)
        self.baskets = Baskets(random)
        self.shop_parts = [shop.part for shop in SHOPS]

    def order(self, at: datetime, *, sale: bool = False, shop: ShopWords | None = None) -> Planned:
        """Return one order placed at ``at``."""
        random = self.random
        shop = shop or random.choices(SHOPS, self.shop_parts)[0]
        buyer = self.buyers.come(shop.code)
        lines = self.baskets.fill(shop, sale=sale)
        category = category_of(lines)
        goods = sum((line.worth for line in lines), ZERO)
        number = self.numbers.order(shop.platform, at, buyer.serial)
        fate, back_after = self.fate(category)
        paid_at = None if fate == UNPAID else at + timedelta(seconds=random.randrange(8, 600))
        freight = FAR_FREIGHT if buyer.province in FAR else (FREIGHT if goods < FREE_FREIGHT_FROM else ZERO)
        remark = random.choice(REMARKS) if random.random() < REMARK_PART else ""
        return Planned(
            shop, number, at, paid_at, buyer, lines, freight, remark, category, fate, back_after,
            total=goods + freight,
        )  # fmt: skip

    def order_of(self, shop: ShopWords, codes: list[str], at: datetime) -> Planned:
        """Return a paid order of certain goods that goes well; a code that nobody knows stands for itself."""
        order = self.order(at, shop=shop)
        order.lines = tuple(
            PlannedLine(article, 1, article.price) for article in map(self.baskets.article, codes)
        )
        order.fate, order.paid_at = GOES_WELL, at + timedelta(seconds=self.random.randrange(8, 600))
        order.total = sum((line.worth for line in order.lines), order.freight)
        order.category = category_of(order.lines)
        return order

    def fate(self, category: str) -> tuple[str, timedelta]:
        """Return what becomes of an order, and how long the buyer takes to change his mind."""
        random = self.random
        if random.random() < UNPAID_PART:
            return UNPAID, timedelta(0)
        if random.random() >= REFUND_PARTS[category]:
            return GOES_WELL, timedelta(0)
        if random.random() < BEFORE_SHIPPING[category]:
            return BACK_BEFORE, timedelta(minutes=random.randrange(3, 240))
        return BACK_AFTER, timedelta(hours=random.randrange(4, 110))


def plan_orders(span: Span, orders: int, random: Random) -> tuple[Plan, Planner]:
    """Return the plan of the days that are over, and the planner for what comes after."""
    planner = Planner(random)
    plan = Plan(span)
    for day, count in orders_by_day(span, orders, random).items():
        sale = day == span.sale_day
        moments = sorted(moment_of_day(day, random, sale=sale) for _ in range(count))
        plan.orders += [planner.order(at, sale=sale) for at in moments]
    return plan, planner
