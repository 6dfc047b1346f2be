"""Load the demonstration agency: ``manage.py load_demo``."""

from __future__ import annotations

import time
from datetime import date, datetime
from typing import Any

from django.core.management.base import CommandParser

from ops_portal.demo.calendar import ZONE, at_hour
from ops_portal.demo.loading import ORDERS, SMALL_ORDERS, load_agency
from ops_portal.demo.people import Logins, lines_of
from ops_portal.demo.samples import write_samples
from ops_portal.embedded.home import open_house
from ops_portal.intake.running import few_collections
from ops_portal.lib.doors.commands import JsonCommand

LOGINS = "logins.txt"
SAMPLES = "samples"
HOUR = 15  # at which the agency stands on a day that is named


class Command(JsonCommand):
    help = (
        "Load the demonstration agency into a house without orders; logins and sample files go to the house."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--today",
            type=date.fromisoformat,
            metavar="YYYY-MM-DD",
            help="It stands on this day at 15:00, not now.",
        )
        parser.add_argument("--orders", type=int, default=ORDERS, metavar="N", help=f"{ORDERS} if not given.")
        parser.add_argument("--small", action="store_true", help=f"{SMALL_ORDERS} orders, for trying.")

    def work(self, **options: Any) -> dict[str, Any]:
        began = time.monotonic()
        day: date | None = options["today"]
        now: datetime = at_hour(day, HOUR) if day else self.now().astimezone(ZONE).replace(microsecond=0)
        orders = SMALL_ORDERS if options["small"] else options["orders"]
        with few_collections():
            loaded = load_agency(now, orders=orders, keep=keep_logins, tell=self.say)
        samples = open_house().path / SAMPLES
        write_samples(samples, now)
        return {
            "orders": loaded.orders,
            "samples": str(samples),
            "logins": str(open_house().path / LOGINS),
            "seconds": round(time.monotonic() - began, 1),
        }


def keep_logins(logins: Logins) -> None:
    """Add the logins to those that the house's owner has."""
    house = open_house()
    path = house.path / LOGINS
    standing = path.read_text(encoding="utf-8") if path.exists() else ""
    house.write_private(path, standing + lines_of(logins))
