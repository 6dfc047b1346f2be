"""Codes of shops: they become known by orders, people say what they are, and the orders go on."""

from __future__ import annotations

from decimal import Decimal

import pytest

from catalog.choices import MatchStatus
from catalog.drafts import ApprovalDraft, MatchDraft, OfferedSku, ShopCodeDraft
from catalog.models import ChannelSku, Sku
from catalog.operations.listings import approve_versions
from catalog.operations.matching import ignore_skus, match_skus, open_shop_codes
from catalog.queries.match_desk import MatchRow
from catalog.queries.suggestions import Suggestion, all_suggestions, is_named, suggestions_for
from ops_portal.accounts.choices import Role
from ops_portal.lib.testing import assert_statements
from orders.drafts import LineDraft
from orders.models import Order, OrderLine
from orders.operations.placing import place_orders, take_in_orders
from orders.operations.waiting import serve_waiting_orders
from tests.catalog.listings import LATER, Desk, codes, person
from tests.factories import ACTOR, NOON, make_shop, make_sku, make_warehouse, order_draft, receive, stock_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def matcher(db):
    return person("wen", Role.ONSITE_OPERATOR)


def line(code, title="Green tea, spring"):
    return LineDraft(code, 2, Decimal("10.00"), title=title)


def opened(code="X-1", shop="S1", **facts):
    make_shop(shop)
    open_shop_codes([ShopCodeDraft(shop, code, **facts)], actor=ACTOR, at=NOON)
    return ChannelSku.objects.get(channel__code=shop, code=code)


def test_a_code_that_keeps_an_order_waiting_is_asked_for_once():
    shop = make_shop("S1")
    make_sku("TEA-1")
    drafts = [order_draft(shop, line("X-1"), line("TEA-1")), order_draft(shop, line("X-1"), line("X-2"))]
    take_in_orders(drafts, actor=ACTOR, at=NOON)
    take_in_orders([order_draft(shop, line("X-1", "Other words"))], actor=ACTOR, at=NOON)
    found = ChannelSku.objects.order_by("code").values_list("channel__code", "code", "title", "status")
    assert list(found) == [
        ("S1", "X-1", "Green tea, spring", "open"),
        ("S1", "X-2", "Green tea, spring", "open"),
    ]


def test_an_order_that_was_refused_asks_for_nothing():
    make_sku("TEA-1")
    outcome = place_orders([order_draft(make_shop("S1"), line("X-1"))], actor=ACTOR, at=NOON)
    assert codes(outcome) == ["unknown_sku"]
    assert not ChannelSku.objects.exists()


def test_a_matched_code_lets_the_order_that_waits_for_it_go_on(matcher, django_capture_on_commit_callbacks):
    shop, warehouse, sku = make_shop("S1"), make_warehouse("MAIN"), make_sku("TEA-1")
    receive(sku, 5, warehouse=warehouse)
    take_in_orders([order_draft(shop, line("X-1"))], actor=ACTOR, at=NOON)
    other = make_shop("S2")
    take_in_orders([order_draft(other, line("X-1"))], actor=ACTOR, at=NOON)
    assert set(Order.objects.values_list("status", flat=True)) == {"unmapped"}
    with django_capture_on_commit_callbacks(execute=True):
        wanted = ChannelSku.objects.get(channel__code="S1")
        match_skus([MatchDraft(wanted.pk, "TEA-1")], actor=matcher, at=LATER).one()
    statuses = dict(Order.objects.values_list("shop__code", "status"))
    assert statuses == {"S1": "created", "S2": "unmapped"}
    assert OrderLine.objects.get(order__shop__code="S1").sku_id == sku.pk
    assert (stock_of(sku, warehouse).reserved, stock_of(sku, warehouse).available) == (2, 3)


def test_the_next_order_with_a_matched_code_is_placed_at_once(matcher):
    shop, warehouse, sku = make_shop("S1"), make_warehouse("MAIN"), make_sku("TEA-1")
    receive(sku, 5, warehouse=warehouse)
    match_skus([MatchDraft(opened().pk, "TEA-1")], actor=matcher, at=LATER).one()
    drafts = [order_draft(shop, line("X-1")), order_draft(make_shop("S2"), line("X-1"))]
    outcome = place_orders(drafts, actor=ACTOR, at=LATER)
    assert ([each.status for each in outcome.done], codes(outcome)) == (["created"], ["unknown_sku"])
    assert OrderLine.objects.get().sku_id == sku.pk


def test_one_code_means_in_each_shop_what_was_said_there(matcher):
    warehouse = make_warehouse("MAIN")
    for shop, code in (("S1", "TEA-1"), ("S2", "TEA-2")):
        receive(make_sku(code), 5, warehouse=warehouse)
        match_skus([MatchDraft(opened("X-1", shop).pk, code)], actor=matcher, at=LATER).one()
    drafts = [order_draft(make_shop(shop), line("X-1")) for shop in ("S1", "S2")]
    assert len(place_orders(drafts, actor=ACTOR, at=LATER).done) == 2
    found = OrderLine.objects.order_by("order__shop__code").values_list("order__shop__code", "sku__code")
    assert list(found) == [("S1", "TEA-1"), ("S2", "TEA-2")]


def test_a_sku_that_is_no_longer_sold_takes_no_new_orders_by_its_shop_code(matcher):
    shop, sku = make_shop("S1"), make_sku("TEA-1")
    match_skus([MatchDraft(opened().pk, "TEA-1")], actor=matcher, at=LATER).one()
    sku.is_active = False
    sku.save()
    assert codes(place_orders([order_draft(shop, line("X-1"))], actor=ACTOR, at=LATER)) == ["unknown_sku"]


def test_our_own_code_counts_before_what_a_shop_calls_it(matcher):
    make_sku("TEA-1")
    asked = opened("TEA-9")
    late = make_sku("TEA-9")
    outcome = match_skus([MatchDraft(asked.pk, "TEA-1")], actor=matcher, at=LATER)
    assert codes(outcome) == ["code_taken"]
    match_skus([MatchDraft(asked.pk, "TEA-9")], actor=matcher, at=LATER).one()
    assert ChannelSku.objects.get().sku_id == late.pk


def test_who_matches_says_what_the_code_was_before(matcher):
    for code in ("TEA-1", "TEA-2"):
        make_sku(code)
    asked = opened()
    match_skus([MatchDraft(asked.pk, "TEA-1")], actor=matcher, at=LATER).one()
    match_skus([MatchDraft(asked.pk, "TEA-1")], actor=matcher, at=LATER).one()
    drafts = [MatchDraft(asked.pk, "TEA-2"), MatchDraft(asked.pk, "?"), MatchDraft(0, "TEA-1")]
    outcome = match_skus(drafts, actor=matcher, at=LATER)
    assert codes(outcome) == ["changed_meanwhile", "unknown_sku", "no_such_shop_code"]
    match_skus([MatchDraft(asked.pk, "TEA-2", "TEA-1")], actor=matcher, at=LATER).one()
    assert ChannelSku.objects.get().sku.code == "TEA-2"


def test_what_is_none_of_ours_is_put_aside_and_can_be_matched_later(matcher):
    make_sku("TEA-1")
    asked = opened()
    ignore_skus([asked.pk], actor=matcher, at=LATER).one()
    assert ChannelSku.objects.get().status == MatchStatus.IGNORED
    open_shop_codes([ShopCodeDraft("S1", "X-1")], actor=ACTOR, at=LATER)
    assert ChannelSku.objects.get().status == MatchStatus.IGNORED
    match_skus([MatchDraft(asked.pk, "TEA-1")], actor=matcher, at=LATER).one()
    assert codes(ignore_skus([asked.pk], actor=matcher, at=LATER)) == ["changed_meanwhile"]


@pytest.mark.parametrize("role", [Role.CUSTOMER_SERVICE, Role.WAREHOUSE, Role.BRAND_PARTNER])
def test_roles_that_list_nothing_match_nothing(role):
    make_sku("TEA-1")
    stranger, asked = person("x", role), opened()
    assert codes(match_skus([MatchDraft(asked.pk, "TEA-1")], actor=stranger, at=LATER)) == [
        "role_may_not_match"
    ]
    assert codes(ignore_skus([asked.pk], actor=stranger, at=LATER)) == ["role_may_not_match"]


def test_an_approved_listing_says_what_its_codes_are(django_capture_on_commit_callbacks):
    desk, warehouse = Desk(), make_warehouse("MAIN")
    receive(desk.sku, 5, warehouse=warehouse)
    take_in_orders([order_draft(desk.shop, line("X-1"))], actor=ACTOR, at=NOON)
    with django_capture_on_commit_callbacks(execute=True):
        desk.approved(skus=(OfferedSku("TEA-1", Decimal(10), "X-1"),))
    assert ChannelSku.objects.get().sku_id == desk.sku.pk
    assert Order.objects.get().status == "created"


def test_a_listing_whose_code_was_matched_with_another_sku_since_is_not_approved(matcher):
    desk = Desk()
    make_sku("MUG-1")
    number = desk.checked(skus=(OfferedSku("TEA-1", Decimal(10), "X-1"),)).number
    match_skus([MatchDraft(opened().pk, "MUG-1")], actor=matcher, at=LATER).one()
    outcome = approve_versions([ApprovalDraft(number)], actor=desk.approver, at=LATER)
    assert codes(outcome) == ["content_not_ready"]


def suggested(asked):
    return [(each.sku.code, each.score) for each in suggestions_for(asked)]


def test_the_barcode_is_believed_first_then_another_shop_then_likeness(matcher):
    for code in ("GREEN-TEA-100", "GREEN-TEA-250", "MUG-1"):
        make_sku(code)
    mug = make_sku("MUG-2")
    mug.barcode = "6901234567892"
    mug.save()
    match_skus([MatchDraft(opened("GREENTEA100", "S2").pk, "MUG-1")], actor=matcher, at=LATER).one()
    asked = opened("GREENTEA100", barcode="6901234567892")
    found = suggestions_for(asked)
    assert [each.sku.code for each in found[:4]] == ["MUG-2", "MUG-1", "GREEN-TEA-100", "GREEN-TEA-250"]
    assert [each.score for each in found[:2]] == [1.0, 0.95]
    assert [each.reason for each in found[:2]] == ["The barcode is the same.", "It is this SKU in S2."]
    assert found[2].reason.startswith("The code is alike")
    assert 0.2 <= found[3].score < found[2].score <= 0.9


def test_the_variant_that_the_title_names_comes_first():
    for code, colour in (("A1", "红色"), ("A2", "蓝色"), ("A3", "白色")):
        sku = make_sku(code)
        sku.product.name = "明前龙井绿茶礼盒"
        sku.product.save()
        sku.options = {"colour": colour}
        sku.save()
    asked = opened("7788", title="2026新茶 明前龙井绿茶 蓝色 礼盒装")
    best, *others = suggestions_for(asked)
    assert best.sku.code == "A2"
    assert "蓝色" in best.reason
    assert len(others) == 2
    assert best.score > others[0].score


def test_nothing_is_suggested_where_nothing_is_alike():
    make_sku("TEA-1")
    assert suggested(opened("9", title="咖啡机")) == []


def test_suggestions_take_three_statements_whatever_their_number():
    make_sku("TEA-1")
    asked = []
    assert_statements(3, lambda: all_suggestions(asked), lambda: asked.append(opened(f"TEA-1{len(asked)}")))


def test_a_sku_that_comes_with_the_code_itself_serves_the_order_as_before():
    shop, warehouse = make_shop("S1"), make_warehouse("MAIN")
    take_in_orders([order_draft(shop, line("TEA-1"))], actor=ACTOR, at=NOON)
    sku = make_sku("TEA-1")
    receive(sku, 5, warehouse=warehouse)
    assert len(serve_waiting_orders(actor=ACTOR, at=LATER).done) == 1


@pytest.mark.parametrize(
    ("scores", "is_chosen"), [((0.8, 0.8), False), ((0.8, 0.7), True), ((0.4,), False), ((), False)]
)
def test_a_suggestion_is_chosen_beforehand_where_it_is_likely_and_the_likeliest_alone(scores, is_chosen):
    """A jumper in two colours scores the same twice: Enter must not confirm the wrong one."""
    row = MatchRow(ChannelSku(), [Suggestion(Sku(), "", score) for score in scores])
    assert row.is_likely == is_chosen


@pytest.mark.parametrize(
    ("value", "said", "expected"),
    [("l", "jeans, blue, xl", False), ("xl", "jeans, blue, xl", True), ("蓝", "直筒牛仔裤复古蓝xl", True)],
)
def test_a_size_is_named_by_itself_and_not_by_a_larger_one(value, said, expected):
    assert is_named(value, said) == expected
