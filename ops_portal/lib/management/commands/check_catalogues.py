from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ops_portal.lib.catalogues import locales
from ops_portal.lib.messages import foreign_texts, portal_texts, problems


class Command(BaseCommand):
    help = "Name every text that lacks a usable translation; exit status 1 where there is one."
    requires_system_checks: Any = []

    def handle(self, *args: Any, **options: Any) -> None:
        texts, foreign = portal_texts(), foreign_texts()
        found = [problem for locale in locales() for problem in problems(locale, texts, foreign)]
        for problem in found:
            self.stdout.write(problem)
        if found:
            raise CommandError(f"{len(found)} translations are missing or wrong.")
        self.stdout.write("Every text is translated.")
