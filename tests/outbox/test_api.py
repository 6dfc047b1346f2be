"""Webhooks over REST: one's own and nobody else's."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import User
from ops_portal.accounts.operations.keys import ApiKeyDraft, create_api_keys
from ops_portal.lib.principals import job
from ops_portal.lib.testing import assert_statements
from ops_portal.outbox.delivering import deliver_due
from ops_portal.outbox.models import Delivery, Endpoint, Event
from ops_portal.outbox.signing import secrets_of
from tests.factories import ACTOR, NOON
from tests.outbox.conftest import shipped, tell
from tests.outbox.receiver import Receiver

pytestmark = pytest.mark.django_db

HOOKS = "/api/v1/webhooks/"
URL = "https://partner.example/hook"


class Partner:
    """A script with a key."""

    def __init__(self, *brands: str, role: Role = Role.BRAND_PARTNER, **more: Any) -> None:
        draft = ApiKeyDraft(roles=(role,), brands=brands, **more)
        made = create_api_keys([draft], actor=ACTOR, at=timezone.now()).one()
        self.user: User = made.key.user
        self.client = Client(headers={"Authorization": f"Bearer {made.text}"})

    def __call__(self, method: str, address: str, body: Any = None, **headers: str) -> Any:
        sent: dict[str, Any] = (
            {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        )
        return getattr(self.client, method)(address, headers=headers, **sent)

    def open(self, url: str = URL, **more: Any) -> dict[str, Any]:
        answer = self("post", HOOKS, {"url": url, **more})
        assert answer.status_code == 201, answer.content
        opened: dict[str, Any] = answer.json()
        return opened


@pytest.fixture
def acme(db: None) -> Partner:
    return Partner("ACME")


def test_the_secret_is_shown_when_the_endpoint_is_opened_and_never_again(acme: Partner):
    opened = acme.open(kinds=["order.shipped"], description="ours")
    assert opened["secret"].startswith("whsec_")
    assert secrets_of(Endpoint.objects.get().secret_sealed, at=NOON) == (opened["secret"],)
    (listed,) = acme("get", HOOKS).json()["results"]
    shown = acme("get", f"{HOOKS}{opened['id']}/").json()
    assert listed == shown == {name: value for name, value in opened.items() if name != "secret"}
    assert (shown["url"], shown["kinds"], shown["is_active"]) == (URL, ["order.shipped"], True)


def test_a_new_secret_takes_the_place_of_the_old_one(acme: Partner):
    opened = acme.open()
    rotated = acme("post", f"{HOOKS}{opened['id']}/rotate/").json()
    kept = Endpoint.objects.get().secret_sealed
    assert secrets_of(kept, at=timezone.now()) == (rotated["secret"], opened["secret"])
    assert secrets_of(kept, at=timezone.now() + timedelta(days=1)) == (rotated["secret"],)


@pytest.mark.parametrize("verb", ["", "rotate/"])
def test_an_answer_with_a_secret_is_stored_for_no_idempotency_key(acme: Partner, verb: str):
    path = f"{HOOKS}{acme.open()['id']}/{verb}" if verb else HOOKS
    answer = acme("post", path, {"url": f"{URL}/2"}, **{"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_not_taken")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"url": "https://127.0.0.1/"}, 422, "address_refused"),
        ({"url": "https://169.254.169.254/latest"}, 422, "address_refused"),
        ({"url": URL, "kinds": ["Order Shipped"]}, 422, "unreadable_kind"),
        ({"url": URL, "owner": 1}, 400, "invalid"),
        ({}, 400, "invalid"),
    ],
)
def test_what_can_not_be_opened_is_refused(acme: Partner, body: Any, status: int, code: str):
    answer = acme("post", HOOKS, body)
    assert (answer.status_code, answer.json()["code"], Endpoint.objects.count()) == (status, code, 0)


def test_an_address_stands_once_and_20_endpoints_are_enough(acme: Partner):
    opened = acme.open()
    assert acme("post", HOOKS, {"url": URL}).json()["code"] == "endpoint_taken"
    Partner("ACME").open()  # another owner may
    for n in range(19):
        acme.open(f"{URL}/{n}")
    assert acme("post", HOOKS, {"url": f"{URL}/more"}).json()["code"] == "too_many_endpoints"
    assert acme("delete", f"{HOOKS}{opened['id']}/").status_code == 204
    acme.open()


def test_an_endpoint_is_changed_switched_off_and_closed(acme: Partner):
    one, other = acme.open(), acme.open(f"{URL}/other")
    path = f"{HOOKS}{one['id']}/"
    changed = acme("patch", path, {"kinds": ["case.opened"], "is_active": False}).json()
    assert (changed["kinds"], changed["is_active"], changed["disabled_reason"]) == (
        ["case.opened"],
        False,
        "by_hand",
    )
    assert acme("post", f"{path}ping/").json()["code"] == "endpoint_is_off"
    assert acme("patch", path, {"is_active": True}).json()["disabled_reason"] == ""
    assert acme("patch", path, {"url": other["url"]}).json()["code"] == "endpoint_taken"
    assert acme("patch", path, {"url": "https://10.0.0.1/"}).json()["code"] == "address_refused"
    assert acme("delete", path).status_code == 204
    assert [acme(method, path).status_code for method in ("get", "delete")] == [404, 404]
    assert Endpoint.objects.get(pk=one["id"]).disabled_reason == "closed"


def test_a_strangers_endpoint_is_404_whatever_one_does_with_it(acme: Partner):
    theirs = Partner("ACME").open()["id"]  # of the same brand, and not ours
    path = f"{HOOKS}{theirs}/"
    tell(shipped())
    pk = Delivery.objects.get().pk
    tried = [
        acme("get", path), acme("patch", path, {"is_active": False}), acme("delete", path),
        acme("post", f"{path}rotate/"), acme("post", f"{path}ping/"),
        acme("post", f"{path}replay/", {"since": "2026-01-01T00:00:00Z"}),
        acme("get", f"{path}deliveries/"), acme("get", f"{path}deliveries/{pk}/"),
        acme("post", f"{path}deliveries/{pk}/replay/"),
    ]  # fmt: skip
    assert [answer.status_code for answer in tried] == [404] * len(tried)
    assert acme("get", HOOKS).json()["results"] == []
    own = acme.open()["id"]
    assert acme("get", f"{HOOKS}{own}/deliveries/{pk}/").status_code == 404


def test_events_are_those_of_ones_brands_and_fill_a_gap(acme: Partner):
    acme.open()
    bolt = Partner("BOLT")
    bolt.open()
    tell(*(shipped("SO1", "ACME", "BOLT", turn=turn) for turn in range(5)), shipped("SO2", "BOLT"))
    rows = acme("get", "/api/v1/events/").json()["results"]
    assert {row["data"]["brand"] for row in rows} == {"ACME"}
    gap = acme("get", "/api/v1/events/?object=order/SO1&after=2").json()["results"]
    assert [(row["data"]["sequence"], row["data"]["facts"]) for row in gap] == [
        (3, {"turn": 2}), (4, {"turn": 3}), (5, {"turn": 4}),
    ]  # fmt: skip
    assert acme("get", "/api/v1/events/?object=order/SO2").json()["results"] == []
    theirs = Event.objects.filter(brand="BOLT").first()
    assert acme("get", f"/api/v1/events/{theirs.pk}/").status_code == 404
    assert acme("get", "/api/v1/events/?brand=BOLT").json()["results"] == []


def test_deliveries_are_listed_with_their_log_and_sent_again(acme: Partner, receiver: Receiver):
    opened = acme.open(receiver.url())
    receiver.answer = lambda got: 500
    now = timezone.now()
    tell(shipped(), at=now)
    deliver_due(actor=job("outbox.deliver"), clock=lambda: now)
    path = f"{HOOKS}{opened['id']}/deliveries/"
    (row,) = acme("get", path).json()["results"]
    assert (row["status"], row["attempts"], row["event"]["type"]) == ("pending", 1, "order.shipped")
    assert receiver.got[0].headers["webhook-id"] == row["event"]["id"]
    assert {"type", "timestamp", "data"} <= set(receiver.got[0].message)
    (attempt,) = acme("get", f"{path}{row['id']}/").json()["log"]
    assert (attempt["status_code"], attempt["excerpt"]) == (500, "thanks")
    assert acme("get", f"{path}?status=failed").json()["results"] == []
    assert acme("post", f"{path}{row['id']}/replay/").json()["code"] == "illegal_move"
    Delivery.objects.update(status="failed")
    assert acme("get", f"{path}?status=failed").json()["results"][0]["next_at"] is None
    since = (now - timedelta(hours=1)).isoformat()
    assert acme("post", f"{HOOKS}{opened['id']}/replay/", {"since": since}).json() == {"replayed": 1}
    Delivery.objects.update(status="delivered", delivered_at=now)
    assert acme("post", f"{path}{row['id']}/replay/").json()["status"] == "pending"


def test_keys_without_the_scope_and_roles_without_the_right_are_refused(acme: Partner):
    reader = Partner("ACME", scopes=("webhooks:read",))
    assert reader("get", HOOKS).status_code == 200
    assert reader("post", HOOKS, {"url": URL}).status_code == 403
    clerk = Partner("ACME", role=Role.WAREHOUSE, scopes=("webhooks:read", "webhooks:write"))
    assert [clerk("get", HOOKS).status_code, clerk("post", HOOKS, {"url": URL}).status_code] == [403, 403]


def test_lists_take_as_many_statements_for_3_rows_as_for_1(acme: Partner):
    numbers = iter(range(99))
    assert_statements(3, lambda: acme("get", HOOKS), lambda: acme.open(f"{URL}/{next(numbers)}"))
    pk = Endpoint.objects.earliest("pk").pk
    assert_statements(4, lambda: acme("get", f"{HOOKS}{pk}/deliveries/"), lambda: tell(shipped()))
    assert_statements(3, lambda: acme("get", "/api/v1/events/"), lambda: tell(shipped()))


# -- the document --------------------------------------------------------------------------------------------


def test_the_document_names_the_scope_of_each_route_and_the_answers_of_these(db: None):
    document = Client().get("/api/v1/schema/", headers={"accept": "application/vnd.oai.openapi+json"}).json()
    verbs = ("get", "post", "put", "patch", "delete")
    routes = [
        (path, verb, said) for path, all_of in document["paths"].items() for verb, said in all_of.items()
    ]
    assert [
        (path, verb)
        for path, verb, said in routes
        if verb in verbs and "Keys need the scope `" not in said["description"]
    ] == [("/api/v1/stock-webhooks/{code}/", "post")]  # whoever signs has no key
    assert "`webhooks:read`" in document["paths"]["/api/v1/events/"]["get"]["description"]
    ping = document["paths"]["/api/v1/webhooks/{id}/ping/"]["post"]
    assert sorted(code for code in ping["responses"] if code < "300") == ["202"]


@pytest.mark.parametrize(
    ("path", "takes"),
    [
        ("/api/v1/webhooks/", False),
        ("/api/v1/webhooks/{id}/rotate/", False),
        ("/api/v1/webhooks/{id}/ping/", True),
    ],
)
def test_the_document_offers_no_idempotency_key_where_the_answer_shows_a_secret(
    db: None, path: str, takes: bool
):
    document = Client().get("/api/v1/schema/", headers={"accept": "application/vnd.oai.openapi+json"}).json()
    named = {each["name"] for each in document["paths"][path]["post"].get("parameters", [])}
    assert ("Idempotency-Key" in named) is takes
