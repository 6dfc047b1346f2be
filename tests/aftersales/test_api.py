"""Cases over REST, as a script would call it; and what partners and the outside hear."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from aftersales.models import Case
from aftersales.operations.deciding import reject_cases
from ops_portal.accounts.choices import Role
from ops_portal.accounts.operations.keys import ApiKeyDraft, create_api_keys
from ops_portal.lib.testing import assert_statements
from ops_portal.outbox.drafts import EndpointDraft
from ops_portal.outbox.models import Event
from ops_portal.outbox.operations.endpoints import open_endpoints
from orders.models import Order
from tests.aftersales.houses import LATER, House, books_agree, inspected, opened, received, refunded
from tests.factories import ACTOR, make_sku, receive
from tests.house.agency import person

pytestmark = pytest.mark.django_db
CASES = "/api/v1/cases/"
Call = Callable[..., Any]


def key(role: Role, **more: Any) -> str:
    return create_api_keys([ApiKeyDraft(roles=(role,), **more)], actor=ACTOR, at=timezone.now()).one().text


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def call(client) -> Call:
    def send(method: str, path: str, body: Any = None, *, text: str = "", **headers: str) -> Any:
        return getattr(client, method)(
            path,
            data=json.dumps(body) if body is not None else None,
            content_type="application/json",
            headers={"Authorization": f"Bearer {text or staff}", **headers},
        )

    staff = key(Role.OPERATIONS_MANAGER)
    return send


def body_of(of: Order, **changes: Any) -> dict[str, Any]:
    return {
        "order": of.number,
        "type": "return",
        "reason": "quality",
        "lines": [{"position": 1, "units": 1}],
    } | changes


def test_a_case_is_led_from_the_request_to_the_refund(call, house):
    made = call("post", CASES, body_of(house.order(), source_key="R1"))
    assert (made.status_code, made.json()["status"], made.json()["amount"]) == (201, "requested", "10.00")
    address = f"{CASES}{made.json()['number']}/"
    assert call("post", f"{address}approve/").json()["status"] == "approved"
    parcel = {"carrier": "SF", "waybill_number": "B1"}
    assert call("post", f"{address}send-back/", parcel).json()["status"] == "in_transit"
    got = call("post", f"{address}receive/").json()
    (row,) = got["lines"][0]["goods"]
    assert (got["status"], row["sku"], row["units"], row["inspected"]) == ("received", "A", 1, False)
    too_few = call("post", f"{address}inspect/", {"goods": [{"id": row["id"]}]})
    assert (too_few.status_code, too_few.json()["code"]) == (409, "not_all_graded")
    graded = call("post", f"{address}inspect/", {"goods": [{"id": row["id"], "scrap": 1}]}).json()
    assert (graded["status"], graded["refund_status"]) == ("inspected", "due")
    paid = call("post", f"{address}refund/", {"lines": [{"position": 1, "amount": "9.99"}], "reference": "P"})
    assert (paid.json()["status"], paid.json()["refunded_amount"]) == ("closed", "9.99")
    again = call("post", f"{address}refund/", {})
    assert (again.status_code, again.json()["code"]) == (409, "already_refunded")
    assert house.balances() == {"available": 8, "sold": 1, "damaged": 1}
    assert books_agree()


def test_the_same_idempotency_key_opens_1_case(call, house):
    body = body_of(house.order())
    numbers = {
        call("post", CASES, body, **{"Idempotency-Key": "K1"}).json()["number"] for _attempt in range(2)
    }
    assert len(numbers) == Case.objects.count() == 1


def test_what_can_not_be_a_case_is_refused(call, house):
    order = house.order()
    answers = {
        "no order": call("post", CASES, body_of(order, order="SO99999999")),
        "no line": call("post", CASES, body_of(order, lines=[{"position": 9, "units": 1}])),
        "intercept": call("post", CASES, body_of(order, type="intercept")),
        "too many": call("post", CASES, body_of(order, lines=[{"position": 1, "units": 3}])),
        "unknown": call("post", CASES, body_of(order, refund="now")),
    }
    assert {word: answer.status_code for word, answer in answers.items()} == {
        "no order": 400,
        "no line": 409,
        "intercept": 400,
        "too many": 409,
        "unknown": 400,
    }
    assert not Case.objects.exists()


SHOWN_TO_PARTNERS = {
    "number", "type", "status", "refund_status", "shop", "order", "reason", "currency", "requested_at",
    "updated_at", "refunded_at", "lines",
}  # fmt: skip


def test_a_partner_sees_cases_of_its_brand_and_of_them_its_own_lines_alone(call, house):
    other = make_sku("B", brand="BOLT")
    receive(other, 10, warehouse=house.warehouse)
    mixed = opened(
        house.order((house.sku, 1), (other, 2)), description="call 13800000000", source_key="PLATFORM-9"
    )
    foreign = opened(house.order((other, 1)))
    text = key(Role.BRAND_PARTNER, brands=("ACME",))
    rows = call("get", CASES, text=text).json()["results"]
    assert [row["number"] for row in rows] == [mixed.number]
    assert set(rows[0]) == SHOWN_TO_PARTNERS
    assert [(line["sku"], line["amount"]) for line in rows[0]["lines"]] == [("A", "10.00")]
    whole = call("get", f"{CASES}{mixed.number}/", text=text)
    told = whole.content.decode()
    assert not [word for word in ("13800000000", "PLATFORM-9", "30.00", '"B"') if word in told]
    assert call("get", f"{CASES}{foreign.number}/", text=text).status_code == 404
    assert call("post", CASES, body_of(mixed.order), text=text).status_code == 403
    assert call("post", f"{CASES}{mixed.number}/approve/", text=text).status_code == 403


def test_the_list_takes_as_many_statements_for_3_cases_as_for_1(call, house):
    text = key(Role.OPERATIONS_MANAGER)

    def show():
        assert call("get", CASES, text=text).status_code == 200

    assert_statements(4, show, lambda: received(house.order()))


def test_filters_find_by_what_people_ask(call, house):
    case = opened(house.order())
    rejected = reject_cases([opened(house.order()).pk], actor=ACTOR, at=LATER, reason="no").one()
    found = {
        query: [row["number"] for row in call("get", f"{CASES}?{query}").json()["results"]]
        for query in (
            "status=requested",
            "type=refund_only",
            "reason=quality",
            f"order={rejected.order.number}",
            "shop=S1&refund_status=refused",
            "updated_since=2020-01-01T00:00:00Z",
        )
    }
    assert list(found.values()) == [
        [case.number],
        [],
        [rejected.number, case.number],
        [rejected.number],
        [rejected.number],
        [case.number, rejected.number],
    ]
    assert call("get", f"{CASES}?lines__units=1").json()["code"] == "unknown_parameter"


def test_each_step_is_told_to_the_brands_of_the_lines_without_amounts_or_people(call, house):
    partner = person("acme", Role.BRAND_PARTNER, brands=("ACME",))
    open_endpoints([EndpointDraft(partner.pk, "https://partner.example/hook")], actor=ACTOR, at=LATER).one()
    case = refunded(inspected(received(house.order())))
    told = Event.objects.filter(object_kind="case").order_by("sequence")
    assert [(event.kind, event.sequence, event.brand) for event in told] == [
        (f"case.{step}", place, "ACME")
        for place, step in enumerate(
            ("opened", "approved", "received", "inspected", "refunded", "closed"), start=1
        )
    ]
    assert {event.object_number for event in told} == {case.number}
    assert told.last().facts == {"type": "return", "status": "closed", "refund_status": "paid"}
