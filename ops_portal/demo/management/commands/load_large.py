"""Add a great many orders to the demonstration agency: ``manage.py load_large``."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from ops_portal.demo.large import load_large
from ops_portal.lib.doors.commands import JsonCommand


class Command(JsonCommand):
    help = "Add a great many orders to the demonstration agency, for trying speed. They can't be taken out again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--orders", type=int, default=1_000_000, metavar="N", help="Orders that are over."
        )
        parser.add_argument(
            "--live", type=int, default=10_000, metavar="N", help="Orders that are to be worked."
        )
        parser.add_argument("--jobs", type=int, default=2, metavar="N", help="Processes that write at once.")

    def work(self, **options: Any) -> dict[str, Any]:
        began = time.monotonic()
        try:
            written = load_large(
                self.now(),
                orders=options["orders"],
                live=options["live"],
                jobs=options["jobs"],
                tell=self.say,
            )
        except KeyboardInterrupt:
            raise CommandError(
                _("Stopped half-way. The orders written so far stay."), returncode=130
            ) from None
        seconds = time.monotonic() - began
        return {"orders": written, "seconds": round(seconds, 1), "orders_a_second": round(written / seconds)}
