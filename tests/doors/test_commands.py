"""Commands: for people a text, for scripts one JSON object as the last line; they migrate what isn't."""

from __future__ import annotations

import io
import json
import threading
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from ops_portal.lib.doors import commands
from ops_portal.lib.doors.commands import JsonCommand, ensure_migrated
from ops_portal.lib.refusals import Refused


class NothingThere(Refused):
    code = "nothing_there"


class Count(JsonCommand):
    name = "count_things"

    def work(self, **options: Any) -> dict[str, Any]:
        self.say("counting …")
        if options["verbosity"] == 3:
            raise NothingThere("There is nothing in %(where)s.", where="the box")
        return {"ok": options["verbosity"] != 2, "things": 3, "who": str(self.principal)}

    def show(self, answer: dict[str, Any]) -> None:
        self.stdout.write(f"{answer['things']} things")


def run(*arguments: str) -> tuple[int, str, str]:
    """Return the exit status, standard output and standard error of the command."""
    out, err = io.StringIO(), io.StringIO()
    status = 0
    try:
        call_command(Count(stdout=out, stderr=err, no_color=True), *arguments)
    except SystemExit as end:
        status = int(end.code or 0)
    except CommandError as error:
        status = error.returncode
        err.write(str(error))
    return status, out.getvalue(), err.getvalue()


pytestmark = pytest.mark.django_db


def test_people_get_a_sentence_and_progress_apart_from_it() -> None:
    assert run() == (0, "3 things\n", "counting …\n")


def test_scripts_get_one_object_as_the_last_line() -> None:
    status, out, err = run("--json")

    assert (status, err) == (0, "counting …\n")
    assert json.loads(out.splitlines()[-1]) == {"ok": True, "things": 3, "who": "system:manage count_things"}


def test_an_answer_that_is_not_ok_ends_with_status_1() -> None:
    status, out, _err = run("--json", "-v2")

    assert (status, json.loads(out)["ok"]) == (1, False)


def test_a_refusal_ends_with_status_1_and_its_sentence() -> None:
    status, out, err = run("-v3")

    assert (status, out) == (1, "")
    assert err.endswith("There is nothing in the box.")


def test_a_refusal_is_an_object_for_scripts_too() -> None:
    status, out, _err = run("--json", "-v3")

    assert status == 1
    assert json.loads(out) == {
        "error": {"code": "nothing_there", "detail": "There is nothing in the box.", "where": "the box"}
    }


def test_a_schema_that_is_up_to_date_is_not_migrated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "call_command", lambda *_, **__: pytest.fail("migrated"))

    ensure_migrated()


def test_a_schema_that_is_behind_is_migrated_before_the_work(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran: list[str] = []

    def migrate(name: str, **options: Any) -> None:
        ran.append(name)
        print("migrating", file=options["stdout"])
        MigrationRecorder(connection).record_applied("sessions", "0001_initial")

    MigrationRecorder(connection).record_unapplied("sessions", "0001_initial")
    monkeypatch.setattr(commands, "call_command", migrate)

    status, out, _err = run("--json")

    assert (status, ran) == (0, ["migrate"])
    assert json.loads(out)["things"] == 3
    assert capsys.readouterr().err == "migrating\n"


@pytest.mark.django_db(transaction=True)
def test_of_two_commands_at_once_one_migrates_and_the_other_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def migrate(name: str, **_: Any) -> None:
        ran.append(name)
        threading.Event().wait(0.2)
        MigrationRecorder(connection).record_applied("sessions", "0001_initial")

    MigrationRecorder(connection).record_unapplied("sessions", "0001_initial")
    monkeypatch.setattr(commands, "call_command", migrate)

    def work() -> None:
        try:
            ensure_migrated()
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ran == ["migrate"]
