"""What buyers will want, day by day, from what they took: plain arithmetic on numbers that are given.

The model is level × weekday × momentum of the brand × campaign. Sources of the formulas:

- level: simple exponential smoothing (R. G. Brown, *Statistical Forecasting for Inventory Control*, 1959), with the
  weights of the days that are left out dropped and the others made to add up to one;
- goods that are not wanted on most days (J. D. Croston, 1972): chance and size smoothed apart, the chance each day,
  so that it fades where nobody asks any more (Teunter, Syntetos and Babai, "Intermittent demand: Linking forecasting
  to inventory obsolescence", EJOR 214, 2011). They are told by the mean interval between days with demand being above
  1.32 (Syntetos, Boylan and Croston, "On the categorization of demand patterns", JORS 56, 2005);
- weekday: share of the mean, drawn towards the brand's rhythm where a SKU sells little (Miller and Williams,
  "Shrinkage estimators of time series seasonal factors", IJF 19, 2003), as by a gamma prior worth ``PRIOR_UNITS``;
- momentum: a brand's last days against its last weeks. One SKU sells too little to tell the tide from chance; all of
  a brand together tell it, and each takes part in it (top-down, as in Gross and Sohl, "Disaggregation methods to
  expedite product line forecasting", JoF 9, 1990).

Days on which nothing was left say less than was wanted, and are left out. So are campaign days: those of a
``CampaignPeriod``, and peaks that stand out by rule; a campaign that lies ahead multiplies its days.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from typing import Final

SMOOTHING: Final = 0.04  # the weight of the newest day in the level: about the last 50 days count
QUICK: Final = 0.2  # … and in the momentum: about the last 10
MOMENTUM: Final = (0.5, 2.0)  # it takes no part in more
FEW: Final = 1.32  # mean interval in days between days with demand above which demand is intermittent
PRIOR_UNITS: Final = (
    150.0  # a SKU that sold so many units has half a say in its weekday rhythm, the brand the other
)
PRIOR_MOMENTUM: Final = 50.0  # a brand that sold so many in its last days has half a say in its momentum
PEAK_TIMES: Final = 4.0  # a day above so many times the usual …
PEAK_SPREADS: Final = 6.0  # … and so many times the spread that chance alone gives is a peak
WEEK: Final = 7
ONE_DAY: Final = timedelta(days=1)
EVEN: Final = (1.0,) * WEEK

Rhythm = tuple[float, ...]  # by weekday, Monday first; their mean is 1


@dataclass(frozen=True, slots=True)
class Pace:
    """What goods of one brand have in common: the rhythm of the week, and how its last days stand to its weeks."""

    rhythm: Rhythm = EVEN
    momentum: float = 1.0


@dataclass(frozen=True, slots=True)
class Campaign:
    """Days from ``starts_on`` to ``ends_on`` on which ``uplift`` times the usual is wanted."""

    starts_on: date
    ends_on: date
    uplift: float = 1.0


@dataclass(frozen=True, slots=True)
class History:
    """Units by day from ``first`` on, without a gap, and which of these days ended with nothing left."""

    first: date
    units: tuple[int, ...]
    out: frozenset[int] = frozenset()  # places in ``units``


@dataclass(frozen=True, slots=True)
class Forecast:
    """The units of each day from ``first`` on, and by how much a day is off on average (standard deviation).

    ``level`` is an ordinary day's; ``known_days`` those that it was learned from, ``left_out`` those that were not.
    """

    first: date
    units: tuple[float, ...]
    spread: float
    level: float
    intermittent: bool
    known_days: int
    left_out: int

    def over(self, start: int, days: int) -> float:
        """Return the units of ``days`` days from the day ``start`` on (0 is the first)."""
        return sum(self.units[start : start + days])


NO_PACE: Final = Pace()


def pace_of(histories: Sequence[History], campaigns: Sequence[Campaign] = ()) -> Pace:
    """Return what goods have in common that end on the same day."""
    rhythm = rhythm_of(histories, campaigns)
    if not histories:
        return Pace(rhythm)
    total = taken_together(histories)
    first, totals = total.first, total.units
    days = ordinary_days(total, campaigns)
    units = [float(totals[place]) for place in days]
    factors = [rhythm[(first.weekday() + place) % WEEK] for place in days]
    slow, quick = (level_of(units, factors, weight) for weight in (SMOOTHING, QUICK))
    if not slow:
        return Pace(rhythm)
    # So many units the quick mean rests on; where they are few, chance speaks.
    heard = quick / QUICK
    momentum = (heard * quick / slow + PRIOR_MOMENTUM) / (heard + PRIOR_MOMENTUM)
    return Pace(rhythm, min(max(momentum, MOMENTUM[0]), MOMENTUM[1]))


def taken_together(histories: Sequence[History]) -> History:
    """Return what was taken of all goods; a day on which one could not be had counts as its usual day.

    Else goods that are sold out or new would look like a tide that all of the brand takes part in.
    """
    first = min(history.first for history in histories)
    totals = [0.0] * max(len(history.units) for history in histories)
    for history in histories:
        offset = len(totals) - len(history.units)
        had = len(history.units) - len(history.out)
        usual = sum(history.units) / had if had else 0.0
        for place in range(offset):
            totals[place] += usual
        for place, each in enumerate(history.units):
            totals[offset + place] += usual if place in history.out else each
    return History(first, tuple(round(each) for each in totals))


def rhythm_of(histories: Iterable[History], campaigns: Sequence[Campaign] = ()) -> Rhythm:
    """Return the weekday rhythm of goods taken together: the share of each weekday, on ordinary days."""
    sums, days = [0.0] * WEEK, [0] * WEEK
    for history in histories:
        for place in ordinary_days(history, campaigns):
            weekday = (history.first + place * ONE_DAY).weekday()
            sums[weekday] += history.units[place]
            days[weekday] += 1
    return evened([total / count if count else None for total, count in zip(sums, days, strict=True)])


def own_rhythm(history: History, days: Sequence[int], brand: Rhythm) -> Rhythm:
    """Return the rhythm of one SKU: (its units × its own + ``PRIOR_UNITS`` × the brand's) / (units + prior)."""
    sums, counts = [0.0] * WEEK, [0] * WEEK
    start = history.first.weekday()
    for place in days:
        weekday = (start + place) % WEEK
        sums[weekday] += history.units[place]
        counts[weekday] += 1
    total = sum(sums)
    if not total:
        return brand
    own = evened([each / count if count else None for each, count in zip(sums, counts, strict=True)])
    return tuple(
        (total * mine + PRIOR_UNITS * theirs) / (total + PRIOR_UNITS)
        for mine, theirs in zip(own, brand, strict=True)
    )


def evened(means: Sequence[float | None]) -> Rhythm:
    """Return factors whose mean is 1; a weekday that is not known is as any other."""
    known = [mean for mean in means if mean is not None]
    usual = sum(known) / len(known) if known else 0.0
    if not usual:
        return EVEN
    factors = [1.0 if mean is None else mean / usual for mean in means]
    total = sum(factors)
    return tuple(factor * WEEK / total for factor in factors)


def ordinary_days(history: History, campaigns: Sequence[Campaign] = ()) -> list[int]:
    """Return the places of the days that tell what is usual: neither sold out, nor of a campaign, nor a peak."""
    apart: set[int] = set(history.out)
    for campaign in campaigns:
        start = max((campaign.starts_on - history.first).days, 0)
        apart.update(range(start, min((campaign.ends_on - history.first).days + 1, len(history.units))))
    days = [place for place in range(len(history.units)) if place not in apart]
    limit = peak_limit([history.units[place] for place in days])
    return [place for place in days if history.units[place] <= limit]


def peak_limit(units: Sequence[int]) -> float:
    """Return the units above which a day is a peak.

    The usual is the mean without the tenth of the days that sold most; chance spreads counts by their root (Poisson).
    """
    if not units:
        return 0.0
    lower = sorted(units)[: max(1, len(units) - len(units) // 10)]
    usual = sum(lower) / len(lower)
    return max(PEAK_TIMES * usual, usual + PEAK_SPREADS * sqrt(max(usual, 1.0)))


def smoothed(values: Sequence[float], smoothing: float) -> float:
    """Return the exponentially weighted mean of ``values``, the last of which is the newest."""
    weight, total, weights = 1.0, 0.0, 0.0
    for value in reversed(values):
        total += weight * value
        weights += weight
        weight *= 1 - smoothing
    return total / weights if weights else 0.0


def forecast(
    history: History,
    *,
    days: int,
    brand: Pace = NO_PACE,
    campaigns: Sequence[Campaign] = (),
    fallback: float = 0.0,
) -> Forecast:
    """Say what is wanted on each of the ``days`` days after ``history``; without a day to learn from, ``fallback``.

    ``campaigns`` are those in the past, which are set apart, and those that lie ahead, which multiply.
    """
    usual = ordinary_days(history, campaigns)
    rhythm = own_rhythm(history, usual, brand.rhythm)
    start = history.first.weekday()
    factors = [rhythm[(start + place) % WEEK] for place in usual]
    units = [history.units[place] for place in usual]
    intermittent = is_intermittent(units)
    if not usual:
        level = fallback
    elif intermittent:
        level = intermittent_level(units)
    else:
        level = level_of(units, factors, SMOOTHING)
    spread = spread_of(units, factors, level)
    if usual:
        level *= brand.momentum
    begins = history.first + len(history.units) * ONE_DAY
    ahead = []
    for offset in range(days):
        day = begins + offset * ONE_DAY
        ahead.append(level * rhythm[day.weekday()] * uplift_on(day, campaigns))
    left_out = len(history.units) - len(usual)
    return Forecast(begins, tuple(ahead), spread, level, intermittent, len(usual), left_out)


def level_of(units: Sequence[float], factors: Sequence[float], smoothing: float) -> float:
    """Return the smoothed units of a day without its weekday; a day of a weak weekday weighs less than a strong one."""
    return smoothed(units, smoothing) / (smoothed(factors, smoothing) or 1.0)


def is_intermittent(units: Sequence[int]) -> bool:
    """Tell whether most days bring nothing: the mean interval between days with demand is above ``FEW``."""
    busy = sum(1 for each in units if each)
    return bool(units) and len(units) > FEW * busy


def intermittent_level(units: Sequence[int]) -> float:
    """Return chance × size, each smoothed by itself: the chance over every day, the size over days with demand."""
    chance = smoothed([1.0 if each else 0.0 for each in units], SMOOTHING)
    size = smoothed([float(each) for each in units if each], SMOOTHING)
    return chance * size


def spread_of(units: Sequence[int], factors: Sequence[float], level: float) -> float:
    """Return the standard deviation of a day around its forecast; never less than chance gives (Poisson)."""
    if len(units) < 2:
        return sqrt(level)
    squares = sum((own - level * factor) ** 2 for own, factor in zip(units, factors, strict=True))
    return max(sqrt(squares / (len(units) - 1)), sqrt(level))


def uplift_on(day: date, campaigns: Sequence[Campaign]) -> float:
    """Return by how much the campaigns of a day multiply what is usual; of several the greatest counts."""
    of_day = [each.uplift for each in campaigns if each.starts_on <= day <= each.ends_on]
    return max(of_day, default=1.0)
