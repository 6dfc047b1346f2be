"""Guards of the stock floor that stand behind another guard: each refuses by itself, with its own word."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.apps import apps

from catalog.drafts import CountDraft, RecountDraft, SendBackDraft
from catalog.models import Brand, CampaignPeriod, Count, CountPlan, StockHold, Tally
from catalog.models.goods import SharedQuerySet
from catalog.operations.count_approving import approve_stocktakes, send_back_stocktakes
from catalog.operations.counting import count_units, recount_units, submit_stocktakes
from catalog.operations.holds import HoldDraft, place_holds
from catalog.operations.purchasing import UnitsDraft, change_units
from catalog.operations.replenishing import suggest_replenishment
from catalog.operations.stocktaking import cancel_stocktakes, open_planned_stocktakes
from ops_portal.accounts.choices import GrantKind, Role
from ops_portal.accounts.models import Grant, User
from tests.catalog.counts import House
from tests.catalog.listings import codes, person
from tests.factories import ACTOR, NOON, make_sku, make_warehouse, receive
from tests.races.test_replenishment import wanting

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    return House()


def test_the_scan_of_one_is_not_counted_for_another_who_sends_its_key(house):
    stocktake = house.open()
    draft = CountDraft(stocktake.number, "A-01", "TEA", 3, "the-same-key")
    assert not count_units([draft], actor=house.counter, at=NOON).refused
    assert codes(count_units([draft], actor=house.other, at=NOON)) == ["wrong_units"]
    assert list(Tally.objects.values_list("counter_id", "units")) == [(house.counter.user_id, 3)]


def test_who_scanned_the_first_of_two_boxes_does_not_approve_though_another_counted_last(house):
    first = person("first", Role.MANAGEMENT, Role.WAREHOUSE)
    stocktake = house.open()
    house.count(stocktake, house.first, house.tea, 6, actor=first)
    house.count(stocktake, house.first, house.tea, 4)
    house.count(stocktake, house.second, house.tea, 6)
    house.count(stocktake, None, house.salt, 4)
    house.close(stocktake, house.first, house.second, None)
    house.submit(stocktake)
    assert stocktake.status == "review"
    outcome = approve_stocktakes([stocktake.number], actor=first, at=NOON)
    assert codes(outcome) == ["own_stocktake"]
    assert not house.approve(stocktake).refused


def test_only_those_who_count_hand_a_stocktake_on(house):
    stocktake = house.open()
    house.close(stocktake, house.first, house.second, None)
    clerk = person("clerk", Role.CUSTOMER_SERVICE)
    assert codes(submit_stocktakes([stocktake.number], actor=clerk, at=NOON)) == ["role_may_not_count"]
    stocktake.refresh_from_db()
    assert stocktake.status == "counting"


def differing(house: House):
    """Return a stocktake in which 8 instead of 10 were found in A-01, and the draft of its recount."""
    stocktake = house.counted(8, 6, 4)
    count = Count.objects.get(stocktake=stocktake, status="differs")
    return stocktake, RecountDraft(count.pk, 8, "again")


def test_only_those_who_count_count_once_more(house):
    _stocktake, draft = differing(house)
    clerk = person("clerk", Role.CUSTOMER_SERVICE)
    assert codes(recount_units([draft], actor=clerk, at=NOON)) == ["role_may_not_count"]


def test_the_recount_that_is_sent_twice_is_answered_though_the_stocktake_went_on(house):
    stocktake, draft = differing(house)
    assert codes(recount_units([draft], actor=house.other, at=NOON)) == []
    stocktake.refresh_from_db()
    assert stocktake.status == "review"
    assert codes(recount_units([draft], actor=house.other, at=NOON)) == []
    assert Tally.objects.filter(is_recount=True).count() == 1


def test_a_plan_opens_no_second_stocktake_on_one_day_though_the_first_was_called_off(house):
    CountPlan.objects.create(warehouse=house.warehouse, places_a_day=1)
    (first,) = open_planned_stocktakes(actor=ACTOR, at=NOON)
    assert not cancel_stocktakes([first.number], actor=house.opener, at=NOON).refused
    assert open_planned_stocktakes(actor=ACTOR, at=NOON + timedelta(hours=3)) == []
    assert len(open_planned_stocktakes(actor=ACTOR, at=NOON + timedelta(days=1))) == 1


def test_only_those_who_may_call_off_approve_and_send_back_a_stocktake(house):
    stocktake, draft = differing(house)
    clerk = person("clerk", Role.CUSTOMER_SERVICE)
    assert codes(cancel_stocktakes([stocktake.number], actor=clerk, at=NOON)) == ["role_may_not_move"]
    assert not recount_units([draft], actor=house.other, at=NOON).refused
    hand = person("hand", Role.WAREHOUSE)
    assert codes(approve_stocktakes([stocktake.number], actor=hand, at=NOON)) == ["role_may_not_move"]
    back = [SendBackDraft(stocktake.number, "look again")]
    assert codes(send_back_stocktakes(back, actor=hand, at=NOON)) == ["role_may_not_move"]


def test_only_those_who_plan_or_buy_change_the_units_of_a_suggestion():
    wanting()
    number = suggest_replenishment(actor=ACTOR, at=NOON).one().number
    clerk = person("clerk", Role.CUSTOMER_SERVICE)
    assert codes(change_units([UnitsDraft(number, 5)], actor=clerk, at=NOON)) == ["already_decided"]
    buyer = person("buyer", Role.OPERATIONS_MANAGER)
    assert codes(change_units([UnitsDraft(number, 5)], actor=buyer, at=NOON)) == []


def test_a_partner_sees_no_hold_not_even_of_its_own_goods_held_for_no_shop():
    receive(make_sku("A1", brand="ACME"), 5, warehouse=make_warehouse("MAIN"))
    draft = HoldDraft("MAIN", (("A1", 1),), "a reason of ours", NOON + timedelta(hours=1))
    assert not place_holds([draft], actor=ACTOR, at=NOON).refused
    seen = {}
    for role in (Role.BRAND_PARTNER, Role.ONSITE_OPERATOR):
        user = User.objects.create_user(f"of {role}", roles=[role])
        Grant.objects.create(user=user, kind=GrantKind.BRAND, code="ACME")
        seen[role] = StockHold.objects.visible_to(user).count()
    assert seen == {Role.BRAND_PARTNER: 0, Role.ONSITE_OPERATOR: 1}


def test_what_all_of_the_house_share_no_partner_sees():
    user = User.objects.create_user("partner", roles=[Role.BRAND_PARTNER])
    Grant.objects.create(user=user, kind=GrantKind.BRAND, code="ACME")
    shared = [
        model
        for model in apps.get_app_config("catalog").get_models()
        if isinstance(model._default_manager.all(), SharedQuerySet)
    ]
    assert len(shared) >= 12
    seen = [model.__name__ for model in shared if not model.objects.visible_to(user).query.is_empty()]
    assert seen == []


def test_a_campaign_of_all_brands_is_staff_s_to_see_and_that_of_another_brand_nobody_s():
    make_sku("A1", brand="ACME"), make_sku("B1", brand="BOLT")
    for code in (None, "ACME", "BOLT"):
        brand = Brand.objects.get(code=code) if code else None
        day = NOON.date()
        CampaignPeriod.objects.create(name=code or "all", brand=brand, starts_on=day, ends_on=day)
    seen = {}
    for role in (Role.BRAND_PARTNER, Role.ONSITE_OPERATOR):
        user = User.objects.create_user(f"of {role}", roles=[role])
        Grant.objects.create(user=user, kind=GrantKind.BRAND, code="ACME")
        seen[role] = set(CampaignPeriod.objects.visible_to(user).values_list("name", flat=True))
    assert seen == {Role.BRAND_PARTNER: {"ACME"}, Role.ONSITE_OPERATOR: {"ACME", "all"}}
