from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from typing import Any

from consignment.operations.drafting import draft_month
from ops_portal.lib.doors.commands import JsonCommand
from ops_portal.lib.money import as_text


def month(text: str) -> date:
    """Return the first day of a month written YYYY-MM."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise ArgumentTypeError(f"Write a month as 2026-10, not {text}.") from error


class Command(JsonCommand):
    help = "Draft the statements of a month, of every contract that has something to settle in it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--month", required=True, type=month, metavar="YYYY-MM")
        parser.add_argument(
            "--contract", action="append", metavar="NUMBER", help="All contracts if not given."
        )

    def work(self, **options: Any) -> dict[str, Any]:
        outcome = draft_month(
            options["month"], numbers=options["contract"], actor=self.principal, at=self.now()
        )
        return {
            "statements": [
                {
                    "number": statement.number,
                    "month": f"{statement.month:%Y-%m}",
                    "lines": statement.line_count,
                    "net": as_text(statement.net),
                }
                for statement in outcome.done
            ],
            "refused": [
                {"code": refused.code, "detail": str(refused)} for _index, refused in outcome.refused
            ],
        }
