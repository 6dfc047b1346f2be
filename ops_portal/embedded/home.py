"""Where the house keeps its data, who may enter it, and as whom the servers run."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import pwd
import secrets
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops_portal.embedded.failures import EmbeddedFailure

Say = Callable[[str], None]

MARKER = ".ops-portal"
PASSWORDS = "passwords.json"
LOCK_PATIENCE_SECONDS = 180.0
LOCK_NOTICE_SECONDS = 2.0


class HomeUnusable(EmbeddedFailure):
    """The directory that should hold the data can't be used; the text says why and what to do."""


@dataclass(frozen=True)
class Account:
    """The account that the servers run as."""

    uid: int
    gid: int
    name: str


def project_directory() -> Path:
    """Return the directory that holds ``manage.py``."""
    return Path(__file__).resolve().parents[2]


def run_home() -> Path:
    """Return the directory of the embedded data, without creating it.

    ``PORTAL_HOME`` where given, else ``.local`` in the project. Where root starts the portal in a project
    that an unprivileged user can't enter, it is under ``/var/lib/ops-portal``: the servers refuse root.
    """
    given = os.environ.get("PORTAL_HOME", "")
    if given:
        return Path(given).expanduser().absolute()
    project = project_directory()
    local = project / ".local"
    if (
        os.geteuid() != 0
        or (local / MARKER).exists()
        or closed_directory(project, unprivileged_account()) is None
    ):
        return local
    digest = hashlib.sha256(str(project).encode()).hexdigest()[:8]
    return Path("/var/lib/ops-portal") / f"{project.name}-{digest}"


def unprivileged_account() -> Account:
    """Return the account of the servers under root: ``PORTAL_USER``, else ``nobody``.

    It has to stand in the user database: ``initdb`` refuses a bare number.
    """
    name = os.environ.get("PORTAL_USER", "") or "nobody"
    try:
        found = pwd.getpwnam(name)
    except KeyError:
        raise HomeUnusable(
            f"There is no user {name!r} to run the database as, and it refuses to run as root: "
            "name one in PORTAL_USER, or start the portal as an ordinary user."
        ) from None
    return Account(uid=found.pw_uid, gid=found.pw_gid, name=name)


def closed_directory(directory: Path, account: Account) -> Path | None:
    """Return the topmost directory on the way to ``directory`` that ``account`` can't enter, if any."""
    for step in reversed([directory, *directory.parents]):
        try:
            found = step.stat()
        except FileNotFoundError:
            return None
        needed = stat.S_IXOTH
        if found.st_uid == account.uid:
            needed = stat.S_IXUSR
        elif found.st_gid == account.gid:
            needed = stat.S_IXGRP
        if not found.st_mode & needed:
            return step
    return None


class House:
    """The opened home: its rooms, its private files, its locks."""

    def __init__(self, path: Path, account: Account | None) -> None:
        self.path = path
        self.account = account

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def programs(self) -> Path:
        return self.path / "programs"

    def make_directory(self, path: Path, *, mode: int = 0o700, of_servers: bool = False) -> Path:
        """Create ``path`` with ``mode`` for the servers' account where asked, else for the house's owner."""
        path.mkdir(parents=True, exist_ok=True)
        self.hand_over(path, mode=mode, to_servers=of_servers)
        return path

    def hand_over(self, path: Path, *, mode: int, to_servers: bool = False) -> None:
        """Set mode and owner of ``path``; only root can change the owner, only root needs to."""
        found = path.stat()
        if stat.S_IMODE(found.st_mode) != mode:
            path.chmod(mode)
        if os.geteuid() != 0:
            return
        owner = self.path.stat()
        uid, gid = (owner.st_uid, owner.st_gid)
        if to_servers and self.account is not None:
            uid, gid = (self.account.uid, self.account.gid)
        if (found.st_uid, found.st_gid) != (uid, gid):
            os.chown(path, uid, gid)

    def write_private(self, path: Path, text: str, *, for_servers: bool = False) -> None:
        """Write ``text`` whole or not at all, readable by its owner only."""
        draft = path.with_name(f"{path.name}.{os.getpid()}.new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        self.hand_over(draft, mode=0o600, to_servers=for_servers)
        draft.replace(path)

    def read_note(self, name: str) -> dict[str, Any] | None:
        """Return the JSON object in ``name``, or None where there is none that can be read as one."""
        try:
            found = json.loads((self.path / name).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def write_note(self, name: str, values: Mapping[str, Any]) -> None:
        self.write_private(self.path / name, json.dumps(values))

    def password(self, of: str) -> str:
        """Return the password of ``of``; the first time, under the servers' lock, make one and keep it."""
        known = self.read_note(PASSWORDS) or {}
        if of not in known:
            known[of] = secrets.token_hex(20)
            self.write_note(PASSWORDS, known)
        return str(known[of])

    def try_lock(self, name: str) -> int | None:
        """Take the lock ``name`` and return its descriptor; None where another process holds it.

        The kernel gives it back when this process ends, however it ends.
        """
        path = self.path / f"{name}.lock"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        self.hand_over(path, mode=0o600)
        return descriptor

    @contextmanager
    def lock(self, name: str, say: Say) -> Iterator[None]:
        """Hold the lock ``name``; wait for it, and say so where that takes long."""
        began = time.monotonic()
        told = False
        while (descriptor := self.try_lock(name)) is None:
            waited = time.monotonic() - began
            if waited > LOCK_PATIENCE_SECONDS:
                raise HomeUnusable(f"Another process has held {self.path / name}.lock for {waited:.0f} s.")
            if waited > LOCK_NOTICE_SECONDS and not told:
                say("Waiting for another process that starts or stops the servers ...")
                told = True
            time.sleep(0.02)
        try:
            yield
        finally:
            os.close(descriptor)


def open_house(path: Path | None = None) -> House:
    """Create the home where it is missing, check that the servers can live in it, and return it."""
    path = path or run_home()
    try:
        house = House(path, servers_account(path))
        if not (path / MARKER).exists():
            path.mkdir(parents=True, exist_ok=True)
            # Others may pass through (the servers' account has to), but not look around.
            path.chmod(0o711 if house.account else 0o700)
            house.make_directory(house.logs)
            house.make_directory(house.programs, mode=0o755)
            # Last: another process that starts at the same time takes it as the sign that all is there.
            (path / MARKER).touch()
            house.hand_over(path / MARKER, mode=0o644)
    except PermissionError as error:
        raise HomeUnusable(
            f"{error.filename or path} belongs to another user: start the portal as that user, "
            "or name another directory in PORTAL_HOME."
        ) from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise HomeUnusable(
            f"{path} belongs to another user: start the portal as that user, "
            "or name another directory in PORTAL_HOME."
        )
    if house.account is not None and (closed := closed_directory(path, house.account)) is not None:
        raise HomeUnusable(
            f"{house.account.name!r}, as whom the servers run under root, can't enter {closed}: "
            "name another directory in PORTAL_HOME, or start the portal as an ordinary user."
        )
    return house


def servers_account(path: Path) -> Account | None:
    """Return the account to run the servers as; None where it is simply our own.

    Root keeps to the owner that the data already have: a house stays its owner's when root starts it once.
    """
    if os.geteuid() != 0:
        return None
    for holder in (path / "postgresql" / "data", path):
        try:
            found = holder.stat()
        except FileNotFoundError:
            continue
        if found.st_uid != 0:
            return Account(uid=found.st_uid, gid=found.st_gid, name=account_name(found.st_uid))
    return unprivileged_account()


def account_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
