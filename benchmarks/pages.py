"""The pages and lists of a day's work, beside a million orders, 200,000 tickets and 20,000 cases."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from benchmarks import agency, days, million
from benchmarks.clients import Pace
from benchmarks.house import House
from benchmarks.listing import Reader
from benchmarks.report import Row

LIST, DASHBOARD = 8, 12  # statements of a page, at most


@dataclass(frozen=True, slots=True)
class Page:
    """One address. ``deep`` is another of the same list, far behind."""

    name: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    statements: int = LIST
    reads: int | None = 20_002
    deep: dict[str, str] | None = None

    def address(self, query: dict[str, str] | None = None) -> str:
        asked = self.query if query is None else self.query | query
        return f"{self.path}?{urlencode(asked)}" if asked else self.path


def order_desk() -> Iterator[Page]:
    """Yield the order desk's pages: queues, filters, what is looked for, the pages of orders."""
    from orders.models import Order

    desk = "/admin/order-desk/"
    for queue in ("review", "short", "pick", "pack", "ship", "refund"):
        yield Page(f"order desk, {queue}", desk, {"queue": f"order_{queue}"})
    shipped = Order.objects.filter(status="shipped").order_by("-placed_at", "-pk")
    far = shipped.values_list("placed_at", "pk")[10_000]
    deep = {"after": f"{far[0].isoformat()}|{far[1]}"}
    yield Page("order desk, shipped", desk, {"queue": "order_shipped"}, deep=deep)
    for name, value in {
        "shop": million.shop_code(3),
        "platform": "jd",
        "owner": "nobody",
        "remark": "1",
        "late": "1",
    }.items():
        yield Page(f"order desk, by {name}", desk, {"queue": "order_review", name: value})
    yield Page("order desk, mine", desk, {"queue": "order_review", "owner": "me"})
    yield Page(
        "order desk, shipped of a shop", desk, {"queue": "order_shipped", "shop": million.shop_code(3)}
    )
    yield Page("order desk, shipped with remark", desk, {"queue": "order_shipped", "remark": "1"})
    looked_for = {
        "nothing": "no such order",
        "part of a number": "777777",
        "a phone of nobody": "13800000000",
    }
    for name, text in looked_for.items():
        yield Page(f"order desk, looking for {name}", desk, {"q": text})
    newest = Order.objects.filter(status="created").order_by("-pk").values_list("number", flat=True)[0]
    for name, number in {"over": "BENCH777777", "to review": newest}.items():
        yield Page(f"an order, {name}", f"{desk}{number}/", statements=DASHBOARD)
    yield Page("pick list", f"{desk}pick/", statements=DASHBOARD)


FOUND = {"a number": "BENCH777777", "a platform number": "P777777", "a waybill": "SF000000777777"}


def desks() -> Iterator[Page]:
    """Yield start page, inbox and deadlines."""
    yield Page("start", "/admin/", statements=DASHBOARD)
    inbox = "/admin/desk/inbox/"
    yield Page("inbox", inbox, statements=DASHBOARD)
    for name, value in {
        "kind": "ticket",
        "queue": "order_review",
        "shop": million.shop_code(3),
        "whose": "mine",
    }.items():
        yield Page(f"inbox, by {name}", inbox, {name: value}, statements=DASHBOARD)
    cockpit = "/admin/desk/deadlines/"
    yield Page("deadlines", cockpit, statements=DASHBOARD)
    yield Page("deadlines, the team's", cockpit, {"clock": "team"}, statements=DASHBOARD)
    yield Page("deadlines, a platform", cockpit, {"platform": "jd"}, statements=DASHBOARD)


def tickets() -> Iterator[Page]:
    """Yield triage and the lists of feedback."""
    from feedback.models import FeedbackItem

    triage = "/admin/triage/"
    deep = {"after": f"F{days.TICKETS - 50_000}"}
    yield Page("triage", triage)
    for queue in ("ticket_acting", "ticket_waiting"):
        yield Page(f"triage, {queue}", triage, {"queue": queue})
    yield Page("triage, all", triage, {"queue": "all"}, deep=deep)
    for name, value in {
        "priority": "P0",
        "type": "complaint",
        "topic": "quality",
        "shop": million.shop_code(3),
        "brand": million.LARGE_BRAND,
        "rating": "1",
        "status": "rejected",
    }.items():
        yield Page(f"triage, all by {name}", triage, {"queue": "all", name: value})
    yield Page("triage, brand of one SKU", triage, {"queue": "all", "brand": million.SMALL_BRAND})
    yield Page("triage, new by text", triage, {"q": "包装破损"})
    yield Page("triage, all by text", triage, {"queue": "all", "q": "包装破损"})
    # Texts are looked through, three months of them.
    yield Page("triage, all by text of nobody", triage, {"queue": "all", "q": "从未说过"}, reads=days.TICKETS)
    newest = FeedbackItem.objects.filter(status="new").order_by("-pk").values_list("number", flat=True)[0]
    yield Page("triage, a ticket", triage, {"item": newest}, statements=DASHBOARD)
    listed = "/admin/feedback/feedbackitem/"
    yield Page("admin, feedback", listed, deep={"p": "200"})
    yield Page("admin, feedback by status", listed, {"status__exact": "new"})
    yield Page("admin, feedback by text", listed, {"q": "从未说过"}, reads=days.TICKETS)


def cases() -> Iterator[Page]:
    """Yield the case desk."""
    from aftersales.models import Case

    desk = "/admin/case-desk/"
    place = Case.objects.order_by("-requested_at", "-pk").values_list("requested_at", "pk")[10_000]
    deep = {"after": f"{place[0].isoformat()}_{place[1]}"}
    yield Page("case desk", desk)
    yield Page("case desk, all", desk, {"queue": "all"}, deep=deep)
    for name, value in {
        "queue": "case_refund",
        "shop": million.shop_code(3),
        "platform": "jd",
        "type": "return",
        "reason": "other",
        "status": "rejected",
        "late": "1",
    }.items():
        yield Page(f"case desk, by {name}", desk, {"queue": "all", name: value})
    waybill = "RT000000000077"
    looked_for = {"a number": "AS777", "an order": "BENCH330", "a waybill": waybill, "nothing": "none"}
    for name, text in looked_for.items():
        yield Page(f"case desk, looking for {name}", desk, {"queue": "all", "q": text})
    yield Page("a case", f"{desk}AS{days.CASES}/", statements=DASHBOARD)
    yield Page("parcels", f"{desk}parcels/", {"q": waybill}, statements=DASHBOARD)


def settlement() -> Iterator[Page]:
    """Yield statements and one with a month's lines of half the goods."""
    from consignment.models import Statement

    yield Page("statements", "/admin/settlement/", statements=DASHBOARD)
    number, lines = Statement.objects.order_by("-line_count").values_list("number", "line_count")[0]
    # What the groups of a statement come to is added up from its lines.
    yield Page("a statement", f"/admin/settlement/{number}/", statements=DASHBOARD, reads=lines)


def figures() -> Iterator[Page]:
    """Yield the dashboard, and the rows behind it: of the newest whole day, of 30 and of all."""
    last = million.placed_at(million.ORDERS).astimezone(million.ZONE).date() - timedelta(days=1)
    for name, back in {"yesterday": 1, "30 days": 30, "a year": 365}.items():
        period = {"since": (last - timedelta(days=back - 1)).isoformat(), "until": last.isoformat()}
        yield Page(f"figures, {name}", "/admin/figures/", period, statements=DASHBOARD, reads=None)
        brand = period | {"brand": million.LARGE_BRAND}
        yield Page(f"figures of a brand, {name}", "/admin/figures/", brand, statements=DASHBOARD, reads=None)
        yield Page(f"buyers, {name}", "/admin/figures/buyers/", period, statements=DASHBOARD, reads=None)
        rows = period | {"metric": "gmv_paid"}
        deep = {"after": str(million.ORDERS - 60_000)} if back > 30 else None
        yield Page(f"rows, {name}", "/admin/figures/rows/", rows, statements=DASHBOARD, reads=None, deep=deep)
        refunded = period | {"metric": "refund_amount"}
        yield Page(
            f"rows refunded, {name}", "/admin/figures/rows/", refunded, statements=DASHBOARD, reads=None
        )


def messages() -> Iterator[Page]:
    """Yield the admin's lists of messages and parcels."""
    for model in ("event", "delivery", "attempt"):
        yield Page(f"admin, {model}", f"/admin/outbox/{model}/", deep={"p": "200"})
    yield Page("admin, deliveries given up", "/admin/outbox/delivery/", {"status__exact": "failed"})
    yield Page("admin, events of an order", "/admin/outbox/event/", {"q": "BENCH999000"})
    yield Page("admin, shipment", "/admin/orders/shipment/", deep={"p": "200"})
    yield Page("admin, case", "/admin/aftersales/case/", deep={"p": "200"})


API = {
    "orders": ({}, {"status": "short"}),
    "cases": ({}, {"status": "requested"}, {"shop": "shop3"}),
    "feedback": ({}, {"status": "new"}, {"shop": "shop3"}, {"brand": million.LARGE_BRAND}),
    "statements": ({},),
    "events": ({}, {"kind": "order.created"}),
}
DEEP = {"feedback": 50_000, "events": 50_000, "cases": 15_000}


def bench(house: House, pace: Pace) -> Iterator[Row]:
    from django.contrib.auth import get_user_model
    from django.test import Client

    million.ready()
    people = Client()
    people.force_login(get_user_model()._default_manager.get(username=million.READER))
    for part in (order_desk, desks, tickets, cases, settlement, figures, messages):
        for page in part():
            yield from measured(page, people)
    for name, text in FOUND.items():
        yield from measured(
            Page(f"order desk, looking for {name}", "/admin/order-desk/", {"q": text}), people, 302
        )
    phone = {"q": million.phone(777_777)}
    yield from measured(Page("order desk, looking for a phone", "/admin/order-desk/", phone), people, 302)
    shops = [million.shop_code(place) for place in range(3)]
    yield from api("all", agency.api_key())
    yield from api("operator of three shops", agency.api_key("onsite_operator", shops=shops))
    yield from api("partner", agency.api_key("brand_partner", brands=[million.LARGE_BRAND]))
    yield from api("partner of one SKU", agency.api_key("brand_partner", brands=[million.SMALL_BRAND]))
    yield from narrowed(shops)


def narrowed(shops: list[str]) -> Iterator[Row]:
    """Yield what desks cost an operator to whom three shops of ten are granted."""
    from django.contrib.auth import get_user_model
    from django.test import Client

    from ops_portal.accounts.models import Grant

    users = get_user_model()._default_manager
    user, is_new = users.get_or_create(
        username="operator", defaults={"roles": ["onsite_operator", "customer_service"], "is_staff": True}
    )
    if is_new:
        Grant.objects.bulk_create(Grant(user=user, kind="shop", code=code) for code in shops)
    people = Client()
    people.force_login(user)
    for part in (order_desk, desks, tickets, cases):
        for page in part():
            if people.get(page.address()).status_code == 200:  # neither of another shop nor of another role
                yield from measured(page, people, label="operator: ")


def api(name: str, key: str) -> Iterator[Row]:
    """Yield what the lists of REST cost the holder of ``key``."""
    from django.test import Client

    reader = Client(headers={"authorization": f"Bearer {key}"})
    for path, queries in API.items():
        if reader.get(f"/api/v1/{path}/").status_code == 403:
            continue
        for query in queries:
            page = Page(f"API {path} {urlencode(query)}".strip(), f"/api/v1/{path}/", query)
            yield from measured(page, reader, label=f"{name}: ")
        if path in DEEP and (far := behind(reader, f"/api/v1/{path}/", DEEP[path])):
            first, deep = Reader(reader).times(f"/api/v1/{path}/?page_size=50", far)
            yield Row(f"{name}: API {path}, after row {DEEP[path]:,}", deep, "ms", floor=first, at_most=1.5)


def behind(reader: Any, path: str, row: int) -> str:
    """Return the page after ``row``, found by following ``next``; nothing where the list is shorter."""
    address = f"{path}?page_size=200"
    for _ in range(row // 200):
        answer = reader.get(address)
        if answer.status_code != 200:
            raise RuntimeError(f"{address}: {answer.status_code} {answer.content[:300]!r}")
        following = answer.json()["next"]
        if not following:
            return ""
        parts = urlsplit(following)
        address = f"{parts.path}?{parts.query}"
    return re.sub("page_size=[0-9]+", "page_size=50", address)


def measured(page: Page, client: Any, expected: int = 200, label: str = "") -> Iterator[Row]:
    """Yield the statements of a page, the rows that one of them reads, and how long it takes."""
    reader = Reader(client, expected=expected)
    began = time.perf_counter()
    reader.get(page.address())
    first = (time.perf_counter() - began) * 1000
    repeats = 9 if first < 500 else 3
    if page.deep is None:
        (took,) = reader.times(page.address(), repeats=repeats)
    else:
        took, far = reader.times(page.address(), page.address(page.deep), repeats=repeats)
        yield Row(f"{label}{page.name}: far behind", far, "ms", floor=took, at_most=1.5)
    name = f"{label}{page.name}"
    yield Row(f"{name}: {took:,.0f} ms; statements", reader.most_statements, at_most=page.statements)
    if page.reads is None or reader.most_read <= page.reads:
        yield Row(f"{name}: rows read", reader.most_read)
    else:
        yield Row(f"{name}: rows read", reader.most_read, at_most=page.reads)
        print("\n".join(reader.reading))
