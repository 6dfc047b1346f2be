"""Run the whole portal on this machine until Ctrl-C."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from ops_portal.embedded.failures import EmbeddedFailure
from ops_portal.embedded.home import House, open_house
from ops_portal.embedded.supervisor import Supervisor

LOGINS = "logins.txt"
ADMINISTRATOR = "admin"


class Command(BaseCommand):
    help = "Run PostgreSQL, Valkey, web, worker and beat, start again what dies, and stop all on Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            house = open_house()
            Supervisor(house, self.say).run(lambda: self.prepare(house))
        except EmbeddedFailure as failure:
            raise CommandError(str(failure)) from failure

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def prepare(self, house: House) -> str:
        """Bring the database up to date, make the first login in an empty house, and return the logins."""
        self.say("Updating the database ...")
        call_command("migrate", interactive=False)
        if "compile_catalogues" in get_commands():
            call_command("compile_catalogues")
        create_first_administrator(house)
        # From here on, nobody in this process asks the database.
        connections.close_all()
        return read_logins(house)


def create_first_administrator(house: House) -> None:
    """Create a superuser with a random password where there is no user yet; keep it in the logins' file."""
    users = get_user_model()._default_manager
    if users.exists():
        return
    password = secrets.token_urlsafe(12)
    # The file first: a login that nobody knows would be worse than a file without one.
    house.write_private(house.path / LOGINS, f"{ADMINISTRATOR}  {password}\n")
    users.create_superuser(username=ADMINISTRATOR, password=password)


def read_logins(house: House) -> str:
    """Return the logins to show, a line each; nothing where the file was deleted."""
    try:
        lines = (house.path / LOGINS).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return ""
    shown = "".join(f"  {line}\n" for line in lines)
    return f"Logins (kept in {house.path / LOGINS}):\n{shown}"
