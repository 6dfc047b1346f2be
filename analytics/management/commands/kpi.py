from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from analytics.choices import By
from analytics.metrics import METRICS
from analytics.operations.rolling import refresh_stale_days
from analytics.queries.figures import figures, metrics_of, shops_of
from ops_portal.accounts.visibility import EVERYTHING
from ops_portal.lib.doors.commands import JsonCommand


class Command(JsonCommand):
    help = "Print figures from --from to --to, both days included. Metrics: " + ", ".join(METRICS)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("metrics", nargs="+", metavar="METRIC")
        parser.add_argument(
            "--from", dest="since", required=True, type=date.fromisoformat, metavar="YYYY-MM-DD"
        )
        parser.add_argument(
            "--to", dest="until", required=True, type=date.fromisoformat, metavar="YYYY-MM-DD"
        )
        parser.add_argument("--shop", action="append", default=None, metavar="CODE")
        parser.add_argument("--by", choices=By.values)

    def work(self, **options: Any) -> dict[str, Any]:
        metrics_of(options["metrics"])
        shops = shops_of(options["shop"]) if options["shop"] else None
        refresh_stale_days(actor=self.principal, at=self.now())
        found = figures(
            options["metrics"],
            since=options["since"],
            until=options["until"],
            scope=EVERYTHING,
            shops=shops,
            by=By(options["by"]) if options["by"] else None,
        )
        return {
            "figures": [
                {"metric": figure.metric, "by": figure.by, "key": figure.key, "value": figure.value}
                for figure in found
            ]
        }

    def show(self, answer: dict[str, Any]) -> None:
        for figure in answer["figures"]:
            key = "" if figure["key"] is None else f" [{figure['key']}]"
            value = "–" if figure["value"] is None else figure["value"]
            self.stdout.write(f"{figure['metric']}{key}: {value}")
