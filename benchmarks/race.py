"""200 buyers want the last 50 units at the same moment."""

from __future__ import annotations

import json
import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from benchmarks import agency, rest
from benchmarks.clients import Pace
from benchmarks.house import House
from benchmarks.report import Row
from benchmarks.web import Web, web

BUYERS = 200
UNITS = 50
ROUNDS = 10


@dataclass(slots=True)
class Round:
    """What the buyers of one round were told, and after how many seconds."""

    answers: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)


def bench(house: House, pace: Pace) -> Iterator[Row]:
    agency.found()
    key = agency.api_key()
    tails = []
    total: Counter[str] = Counter()
    wrong_rounds = differing = 0
    with web(rest.WORKERS) as server:
        for number in range(ROUNDS):
            sku = f"RACE{number}"
            agency.receive({sku: UNITS})
            found = race(server, key, sku)
            total += found.answers
            wrong_rounds += found.answers != {"201": UNITS, "409 out_of_stock": BUYERS - UNITS}
            differing += bool(agency.audit_stock())
            tails.append(tail(found.waits))
    for answer, count in sorted(total.items()):
        yield Row(f"answers {answer}, all rounds", count)
    text = f"rounds of {ROUNDS} without {UNITS} × 201 and {BUYERS - UNITS} × 409"
    yield Row(text, wrong_rounds, at_most=0, promise=True)
    yield Row("rounds after which ledger and counters differ", differing, at_most=0, promise=True)
    p99, median = (statistics.median(part) * 1000 for part in zip(*tails, strict=True))
    yield Row("p99 against median", p99, "ms", floor=median, at_most=5)


def race(server: Web, key: str, sku: str) -> Round:
    """Let all buyers order one unit of ``sku`` at once, over connections that stand already."""
    start, found = threading.Barrier(BUYERS), Round()
    buyers = [threading.Thread(target=_buy, args=(server, key, sku, n, start, found)) for n in range(BUYERS)]
    for buyer in buyers:
        buyer.start()
    for buyer in buyers:
        buyer.join()
    return found


def _buy(server: Web, key: str, sku: str, number: int, start: threading.Barrier, found: Round) -> None:
    now = datetime.now(UTC).isoformat()
    body = json.dumps(
        {
            "shop": agency.SHOP,
            "platform_number": f"{sku}-{number}",
            "placed_at": now,
            "paid_at": now,
            "buyer": {"name": "王小明", "phone": f"139{number:08d}", "address": "1", **agency.ADDRESS},
            "freight": "0.00",
            "lines": [{"sku": sku, "units": 1, "unit_price": "9.90"}],
        }
    )
    connection = server.connect()
    connection.connect()
    start.wait()
    began = time.perf_counter()
    try:
        connection.request("POST", rest.ORDERS, body, rest.headers(key))
        answer = connection.getresponse()
        content = answer.read()
        code = json.loads(content)["code"] if answer.status >= 400 else ""
        said = f"{answer.status} {code}".strip()
    except (OSError, ValueError, KeyError) as error:
        said = type(error).__name__
    found.waits.append(time.perf_counter() - began)
    found.answers[said] += 1
    connection.close()


def tail(waits: list[float]) -> tuple[float, float]:
    """Return (99th percentile, median)."""
    return statistics.quantiles(waits, n=100)[98], statistics.median(waits)
