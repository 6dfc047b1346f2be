from typing import Any

from django.core.management.base import BaseCommand

from ops_portal.lib.catalogues import compile_if_stale


class Command(BaseCommand):
    help = "Compile the catalogues that have changed; nothing happens where they are up to date."
    requires_system_checks: Any = []

    def handle(self, *args: Any, **options: Any) -> None:
        for path in compile_if_stale():
            self.stdout.write(f"{path}: compiled")
