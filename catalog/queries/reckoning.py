"""How many units of a SKU should be got for a warehouse: arithmetic on figures that are given.

Order up to a level (E. A. Silver, D. F. Pyke and D. J. Thomas, *Inventory and Production Management in Supply Chains*,
4th edition, 2017, chapter 6): what is expected to be wanted until the order after this one arrives, and a safety stock
against demand and lead time that are other than expected, of independent spreads (ibid., 6.10; the same as in
S. Nahmias, *Production and Operations Analysis*, 5.6): z × √(L·σd² + d²·σL²).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from math import ceil, floor, sqrt
from statistics import NormalDist
from typing import Final

from catalog.drafts import Reasoning
from catalog.queries.forecast import Campaign, Forecast, History, uplift_on

SHOWN_DAYS: Final = 56  # of the past and of what lies ahead
ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Terms:
    """How goods are got, as numbers: days, units, and the share of cycles that shall pass without running out."""

    supplier: str = ""
    lead_days: int = 7
    lead_spread: float = 2.0
    review_days: int = 7
    minimum_units: int = 1
    pack_units: int = 1
    service_level: float = 0.95


@dataclass(frozen=True, slots=True)
class Position:
    """What there is of a SKU in a warehouse, what waits for it, and what is on its way (days from now, units)."""

    available: int = 0
    unsellable: int = 0
    quarantine: int = 0
    waiting: int = 0
    approved: int = 0
    arrivals: tuple[tuple[int, int], ...] = ()

    @property
    def on_the_way(self) -> int:
        """Return the units that come."""
        return sum(units for _days, units in self.arrivals)


@lru_cache(maxsize=1024)
def z_of(service_level: float) -> float:
    """Return the quantile of the normal distribution: how many spreads of safety a service level takes."""
    return NormalDist().inv_cdf(service_level)


def safety_stock(terms: Terms, daily: float, spread: float) -> float:
    """Return z × √(L·σd² + d²·σL²); nothing where the level asks for less than half of the cycles."""
    variance = terms.lead_days * spread**2 + daily**2 * terms.lead_spread**2
    return max(z_of(terms.service_level), 0.0) * sqrt(variance)


def expected(said: Forecast, days: float) -> float:
    """Return what is wanted in the next ``days`` days; beyond the forecast each day is an ordinary one."""
    known = min(int(days), len(said.units))
    return said.over(0, known) + max(days - known, 0) * said.level


def horizon_of(terms: Terms) -> int:
    """Return for how many days a forecast is wanted."""
    return max(SHOWN_DAYS, terms.lead_days + terms.review_days)


def reckon(
    position: Position,
    terms: Terms,
    history: History | None,
    said: Forecast,
    *,
    on: date,
    momentum: float = 1.0,
    campaigns: tuple[Campaign, ...] = (),
    life_days: int | None = None,
    cost: Decimal | None = None,
) -> tuple[int, Reasoning]:
    """Return how many units to get, and each figure of that.

    ``on`` is the last day that is known. ``life_days`` is how long goods that arrive may be sold; what would not be
    sold by then is not ordered, be there a minimum.
    """
    covered = terms.lead_days + terms.review_days
    demand = expected(said, covered)
    daily = demand / covered if covered else said.level
    safety = safety_stock(terms, daily, said.spread)
    free = position.available - position.unsellable
    coming = position.on_the_way + position.approved
    needed = demand + safety + position.waiting - free - coming
    sells = None
    if life_days is not None:
        whole = expected(said, terms.lead_days + max(life_days, 0))
        sells = max(whole + position.waiting - free - coming, 0.0)
    of_campaigns = 0.0
    for offset, units in enumerate(said.units[:covered]):
        times = uplift_on(said.first + offset * ONE_DAY, campaigns)
        of_campaigns += units * (1 - 1 / times) if times > 1 else 0.0
    past = history.units[-SHOWN_DAYS:] if history else ()
    skipped = len(history.units) - len(past) if history else 0
    reasoning = Reasoning(
        on=on.isoformat(),
        level=round(said.level, 3),
        spread=round(said.spread, 3),
        momentum=round(momentum, 3),
        intermittent=said.intermittent,
        known_days=said.known_days,
        left_out=said.left_out,
        supplier=terms.supplier,
        lead_days=terms.lead_days,
        lead_spread=terms.lead_spread,
        review_days=terms.review_days,
        service_level=terms.service_level,
        z=round(z_of(terms.service_level), 3),
        minimum_units=terms.minimum_units,
        pack_units=terms.pack_units,
        demand=round(demand, 2),
        of_campaigns=round(of_campaigns, 2),
        safety=round(safety, 2),
        waiting=position.waiting,
        available=position.available,
        unsellable=position.unsellable,
        quarantine=position.quarantine,
        on_the_way=position.on_the_way,
        approved=position.approved,
        needed=round(needed, 2),
        reorder_point=round(expected(said, terms.lead_days) + safety, 2),
        sells_before_expiry=None if sells is None else round(sells, 2),
        cost="" if cost is None else str(cost),
        past=past,
        past_out=tuple(sorted(place - skipped for place in history.out if place >= skipped))
        if history
        else (),
        ahead=tuple(round(units, 2) for units in said.units[: horizon_of(terms)]),
        arrivals=position.arrivals,
    )
    return order_units(needed, terms, sells), reasoning


def order_units(needed: float, terms: Terms, sells: float | None) -> int:
    """Return whole packs for what is needed, the minimum at least; less, or nothing, where it would expire unsold."""
    if needed < 1:
        return 0
    pack = terms.pack_units
    units = ceil(max(ceil(round(needed, 6)), terms.minimum_units) / pack) * pack
    if sells is not None and units > sells:
        units = floor(sells / pack) * pack
        if units < terms.minimum_units:
            return 0
    return units


def projected(reasoning: Reasoning, ordered: int = 0) -> list[float]:
    """Return what is left at the end of each day ahead, with ``ordered`` units arriving after the lead time.

    What waits is served first; what is wanted and isn't there is not sold later.
    """
    left = float(reasoning.available - reasoning.unsellable - reasoning.waiting)
    comes: dict[int, float] = {}
    for day, units in reasoning.arrivals:
        comes[max(day, 1)] = comes.get(max(day, 1), 0) + units
    if reasoning.approved:
        comes[reasoning.lead_days + 1] = comes.get(reasoning.lead_days + 1, 0) + reasoning.approved
    if ordered:
        comes[reasoning.lead_days + 1] = comes.get(reasoning.lead_days + 1, 0) + ordered
    days = []
    for day, wanted in enumerate(reasoning.ahead, start=1):
        left += comes.get(day, 0)
        # Units that waiting orders lack are owed; what buyers find sold out is lost, not owed.
        left = left - wanted if left >= wanted else min(left, 0.0)
        days.append(left)
    return days


def runs_out_on(reasoning: Reasoning) -> date | None:
    """Return the first day that ends with nothing left, without a new order; None where none is in sight."""
    if not any(reasoning.ahead) and not reasoning.waiting:
        return None
    first = date.fromisoformat(reasoning.on) + ONE_DAY
    for offset, left in enumerate(projected(reasoning)):
        if left < 0.5:
            return first + offset * ONE_DAY
    return None
