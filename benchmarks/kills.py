"""Kill what runs, again and again, while files and orders come in and events go out; then count.

``python -m benchmarks.kills [--rounds N] [--rows N]`` starts a house of its own, and in the middle of an import and a
stream of orders over REST kills its worker, its web, Valkey and PostgreSQL with SIGKILL, each ``rounds`` times.
Afterwards every order that was acknowledged stands once, the file is in whole and once, the ledger equals its
counters, and every event has reached its receiver, in the order of its object.
"""

from __future__ import annotations

import argparse
import csv
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import django

HOST = "127.0.0.1"
PORT = 8791
CLIENTS = 4
PAUSE = 4.0  # seconds between two kills
PATIENCE = 600.0
SHOP = "bench"
UNITS_EACH = 1


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kills", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="how often each of them is killed")
    parser.add_argument("--rows", type=int, default=40_000, help="the rows of the file")
    options = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="portal-kills-"))
    home.chmod(0o755)
    os.environ |= {
        "PORTAL_HOME": str(home),
        "PORTAL_PORT": str(PORT),
        "PORTAL_DEMO": "0",
        "PORTAL_WEBHOOKS_TO_PRIVATE": "1",
        "RATE_LIMIT_USER": "0",
        "DJANGO_SETTINGS_MODULE": "ops_portal.settings",
    }
    try:
        with receiver() as heard, portal(home) as kill:
            faults = run(home, options.rounds, options.rows, heard, kill)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    for fault in faults:
        print(f"WRONG: {fault}")
    print("nothing lost, nothing twice" if not faults else f"{len(faults)} faults")
    return int(bool(faults))


def run(home: Path, rounds: int, rows: int, heard: Heard, kill: Callable[[str], None]) -> list[str]:
    """Let it all happen, and return what is wrong afterwards."""
    from ops_portal.embedded import ensure_environment

    ensure_environment()
    django.setup()
    import ops_portal.celery  # noqa: F401 - the file is left to the workers of this house

    key = found(heard.url)
    number = send_file(home, rows)
    stop = threading.Event()
    acknowledged: list[str] = []
    clients = [
        threading.Thread(target=place, args=(index, key, acknowledged, stop)) for index in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    for victim in ("worker-bulk", "web", "postgresql", "worker", "valkey") * rounds:
        time.sleep(PAUSE)
        kill(victim)
        print(f"killed {victim}; {len(acknowledged)} orders acknowledged, {len(heard.all)} events heard")
    time.sleep(PAUSE)
    stop.set()
    for client in clients:
        client.join()
    settled = waited_for(lambda: imported(number) and not undelivered())
    print(f"settled {settled:.0f} s after the last order")
    return wrong(number, rows, acknowledged, heard)


class Heard:
    """What the receiver was told: by object, the numbers of its events in the order of their coming."""

    def __init__(self) -> None:
        self.url = ""
        self.all: list[str] = []
        self.by_object: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        self.lock = threading.Lock()

    def note(self, message: str, body: dict[str, Any]) -> None:
        with self.lock:
            self.all.append(message)
            told = body["data"]
            of = (told["object"]["kind"], told["object"]["number"], told["brand"])
            self.by_object[of].append(told["sequence"])


@contextmanager
def receiver() -> Iterator[Heard]:
    """Listen for events on the loopback address."""
    heard = Heard()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.note(self.headers["webhook-id"], json.loads(body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: object) -> None: ...

    server = ThreadingHTTPServer((HOST, 0), Handler)
    heard.url = f"http://{HOST}:{server.server_port}/events"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield heard
    finally:
        server.shutdown()


@contextmanager
def portal(home: Path) -> Iterator[Callable[[str], None]]:
    """Run the whole house; what is given kills a part or a server of it by its name."""
    with (home / "portal.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "run_portal"], stdout=log, stderr=log, start_new_session=True
        )

    def kill(name: str) -> None:
        parts = json.loads((home / "parts.json").read_text())
        if name in parts:
            pid = int(parts[name]["pid"])
        else:
            shown = subprocess.run(
                [sys.executable, "-m", "ops_portal.embedded", "status"],
                capture_output=True, text=True, check=False,
            ).stdout  # fmt: skip
            found = re.search(rf"{name}: runs, process (\d+)", shown)
            if found is None:
                print(f"{name} was down already")
                return
            pid = int(found[1])
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            print(f"{name} was down already")

    try:
        waited_for(lambda: status_of("/readyz") == 200)
        yield kill
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def waited_for(happens: Callable[[], bool]) -> float:
    """Wait until it happens; return the seconds that it took."""
    began = time.monotonic()
    while not happens():
        if time.monotonic() - began > PATIENCE:
            raise TimeoutError(f"it did not happen within {PATIENCE:g} s")
        time.sleep(0.5)
    return time.monotonic() - began


def status_of(path: str) -> int:
    """Return the status of a page; 0 where nobody answers."""
    try:
        connection = http.client.HTTPConnection(HOST, PORT, timeout=5)
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return 0


def found(url: str) -> str:
    """Create goods, a shop, an endpoint that hears of everything, and a key; return the key."""
    from benchmarks import agency
    from ops_portal.accounts.models import ApiKey
    from ops_portal.lib.principals import system
    from ops_portal.outbox.drafts import EndpointDraft
    from ops_portal.outbox.operations.endpoints import open_endpoints

    agency.found()
    key = agency.api_key()
    owner = ApiKey.objects.get().user_id
    draft = EndpointDraft(owner_id=owner, url=url)
    open_endpoints([draft], actor=system("bench"), at=datetime.now(UTC)).one()
    return key


def send_file(home: Path, rows: int) -> str:
    """Leave a file of orders to the workers; return the number of its import."""
    from ops_portal.intake.kinds import Options, kind_of
    from ops_portal.intake.operations.runs import open_runs, queue_runs
    from ops_portal.intake.running import prepare
    from ops_portal.lib.principals import system

    path = home / "orders.csv"
    placed = datetime.now(UTC) - timedelta(hours=1)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["platform_number", "placed_at", "paid_at", "sku", "units", "unit_price"])
        for row in range(rows):
            at = f"{placed:%Y-%m-%d %H:%M:%S}"
            writer.writerow([f"F{row:07d}", at, at, f"SKU{row % 2000 + 1:05d}", UNITS_EACH, "9.90"])
    actor, at = system("bench"), datetime.now(UTC)
    draft = prepare(kind_of("orders.standard"), path, Options(shop=SHOP), in_background=True)
    run = open_runs([draft], actor=actor, at=at).one()
    queue_runs([run.pk], actor=actor, at=at).one()
    return run.number


def place(index: int, key: str, acknowledged: list[str], stop: threading.Event) -> None:
    """Place orders one after the other; each is sent again, under the same key, until it is acknowledged."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    serial = 0
    while not stop.is_set():
        serial += 1
        number = f"R{index}-{serial:06d}"
        now = datetime.now(UTC).isoformat()
        body = {
            "shop": SHOP, "platform_number": number, "placed_at": now, "paid_at": now, "freight": "0.00",
            "buyer": dict.fromkeys(("name", "phone", "province", "city", "district", "address"), ""),
            "lines": [{"sku": f"SKU{serial % 2000 + 1:05d}", "units": UNITS_EACH, "unit_price": "9.90"}],
        }  # fmt: skip
        while True:
            try:
                connection = http.client.HTTPConnection(HOST, PORT, timeout=10)
                connection.request(
                    "POST", "/api/v1/orders/", json.dumps(body), headers | {"Idempotency-Key": number}
                )
                answer = connection.getresponse()
                said = answer.read()
                if answer.status in (200, 201):
                    acknowledged.append(number)
                    break
                if answer.status not in (409, 429, 502, 503):
                    print(f"{number}: {answer.status} {said[:200]!r}")
            except (OSError, http.client.HTTPException):
                pass
            if stop.is_set():
                return
            time.sleep(0.2)


def imported(number: str) -> bool:
    """Tell whether the import has come to its end."""
    from django.db import Error, connection

    from ops_portal.intake.models import ImportRun

    try:
        return bool(ImportRun.objects.get(number=number).status == "done")
    except Error:
        connection.close()
        return False


def undelivered() -> int:
    """Return how many deliveries have still to be made."""
    from ops_portal.outbox.models import Delivery

    return Delivery.objects.exclude(status="delivered").count()


def wrong(number: str, rows: int, acknowledged: list[str], heard: Heard) -> list[str]:
    """Return what was lost or done twice."""
    from django.core.management import call_command
    from django.db.models import Count

    from benchmarks import agency
    from ops_portal.intake.models import ImportRun
    from ops_portal.outbox.models import Event
    from orders.models import Order

    faults = []
    run = ImportRun.objects.get(number=number)
    if (run.rows, run.created, run.rejected) != (rows, rows, 0):
        faults.append(f"the import says {run.rows} rows, {run.created} created, {run.rejected} rejected")
    standing = set(Order.objects.values_list("platform_number", flat=True))
    if lost := set(acknowledged) - standing:
        faults.append(f"{len(lost)} acknowledged orders are lost: {sorted(lost)[:3]}")
    if missing := {f"F{row:07d}" for row in range(rows)} - standing:
        faults.append(f"{len(missing)} orders of the file are lost: {sorted(missing)[:3]}")
    twice = Order.objects.values("platform_number").annotate(n=Count("id")).filter(n__gt=1).count()
    if twice:
        faults.append(f"{twice} orders stand twice")
    if difference := agency.audit_stock():
        faults.append(f"audit_stock: {difference}")
    call_command("refresh_figures", all=True)
    call_command("audit_kpis")
    told = {event.webhook_id for event in Event.objects.all()}
    if unheard := told - set(heard.all):
        faults.append(f"{len(unheard)} events were never heard")
    if strange := set(heard.all) - told:
        faults.append(f"{len(strange)} events were heard and are not there")
    for of, numbers in heard.by_object.items():
        first = list(dict.fromkeys(numbers))  # an event may be told again, not out of turn
        if first != list(range(1, len(first) + 1)):
            faults.append(f"{of}: heard in the order {numbers}")
    print(
        f"{len(standing)} orders ({len(acknowledged)} acknowledged over REST, {rows} of the file), {len(told)} events,"
        f" heard {len(heard.all)} times"
    )
    return faults


if __name__ == "__main__":
    sys.exit(main())
