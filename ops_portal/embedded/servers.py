"""Start the embedded servers where they don't run, stop them, tell how they are."""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ops_portal.embedded import postgresql, valkey
from ops_portal.embedded.failures import EmbeddedFailure
from ops_portal.embedded.home import House, Say, open_house, run_home
from ops_portal.embedded.logs import open_log, tail
from ops_portal.embedded.ports import find_free_port, is_answered, is_free
from ops_portal.embedded.processes import (
    ProcessMark,
    end_processes,
    mark_process,
    processes_in,
    start_detached,
)

LOCK = "servers"
READY_SECONDS = 120.0
# After a crash, the system needs a moment to give back the port and the shared memory of the dead server.
OLD_PORT_SECONDS = 8.0
RETRY_SECONDS = 20.0
# Where we set an address for our own children, this stands beside it, so that they know it for ours.
OURS = "PORTAL_EMBEDDED_"


class ServerFailed(EmbeddedFailure):
    """A server didn't come up; the text holds the end of its log."""


StopSteps = tuple[tuple[signal.Signals, float], ...]


class Server(Protocol):
    """What a module of a server offers."""

    @property
    def NAME(self) -> str: ...  # noqa: N802 - a module's constant
    @property
    def TITLE(self) -> str: ...  # noqa: N802
    @property
    def STOP_STEPS(self) -> StopSteps: ...  # noqa: N802

    def directory(self, house: House) -> Path: ...
    def prepare(self, house: House, say: Say) -> None: ...
    def command(self, house: House, port: int, say: Say) -> list[str]: ...
    def environ(self, house: House, say: Say) -> dict[str, str]: ...
    def clear_away(self, house: House) -> None: ...
    def is_ready(self, house: House, port: int, pid: int) -> bool: ...
    def settle(self, house: House, port: int) -> None: ...
    def url(self, house: House, port: int) -> str: ...


@dataclass(frozen=True)
class ServerUrls:
    """The addresses of the database and of the broker, ours or those given in the environment."""

    database_url: str
    redis_url: str


@dataclass(frozen=True)
class ServerStatus:
    """One embedded server: whether it runs, as which process, on which port."""

    name: str
    running: bool
    pid: int | None
    port: int | None


@dataclass(frozen=True)
class ServerRecord:
    """What the house remembers of a server it started. ``ready`` once it has taken queries."""

    mark: ProcessMark
    port: int
    ready: bool

    def is_up(self) -> bool:
        return self.ready and self.mark.is_alive() and is_answered(self.port)


SERVERS: dict[str, Server] = {"DATABASE_URL": postgresql, "REDIS_URL": valkey}


def say_on_stderr(text: str) -> None:
    """Show progress where it disturbs no command's output."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def given_url(variable: str) -> str | None:
    """Return the address of somebody else's server in ``variable``; None where it is missing or ours."""
    value = os.environ.get(variable, "")
    return value if value and value != os.environ.get(OURS + variable) else None


def embedded_servers() -> dict[str, Server]:
    """Return the servers that this process has to start itself, by the variable that would replace them."""
    return {variable: server for variable, server in SERVERS.items() if given_url(variable) is None}


def ensure_servers(*, home: Path | None = None, say: Say = say_on_stderr) -> ServerUrls:
    """Return the servers' addresses, after starting what doesn't run; milliseconds where all of it does.

    Safe from any number of processes at once: the house has one PostgreSQL and one Valkey. They stay when
    this process ends. Refuses EmbeddedFailure.
    """
    wanted = embedded_servers()
    urls = {variable: given_url(variable) or "" for variable in SERVERS}
    if wanted:
        house = open_house(home)
        records = {variable: read_record(house, server) for variable, server in wanted.items()}
        if not all(record and record.is_up() for record in records.values()):
            with house.lock(LOCK, say):
                records = {variable: bring_up(house, server, say) for variable, server in wanted.items()}
        for variable, record in records.items():
            if record is not None:
                urls[variable] = wanted[variable].url(house, record.port)
    return ServerUrls(database_url=urls["DATABASE_URL"], redis_url=urls["REDIS_URL"])


def bring_up(house: House, server: Server, say: Say) -> ServerRecord:
    """Return the record of the running ``server``, after starting it where it doesn't run. Under the lock."""
    record = read_record(house, server)
    if record and record.is_up():
        return record
    if record and record.mark.is_alive() and (found := wait_ready(house, server, record)):
        return found
    server.prepare(house, say)
    end_strays(house, server)
    say(f"Starting {server.TITLE} ...")
    deadline = time.monotonic() + RETRY_SECONDS
    while True:
        port = choose_port(record.port if record else None, say)
        server.clear_away(house)
        started = start(house, server, port, say)
        if started and (ready := wait_ready(house, server, started)):
            return ready
        if time.monotonic() > deadline:
            raise ServerFailed(f"{server.TITLE} didn't start. Its log ends:\n{tail(house, server.NAME)}")
        time.sleep(0.3)


def start(house: House, server: Server, port: int, say: Say) -> ServerRecord | None:
    """Start ``server`` and write it down before anything else can happen; None where it ended at once."""
    with open_log(house, server.NAME) as log:
        pid = start_detached(
            server.command(house, port, say),
            cwd=server.directory(house),
            log=log,
            account=house.account,
            environ=server.environ(house, say),
        )
    mark = mark_process(pid)
    if mark is None:
        return None
    record = ServerRecord(mark=mark, port=port, ready=False)
    write_record(house, server, record)
    return record


def wait_ready(house: House, server: Server, record: ServerRecord) -> ServerRecord | None:
    """Wait until ``server`` takes queries and return its record; None where it ended before.

    Refuses ServerFailed where it is still busy (a long recovery) after two minutes; it is left to go on.
    """
    deadline = time.monotonic() + READY_SECONDS
    while not server.is_ready(house, record.port, record.mark.pid):
        if not record.mark.is_alive():
            return None
        if time.monotonic() > deadline:
            raise ServerFailed(
                f"{server.TITLE} is still not ready. Its log ends:\n{tail(house, server.NAME)}"
            )
        time.sleep(0.02)
    server.settle(house, record.port)
    ready = ServerRecord(mark=record.mark, port=record.port, ready=True)
    write_record(house, server, ready)
    return ready


def choose_port(known: int | None, say: Say, *, patience: float = OLD_PORT_SECONDS) -> int:
    """Return the port of the last time, so that others find the server again; another where that is taken."""
    if known is None:
        return find_free_port()
    deadline = time.monotonic() + patience
    while not is_free(known):
        if time.monotonic() > deadline:
            port = find_free_port()
            say(f"Port {known} has been taken by another program, using {port}.")
            return port
        time.sleep(0.1)
    return known


def end_strays(house: House, server: Server) -> None:
    """End what works on the data of ``server`` and nobody vouches for: what a dead server or starter left."""
    place = server.directory(house)
    deadline = time.monotonic() + 3
    while (strays := processes_in(place)) and time.monotonic() < deadline:
        # Sessions of a killed server notice and go by themselves.
        time.sleep(0.05)
    end_processes(strays, *server.STOP_STEPS)


def servers_live(house: House) -> bool:
    """Say whether the process of every embedded server lives; cheaper than asking the servers themselves."""
    records = [read_record(house, server) for server in embedded_servers().values()]
    return all(record and record.ready and record.mark.is_alive() for record in records)


def stop_servers(*, home: Path | None = None, say: Say = say_on_stderr) -> None:
    """Stop the embedded servers of the house, the database with a checkpoint; the data stay."""
    home = home or run_home()
    if not home.exists():
        return
    house = open_house(home)
    with house.lock(LOCK, say):
        for server in SERVERS.values():
            record = read_record(house, server)
            if record and record.mark.is_alive():
                say(f"Stopping {server.TITLE} ...")
                end_processes([record.mark.pid], *server.STOP_STEPS)
            end_processes(processes_in(server.directory(house)), *server.STOP_STEPS)


def server_status(*, home: Path | None = None) -> list[ServerStatus]:
    """Return how each embedded server is, without starting or creating anything."""
    house = House(home or run_home(), None)
    found = []
    for server in SERVERS.values():
        record = read_record(house, server)
        up = record is not None and record.is_up()
        found.append(
            ServerStatus(
                name=server.NAME,
                running=up,
                pid=record.mark.pid if record and up else None,
                port=record.port if record else None,
            )
        )
    return found


def read_record(house: House, server: Server) -> ServerRecord | None:
    note = house.read_note(f"{server.NAME}.json")
    if note is None:
        return None
    try:
        return ServerRecord(
            mark=ProcessMark(pid=int(note["pid"]), began=str(note["began"])),
            port=int(note["port"]),
            ready=bool(note["ready"]),
        )
    except (KeyError, ValueError):
        return None


def write_record(house: House, server: Server, record: ServerRecord) -> None:
    house.write_note(
        f"{server.NAME}.json",
        {"pid": record.mark.pid, "began": record.mark.began, "port": record.port, "ready": record.ready},
    )
