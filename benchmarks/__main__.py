"""Measure the budgets: ``python -m benchmarks [BENCH …]``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator

from benchmarks import floor, importing, listing, pages, placing, race, rest, starting, working
from benchmarks.clients import Pace
from benchmarks.house import House, find_servers, own_house
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
}
DATABASE = "portal_bench_run"
KEPT_DATABASE = "portal_bench"  # of lists and pages: a million orders take minutes to fill


def main() -> int:
    """Run the benches asked for, all by default; 1 where something came out wrong, slow or fast."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("bench", nargs="*", help=f"which to run: {' '.join(BENCHES)} (default: all)")
    parser.add_argument(
        "--rounds", type=int, default=10, help="how often each client works (the median counts)"
    )
    parser.add_argument("--seconds", type=float, default=1.0, help="how long each time")
    parser.add_argument("--large", action="store_true", help="also import a file of a million rows")
    options = parser.parse_args()
    if unknown := set(options.bench) - set(BENCHES):
        parser.error(f"no such bench: {' '.join(sorted(unknown))}")
    pace = Pace(options.rounds, options.seconds, options.large)
    find_servers()
    print(
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f};"
        f" medians of {pace.rounds} × {pace.seconds:g} s"
    )
    wrong = False
    for name, (title, bench) in BENCHES.items():
        if options.bench and name not in options.bench:
            continue
        kept = name in ("list", "pages")
        with own_house(KEPT_DATABASE if kept else DATABASE, keep=kept) as house:
            if not kept:
                floor.build(house.url)
            rows = list(bench(house, pace))
        show(title, rows)
        wrong = wrong or any(row.verdict == "wrong" for row in rows)
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
