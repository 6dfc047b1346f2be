"""What a brand reads of the orders it ships, what is written down of that, and how it tells its parcels."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from ops_portal.accounts.models import AccessRecord, Grant, User
from ops_portal.accounts.operations.keys import ApiKeyDraft, create_api_keys
from ops_portal.lib.principals import acting_as
from ops_portal.lib.testing import assert_statements
from ops_portal.outbox.drafts import EndpointDraft
from ops_portal.outbox.models import Event
from ops_portal.outbox.operations.endpoints import open_endpoints
from orders.choices import RefundStatus
from orders.drafts import RefundDraft
from orders.models import Order, Shipment, ShopWarehouse
from orders.operations.moving import review_orders
from orders.operations.placing import place_orders
from orders.operations.refunding import move_refunds
from tests.factories import ACTOR, NOON, make_shop, make_sku, order_draft, receive
from tests.orders.brands import BUYER, at_the_brand, brand_warehouse, on_our_floor, open_brand_house

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/fulfilment-orders/"
SCOPES = ("fulfilment:read", "fulfilment:write", "orders:read")


class Script:
    """A caller with a key."""

    def __init__(self, *brands: str, role: str = "brand_partner", scopes=SCOPES) -> None:
        draft = ApiKeyDraft((role,), brands=brands, scopes=scopes)
        self.key = create_api_keys([draft], actor=ACTOR, at=timezone.now()).one()
        self.headers = {"Authorization": f"Bearer {self.key.text}"}

    def get(self, address: str = "", **query):
        return Client().get(ADDRESS + address, query, headers=self.headers)

    def post(self, address: str, body, **headers: str):
        headers = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        text = body if isinstance(body, str) else json.dumps(body)
        return Client().post(ADDRESS + address, text, content_type="application/json", headers=headers)


@pytest.fixture
def house():
    return open_brand_house()


@pytest.fixture
def acme(house):
    return Script("ACME")


def parcel(waybill: str = "SF1001", **more: str) -> dict[str, str]:
    return {"carrier": "SF", "waybill_number": waybill, **more}


def records() -> list[tuple[str, str, str]]:
    """Return the records of personal data that were read."""
    rows = AccessRecord.objects.order_by("pk").values_list("principal", "document_number", "what")
    return [(principal, number, what) for principal, number, what in rows]


def test_a_brand_reads_3_orders_with_their_recipients_and_each_reading_is_recorded(house, acme):
    orders = [at_the_brand(house, units=n) for n in (1, 2, 3)]
    on_our_floor(house)
    at_the_brand(house, reviewed=False)
    answer = acme.get()
    assert answer["Cache-Control"] == "no-store"
    rows = answer.json()["results"]
    assert [row["number"] for row in rows] == [order.number for order in orders]
    assert rows[1]["recipient"] == {
        "name": BUYER.name,
        "phone": BUYER.phone,
        "province": BUYER.province,
        "city": BUYER.city,
        "district": BUYER.district,
        "address": BUYER.address,
    }
    assert rows[1]["lines"] == [
        {"position": 1, "sku": "A", "title": "", "units": 2, "is_gift": False, "components": []}
    ]
    assert (rows[0]["warehouse"], rows[0]["status"]) == ("ACME-WH", "reviewed")
    assert set(rows[0]) == {
        "number", "shop", "platform_number", "warehouse", "status", "placed_at", "paid_at", "ship_by", "updated_at",
        "recipient", "lines",
    }  # fmt: skip
    me = f"key:{acme.key.key.prefix}"
    assert records() == [(me, order.number, "personal_data") for order in orders]
    assert acme.get(f"{orders[0].number}/").json()["recipient"]["phone"] == BUYER.phone
    assert records()[3:] == [(me, orders[0].number, "personal_data")]


def test_another_partner_finds_nothing_ships_nothing_and_opens_nobodys_data(house):
    make_sku("B", brand="BOLT")
    order, bolt = at_the_brand(house), Script("BOLT")
    theirs, nobodys = (bolt.get(f"{number}/") for number in (order.number, "SO99999999"))
    assert bolt.get().json()["results"] == []
    assert (theirs.status_code, theirs.json()) == (404, nobodys.json())
    assert bolt.post(f"{order.number}/ship/", parcel()).status_code == 404
    answer = bolt.post("parcels/", {"parcels": [parcel(number=order.number), parcel(number="SO99999999")]})
    first, second = answer.json()["results"]
    assert (first["status"], first["problem"]) == (404, second["problem"])
    assert records() == []
    assert not Shipment.objects.exists()


def test_a_brand_with_a_warehouse_of_its_own_sees_none_of_anothers(house):
    sku = make_sku("B", brand="BOLT")
    receive(sku, 5, warehouse=brand_warehouse("BOLT-WH", "BOLT"))
    at_the_brand(house)
    assert Script("BOLT").get().json()["results"] == []
    assert len(Script("ACME", "BOLT").get().json()["results"]) == 1


def test_an_order_whose_money_is_wanted_back_is_neither_read_nor_shipped_until_that_is_withdrawn(house, acme):
    order = at_the_brand(house)
    for status, rows, code in ((RefundStatus.REQUESTED, 0, 409), (RefundStatus.NONE, 1, 201)):
        move_refunds([RefundDraft(order.pk, status, Decimal(0))], actor=ACTOR, at=NOON).one()
        assert len(acme.get().json()["results"]) == rows
        assert acme.get(f"{order.number}/").status_code == (200 if rows else 404)
        answer = acme.post(f"{order.number}/ship/", parcel())
        assert (answer.status_code, answer.json().get("code")) == (code, None if rows else "refund_under_way")


def test_goods_of_a_brand_that_lie_at_another_brands_are_nobodys_to_read_or_ship(house):
    make_sku("B", brand="BOLT")
    place = brand_warehouse("BOLT-WH", "BOLT")
    receive(house.sku, 5, warehouse=place)
    with acting_as(ACTOR):
        ShopWarehouse.objects.create(shop=make_shop("S3"), warehouse=place)
    draft = order_draft(make_shop("S3"), (house.sku, 1), buyer=BUYER)
    order = Order.objects.get(pk=place_orders([draft], actor=ACTOR, at=NOON).one().id)
    review_orders([order.pk], actor=ACTOR, at=NOON).one()
    for caller in (Script("ACME"), Script("BOLT")):
        assert caller.get().json()["results"] == []
        assert caller.post(f"{order.number}/ship/", parcel()).status_code == 404
    assert records() == []


@pytest.mark.parametrize("both", [False, True])
def test_an_order_with_goods_of_another_brand_is_not_handed_to_one(house, both):
    strange = make_sku("B", brand="BOLT")
    receive(strange, 5, warehouse=house.theirs)
    draft = order_draft(make_shop("S1"), (house.sku, 1), (strange, 1), buyer=BUYER)
    pk = place_orders([draft], actor=ACTOR, at=NOON).one().id
    Order.objects.filter(pk=pk).update(status="reviewed")
    order = Order.objects.get(pk=pk)
    assert order.warehouse_id == house.theirs.pk
    caller = Script("ACME", "BOLT") if both else Script("ACME")
    assert len(caller.get().json()["results"]) == both
    assert caller.post(f"{order.number}/ship/", parcel()).status_code == (201 if both else 404)


def test_a_key_without_the_scope_or_of_another_role_opens_nothing(house):
    order = at_the_brand(house)
    by_default = Script("ACME", scopes=None)
    reader = Script("ACME", scopes=("fulfilment:read",))
    packer = Script("ACME", role="warehouse")
    assert [caller.get().status_code for caller in (by_default, reader, packer)] == [403, 200, 403]
    ship = f"{order.number}/ship/"
    assert [caller.post(ship, parcel()).status_code for caller in (by_default, reader, packer)] == [
        403,
        403,
        403,
    ]
    assert len(records()) == 1
    assert not Shipment.objects.exists()


def test_a_parcel_is_told_once_and_told_again_it_is_the_same(house, acme):
    order = at_the_brand(house)
    ship = f"{order.number}/ship/"
    first, again = acme.post(ship, parcel("sf 1001")), acme.post(ship, parcel())
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["waybill_number"] == "SF1001"
    other = acme.post(ship, parcel("SF1002"))
    assert (other.status_code, other.json()["code"], other.json()["waybill_number"]) == (
        409,
        "already_shipped",
        "SF1001",
    )
    assert acme.get(f"{order.number}/").status_code == 404  # what has left is no longer read
    assert Shipment.objects.count() == 1


def test_the_same_key_gives_the_same_answer_and_ships_once(house, acme):
    order = at_the_brand(house)
    answers = [acme.post(f"{order.number}/ship/", parcel(), Idempotency_Key="k-1") for _n in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].content == answers[1].content
    assert answers[1]["Idempotent-Replayed"] == "true"
    changed = acme.post(f"{order.number}/ship/", parcel("SF9"), Idempotency_Key="k-1")
    assert (changed.status_code, changed.json()["code"]) == (409, "idempotency_key_reused")


def test_many_parcels_are_answered_one_by_one(house, acme):
    one, two = at_the_brand(house), at_the_brand(house)
    ours = on_our_floor(house)
    body = [
        parcel("W1", number=one.number),
        parcel("W1", number=two.number),
        parcel("W3", number=ours.number),
        parcel("W1", number=one.number),
    ]
    results = acme.post("parcels/", {"parcels": body}).json()["results"]
    assert [result["status"] for result in results] == [201, 409, 404, 200]
    assert results[1]["problem"]["code"] == "waybill_taken"
    assert results[0]["result"] == results[3]["result"]


@pytest.mark.parametrize(
    "body",
    [
        {"parcels": []},
        {"parcels": [parcel(number="SO1")] * 201},
        {"parcels": [{"number": "SO1", "carrier": "SF"}]},
        {"parcels": [parcel("W" * 61, number="SO1")]},
        {"parcels": [parcel(" ", number="SO1")]},
        {"parcels": "all"},
        {"parcels": [parcel(number="SO1", buyer="x")]},
        '{"parcels": [{"number": "SO\\u0000", "carrier": "SF", "waybill_number": "W1"}]}',
        '{"parcels": [',
        "[]",
    ],
)
def test_what_is_no_list_of_parcels_is_refused(acme, body):
    assert acme.post("parcels/", body).status_code == 400


def test_pages_of_1_lead_through_all_3_and_a_filter_narrows_them(house, acme):
    orders = [at_the_brand(house) for _n in range(3)]
    seen, answer = [], acme.get(page_size="1").json()
    while True:
        seen += [row["number"] for row in answer["results"]]
        if answer["next"] is None:
            break
        answer = Client().get(answer["next"], headers=acme.headers).json()
    assert seen == [order.number for order in orders]
    assert len(acme.get(updated_since="2026-01-01T00:00:00Z").json()["results"]) == 3
    assert acme.get(warehouse="MAIN").json()["results"] == []
    assert acme.get(warehouse__brand="ACME").json()["code"] == "unknown_parameter"


def test_the_list_takes_9_statements_with_1_order_and_with_3(house, acme):
    def show() -> None:
        assert acme.get().status_code == 200

    assert_statements(9, show, lambda: at_the_brand(house))


def test_what_the_brand_shipped_is_told_to_its_system(house, acme):
    user = User.objects.get(pk=acme.key.key.user_id)
    assert Grant.objects.filter(user=user, code="ACME").exists()
    open_endpoints([EndpointDraft(user.pk, "https://partner.example/hook")], actor=ACTOR, at=NOON).one()
    order = at_the_brand(house)
    acme.post(f"{order.number}/ship/", parcel())
    event = Event.objects.filter(kind="order.shipped").get()
    assert (event.object_number, event.brand, event.facts["status"]) == (order.number, "ACME", "shipped")


def test_in_the_list_of_orders_a_partner_still_sees_no_buyer(house, acme):
    order = at_the_brand(house)
    answer = Client().get(f"/api/v1/orders/{order.number}/", headers=acme.headers)
    assert answer.status_code == 200
    assert not [word for word in (BUYER.name, BUYER.phone, "平江路") if word in answer.content.decode()]
    assert records() == []
