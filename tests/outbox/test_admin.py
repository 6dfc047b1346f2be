"""The pages of messages going out."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import User
from ops_portal.lib.testing import assert_statements
from ops_portal.outbox.models import Delivery, Endpoint
from ops_portal.outbox.signing import secrets_of
from tests.factories import NOON
from tests.outbox.conftest import make_user, shipped, tell

pytestmark = pytest.mark.django_db

SIGN_IN = "ops_portal.accounts.backends.RoleBackend"
ENDPOINTS, DELIVERIES = "/admin/outbox/endpoint/", "/admin/outbox/delivery/"
URL = "https://partner.example/hook"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=SIGN_IN)
    return client


@pytest.fixture
def manager(db: None) -> Client:
    return signed_in(make_user("manager", Role.OPERATIONS_MANAGER, is_staff=True))


def secret_on(answer) -> str:
    found = re.search(r'id="new-secret">([^<]+)<', answer.content.decode())
    assert found, answer.content
    return found[1]


def opened(client: Client, owner: User, url: str = URL) -> Endpoint:
    answer = client.post(
        f"{ENDPOINTS}add/", {"owner": owner.pk, "url": url, "kinds": "order.shipped", "description": ""}
    )
    endpoint = Endpoint.objects.get(owner=owner, url=url)
    assert secrets_of(endpoint.secret_sealed, at=NOON) == (secret_on(answer),)
    return endpoint


def test_an_endpoint_is_opened_for_a_partner_and_its_secret_shown_once(manager: Client, acme: User):
    endpoint = opened(manager, acme)
    assert (endpoint.owner, endpoint.kinds) == (acme, ["order.shipped"])
    assert "whsec_" not in manager.get(f"{ENDPOINTS}{endpoint.pk}/change/").content.decode()


@pytest.mark.parametrize("url", ["https://127.0.0.1/", "https://2130706433/", "ftp://partner.example/"])
def test_a_refused_address_is_said_beside_the_form(manager: Client, acme: User, url: str):
    answer = manager.post(f"{ENDPOINTS}add/", {"owner": acme.pk, "url": url, "kinds": "", "description": ""})
    assert (answer.status_code, Endpoint.objects.count()) == (200, 0)


def test_a_partner_in_the_office_opens_none_for_anybody_else(acme: User):
    User.objects.filter(pk=acme.pk).update(is_staff=True)
    client, other = signed_in(User.objects.get(pk=acme.pk)), make_user("manager", Role.OPERATIONS_MANAGER)
    assert "manager" not in client.get(f"{ENDPOINTS}add/").content.decode()
    client.post(f"{ENDPOINTS}add/", {"owner": other.pk, "url": URL, "kinds": "", "description": ""})
    assert Endpoint.objects.count() == 0
    opened(client, acme)


def test_a_new_secret_is_asked_for_first_and_then_shown_once(manager: Client, acme: User):
    endpoint = opened(manager, acme)
    page = f"{ENDPOINTS}{endpoint.pk}/rotate/"
    before = bytes(endpoint.secret_sealed)
    assert manager.get(page).status_code == 200
    assert bytes(Endpoint.objects.get().secret_sealed) == before
    secret = secret_on(manager.post(page))
    assert secrets_of(Endpoint.objects.get().secret_sealed, at=NOON)[0] == secret


def test_an_endpoint_is_changed_and_switched_off_and_on_and_closed(manager: Client, acme: User):
    endpoint = opened(manager, acme)
    page = f"{ENDPOINTS}{endpoint.pk}/"
    manager.post(f"{page}change/", {"url": f"{URL}/2", "kinds": "", "description": "ours"})
    endpoint.refresh_from_db()
    assert (endpoint.url, endpoint.kinds, endpoint.description) == (f"{URL}/2", [], "ours")
    seen = []
    for move in ("switch-off", "switch-on", "close"):
        manager.post(f"{page}{move}/", {"_form_submitted": "True"})
        endpoint.refresh_from_db()
        seen.append((endpoint.is_active, endpoint.disabled_reason))
    assert seen == [(False, "by_hand"), (True, ""), (False, "closed")]


def test_a_delivery_shows_its_message_and_is_sent_again_one_by_one_and_many_at_once(
    manager: Client, acme: User
):
    opened(manager, acme)
    tell(shipped("SO1", units=7), shipped("SO2"))
    Delivery.objects.update(status="failed")
    first, second = Delivery.objects.order_by("pk")
    page = manager.get(f"{DELIVERIES}{first.pk}/change/").content.decode()
    assert "&quot;units&quot;: 7" in page
    assert "Not tried yet" in page
    manager.post(f"{DELIVERIES}{first.pk}/replay/", {"_form_submitted": "True"})
    manager.post(DELIVERIES, {"action": "move_replay", "_selected_action": second.pk})
    assert set(Delivery.objects.values_list("status", flat=True)) == {"pending"}
    assert Delivery.objects.filter(attempts=0).count() == 2


def test_lists_take_as_many_statements_for_3_rows_as_for_1(manager: Client, acme: User):
    opened(manager, acme)
    for address, count in ((DELIVERIES, 6), ("/admin/outbox/event/", 5)):
        assert_statements(count, lambda address=address: manager.get(address), lambda: tell(shipped()))
