"""Orders over REST, as a script would call it."""

from __future__ import annotations

import json

import pytest
from django.utils import timezone

from catalog.queries.audit import audit_stock
from ops_portal.accounts.operations.keys import ApiKeyDraft, create_api_keys
from tests.factories import ACTOR, make_shop, make_sku, make_warehouse, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def key() -> str:
    draft = ApiKeyDraft(roles=("operations_manager",))
    return create_api_keys([draft], actor=ACTOR, at=timezone.now()).one().text


@pytest.fixture
def call(client, key):
    def send(method: str, path: str, body=None, **headers):
        return getattr(client, method)(
            path,
            data=json.dumps(body) if body is not None else None,
            content_type="application/json",
            headers={"Authorization": f"Bearer {key}", **headers},
        )

    return send


def body_of(number: str, **changes):
    return {
        "shop": "S1",
        "platform_number": number,
        "placed_at": "2026-11-11T20:00:00+08:00",
        "buyer": {
            "name": "张三",
            "phone": "13800000000",
            "province": "浙江省",
            "city": "杭州市",
            "district": "西湖区",
            "address": "文三路 1 号",
        },
        "freight": "0.00",
        "lines": [{"sku": "A", "units": 2, "unit_price": "9.90"}],
    } | changes


@pytest.fixture
def house():
    warehouse = make_warehouse("MAIN")
    receive(make_sku("A"), 10, warehouse=warehouse)
    make_sku("B")
    make_shop("S1")


def test_an_order_is_201_then_200_then_409_with_other_content(call, house):
    assert call("post", "/api/v1/orders/", body_of("N1")).status_code == 201
    assert call("post", "/api/v1/orders/", body_of("N1")).status_code == 200
    differs = call("post", "/api/v1/orders/", body_of("N1", freight="5.00"))
    assert (differs.status_code, differs.json()["code"]) == (409, "order_differs")


def test_a_short_order_is_409_and_names_both_skus(call, house):
    lines = [{"sku": "A", "units": 11, "unit_price": "9.90"}, {"sku": "B", "units": 1, "unit_price": "1.00"}]
    answer = call("post", "/api/v1/orders/", body_of("N2", lines=lines))
    assert (answer.status_code, answer.json()["code"]) == (409, "out_of_stock")
    assert [short["sku"] for short in answer.json()["skus"]] == ["A", "B"]
    assert call("get", "/api/v1/orders/").json()["results"] == []


def test_bulk_answers_3_items_one_by_one(call, house):
    items = [
        body_of("N3"),
        {"shop": "S1"},
        body_of("N4", lines=[{"sku": "A", "units": 9, "unit_price": "1"}]),
    ]
    answer = call("post", "/api/v1/orders/bulk/", items).json()
    assert [item["status"] for item in answer["results"]] == [201, 422, 409]


def test_an_order_is_led_from_review_to_completion(call, house):
    number = call("post", "/api/v1/orders/", body_of("N5", paid_at="2026-11-11T20:01:00+08:00")).json()[
        "number"
    ]
    for verb in ("review", "pick", "pack"):
        assert call("post", f"/api/v1/orders/{number}/{verb}/").status_code == 200
    parcel = {"carrier": "SF", "waybill_number": "SF1"}
    assert call("post", f"/api/v1/orders/{number}/ship/", parcel).json()["status"] == "shipped"
    assert call("post", f"/api/v1/orders/{number}/ship/", parcel).json()["code"] == "illegal_move"
    for verb in ("deliver", "complete"):
        call("post", f"/api/v1/orders/{number}/{verb}/")
    assert call("get", f"/api/v1/orders/{number}/").json()["status"] == "completed"
    assert call("get", "/api/v1/stock/?sku=A").json()["results"][0]["sold"] == 2
    assert audit_stock().ok


def test_the_buyer_is_masked(call, house):
    number = call("post", "/api/v1/orders/", body_of("N6")).json()["number"]
    buyer = call("get", f"/api/v1/orders/{number}/").json()["buyer"]
    assert (buyer["name"], buyer["phone"]) == ("张*", "138****0000")
