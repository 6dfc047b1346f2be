"""The queue of orders that wait: in stretches, the first paid first, to its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from catalog.models import Sku
from catalog.queries.audit import audit_stock
from orders.choices import OrderStatus, RefundStatus
from orders.drafts import RefundDraft
from orders.models import Order
from orders.operations.placing import take_in_orders
from orders.operations.refunding import move_refunds
from orders.operations.waiting import serve_waiting_orders
from orders.tasks import serve_waiting
from tests.factories import ACTOR, NOON, make_shop, make_sku, make_warehouse, order_draft, receive, stock_of

pytestmark = pytest.mark.django_db
S = OrderStatus


@pytest.fixture
def house():
    return make_warehouse("MAIN"), make_sku("A"), make_shop("S1")


def waits(house, number: str, units: int, *, paid: int | None = 0, **changes) -> int:
    """Take in an order paid ``paid`` minutes after noon, or not at all."""
    _warehouse, sku, shop = house
    paid_at = None if paid is None else NOON + timedelta(minutes=paid)
    draft = replace(order_draft(shop, (sku, units), number=number), paid_at=paid_at, **changes)
    return take_in_orders([draft], actor=ACTOR, at=NOON).one().id


def status_of(*ids: int) -> list[str]:
    found = dict(Order.objects.values_list("pk", "status"))
    return [found[pk] for pk in ids]


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 100])
def test_a_queue_of_7_is_gone_through_once_whatever_the_stretch(house, limit):
    paid = [3, None, 1, 1, None, 2, 3]
    ids = [waits(house, f"N{place}", 2, paid=minutes) for place, minutes in enumerate(paid)]
    receive(house[1], 8, warehouse=house[0])
    served, after, turns = [], None, 0
    while True:
        stretch = serve_waiting_orders(actor=ACTOR, at=NOON, after=after, limit=limit)
        served += [order.pk for order in stretch.done]
        after, turns = stretch.go_on_after, turns + 1
        if after is None:
            break
    assert served == [ids[2], ids[3], ids[5], ids[0]]
    assert turns == 7 // limit + 1
    assert audit_stock().ok


def test_the_sweep_goes_past_orders_that_can_not_be_served(house, monkeypatch):
    monkeypatch.setitem(serve_waiting_orders.__wrapped__.__kwdefaults__, "limit", 2)
    large = [waits(house, f"L{place}", 50) for place in range(5)]
    small = waits(house, "SMALL", 1, paid=9)
    receive(house[1], 3, warehouse=house[0])
    assert status_of(small) == [S.SHORT]
    serve_waiting()
    assert status_of(*large, small) == [S.SHORT] * 5 + [S.CREATED]


def test_units_go_past_the_order_that_was_refunded_to_the_one_that_was_paid(house):
    warehouse, sku, _shop = house
    refunded = waits(house, "R1", 5, refund_amount=Decimal(50))
    asked = waits(house, "R2", 5)
    move_refunds([RefundDraft(asked, RefundStatus.REQUESTED, Decimal(0))], actor=ACTOR, at=NOON).one()
    paid = waits(house, "R3", 5, paid=9)
    receive(sku, 15, warehouse=warehouse)
    serve_waiting_orders(actor=ACTOR, at=NOON)
    assert status_of(refunded, asked, paid) == [S.SHORT, S.SHORT, S.CREATED]
    move_refunds([RefundDraft(asked, RefundStatus.NONE, Decimal(0))], actor=ACTOR, at=NOON).one()
    serve_waiting_orders(actor=ACTOR, at=NOON)
    assert status_of(refunded, asked) == [S.SHORT, S.CREATED]
    assert stock_of(sku, warehouse).available == 5


def test_an_order_that_comes_in_refunded_takes_none_of_5_units(house):
    warehouse, sku, _shop = house
    receive(sku, 5, warehouse=warehouse)
    assert status_of(waits(house, "R4", 2, refund_amount=Decimal(20))) == [S.SHORT]
    assert stock_of(sku, warehouse).available == 5


def test_an_arrival_serves_200_at_once_and_leaves_the_rest_to_the_sweep(
    house, django_capture_on_commit_callbacks
):
    _warehouse, sku, shop = house
    take_in_orders([order_draft(shop, (sku, 1)) for _place in range(203)], actor=ACTOR, at=NOON)
    with django_capture_on_commit_callbacks(execute=True):
        receive(sku, 203, warehouse=house[0])
    assert Order.objects.filter(status=S.CREATED).count() == 200
    serve_waiting()
    assert Order.objects.filter(status=S.CREATED).count() == 203


def test_what_a_platform_sold_is_taken_in_though_we_sell_it_no_more(house):
    receive(house[1], 5, warehouse=house[0])
    Sku.objects.filter(code="A").update(is_active=False)
    assert status_of(waits(house, "OLD", 1)) == [S.CREATED]


def test_the_review_of_a_short_order_begins_when_its_units_arrive(house):
    paid, unpaid = waits(house, "N1", 2), waits(house, "N2", 2, paid=None)
    assert set(Order.objects.values_list("review_by", flat=True)) == {None}
    receive(house[1], 8, warehouse=house[0])
    later = NOON + timedelta(days=2)
    assert len(serve_waiting_orders(actor=ACTOR, at=later).done) == 2
    due = dict(Order.objects.values_list("pk", "review_by"))
    assert due == {paid: later + timedelta(minutes=30), unpaid: None}
