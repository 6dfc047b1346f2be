"""Write sample files to try imports with: ``manage.py write_samples DIR``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from ops_portal.demo.samples import write_samples
from ops_portal.lib.doors.commands import JsonCommand


class Command(JsonCommand):
    help = "Write the demonstration's sample files for each kind of import, with what becomes of their rows."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")

    def work(self, **options: Any) -> dict[str, Any]:
        folder: Path = options["folder"]
        samples = write_samples(folder, self.now())
        return {
            "files": [
                {
                    "file": str(folder / sample.name),
                    "kind": sample.kind,
                    "shop": sample.options.shop,
                    "brand": sample.options.brand,
                    "created": sample.created,
                    "updated": sample.updated,
                    "rejected": sample.rejected,
                }
                for sample in samples
            ]
        }

    def show(self, answer: dict[str, Any]) -> None:
        for file in answer["files"]:
            where = " ".join(f"--{name} {file[name]}" for name in ("shop", "brand") if file[name])
            self.stdout.write(f"import_file {file['kind']} {file['file']} {where}".strip())
            self.stdout.write(
                f"    {file['created']} new, {file['updated']} changed, {file['rejected']} rejected"
            )
