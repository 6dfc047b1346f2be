"""Place one order of three lines, checked and reserved, by the operation itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import django

from benchmarks import agency, floor
from benchmarks.clients import Pace, Step, crews, take_turns
from benchmarks.house import House
from benchmarks.report import Row


def by_operation(index: int) -> Step:
    """Prepare a client that calls ``place_orders`` with one order at a time."""
    django.setup()
    from ops_portal.lib.principals import system
    from orders.models import Shop
    from orders.operations.placing import place_orders

    shop = Shop.objects.for_placing().get(code=agency.SHOP)
    actor, waiting = system("bench"), floor.orders()

    def step() -> int:
        draft = agency.order_draft(shop, next(waiting))
        place_orders([draft], actor=actor, at=datetime.now(UTC)).one()
        return 1

    return step


def statements_per_order() -> list[str]:
    """Return the statements of one order, once the connection is warm."""
    from benchmarks.statements import watch_statements

    step = by_operation(0)
    step()
    with watch_statements() as said:
        step()
    return said


def bench(house: House, pace: Pace) -> Iterator[Row]:
    agency.found()
    said = statements_per_order()
    with crews(
        floor_one=(1, floor.one_by_one, house.url, floor.place_row_by_row),
        one=(1, by_operation),
        floor_eight=(8, floor.one_by_one, house.url, floor.place_row_by_row),
        eight=(8, by_operation),
    ) as working:
        taken = take_turns(working, pace)
    yield Row("one client", taken["one"], "orders/s", floor=taken["floor_one"], at_least=0.5)
    yield Row("eight clients", taken["eight"], "orders/s", floor=taken["floor_eight"])
    yield Row("statements an order", len(said), at_most=12)
    yield Row("ledger differs from counters", bool(agency.audit_stock()), at_most=0, promise=True)
