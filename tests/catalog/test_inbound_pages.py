"""Deliveries on their desk and over REST; and how brands kept their promises."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from catalog.choices import OWN, InboundStatus
from catalog.models import InboundDelivery, Stock, StockDocument
from catalog.operations.deliveries import local_day
from catalog.operations.inbound import InboundDraft, announce_deliveries
from catalog.operations.receiving import ReceiptDraft, ReceiptLineDraft, close_deliveries, receive_deliveries
from catalog.queries.inbound import DeliveryRecord, delivery_record
from ops_portal.accounts.choices import Role
from ops_portal.desk.kinds import kind_of
from ops_portal.lib.testing import assert_statements
from tests.catalog.inbound import WORKER, counted
from tests.factories import ACTOR, make_sku, make_warehouse
from tests.house.agency import SIGN_IN, new_key, person

pytestmark = pytest.mark.django_db
DESK = "/admin/deliveries-in/"
REST = "/api/v1/inbound-deliveries/"


def today():
    return local_day(timezone.now())


def expect(*lines: tuple[str, int], days: int = 0, **more: object) -> InboundDelivery:
    make_warehouse("MAIN")
    for code, _units in lines:
        make_sku(code)
    draft = InboundDraft("ACME", "MAIN", OWN, today() + timedelta(days=days), lines, **more)
    return announce_deliveries([draft], actor=ACTOR, at=timezone.now()).one()


def receive(delivery: InboundDelivery, code: str, units: int, *, at=None, key: str = "K") -> None:
    line = ReceiptLineDraft(code, units)
    draft = ReceiptDraft(delivery.number, (line,), key, accepts_more=True)
    receive_deliveries([draft], actor=WORKER, at=at or timezone.now()).one()


@pytest.fixture
def desk() -> Client:
    client = Client()
    client.force_login(person("wang", Role.WAREHOUSE, brands=("ACME",)), backend=SIGN_IN)
    return client


def text_of(client: Client, address: str = DESK, **query: str) -> str:
    return client.get(address, query).content.decode()


# -- the desk --------------------------------------------------------------------------------------------------


def test_each_tab_shows_what_stands_in_it(desk):
    made = {
        "ordered": expect(("A1", 5), days=2, is_order=True),
        "expected": expect(("A1", 5)),
        "late": expect(("A1", 5), days=-1),
        "receiving": expect(("A1", 5)),
        "received": expect(("A1", 5)),
    }
    for word in ("receiving", "received"):
        receive(made[word], "A1", 1)
    close_deliveries([made["received"].number], actor=ACTOR, at=timezone.now()).one()
    for tab, delivery in made.items():
        page = text_of(desk, tab=tab)
        assert {each.number for each in made.values() if each.number in page} == {delivery.number}
    assert all(each.number in text_of(desk, tab="all") for each in made.values())


def test_search_finds_by_number_waybill_senders_number_and_sku_in_whatever_tab(desk):
    delivery = expect(("A1", 5), tracking="SF1", source_key="S1")
    other = expect(("A2", 5))
    for words in (delivery.number.lower(), "SF1", "S1", "A1"):
        page = text_of(desk, tab="received", q=words)
        assert delivery.number in page
        assert other.number not in page


def test_the_list_pages_by_key_and_shows_each_delivery_once(desk):
    numbers = {expect(("A1", 1), days=n % 3).number for n in range(53)}
    first = text_of(desk)
    following = re.search(r'href="([^"]*after=[^"]*)" rel="next"', first)[1].replace("&amp;", "&")
    second = desk.get(DESK + following).content.decode()
    shown = [set(re.findall(r"IN\d{8}", page)) for page in (first, second)]
    assert [len(each) for each in shown] == [50, 3]
    assert shown[0] | shown[1] == numbers


def test_the_list_takes_13_statements_with_1_delivery_and_with_3(desk):
    assert_statements(13, lambda: text_of(desk), lambda: expect(("A1", 5)))


def test_a_delivery_is_typed_or_pasted_and_sending_the_form_twice_announces_once(desk):
    make_warehouse("MAIN")
    make_sku("A1")
    make_sku("A2")
    page = text_of(desk, f"{DESK}new/")
    sent = {
        "key": re.search(r'name="key" value="(\w+)"', page)[1],
        "brand": "ACME",
        "warehouse": "MAIN",
        "owner": "own",
        "promised_on": today().isoformat(),
        "lines": "A1\t1,200\nA2 7\n\nA1 × 3",
    }
    for _enter in range(2):
        answer = desk.post(f"{DESK}new/", sent)
        assert answer.status_code == 302
    delivery = InboundDelivery.objects.get()
    assert answer.url == f"{DESK}{delivery.number}/"
    assert counted(delivery) == {"A1": (1203, 0, 0), "A2": (7, 0, 0)}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"lines": "A1"}, "Line 1: “A1”"),
        ({"lines": "A1 5\nwhat"}, "Line 2: “what”"),
        ({"lines": "NOTHING 5"}, "“NOTHING”"),
        ({"lines": ""}, "at least one SKU"),
        ({"brand": ""}, "Choose the brand"),
        ({"brand": "BOLT"}, "no brand “BOLT”"),
        ({"warehouse": "NOWHERE"}, "no warehouse “NOWHERE”"),
        ({"promised_on": "soon"}, "for which day"),
        ({"promised_on": "9999-12-31"}, "years away"),
    ],
)
def test_a_form_that_can_not_be_read_says_why_and_keeps_what_was_typed(desk, change, said):
    make_warehouse("MAIN")
    make_sku("A1")
    make_sku("B1", brand="BOLT")
    sent = {
        "key": "k",
        "brand": "ACME",
        "warehouse": "MAIN",
        "promised_on": today().isoformat(),
        "lines": "A1 5",
    }
    answer = desk.post(f"{DESK}new/", {**sent, "supplier": "Mill & Sons", **change})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert "Mill &amp; Sons" in answer.content.decode()
    assert not InboundDelivery.objects.exists()


def test_the_page_promises_closes_reopens_and_takes_a_receipt_back(desk):
    delivery = expect(("A1", 5), days=-2)
    address = f"{DESK}{delivery.number}/"
    assert "2 days late" in text_of(desk, address)
    day = today() + timedelta(days=3)
    desk.post(f"{address}promise/", {"promised_on": day.isoformat(), "tracking": "SF9"})
    assert InboundDelivery.objects.get().expected_on == day
    receive(delivery, "A1", 3)
    desk.post(f"{address}close/", {"reason": "the rest is sold out"})
    assert InboundDelivery.objects.get().status == InboundStatus.RECEIVED
    assert "the rest is sold out" in text_of(desk, address)
    desk.post(f"{address}reopen/", {})
    desk.post(f"{address}undo/", {"document": StockDocument.objects.get(kind="receipt").number})
    assert counted(delivery) == {"A1": (5, 0, 0)}
    assert desk.post(f"{address}burn/").status_code == 404


def test_the_sheet_carries_the_number_as_bars(desk):
    delivery = expect(("A1", 5))
    page = text_of(desk, f"{DESK}{delivery.number}/print/")
    assert f'aria-label="{delivery.number}"' in page
    assert page.count("<svg") == 6


def test_deliveries_of_other_brands_are_not_there(desk):
    make_warehouse("MAIN")
    make_sku("B1", brand="BOLT")
    draft = InboundDraft("BOLT", "MAIN", OWN, today(), (("B1", 1),))
    delivery = announce_deliveries([draft], actor=ACTOR, at=timezone.now()).one()
    assert delivery.number not in text_of(desk, tab="all")
    assert f"{DESK}{delivery.number}/" not in text_of(desk, q=delivery.number)
    for page in ("", "print/"):
        assert desk.get(f"{DESK}{delivery.number}/{page}").status_code == 404
    assert desk.post(f"{DESK}{delivery.number}/cancel/").status_code == 404


def test_the_desk_knows_what_is_due_today_or_late_and_what_is_to_come(desk):
    kind = kind_of("inbound_delivery")
    made = {expect(("A1", 5), days=days).number: days for days in (-3, 0, 1, 5)}
    user = person("boss", Role.OPERATIONS_MANAGER)
    rows = kind.rows(kind.open_documents(user))
    queues = {made[number]: queue for _kind, queue, number, *_more in rows}
    assert queues == {-3: "inbound_due", 0: "inbound_due", 1: "inbound_open", 5: "inbound_open"}


# -- how promises were kept ------------------------------------------------------------------------------------


def test_the_record_counts_promises_kept_by_day_and_by_unit():
    at = timezone.now()
    on_time = expect(("A1", 10), days=-5)
    receive(on_time, "A1", 12, at=at - timedelta(days=5))
    late = expect(("A1", 10), days=-5)
    receive(late, "A1", 4, at=at - timedelta(days=2))
    expect(("A1", 10), days=-4)  # never came
    expect(("A1", 10), days=4)  # not due
    expect(("A1", 10), days=-3, source="unannounced")
    for delivery in (on_time, late):
        close_deliveries([delivery.number], actor=ACTOR, at=at).one()
    record = delivery_record("ACME", today() - timedelta(days=30), on=today())
    assert record == DeliveryRecord(due=3, on_time=1, late_days=3 + 4, promised=20, filled=14)
    assert (record.on_time_share, record.fill_rate, record.mean_days_late) == (1 / 3, 0.7, 7 / 3)
    assert delivery_record("ACME", today() - timedelta(days=1), on=today()) == DeliveryRecord()


# -- over REST -------------------------------------------------------------------------------------------------


def rest(role: Role = Role.BRAND_PARTNER, **more: object):
    headers = {"Authorization": f"Bearer {new_key(role, brands=('ACME',), **more)}"}
    client = Client()

    def post(address: str, body: object, **extra: str):
        text = json.dumps(body)
        return client.post(address, text, content_type="application/json", headers={**headers, **extra})

    return post


def body(**more: object) -> dict[str, object]:
    given = {"brand": "ACME", "warehouse": "MAIN", "source_key": "S1", "promised_on": today().isoformat()}
    return {**given, "lines": [{"sku": "A1", "units": 5}], **more}


def test_a_partner_announces_once_promises_and_cancels():
    make_warehouse("MAIN")
    make_sku("A1")
    post = rest()
    first = post(REST, body())
    assert first.status_code == 201
    assert post(REST, body()).json()["number"] == first.json()["number"]
    assert post(REST, body(lines=[{"sku": "A1", "units": 6}])).json()["code"] == "delivery_differs"
    assert post(REST, body(source_key="S2", goods_owner="P-BOLT")).status_code == 400
    address = f"{REST}{first.json()['number']}/"
    day = (today() + timedelta(days=2)).isoformat()
    assert post(f"{address}promise/", {"promised_on": day}).json()["expected_on"] == day
    assert post(f"{address}receive/", {"key": "k", "lines": [{"sku": "A1", "units": 1}]}).status_code == 403
    assert post(f"{address}cancel/", {}).json()["status"] == "cancelled"


def test_a_replayed_receipt_counts_once_with_an_idempotency_key_and_without():
    delivery = expect(("A1", 5))
    post = rest(Role.WAREHOUSE)
    sent = {"key": "k1", "lines": [{"sku": "A1", "units": 3, "damaged": 1}]}
    address = f"{REST}{delivery.number}/"
    answers = [
        post(f"{address}receive/", sent),
        post(f"{address}receive/", sent),
        post(f"{address}receive/", sent, **{"Idempotency-Key": "x"}),
        post(f"{address}receive/", sent, **{"Idempotency-Key": "x"}),
    ]
    assert [answer.status_code for answer in answers] == [200] * 4
    line = answers[-1].json()["lines"][0]
    assert line == {"sku": "A1", "promised": 5, "received": 3, "damaged": 1, "short": 2, "over": 0}
    more = {"key": "k2", "lines": [{"sku": "A1", "units": 3}]}
    assert post(f"{address}receive/", more).json()["code"] == "more_than_promised"
    assert post(f"{address}close/", {"reason": "sold out"}).json()["status"] == "received"
    assert Stock.objects.get().available == 2
