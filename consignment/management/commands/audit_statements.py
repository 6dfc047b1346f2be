from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from consignment.queries.audit import audit_statements
from ops_portal.lib.doors.commands import JsonCommand


class Command(JsonCommand):
    help = "Compute every issued statement anew from what is frozen in it, and name the first difference."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "numbers", nargs="*", metavar="NUMBER", help="All issued statements if not given."
        )

    def work(self, **options: Any) -> dict[str, Any]:
        found = audit_statements(options["numbers"])
        return {
            "ok": found.ok,
            "statements": found.statements,
            "lines": found.lines,
            "first_difference": found.first_difference,
            "changed_since": found.changed_lines,
            "changes": found.changed,
        }
