"""The plan of the whole size, which needs no database: shares, rhythm, shapes, names."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from random import Random

import pytest

from ops_portal.demo.calendar import DAYS, ZONE, Span, at_hour
from ops_portal.demo.goods import barcode, bundle_drafts, sku_drafts
from ops_portal.demo.loading import ORDERS, SEED
from ops_portal.demo.planning import BACK_AFTER, BACK_BEFORE, UNPAID, Plan, plan_orders
from ops_portal.demo.vocabulary.shops import SHOPS

SHAPES = {
    "tmall": r"\d{19}",
    "jd": r"\d{12}",
    "pinduoduo": r"\d{6}-\d{15}",
    "douyin": r"69\d{17}",
    "own": r"SH\d{18}",
}
SPAN = Span(at_hour(date(2026, 11, 22), 15))


def planned() -> Plan:
    return plan_orders(SPAN, ORDERS, Random(SEED))[0]


@pytest.fixture(scope="module")
def plan() -> Plan:
    return planned()


def test_some_10000_orders_lie_in_90_days_of_which_one_has_more_than_1500(plan):
    by_day = Counter(order.placed_at.astimezone(ZONE).date() for order in plan.orders)
    assert 9_900 <= len(plan.orders) <= 10_100
    assert len(by_day) == DAYS
    assert (max(by_day), min(by_day)) == (SPAN.today - timedelta(days=1), SPAN.today - timedelta(days=90))
    [(great_day, most), (_next, second)] = by_day.most_common(2)
    assert (great_day, most >= 1_500, second < 400) == (date(2026, 11, 11), True, True)


def test_people_buy_from_20_to_22_and_at_weekends(plan):
    usual = [
        order.placed_at.astimezone(ZONE)
        for order in plan.orders
        if order.placed_at.date() < date(2026, 11, 7)
    ]
    hours = Counter(at.hour for at in usual)
    assert sorted(hour for hour, _count in hours.most_common(2)) == [20, 21]
    weekdays = Counter(at.weekday() for at in usual)
    assert min(weekdays[5], weekdays[6]) > max(weekdays[day] for day in range(4))


def test_8_to_15_percent_are_never_paid_and_refunds_go_by_category(plan):
    assert 0.08 <= sum(order.fate == UNPAID for order in plan.orders) / len(plan.orders) <= 0.15
    paid = [order for order in plan.orders if order.fate != UNPAID]
    part = {
        category: sum(order.fate in (BACK_BEFORE, BACK_AFTER) for order in paid if order.category == category)
        / sum(order.category == category for order in paid)
        for category in ("apparel", "cosmetics", "food")
    }
    assert 0.25 <= part["apparel"] <= 0.40
    assert 0.08 <= part["cosmetics"] <= 0.13
    assert 0.02 <= part["food"] <= 0.045
    before = sum(order.fate == BACK_BEFORE for order in paid)
    assert before / sum(order.fate in (BACK_BEFORE, BACK_AFTER) for order in paid) > 0.35


def test_numbers_have_the_shape_of_their_platform_and_are_given_once(plan):
    assert {shop.platform for shop in SHOPS} == set(SHAPES)
    assert all(re.fullmatch(SHAPES[order.shop.platform], order.platform_number) for order in plan.orders)
    assert len({order.platform_number for order in plan.orders}) == len(plan.orders)
    pinduoduo = next(order for order in plan.orders if order.shop.platform == "pinduoduo")
    assert pinduoduo.platform_number.startswith(f"{pinduoduo.placed_at.astimezone(ZONE):%y%m%d}-")


def test_orders_have_several_lines_and_prices_that_end_in_9(plan):
    lines = [line for order in plan.orders for line in order.lines]
    assert 1.8 < len(lines) / len(plan.orders) < 2.6
    assert all(str(line.price).rstrip("0").rstrip(".")[-1] == "9" for line in lines if not line.is_gift)
    assert all(line.price == 0 for line in lines if line.is_gift)
    bearers = Counter(bearer for line in lines for _amount, bearer in line.discounts)
    assert {"shop", "platform", "influencer"} <= set(bearers)
    assert min(line.worth for line in lines) >= 0


def test_buyers_are_masked_and_some_ask_for_sf_or_no_locker(plan):
    assert all(re.fullmatch(r".\*\*", order.buyer.name) for order in plan.orders)
    assert all("****" in order.buyer.phone and order.buyer.address.endswith("****") for order in plan.orders)
    remarks = Counter(order.remark for order in plan.orders)
    assert min(remarks["发顺丰"], remarks["不要放丰巢"]) > 10
    provinces = Counter(order.buyer.province for order in plan.orders)
    assert provinces["广东省"] > 2 * provinces["上海市"] > 4 * provinces["西藏自治区"]


def test_80_skus_of_3_brands_with_bundles_and_gifts_have_names_as_in_a_shop():
    skus = list(sku_drafts())
    assert (len(skus), len({sku.code for sku in skus}), len({sku.barcode for sku in skus})) == (80, 80, 80)
    assert {sku.brand_code for sku in skus} == {"MZC", "YSX", "HXM"}
    assert len(list(bundle_drafts())) == 7
    assert sum("赠品" in sku.product_name or "试吃" in sku.product_name for sku in skus) == 5
    for sku in skus:
        assert re.search(r"[\u4e00-\u9fff]{2}", sku.product_name)
        assert not re.search(r"(?i)product|brand|test|sample|lorem|foo|商品[A-Z]|测试", sku.product_name)


def test_barcodes_carry_their_check_digit():
    code = barcode(1234)
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(code))
    assert (len(code), code[0], weighted % 10) == (13, "2", 0)


def test_the_same_seed_gives_the_same_plan_and_another_gives_another(plan):
    assert planned() == plan
    assert plan_orders(SPAN, ORDERS, Random(SEED + 1))[0] != plan
