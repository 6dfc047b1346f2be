"""Take back what an import did: ``manage.py undo_import RUN``."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext_lazy as _

from ops_portal.intake.models import ImportRun
from ops_portal.intake.operations.undoing import NoSuchRun, undo_runs
from ops_portal.lib.doors.commands import JsonCommand


class Command(JsonCommand):
    help = "Take back what imports did, each whole or not at all; their files then count as new."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("run", help="The number of the run, such as IR00000042.")

    def work(self, **options: Any) -> dict[str, Any]:
        run = ImportRun.objects.filter(number=options["run"]).first()
        if run is None:
            raise NoSuchRun(_("There is no import %(number)s."), number=options["run"])
        undone = undo_runs([run.pk], actor=self.principal, at=self.now()).one()
        return {
            "run": undone.number,
            "status": str(undone.status),
            "created": undone.created,
            "updated": undone.updated,
        }
