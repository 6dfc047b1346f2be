"""The sidebar of the admin."""

from __future__ import annotations

from collections import Counter

import pytest
from django.test import RequestFactory

from ops_portal.accounts.models import User
from ops_portal.lib.doors.sidebar import navigation
from ops_portal.lib.principals import acting_as
from tests.factories import ACTOR


@pytest.mark.django_db
def test_no_page_is_named_twice():
    with acting_as(ACTOR):
        root = User.objects.create_superuser(username="root")
    request = RequestFactory().get("/admin/")
    request.user = root
    groups = {
        str(group["title"]): [str(item["title"]) for item in group["items"]] for group in navigation(request)
    }
    assert groups["Goods"][0] == "Products"
    titles = [title for titles in groups.values() for title in titles]
    assert [title for title, times in Counter(titles).items() if times > 1] == []


@pytest.mark.django_db
def test_only_the_groups_of_pages_stand_open():
    with acting_as(ACTOR):
        root = User.objects.create_superuser(username="root")
    request = RequestFactory().get("/admin/")
    request.user = root
    standing = [str(group["title"]) for group in navigation(request) if not group["collapsible"]]
    assert standing == [
        "My work",
        "Orders",
        "After-sales",
        "Customers' voice",
        "Goods",
        "Warehouse",
        "Replenishment",
        "Settlement",
        "Figures",
        "Files",
    ]
