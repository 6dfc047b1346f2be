"""Keep the whole house running: PostgreSQL, Valkey, web, worker and beat, until somebody says stop."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from ops_portal.embedded.environment import ensure_environment
from ops_portal.embedded.failures import EmbeddedFailure
from ops_portal.embedded.home import House, Say, open_house
from ops_portal.embedded.logs import rotate, tail
from ops_portal.embedded.parts import (
    RunningPart,
    end_leftovers,
    parts_of_house,
    stop_parts,
    write_down,
)
from ops_portal.embedded.ports import HOST, find_free_port, is_answered
from ops_portal.embedded.processes import ProcessMark, mark_process, send, wait_gone
from ops_portal.embedded.servers import servers_live, stop_servers

LOCK = "supervisor"
NOTE = "supervisor.json"
DEFAULT_PORT = 8000
DEFAULT_WORKERS = 2
LOOK_SECONDS = 0.5
TIDY_SECONDS = 60.0
WEB_NOTICE_SECONDS = 30.0
STOP_PATIENCE_SECONDS = 60.0


class AlreadyRuns(EmbeddedFailure):
    """Another supervisor keeps this house."""


class Supervisor:
    """Keeps the house while it holds the house's lock."""

    def __init__(self, house: House, say: Say) -> None:
        self.house = house
        self.say = say
        self.stopping = threading.Event()
        self.parts: list[RunningPart] = []

    def run(self, prepare: Callable[[], str]) -> None:
        """Keep the house running until SIGINT, SIGTERM or SIGHUP, then stop all of it, servers included.

        ``prepare`` runs once the servers are up and before the parts start (migrations belong there); what it
        returns is shown with the address. Refuses AlreadyRuns.
        """
        with keep_house(self.house), on_signals(self.stopping):
            try:
                end_leftovers(self.house, self.say)
                ensure_environment(say=self.say)
                greeting = prepare()
                if not self.stopping.is_set():
                    self.keep(greeting)
            except KeyboardInterrupt:
                self.say("Interrupted.")
            finally:
                self.stop()

    def keep(self, greeting: str) -> None:
        port = find_free_port(first=int(os.environ.get("PORTAL_PORT", "") or DEFAULT_PORT))
        workers = int(os.environ.get("PORTAL_WEB_WORKERS", "") or DEFAULT_WORKERS)
        address = f"http://{HOST}:{port}/"
        write_supervisor_note(self.house, address)
        self.say("Starting web, worker and beat ...")
        self.parts = [
            RunningPart(part, self.house, self.say)
            for part in parts_of_house(self.house, port=port, workers=workers)
        ]
        self.look_after_parts()
        self.await_web(port, f"\nOps Portal is at {address}\n{greeting}Ctrl-C stops it.\n")
        tidied = time.monotonic()
        while not self.stopping.wait(LOOK_SECONDS):
            self.look_after_servers()
            self.look_after_parts()
            if time.monotonic() - tidied > TIDY_SECONDS:
                for log in self.house.logs.glob("*.log"):
                    rotate(log)
                tidied = time.monotonic()

    def await_web(self, port: int, greeting: str) -> None:
        """Show the greeting as soon as the web answers; say so where it is slow."""
        slow = time.monotonic() + WEB_NOTICE_SECONDS
        while not is_answered(port) and not self.stopping.wait(0.1):
            self.look_after_servers()
            self.look_after_parts()
            if time.monotonic() > slow:
                self.say(f"The web doesn't answer yet. Its log ends:\n{tail(self.house, 'web')}")
                slow += WEB_NOTICE_SECONDS
        if not self.stopping.is_set():
            self.say(greeting)

    def look_after_parts(self) -> None:
        started = [part for part in self.parts if part.look_after()]
        if started:
            write_down(self.house, self.parts)

    def look_after_servers(self) -> None:
        """Start a server that died. It keeps its port; where it can't, the parts start anew."""
        if servers_live(self.house):
            return
        known = server_addresses()
        try:
            ensure_environment(say=self.say)
        except EmbeddedFailure as failure:
            self.say(f"{failure}\nTrying again ...")
            return
        if server_addresses() != known:
            stop_parts(self.parts)

    def stop(self) -> None:
        if self.parts:
            self.say("Stopping web, worker and beat ...")
            stop_parts(self.parts)
        end_leftovers(self.house, self.say)
        stop_servers(home=self.house.path, say=self.say)
        (self.house.path / NOTE).unlink(missing_ok=True)
        self.say("Stopped. The data stay.")


def server_addresses() -> tuple[str | None, str | None]:
    return os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL")


@contextmanager
def keep_house(house: House) -> Iterator[None]:
    """Hold the house's supervisor lock; refuse AlreadyRuns where another process does."""
    descriptor = house.try_lock(LOCK)
    if descriptor is None:
        note = house.read_note(NOTE) or {}
        raise AlreadyRuns(
            f"The portal already runs from {house.path}"
            f" (process {note.get('pid', 'unknown')}, {note.get('address', 'still starting')})."
            " `make stop` ends it."
        )
    try:
        write_supervisor_note(house, "still starting")
        yield
    finally:
        os.close(descriptor)


def write_supervisor_note(house: House, address: str) -> None:
    mark = mark_process(os.getpid())
    if mark is not None:
        house.write_note(NOTE, {"pid": mark.pid, "began": mark.began, "address": address})


@contextmanager
def on_signals(stopping: threading.Event) -> Iterator[None]:
    """Let the first signal ask for the end, and a second one interrupt what takes too long."""

    def ask(number: int, frame: FrameType | None) -> None:
        if stopping.is_set():
            raise KeyboardInterrupt
        stopping.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def stop_house(*, say: Say) -> None:
    """Stop the house: its supervisor where one runs, else whatever was left running; the data stay."""
    house = open_house()
    note = house.read_note(NOTE)
    if note:
        mark = ProcessMark(pid=int(note["pid"]), began=str(note["began"]))
        if mark.is_alive():
            say(f"Stopping the portal (process {mark.pid}) ...")
            send(mark.pid, signal.SIGTERM)
            wait_gone([mark], STOP_PATIENCE_SECONDS)
    end_leftovers(house, say)
    stop_servers(home=house.path, say=say)
