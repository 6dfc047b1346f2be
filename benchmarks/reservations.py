"""64 clients want the last units of scarce SKUs, let go of some, ship others; then they place mixed baskets.

Each client keeps its own account of what it was told. After each round the accounts are claimed as documents, and the
audit proves that ledger, reservations, balances and bins say the same, to the unit.
"""

from __future__ import annotations

import multiprocessing
import random
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from benchmarks import agency
from benchmarks.clients import Pace
from benchmarks.house import House
from benchmarks.race import tail
from benchmarks.report import Row

PROCESSES, THREADS = 8, 8
ROUNDS, ATTEMPTS = 20, 2_000
SKUS, UNITS = 20, 60  # scarce ones of a round, and how many there are of each
BASKETS, BASKET_SKUS, BASKET_UNITS = 10_000, 400, 60
KIND = "bench"
CLAIMS = """
    SELECT 'bench' AS document_kind, number AS document_number, sku_id, 'available' AS from_state, state AS to_state,
           units FROM bench_claim
"""


@dataclass(slots=True)
class Account:
    """What clients were told: the units of each document by SKU and state, the answers, and the waits in seconds."""

    claims: list[tuple[str, int, str, int]] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)

    def add(self, other: Account) -> None:
        self.claims += other.claims
        self.answers += other.answers
        self.waits += other.waits


Work = Callable[[int, random.Random, Account], None]
"""Do one piece of work, of this number, by this chance, and put down what was said."""


def bench(house: House, pace: Pace) -> Iterator[Row]:
    from django.db import connection

    from catalog.models import StockMovement
    from catalog.signals import document_claims

    agency.found()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_claim (number text, sku_id bigint, state text, units bigint)")

    def claim(sender: Any, **_: Any) -> str:
        return CLAIMS

    document_claims.connect(claim, sender=StockMovement)
    try:
        yield from _scarce()
        yield from _baskets()
    finally:
        document_claims.disconnect(claim, sender=StockMovement)


def _scarce() -> Iterator[Row]:
    total, rates, before = Account(), [], deadlocks()
    oversold = differing = 0
    for number in range(ROUNDS):
        sku_ids = receive_scarce(number)
        began = time.perf_counter()
        found = all_at_once(ATTEMPTS, number, hold_release_or_ship(number, sku_ids))
        rates.append(ATTEMPTS / (time.perf_counter() - began))
        write_claims(found)
        oversold += sold_too_many(found, sku_ids)
        differing += bool(agency.audit_stock())
        total.add(found)
    yield from _answers("holding", total)
    yield Row(
        f"{ROUNDS} rounds of {ATTEMPTS:,}: attempts a second, {PROCESSES * THREADS} clients", _median(rates)
    )
    yield from _waits("an attempt", total)
    yield Row("SKUs of which more was promised than received", oversold, at_most=0, promise=True)
    yield Row("rounds after which the audit differs", differing, at_most=0, promise=True)
    yield from _errors(total, deadlocks() - before)


def _baskets() -> Iterator[Row]:
    before = deadlocks()
    codes = [f"BASKET{number:03d}" for number in range(BASKET_SKUS)]
    agency.receive(dict.fromkeys(codes, BASKET_UNITS))
    began = time.perf_counter()
    found = all_at_once(BASKETS, ROUNDS, place_a_basket(codes))
    took = time.perf_counter() - began
    yield from _answers("placing", found)
    yield Row(f"{BASKETS:,} baskets: orders a second, {PROCESSES * THREADS} clients", BASKETS / took)
    yield from _waits("a basket", found)
    yield Row("baskets: SKUs oversold", oversold_codes(codes), at_most=0, promise=True)
    yield Row("baskets: the audit differs", float(bool(agency.audit_stock())), at_most=0, promise=True)
    yield from _errors(found, deadlocks() - before)


def receive_scarce(number: int) -> list[int]:
    """Receive the scarce SKUs of a round, half of their units put into a bin; return their ids."""
    from catalog.models import Bin, Sku, Warehouse, Zone
    from catalog.operations.bins import PutAwayDraft, put_away
    from ops_portal.lib.principals import system

    codes = [f"SCARCE{number:02d}-{place:02d}" for place in range(SKUS)]
    agency.receive(dict.fromkeys(codes, UNITS))
    warehouse = Warehouse.objects.get(code=agency.WAREHOUSE)
    zone, _new = Zone.objects.get_or_create(warehouse=warehouse, code="A")
    Bin.objects.get_or_create(zone=zone, code="A-01", defaults={"warehouse": warehouse})
    ids = list(Sku.objects.filter(code__in=codes).order_by("pk").values_list("pk", flat=True))
    drafts = [PutAwayDraft(warehouse.pk, pk, "A-01", UNITS // 2, key=f"bench:{pk}") for pk in ids]
    assert len(put_away(drafts, actor=system("bench"), at=datetime.now(UTC)).done) == SKUS
    return ids


def hold_release_or_ship(number: int, sku_ids: list[int]) -> Work:
    """Return the work of one attempt: hold one to three SKUs in any sequence, then let go, ship, or keep them."""
    from catalog.operations.promised import release_reservations, ship_reserved
    from catalog.operations.reserving import ReservationItem, ReservationRequest, reserve_stock
    from ops_portal.lib.principals import system

    actor = system("bench")

    def attempt(index: int, chance: random.Random, account: Account) -> None:
        name, at = f"R{number}-{index}", datetime.now(UTC)
        skus = chance.sample(sku_ids, chance.randint(1, 3))
        items = tuple(
            ReservationItem(place, sku, chance.randint(1, 2)) for place, sku in enumerate(skus, start=1)
        )
        outcome = reserve_stock([ReservationRequest(KIND, name, (), items)], actor=actor, at=at)
        if outcome.refused:
            account.answers[outcome.refused[0][1].code] += 1
            return
        account.answers["held"] += 1
        fate = chance.random()
        if fate < 0.5:
            release_reservations(KIND, [name], actor=actor, at=at)
            account.answers["released"] += 1
            return
        if fate < 0.6:
            ship_reserved(KIND, [name], actor=actor, at=at)
            account.answers["shipped"] += 1
        state = "shipped" if fate < 0.6 else "reserved"
        account.claims += [(name, item.sku_id, state, item.units) for item in items]

    return attempt


def place_a_basket(codes: list[str]) -> Work:
    """Return the work of one buyer: an order of one to five SKUs, and one of five cancels it at once."""
    from ops_portal.lib.principals import system
    from orders.drafts import BuyerDraft, LineDraft, OrderDraft
    from orders.models import Shop
    from orders.operations.moving import cancel_orders
    from orders.operations.placing import place_orders

    actor = system("bench")
    shop = Shop.objects.for_placing().get(code=agency.SHOP)
    buyer = BuyerDraft(platform_id="1", name="王小明", phone="13900000000", address="1", **agency.ADDRESS)

    def place(index: int, chance: random.Random, account: Account) -> None:
        at = datetime.now(UTC)
        skus = chance.sample(codes, chance.randint(1, 5))
        lines = tuple(LineDraft(code, chance.randint(1, 3), Decimal("9.90")) for code in skus)
        draft = OrderDraft(shop, f"BASKET-{index}", placed_at=at, paid_at=at, buyer=buyer, lines=lines)
        outcome = place_orders([draft], actor=actor, at=at)
        if outcome.refused:
            account.answers[outcome.refused[0][1].code] += 1
            return
        account.answers["placed"] += 1
        if chance.random() < 0.2:
            cancelled = cancel_orders([outcome.done[0].id], actor=actor, at=at)
            account.answers["cancelled" if cancelled.done else cancelled.refused[0][1].code] += 1

    return place


def all_at_once(pieces: int, seed: int, work: Work) -> Account:
    """Let all clients do ``pieces`` of work together, each over a connection of its own; return what was said."""
    from django.db import connections

    connections.close_all()
    context = multiprocessing.get_context("fork")
    start, lines = context.Barrier(PROCESSES * THREADS), []
    processes = []
    for place in range(PROCESSES):
        ours, theirs = context.Pipe(duplex=False)
        numbers = range(place, pieces, PROCESSES)
        process = context.Process(target=_house_of_clients, args=(theirs, start, numbers, seed, work))
        process.start()
        theirs.close()
        lines.append(ours)
        processes.append(process)
    total = Account()
    for line in lines:
        total.add(line.recv())
    for process in processes:
        process.join()
    return total


def _house_of_clients(line: Any, start: Any, numbers: range, seed: int, work: Work) -> None:
    accounts = [Account() for _ in range(THREADS)]
    clients = [
        threading.Thread(target=_client, args=(start, numbers[place::THREADS], seed, work, account))
        for place, account in enumerate(accounts)
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    total = Account()
    for account in accounts:
        total.add(account)
    line.send(total)
    line.close()


def _client(start: Any, numbers: range, seed: int, work: Work, account: Account) -> None:
    from django.db import connection

    connection.ensure_connection()
    start.wait()
    for number in numbers:
        began = time.perf_counter()
        try:
            work(number, random.Random(f"{seed}-{number}"), account)
        except Exception as error:  # whatever a client is shown that is no refusal is counted
            account.answers[f"error {type(error).__name__}"] += 1
        account.waits.append(time.perf_counter() - began)
    connection.close()


def write_claims(found: Account) -> None:
    """Write down what clients were told, for the audit to hold against the ledger."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO bench_claim VALUES (%s, %s, %s, %s)", found.claims)


def sold_too_many(found: Account, sku_ids: list[int]) -> int:
    """Return of how many SKUs clients were promised more units than came, or others than the balances say."""
    from catalog.models import Stock

    promised: Counter[int] = Counter()
    for _number, sku_id, _state, units in found.claims:
        promised[sku_id] += units
    left = dict(Stock.objects.filter(sku__in=sku_ids).values_list("sku", "available"))
    return sum(promised[pk] > UNITS or left[pk] != UNITS - promised[pk] for pk in sku_ids)


def oversold_codes(codes: list[str]) -> int:
    """Return of how many SKUs the orders that stand hold more units than came, or others than the balances say."""
    from django.db.models import Sum

    from catalog.models import Stock
    from orders.models import OrderLine

    lines = OrderLine.objects.filter(sku__code__in=codes).exclude(order__status="cancelled")
    sold = dict(lines.values_list("sku__code").annotate(Sum("units")))
    left = dict(Stock.objects.filter(sku__code__in=codes).values_list("sku__code", "available"))
    return sum(left[code] != BASKET_UNITS - sold.get(code, 0) or left[code] < 0 for code in codes)


def deadlocks() -> int:
    """Return how many deadlocks PostgreSQL has broken in this database."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def _answers(doing: str, found: Account) -> Iterator[Row]:
    for answer, count in sorted(found.answers.items()):
        if not answer.startswith("error"):
            yield Row(f"{doing}: {answer}", count)


def _waits(what: str, found: Account) -> Iterator[Row]:
    p99, median = tail(found.waits)
    yield Row(f"p50 of {what}", median * 1000, "ms")
    yield Row(f"p99 of {what}", p99 * 1000, "ms")


def _errors(found: Account, broken: int) -> Iterator[Row]:
    errors = {answer: count for answer, count in found.answers.items() if answer.startswith("error")}
    if errors:
        print(errors)
    yield Row("errors that a client was shown", sum(errors.values()), at_most=0, promise=True)
    yield Row("deadlocks", broken, at_most=0, promise=True)


def _median(figures: list[float]) -> float:
    return statistics.median(figures)
