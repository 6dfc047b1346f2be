"""Feedback over REST: in, out, answered, closed, by whoever holds the right and the scope."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.utils import timezone

from feedback.models import Answer, FeedbackItem
from ops_portal.accounts.choices import Role
from ops_portal.accounts.operations.keys import ApiKeyDraft, create_api_keys
from ops_portal.lib.testing import assert_statements
from tests.factories import ACTOR, make_shop, make_sku

pytestmark = pytest.mark.django_db
LIST = "/api/v1/feedback/"


class Machine:
    def __init__(self, role, **more):
        draft = ApiKeyDraft(roles=(role,), **more)
        self.key = create_api_keys([draft], actor=ACTOR, at=timezone.now()).one().text
        self.client = Client(headers={"Authorization": f"Bearer {self.key}"})

    def get(self, address, **query):
        return self.client.get(address, query)

    def post(self, address, **body):
        return self.client.post(address, json.dumps(body), content_type="application/json")


@pytest.fixture
def service():
    make_shop("S1")
    make_shop("S2")
    return Machine(Role.CUSTOMER_SERVICE, shops=("S1",))


def said(reference="r1", **more):
    return {"reference": reference, "text": "一个月就坏了", "channel": "chat", "shop": "S1"} | more


def test_what_comes_in_is_screened_and_the_same_again_changes_nothing(service):
    made, again = service.post(LIST, **said()), service.post(LIST, **said())
    assert (made.status_code, again.status_code, FeedbackItem.objects.count()) == (201, 200, 1)
    shown = made.json()
    assert {name: shown[name] for name in ("status", "type", "topic", "priority", "mark", "shop")} == {
        "status": "new",
        "type": "aftersales",
        "topic": "quality",
        "priority": "P2",
        "mark": "",
        "shop": "S1",
    }
    assert shown["why"] == ["fault", "aftersales:坏了", "quality:坏了"]
    assert again.json()["number"] == shown["number"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"shop": "S2"},
        {"shop": "NONE"},
        {"rating": 6},
        {"channel": "smoke"},
        {"brand": "ACME"},
        {"text": None},
        {"mood": 1},
    ],
)
def test_7_wrong_items_are_refused(service, wrong):
    make_sku("A1", brand="ACME")
    answer = service.post(LIST, **said(**wrong))
    assert (answer.status_code, answer.json()["code"], FeedbackItem.objects.count()) == (400, "invalid", 0)


def test_an_item_is_answered_once_and_closed(service):
    number = service.post(LIST, **said(text="我要投诉")).json()["number"]
    early = service.post(f"{LIST}{number}/close/")
    assert (early.status_code, early.json()["code"]) == (409, "not_answered")
    answered = service.post(f"{LIST}{number}/answer/", text="马上处理", seen=0, sent=True).json()
    assert [(each["text"], each["delivery"]) for each in answered["answers"]] == [("马上处理", "by_caller")]
    late = service.post(f"{LIST}{number}/answer/", text="又一次", seen=0)
    assert (late.status_code, late.json()["code"], Answer.objects.count()) == (409, "answered_meanwhile", 1)
    closed = service.post(f"{LIST}{number}/close/", reason="solved").json()
    assert (closed["status"], closed["close_reason"]) == ("closed", "solved")


def test_the_item_of_a_shop_that_is_not_ones_own_is_404(service):
    manager = Machine(Role.OPERATIONS_MANAGER)
    number = manager.post(LIST, **said(shop="S2")).json()["number"]
    assert service.get(f"{LIST}{number}/").status_code == 404
    assert service.post(f"{LIST}{number}/answer/", text="x").status_code == 404
    assert service.get(LIST).json()["results"] == []
    assert manager.get(f"{LIST}{number}/").status_code == 200


def test_a_partner_and_a_key_without_the_scope_are_refused(service):
    partner = Machine(Role.BRAND_PARTNER, brands=("ACME",))
    narrow = Machine(Role.OPERATIONS_MANAGER, scopes=("orders:read",))
    reader = Machine(Role.OPERATIONS_MANAGER, scopes=("feedback:read",))
    assert [who.get(LIST).status_code for who in (partner, narrow, reader)] == [403, 403, 200]
    assert [who.post(LIST, **said()).status_code for who in (partner, narrow, reader)] == [403] * 3


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"status": "new"}, 1),
        ({"priority": "P0"}, 0),
        ({"type": "aftersales"}, 1),
        ({"shop": "S1"}, 2),
        ({"updated_since": "2020-01-01T00:00:00Z"}, 2),
    ],
)
def test_the_list_is_filtered(service, query, count):
    service.post(LIST, **said())
    service.post(LIST, **said("r2", text="很好", rating=5))
    assert len(service.get(LIST, **query).json()["results"]) == count


def test_the_list_takes_4_statements_with_1_item_and_with_3(service):
    references = iter("123")
    assert_statements(4, lambda: service.get(LIST), lambda: service.post(LIST, **said(next(references))))
