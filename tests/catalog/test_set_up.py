"""The rules that a new house begins with: once, and never over what somebody changed."""

from __future__ import annotations

import json
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command

from catalog.models import CheckRule, ListingRule
from catalog.operations.set_up import SetUp, set_up_rules
from ops_portal.lib.principals import acting_as
from tests.catalog.listings import Desk
from tests.factories import ACTOR, NOON

pytestmark = pytest.mark.django_db


def set_up():
    return set_up_rules(actor=ACTOR, at=NOON)


def test_a_new_house_begins_with_4_rules_of_checks_and_3_of_delisting():
    assert set_up() == SetUp(4, 3)
    assert set(
        CheckRule.objects.values_list("kind", "limit", "days", "quiet_days", "is_active", "brand")
    ) == {
        ("no_sale", Decimal("5.0000"), 30, 30, True, None),
        ("margin", Decimal("0.2500"), 30, 30, True, None),
        ("returns", Decimal("0.1500"), 30, 30, True, None),
        ("content", Decimal("2.0000"), 30, 30, True, None),
    }
    assert set(ListingRule.objects.values_list("cause", "hours", "is_on", "relists", "channel")) == {
        ("sold_out", 24, True, True, None),
        ("stop_sale", 0, True, True, None),
        ("licence", 24, True, True, None),
    }


def test_what_somebody_changed_or_deleted_stays_so_however_often_the_house_is_set_up():
    set_up()
    with acting_as(ACTOR):
        CheckRule.objects.filter(kind="margin").update(limit=Decimal("0.1"))
        CheckRule.objects.exclude(kind="margin").delete()
        ListingRule.objects.all().delete()
    assert set_up() == SetUp(0, 0)
    assert list(CheckRule.objects.values_list("kind", "limit")) == [("margin", Decimal("0.1000"))]
    assert not ListingRule.objects.exists()


def test_a_house_with_a_rule_of_its_own_gets_none_of_that_sort():
    with acting_as(ACTOR):
        ListingRule.objects.create(cause="sold_out", hours=5)
    assert set_up() == SetUp(4, 0)
    assert ListingRule.objects.get().hours == 5


def test_where_listings_stand_already_nothing_begins_to_go_off_the_shelf():
    Desk().approved()
    assert set_up() == SetUp(4, 3)
    assert not ListingRule.objects.filter(is_on=True).exists()


def test_the_command_says_what_it_made():
    out = StringIO()
    for made in ({"checks": 4, "delisting": 3}, {"checks": 0, "delisting": 0}):
        out.truncate(0)
        call_command("set_up_rules", "--json", stdout=out)
        assert json.loads(out.getvalue().strip("\x00").splitlines()[-1]).items() >= made.items()
