"""New prices by a rule: for which SKUs, reckoned from what, and what is left of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any, Final

from django.db.models import Q, QuerySet

from catalog.choices import PriceBase, PriceEnding
from catalog.models import Channel, Price, Sku
from catalog.queries.categories import below
from catalog.queries.prices import Margin, margin_of, planned_within, specials_within, standing_prices
from ops_portal.lib.money import cents, ratio

MOST: Final = 2000  # SKUs that one preview shows
AHEAD: Final = timedelta(days=3653)  # as far ahead as prices are written down


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
    plans: tuple[Price, ...] = ()  # what else is to hold there from a later moment on, or for a time

    @property
    def is_below_floor(self) -> bool:
        """Tell whether the new price is below the SKU's floor."""
        floor = self.sku.floor_price
        return self.amount is not None and floor is not None and self.amount < floor

    @property
    def is_same(self) -> bool:
        """Tell whether nothing changes."""
        return self.amount is not None and self.amount == self.before

    @property
    def special(self) -> Price | None:
        """Return the first special price within the time that is asked for, or after its beginning."""
        return next((plan for plan in self.plans if plan.until is not None), None)


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
    if selection.codes:
        return Sku.objects.visible_to(user).filter(Q(code__in=selection.codes), is_active=True)
    return on_offer(selection, user)


def on_offer(selection: Selection, user: Any) -> QuerySet[Sku]:
    """Return the active SKUs of a brand, category and role, of those that ``user`` may see."""
    skus = Sku.objects.visible_to(user).filter(is_active=True)
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
    until: datetime | None = None,
) -> list[NewPrice]:
    """Return, for each SKU, its price by the rule, or the one ``given`` by code; margins after the shop's fee.

    What is planned beside it comes along: for a special price others of its time, else all that is to come.
    """
    ids = [sku.pk for sku in skus]
    held = standing_prices(ids, channel.pk if channel else None, at)
    plans = plans_of(ids, channel, at, until)
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
                tuple(plans.get(sku.pk, ())),
            )
        )
    return prices


def plans_of(
    sku_ids: Sequence[int], channel: Channel | None, at: datetime, until: datetime | None
) -> dict[int, list[Price]]:
    """Return the prices beside one that holds from ``at``: special ones and, where it has no end, all later ones."""
    found: list[Price] = []
    if channel is not None:
        found += specials_within(sku_ids, [channel.pk], at, until or at + AHEAD).select_related("change")
    if until is None:
        found += planned_within(sku_ids, channel.pk if channel else None, at, None)
    plans: dict[int, list[Price]] = defaultdict(list)
    for price in sorted(found, key=lambda each: (each.since, each.pk)):
        plans[price.sku_id].append(price)
    return plans
