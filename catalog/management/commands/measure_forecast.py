from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from catalog.queries.days import yesterday
from catalog.queries.forecast import Campaign, History
from catalog.queries.forecast_error import Measured, measure
from catalog.queries.histories import Campaigns, brands_of, histories, over_warehouses
from ops_portal.lib.doors.commands import JsonCommand


class Command(JsonCommand):
    help = (
        "Forecast weeks that are over from the days before them, and say how far off that is (WAPE: absolute errors"
        " over units) beside the guess that a week is as the last one. Goods that were sold out are left out."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--weeks", type=int, default=8, help="How many of the last weeks are held back.")
        parser.add_argument("--until", type=date.fromisoformat, help="The last day that is looked at.")
        parser.add_argument(
            "--file", type=Path, help="A CSV with the columns series, day, units instead of the portal's own."
        )
        parser.add_argument(
            "--campaign",
            action="append",
            default=[],
            help="Days that are known to sell FROM:TO:TIMES the usual, for --file.",
        )

    def work(self, **options: Any) -> dict[str, Any]:
        weeks = max(options["weeks"], 1)
        if options["file"]:
            known = tuple(campaign(text) for text in options["campaign"])
            group = read(options["file"], options["until"])
            return shown(measure({"all": group}, weeks=weeks, campaigns=known))
        until = options["until"] or yesterday(self.now())
        campaigns = Campaigns.load()
        by_sku = over_warehouses(histories(until))
        groups: dict[int, dict[str, History]] = defaultdict(dict)
        brands = brands_of(by_sku)
        for sku_id, history in by_sku.items():
            groups[brands[sku_id]][str(sku_id)] = history
        parts = [
            measure({str(brand): group}, weeks=weeks, campaigns=campaigns.of(brand))
            for brand, group in groups.items()
        ]
        return shown(together(weeks, parts))


def together(weeks: int, parts: list[Measured]) -> Measured:
    """Return several measurements as one."""
    units = sum(part.units for part in parts)

    def mean(name: str) -> float | None:
        return sum((getattr(part, name) or 0) * part.units for part in parts) / units if units else None

    cases = sum(part.cases for part in parts)
    return Measured(weeks, cases, units, mean("wape"), mean("wape_of_last_week"), mean("bias"))


def shown(measured: Measured) -> dict[str, Any]:
    """Return a measurement with its figures rounded."""
    return {
        name: round(value, 4) if isinstance(value, float) else value
        for name, value in asdict(measured).items()
    }


def campaign(text: str) -> Campaign:
    """Return the campaign that FROM:TO:TIMES names."""
    try:
        first, last, times = text.split(":")
        return Campaign(date.fromisoformat(first), date.fromisoformat(last), float(times))
    except ValueError as error:
        raise CommandError(f"{text} is not FROM:TO:TIMES, as 2026-11-11:2026-11-11:10.") from error


def read(path: Path, until: date | None) -> dict[str, History]:
    """Return the series of a file, each from its first day to the last of the file."""
    taken: dict[str, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                taken[row["series"]][date.fromisoformat(row["day"])] += int(row["units"])
    except (OSError, KeyError, ValueError) as error:
        raise CommandError(f"{path} can't be read as series, day, units: {error}") from error
    last = until or max((day for days in taken.values() for day in days), default=date.min)
    found = {}
    for series, days in taken.items():
        first = min(days)
        length = (last - first).days + 1
        if length > 0:
            units = tuple(days.get(first + timedelta(days=place), 0) for place in range(length))
            found[series] = History(first, units)
    return found
