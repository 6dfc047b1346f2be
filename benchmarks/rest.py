"""Place orders over REST: granian on the loopback address, an API key, connections kept alive."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from datetime import UTC, datetime

from benchmarks import agency, floor
from benchmarks.clients import Pace, Step, crews, take_turns
from benchmarks.house import House
from benchmarks.report import Row
from benchmarks.web import HOST, web

WORKERS = 2
ORDERS = "/api/v1/orders/"


def headers(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}


def over_rest(index: int, port: int, key: str) -> Step:
    """Prepare a client that posts one order at a time."""
    connection, waiting = http.client.HTTPConnection(HOST, port), floor.orders()

    def step() -> int:
        order = next(waiting)._replace(placed_at=datetime.now(UTC))
        connection.request("POST", ORDERS, json.dumps(agency.order_body(order)), headers(key))
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 201:
            raise RuntimeError(f"{answer.status} {body[:300]!r}")
        return 1

    return step


def bench(house: House, pace: Pace) -> Iterator[Row]:
    agency.found()
    key = agency.api_key()
    with (
        web(WORKERS) as server,
        crews(
            floor_one=(1, floor.one_by_one, house.url, floor.place_row_by_row),
            one=(1, over_rest, server.port, key),
            floor_eight=(8, floor.one_by_one, house.url, floor.place_row_by_row),
            eight=(8, over_rest, server.port, key),
        ) as working,
    ):
        taken = take_turns(working, pace)
    yield Row("one client", taken["one"], "orders/s", floor=taken["floor_one"], at_least=0.2)
    yield Row("eight clients", taken["eight"], "orders/s", floor=taken["floor_eight"], at_least=0.1)
    yield Row("ledger differs from counters", bool(agency.audit_stock()), at_most=0, promise=True)
