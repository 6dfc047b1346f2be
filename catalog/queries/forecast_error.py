"""How far off the forecast is, measured on weeks that it was not shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from catalog.queries.forecast import WEEK, Campaign, History, forecast, pace_of

FEWEST_DAYS = 4 * WEEK  # of history before a week that is measured


@dataclass(frozen=True, slots=True)
class Measured:
    """The sum of absolute errors over the sum of what was taken (WAPE), of the forecast and of "same as last week"."""

    weeks: int
    cases: int
    units: int
    wape: float | None
    wape_of_last_week: float | None
    bias: float | None  # (forecast − taken) / taken


def measure(
    histories: Mapping[str, Mapping[str, History]], *, weeks: int, campaigns: Sequence[Campaign] = ()
) -> Measured:
    """Forecast each of the last ``weeks`` weeks from the days before it, and compare with what was taken.

    ``histories`` are by group (the brand, whose rhythm they share) and series, and end on the same day. Series that
    were sold out on a day of the week are left out of it: what they sold isn't what was wanted.
    """
    error = naive_error = bias = 0.0
    units = cases = 0
    for back in range(weeks, 0, -1):
        for group in histories.values():
            shown = {key: shortened(history, back * WEEK) for key, history in group.items()}
            known = {key: each for key, each in shown.items() if len(each.units) >= FEWEST_DAYS}
            pace = pace_of(list(known.values()), campaigns)
            for key, past in known.items():
                whole, begins = group[key], len(past.units)
                if whole.out & set(range(begins, begins + WEEK)):
                    continue
                taken = sum(whole.units[begins : begins + WEEK])
                said = sum(forecast(past, days=WEEK, brand=pace, campaigns=campaigns).units)
                error += abs(said - taken)
                naive_error += abs(sum(past.units[-WEEK:]) - taken)
                bias += said - taken
                units += taken
                cases += 1
    return Measured(
        weeks,
        cases,
        units,
        error / units if units else None,
        naive_error / units if units else None,
        bias / units if units else None,
    )


def shortened(history: History, days: int) -> History:
    """Return a history without its last ``days`` days."""
    kept = history.units[: max(len(history.units) - days, 0)]
    return History(history.first, kept, frozenset(place for place in history.out if place < len(kept)))
