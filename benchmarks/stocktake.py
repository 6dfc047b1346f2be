"""Sixteen people at the same shelves: twelve sell, pick, ship and cancel; four count, count again, and approve.

What really lies in each bin is kept beside the books, and now and then a unit of it is gone. Nobody reaches into a bin
while another does. At the end, with nobody selling any more, everything is counted once again: then the books hold
what lies there.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from benchmarks import agency
from benchmarks.clients import Pace
from benchmarks.house import House
from benchmarks.report import Row
from benchmarks.reservations import deadlocks

SELLERS, COUNTERS, SKUS, UNITS = 12, 4, 12, 5_000
SECONDS_OF_PACE = 120  # a pace of one second makes two minutes
GONE_EVERY = 40  # of so many orders, one unit is gone


class Shelves:
    """What really lies in the bins, one SKU in each, and the hands that reach into them."""

    def __init__(self) -> None:
        from catalog.models import Bin, Sku, Warehouse, Zone
        from catalog.operations.bins import PutAwayDraft, put_away
        from ops_portal.accounts.models import User
        from ops_portal.lib.principals import Principal, system
        from orders.models import Shop

        self.system = system("bench")
        self.codes = [f"SHELF{place:02d}" for place in range(SKUS)]
        agency.receive(dict.fromkeys(self.codes, UNITS))
        warehouse = Warehouse.objects.get(code=agency.WAREHOUSE)
        zone = Zone.objects.create(warehouse=warehouse, code="A")
        Bin.objects.bulk_create(Bin(zone=zone, warehouse=warehouse, code=f"B-{code}") for code in self.codes)
        skus = dict(Sku.objects.filter(code__in=self.codes).values_list("code", "pk"))
        drafts = [
            PutAwayDraft(warehouse.pk, skus[code], f"B-{code}", UNITS, key=f"bench:{code}") for code in skus
        ]
        put_away(drafts, actor=self.system, at=datetime.now(UTC))
        self.shop = Shop.objects.for_placing().get(code=agency.SHOP)
        self.really = dict.fromkeys(self.codes, UNITS)
        self.hands = {code: threading.Lock() for code in self.codes}
        self.serial = count(1)

        def person(name: str, role: str) -> Principal:
            user = User.objects.create_user(name, roles=[role], is_staff=True)
            return Principal("person", name, user.pk, frozenset({role}))

        self.people = [
            (person(f"opener{n}", "warehouse"), person(f"counter{n}", "warehouse"), person(f"other{n}", "warehouse"),
             person(f"manager{n}", "management"))
            for n in range(COUNTERS)
        ]  # fmt: skip

    def sell(self, chance: random.Random, said: Counter[str]) -> None:
        """Place an order of one SKU and pick it; ship it, cancel it, or leave it packed."""
        from orders.drafts import BuyerDraft, LineDraft, OrderDraft, ShipmentDraft
        from orders.operations.moving import (
            cancel_orders,
            pack_orders,
            pick_orders,
            review_orders,
            ship_orders,
        )
        from orders.operations.placing import place_orders

        doing: Any = {"actor": self.system, "at": datetime.now(UTC)}
        code, units, name = chance.choice(self.codes), chance.randint(1, 3), f"SHELF-{next(self.serial)}"
        buyer = BuyerDraft(platform_id="1", name="王小明", phone="13900000000", address="1", **agency.ADDRESS)
        lines = (LineDraft(code, units, Decimal("9.90")),)
        draft = OrderDraft(
            self.shop, name, placed_at=doing["at"], paid_at=doing["at"], buyer=buyer, lines=lines
        )
        pk = place_orders([draft], **doing).one().id
        review_orders([pk], **doing).one()
        if chance.random() < 0.2:
            cancel_orders([pk], **doing).one()
            said["cancelled"] += 1
            return
        with self.hands[code]:
            pick_orders([pk], **doing).one()
            self.really[code] -= units
            if chance.random() < 1 / GONE_EVERY:
                self.really[code] -= 1
                said["gone"] += 1
        pack_orders([pk], **doing).one()
        if chance.random() < 0.7:
            ship_orders([ShipmentDraft(pk, "SF", name)], **doing).one()
        said["sold"] += 1

    def take_stock(self, place: int, code: str) -> bool:
        """Count one bin, count it again where it differs, and approve; tell whether it differed."""
        from catalog.drafts import CountDraft, PlaceDraft, RecountDraft, ScopeDraft, StocktakeDraft
        from catalog.models import Count, Stocktake
        from catalog.operations.count_approving import approve_stocktakes
        from catalog.operations.counting import close_places, count_units, recount_units, submit_stocktakes
        from catalog.operations.stocktaking import open_stocktakes

        opener, counter, other, manager = self.people[place]
        at, bin_code = datetime.now(UTC), f"B-{code}"
        draft = StocktakeDraft(agency.WAREHOUSE, ScopeDraft(bins=(bin_code,)))
        number = open_stocktakes([draft], actor=opener, at=at).one().number
        with self.hands[code]:
            key = f"k{next(self.serial)}"
            count_units(
                [CountDraft(number, bin_code, code, self.really[code], key)], actor=counter, at=at
            ).one()
        close_places([PlaceDraft(number, bin_code)], actor=counter, at=at).one()
        submit_stocktakes([number], actor=counter, at=at).one()
        differs = Stocktake.objects.get(number=number).status == "recounting"
        if differs:
            there = Count.objects.get(stocktake__number=number, bin__code=bin_code)
            with self.hands[code]:
                again = RecountDraft(there.pk, self.really[code], f"k{next(self.serial)}")
                recount_units([again], actor=other, at=at).one()
        if Stocktake.objects.get(number=number).status == "review":
            approve_stocktakes([number], actor=manager, at=at).one()
        return differs


def bench(house: House, pace: Pace) -> Iterator[Row]:
    agency.found()
    shelves, before = Shelves(), deadlocks()
    said: Counter[str] = Counter()
    over = time.monotonic() + SECONDS_OF_PACE * pace.seconds
    start = threading.Barrier(SELLERS + COUNTERS)

    def sell(chance: random.Random) -> None:
        shelves.sell(chance, said)

    def take_stock(place: int) -> Callable[[random.Random], None]:
        def work(chance: random.Random) -> None:
            code = chance.choice(shelves.codes[place::COUNTERS])
            differs = shelves.take_stock(place, code)
            said["stocktakes"] += 1
            said["stocktakes with a difference"] += differs

        return work

    works = [sell] * SELLERS + [take_stock(place) for place in range(COUNTERS)]
    threads = [
        threading.Thread(target=_repeat, args=(work, index, over, start, said))
        for index, work in enumerate(works)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for answer, times in sorted(said.items()):
        yield Row(answer, times)
    for index, code in enumerate(shelves.codes):
        shelves.take_stock(index % COUNTERS, code)
    wrong = sum(in_bin(code) != shelves.really[code] for code in shelves.codes)
    yield Row("bins of which the books say something else than lies there", wrong, at_most=0, promise=True)
    yield Row("the audit differs", float(bool(agency.audit_stock())), at_most=0, promise=True)
    errors = sum(times for answer, times in said.items() if answer.startswith("error"))
    yield Row("errors that somebody was shown", errors, at_most=0, promise=True)
    yield Row("deadlocks", deadlocks() - before, at_most=0, promise=True)


def _repeat(
    work: Callable[[random.Random], None],
    index: int,
    over: float,
    start: threading.Barrier,
    said: Counter[str],
) -> None:
    from django.db import connection

    from ops_portal.lib.refusals import Refused

    chance = random.Random(index)
    connection.ensure_connection()
    with suppress(threading.BrokenBarrierError):
        start.wait(60)
    while time.monotonic() < over:
        try:
            work(chance)
        except Refused as refusal:
            said[f"refused: {refusal.code}"] += 1
        except Exception as error:
            said[f"error {type(error).__name__}: {str(error)[:200]}"] += 1
    connection.close()


def in_bin(code: str) -> int:
    """Return the units that the books say lie in the bin of a SKU."""
    from django.db.models import Sum

    from catalog.models import BinStock

    found = BinStock.objects.filter(bin__code=f"B-{code}").aggregate(units=Sum("units"))
    return found["units"] or 0
