"""What goes into an order: several lines, discounts by who bears them, gifts."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from random import Random

from ops_portal.demo.vocabulary.goods import APPAREL, BRANDS, BUNDLES, PRICES, PRODUCTS
from ops_portal.demo.vocabulary.shops import ShopWords
from ops_portal.lib.money import cents, share_out
from orders.choices import Bearer

LINES, LINE_WEIGHTS = (1, 2, 3, 4, 5), (46, 28, 15, 7, 4)
UNITS, UNIT_WEIGHTS = (1, 2, 3), (84, 12, 4)
ZERO = Decimal("0.00")
CATEGORY_OF = {brand.code: brand.category for brand in BRANDS}


@dataclass(frozen=True, slots=True)
class Article:
    """A SKU that can be bought."""

    code: str
    title: str
    price: Decimal
    brand: str
    sells: float


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """A line with its discounts as (amount, bearer)."""

    article: Article
    units: int
    price: Decimal
    discounts: tuple[tuple[Decimal, str], ...] = ()
    is_gift: bool = False

    @property
    def worth(self) -> Decimal:
        """Return what the buyer owes for the line."""
        return self.price * self.units - sum((amount for amount, _bearer in self.discounts), ZERO)


def articles() -> tuple[dict[str, list[Article]], dict[str, list[Article]]]:
    """Return what each brand sells, and what it gives away."""
    sold: dict[str, list[Article]] = {}
    given: dict[str, list[Article]] = {}
    for brand, products in PRODUCTS.items():
        sold[brand], given[brand] = [], []
        for product in products:
            for suffix, variant in product.variants:
                code = product.code + suffix
                price = PRICES.get(code, product.price)
                title = f"{product.name} {variant}"
                shelf = given if product.is_gift else sold
                shelf[brand].append(Article(code, title, price, brand, product.sells))
        sold[brand] += [
            Article(bundle.code, f"{bundle.name} {bundle.variant}", bundle.price, brand, bundle.sells)
            for bundle in BUNDLES[brand]
        ]
    return sold, given


def category_of(lines: tuple[PlannedLine, ...]) -> str:
    """Return the category for which most is paid."""
    worth: dict[str, Decimal] = {}
    for line in lines:
        category = CATEGORY_OF[line.article.brand]
        worth[category] = worth.get(category, ZERO) + line.worth
    return max(worth, key=lambda category: worth[category])


class Baskets:
    """Fills baskets from the shelves of a shop."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.sold, self.given = articles()
        self.weights = {brand: [article.sells for article in shelf] for brand, shelf in self.sold.items()}

    def article(self, code: str) -> Article:
        """Return the article of a code; one that is on no shelf is a new colour of the sweatshirt."""
        found = (article for shelf in self.sold.values() for article in shelf if article.code == code)
        return next(found, Article(code, "重磅纯棉圆领卫衣 胭脂红;L", Decimal("159.00"), "YSX", 0.0))

    def fill(self, shop: ShopWords, *, sale: bool) -> tuple[PlannedLine, ...]:
        """Return the lines of an order."""
        random = self.random
        brands = list(shop.brands)
        (brand,) = random.choices(brands, list(shop.brands.values()))
        (wanted,) = random.choices(LINES, LINE_WEIGHTS)
        wanted += 1 if sale and random.random() < 0.4 else 0
        chosen: dict[str, Article] = {}
        for _ in range(wanted):
            if shop.mixes and random.random() < shop.mixes:
                brand = random.choice(brands)
            (article,) = random.choices(self.sold[brand], self.weights[brand])
            chosen.setdefault(article.code, article)
        bought = [
            (article, 1 if CATEGORY_OF[article.brand] == APPAREL else random.choices(UNITS, UNIT_WEIGHTS)[0])
            for article in chosen.values()
        ]
        discounts = self.discounts(shop, [article.price * units for article, units in bought], sale=sale)
        lines = [
            PlannedLine(article, units, article.price, parts)
            for (article, units), parts in zip(bought, discounts, strict=True)
        ]
        return (*lines, *self.gifts(lines, sale=sale))

    def discounts(
        self, shop: ShopWords, listed: list[Decimal], *, sale: bool
    ) -> list[tuple[tuple[Decimal, str], ...]]:
        """Return the discounts of each line: coupons and reductions of the whole order, shared to the cent."""
        random = self.random
        goods = sum(listed, ZERO)
        whole: list[tuple[Decimal, str]] = []
        if sale:
            whole.append((cents(goods * Decimal("0.15")), Bearer.SHOP))
            if goods >= 300:
                whole.append((Decimal(50) * int(goods // 300), Bearer.PLATFORM))
        else:
            if goods >= 199 and random.random() < 0.6:
                whole.append((Decimal("20.00"), Bearer.SHOP))
            elif goods >= 99 and random.random() < 0.4:
                whole.append((Decimal("10.00"), Bearer.SHOP))
            if random.random() < 0.18:
                whole.append((Decimal(random.choice((3, 5, 8))), Bearer.PLATFORM))
        if shop.platform == "douyin" and random.random() < 0.35:
            whole.append((cents(goods * Decimal("0.05")), Bearer.INFLUENCER))
        if shop.platform == "pinduoduo" and random.random() < 0.3:
            whole.append((cents(goods * Decimal("0.08")), Bearer.PLATFORM))
        parts: list[list[tuple[Decimal, str]]] = [[] for _ in listed]
        for amount, bearer in whole:
            for place, part in enumerate(share_out(amount, listed)):
                if part:
                    parts[place].append((part, str(bearer)))
        return [tuple(of_line) for of_line in parts]

    def gifts(self, lines: list[PlannedLine], *, sale: bool) -> list[PlannedLine]:
        """Return samples that lie in the parcel at ¥0: with dear orders, and with more of them on the great day."""
        brand = lines[0].article.brand
        shelf = self.given[brand]
        worth = sum((line.worth for line in lines), ZERO)
        if not shelf or worth < 149 or self.random.random() > (0.9 if sale else 0.5):
            return []
        return [PlannedLine(self.random.choice(shelf), 1, ZERO, (), True)]
