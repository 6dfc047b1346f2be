"""Install the locked packages into ``.venv``; do nothing where that has been done.

Run as a file by any Python of the machine, before there is a virtual environment.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
VENV = PROJECT / ".venv"
LOCK = PROJECT / "requirements.lock"
STAMP = VENV / "installed"


def wanted() -> str:
    """Return what a finished installation has written down: the fingerprint of the locked packages."""
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()


def written_down() -> str:
    try:
        return STAMP.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


def is_at_home() -> bool:
    """Say whether ``.venv`` was made where it is: a moved or copied one holds the old path in its scripts."""
    try:
        return str(VENV) in (VENV / "bin" / "activate").read_text(encoding="utf-8")
    except OSError:
        return False


def interpreter_works() -> bool:
    """Say whether the environment's Python still starts and is new enough."""
    test = "import sys; sys.exit(sys.version_info < (3, 11))"
    try:
        return subprocess.run([str(VENV / "bin" / "python"), "-c", test], check=False).returncode == 0  # noqa: S603
    except OSError:
        return False


def create_environment() -> None:
    """Create ``.venv`` afresh, with pip in it or, where this Python brings none, without."""
    if VENV.is_symlink():
        sys.exit(".venv is a link; what it leads to may be somebody else's. Remove the link first.")
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
    usable = is_at_home() and interpreter_works()
    if usable and written_down() == wanted():
        return 0
    if not usable:
        sys.stderr.write("Creating .venv ...\n")
        create_environment()
    sys.stderr.write("Installing the packages, about a minute ...\n")
    began = time.monotonic()
    pip = [*pip_command(), "--disable-pip-version-check", "--no-input", "--quiet"]
    code = subprocess.run([*pip, "install", "--require-hashes", "-r", str(LOCK)], check=False).returncode  # noqa: S603
    if code:
        sys.stderr.write("The packages could not be installed.\n")
        return code
    STAMP.write_text(wanted(), encoding="ascii")
    sys.stderr.write(f"Installed in {time.monotonic() - began:.0f} s.\n")
    return 0


if __name__ == "__main__":
    sys.exit(install())
