"""What files did to orders is taken back: in one go or in parts, by whoever may bring such files."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest

from ops_portal.accounts.choices import Role
from ops_portal.lib.principals import Principal
from orders.choices import OrderStatus, RefundStatus
from orders.drafts import RefundDraft
from orders.models import Order
from orders.operations.placing import take_in_orders
from orders.operations.refunding import move_refunds
from orders.operations.undoing import take_back_orders, undo_orders
from tests.factories import ACTOR, NOON, make_shop, make_sku, make_warehouse, order_draft, receive

pytestmark = pytest.mark.django_db
FIRST, SECOND, UNDONE = (NOON + timedelta(minutes=minutes) for minutes in (1, 2, 30))


def change(placed, at, restored_at=()):
    return SimpleNamespace(
        object_id=placed.id, what=placed.what, before=placed.before, at=at, restored_at=restored_at
    )


def codes(outcome) -> list[str]:
    return [refusal.code for _index, refusal in outcome.refused]


@pytest.fixture
def draft():
    sku = make_sku("A")
    receive(sku, 10, warehouse=make_warehouse("MAIN"))
    return order_draft(make_shop("S1"), (sku, 1), number="N1")


def created_then(draft, **said):
    """Take an order in at FIRST, and what is said of it later at SECOND; return both changes."""
    created = take_in_orders([draft], actor=ACTOR, at=FIRST).one()
    updated = take_in_orders([replace(draft, **said)], actor=ACTOR, at=SECOND).one()
    return change(created, FIRST), change(updated, SECOND)


@pytest.mark.parametrize("said", [{"remark": "x"}, {"refund_amount": Decimal("4.00")}])
def test_an_order_that_came_in_and_changed_in_2_parts_is_taken_back_in_2_parts(draft, said):
    created, updated = created_then(draft, **said)
    assert codes(take_back_orders([updated], actor=ACTOR, at=UNDONE)) == []
    assert codes(take_back_orders([created], actor=ACTOR, at=UNDONE)) == []
    order = Order.objects.get()
    assert (order.status, order.undone_at) == (OrderStatus.CANCELLED, UNDONE)


def test_and_in_1_part(draft):
    created, updated = created_then(draft, refund_amount=Decimal("4.00"))
    assert codes(take_back_orders([updated, created], actor=ACTOR, at=UNDONE)) == []
    assert Order.objects.get().undone_at == UNDONE


def test_a_refund_that_a_file_taken_back_before_had_brought_holds_nothing_up(draft):
    created, updated = created_then(draft, refund_amount=Decimal("4.00"))
    assert codes(take_back_orders([updated], actor=ACTOR, at=UNDONE)) == []
    again = UNDONE + timedelta(minutes=1)
    assert codes(take_back_orders([created], actor=ACTOR, at=again)) == ["used_since"]
    created.restored_at = (UNDONE,)
    assert codes(take_back_orders([created], actor=ACTOR, at=again)) == []


def test_a_refund_that_somebody_moved_between_the_2_parts_keeps_the_order(draft):
    created, updated = created_then(draft, remark="x")
    requested = [RefundDraft(updated.object_id, RefundStatus.REQUESTED, Decimal(0))]
    move_refunds(requested, actor=ACTOR, at=SECOND + timedelta(minutes=1)).one()
    outcome = take_back_orders([updated, created], actor=ACTOR, at=UNDONE)
    assert codes(outcome) == ["used_since", "used_since"]


@pytest.mark.parametrize(
    ("role", "answer"),
    [
        (Role.ONSITE_OPERATOR, []),
        (Role.OPERATIONS, []),
        (Role.SALES, []),
        (Role.CUSTOMER_SERVICE, []),
        (Role.MANAGEMENT, []),
        (Role.WAREHOUSE, ["role_may_not_move"]),
    ],
)
def test_who_brings_a_report_takes_it_back(draft, role, answer):
    placed = take_in_orders([replace(draft, fate="recorded")], actor=ACTOR, at=FIRST).one()
    person = Principal("person", "p", roles=frozenset({role}))
    assert codes(take_back_orders([change(placed, FIRST)], actor=person, at=UNDONE)) == answer


def test_the_refused_of_a_batch_are_named_by_their_own_place(draft):
    numbers = [replace(draft, platform_number=f"N{i}", fate="recorded") for i in range(2)]
    ids = [placed.id for placed in take_in_orders(numbers, actor=ACTOR, at=FIRST).done]
    Order.objects.filter(pk=ids[0]).update(status=OrderStatus.SHIPPED)
    person = Principal("person", "p", roles=frozenset({Role.WAREHOUSE}))
    refused = undo_orders(ids, actor=person, at=UNDONE).refused
    assert [(i, refusal.code) for i, refusal in refused] == [(0, "used_since"), (1, "role_may_not_move")]


def test_the_review_begins_with_the_payment_and_ends_with_it(draft):
    created = take_in_orders([replace(draft, paid_at=None)], actor=ACTOR, at=FIRST).one()
    assert Order.objects.get().review_by is None
    updated = take_in_orders([replace(draft, paid_at=SECOND)], actor=ACTOR, at=SECOND).one()
    assert Order.objects.get().review_by == SECOND + timedelta(minutes=30)
    remarked = take_in_orders([replace(draft, paid_at=SECOND, remark="x")], actor=ACTOR, at=UNDONE).one()
    assert take_back_orders([change(remarked, UNDONE)], actor=ACTOR, at=UNDONE).refused == []
    assert Order.objects.get().review_by == SECOND + timedelta(minutes=30)
    back = take_back_orders([change(updated, SECOND, (UNDONE,))], actor=ACTOR, at=UNDONE)
    assert (back.refused, Order.objects.get().review_by) == ([], None)
    assert created.what == "created"
