from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from analytics.operations.rolling import leave_all_days_stale, refresh_stale_days
from ops_portal.lib.doors.commands import JsonCommand


class Command(JsonCommand):
    help = "Compute the figures of the days that changed; with --all, of every day, from the rows."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="every day that has rows or figures")

    def work(self, **options: Any) -> dict[str, Any]:
        if options["all"]:
            leave_all_days_stale(actor=self.principal)
        return {"refreshed": refresh_stale_days(actor=self.principal, at=self.now())}
