"""Measure the budgets: ``python -m benchmarks [BENCH …]``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator

from benchmarks import (
    floor,
    importing,
    listing,
    pages,
    placing,
    race,
    reservations,
    rest,
    starting,
    stock,
    stocktake,
    working,
)
from benchmarks.clients import Pace
from benchmarks.house import House, find_servers, free, own_house
from benchmarks.report import Row, show

Bench = Callable[[House, Pace], Iterator[Row]]
BENCHES: dict[str, tuple[str, Bench]] = {
    "floor": ("The floor: hand-written SQL, orders of 3 lines", floor.bench),
    "place": ("Place one order of 3 lines in process; floor: row by row", placing.bench),
    "rest": ("Place one order of 3 lines over REST; floor: row by row", rest.bench),
    "import": ("Import a file of orders of 3 lines; floor: bulk, 10,000 a commit", importing.bench),
    "race": ("200 buyers for the last 50 units over REST", race.bench),
    "list": ("The list of orders at a million", listing.bench),
    "pages": ("Pages and lists of a day beside a million orders", pages.bench),
    "work": ("Shipping an order; the page of the figures", working.bench),
    "start": ("One web process", starting.bench),
    "reservations": ("64 clients for the last units, and mixed baskets", reservations.bench),
    "stocktake": ("Counts and their approval while orders come", stocktake.bench),
    "stock": ("A million balances, ten million movements", stock.bench),
}
DATABASE = "portal_bench_run"
# A million orders take minutes to fill, and so do ten million movements.
KEPT = {"list": "portal_bench", "pages": "portal_bench", "stock": "portal_bench_stock"}


def main() -> int:
    """Run the benches asked for, all by default; 1 where something came out wrong, slow or fast."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("bench", nargs="*", help=f"which to run: {' '.join(BENCHES)} (default: all)")
    parser.add_argument(
        "--rounds", type=int, default=10, help="how often each client works (the median counts)"
    )
    parser.add_argument("--seconds", type=float, default=1.0, help="how long each time")
    parser.add_argument("--large", action="store_true", help="also import a file of a million rows")
    parser.add_argument("--free", action="store_true", help="only drop the databases that are kept")
    options = parser.parse_args()
    if unknown := set(options.bench) - set(BENCHES):
        parser.error(f"no such bench: {' '.join(sorted(unknown))}")
    pace = Pace(options.rounds, options.seconds, options.large)
    find_servers()
    if options.free:
        free(set(KEPT.values()))
        return 0
    print(
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f};"
        f" medians of {pace.rounds} × {pace.seconds:g} s"
    )
    wrong = False
    for name, (title, bench) in BENCHES.items():
        if options.bench and name not in options.bench:
            continue
        kept = name in KEPT
        with own_house(KEPT.get(name, DATABASE), keep=kept) as house:
            if not kept:
                floor.build(house.url)
            rows = list(bench(house, pace))
        show(title, rows)
        wrong = wrong or any(row.verdict == "wrong" for row in rows)
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
