"""Run the whole portal on this machine until Ctrl-C."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import Any

from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import connections, transaction
from django.utils import timezone

from catalog.operations.set_up import set_up_rules
from ops_portal.accounts.operations.people import create_first_administrator
from ops_portal.embedded.failures import EmbeddedFailure
from ops_portal.embedded.home import House, open_house, project_directory
from ops_portal.embedded.supervisor import Supervisor
from ops_portal.lib.principals import system

LOGINS = "logins.txt"
DEMO_NOTE = "demo.json"
LOOK_SECONDS = 0.2


class Command(BaseCommand):
    help = "Run PostgreSQL, Valkey, web, worker and beat, start again what dies, and stop all on Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            house = open_house()
            supervisor = Supervisor(house, self.say)
            supervisor.run(lambda: self.prepare(house, supervisor.stopping))
        except EmbeddedFailure as failure:
            raise CommandError(str(failure)) from failure

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def prepare(self, house: House, stopping: threading.Event) -> str:
        """Bring the database up to date, make the first login and the agency of an empty house; return the logins."""
        self.say("Updating the database ...")
        call_command("migrate", interactive=False)
        if "compile_catalogues" in get_commands():
            call_command("compile_catalogues")
        set_up_rules(actor=system(), at=timezone.now())
        is_new = keep_first_login(house)
        # From here on, nobody in this process asks the database.
        connections.close_all()
        if is_new and os.environ.get("PORTAL_DEMO", "1") != "0":
            self.load_demo(house, stopping)
        elif (house.read_note(DEMO_NOTE) or {}).get("state") == "loading":
            self.say("The demonstration agency was interrupted while it loaded. `make reset` begins anew.")
        return read_logins(house)

    def load_demo(self, house: House, stopping: threading.Event) -> None:
        """Load the demonstration agency in a process of its own, whose memory goes with it."""
        self.say(
            "Loading the demonstration agency, which takes up to a minute (PORTAL_DEMO=0 does without) ..."
        )
        house.write_note(DEMO_NOTE, {"state": "loading"})
        command = [sys.executable, "manage.py", "load_demo"]
        with subprocess.Popen(command, cwd=project_directory(), stdout=subprocess.DEVNULL) as loading:  # noqa: S603
            while loading.poll() is None:
                if stopping.wait(LOOK_SECONDS):
                    loading.terminate()
                    return
        if loading.returncode:
            self.say("The demonstration agency could not be loaded to its end. `make reset` begins anew.")
            return
        house.write_note(DEMO_NOTE, {"state": "loaded"})


def keep_first_login(house: House) -> bool:
    """Create the first administrator of an empty house, and keep the login where its owner finds it.

    Tell whether the house was empty.
    """
    with transaction.atomic():
        login = create_first_administrator(actor=system(), at=timezone.now())
        # Before the commit: a login that nobody knows would be worse than a file without one.
        if login:
            house.write_private(house.path / LOGINS, "{}  {}\n".format(*login))
    return login is not None


def read_logins(house: House) -> str:
    """Return the logins to show, a line each; nothing where the file was deleted."""
    try:
        lines = (house.path / LOGINS).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return ""
    shown = "".join(f"  {line}\n" for line in lines)
    return f"Logins (kept in {house.path / LOGINS}):\n{shown}"
