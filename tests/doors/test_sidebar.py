"""The sidebar of the admin."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from ops_portal.accounts.models import User
from ops_portal.lib.doors.sidebar import navigation
from ops_portal.lib.principals import acting_as
from tests.factories import ACTOR


@pytest.mark.django_db
def test_no_group_names_two_pages_alike():
    with acting_as(ACTOR):
        root = User.objects.create_superuser(username="root")
    request = RequestFactory().get("/admin/")
    request.user = root
    groups = {
        str(group["title"]): [str(item["title"]) for item in group["items"]] for group in navigation(request)
    }
    assert "Products" in groups["Goods and stock"]
    assert {name: titles for name, titles in groups.items() if len(set(titles)) < len(titles)} == {}
