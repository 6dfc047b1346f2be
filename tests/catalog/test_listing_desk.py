"""Versions of listings on the desk: in which queue each stands, and who takes it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from catalog.desk import LISTINGS
from catalog.drafts import ReturnDraft
from catalog.operations.listings import check_versions, return_versions, submit_versions
from ops_portal.accounts.models import Grant, User
from ops_portal.desk.operations.assigning import take_next
from ops_portal.desk.queries.rows import united
from tests.catalog.listings import LATER, Desk
from tests.factories import NOON

pytestmark = pytest.mark.django_db


def standing(user):
    rows = united([(LISTINGS, LISTINGS.open_documents(user))])
    return rows.fetch("queue, number, title, shop_code, platform, due_at", "ORDER BY number")


def test_a_version_stands_in_the_queue_of_its_next_step_with_its_clock():
    desk = Desk()
    boss = User.objects.get(pk=desk.approver.user_id)
    version = desk.draft()
    assert standing(boss) == []
    facts = (version.number, "Product TEA-1", "S1", "tmall")
    submit_versions([version.number], actor=desk.writer, at=NOON)
    assert standing(boss) == [("listing_check", *facts, NOON + timedelta(hours=4))]
    check_versions([version.number], actor=desk.checker, at=LATER)
    assert standing(boss) == [("listing_approve", *facts, LATER + timedelta(hours=4))]
    return_versions([ReturnDraft(version.number, "x")], actor=desk.approver, at=LATER)
    assert standing(boss) == [("listing_returned", *facts, None)]


def test_a_supervisor_takes_the_next_version_of_the_shops_granted_to_her_and_no_other():
    first, second = Desk("S1", "TEA-1"), Desk("S2", "TEA-2")
    first.submitted()
    number = second.submitted().number
    supervisor = User.objects.get(pk=first.checker.user_id)
    assert standing(supervisor) == []
    Grant.objects.create(user=supervisor, kind="shop", code="S2")
    supervisor = User.objects.get(pk=supervisor.pk)
    taken = take_next("listing", "listing_check", user=supervisor, actor=first.checker, at=LATER)
    assert (taken.number, taken.owner_id) == (number, supervisor.pk)
    assert take_next("listing", "listing_check", user=supervisor, actor=first.checker, at=LATER) is None
