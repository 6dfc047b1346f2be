"""PostgreSQL in the house: founded once, started so that a commit is durable, asked whether it is ready."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg2
from psycopg2 import sql

from ops_portal.embedded.failures import EmbeddedFailure
from ops_portal.embedded.home import House, Say
from ops_portal.embedded.ports import HOST
from ops_portal.embedded.processes import end_processes, processes_in
from ops_portal.embedded.programs import as_account, postgresql_programs, program_environment, provide_zones

NAME = "postgresql"
TITLE = "PostgreSQL"
DATABASE = "portal"
ROLE = "portal"
SUPERUSER = "postgres"
# Fast shutdown ends the sessions and writes a checkpoint; the other leaves the log to the next start.
STOP_STEPS: tuple[tuple[signal.Signals, float], ...] = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 5.0))

SETTINGS = {
    # A commit that was acknowledged is on the disk. pg0's own start switches this off.
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_locks_per_transaction": "256",
    "shared_preload_libraries": "pg_stat_statements",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
    "log_min_duration_statement": "2s",
    "log_checkpoints": "off",
    "cluster_name": "ops-portal",
}


class FoundingFailed(EmbeddedFailure):
    """``initdb`` refused; the text holds what it says."""


class OtherRelease(EmbeddedFailure):
    """The data were written by another major release than the installed one."""


def directory(house: House) -> Path:
    """Return the data directory: it exists if and only if the cluster was founded to the end."""
    return house.path / NAME / "data"


def prepare(house: House, say: Say) -> None:
    """Found the cluster where there is none yet; a founding that was cut short is started over."""
    programs = postgresql_programs(house, say)
    data = directory(house)
    room = house.make_directory(data.parent, mode=0o711)
    provide_zones(house, room)
    if not data.exists():
        found_cluster(house, programs, data, say)
    check_release(programs, data)


def found_cluster(house: House, programs: Path, data: Path, say: Say) -> None:
    """Run ``initdb`` beside the final place and move the result there when all of it is on the disk."""
    say("Creating the database ...")
    draft = data.with_name("data.new")
    end_processes(processes_in(draft))
    shutil.rmtree(draft, ignore_errors=True)
    house.make_directory(draft, of_servers=True)
    secret = data.with_name("password.new")
    house.write_private(secret, house.password(SUPERUSER), for_servers=True)
    command = [
        str(programs / "bin" / "initdb"),
        f"--pgdata={draft}",
        f"--username={SUPERUSER}",
        f"--pwfile={secret}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        # Sorting by code point, the same on every system and release; classes of characters by Unicode.
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--lc-collate=C",
        # pg_trgm asks this one what a letter is: under plain C no Chinese character would be.
        "--lc-ctype=C.UTF-8",
        "--lc-messages=C",
        "--no-instructions",
    ]
    answer = subprocess.run(  # noqa: S603
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        # Beside it are the time zones, on a system that has none of its own.
        cwd=draft,
        env=program_environment(programs / "lib"),
        check=False,
        **as_account(house),
    )
    secret.unlink()
    if answer.returncode:
        raise FoundingFailed(f"The database could not be created: {answer.stdout}{answer.stderr}")
    draft.rename(data)


def check_release(programs: Path, data: Path) -> None:
    """Refuse OtherRelease where the programs can't read the data."""
    written = (data / "PG_VERSION").read_text(encoding="ascii").strip()
    told = subprocess.run(  # noqa: S603
        [str(programs / "bin" / "postgres"), "--version"],
        capture_output=True,
        text=True,
        env=program_environment(programs / "lib"),
        check=True,
    ).stdout
    installed = told.split()[2].partition(".")[0]
    if written != installed:
        raise OtherRelease(
            f"The data in {data} were written by PostgreSQL {written}, installed is {installed}: "
            "dump them with the old programs, which are still in the house, and load them into a new one."
        )


def command(house: House, port: int, say: Say) -> list[str]:
    """Return the command that starts the server on ``port``."""
    settings = dict(SETTINGS)
    if not shared_memory_suffices():
        settings["dynamic_shared_memory_type"] = "mmap"
    line = [
        str(postgresql_programs(house, say) / "bin" / "postgres"),
        "-D",
        str(directory(house)),
        "-p",
        str(port),
    ]
    for name, value in settings.items():
        line += ["-c", f"{name}={value}"]
    return line


def environ(house: House, say: Say) -> dict[str, str]:
    return program_environment(postgresql_programs(house, say) / "lib")


def shared_memory_suffices() -> bool:
    """Say whether parallel queries find room in shared memory; containers often give 64 MB."""
    try:
        found = os.statvfs("/dev/shm")  # noqa: S108
    except OSError:
        return True
    return found.f_bavail * found.f_frsize >= 256 * 1024 * 1024


def clear_away(house: House) -> None:
    """Remove the process file of a server that is gone; its number may belong to another process by now."""
    (directory(house) / "postmaster.pid").unlink(missing_ok=True)


def is_ready(house: House, port: int, pid: int) -> bool:
    """Say whether the server takes queries: it has written so itself."""
    try:
        lines = (directory(house) / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return False
    return (
        len(lines) > 7
        and lines[0].strip() == str(pid)
        and lines[3] == str(port)
        and lines[7].strip() == "ready"
    )


def settle(house: House, port: int) -> None:
    """Create the portal's role and database where they are missing.

    The role is no superuser. It may create databases (the tests do), trusted extensions, and read statistics.
    """
    password = house.password(ROLE)
    with_superuser = {"host": HOST, "port": port, "user": SUPERUSER, "password": house.password(SUPERUSER)}
    connection = psycopg2.connect(dbname="template1", **with_superuser)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if cursor.fetchone():
                return
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
            if not cursor.fetchone():
                cursor.execute(
                    sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD %s").format(sql.Identifier(ROLE)),
                    [password],
                )
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
            for grant in (
                "GRANT pg_monitor, pg_checkpoint, pg_signal_backend TO {}",
                "GRANT SET ON PARAMETER session_replication_role TO {}",
                "GRANT EXECUTE ON FUNCTION pg_stat_statements_reset TO {}",
            ):
                cursor.execute(sql.SQL(grant).format(sql.Identifier(ROLE)))
    finally:
        connection.close()
    connection = psycopg2.connect(dbname="postgres", **with_superuser)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            # Last: its presence says that all of the above is done.
            cursor.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(ROLE))
            )
    finally:
        connection.close()


def url(house: House, port: int) -> str:
    return f"postgresql://{ROLE}:{house.password(ROLE)}@{HOST}:{port}/{DATABASE}"
