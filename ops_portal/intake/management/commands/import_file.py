"""Take in a file: ``manage.py import_file KIND FILE``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.core.management.base import CommandParser
from django.utils.translation import gettext_lazy as _

from ops_portal.intake.kinds import ImportKind, Options, all_kinds, kind_of
from ops_portal.intake.running import import_file, prepare, try_out
from ops_portal.lib.doors.commands import JsonCommand
from ops_portal.lib.refusals import Refused


class NoSuchFile(Refused):
    """There is no file, or no folder, at the path."""

    code = "no_such_file"


class BadArguments(Refused):
    """The command line does not say what to do."""

    code = "bad_arguments"


class Command(JsonCommand):
    help = (
        "Take in a file, or go on with one whose import was interrupted. --kinds lists what can be taken in."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", nargs="?", default="")
        parser.add_argument("file", nargs="?", default="")
        parser.add_argument(
            "--kinds", action="store_true", help="List the kinds of files with their columns."
        )
        parser.add_argument("--shop", default="", metavar="CODE")
        parser.add_argument("--brand", default="", metavar="CODE")
        parser.add_argument(
            "--at", default="", metavar="D", help="When it was received, where no column says so."
        )
        parser.add_argument("--map", default="", metavar="a=COLUMN,…", help="Which heading each column has.")
        parser.add_argument(
            "--history", action="store_true", help="It is long over: no reservation, no clock."
        )
        parser.add_argument("--dry-run", action="store_true", help="Show what would be done, and do nothing.")

    def work(self, **options: Any) -> dict[str, Any]:
        if options["kinds"]:
            return {"kinds": [described(kind) for kind in all_kinds()]}
        if not options["kind"] or not options["file"]:
            raise BadArguments(_("Name the kind of file and the file; --kinds lists the kinds."))
        kind = kind_of(options["kind"])
        path = Path(options["file"])
        if not (path.is_dir() if kind.is_folder else path.is_file()):
            detail = _("There is no folder %(path)s.") if kind.is_folder else _("There is no file %(path)s.")
            raise NoSuchFile(detail, path=str(path))
        chosen = Options(
            options["shop"],
            options["brand"],
            options["at"],
            parse_mapping(options["map"]),
            options["history"],
        )
        if options["dry_run"]:
            return self.try_out(kind, path, chosen)
        draft = prepare(kind, path, chosen)
        run = import_file(draft, actor=self.principal, clock=self.now, tell=self.say)
        return answer(run.number, run, run.report)

    def try_out(self, kind: ImportKind, path: Path, options: Options) -> dict[str, Any]:
        tried = try_out(kind, path, options, actor=self.principal, at=self.now())
        return {**answer(None, tried.counts, tried.report), "dry_run": True, "preview": tried.preview}

    def show(self, answer: dict[str, Any]) -> None:
        for kind in answer.get("kinds", ()):
            needs = " ".join(f"--{name} CODE" for name in kind["needs"])
            self.stdout.write(f"{kind['kind']} {needs}".strip())
            for column in kind["columns"]:
                also = ", ".join(column["headings"])
                must = " *" if column["required"] else ""
                self.stdout.write(f"    {column['name']}{must}  {also}")
        if "kinds" not in answer:
            super().show(answer)


def parse_mapping(text: str) -> dict[str, str]:
    """Return ``a=COLUMN,b=COLUMN`` as a dict. Refuses BadArguments."""
    mapping: dict[str, str] = {}
    for part in filter(None, text.split(",")):
        name, sign, heading = part.partition("=")
        if not sign or not name.strip() or not heading.strip():
            raise BadArguments(_("“%(part)s” is no mapping; write column=HEADING."), part=part)
        mapping[name.strip()] = heading.strip()
    return mapping


def answer(number: str | None, counts: Any, report: str) -> dict[str, Any]:
    """Return the counts of a run, or of a dry run, as scripts read them."""
    return {
        "run": number,
        "rows": counts.rows,
        "created": counts.created,
        "updated": counts.updated,
        "unchanged": counts.unchanged,
        "rejected": counts.rejected,
        "held": counts.held,
        "report": default_storage.path(report) if report else None,
    }


def described(kind: ImportKind) -> dict[str, Any]:
    """Return a kind as scripts read it."""
    return {
        "kind": kind.code,
        "label": str(kind.label),
        "folder": kind.is_folder,
        "needs": sorted(kind.wants),
        "columns": [
            {"name": column.name, "required": column.required, "headings": list(column.headings)}
            for column in kind.columns
        ],
    }
