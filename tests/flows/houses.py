"""A house of its own for stories: web, workers and beat with the demonstration agency, and browsers that sign in."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from playwright.sync_api import Browser, Page, expect

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
HOST = "127.0.0.1"
PATIENCE = 300.0
ENDS_IN_TIME = 30_000  # milliseconds: what a worker does may take a moment on a busy machine
expect.set_options(timeout=ENDS_IN_TIME)


@dataclass(frozen=True, slots=True)
class House:
    """A running portal with the demonstration agency."""

    home: Path
    port: int
    environ: dict[str, str]

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}"

    def secret(self, name: str) -> str:
        """Return the password or the key that the house's owner finds under a name."""
        lines = (self.home / "logins.txt").read_text(encoding="utf-8").splitlines()
        return next(line.split()[1] for line in lines if line.split()[0] == name)

    def manage(self, *arguments: str) -> str:
        """Run a command of the portal in this house."""
        command = [sys.executable, "manage.py", *arguments]
        answer = subprocess.run(
            command, cwd=settings.BASE_DIR, env=self.environ, check=False, capture_output=True, text=True
        )
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    def get(self, path: str, key: str) -> tuple[int, Any]:
        """Ask the API; return status and answer."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=20)
        try:
            connection.request("GET", f"/api/v1/{path}", headers={"Authorization": f"Bearer {key}"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def answers(self) -> bool:
        """Tell whether all is there."""
        try:
            connection = http.client.HTTPConnection(HOST, self.port, timeout=2)
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.client.OK
        except OSError:
            return False
        finally:
            connection.close()


@contextmanager
def open_house() -> Iterator[House]:
    """Run a house of its own: web, workers and beat, as `make run` does."""
    home = Path(tempfile.mkdtemp(prefix="house-of-stories-"))
    home.chmod(0o711)
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    environ = {
        name: value
        for name, value in os.environ.items()
        if "DATABASE_URL" not in name and "REDIS" not in name and not name.startswith("PYTEST_XDIST")
    }
    environ |= {"PORTAL_HOME": str(home), "PORTAL_PORT": str(port), "PORTAL_DEMO": "0"}
    here = House(home, port, environ)
    with (home / "said").open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "run_portal"],
            cwd=settings.BASE_DIR, env=environ, stdout=said, stderr=said,
        )  # fmt: skip
    try:
        began = time.monotonic()
        while not here.answers():
            assert process.poll() is None, (home / "said").read_text()
            assert time.monotonic() - began < PATIENCE, (home / "said").read_text()
            time.sleep(0.2)
        here.manage("load_demo", "--small")
        yield here
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def signed_in(browser: Browser, house: House, name: str, *, language: str = "en") -> Iterator[Page]:
    """Open a page as somebody who has signed in; an error in the console ends the story."""
    context = browser.new_context(base_url=house.address, viewport={"width": 1366, "height": 900})
    context.add_cookies([{"name": "portal_language", "value": language, "url": house.address}])
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.goto("/admin/login/")
    page.fill("#id_username", name)
    page.fill("#id_password", house.secret(name))
    page.press("#id_password", "Enter")
    page.wait_for_url("**/admin/")
    try:
        yield page
    except BaseException:
        if folder := os.environ.get("STORY_PICTURES"):
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
        raise
    finally:
        context.close()
    assert not faults, faults


def sideways(page: Page) -> str:
    """Return at which widths a page is wider than its window, of a laptop and of a phone; nothing where at none."""
    too_wide = []
    for width, height in ((400, 800), (1366, 900)):
        page.set_viewport_size({"width": width, "height": height})
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            too_wide.append(str(width))
    return ", ".join(too_wide)
