"""The list of orders at a million: in the API by cursor, in the admin by page."""

from __future__ import annotations

import json
import re
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from benchmarks import agency, million, rest
from benchmarks.clients import Pace
from benchmarks.house import House
from benchmarks.report import Row

DEEP = 50_000
LARGEST_PAGE = 200
REPEATS = 15
ADMIN = "/admin/orders/order/"
ADMIN_PAGES = 200  # where the admin's lists end
STATEMENTS = 8
MIDDLE = million.FIRST + million.BETWEEN * (million.ORDERS // 2)
ORDER_TABLES = {"orders_order", "orders_orderline"}

API_LISTS: dict[str, dict[str, str]] = {
    "no filter": {},
    "status": {"status": "completed"},
    "shop": {"shop": million.shop_code(3)},
    "placed_after": {"placed_after": MIDDLE.isoformat()},
    "updated_since": {"updated_since": MIDDLE.isoformat()},
    "shop + status": {"shop": million.shop_code(3), "status": "completed"},
    "shop + placed_after": {"shop": million.shop_code(3), "placed_after": million.FIRST.isoformat()},
}
API_SEARCHES: dict[str, dict[str, str]] = {
    "rare status": {"status": million.RARE_STATUS},
    "shop + rare status": {"shop": million.shop_code(3), "status": million.RARE_STATUS},
    "shop + updated_since": {"shop": million.shop_code(3), "updated_since": MIDDLE.isoformat()},
    "number": {"number": "BENCH777777"},
    "platform number": {"platform_number": "P777777"},
}
ADMIN_LISTS: dict[str, dict[str, str]] = {
    "no filter": {},
    "status": {"status__exact": "completed"},
    "placed_at": {"placed_at__gte": MIDDLE.isoformat()},
}
ADMIN_SEARCHES: dict[str, dict[str, str]] = {
    "rare status": {"status__exact": million.RARE_STATUS},
    "search a number": {"q": "P777777"},
    "search a phone": {"q": million.phone(777_777)},
    "search for nothing": {"q": "no such order"},
}


@dataclass(slots=True)
class Reader:
    """Somebody who reads lists through Django's test client, and what was noticed on the way."""

    client: Any
    headers: dict[str, str] = field(default_factory=dict)
    most_statements: int = 0
    scans: list[str] = field(default_factory=list)

    def get(self, url: str) -> Any:
        answer = self.client.get(url, headers=self.headers)
        if answer.status_code != 200:
            raise RuntimeError(f"{url}: {answer.status_code} {answer.content[:300]!r}")
        return answer

    def seconds(self, url: str) -> float:
        """Return how long ``url`` takes; note its statements and what they scan."""
        from benchmarks.statements import watch_statements

        self.get(url)
        with watch_statements() as said:
            self.get(url)
        self.most_statements = max(self.most_statements, len(said))
        self.scans += [f"{url}: {scan}" for statement in said for scan in scans_of(statement)]
        took = []
        for _ in range(REPEATS):
            began = time.perf_counter()
            self.get(url)
            took.append(time.perf_counter() - began)
        return statistics.median(took)

    def deep_address(self, query: dict[str, str]) -> str | None:
        """Return the address of the page after row 50,000, found as a client finds it: by following ``next``."""
        address: str | None = f"{rest.ORDERS}?{urlencode(query | {'page_size': str(LARGEST_PAGE)})}"
        for _ in range(DEEP // LARGEST_PAGE):
            if address is None:
                return None
            parts = urlsplit(address)
            address = self.get(f"{parts.path}?{parts.query}").json()["next"]
        if address is None:
            return None
        parts = urlsplit(address)
        return f"{parts.path}?{re.sub('page_size=[0-9]+', 'page_size=50', parts.query)}"


def scans_of(statement: str) -> list[str]:
    """Return what a SELECT does that no list may do: scan a table of orders, or count it."""
    from django.db import connection

    if not statement.startswith("SELECT") or "orders_order" not in statement:
        return []
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (FORMAT JSON) " + statement.replace("%", "%%"), [])
        (plan,) = cursor.fetchone()
    plan = json.loads(plan) if isinstance(plan, str) else plan
    found = [f"scans {name}" for name in _scanned(plan[0]["Plan"]) if name in ORDER_TABLES]
    if "COUNT(" in statement.upper() and "LIMIT" not in statement.upper():
        found.append("counts " + statement[:120])
    return found


def _scanned(plan: dict[str, Any]) -> Iterator[str]:
    if plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"]
    for inner in plan.get("Plans", ()):
        yield from _scanned(inner)


def bench(house: House, pace: Pace) -> Iterator[Row]:
    from django.contrib.auth import get_user_model
    from django.test import Client

    if not million.is_filled():
        million.fill()
    api = Reader(Client(), {"Authorization": f"Bearer {agency.api_key()}"})
    for name, query in API_LISTS.items():
        first = api.seconds(f"{rest.ORDERS}?{urlencode(query)}")
        deep = api.deep_address(query)
        if deep is None:
            yield Row(f"API, {name}: has no row {DEEP:,}", first * 1000, "ms")
        else:
            after = f"API, {name}: after row {DEEP:,} against the first page"
            yield Row(after, api.seconds(deep) * 1000, "ms", floor=first * 1000, at_most=1.5)
    for name, query in API_SEARCHES.items():
        yield Row(f"API, {name}", api.seconds(f"{rest.ORDERS}?{urlencode(query)}") * 1000, "ms")
    yield from summary("API", api)

    users = get_user_model()._default_manager
    people = Client()
    people.force_login(users.filter(username="bench").first() or users.create_superuser(username="bench"))
    admin = Reader(people)
    for name, query in ADMIN_LISTS.items():
        first = admin.seconds(f"{ADMIN}?{urlencode(query)}")
        last = admin.seconds(f"{ADMIN}?{urlencode(query | {'p': str(ADMIN_PAGES)})}")
        yield Row(f"admin, {name}: last page against the first", last * 1000, "ms", floor=first * 1000)
    for name, query in ADMIN_SEARCHES.items():
        yield Row(f"admin, {name}", admin.seconds(f"{ADMIN}?{urlencode(query)}") * 1000, "ms")
    yield from summary("admin", admin)


def summary(door: str, reader: Reader) -> Iterator[Row]:
    """Yield what held for every page of a door; print what it should not have done."""
    yield Row(f"{door}, statements of a page, at most", reader.most_statements, at_most=STATEMENTS)
    yield Row(f"{door}, scans or counts of orders", len(reader.scans), at_most=0)
    for scan in reader.scans:
        print(scan)
