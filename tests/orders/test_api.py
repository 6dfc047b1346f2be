"""Orders over REST, as a script would call it."""

from __future__ import annotations

import json

import pytest
from django.utils import timezone

from catalog.models import Sku
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


TOO_MUCH = "999999999999.99"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"lines": [{"sku": "A", "units": 20, "unit_price": TOO_MUCH}]}, "lines"),
        ({"lines": [{"sku": "A", "units": 1, "unit_price": TOO_MUCH}] * 2}, "lines"),
        ({"lines": [{"sku": "A", "units": 1, "unit_price": "1", "paid_amount": TOO_MUCH}] * 2}, "lines"),
        ({"freight": "0.01", "lines": [{"sku": "A", "units": 1, "unit_price": TOO_MUCH}]}, "lines"),
        ({"placed_at": "9999-12-31T23:59:59Z"}, "placed_at"),
        ({"paid_at": "9999-12-31T00:00:00Z"}, "paid_at"),
        ({"placed_at": "0001-01-01T00:00:00+14:00"}, "placed_at"),
        ({"placed_at": "1999-12-31T23:59:59"}, "placed_at"),
        ({"paid_at": "2101-01-01T00:00:00"}, "paid_at"),
    ],
)
def test_what_the_books_can_not_hold_is_400_alone_and_422_among_others(call, house, changes, field):
    bad = body_of("BAD", **changes)
    answer = call("post", "/api/v1/orders/", bad)
    assert (answer.status_code, field in json.dumps(answer.json())) == (400, True)
    bulk = call("post", "/api/v1/orders/bulk/", [body_of("GOOD"), bad]).json()
    assert [item["status"] for item in bulk["results"]] == [201, 422]


def test_an_order_of_999_999_999_999_99_is_taken(call, house):
    lines = [{"sku": "A", "units": 1, "unit_price": TOO_MUCH}]
    assert call("post", "/api/v1/orders/", body_of("MOST", lines=lines)).status_code == 201


def test_what_is_not_sold_any_more_is_422(call, house):
    Sku.objects.filter(code="A").update(is_active=False)
    answer = call("post", "/api/v1/orders/", body_of("OLD"))
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_sku")


def test_a_refund_asked_for_over_rest_holds_the_review(call, house):
    number = call("post", "/api/v1/orders/", body_of("N7", paid_at="2026-11-11T20:01:00+08:00")).json()[
        "number"
    ]
    asked = call("post", f"/api/v1/orders/{number}/refund/", {"status": "requested"})
    assert (asked.status_code, asked.json()["refund_status"]) == (200, "requested")
    assert call("post", f"/api/v1/orders/{number}/review/").json()["code"] == "refund_under_way"
    too_much = call("post", f"/api/v1/orders/{number}/refund/", {"status": "partly", "amount": "19.81"})
    assert too_much.json()["code"] == "refund_too_high"
    whole = call("post", f"/api/v1/orders/{number}/refund/", {"status": "fully", "amount": "19.80"})
    assert whole.json()["refund_amount"] == "19.80"


def test_a_refund_over_rest_may_say_which_line_it_is_of(call, house):
    number = call("post", "/api/v1/orders/", body_of("N8", paid_at="2026-11-11T20:01:00+08:00")).json()[
        "number"
    ]
    address = f"/api/v1/orders/{number}/refund/"
    nowhere = {"status": "partly", "amount": "3.00", "lines": [{"position": 9, "amount": "3.00"}]}
    assert call("post", address, nowhere).json()["code"] == "no_such_line"
    first = {"status": "partly", "amount": "3.00", "lines": [{"position": 1, "amount": "3.00"}]}
    assert call("post", address, first).json()["lines"][0]["refund_amount"] == "3.00"
    wrong = {"status": "partly", "amount": "19.00", "lines": [{"position": 1, "amount": "3.50"}]}
    assert call("post", address, wrong).json()["code"] == "line_refunds_differ"


def test_who_owns_an_order_is_told_to_nobody_outside(call, house):
    number = call("post", "/api/v1/orders/", body_of("N9", paid_at=None)).json()["number"]
    assert "owner" not in call("get", f"/api/v1/orders/{number}/").json()
