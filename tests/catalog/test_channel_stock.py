"""What shops show: their share, less buffer and orders not yet downloaded, beside what is held for them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from catalog.choices import MatchStatus
from catalog.drafts import BundleDraft, ComponentDraft
from catalog.models import Channel, ChannelSku, ChannelStock, ChannelStockRule, ChannelWarehouse, StaleStock
from catalog.operations.channel_stock import (
    PendingDraft,
    RuleDraft,
    drop_rules,
    leave_shops_stale,
    set_pending,
    set_rules,
    show_stock,
    tell_again,
)
from catalog.operations.goods import save_bundles
from catalog.operations.holds import HoldDraft, end_holds, place_holds
from ops_portal.accounts.choices import GrantKind, Role
from ops_portal.accounts.models import Grant, User
from ops_portal.lib.principals import Principal, acting_as
from ops_portal.lib.testing.races import race
from ops_portal.lib.testing.statements import statements_of
from ops_portal.outbox.models import Delivery, Endpoint, Event
from orders.models import ShopWarehouse
from orders.operations.placing import place_orders
from tests.factories import ACTOR, NOON, make_shop, make_sku, make_warehouse, order_draft, receive

pytestmark = pytest.mark.django_db


def offer(shop, sku, code=""):
    return ChannelSku.objects.create(
        channel=Channel.objects.get(code=shop.code),
        code=code or f"{shop.code}-{sku.code}",
        sku=sku,
        status=MatchStatus.MATCHED,
        created_at=NOON,
        updated_at=NOON,
    )


def sweep(at=NOON):
    return show_stock(actor=ACTOR, at=at)


def shown() -> dict[str, int]:
    rows = ChannelStock.objects.order_by("channel_sku__code")
    return dict(rows.values_list("channel_sku__code", "units"))


def rule(shop="S1", sku="", share="1", buffer=0, presale=0, is_on=True):
    draft = RuleDraft(shop, sku, Decimal(share), buffer, presale, is_on)
    return set_rules([draft], actor=ACTOR, at=NOON)


@pytest.fixture
def house():
    """10 units of A, which S1 and S2 offer."""
    warehouse, sku = make_warehouse("MAIN"), make_sku("A")
    first, second = make_shop("S1"), make_shop("S2")
    offer(first, sku)
    offer(second, sku)
    receive(sku, 10, warehouse=warehouse)
    return warehouse, sku, first, second


@pytest.fixture
def listener():
    """The agency's own connector, and a partner's of the brand, who must hear nothing."""
    with acting_as(ACTOR):
        agency = User.objects.create_user("agency", roles=[Role.OPERATIONS_MANAGER])
        partner = User.objects.create_user("acme", roles=[Role.BRAND_PARTNER])
        Grant.objects.create(user=partner, kind=GrantKind.BRAND, code="ACME")
        for user in (agency, partner):
            Endpoint.objects.create(
                owner=user,
                url="https://example.org/hook",
                secret_sealed=b"x",
                created_at=NOON,
                updated_at=NOON,
            )
        return agency


def test_shops_without_a_rule_show_all_10(house):
    assert sweep() == 2
    assert shown() == {"S1-A": 10, "S2-A": 10}


def test_a_third_of_10_less_a_buffer_of_1_is_2(house):
    rule(share="0.3333", buffer=1).one()
    sweep()
    assert shown()["S1-A"] == 2


def test_a_rule_of_the_sku_goes_before_that_of_the_shop_until_it_is_dropped(house):
    rule(share="0.5").one()
    rule(sku="A", share="0.2", presale=7).one()
    sweep()
    assert shown() == {"S1-A": 9, "S2-A": 10}
    drop_rules([RuleDraft("S1", "A")], actor=ACTOR, at=NOON).one()
    sweep()
    assert shown()["S1-A"] == 5
    drop_rules([RuleDraft("S1")], actor=ACTOR, at=NOON).one()
    sweep()
    assert shown()["S1-A"] == 10
    assert ChannelStockRule.objects.count() == 0


def test_a_rule_that_is_off_shows_nothing_not_even_what_is_held(house):
    place_holds(
        [HoldDraft("MAIN", (("A", 4),), "11.11", NOON + timedelta(hours=1), "S1")], actor=ACTOR, at=NOON
    )
    rule(is_on=False).one()
    sweep()
    assert shown() == {"S1-A": 0, "S2-A": 6}


def test_12_pending_units_of_10_leave_nothing_but_the_held_and_the_presale(house):
    place_holds(
        [HoldDraft("MAIN", (("A", 4),), "11.11", NOON + timedelta(hours=1), "S1")], actor=ACTOR, at=NOON
    )
    rule(presale=3).one()
    set_pending([PendingDraft("S1", "S1-A", 12)], actor=ACTOR, at=NOON).one()
    sweep()
    assert shown() == {"S1-A": 7, "S2-A": 6}


def test_a_hold_moves_4_units_from_s2_to_s1_and_back_when_it_ends(house):
    sweep()
    place_holds(
        [HoldDraft("MAIN", (("A", 4),), "11.11", NOON + timedelta(hours=1), "S1")], actor=ACTOR, at=NOON
    )
    sweep()
    assert shown() == {"S1-A": 10, "S2-A": 6}
    end_holds(actor=ACTOR, at=NOON + timedelta(hours=1))
    sweep(NOON + timedelta(hours=1))
    assert shown() == {"S1-A": 10, "S2-A": 10}


def test_an_order_of_3_is_shown_by_the_next_sweep_and_told_once(house, listener):
    _warehouse, sku, first, _second = house
    sweep()
    place_orders([order_draft(first, (sku, 3))], actor=ACTOR, at=NOON).one()
    assert [sweep(), sweep()] == [2, 0]
    assert shown() == {"S1-A": 7, "S2-A": 7}
    told = Event.objects.filter(kind="channel_stock.changed").order_by("pk")
    heard = Delivery.objects.filter(event__in=told)
    assert set(heard.values_list("endpoint__owner", flat=True)) == {listener.pk}
    assert [(event.facts["shop"], event.facts["units"]) for event in told] == [
        ("S1", 10),
        ("S2", 10),
        ("S1", 7),
        ("S2", 7),
    ]


def test_a_number_that_stays_is_not_told_and_keeps_its_since(house, listener):
    sweep()
    leave_shops_stale()
    assert sweep(NOON + timedelta(hours=1)) == 0
    assert set(ChannelStock.objects.values_list("since", flat=True)) == {NOON}


def test_telling_again_repeats_the_2_numbers_of_a_shop(house, listener):
    sweep()
    tell_again(["S1"], actor=ACTOR, at=NOON + timedelta(hours=1)).one()
    told = Event.objects.filter(kind="channel_stock.changed").order_by("pk")
    assert [event.facts["shop"] for event in told] == ["S1", "S2", "S1"]
    assert ChannelStock.objects.get(channel_sku__code="S1-A").pushed_at == NOON + timedelta(hours=1)


def test_a_shop_shows_only_what_the_warehouses_have_from_which_it_is_served(house):
    _warehouse, sku, first, _second = house
    far = make_warehouse("FAR")
    receive(sku, 5, warehouse=far)
    served = ShopWarehouse.objects.create(shop=first, warehouse=far, rank=1)
    sweep()
    assert shown() == {"S1-A": 5, "S2-A": 15}
    ShopWarehouse.objects.filter(pk=served.pk).update(warehouse=make_warehouse("MAIN"))
    assert list(ChannelWarehouse.objects.values_list("warehouse__code", flat=True)) == ["MAIN"]
    sweep()
    assert shown()["S1-A"] == 10
    served.delete()
    sweep()
    assert shown()["S1-A"] == 15


def test_a_bundle_of_2_a_and_1_b_shows_the_least_that_one_warehouse_can_make(house):
    warehouse, _sku, first, _second = house
    cap, both = make_sku("B"), make_sku("SET")
    parts = (ComponentDraft("A", 2, Decimal(70)), ComponentDraft("B", 1, Decimal(30)))
    save_bundles([BundleDraft("SET", parts)], actor=ACTOR, at=NOON).one()
    offer(first, both)
    receive(cap, 4, warehouse=warehouse)
    receive(cap, 9, warehouse=make_warehouse("FAR"))
    sweep()
    assert shown()["S1-SET"] == 4
    receive(cap, 9, warehouse=warehouse)
    sweep()
    assert shown()["S1-SET"] == 5


def test_a_batch_past_its_date_is_not_shown_from_the_day_after(house):
    warehouse, _sku, first, _second = house
    cream = make_sku("CREAM", tracks_batches=True)
    offer(first, cream)
    receive(cream, 6, warehouse=warehouse, batch="B1", expires_on=date(2026, 11, 11))
    sweep()
    assert shown()["S1-CREAM"] == 6
    leave_shops_stale()
    sweep(NOON + timedelta(days=1))
    assert shown()["S1-CREAM"] == 0


def test_a_code_that_nobody_matched_shows_nothing(house):
    _warehouse, _sku, first, _second = house
    ChannelSku.objects.create(
        channel=Channel.objects.get(code=first.code), code="X", created_at=NOON, updated_at=NOON
    )
    sweep()
    assert "X" not in shown()


def test_rules_out_of_range_are_refused_by_the_operation_and_by_the_table(house):
    assert [rule(share=share).refused[0][1].code for share in ("-0.1", "1.1")] == ["terms_out_of_range"] * 2
    assert [rule(**{name: -1}).refused[0][1].code for name in ("buffer", "presale")] == [
        "terms_out_of_range"
    ] * 2
    assert rule(shop="NONE").refused[0][1].code == "unknown_shop"
    assert rule(sku="NONE").refused[0][1].code == "unknown_sku"


def test_customer_service_neither_sets_nor_drops_rules_nor_pending_units(house):
    nobody = Principal("person", "cs", 1, frozenset({"customer_service"}))
    answers = [
        set_rules([RuleDraft("S1")], actor=nobody, at=NOON),
        drop_rules([RuleDraft("S1")], actor=nobody, at=NOON),
        set_pending([PendingDraft("S1", "S1-A", 1)], actor=nobody, at=NOON),
        tell_again(["S1"], actor=nobody, at=NOON),
    ]
    assert [answer.refused[0][1].code for answer in answers] == ["role_may_not_share"] * 4


def test_pending_units_as_of_an_earlier_moment_are_refused_and_those_of_no_code(house):
    set_pending([PendingDraft("S1", "S1-A", 2, NOON)], actor=ACTOR, at=NOON).one()
    late = PendingDraft("S1", "S1-A", 9, NOON - timedelta(minutes=1))
    none = PendingDraft("S1", "S2-A", 9)
    ahead = PendingDraft("S1", "S1-A", 9, NOON + timedelta(minutes=1))
    outcome = set_pending([late, none, ahead], actor=ACTOR, at=NOON)
    assert [refusal.code for _i, refusal in outcome.refused] == [
        "older_than_known",
        "no_such_shop_code",
        "terms_out_of_range",
    ]
    assert ChannelSku.objects.get(code="S1-A").pending_units == 2


def test_a_sweep_of_3_codes_takes_the_statements_of_a_sweep_of_1(house):
    warehouse, _sku, first, _second = house
    sweep()
    counts = []
    for codes in (1, 3):
        for n in range(codes):
            sku = make_sku(f"N{codes}{n}")
            offer(first, sku)
            receive(sku, 1, warehouse=warehouse)
        counts.append(len(statements_of(sweep)))
    assert counts[0] == counts[1] == 17


@pytest.mark.django_db(transaction=True)
def test_4_sweeps_at_once_beside_12_orders_end_with_the_number_of_the_ledger():
    warehouse, sku, shop = make_warehouse("MAIN"), make_sku("A"), make_shop("S1")
    offer(shop, sku)
    receive(sku, 30, warehouse=warehouse)

    def buy():
        return place_orders([order_draft(shop, (sku, 1))], actor=ACTOR, at=NOON).one()

    answers = race([sweep, buy, buy, buy] * 4)
    assert all(not isinstance(answer, Exception) for answer in answers), answers
    sweep()
    assert shown() == {"S1-A": 18}
    assert StaleStock.objects.count() == 0
