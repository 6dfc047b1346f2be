"""The health of stock: ages first in, first out; turnover, cover, core goods, slow movers."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from catalog.choices import OWN, StockDocumentKind, StockState
from catalog.drafts import StockDocumentDraft, StockLineDraft
from catalog.models import DailyDemand, Sku, SupplyTerms
from catalog.operations.documents import post_stock_documents
from catalog.queries.stock_health import core_goods, count_health, oldest_goods, slow_movers
from tests.factories import ACTOR, NOON, make_sku, make_warehouse, receive

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 11)


@pytest.fixture
def place():
    return make_warehouse("W")


def came(sku, place, units, *, days_ago, owner=OWN):
    receive(sku, units, warehouse=place, owner=owner, at=NOON - timedelta(days=days_ago))


def take(sku, place, units):
    line = StockLineDraft(sku.pk, place.pk, OWN, units, StockState.AVAILABLE, StockState.OUTSIDE)
    post_stock_documents(
        [StockDocumentDraft(StockDocumentKind.ADJUSTMENT, (line,))], actor=ACTOR, at=NOON
    ).one()


def sold(sku, place, units, *, days_ago, was_out=False):
    day = TODAY - timedelta(days=days_ago)
    DailyDemand.objects.create(sku=sku, warehouse=place, day=day, units=units, was_out=was_out)


def health(code="ACME"):
    return next(brand for brand in count_health(at=NOON).brands if brand.code == code)


def test_of_three_receipts_the_newest_are_still_here(place):
    sku = make_sku("A")
    for units, days_ago in ((50, 400), (30, 100), (20, 5)):
        came(sku, place, units, days_ago=days_ago)
    take(sku, place, 60)
    assert health().ages == [20, 0, 0, 20, 0, 0]
    (row,) = oldest_goods(sku.product.brand_id, at=NOON)
    assert (row.code, row.units, row.ages) == ("A", 40, (20, 0, 0, 20, 0, 0))
    assert row.oldest == NOON - timedelta(days=100)


@pytest.mark.parametrize(
    ("days_ago", "band"), [(0, 0), (30, 0), (31, 1), (60, 1), (61, 2), (90, 2), (91, 3), (365, 4), (366, 5)]
)
def test_each_day_falls_into_its_band(place, days_ago, band):
    came(make_sku("A"), place, 7, days_ago=days_ago)
    assert health().ages[band] == 7


def test_balances_of_owners_age_apart_and_money_is_told_apart(place):
    sku = make_sku("A")
    Sku.objects.filter(pk=sku.pk).update(cost=Decimal("2.50"))
    came(sku, place, 10, days_ago=200)
    came(sku, place, 4, days_ago=1, owner="ACME")
    brand = health()
    assert brand.ages == [4, 0, 0, 0, 10, 0]
    assert (brand.own_money, brand.consigned_money, brand.without_cost) == (
        Decimal("25.00"),
        Decimal("10.00"),
        0,
    )


def test_goods_without_a_cost_are_named_and_not_counted(place):
    came(make_sku("A"), place, 10, days_ago=1)
    assert (health().own_money, health().without_cost, health().units) == (0, 1, 10)


def test_turnover_is_sold_over_the_mean_of_both_ends_in_a_year(place):
    sku = make_sku("A")
    came(sku, place, 100, days_ago=200)
    came(sku, place, 20, days_ago=10)
    sold(sku, place, 60, days_ago=50)
    take(sku, place, 60)
    # 60 now, 100 ninety days ago; 60 ÷ 80 × 365 ÷ 90
    assert health().turnover == pytest.approx(3.0417, abs=0.001)


def test_cover_is_what_is_available_at_the_pace_of_four_weeks(place):
    sku = make_sku("A")
    came(sku, place, 100, days_ago=200)
    assert health().cover is None
    sold(sku, place, 56, days_ago=3)
    sold(sku, place, 999, days_ago=29)
    assert health().cover == 50


def test_core_goods_were_there_on_81_of_90_days(place):
    core, other = make_sku("A"), make_sku("B")
    SupplyTerms.objects.create(brand=core.product.brand, is_core=True)
    SupplyTerms.objects.create(brand=core.product.brand, sku=other, is_core=False)
    for sku in (core, other):
        came(sku, place, 5, days_ago=200)
        for days_ago in range(1, 10):
            sold(sku, place, 0, days_ago=days_ago, was_out=True)
    sold(core, place, 0, days_ago=91, was_out=True)
    assert health().service == pytest.approx(0.9)
    (row,) = core_goods([core.product.brand_id], at=NOON)
    assert (row.code, row.out_days, row.service) == ("A", 9, pytest.approx(0.9))


def test_slow_movers_came_before_and_nobody_bought_since_most_money_first(place):
    skus = {code: make_sku(code) for code in ("CHEAP", "DEAR", "NEW", "SOLD", "LONGAGO")}
    for code, sku in skus.items():
        Sku.objects.filter(pk=sku.pk).update(cost=9 if code == "DEAR" else 1)
        came(sku, place, 10, days_ago=89 if code == "NEW" else 120)
    sold(skus["SOLD"], place, 1, days_ago=90)
    sold(skus["LONGAGO"], place, 1, days_ago=91)
    brand = skus["NEW"].product.brand_id
    rows = slow_movers([brand], days=90, at=NOON)
    assert [(row.code, row.money) for row in rows] == [("DEAR", 90), ("CHEAP", 10), ("LONGAGO", 10)]
    assert (rows[0].sold_on, rows[2].sold_on) == (None, TODAY - timedelta(days=91))
    assert slow_movers([brand + 1], days=90, at=NOON) == []
