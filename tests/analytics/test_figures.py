"""What the figures say, computed by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics.metrics import METRICS
from analytics.queries.audit import audit_kpis
from analytics.queries.figures import DatesReversed, MixedCurrencies, NoSuchShop, UnknownMetric, shops_of
from feedback.drafts import ItemDraft
from feedback.operations.receiving import receive_items, undo_items
from ops_portal.accounts.visibility import NOTHING, Scope
from orders.operations.moving import cancel_orders
from orders.operations.undoing import undo_orders
from tests.analytics.houses import ask, line, make_goods, take_in
from tests.factories import ACTOR, NOON, make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    make_goods()
    return make_shop("S1")


def test_3_orders_give_11_figures(shop):
    take_in(shop, line("A1", 2, "10.00"), number="1", buyer="b1", freight=Decimal("5.00"))
    take_in(shop, line("A1", 1, "10.00"), line("B1", 3, "20.00"), number="2", buyer="b1")
    take_in(shop, line("B1", 1, "20.00"), number="3", buyer="b2", paid=False)
    take_in(shop, line("A1", 1, "9.99"), number="4", paid=True, refund_amount=Decimal("3.33"))
    codes = [code for code in METRICS if not code.startswith("feedback")]
    assert dict(zip(codes, ask(*codes)[None], strict=True)) == {
        "orders_created": 4,
        "orders_paid": 3,
        "payment_conversion": "0.750000",
        "gmv_created": "124.99",
        "gmv_paid": "104.99",
        "refund_amount": "3.33",
        "net_sales": "101.66",
        "refund_rate": "0.031717",
        "average_order_value": "35.00",
        "amount_per_buyer": "104.99",
        "units_sold": 7,
    }


def test_a_day_without_orders_has_zeros_and_no_quotients(shop):
    take_in(shop, line("A1", 1, "10.00"), number="1", day=1)
    assert ask(*METRICS)[None] == (0, 0, None, "0.00", "0.00", "0.00", "0.00", None, None, None, 0, 0, None)
    assert ask("orders_created", by="day") == {}


def test_only_unpaid_orders_have_a_conversion_of_0_and_no_average(shop):
    take_in(shop, line("A1", 1, "10.00"), number="1", paid=False, refund_amount=Decimal("2.00"))
    codes = ("payment_conversion", "refund_amount", "refund_rate", "average_order_value")
    assert ask(*codes)[None] == ("0.000000", "0.00", None, None)


def test_an_order_counts_for_both_its_brands_and_its_freight_for_none(shop):
    take_in(shop, line("A1", 1, "10.00"), line("B1", 1, "20.00"), number="1", freight=Decimal("8.00"))
    assert ask("orders_paid", "gmv_paid", "units_sold", by="brand") == {
        "ACME": (1, "10.00", 1),
        "BOLT": (1, "20.00", 1),
        "unknown": (0, "8.00", 0),
    }
    assert ask("orders_paid", "gmv_paid", "units_sold") == {None: (1, "38.00", 2)}


def test_orders_without_lines_and_lines_with_an_unknown_sku_count_as_unknown(shop):
    take_in(shop, number="1", goods_amount=Decimal("50.00"), refund_amount=Decimal("20.00"))
    take_in(shop, line("A1", 1, "10.00"), line("NEW", 2, "7.00"), number="2")
    assert ask("orders_created", "gmv_created", "refund_amount", "units_sold", by="brand") == {
        "ACME": (1, "10.00", "0.00", 1),
        "unknown": (2, "64.00", "20.00", 2),
    }


def test_no_brand_is_unknown_where_every_order_has_lines_and_no_freight(shop):
    take_in(shop, line("A1", 1, "10.00"), number="1")
    assert ask("orders_created", by="brand") == {"ACME": 1}


def test_a_refund_of_1_cent_goes_to_the_line_with_the_larger_remainder(shop):
    take_in(shop, line("A1", 1, "10.00"), line("B1", 1, "20.00"), number="1", refund_amount=Decimal("0.01"))
    assert ask("refund_amount", by="brand") == {"ACME": "0.00", "BOLT": "0.01"}


def test_a_refund_of_10_over_three_equal_lines_gives_the_odd_cent_to_the_first(shop):
    lines = (line("B1", 1, "5.00"), line("A1", 1, "5.00"), line("A2", 1, "5.00"))
    take_in(shop, *lines, number="1", refund_amount=Decimal("10.00"))
    assert ask("refund_amount", by="brand") == {"ACME": "6.66", "BOLT": "3.34"}


def test_a_full_refund_leaves_zero_in_every_brand_and_in_unknown(shop):
    lines = (line("A1", 1, "10.00"), line("B1", 1, "20.01"))
    take_in(shop, *lines, number="1", freight=Decimal("8.00"), refund_amount=Decimal("38.01"))
    assert ask("net_sales", by="brand") == {"ACME": "0.00", "BOLT": "0.00", "unknown": "0.00"}


def test_lines_that_carry_their_refund_keep_it_and_the_rest_is_shared_by_what_is_left(shop):
    lines = (line("A1", 1, "10.00", refund_amount=Decimal("4.00")), line("B1", 1, "20.00"))
    take_in(shop, *lines, number="1", refund_amount=Decimal("5.00"))
    assert ask("refund_amount", by="brand") == {"ACME": "4.23", "BOLT": "0.77"}


def test_a_refund_of_gifts_alone_is_unknown(shop):
    take_in(
        shop,
        line("A1", 1, "0.00", is_gift=True),
        number="1",
        freight=Decimal("6.00"),
        refund_amount=Decimal("6.00"),
    )
    assert ask("refund_amount", "units_sold", by="brand") == {"ACME": ("0.00", 1), "unknown": ("6.00", 0)}


def test_regions_add_up_to_the_total_and_an_empty_one_is_unknown(shop):
    take_in(shop, line("A1", 1, "10.00"), number="1", province="浙江")
    take_in(shop, line("A1", 2, "10.00"), number="2", province="上海", refund_amount=Decimal("1.00"))
    take_in(shop, line("A1", 4, "10.00"), number="3", province="")
    assert ask("orders_paid", "net_sales", "units_sold", by="region") == {
        "上海": (1, "19.00", 2),
        "unknown": (1, "40.00", 4),
        "浙江": (1, "10.00", 1),
    }


def test_a_buyer_who_comes_on_3_days_is_one_buyer_of_the_range(shop):
    for day in range(3):
        take_in(shop, line("A1", 1, "10.00"), number=f"{day}", buyer="b1", day=day)
    take_in(shop, line("B1", 1, "10.00"), number="x", buyer="b2", day=2)
    assert ask("amount_per_buyer", days=(0, 2)) == {None: "20.00"}
    assert ask("amount_per_buyer", days=(0, 2), by="brand") == {"ACME": "30.00", "BOLT": "10.00"}
    assert ask("amount_per_buyer", days=(0, 2), by="day") == {
        "2026-11-11": "10.00",
        "2026-11-12": "10.00",
        "2026-11-13": "10.00",
    }


def test_orders_without_a_buyer_are_no_buyer_and_none_at_all_is_null(shop):
    take_in(shop, line("A1", 1, "10.00"), number="1")
    assert ask("amount_per_buyer") == {None: None}
    take_in(shop, line("A1", 1, "10.00"), number="2", buyer="b1")
    assert ask("amount_per_buyer") == {None: "20.00"}


def test_an_order_counts_on_the_day_of_its_shop(shop):
    late = datetime(2026, 11, 11, 16, 30, tzinfo=UTC)  # 00:30 of the 12th in Shanghai
    take_in(shop, line("A1", 1, "10.00"), number="1", at=late)
    other = make_shop("NY")
    other.timezone = "America/New_York"
    take_in(other, line("A1", 1, "10.00"), number="1", at=late)
    assert ask("orders_created", by="day", days=(-1, 2)) == {"2026-11-11": 1, "2026-11-12": 1}
    assert ask("orders_created", by="shop", days=(1, 1)) == {"S1": 1}


def test_shops_add_up_and_one_can_be_asked_for(shop):
    other = make_shop("S2")
    take_in(shop, line("A1", 1, "10.00"), number="1")
    take_in(other, line("A1", 1, "10.00"), number="1")
    take_in(other, line("A1", 1, "10.00"), number="2")
    assert ask("orders_created", by="shop") == {"S1": 1, "S2": 2}
    assert ask("orders_created", shops=[other]) == {None: 2}


def test_a_cancelled_order_counts_and_an_undone_one_does_not(shop):
    orders = [
        take_in(shop, line("A1", 1, "10.00"), number=number, buyer=number) for number in ("1", "2", "3")
    ]
    cancel_orders([orders[0].pk], actor=ACTOR, at=NOON)
    undo_orders([orders[1].pk], actor=ACTOR, at=NOON)
    assert ask("orders_created", "orders_paid", "gmv_paid", "amount_per_buyer") == {
        None: (2, 2, "20.00", "10.00")
    }


def test_feedback_is_counted_by_day_shop_and_brand_and_its_region_is_unknown(shop):
    drafts = [
        ItemDraft("1", "x", rating=1, shop=shop, brand_code="ACME"),
        ItemDraft("2", "x", rating=5, shop=shop),
        ItemDraft("3", "x", is_negative=False, brand_code="ACME"),
        ItemDraft("4", "x", brand_code="ACME"),
        ItemDraft("5", "x"),
    ]
    done = receive_items(drafts, actor=ACTOR, at=NOON).done
    codes = ("feedback_items", "feedback_negative_rate")
    assert ask(*codes) == {None: (5, "0.333333")}
    assert ask(*codes, by="brand") == {"ACME": (3, "0.500000"), "unknown": (2, "0.000000")}
    assert ask(*codes, by="shop") == {"S1": (2, "0.500000"), "unknown": (3, "0.000000")}
    assert ask(*codes, by="region") == {"unknown": (5, "0.333333")}
    assert ask(*codes, shops=[shop], by="day") == {"2026-11-11": (2, "0.500000")}
    undo_items([done[0].id], actor=ACTOR, at=NOON)
    assert ask(*codes) == {None: (4, "0.000000")}
    assert audit_kpis().ok


def test_a_viewer_gets_the_granted_shops_a_partner_the_granted_brands_others_nothing(shop):
    take_in(shop, line("A1", 1, "10.00"), line("B1", 1, "20.00"), number="1")
    take_in(make_shop("S2"), line("A1", 1, "10.00"), number="2")
    partner = Scope(brands=frozenset({"ACME"}), partner=True)
    assert ask("gmv_paid", scope=Scope(shops=frozenset({"S1"}))) == {None: "30.00"}
    assert ask("gmv_paid", scope=partner, by="brand") == {"ACME": "20.00"}
    assert ask("gmv_paid", scope=partner) == {None: "0.00"}
    assert ask("gmv_paid", scope=NOTHING) == {None: "0.00"}
    assert ask("gmv_paid", scope=NOTHING, by="brand") == {}


def test_what_cant_be_answered_is_refused(shop):
    with pytest.raises(
        UnknownMetric, match=r"no metric gmv, x\. There are: orders_created, .*feedback_negative_rate"
    ):
        ask("gmv", "x", "gmv_paid")
    with pytest.raises(DatesReversed):
        ask("gmv_paid", days=(1, 0))
    with pytest.raises(NoSuchShop, match="no shop NOWHERE"):
        shops_of(["S1", "NOWHERE"])


def test_amounts_in_two_currencies_have_no_sum_but_stand_by_shop(shop):
    real = make_shop("BR")
    type(real).objects.filter(pk=real.pk).update(currency="BRL")
    take_in(shop, line("A1", 1, "10.00"), number="1")
    take_in(real, line("A1", 1, "10.00"), number="1")
    with pytest.raises(MixedCurrencies, match="BRL, CNY"):
        ask("gmv_paid")
    assert ask("orders_paid") == {None: 2}
    assert ask("gmv_paid", by="shop") == {"BR": "10.00", "S1": "10.00"}


@pytest.mark.parametrize("by", [None, "day", "shop", "brand", "region"])
@pytest.mark.parametrize("days", [1, 5])
def test_all_metrics_take_at_most_4_statements_however_long_the_range(shop, by, days):
    for day in range(days):
        take_in(shop, line("A1", 1, "10.00"), number=f"{day}", buyer="b", day=day)
    ask("orders_created")
    with CaptureQueriesContext(connection) as queries:
        ask(*METRICS, by=by, days=(0, days))
    asked = [
        query["sql"]
        for query in queries
        if query["sql"].startswith("SELECT") and "analytics_" in query["sql"]
    ]
    assert len([sql for sql in asked if "staleday" not in sql]) == (3 if by == "shop" else 4)
