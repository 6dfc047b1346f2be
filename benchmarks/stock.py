"""The proof, the sweep, the pages and the forecast of a million balances and ten million movements."""

from __future__ import annotations

import html
import os
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from benchmarks import ledger
from benchmarks.clients import Pace
from benchmarks.house import House
from benchmarks.listing import Reader
from benchmarks.report import Row

AUDIT, SWEEP, HISTORY, FORECAST = 60, 30, 200, 60  # seconds, seconds, milliseconds, seconds
STATEMENTS = 12


def bench(house: House, pace: Pace) -> Iterator[Row]:
    from django.db import transaction
    from django.test import Client

    from catalog.queries.audit import audit_stock
    from ops_portal.lib.tasks import analyze_small_tables

    ledger.ready()
    analyze_small_tables()  # as a running house does every ten minutes
    yield from pages(Client())
    found, seconds = timed(audit_stock)
    if not found.ok:
        print(found.first_difference)
    yield Row(
        f"audit_stock, {found.checked:,} records, load {os.getloadavg()[0]:.1f}", seconds, "s", at_most=AUDIT
    )
    yield Row("audit_stock finds a difference", float(not found.ok), at_most=0, promise=True)
    with transaction.atomic():
        yield from sweep()
        yield from forecast()
        transaction.set_rollback(True)  # the next run shall find what this one found


def pages(client: Any) -> Iterator[Row]:
    """Yield what the pages of stock cost, of the SKU that moves most and of one that hardly does."""
    from django.contrib.auth import get_user_model

    from benchmarks.million import READER

    client.force_login(get_user_model()._default_manager.get(username=READER))
    client.post("/admin/floor/", {"warehouse": "w1"})  # where the reader works
    hot, cold = "SKU000001", "SKU098765"
    for name, path in {
        "history of the SKU that moves most": f"/admin/stock-desk/{hot}/",
        "history of a SKU that hardly moves": f"/admin/stock-desk/{cold}/",
    }.items():
        yield from page(client, name, path, at_most=HISTORY)
    for name, path in {
        "stock desk": "/admin/stock-desk/",
        "stock desk, a warehouse": f"/admin/stock-desk/?{urlencode({'warehouse': 'w1'})}",
        "stock desk, a brand": f"/admin/stock-desk/?{urlencode({'brand': 'b7'})}",
        "stock desk, a code": f"/admin/stock-desk/?{urlencode({'q': cold})}",
        "stock desk, far behind": far_behind(client, "/admin/stock-desk/"),
        "put-away list": "/admin/floor/put-away/",
        "stock alerts": "/admin/stock-alerts/",
        "replenishment": "/admin/replenishment/",
        "expiry": "/admin/expiry/",
        "stock health": "/admin/stock-health/",
        "stock differences": "/admin/stock-differences/",
    }.items():
        yield from page(client, name, path)


def far_behind(client: Any, path: str) -> str:
    """Return the address of a list's page fifty pages behind the first, found by following it."""
    address = path
    for _ in range(50):
        found = re.search(r'href="([^"]*[?&](?:amp;)?after=[^"]*)"', client.get(address).content.decode())
        if found is None:
            break
        address = path + html.unescape(found[1])
    return address


def page(client: Any, name: str, path: str, at_most: float | None = None) -> Iterator[Row]:
    """Yield how long a page takes, how many statements it makes and how many rows one of them reads."""
    reader = Reader(client)
    try:
        (took,) = reader.times(path, repeats=5)
    except Exception as error:
        print(f"{path}: {type(error).__name__}: {str(error)[:300]}")
        yield Row(f"{name}: fails", 1, at_most=0)
        return
    yield Row(name, took, "ms", at_most=at_most)
    yield Row(f"{name}: statements", reader.most_statements, at_most=STATEMENTS)
    yield Row(f"{name}: rows read", reader.most_read)
    print("\n".join(reader.reading))


def sweep() -> Iterator[Row]:
    """Yield what the first sweep of alerts costs, and what one costs that finds nothing new."""
    from catalog.models import StockAlert
    from catalog.operations.alerting import sweep_alerts
    from ops_portal.lib.principals import system

    def work() -> Any:
        return sweep_alerts(actor=system("bench"), at=datetime.now(UTC))

    _, first = timed(work)
    yield Row(f"alert sweep, {StockAlert.objects.count():,} alerts stand", first, "s", at_most=SWEEP)
    _, again = timed(work)
    yield Row("alert sweep, once again", again, "s", at_most=SWEEP)


def forecast() -> Iterator[Row]:
    """Yield what it costs to reckon what should be got of 10,000 SKUs."""
    from catalog.models import Brand, Replenishment, SupplyTerms
    from catalog.operations.replenishing import suggest_replenishment
    from ops_portal.lib.principals import system

    if not SupplyTerms.objects.exists():
        SupplyTerms.objects.bulk_create(SupplyTerms(brand=brand) for brand in Brand.objects.order_by("pk"))
    outcome, seconds = timed(lambda: suggest_replenishment(actor=system("bench"), at=datetime.now(UTC)))
    print(f"{len(outcome.done):,} suggestions are new, {Replenishment.objects.count():,} stand")
    yield Row(f"forecast and replenishment, {ledger.DEMAND_SKUS:,} SKUs", seconds, "s", at_most=FORECAST)


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Return what ``work`` returns, and how many seconds it took."""
    began = time.perf_counter()
    answer = work()
    return answer, time.perf_counter() - began
