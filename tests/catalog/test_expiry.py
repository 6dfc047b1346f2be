"""Batches by their dates, and what is suggested for each."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from catalog.models import Sku
from catalog.queries.expiry import AskedBatches, counts_by_stage, page_of_batches
from ops_portal.accounts.choices import Role
from ops_portal.lib.testing import assert_statements
from tests.accounts.people import person
from tests.factories import make_sku, make_warehouse, receive

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 11)


def dated(code="CREAM", *, on=TODAY, owner="own", brand="ACME", **batches: int) -> Sku:
    """Return a SKU near its date from 60 days on, sold until 30 before it; 5 units of each batch, by days left."""
    sku = make_sku(code, brand=brand, tracks_batches=True)
    Sku.objects.filter(pk=sku.pk).update(near_days=60, ship_days=30, cost=Decimal("2.50"))
    for name, days in batches.items():
        when = on + timedelta(days=days)
        receive(sku, 5, warehouse=make_warehouse("MAIN"), owner=owner, batch=name, expires_on=when)
    return sku


@pytest.fixture
def boss():
    return person("boss", roles=[Role.MANAGEMENT], is_staff=True)


def stages(boss, stage="all", **given):
    rows, _following = page_of_batches(AskedBatches(stage=stage, **given), user=boss, on=TODAY)
    return {row.part.batch.code: (row.stage, row.days_left) for row in rows}


def test_7_batches_are_in_the_stage_that_their_last_day_says(boss):
    dated(OVER=-1, LAST=0, SHORT=29, SOLD=30, NEAR=60, FRESH=61, YEARS=900)
    assert stages(boss) == {
        "OVER": ("expired", -1),
        "LAST": ("stop_sale", 0),
        "SHORT": ("stop_sale", 29),
        "SOLD": ("near", 30),
        "NEAR": ("near", 60),
        "FRESH": ("normal", 61),
        "YEARS": ("normal", 900),
    }
    assert list(stages(boss, "near")) == ["SOLD", "NEAR"]
    assert list(stages(boss, "expired")) == ["OVER"]
    counts = counts_by_stage(AskedBatches(), user=boss, on=TODAY)
    assert counts == {"expired": 1, "stop_sale": 2, "near": 2}


def test_goods_without_days_of_their_own_are_normal_until_they_expire(boss):
    sku = dated(TODAY=0, OVER=-1)
    Sku.objects.filter(pk=sku.pk).update(near_days=None, ship_days=None)
    assert stages(boss) == {"OVER": ("expired", -1), "TODAY": ("normal", 0)}
    Sku.objects.filter(pk=sku.pk).update(near_days=2_147_483_647, ship_days=2_147_483_647)
    assert stages(boss)["TODAY"] == ("stop_sale", 0)


def test_own_goods_are_written_off_consigned_ones_go_back_and_what_is_near_gets_cheaper(boss):
    dated("OURS", OVER1=-1, NEAR1=40)
    dated("THEIRS", owner="ACME", SHORT2=3)
    rows, _following = page_of_batches(AskedBatches(stage="all"), user=boss, on=TODAY)
    assert [(row.part.batch.code, row.action, row.units, row.cost) for row in rows] == [
        ("OVER1", "write_off", 5, Decimal("12.50")),
        ("SHORT2", "return", 5, Decimal("12.50")),
        ("NEAR1", "price", 5, Decimal("12.50")),
    ]


def test_filters_find_by_warehouse_owner_brand_sku_and_batch(boss):
    dated("A", NEARA=40)
    dated("B", owner="BOLT", brand="BOLT", NEARB=41)
    for given in ({"brand": "BOLT"}, {"owner": "BOLT"}, {"text": "b"}, {"text": "NEARB"}):
        assert list(stages(boss, **given)) == ["NEARB"]
    assert stages(boss, warehouse="ELSEWHERE") == {}


def test_whoever_works_for_one_brand_sees_its_batches_alone():
    dated("A", NEARA=40)
    dated("B", brand="BOLT", NEARB=41)
    worker = person("worker", roles=[Role.WAREHOUSE], brands=["BOLT"])
    assert list(stages(worker)) == ["NEARB"]
    assert stages(person("idle", roles=[Role.WAREHOUSE])) == {}


def test_the_suggested_request_is_filled_in_when_its_form_opens(boss, client):
    today = timezone.localdate()
    dated(on=today, OVER=-3)
    client.force_login(boss)
    page = client.get("/admin/expiry/", {"stage": "expired"})
    ((_row, where),) = page.context["rows"]
    assert parse_qs(urlsplit(where).query)["goods"] == ["own|OVER"]
    form = client.get(where)
    (line,) = form.context["lines"]
    assert (form.context["reason"], line.row.units, line.row.way) == ("expired", "5", "available>outside")
    assert line.chosen.standing == [("available", 5)]


def test_a_list_of_51_batches_goes_on(boss, client):
    dated(**{f"B{number:02}": 31 + number // 10 for number in range(51)})
    first, following = page_of_batches(AskedBatches(stage="all"), user=boss, on=TODAY)
    rest, _none = page_of_batches(AskedBatches(stage="all", after=following), user=boss, on=TODAY)
    codes = [row.part.batch.code for row in (*first, *rest)]
    assert (len(first), codes) == (50, [f"B{number:02}" for number in range(51)])


def test_the_page_costs_the_same_with_1_batch_and_with_3(boss, client):
    client.force_login(boss)
    numbers = iter(range(100, 200))
    sku = dated()

    def one_more():
        receive(
            sku, 1, warehouse=make_warehouse("MAIN"), batch=f"B{next(numbers)}",
            expires_on=timezone.localdate() + timedelta(days=40),
        )  # fmt: skip

    assert_statements(11, lambda: client.get("/admin/expiry/"), one_more)
    for query in (
        {"stage": "nonsense", "after": "x_1"},
        {"stage": "all", "q": "\x01"},
        {"after": "2026-01-01_x"},
    ):
        assert client.get("/admin/expiry/", query).status_code == 200
