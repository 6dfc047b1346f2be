"""Placing orders: reserved whole, counted once, refused with every short SKU named."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from catalog.drafts import BundleDraft, ComponentDraft
from catalog.models import Channel, ChannelSku, ChannelStock
from catalog.operations.goods import save_bundles
from catalog.queries.audit import audit_stock
from orders.choices import OrderStatus
from orders.models import LineComponent, Order, Oversale
from orders.operations.placing import OrderDiffers, place_orders, take_in_orders
from tests.factories import ACTOR, NOON, make_shop, make_sku, make_warehouse, order_draft, receive, stock_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    warehouse = make_warehouse("MAIN")
    skus = [make_sku(f"A{i}") for i in range(3)]
    for sku in skus:
        receive(sku, 10, warehouse=warehouse)
    return warehouse, skus, make_shop("S1")


def test_an_order_of_3_lines_reserves_its_6_units(house):
    warehouse, skus, shop = house
    placed = place_orders([order_draft(shop, *[(sku, 2) for sku in skus])], actor=ACTOR, at=NOON).one()
    order = Order.objects.get(pk=placed.id)
    assert (order.status, order.total, order.lines.count()) == (OrderStatus.CREATED, Decimal("60.00"), 3)
    assert [stock_of(sku, warehouse).reserved for sku in skus] == [2, 2, 2]
    assert audit_stock().ok


def test_a_short_order_names_both_short_skus_and_leaves_nothing(house):
    _warehouse, skus, shop = house
    outcome = place_orders(
        [order_draft(shop, (skus[0], 11), (skus[1], 1), (skus[2], 12))], actor=ACTOR, at=NOON
    )
    [(index, refusal)] = outcome.refused
    assert (index, [short["sku"] for short in refusal.facts["skus"]]) == (0, ["A0", "A2"])
    assert not Order.objects.exists()


def test_the_same_order_is_answered_and_another_content_refused(house):
    _warehouse, skus, shop = house
    draft = order_draft(shop, (skus[0], 1), number="X1")
    first = place_orders([draft], actor=ACTOR, at=NOON).one()
    again = place_orders([draft], actor=ACTOR, at=NOON).one()
    assert (again.id, again.what) == (first.id, "unchanged")
    with pytest.raises(OrderDiffers):
        place_orders([order_draft(shop, (skus[0], 2), number="X1")], actor=ACTOR, at=NOON).one()


def test_a_platform_order_is_kept_short_and_served_when_units_arrive(
    house, django_capture_on_commit_callbacks
):
    warehouse, skus, shop = house
    placed = take_in_orders([order_draft(shop, (skus[0], 11))], actor=ACTOR, at=NOON).one()
    assert placed.status == OrderStatus.SHORT
    with django_capture_on_commit_callbacks(execute=True):
        receive(skus[0], 5, warehouse=warehouse)
    assert Order.objects.get(pk=placed.id).status == OrderStatus.CREATED
    assert stock_of(skus[0], warehouse).available == 4
    assert audit_stock().ok


def test_what_an_order_wanted_beyond_the_stock_is_noted_with_what_its_shop_showed(house):
    _warehouse, skus, shop = house
    code = ChannelSku.objects.create(
        channel=Channel.objects.get(code=shop.code),
        code="T-1",
        sku=skus[0],
        status="matched",
        created_at=NOON,
        updated_at=NOON,
    )
    ChannelStock.objects.create(channel_sku=code, units=12, since=NOON, pushed_at=NOON)
    placed = take_in_orders(
        [order_draft(shop, (skus[0], 11), (skus[1], 1), (skus[2], 12))], actor=ACTOR, at=NOON
    ).one()
    assert sorted(Oversale.objects.values_list("order", "sku__code", "wanted", "available", "shown")) == [
        (placed.id, "A0", 11, 10, 12),
        (placed.id, "A2", 12, 10, None),
    ]


def test_an_order_that_is_served_or_refused_leaves_no_oversale(house):
    _warehouse, skus, shop = house
    take_in_orders([order_draft(shop, (skus[0], 1))], actor=ACTOR, at=NOON).one()
    assert place_orders([order_draft(shop, (skus[0], 11))], actor=ACTOR, at=NOON).refused
    assert not Oversale.objects.exists()


def test_no_oversale_is_changed_or_taken_away(house):
    _warehouse, skus, shop = house
    take_in_orders([order_draft(shop, (skus[0], 11))], actor=ACTOR, at=NOON).one()
    for verb in (lambda rows: rows.update(wanted=1), lambda rows: rows.delete()):
        with pytest.raises(DatabaseError, match="append_only"), transaction.atomic():
            verb(Oversale.objects.all())


def test_3_components_stand_in_the_sequence_of_their_bundle_though_the_lines_be_hashed(house):
    """Beside 400 lines PostgreSQL hashes the components, and a bucket gives back what it took last."""
    warehouse, skus, shop = house
    take_in_orders([order_draft(shop, (skus[0], 1)) for _ in range(400)], actor=ACTOR, at=NOON)
    codes = ("CAP", "SHIRT", "BELT")
    for code in codes:
        receive(make_sku(code), 5, warehouse=warehouse)
    bundle = make_sku("SET")
    parts = tuple(ComponentDraft(code, 1, Decimal(1)) for code in codes)
    save_bundles([BundleDraft("SET", parts)], actor=ACTOR, at=NOON).one()
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE orders_orderline; SET LOCAL enable_nestloop = off; SET LOCAL enable_mergejoin = off"
        )
    placed = place_orders([order_draft(shop, (bundle, 1))], actor=ACTOR, at=NOON).one()
    written = LineComponent.objects.filter(line__order=placed.id).order_by("pk")
    assert tuple(written.values_list("sku__code", flat=True)) == codes
