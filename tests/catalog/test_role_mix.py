"""What falls to each role of a price: SKUs, units, money, margin."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from catalog.models import DailyDemand, Sku
from catalog.queries.role_mix import role_mix
from tests.factories import NOON, make_sku, make_warehouse

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 11)


def priced(code: str, role: str, price: str, cost: str | None) -> Sku:
    sku = make_sku(code)
    Sku.objects.filter(pk=sku.pk).update(price_role=role, list_price=price, cost=cost)
    return sku


def test_of_4_skus_each_role_has_its_part_of_the_goods_the_units_and_the_margin():
    place = make_warehouse("W")
    lure, earner = priced("A", "traffic", "10.00", "9.00"), priced("B", "profit", "100.00", "40.00")
    plain, ended = priced("C", "", "50.00", None), priced("D", "profit", "1.00", "1.00")
    priced("E", "profit", "100.00", "1.00")
    Sku.objects.filter(pk=ended.pk).update(is_active=False)
    for sku, units, days_ago in (
        (lure, 60, 1),
        (earner, 30, 30),
        (plain, 10, 2),
        (earner, 99, 31),
        (lure, 99, 0),
    ):
        DailyDemand.objects.create(
            sku=sku, warehouse=place, day=TODAY - timedelta(days=days_ago), units=units
        )
    traffic, profit, image, none = role_mix([lure.product.brand_id], at=NOON)
    assert [(row.role, row.skus, row.units) for row in (traffic, profit, image, none)] == [
        ("traffic", 1, 60), ("profit", 2, 30), ("image", 0, 0), ("", 1, 10),
    ]  # fmt: skip
    assert (traffic.unit_share, profit.sku_share) == (Decimal("0.6"), Decimal("0.5"))
    assert (profit.money, profit.margin_rate) == (Decimal("3000.00"), Decimal("0.6"))
    assert (image.margin_rate, none.margin_rate) == (None, None)


def test_goods_of_other_brands_are_left_out():
    priced("A", "traffic", "10.00", "9.00")
    assert [row.skus for row in role_mix([], at=NOON)] == [0, 0, 0, 0]
    assert {row.sku_share for row in role_mix([], at=NOON)} == {None}
