"""Start one web process, and what it weighs once it has served a few pages."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from benchmarks import agency, rest
from benchmarks.clients import Pace
from benchmarks.house import House
from benchmarks.report import Row
from benchmarks.web import web

PAGES = (rest.ORDERS, "/api/v1/stock/", "/admin/login/", "/readyz")


def bench(house: House, pace: Pace) -> Iterator[Row]:
    agency.found()
    key = agency.api_key()
    starts, workers, masters = [], [], []
    for _ in range(pace.rounds):
        with web(workers=1) as server:
            for path in PAGES * 5:
                server.get(path, rest.headers(key))
            starts.append(server.started_in)
            resident = server.resident()
            masters.append(resident.pop(server.pid) / 1e6)
            workers.append(max(resident.values()) / 1e6)
    yield Row("start to first answer", statistics.median(starts), "s", at_most=3)
    yield Row("resident, the web process", statistics.median(workers), "MB", at_most=150)
    yield Row("resident, its supervisor", statistics.median(masters), "MB")
