"""What is said to PostgreSQL by the rest of a day: shipping an order, and the page of the figures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import django

from benchmarks import agency, floor
from benchmarks.clients import Pace
from benchmarks.house import House
from benchmarks.report import Row
from benchmarks.statements import watch_statements


def packed_order() -> int:
    """Place an order of 3 lines, lead it to the shipping scan and return its id."""
    from ops_portal.lib.principals import system
    from orders.models import Shop
    from orders.operations.moving import pack_orders, pick_orders, review_orders
    from orders.operations.placing import place_orders

    shop = Shop.objects.for_placing().get(code=agency.SHOP)
    actor, at = system("bench"), datetime.now(UTC)
    order_id = place_orders([agency.order_draft(shop, next(floor.orders()))], actor=actor, at=at).one().id
    for verb in (review_orders, pick_orders, pack_orders):
        verb([order_id], actor=actor, at=at).one()
    return order_id


def bench(house: House, pace: Pace) -> Iterator[Row]:
    django.setup()
    agency.found()
    from django.test import Client

    from ops_portal.accounts.models import User
    from ops_portal.lib.principals import system
    from orders.drafts import ShipmentDraft
    from orders.operations.moving import ship_orders

    order_id = packed_order()
    with watch_statements() as said:
        ship_orders([ShipmentDraft(order_id, "SF", "SF1")], actor=system("bench"), at=datetime.now(UTC)).one()
    yield Row("statements to ship an order", len(said), at_most=15)
    browser = Client()
    browser.force_login(User.objects.create_superuser("bench", password=None))
    browser.get("/admin/figures/")
    with watch_statements() as said:
        assert browser.get("/admin/figures/").status_code == 200
    yield Row("statements of the figures page", len(said), at_most=12)
