"""Make an API key and print it, this once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import CommandParser

from ops_portal.accounts.operations.keys import ApiKeyDraft, create_api_keys
from ops_portal.lib.doors.commands import JsonCommand


class Command(JsonCommand):
    help = "Make an API key that acts as a service user with the given roles, and print it once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--role", action="append", required=True, help="A role; may be given again.")
        parser.add_argument("--name", default="", help="Who holds the key.")
        parser.add_argument("--shop", nargs="+", action="extend", default=[], metavar="CODE")
        parser.add_argument("--brand", nargs="+", action="extend", default=[], metavar="CODE")
        parser.add_argument(
            "--scope",
            nargs="+",
            action="extend",
            help="Such as orders:read; those of the roles if not given.",
        )
        parser.add_argument("--expires-days", type=int, metavar="N", help="It lasts for ever if not given.")

    def work(self, **options: Any) -> dict[str, Any]:
        at = self.now()
        days: int | None = options["expires_days"]
        draft = ApiKeyDraft(
            roles=options["role"],
            name=options["name"],
            shops=options["shop"],
            brands=options["brand"],
            scopes=options["scope"],
            expires_at=None if days is None else at + timedelta(days=days),
        )
        return {"key": create_api_keys([draft], actor=self.principal, at=at).one().text}

    def show(self, answer: dict[str, Any]) -> None:
        self.stdout.write(answer["key"])
