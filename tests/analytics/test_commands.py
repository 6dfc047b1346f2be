"""kpi and audit_kpis as scripts see them."""

from __future__ import annotations

import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from analytics.models import BuyerDay, FeedbackFigures, OrderFigures
from feedback.drafts import ItemDraft
from feedback.operations.receiving import receive_items
from tests.analytics.houses import line, make_goods, refresh, take_in
from tests.factories import ACTOR, NOON, make_shop

pytestmark = pytest.mark.django_db
RANGE = ("--from", "2026-11-01", "--to", "2026-11-30")


@pytest.fixture
def shop():
    make_goods()
    shop = make_shop("S1")
    take_in(shop, line("A1", 2, "10.00"), number="1", buyer="b1")
    take_in(shop, line("B1", 1, "5.00"), number="2", buyer="b2", day=1, province="")
    receive_items([ItemDraft("1", "x", rating=1, shop=shop)], actor=ACTOR, at=NOON)
    return shop


@pytest.fixture
def say(capsys):
    """Run a command with --json; return the object on its last line and its exit status."""

    def run(*words):
        status = 0
        try:
            call_command(*words, "--json")
        except SystemExit as end:
            status = end.code
        return json.loads(capsys.readouterr().out.splitlines()[-1]), status

    return run


def test_kpi_is_right_at_once_without_a_worker(shop, say):
    answer, status = say("kpi", "orders_paid", "gmv_paid", "payment_conversion", "refund_rate", *RANGE)
    assert (answer, status) == (
        {
            "figures": [
                {"metric": "orders_paid", "by": None, "key": None, "value": 2},
                {"metric": "gmv_paid", "by": None, "key": None, "value": "25.00"},
                {"metric": "payment_conversion", "by": None, "key": None, "value": "1.000000"},
                {"metric": "refund_rate", "by": None, "key": None, "value": "0.000000"},
            ]
        },
        0,
    )


@pytest.mark.parametrize(
    ("by", "keys"),
    [
        ("day", ["2026-11-11", "2026-11-12"]),
        ("shop", ["S1"]),
        ("brand", ["ACME", "BOLT"]),
        ("region", ["unknown", "浙江"]),
    ],
)
def test_kpi_names_its_keys_in_order(shop, say, by, keys):
    answer, _status = say("kpi", "gmv_paid", *RANGE, "--by", by, "--shop", "S1")
    assert [(figure["by"], figure["key"]) for figure in answer["figures"]] == [(by, key) for key in keys]


def test_both_days_of_the_range_are_included(shop, say):
    answer, _status = say("kpi", "orders_created", "--from", "2026-11-11", "--to", "2026-11-11")
    assert answer["figures"][0]["value"] == 1


def test_an_unknown_metric_or_shop_fails_with_status_1(shop, say):
    answer, status = say("kpi", "gmv", *RANGE)
    assert (answer["error"]["code"], status) == ("unknown_metric", 1)
    assert "gmv_created" in answer["error"]["detail"]
    answer, status = say("kpi", "gmv_paid", *RANGE, "--shop", "NOWHERE")
    assert (answer["error"]["code"], status) == ("no_such_shop", 1)
    with pytest.raises(CommandError, match="no metric gmv"):
        call_command("kpi", "gmv", *RANGE)


def test_kpi_shows_a_dash_for_nothing(shop, capsys):
    call_command("kpi", "amount_per_buyer", "gmv_paid", "--from", "2020-01-01", "--to", "2020-01-01")
    assert capsys.readouterr().out.splitlines() == ["amount_per_buyer: –", "gmv_paid: 0.00"]


def test_the_audit_counts_8_equal_roll_ups(shop, say):
    # per day of orders: total, brand, region; of feedback: total and the unknown brand
    assert say("audit_kpis") == ({"ok": True, "checked": 8, "first_difference": None}, 0)


CORRUPTIONS = {
    "UPDATE analytics_orderfigures SET gmv_paid = 20.01 WHERE key = 'ACME'": (
        "order", "2026-11-11", "S1", "brand", "ACME", "gmv_paid", "20.01", "20.00",
    ),
    "UPDATE analytics_orderfigures SET orders_paid = 3 WHERE dimension = 'total' AND day = '2026-11-12'": (
        "order", "2026-11-12", "S1", "total", None, "orders_paid", 3, 1,
    ),
    "DELETE FROM analytics_orderfigures WHERE dimension = 'region' AND key = ''": (
        "order", "2026-11-12", "S1", "region", "unknown", "orders_created", 0, 1,
    ),
    "INSERT INTO analytics_orderfigures (dimension, day, shop_id, key, orders_created, orders_paid, gmv_created,"
    " gmv_paid, refund_amount, units_sold, computed_at) SELECT dimension, day + 9, shop_id, key, 0, 0, 7, 0, 0, 0,"
    " computed_at FROM analytics_orderfigures WHERE key = 'BOLT'": (
        "order", "2026-11-21", "S1", "brand", "BOLT", "gmv_created", "7.00", "0.00",
    ),
    "DELETE FROM analytics_buyerday WHERE dimension = 'brand' AND key = 'BOLT'": (
        "order", "2026-11-12", "S1", "brand", "BOLT", "paying_buyers", 0, 1,
    ),
    "UPDATE analytics_feedbackfigures SET feedback_negative = 0 WHERE dimension = 'total'": (
        "feedback", "2026-11-11", "S1", "total", None, "feedback_negative", 0, 1,
    ),
    "UPDATE orders_orderline SET units = 3, unit_price = 6, amount = 18, discount_amount = 0 WHERE sku_code = 'A1'": (
        "order", "2026-11-11", "S1", "brand", "unknown", "gmv_created", "0.00", "2.00",
    ),
}  # fmt: skip


@pytest.mark.parametrize("corruption", CORRUPTIONS)
def test_the_audit_names_the_first_difference_with_both_values(shop, say, corruption):
    refresh()
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('portal.principal', 'system:test', true)")
        cursor.execute(corruption)
    answer, status = say("audit_kpis")
    found = answer["first_difference"]
    names = ("source", "day", "shop", "dimension", "key", "measure", "rolled_up", "recomputed")
    assert (answer["ok"], status) == (False, 1)
    assert tuple(found[name] for name in names) == CORRUPTIONS[corruption]


def test_the_audit_reads_every_roll_up_table(shop, say):
    refresh()
    for model in (OrderFigures, BuyerDay, FeedbackFigures):
        model.objects.all().delete()
    assert say("audit_kpis")[1] == 1
