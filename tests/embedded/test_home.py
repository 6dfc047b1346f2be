from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from manage import needs_servers
from ops_portal.embedded.home import Account, closed_directory, open_house, run_home
from ops_portal.embedded.logs import rotate, tail
from ops_portal.embedded.ports import HOST, find_free_port
from ops_portal.embedded.servers import choose_port
from ops_portal.embedded.supervisor import AlreadyRuns, keep_house

STRANGER = Account(uid=54321, gid=54321, name="stranger")


def test_the_home_is_where_the_environment_says(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_HOME", str(place / "named"))
    assert run_home() == place / "named"
    assert not (place / "named").exists()


def test_the_first_directory_that_a_stranger_cannot_enter_is_named(place: Path) -> None:
    (place / "open" / "closed" / "home").mkdir(parents=True)
    assert closed_directory(place / "open", STRANGER) is None
    (place / "open" / "closed").chmod(0o700)
    assert closed_directory(place / "open" / "closed" / "home", STRANGER) == place / "open" / "closed"


def test_a_second_supervisor_of_a_house_is_refused(place: Path) -> None:
    house = open_house(place / "kept")
    with keep_house(house), pytest.raises(AlreadyRuns, match=f"process {os.getpid()}"), keep_house(house):
        pass
    with keep_house(house):
        assert house.try_lock("supervisor") is None


def test_a_taken_port_is_given_up_for_a_free_one_and_that_is_said(place: Path) -> None:
    said: list[str] = []
    with socket.create_server((HOST, find_free_port())) as taken:
        port = taken.getsockname()[1]
        assert choose_port(port, said.append, patience=0) != port
    assert said[0].startswith(f"Port {port} has been taken")
    assert choose_port(port, said.append, patience=0) == port


def test_a_large_log_is_put_aside_and_its_writer_goes_on(place: Path) -> None:
    house = open_house(place / "logged")
    log = house.logs / "web.log"
    with log.open("a") as writer:
        for number in range(5):
            writer.write(f"line {number}\n")
            writer.flush()
            rotate(log, largest=3)
        writer.write("last\n")
    assert sorted(path.name for path in house.logs.iterdir()) == ["web.log"] + [
        f"web.log.{n}" for n in (1, 2, 3)
    ]
    assert (house.logs / "web.log.1").read_text() == "line 4\n"
    assert tail(house, "web") == "last"


@pytest.mark.parametrize(
    ("line", "needed"),
    [
        ("migrate", True),
        ("run_portal", True),
        ("check", False),
        ("check --database default", True),
        ("makemessages -l zh_Hans", False),
        ("migrate --help", False),
        ("", False),
    ],
)
def test_only_commands_that_may_touch_the_database_start_the_servers(line: str, needed: bool) -> None:
    assert needs_servers(line.split()) is needed
