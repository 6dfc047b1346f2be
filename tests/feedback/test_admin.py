"""The list of feedback in the back office."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from feedback.drafts import ItemDraft
from feedback.operations.receiving import receive_items, undo_items
from ops_portal.accounts.choices import GrantKind, Role
from ops_portal.accounts.models import Grant, User
from ops_portal.lib.principals import acting_as
from tests.factories import ACTOR, NOON, make_shop

pytestmark = pytest.mark.django_db
PAGE = "/admin/feedback/feedbackitem/"


def reader(role, *shops):
    with acting_as(ACTOR):
        user = User.objects.create_user("lin", roles=[role], is_staff=True)
        for shop in shops:
            Grant.objects.create(user=user, kind=GrantKind.SHOP, code=shop.code)
    client = Client()
    client.force_login(user, backend="ops_portal.accounts.backends.RoleBackend")
    return client


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_at_most_8_statements_with_any_number_of_items(count):
    drafts = [
        ItemDraft(f"{number}", "很好", shop=make_shop(f"S{number}"), rating=5) for number in range(count)
    ]
    receive_items(drafts, actor=ACTOR, at=NOON)
    client = reader(Role.MANAGEMENT)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(PAGE)
    assert answer.context["cl"].result_count == count
    assert len(queries) <= 8


def test_whoever_has_one_shop_sees_its_items_and_none_that_was_taken_back():
    one, other = make_shop("S1"), make_shop("S2")
    drafts = [
        ItemDraft("1", "留下", shop=one),
        ItemDraft("2", "撤回", shop=one),
        ItemDraft("3", "别家", shop=other),
    ]
    done = receive_items(drafts, actor=ACTOR, at=NOON).done
    undo_items([done[1].id], actor=ACTOR, at=NOON)
    content = reader(Role.OPERATIONS, one).get(PAGE).content.decode()
    assert ("留下" in content, "撤回" in content, "别家" in content) == (True, False, False)


def test_nobody_adds_or_changes_an_item_by_hand():
    item = receive_items([ItemDraft("1", "很好")], actor=ACTOR, at=NOON).one()
    client = reader(Role.OPERATIONS_MANAGER)
    assert client.get(f"{PAGE}add/").status_code == 403
    assert client.post(f"{PAGE}{item.id}/change/", {"text": "x"}).status_code == 403


def test_who_lacks_the_right_gets_403():
    assert reader(Role.WAREHOUSE).get(PAGE).status_code == 403
