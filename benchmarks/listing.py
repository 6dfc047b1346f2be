"""The list of orders at a million: in the API by cursor, in the admin by page."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Iterator
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
# More rows than the admin counts at most, twice over; a fiftieth of what a look at all orders would read.
READS_AT_MOST = 20_002
LARGE = (
    "orders_", "feedback_", "aftersales_", "lib_statemove", "catalog_reservation", "outbox_",
    "consignment_statementline", "analytics_", "catalog_stock", "catalog_batchstock", "catalog_binstock",
    "catalog_dailydemand",
)  # fmt: skip

SHOP = million.shop_code(3)
API_SEARCHES: dict[str, dict[str, str]] = {
    "rare status": {"status": million.RARE_STATUS},
    "shop + rare status": {"shop": SHOP, "status": million.RARE_STATUS},
    "number": {"number": "BENCH777777"},
    "platform number": {"platform_number": "P777777"},
}
ADMIN_SEARCHES: dict[str, dict[str, str]] = {
    "rare status": {"status__exact": million.RARE_STATUS},
    "search a number": {"q": "P777777"},
    "search a phone": {"q": million.phone(777_777)},
    "search for nothing": {"q": "no such order"},
}


def api_lists(first: str, middle: str) -> dict[str, dict[str, str]]:
    """Return what is asked of the API, with the moments of the first and of the middle order."""
    return {
        "no filter": {},
        "status": {"status": "completed"},
        "shop": {"shop": SHOP},
        "placed_after": {"placed_after": middle},
        "updated_since": {"updated_since": middle},
        "shop + status": {"shop": SHOP, "status": "completed"},
        "shop + placed_after": {"shop": SHOP, "placed_after": first},
    }


def admin_lists(middle: str) -> dict[str, dict[str, str]]:
    """Return what is asked of the admin."""
    return {
        "no filter": {},
        "status": {"status__exact": "completed"},
        "placed_at": {"placed_at__gte": middle},
    }


class Reader:
    """Somebody who reads lists through Django's test client, and what was noticed on the way."""

    def __init__(self, client: Any, *, expected: int = 200, **headers: str) -> None:
        self.client = client
        self.expected = expected
        self.headers = headers
        self.most_statements = 0
        self.most_read = 0
        self.reading: list[str] = []

    def get(self, url: str) -> Any:
        answer = self.client.get(url, headers=self.headers)
        if answer.status_code != self.expected:
            raise RuntimeError(f"{url}: {answer.status_code} {answer.content[:300]!r}")
        return answer

    def times(self, *urls: str, repeats: int = REPEATS) -> list[float]:
        """Return how many milliseconds each of ``urls`` takes; they take turns, so that noise hits all."""
        for url in urls:
            self.look_at(url)
        took: list[list[float]] = [[] for _ in urls]
        for _ in range(repeats):
            for url, times in zip(urls, took, strict=True):
                began = time.perf_counter()
                self.get(url)
                times.append((time.perf_counter() - began) * 1000)
        return [statistics.median(times) for times in took]

    def look_at(self, url: str) -> None:
        """Note how many statements ``url`` makes, and how many rows they read."""
        from benchmarks.statements import watch_statements

        self.get(url)
        with watch_statements() as said:
            self.get(url)
        self.most_statements = max(self.most_statements, len(said))
        for statement in said:
            rows = rows_read(statement)
            self.most_read = max(self.most_read, rows)
            if rows > READS_AT_MOST:
                self.reading.append(f"{url} reads {rows:,} rows: {statement[:300]}")

    def after_deep_row(self, query: dict[str, str]) -> str:
        """Return the address of the page after row 50,000, found as a client finds it: by following ``next``."""
        address = f"{rest.ORDERS}?{urlencode(query | {'page_size': str(LARGEST_PAGE)})}"
        for _ in range(DEEP // LARGEST_PAGE):
            parts = urlsplit(self.get(address).json()["next"])
            address = f"{parts.path}?{parts.query}"
        return re.sub("page_size=[0-9]+", "page_size=50", address)


def rows_read(statement: str) -> int:
    """Return the rows that the largest step of a SELECT reads, whether it keeps them or not."""
    from django.db import connection

    if not statement.startswith(("SELECT", "WITH", "(")) or not any(table in statement for table in LARGE):
        return 0
    connection.ensure_connection()
    with connection.connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + statement)
        ((plan,),) = cursor.fetchall()
    return max(_read(plan[0]["Plan"]))


def _read(plan: dict[str, Any]) -> Iterator[int]:
    removed = sum(plan.get(f"Rows Removed by {what}", 0) for what in ("Filter", "Index Recheck"))
    yield round((plan["Actual Rows"] + removed) * plan["Actual Loops"])
    for inner in plan.get("Plans", ()):
        yield from _read(inner)


def bench(house: House, pace: Pace) -> Iterator[Row]:
    from django.contrib.auth import get_user_model
    from django.test import Client

    million.ready()
    first, middle = (million.placed_at(number).isoformat() for number in (1, million.ORDERS // 2))
    staff = Reader(Client(), Authorization=f"Bearer {agency.api_key()}")
    for name, query in api_lists(first, middle).items():
        yield first_and_deep(f"API, {name}", staff, query)
    for name, query in (
        API_SEARCHES | {"shop + updated_since": {"shop": SHOP, "updated_since": middle}}
    ).items():
        yield Row(f"API, {name}", *staff.times(f"{rest.ORDERS}?{urlencode(query)}"), "ms")
    yield from summary("API", staff)

    shops = [million.shop_code(place) for place in range(3)]
    keys = {
        "operator of three shops": agency.api_key("onsite_operator", shops=shops),
        "partner with half of the goods": agency.api_key("brand_partner", brands=[million.LARGE_BRAND]),
        "partner with one SKU": agency.api_key("brand_partner", brands=[million.SMALL_BRAND]),
    }
    for name, key in keys.items():
        reader = Reader(Client(), Authorization=f"Bearer {key}")
        if key == keys["partner with one SKU"]:
            yield Row(f"API, {name}", *reader.times(rest.ORDERS), "ms")
        else:
            yield first_and_deep(f"API, {name}", reader, {})
        yield from summary(f"API, {name}", reader)

    users = get_user_model()._default_manager
    people = Client()
    people.force_login(users.filter(username="bench").first() or users.create_superuser(username="bench"))
    admin = Reader(people)
    for name, query in admin_lists(middle).items():
        last = query | {"p": str(ADMIN_PAGES)}
        first_ms, last_ms = admin.times(f"{ADMIN}?{urlencode(query)}", f"{ADMIN}?{urlencode(last)}")
        yield Row(f"admin, {name}: page {ADMIN_PAGES} against the first", last_ms, "ms", floor=first_ms)
    for name, query in ADMIN_SEARCHES.items():
        yield Row(f"admin, {name}", *admin.times(f"{ADMIN}?{urlencode(query)}"), "ms")
    yield from summary("admin", admin)


def first_and_deep(name: str, reader: Reader, query: dict[str, str]) -> Row:
    """Return what the page after row 50,000 costs, as a multiple of the first."""
    first_ms, deep_ms = reader.times(f"{rest.ORDERS}?{urlencode(query)}", reader.after_deep_row(query))
    return Row(
        f"{name}: after row {DEEP:,} against the first page", deep_ms, "ms", floor=first_ms, at_most=1.5
    )


def summary(name: str, reader: Reader) -> Iterator[Row]:
    """Yield what held for every page of a reader; print the statements that read too much."""
    yield Row(f"{name}: statements of a page, at most", reader.most_statements, at_most=STATEMENTS)
    yield Row(f"{name}: rows that a statement reads, at most", reader.most_read, at_most=READS_AT_MOST)
    for text in reader.reading:
        print(text)
