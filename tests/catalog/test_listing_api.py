"""Listings over REST: each caller's own, with what buyers see and what is on its way."""

from __future__ import annotations

import pytest
from django.test import Client

from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import Grant, User
from ops_portal.lib.testing import assert_statements
from tests.catalog.listings import Desk

pytestmark = pytest.mark.django_db
URL = "/api/v1/listings/"


def signed_in(name, role, *shops):
    user = User.objects.create_user(name, roles=[role])
    Grant.objects.bulk_create(Grant(user=user, kind="shop", code=code) for code in shops)
    client = Client()
    client.force_login(user)
    return client


def test_a_listing_tells_what_buyers_see_and_what_is_on_its_way():
    desk = Desk()
    desk.approved()
    desk.draft(title="Better words")
    client = signed_in("lin", Role.OPERATIONS_MANAGER)
    (row,) = client.get(URL).json()["results"]
    number = row["number"]
    assert (row["shop"], row["product"], row["brand"], row["status"]) == ("S1", "P-TEA-1", "ACME", "live")
    assert (row["live_version"], row["content"]["title"]) == (f"{number}-1", "Green tea TEA-1")
    assert row["content"]["skus"] == [{"sku_code": "TEA-1", "price": "10.00", "channel_code": ""}]
    assert (row["open_version"]["number"], row["open_version"]["status"]) == (f"{number}-2", "draft")
    assert client.get(f"{URL}{number}/").json() == row


def test_operators_see_the_listings_of_their_shops_and_partners_none():
    desks = [Desk("S1", "TEA-1"), Desk("S2", "TEA-2")]
    numbers = [each.draft().listing.number for each in desks]
    operator = signed_in("op", Role.ONSITE_OPERATOR, "S2")
    assert [row["number"] for row in operator.get(URL).json()["results"]] == [numbers[1]]
    assert [operator.get(f"{URL}{number}/").status_code for number in numbers] == [404, 200]
    partner = signed_in("acme", Role.BRAND_PARTNER)
    assert partner.get(URL).status_code == 403
    manager = signed_in("lin", Role.OPERATIONS_MANAGER)
    found = {
        query: [row["number"] for row in manager.get(URL, dict([query])).json()["results"]]
        for query in (("shop", "S1"), ("product", "P-TEA-2"), ("status", "live"), ("brand", "ACME"))
    }
    assert found == {
        ("shop", "S1"): [numbers[0]],
        ("product", "P-TEA-2"): [numbers[1]],
        ("status", "live"): [],
        ("brand", "ACME"): numbers[::-1],
    }


def test_a_list_takes_four_statements_with_one_row_and_with_three():
    client = signed_in("lin", Role.OPERATIONS_MANAGER)
    desks = iter([Desk(f"S{number}", f"TEA-{number}") for number in range(3)])
    assert_statements(4, lambda: client.get(URL), lambda: next(desks).draft())
