"""Run the whole portal on this machine until Ctrl-C."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import connections, transaction
from django.utils import timezone

from ops_portal.accounts.operations.people import create_first_administrator
from ops_portal.embedded.failures import EmbeddedFailure
from ops_portal.embedded.home import House, open_house
from ops_portal.embedded.supervisor import Supervisor
from ops_portal.lib.principals import system

LOGINS = "logins.txt"


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
        keep_first_login(house)
        # From here on, nobody in this process asks the database.
        connections.close_all()
        return read_logins(house)


def keep_first_login(house: House) -> None:
    """Create the first administrator of an empty house, and keep the login where its owner finds it."""
    with transaction.atomic():
        login = create_first_administrator(actor=system(), at=timezone.now())
        # Before the commit: a login that nobody knows would be worse than a file without one.
        if login:
            house.write_private(house.path / LOGINS, "{}  {}\n".format(*login))


def read_logins(house: House) -> str:
    """Return the logins to show, a line each; nothing where the file was deleted."""
    try:
        lines = (house.path / LOGINS).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return ""
    shown = "".join(f"  {line}\n" for line in lines)
    return f"Logins (kept in {house.path / LOGINS}):\n{shown}"
