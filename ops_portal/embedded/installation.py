"""Install the locked packages into ``.venv``; do nothing where that has been done.

Run as a file by any Python of the machine, before there is a virtual environment.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
VENV = PROJECT / ".venv"
LOCK = PROJECT / "requirements.lock"
STAMP = VENV / "installed.json"


def wanted() -> dict[str, str]:
    """Return what a finished installation has written down: these packages, in this place.

    A virtual environment that was moved or copied holds the old path in its scripts, and isn't one any more.
    """
    return {"lock": hashlib.sha256(LOCK.read_bytes()).hexdigest(), "place": str(VENV)}


def read_stamp() -> dict[str, str]:
    try:
        found = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def interpreter_works() -> bool:
    """Say whether the environment's Python still starts and is new enough."""
    test = "import sys; sys.exit(sys.version_info < (3, 11))"
    try:
        return subprocess.run([str(VENV / "bin" / "python"), "-c", test], check=False).returncode == 0  # noqa: S603
    except OSError:
        return False


def create_environment() -> None:
    """Create ``.venv`` afresh, with pip in it or, where this Python brings none, without."""
    shutil.rmtree(VENV, ignore_errors=True)
    command = [sys.executable, "-m", "venv", str(VENV)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if answer.returncode == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    without = subprocess.run([*command, "--without-pip"], capture_output=True, text=True, check=False)  # noqa: S603
    if without.returncode or shutil.which("pip3") is None:
        sys.exit(f"The virtual environment could not be created:\n{answer.stdout}{answer.stderr}")


def pip_command() -> list[str]:
    inside = [str(VENV / "bin" / "python"), "-m", "pip"]
    if subprocess.run([*inside, "--version"], capture_output=True, check=False).returncode == 0:  # noqa: S603
        return inside
    return [str(shutil.which("pip3")), "--python", str(VENV / "bin" / "python")]


def install() -> int:
    stamp = wanted()
    known = read_stamp()
    works = interpreter_works()
    if works and known == stamp:
        return 0
    if not works or known.get("place") != stamp["place"]:
        sys.stderr.write("Creating .venv ...\n")
        create_environment()
    sys.stderr.write("Installing the packages, about a minute ...\n")
    began = time.monotonic()
    command = [
        *pip_command(),
        "--disable-pip-version-check",
        "--no-input",
        "install",
        "--quiet",
        "--require-hashes",
    ]
    code = subprocess.run([*command, "-r", str(LOCK)], check=False).returncode  # noqa: S603
    if code:
        sys.stderr.write("The packages could not be installed.\n")
        return code
    STAMP.write_text(json.dumps(stamp), encoding="utf-8")
    sys.stderr.write(f"Installed in {time.monotonic() - began:.0f} s.\n")
    return 0


if __name__ == "__main__":
    sys.exit(install())
