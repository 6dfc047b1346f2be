"""New prices by a rule: for which SKUs, reckoned from what, and what is left of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any, Final

from django.db.models import Q, QuerySet

from catalog.choices import PriceBase, PriceEnding
from catalog.models import Channel, Sku
from catalog.queries.categories import below
from catalog.queries.prices import Margin, margin_of, prices_at
from ops_portal.lib.money import cents, ratio

MOST: Final = 2000  # SKUs that one preview shows


@dataclass(frozen=True, slots=True)
class Selection:
    """Of which SKUs the prices shall change; ``codes`` alone where they are given."""

    brand: str = ""
    category: str = ""
    role: str = ""
    codes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing narrows it."""
        return not (self.brand or self.category or self.role or self.codes)


@dataclass(frozen=True, slots=True)
class Rule:
    """New price = base × percent / 100 + plus, ending as asked; not below the floor where ``keeps_floor``."""

    base: str = PriceBase.PRICE
    percent: Decimal = Decimal(100)
    plus: Decimal = Decimal(0)
    ending: str = PriceEnding.NONE
    keeps_floor: bool = False


@dataclass(frozen=True, slots=True)
class NewPrice:
    """What becomes of one SKU's price; ``amount`` is None where its base is not known."""

    sku: Sku
    before: Decimal | None
    amount: Decimal | None
    change: Decimal | None  # as a share of the price before
    margin_before: Margin | None
    margin: Margin | None

    @property
    def is_below_floor(self) -> bool:
        """Tell whether the new price is below the SKU's floor."""
        floor = self.sku.floor_price
        return self.amount is not None and floor is not None and self.amount < floor

    @property
    def is_same(self) -> bool:
        """Tell whether nothing changes."""
        return self.amount is not None and self.amount == self.before


def reckoned(base: Decimal, rule: Rule, floor: Decimal | None = None) -> Decimal:
    """Return the new price of one base, to the cent and never below zero."""
    raw = base * rule.percent / 100 + rule.plus
    amount = ended(max(raw, Decimal(0)), rule.ending)
    return max(amount, floor) if rule.keeps_floor and floor is not None else amount


def ended(amount: Decimal, ending: str) -> Decimal:
    """Return the price nearest to ``amount`` that ends as asked, the higher of two; below the first such price, it."""
    if ending == PriceEnding.WHOLE:
        return amount.quantize(Decimal(1), ROUND_HALF_UP) + Decimal("0.00")
    if ending == PriceEnding.NONE:
        return cents(amount)
    end = Decimal(ending)
    step = Decimal(10) if end > 1 else Decimal(1)
    steps = ((amount - end) / step + Decimal("0.5")).to_integral_value(ROUND_FLOOR)
    return cents(max(steps, Decimal(0)) * step + end)


def selected(selection: Selection, user: Any) -> QuerySet[Sku]:
    """Return the active SKUs that are selected, of those that ``user`` may see."""
    skus = Sku.objects.visible_to(user).filter(is_active=True)
    if selection.codes:
        return skus.filter(Q(code__in=selection.codes))
    if selection.brand:
        skus = skus.filter(product__brand__code=selection.brand)
    if selection.category:
        skus = skus.filter(product__category__in=below(selection.category))
    return skus.filter(price_role=selection.role) if selection.role else skus


def new_prices(
    skus: Sequence[Sku],
    given: dict[str, Decimal] | None,
    rule: Rule,
    *,
    channel: Channel | None,
    at: datetime,
) -> list[NewPrice]:
    """Return, for each SKU, its price by the rule, or the one ``given`` by code; margins after the shop's fee."""
    held = prices_at([sku.pk for sku in skus], channel.pk if channel else None, at)
    fee = channel.fee_rate if channel else Decimal(0)
    prices = []
    for sku in skus:
        before = held.get(sku.pk)
        if given is not None:
            amount = given.get(sku.code)
        else:
            base = before if rule.base == PriceBase.PRICE else getattr(sku, rule.base)
            amount = None if base is None else reckoned(base, rule, sku.floor_price)
        prices.append(
            NewPrice(
                sku,
                before,
                amount,
                None if amount is None or before is None else ratio(amount - before, before),
                None if before is None else margin_of(before, sku.cost, fee),
                None if amount is None else margin_of(amount, sku.cost, fee),
            )
        )
    return prices
