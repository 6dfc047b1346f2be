"""The pages of what shops show and of holds, and the door for machines."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from catalog.choices import MatchStatus
from catalog.models import Channel, ChannelSku, ChannelStock, ChannelStockRule, StockHold
from catalog.operations.channel_stock import RuleDraft, set_rules, show_stock
from ops_portal.accounts.choices import GrantKind, Role
from ops_portal.accounts.models import Grant, User
from ops_portal.accounts.operations.keys import ApiKeyDraft, create_api_keys
from ops_portal.lib.principals import acting_as
from ops_portal.lib.testing.statements import assert_statements
from tests.factories import ACTOR, NOON, make_shop, make_sku, make_warehouse, receive, stock_of

pytestmark = pytest.mark.django_db
PAGE, HOLDS = "/admin/channel-stock/", "/admin/channel-stock/holds/"


def offer(shop, sku):
    return ChannelSku.objects.create(
        channel=Channel.objects.get(code=shop.code),
        code=f"{shop.code}-{sku.code}",
        sku=sku,
        status=MatchStatus.MATCHED,
        created_at=NOON,
        updated_at=NOON,
    )


def person(client, *roles, shops=(), brands=()):
    with acting_as(ACTOR):
        user = User.objects.create_user(f"p{User.objects.count()}", roles=list(roles), is_staff=True)
        for kind, codes in ((GrantKind.SHOP, shops), (GrantKind.BRAND, brands)):
            for code in codes:
                Grant.objects.create(user=user, kind=kind, code=code)
    client.force_login(user)
    return client


@pytest.fixture
def house():
    warehouse, sku = make_warehouse("MAIN"), make_sku("A")
    shops = make_shop("S1"), make_shop("S2")
    codes = [offer(shop, sku) for shop in shops]
    receive(sku, 10, warehouse=warehouse)
    show_stock(actor=ACTOR, at=NOON)
    return warehouse, sku, codes


@pytest.fixture
def manager(client, house):
    return person(client, Role.OPERATIONS_MANAGER)


def test_the_page_spells_out_that_half_of_10_less_2_is_3(manager):
    set_rules([RuleDraft("S1", "", Decimal("0.5"), 2)], actor=ACTOR, at=NOON)
    page = manager.get(PAGE, {"shop": "S1"}).content.decode()
    assert "50 % × 10 = 5" in page
    assert "− 2" in page
    assert "soon 3" in page
    show_stock(actor=ACTOR, at=NOON)
    assert "soon" not in manager.get(PAGE, {"shop": "S1"}).content.decode()


def test_the_page_takes_the_same_statements_for_1_code_and_for_3(manager):
    shop = make_shop("S3")
    warehouse = make_warehouse("MAIN")

    def add():
        sku = make_sku()
        offer(shop, sku)
        receive(sku, 1, warehouse=warehouse)

    assert_statements(14, lambda: manager.get(PAGE, {"shop": "S3"}), add)


def test_a_person_of_s2_sees_the_codes_of_s2_only(client, house):
    mine = person(client, Role.ONSITE_OPERATOR, shops=["S2"], brands=["ACME"])
    page = mine.get(PAGE, {"shop": "S1"}).content.decode()
    assert "S2-A" in page
    assert "S1-A" not in page
    assert mine.get(f"{PAGE}export/", {"shop": "S1"}).status_code == 404
    body = {"shop": "S1", "whole": "1", "share": "10", "buffer": "0", "presale": "0"}
    assert mine.post(f"{PAGE}set/", body).status_code == 404
    assert ChannelStockRule.objects.count() == 0


def test_a_rule_is_looked_at_before_it_holds(manager, house):
    _warehouse, _sku, (first, _second) = house
    body = {"shop": "S1", "number": first.pk, "share": "30", "buffer": "1", "presale": "0", "is_on": "1"}
    seen = manager.post(f"{PAGE}preview/", body).content.decode()
    assert "<b>10</b> → <b>2</b>" in seen
    assert ChannelStockRule.objects.count() == 0
    manager.post(f"{PAGE}set/", body)
    rule = ChannelStockRule.objects.get()
    assert (rule.sku.code, rule.share, rule.buffer, rule.is_on) == ("A", Decimal("0.3"), 1, True)
    back = manager.post(
        f"{PAGE}preview/", {"shop": "S1", "number": first.pk, "verb": "drop"}
    ).content.decode()
    assert "<b>2</b> → <b>10</b>" in back
    manager.post(f"{PAGE}set/", {"shop": "S1", "number": first.pk, "verb": "drop"})
    assert ChannelStockRule.objects.count() == 0


def test_a_rule_of_the_shop_is_previewed_without_the_skus_that_have_their_own(manager):
    set_rules([RuleDraft("S1", "A", Decimal("0.5"))], actor=ACTOR, at=NOON)
    body = {"shop": "S1", "whole": "1", "share": "0", "buffer": "0", "presale": "0", "is_on": "1"}
    assert "No number changes." in manager.post(f"{PAGE}preview/", body).content.decode()


@pytest.mark.parametrize("share", ["-1", "101", "NaN", "", "ten"])
def test_a_share_that_is_none_changes_nothing(manager, share):
    body = {"shop": "S1", "whole": "1", "share": share, "buffer": "0", "presale": "0"}
    for verb in ("preview", "set"):
        assert manager.post(f"{PAGE}{verb}/", body).status_code == 302
    assert ChannelStockRule.objects.count() == 0


def test_the_stock_file_names_its_columns_as_the_platform_does(client):
    warehouse, sku = make_warehouse("MAIN"), make_sku("A")
    offer(make_shop("P1", platform="pinduoduo"), sku)
    receive(sku, 4, warehouse=warehouse)
    show_stock(actor=ACTOR, at=NOON)
    manager = person(client, Role.OPERATIONS_MANAGER)
    answer = manager.get(f"{PAGE}export/", {"shop": "P1"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert text == "商家编码-规格维度,库存\r\nP1-A,4\r\n"


def test_units_are_held_extended_and_given_back_over_the_pages(manager, house):
    warehouse, sku, _codes = house
    until = (timezone.localtime() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    body = {"warehouse": "MAIN", "channel": "S1", "reason": "11.11", "until": until, "lines": "A\t4\n"}
    assert manager.post(f"{HOLDS}new/", body).status_code == 302
    hold = StockHold.objects.get()
    assert "A × 4" in manager.get(HOLDS).content.decode()
    later = (timezone.localtime() + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    manager.post(f"{HOLDS}act/", {"number": hold.number, "verb": "extend", "until": later})
    assert StockHold.objects.get().expires_at - hold.expires_at == timedelta(days=1)
    manager.post(f"{HOLDS}act/", {"number": hold.number, "verb": "release"})
    assert (StockHold.objects.get().status, stock_of(sku, warehouse).available) == ("released", 10)


@pytest.mark.parametrize(
    "said",
    [
        {"lines": "A"},
        {"lines": "A x"},
        {"lines": "A 0"},
        {"lines": "B 1"},
        {"lines": "A 11"},
        {"until": "2020-01-01T00:00"},
        {"until": "never"},
        {"warehouse": "X"},
        {"reason": ""},
        {"lines": ""},
    ],
)
def test_a_hold_that_can_not_be_comes_back_with_what_was_written(manager, said):
    until = (timezone.localtime() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    body = {"warehouse": "MAIN", "channel": "", "reason": "activity", "until": until, "lines": "A 4"} | said
    answer = manager.post(f"{HOLDS}new/", body)
    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode()
    assert StockHold.objects.count() == 0


@pytest.mark.parametrize("until", ["", "2026-99-99T00:00", "yesterday"])
def test_a_hold_is_not_extended_until_no_moment(manager, until):
    answer = manager.post(f"{HOLDS}act/", {"number": "SH1", "verb": "extend", "until": until})
    assert answer.status_code == 302


def test_customer_service_looks_and_changes_nothing(client, house):
    service = person(client, Role.CUSTOMER_SERVICE, shops=["S1"], brands=["ACME"])
    assert service.get(PAGE).status_code == 200
    assert "preview" not in service.get(PAGE).content.decode()
    for door in ("preview/", "set/", "again/", "holds/new/", "holds/act/"):
        assert service.post(f"{PAGE}{door}", {"shop": "S1", "whole": "1"}).status_code == 403


def test_pending_units_come_over_rest_and_lower_what_is_shown(client, house):
    key = (
        create_api_keys([ApiKeyDraft(roles=("operations_manager",))], actor=ACTOR, at=timezone.now())
        .one()
        .text
    )
    by = {"HTTP_AUTHORIZATION": f"Bearer {key}", "content_type": "application/json"}
    body = {
        "pending": [{"shop": "S1", "code": "S1-A", "units": 4}, {"shop": "S1", "code": "NONE", "units": 1}]
    }
    answer = client.post("/api/v1/channel-stock/", json.dumps(body), **by).json()
    assert [each["status"] for each in answer["results"]] == [200, 404]
    show_stock(actor=ACTOR, at=NOON)
    rows = client.get("/api/v1/channel-stock/", {"shop": "S1"}, HTTP_AUTHORIZATION=f"Bearer {key}").json()[
        "results"
    ]
    assert [(row["code"], row["sku"], row["units"], row["pending_units"]) for row in rows] == [
        ("S1-A", "A", 6, 4)
    ]
    assert ChannelStock.objects.get(channel_sku__code="S2-A").units == 10
    unknown = {"pending": [{"shop": "S9", "code": "S1-A", "units": 4}]}
    assert client.post("/api/v1/channel-stock/", json.dumps(unknown), **by).status_code == 400
