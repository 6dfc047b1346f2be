from typing import Any

from django.core.management.base import BaseCommand

from ops_portal.lib.catalogues import catalogue_path, locales
from ops_portal.lib.messages import collect, foreign_texts, messages_of, portal_texts, write_catalogue


class Command(BaseCommand):
    help = "Bring the texts of the portal into its catalogues; translations that are there are kept."
    requires_system_checks: Any = []

    def handle(self, *args: Any, **options: Any) -> None:
        texts, foreign = portal_texts(), foreign_texts()
        for locale in locales():
            catalog = collect(locale, texts, foreign)
            changed = write_catalogue(locale, catalog)
            says = "written" if changed else "up to date"
            self.stdout.write(f"{catalogue_path(locale)}: {len(messages_of(catalog))} texts, {says}")
