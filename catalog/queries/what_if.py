"""What keeping goods more surely costs, and what it saves: expected values under the terms that are tried.

Formulas: E. A. Silver, D. F. Pyke and D. J. Thomas, *Inventory and Production Management in Supply Chains*, 4th
edition, 2017, chapters 5 and 6. With σ the spread of demand over the lead time, √(L·σd² + d²·σL²), and z the quantile
of the service level:

- stock held on average = half of what an order brings, d·R/2, and the safety stock z·σ;
- units short in a cycle = σ·G(z), with G(z) = φ(z) − z·(1 − Φ(z)), the loss function of the normal distribution;
- units that expire in a cycle: what a full shelf, d·R + z·σ, holds beyond the demand of the days that goods may be
  sold, N(d·T, σd²·T), in expectation; never more than the order brought.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from math import sqrt
from statistics import NormalDist
from typing import Final

from catalog.queries.days import yesterday
from catalog.queries.forecast import Pace, forecast, pace_of
from catalog.queries.histories import Campaigns, histories
from catalog.queries.positions import AllTerms, goods_of
from catalog.queries.reckoning import Terms, z_of

LEVELS: Final = (0.8, 0.85, 0.9, 0.925, 0.95, 0.975, 0.99, 0.995)
YEAR: Final = 365
NORMAL: Final = NormalDist()


@dataclass(frozen=True, slots=True)
class Part:
    """One SKU in one warehouse: what is wanted a day, its spread, what a unit costs and how long it may be sold."""

    sku_code: str
    daily: float
    spread: float
    cost: Decimal | None
    life_days: int | None
    terms: Terms


@dataclass(frozen=True, slots=True)
class Tried:
    """Terms that are tried instead of those that stand; ``None`` leaves each SKU its own."""

    lead_days: int | None = None
    lead_spread: float | None = None
    review_days: int | None = None

    def on(self, terms: Terms, level: float | None) -> Terms:
        """Return the terms of a SKU with what is tried put over them."""
        return replace(
            terms,
            lead_days=terms.lead_days if self.lead_days is None else self.lead_days,
            lead_spread=terms.lead_spread if self.lead_spread is None else self.lead_spread,
            review_days=terms.review_days if self.review_days is None else self.review_days,
            service_level=terms.service_level if level is None else level,
        )


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is to be expected of some goods. ``level`` is None where each keeps its own.

    ``units`` and ``amount`` are held on average, at cost; ``short`` and ``expiring`` units are those of a year;
    ``days_out`` the days of a year on which a buyer finds a SKU sold out, weighed by what is wanted of each.
    """

    level: float | None
    units: float
    amount: Decimal
    safety: float
    short: float
    days_out: float
    expiring: float
    expiring_amount: Decimal


def parts_of(sku_ids: Collection[int], *, at: datetime) -> list[Part]:
    """Return what is known of SKUs, those most wanted first; five statements."""
    known = histories(yesterday(at), sku_ids=sku_ids)
    goods = goods_of({sku for sku, _place in known})
    campaigns, terms = Campaigns.load(), AllTerms.load()
    by_brand: dict[int, list[tuple[int, int]]] = {}
    for place in known:
        if place[0] in goods:
            by_brand.setdefault(goods[place[0]].brand_id, []).append(place)
    found = []
    for brand_id, places in by_brand.items():
        of_brand = campaigns.of(brand_id)
        pace: Pace = pace_of([known[place] for place in places], of_brand)
        for place in places:
            said = forecast(known[place], days=0, brand=pace, campaigns=of_brand)
            sku = goods[place[0]]
            by = terms.of(brand_id, place[0])
            found.append(Part(sku.code, said.level, said.spread, sku.cost, sku.life_days, by))
    return sorted(found, key=lambda part: (-part.daily, part.sku_code))


def outlook(parts: Sequence[Part], level: float | None, tried: Tried) -> Outlook:
    """Return what is to be expected at a service level."""
    units = safety = short = expiring = wanted = 0.0
    amount = expiring_amount = Decimal(0)
    for part in parts:
        terms = tried.on(part.terms, level)
        z = max(z_of(terms.service_level), 0.0)
        spread = sqrt(terms.lead_days * part.spread**2 + part.daily**2 * terms.lead_spread**2)
        kept = z * spread
        brought = part.daily * terms.review_days
        cycles = YEAR / terms.review_days
        held = brought / 2 + kept
        lost = min(spread * loss(z), brought) * cycles
        gone = expires(part, brought, kept) * cycles
        cost = part.cost or Decimal(0)
        units += held
        safety += kept
        short += lost
        expiring += gone
        wanted += part.daily
        amount += cost * Decimal(held)
        expiring_amount += cost * Decimal(gone)
    return Outlook(
        level,
        units,
        amount,
        safety,
        short,
        short / wanted if wanted else 0.0,
        expiring,
        expiring_amount,
    )


def loss(z: float) -> float:
    """Return G(z) = φ(z) − z·(1 − Φ(z)): by how many spreads demand is short of a level, in expectation."""
    return NORMAL.pdf(z) - z * (1 - NORMAL.cdf(z))


def expires(part: Part, brought: float, kept: float) -> float:
    """Return how many units of an order expire unsold, in expectation."""
    if part.life_days is None:
        return 0.0
    full = brought + kept
    mean, spread = part.daily * part.life_days, part.spread * sqrt(part.life_days)
    left = full - mean if spread == 0 else spread * loss((mean - full) / spread)
    return min(max(left, 0.0), brought)
