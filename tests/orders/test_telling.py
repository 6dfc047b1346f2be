"""What partners' systems hear of orders: their own brands, nothing of others and nothing of the buyer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from ops_portal.accounts.choices import GrantKind, Role
from ops_portal.accounts.models import Grant, User
from ops_portal.lib.principals import acting_as
from ops_portal.lib.testing.statements import statements_of
from ops_portal.outbox.models import Endpoint, Event
from orders.choices import RefundStatus
from orders.drafts import RefundDraft, ShipmentDraft
from orders.operations.moving import (
    cancel_orders,
    complete_orders,
    deliver_orders,
    pack_orders,
    pick_orders,
    review_orders,
    ship_orders,
)
from orders.operations.placing import place_orders, take_in_orders
from orders.operations.refunding import move_refunds
from orders.operations.undoing import undo_orders
from tests.factories import ACTOR, NOON, make_shop, make_sku, make_warehouse, order_draft, receive

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def house():
    warehouse = make_warehouse("MAIN")
    skus = make_sku("A", brand="ACME"), make_sku("B", brand="BOLT")
    for sku in skus:
        receive(sku, 50, warehouse=warehouse)
    return (*skus, make_shop("S1"))


@pytest.fixture
def listener(house):
    with acting_as(ACTOR):
        user = User.objects.create_user("acme", roles=[Role.BRAND_PARTNER])
        Grant.objects.create(user=user, kind=GrantKind.BRAND, code="ACME")
        return Endpoint.objects.create(
            owner=user, url="https://acme.example/hook", secret_sealed=b"x", created_at=NOON, updated_at=NOON
        )


def heard() -> list[tuple[str, str, str]]:
    events = Event.objects.order_by("pk")
    return [(event.kind, event.brand, event.facts["status"]) for event in events]


def test_the_partner_of_1_of_2_brands_hears_the_course_of_the_order(house, listener):
    pk = place_orders([order_draft(house[2], (house[0], 1), (house[1], 1))], actor=ACTOR, at=NOON).one().id
    for verb in (review_orders, pick_orders, pack_orders):
        verb([pk], actor=ACTOR, at=NOON).one()
    ship_orders([ShipmentDraft(pk, "SF", "W1")], actor=ACTOR, at=NOON).one()
    deliver_orders([pk], actor=ACTOR, at=NOON).one()
    complete_orders([pk], actor=ACTOR, at=NOON).one()
    assert heard() == [
        ("order.placed", "ACME", "created"),
        ("order.shipped", "ACME", "shipped"),
        ("order.delivered", "ACME", "delivered"),
        ("order.completed", "ACME", "completed"),
    ]
    assert {frozenset(event.facts) for event in Event.objects.all()} == {
        frozenset({"status", "refund_status"})
    }


def test_an_order_of_another_brand_is_heard_by_nobody(house, listener):
    place_orders([order_draft(house[2], (house[1], 1))], actor=ACTOR, at=NOON).one()
    assert heard() == []


def test_short_refund_and_cancelling_are_heard(house, listener):
    draft = order_draft(house[2], (house[0], 99), number="N1")
    pk = take_in_orders([draft], actor=ACTOR, at=NOON).one().id
    move_refunds([RefundDraft(pk, RefundStatus.REQUESTED, Decimal(0))], actor=ACTOR, at=NOON).one()
    take_in_orders([replace(draft, refund_amount=Decimal("10.00"))], actor=ACTOR, at=LATER).one()
    cancel_orders([pk], actor=ACTOR, at=LATER).one()
    assert heard() == [
        ("order.placed", "ACME", "short"),
        ("order.short", "ACME", "short"),
        ("order.refund_changed", "ACME", "short"),
        ("order.refund_changed", "ACME", "short"),
        ("order.cancelled", "ACME", "cancelled"),
    ]


def test_an_order_of_a_file_that_is_taken_back_is_heard_as_cancelled(house, listener):
    pk = take_in_orders([order_draft(house[2], (house[0], 1))], actor=ACTOR, at=NOON).one().id
    undo_orders([pk], actor=ACTOR, at=LATER).one()
    assert heard()[-1] == ("order.cancelled", "ACME", "cancelled")


def test_placing_1_order_takes_7_statements_at_most_and_a_batch_of_50_as_many(house):
    def place(count: int) -> int:
        drafts = [order_draft(house[2], (house[0], 1)) for _ in range(count)]
        return len([s for s in statements_of(lambda: place_orders(drafts, actor=ACTOR, at=NOON)) if s])

    place(1)
    assert (place(1), place(20)) == (7, 7)
