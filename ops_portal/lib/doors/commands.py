"""Command lines, which work on a house that was never started; ``--json`` makes them speak to scripts."""

from __future__ import annotations

import json
import sys
from typing import Any, ClassVar

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from ops_portal.lib.principals import Principal, system
from ops_portal.lib.refusals import Refused

# Any number of its own: whoever migrates holds this lock, the others wait and then find nothing to do.
MIGRATION_LOCK = 7_018_233_001


def ensure_migrated() -> None:
    """Bring the schema up to date; one process at a time does it. Progress goes to standard error."""
    if not _pending():
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
    try:
        if _pending():
            call_command("migrate", interactive=False, stdout=sys.stderr, verbosity=1)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])


def _pending() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


class JsonCommand(BaseCommand):
    """A command that answers a plain dict: ``work`` does it, ``show`` says it to people.

    With ``--json`` the answer is one object, the last line on standard output; progress (``self.say``) goes
    to standard error. Exit status 1 where the answer holds ``ok: False`` or the operation refused.
    """

    name: ClassVar[str] = ""
    requires_system_checks: Any = []

    def work(self, **options: Any) -> dict[str, Any]:
        """Do it and return plain JSON values."""
        raise NotImplementedError

    def show(self, answer: dict[str, Any]) -> None:
        """Say ``answer`` to a person."""
        for key, value in answer.items():
            self.stdout.write(f"{key}: {value}")

    def say(self, text: Any) -> None:
        """Report progress."""
        self.stderr.write(str(text), self.style.NOTICE)

    @property
    def principal(self) -> Principal:
        """Return who acts: the system, by the name of this command."""
        return system(f"manage {self.command_name}")

    @property
    def command_name(self) -> str:
        """Return the name under which ``manage.py`` knows this command."""
        return self.name or type(self).__module__.rpartition(".")[2]

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.add_argument("--json", action="store_true", help="Print one JSON object, as the last line.")
        return parser

    def handle(self, *args: Any, **options: Any) -> None:
        as_json: bool = options.pop("json", False)
        ensure_migrated()
        try:
            answer = self.work(**options)
        except Refused as refused:
            if as_json:
                self.print_json({"error": {"code": refused.code, "detail": str(refused), **refused.facts}})
                raise SystemExit(1) from refused
            raise CommandError(str(refused), returncode=1) from refused
        if as_json:
            self.print_json(answer)
        else:
            self.show(answer)
        if answer.get("ok") is False:
            raise SystemExit(1)

    def print_json(self, answer: dict[str, Any]) -> None:
        """Print ``answer`` as one line of JSON; Decimal, dates and lazy texts as their text."""
        self.stdout.write(json.dumps(answer, ensure_ascii=False, default=str))

    def now(self) -> Any:
        """Return the moment for the ``at`` of an operation."""
        return timezone.now()
