"""Let a person in."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import CommandParser

from ops_portal.accounts.operations.people import UserDraft, create_users
from ops_portal.lib.doors.commands import JsonCommand


class Command(JsonCommand):
    help = "Let a person into the back office with the given roles. The password comes on standard input."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--role", action="append", required=True, help="A role; may be given again.")
        parser.add_argument("--name", default="")
        parser.add_argument("--shop", nargs="+", action="extend", default=[], metavar="CODE")
        parser.add_argument("--brand", nargs="+", action="extend", default=[], metavar="CODE")
        parser.add_argument(
            "--password-stdin",
            action="store_true",
            required=True,
            help="Read the password from standard input.",
        )

    def work(self, **options: Any) -> dict[str, Any]:
        draft = UserDraft(
            username=options["username"],
            password=sys.stdin.readline().rstrip("\r\n"),
            roles=options["role"],
            name=options["name"],
            shops=options["shop"],
            brands=options["brand"],
        )
        user = create_users([draft], actor=self.principal, at=self.now()).one()
        return {"username": user.username, "id": user.pk}
