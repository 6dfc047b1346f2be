"""Public holidays and make-up working days, year by year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

DAY = timedelta(days=1)
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Holidays:
    """The days of one year that a country has off, and the weekend days on which it makes up for them."""

    closed: frozenset[date]
    make_up: frozenset[date]


@lru_cache(maxsize=64)
def public_holidays(country: str, year: int) -> Holidays:
    """Return the public holidays of a country (``CN``) with the weekends that adjoin them.

    China announces its make-up days each autumn for the year to come; a year that isn't announced yet has the
    statutory holidays only. Refuses a country without a known calendar (NotImplementedError).
    """
    # Imported here: it costs 0.1 s, and most processes never ask.
    from holidays import country_holidays

    known = country_holidays(country, years=(year - 1, year, year + 1))
    make_up = frozenset(getattr(known, "weekend_workdays", ()))
    closed = set(known)
    # A holiday is announced as a run of days: a weekend that touches it belongs to it.
    for day in tuple(closed):
        for step in (DAY, -DAY):
            beside = day + step
            while beside.weekday() >= SATURDAY and beside not in make_up:
                closed.add(beside)
                beside += step
    return Holidays(
        frozenset(day for day in closed if day.year == year),
        frozenset(day for day in make_up if day.year == year),
    )
