"""The four ready tests, given to orders."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from catalog.models import Stock
from catalog.operations.reserving import ReservationItem, ReservationRequest, reserve_stock
from catalog.queries.audit import audit_stock
from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import User
from ops_portal.lib.testing import (
    assert_batch_does_what_one_by_one_does,
    assert_moves_follow_table,
    assert_statements,
    race,
)
from orders.choices import ORDER_MOVES, OrderStatus
from orders.models import Order, OrderLine
from orders.operations.placing import place_orders, take_in_orders
from tests.factories import ACTOR, NOON, make_shop, make_sku, make_warehouse, order_draft, receive, stock_of


@pytest.mark.django_db
def test_every_move_of_an_order_by_every_role():
    shop = make_shop("S1")

    def make(status: str) -> Order:
        pk = take_in_orders([order_draft(shop, ("NOWHERE", 1))], actor=ACTOR, at=NOON).one().id
        Order.objects.filter(pk=pk).update(status=status)
        return Order.objects.get(pk=pk)

    tried = assert_moves_follow_table(ORDER_MOVES, OrderStatus.values, Role.values, make, at=NOON)
    assert tried == 11 * 11 * 15


@pytest.mark.django_db
def test_the_list_of_orders_takes_4_statements_with_1_row_and_with_3(client):
    warehouse, sku, shop = make_warehouse("MAIN"), make_sku("A"), make_shop("S1")
    receive(sku, 10, warehouse=warehouse)
    client.force_login(User.objects.create_user("op", roles=[Role.OPERATIONS_MANAGER]))

    def show() -> None:
        assert client.get("/api/v1/orders/").status_code == 200

    def add_row() -> None:
        place_orders([order_draft(shop, (sku, 1))], actor=ACTOR, at=NOON).one()

    assert_statements(4, show, add_row)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("operation", [place_orders, take_in_orders])
def test_a_batch_of_12_orders_does_what_12_orders_do(operation, seed):
    """Scarce stock, two warehouses, an unknown SKU, the same number twice with the same and with other content."""
    dice = random.Random(seed)
    north, south = make_warehouse("NORTH"), make_warehouse("SOUTH")
    skus = [make_sku(f"A{i}") for i in range(4)]
    for sku in skus:
        receive(sku, dice.randint(1, 6), warehouse=north)
        receive(sku, dice.randint(1, 6), warehouse=south, owner="ACME")
    shop = make_shop("S1")
    drafts = []
    for index in range(12):
        wanted = dice.sample([*skus, "NOWHERE"] if index % 5 == 0 else skus, dice.randint(1, 3))
        number = f"N{index}" if index % 4 else f"TWICE{index % 3}"
        drafts.append(order_draft(shop, *[(sku, dice.randint(1, 3)) for sku in wanted], number=number))
    drafts.append(drafts[1])

    def look():
        return (
            sorted(Order.objects.values_list("platform_number", "status", "total", "warehouse__code")),
            sorted(OrderLine.objects.values_list("order__platform_number", "position", "sku_code", "units")),
            sorted(
                Stock.objects.values_list("sku__code", "warehouse__code", "owner", "available", "reserved")
            ),
            audit_stock().ok,
        )

    assert_batch_does_what_one_by_one_does(lambda batch: operation(batch, actor=ACTOR, at=NOON), drafts, look)


@pytest.mark.django_db(transaction=True)
def test_10_sessions_that_place_the_same_order_make_it_once():
    warehouse, sku, shop = make_warehouse("MAIN"), make_sku("A"), make_shop("S1")
    receive(sku, 100, warehouse=warehouse)
    draft = order_draft(shop, (sku, 1), number="ONCE")
    answers = race([lambda: place_orders([draft], actor=ACTOR, at=NOON).one().what] * 10)
    assert sorted(answers) == ["created"] + ["unchanged"] * 9
    assert stock_of(sku, warehouse).reserved == 1
    assert audit_stock().ok


@pytest.mark.django_db(transaction=True)
def test_8_sessions_with_baskets_in_any_order_neither_deadlock_nor_oversell():
    warehouse = make_warehouse("MAIN")
    skus = [make_sku(f"A{i}") for i in range(6)]
    for sku in skus:
        receive(sku, 30, warehouse=warehouse)

    def buy(lane: int):
        dice = random.Random(lane)
        taken = 0
        for turn in range(10):
            items = tuple(
                ReservationItem(i, sku.pk, dice.randint(1, 3)) for i, sku in enumerate(dice.sample(skus, 4))
            )
            request = ReservationRequest("order", f"L{lane}-{turn}", (), items)
            if reserve_stock([request], actor=ACTOR, at=NOON + timedelta(seconds=turn)).done:
                taken += sum(item.units for item in items)
        return taken

    taken = race([lambda lane=lane: buy(lane) for lane in range(8)])
    assert sum(taken) == sum(stock.reserved for stock in Stock.objects.all()) > 0
    assert all(stock.available >= 0 for stock in Stock.objects.all())
