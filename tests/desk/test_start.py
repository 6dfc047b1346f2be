"""The first page: what waits, counted in as many statements with one queue as with three."""

from __future__ import annotations

import pytest

from ops_portal.accounts.choices import Role
from ops_portal.lib.testing import assert_statements
from orders.operations.moving import pick_orders, review_orders
from orders.operations.placing import place_orders
from tests.factories import ACTOR, NOON, make_shop, make_sku, make_warehouse, order_draft, receive
from tests.house.pack_scenes import received
from tests.intake.test_pages import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    receive(make_sku("A"), 99, warehouse=make_warehouse("MAIN"))
    return make_shop("S1")


def place(shop) -> int:
    return place_orders([order_draft(shop, ("A", 1))], actor=ACTOR, at=NOON).one().id


def test_the_first_page_counts_what_waits_in_each_queue(shop):
    first, second, _third = (place(shop) for _ in range(3))
    review_orders([first, second], actor=ACTOR, at=NOON)
    pick_orders([first], actor=ACTOR, at=NOON)
    page = person("manager", Role.OPERATIONS_MANAGER).get("/admin/")
    assert [(queue.label, queue.count) for queue in page.context["waiting"]] == [
        ("To review", 1),
        ("To pick", 1),
        ("To pack", 1),
    ]


def test_nothing_of_another_shop_is_counted(shop):
    place(shop)
    make_shop("S2")
    page = person("op", Role.ONSITE_OPERATOR, shop="S2").get("/admin/")
    assert page.context["waiting"] == []
    assert "Nothing waits for you." in page.content.decode()


def test_the_first_page_takes_as_many_statements_with_1_queue_as_with_3(shop):
    client = person("manager", Role.OPERATIONS_MANAGER)
    moves = iter(
        [lambda pk: None, lambda pk: review_orders([pk], actor=ACTOR, at=NOON)]
        + [
            lambda pk: (
                review_orders([pk], actor=ACTOR, at=NOON),
                pick_orders([pk], actor=ACTOR, at=NOON),
            )
        ]
        * 2
    )
    assert_statements(4, lambda: client.get("/admin/"), lambda: next(moves)(place(shop)))


def test_a_material_pack_waits_on_the_first_page_and_in_the_inbox():
    number = received().number
    client = person("manager", Role.OPERATIONS_MANAGER)
    assert [(queue.label, queue.count) for queue in client.get("/admin/").context["waiting"]] == [
        ("Material packs to enter", 1)
    ]
    assert number in client.get("/admin/desk/inbox/").content.decode()


def test_1_page_of_the_sidebar_is_marked_where_one_address_lies_under_another():
    client = person("manager", Role.OPERATIONS_MANAGER)
    for address, title in [
        ("/admin/order-desk/", "Order desk"),
        ("/admin/order-desk/pick/", "Pick list"),
        ("/admin/case-desk/parcels/", "Receive parcels"),
    ]:
        groups = client.get(address).context["sidebar_navigation"]
        assert [str(item["title"]) for group in groups for item in group["items"] if item["active"]] == [
            title
        ]
