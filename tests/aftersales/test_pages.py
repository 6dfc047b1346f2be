"""The pages of the after-sales desk, as people use them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from aftersales.desk import CASES
from aftersales.models import Case
from aftersales.operations.intercepting import open_intercepted
from ops_portal.accounts.choices import Role
from ops_portal.lib.testing import assert_statements
from orders.choices import OrderStatus
from orders.models import Order, OrderLine
from orders.operations.moving import cancel_orders
from tests.aftersales.houses import (
    LATER,
    House,
    approved,
    books_agree,
    goods_of,
    inspected,
    opened,
    received,
    refunded,
)
from tests.factories import ACTOR, receive
from tests.house.agency import at_the_door, person

pytestmark = pytest.mark.django_db
DESK = "/admin/case-desk/"


@pytest.fixture
def house() -> House:
    return House()


def client_of(name: str, *roles: Role) -> Client:
    return at_the_door(name, person(name, *roles, shops=("S1",))).client


@pytest.fixture
def boss() -> Client:
    return client_of("boss", Role.OPERATIONS_MANAGER)


@pytest.fixture
def keeper() -> Client:
    return client_of("keeper", Role.WAREHOUSE)


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def test_the_list_shows_each_case_in_its_queue_and_no_other(house, boss):
    waits, comes = opened(house.order()), approved(house.order())
    found = {
        queue: [number in text_of(boss, f"{DESK}?queue={queue}") for number in (waits.number, comes.number)]
        for queue in ("case_review", "case_parcel", "case_inspect", "case_refund", "open", "all")
    }
    assert found == {
        "case_review": [True, False],
        "case_parcel": [False, True],
        "case_inspect": [False, False],
        "case_refund": [False, False],
        "open": [True, True],
        "all": [True, True],
    }


@pytest.mark.parametrize("query", ["", "?queue=all", "?late=1", "?q=NOTHING&queue=all"])
def test_the_list_takes_as_many_statements_for_3_cases_as_for_1(house, boss, query):
    count = 6 if "NOTHING" in query else 7  # without cases there are no lines to fetch
    assert_statements(count, lambda: text_of(boss, DESK + query), lambda: opened(house.order()))


def test_a_number_that_anybody_gave_finds_its_case(house, boss):
    case = opened(house.order(number="T-ORDER"), source_key="PLATFORM-1")
    other = opened(house.order())
    for number in (case.number, "PLATFORM-1", "T-ORDER", case.order.number):
        text = text_of(boss, f"{DESK}?queue=all&q={number}")
        assert (f"{DESK}{case.number}/" in text, f"{DESK}{other.number}/" in text) == (True, False)


def test_a_case_is_led_by_buttons_from_the_order_to_the_refund(house, boss, keeper):
    order = house.order()
    line = OrderLine.objects.get(order=order)
    assert line.sku_code in text_of(boss, f"{DESK}new/?order={order.platform_number}")
    form = {"order": order.number, "kind": "return", "reason": "quality", f"units-{line.pk}": "1"}
    answer = boss.post(f"{DESK}new/", form)
    case = Case.objects.get()
    assert answer["Location"] == f"{DESK}{case.number}/"
    boss.post(f"{DESK}{case.number}/approve/")
    boss.post(f"{DESK}{case.number}/send-back/", {"carrier": "YTO", "waybill_number": "BACK-1"})
    assert case.number in text_of(keeper, f"{DESK}parcels/?q=BACK-1")
    keeper.post(f"{DESK}{case.number}/receive/")
    text = text_of(keeper, f"{DESK}parcels/?q=BACK-1")
    (row,) = goods_of(case)
    assert f"resell-{row.pk}" in text
    keeper.post(f"{DESK}{case.number}/inspect/", {f"resell-{row.pk}": "1"})
    text_of(boss, f"{DESK}{case.number}/")
    boss.post(f"{DESK}{case.number}/refund/", {f"amount-{case.lines.get().pk}": "10.00", "reference": "P1"})
    case.refresh_from_db()
    assert (case.status, case.refund_status, case.payment_reference) == ("closed", "paid", "P1")
    assert house.balances() == {"available": 9, "sold": 1}
    assert "P1" in text_of(boss, f"{DESK}{case.number}/")
    assert books_agree()


def test_ticked_cases_are_approved_together(house, boss):
    cases = [opened(house.order()), opened(house.order())]
    boss.post(f"{DESK}approve/", {"number": [case.number for case in cases]})
    assert set(Case.objects.values_list("status", flat=True)) == {"approved"}


def test_a_verb_of_another_role_is_403_and_changes_nothing(house, keeper):
    case = opened(house.order())
    for verb in ("approve", "reject", "withdraw", "refund", "refuse-refund", "send-back"):
        assert keeper.post(f"{DESK}{case.number}/{verb}/", {"reason": "x"}).status_code == 403
    assert keeper.post(f"{DESK}{case.number}/explode/").status_code == 404
    assert Case.objects.get().status == "requested"


def test_what_can_not_be_read_is_said_and_changes_nothing(house, boss):
    case = received(house.order())
    (row,) = goods_of(case)
    answer = boss.post(f"{DESK}{case.number}/inspect/", {f"resell-{row.pk}": "many"}, follow=True)
    assert "“many” is no number of units." in answer.content.decode()
    answer = boss.post(f"{DESK}{case.number}/inspect/", {f"resell-{row.pk}": "1"}, follow=True)
    assert "Grade every unit" in answer.content.decode()
    assert Case.objects.get().status == "received"


def test_a_parcel_that_was_called_back_is_taken_in_by_its_first_waybill(house, keeper):
    order = house.order(until=OrderStatus.SHIPPED)
    cancel_orders([order.pk], actor=ACTOR, at=LATER).one()
    waybill = f"W{order.pk}"
    assert "called back" in text_of(keeper, f"{DESK}parcels/?q={waybill}")
    answer = keeper.post(f"{DESK}parcels/intercepted/", {"order": order.number})
    case = Case.objects.get()
    assert answer["Location"] == f"{DESK}parcels/?q={case.number}"
    assert open_intercepted(actor=ACTOR, at=LATER).done == []
    keeper.post(f"{DESK}{case.number}/receive/")
    (row,) = goods_of(case)
    keeper.post(f"{DESK}{case.number}/inspect/", {f"resell-{row.pk}": "2"})
    assert Case.objects.get().status == "closed"
    assert house.balances() == {"available": 10}
    assert books_agree()


def test_another_shops_case_is_not_there(house):
    case = opened(house.order())
    stranger = at_the_door("far", person("far", Role.AFTERSALES, shops=("S2",))).client
    assert case.number not in text_of(stranger, f"{DESK}?queue=all")
    assert stranger.get(f"{DESK}{case.number}/").status_code == 404
    assert stranger.post(f"{DESK}{case.number}/approve/").status_code == 404
    stranger.post(f"{DESK}approve/", {"number": case.number})
    assert Case.objects.get().status == "requested"
    assert Order.objects.get().number not in text_of(
        stranger, f"{DESK}new/?order={case.order.platform_number}"
    )


def test_a_case_leads_to_the_next_one_of_the_queue_that_it_left(house, boss):
    first, second, third = (opened(house.order((house.sku, 1))) for _ in range(3))
    done = boss.post(f"{DESK}{first.number}/approve/", follow=True)
    assert f'href="{DESK}{second.number}/" autofocus' in done.content.decode()
    boss.post(f"{DESK}approve/", {"number": [second.number]})
    last = boss.post(f"{DESK}{third.number}/approve/", follow=True).content.decode()
    assert "autofocus" not in last
    assert "Nothing else waits in “Cases to decide”." in last
    odd = text_of(boss, f"{DESK}{third.number}/?left=nowhere")
    assert "Nothing else waits" not in odd


def test_a_case_says_what_its_refund_does_to_an_order_that_is_not_shipped(house, boss):
    part = opened(house.order(until=OrderStatus.PACKED), 0, kind="refund_only", amount=Decimal("5.00"))
    whole = opened(house.order(until=OrderStatus.PACKED), 0, kind="refund_only", amount=Decimal("20.00"))
    gone = opened(house.order(), 0, kind="refund_only", amount=Decimal("5.00"))
    said = ["all its lines are still shipped", "it is cancelled, and its stock is free"]
    found = [
        [words in text_of(boss, f"{DESK}{case.number}/") for words in said] for case in (part, whole, gone)
    ]
    assert found == [[True, False], [False, True], [False, False]]


def test_a_refund_that_was_refused_before_it_was_due_does_not_look_as_if_it_had_been_due(house, boss):
    case = opened(house.order())
    address = f"{DESK}{case.number}/"
    assert "<b>due</b>" in text_of(boss, address)
    boss.post(f"{address}reject/", {"reason": "worn"})
    text = text_of(boss, address)
    assert ("<b>due</b>" in text, "<b>refund refused</b>" in text) == (False, True)


def test_the_carrier_of_a_return_is_called_by_its_name(house, boss):
    case = opened(house.order())
    boss.post(f"{DESK}{case.number}/approve/")
    boss.post(f"{DESK}{case.number}/send-back/", {"carrier": "YTO", "waybill_number": "BACK-1"})
    text = text_of(boss, f"{DESK}{case.number}/")
    assert text.count("YTO Express BACK-1") == 2


def test_customer_service_ticks_only_what_it_may_approve_and_refusals_are_counted(house):
    service = client_of("amy", Role.CUSTOMER_SERVICE)
    small = opened(house.order((house.sku, 1)))
    Case.objects.filter(pk=(large := opened(house.order((house.sku, 1)))).pk).update(amount=Decimal("200.01"))
    page = text_of(service, f"{DESK}?queue=case_review")
    ticks = [f'name="number" value="{case.number}"' in page for case in (small, large)]
    assert ticks == [True, False]
    receive(house.sku, 10, warehouse=house.warehouse)
    many = [opened(house.order((house.sku, 1))) for _ in range(12)]
    Case.objects.filter(pk__in=[case.pk for case in many]).update(amount=Decimal("300.00"))
    answer = service.post(f"{DESK}approve/", {"number": [case.number for case in many]}, follow=True)
    text = answer.content.decode()
    assert text.count("after-sales decides") - text.count("Above ") == 10
    assert "2 more were refused." in text


def test_a_case_that_is_over_stands_in_no_queue_and_is_offered_to_nobody(house, boss):
    address = f"{DESK}{opened(house.order()).number}/"
    offers, queues = 'name="to" value="take"', ("Cases to decide", "Refunds due")
    seen = []
    for step in ({}, {"reason": "worn"}):
        if step:
            boss.post(f"{address}reject/", step)
        panel = text_of(boss, address).split('id="desk-panel"')[1].split('class="desk-timeline"')[0]
        seen.append([offers in panel, *(queue in panel for queue in queues)])
    assert seen == [[True, True, False], [False, False, False]]
    paid = refunded(inspected(received(house.order())))
    assert (paid.status, CASES.rows(Case.objects.filter(pk=paid.pk)).get()[1]) == ("closed", None)
    assert offers not in text_of(boss, f"{DESK}{paid.number}/")
