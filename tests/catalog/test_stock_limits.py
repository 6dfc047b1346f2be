"""Limits of stock: set by people, by files, and reckoned from demand and terms of supply."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import CampaignPeriod, DailyDemand, StockLimit, SupplyTerms
from catalog.operations.limits import LimitDraft, compute_limits, set_limits
from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import AuditEntry
from ops_portal.intake.kinds import Options, kind_of
from ops_portal.intake.operations.undoing import undo_runs
from ops_portal.intake.running import import_file, prepare
from tests.catalog.listings import person
from tests.factories import ACTOR, NOON, make_sku, make_warehouse

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 11)


def sells(sku, place, units, *, days=56, was_out=False, until=TODAY):
    """Let ``units`` be sold on each of the ``days`` before ``until``."""
    DailyDemand.objects.bulk_create(
        DailyDemand(sku=sku, warehouse=place, day=until - timedelta(days=n), units=units, was_out=was_out)
        for n in range(1, days + 1)
    )


def limits_of(sku):
    return list(StockLimit.objects.filter(sku=sku).values_list("low", "high", "is_computed"))


def statements(captured):
    """Count the statements that are not the transaction's own."""
    return sum(
        not query["sql"].startswith(("SAVEPOINT", "RELEASE", "SELECT set_config")) for query in captured
    )


def reckon():
    return compute_limits(actor=ACTOR, at=NOON, on=TODAY)


def test_ten_a_day_without_a_spread_give_70_and_33_of_safety_below_and_sixty_days_above():
    sku, place = make_sku("A"), make_warehouse("W")
    sells(sku, place, 10)
    assert reckon() == 1
    # 10 × 7 days + 1.6449 × √(10² × 2²) = 102.9
    assert limits_of(sku) == [(103, 600, True)]


def test_terms_of_the_sku_go_before_those_of_its_brand_and_both_before_the_usual():
    own, of_brand = make_sku("A"), make_sku("B")
    place, brand = make_warehouse("W"), own.product.brand
    SupplyTerms.objects.create(brand=brand, lead_days=20, lead_spread=0, service_level="0.5")
    SupplyTerms.objects.create(brand=brand, sku=own, lead_days=3, lead_spread=0, service_level="0.5")
    for sku in (own, of_brand):
        sells(sku, place, 10)
    assert reckon() == 2
    assert limits_of(own) == [(30, 600, True)]
    assert limits_of(of_brand) == [(200, 600, True)]


def test_a_higher_service_level_keeps_more():
    sku, place = make_sku("A"), make_warehouse("W")
    terms = SupplyTerms.objects.create(brand=sku.product.brand, lead_days=4, lead_spread=1)
    sells(sku, place, 10)
    lows = []
    for level in ("0.9", "0.99", "0.999"):
        SupplyTerms.objects.filter(pk=terms.pk).update(service_level=level)
        reckon()
        lows.append(StockLimit.objects.get().low)
    assert lows == [53, 64, 71]  # 40 + 10 × 1.2816, 2.3263, 3.0902


def test_28_days_without_goods_count_neither_as_demand_nor_as_days():
    sku, place = make_sku("A"), make_warehouse("W")
    sells(sku, place, 10, days=28)
    sells(sku, place, 1, days=28, was_out=True, until=TODAY - timedelta(days=28))
    reckon()
    assert limits_of(sku) == [(103, 600, True)]


def test_two_days_of_a_campaign_are_set_apart():
    sku, place = make_sku("A"), make_warehouse("W")
    sells(sku, place, 10, days=54, until=TODAY - timedelta(days=2))
    sells(sku, place, 900, days=2)
    CampaignPeriod.objects.create(name="11.11", starts_on=TODAY - timedelta(days=2), ends_on=TODAY)
    reckon()
    assert limits_of(sku) == [(103, 600, True)]


def test_what_is_new_for_seven_days_is_reckoned_over_seven_days():
    sku, place = make_sku("A"), make_warehouse("W")
    sells(sku, place, 10, days=7)
    reckon()
    assert limits_of(sku) == [(103, 600, True)]


def test_days_without_a_buyer_count_where_sales_began_before_the_window():
    sku, place = make_sku("A"), make_warehouse("W")
    sells(sku, place, 1, days=1, until=TODAY - timedelta(days=100))
    sells(sku, place, 28, days=2)
    reckon()
    # 56 units in 56 days: d = 1, σ² = (2 × 28² − 56) ÷ 55 = 27.49; 7 + 1.6449 × √(7 × 27.49 + 4) = 30.05
    assert limits_of(sku) == [(31, 60, True)]


def test_what_a_person_set_is_not_reckoned_until_it_is_handed_back():
    sku, place = make_sku("A"), make_warehouse("W")
    sells(sku, place, 10)
    set_limits([LimitDraft("A", "W", 5, 9)], actor=ACTOR, at=NOON)
    assert reckon() == 0
    assert limits_of(sku) == [(5, 9, False)]
    set_limits([LimitDraft("A", "W", is_computed=True)], actor=ACTOR, at=NOON)
    assert limits_of(sku) == [(5, 9, True)]
    assert reckon() == 1
    assert limits_of(sku) == [(103, 600, True)]


def test_the_same_reckoning_again_writes_nothing_and_leaves_no_trace():
    sku, place = make_sku("A"), make_warehouse("W")
    sells(sku, place, 10)
    reckon()
    trail = AuditEntry.objects.filter(table_name="catalog_stocklimit")
    before = trail.count()
    assert reckon() == 0
    assert trail.count() == before


def test_goods_that_were_never_there_keep_the_limits_that_they_had():
    sku, place = make_sku("A"), make_warehouse("W")
    StockLimit.objects.create(sku=sku, warehouse=place, low=7, high=70, is_computed=True, updated_at=NOON)
    sells(sku, place, 0, was_out=True)
    assert reckon() == 0
    assert limits_of(sku) == [(7, 70, True)]


def test_a_batch_of_limits_names_each_that_can_not_be_kept():
    make_sku("A"), make_warehouse("W")
    drafts = [
        LimitDraft("A", "W", 5, 5),
        LimitDraft("?", "W", 5),
        LimitDraft("A", "?", 5),
        LimitDraft("A", "W", -1),
        LimitDraft("A", "W", 5, 50),
        LimitDraft("A", "W", 6, None),
    ]
    outcome = set_limits(drafts, actor=ACTOR, at=NOON)
    assert [(index, no.code) for index, no in outcome.refused] == [
        (0, "bad_limit"),
        (1, "unknown_goods"),
        (2, "unknown_goods"),
        (3, "bad_limit"),
    ]
    assert [(done.low, done.high) for done in outcome.done] == [(6, None), (6, None)]


def test_only_planners_and_buyers_set_limits():
    make_sku("A"), make_warehouse("W")
    draft = LimitDraft("A", "W", 5)
    refused = set_limits([draft], actor=person("ku", Role.WAREHOUSE), at=NOON).refused
    assert refused[0][1].code == "role_may_not_set_limits"
    assert set_limits([draft], actor=person("yun", Role.OPERATIONS), at=NOON).one().low == 5


@pytest.mark.parametrize("many", [1, 3])
def test_limits_are_set_in_four_statements_and_reckoned_in_two(many):
    place = make_warehouse("W")
    skus = [make_sku() for _ in range(many)]
    drafts = [LimitDraft(sku.code, "W", 5, 9, is_computed=True) for sku in skus]
    for sku in skus:
        sells(sku, place, 3)
    with CaptureQueriesContext(connection) as setting:
        set_limits(drafts, actor=ACTOR, at=NOON)
    with CaptureQueriesContext(connection) as reckoning:
        assert reckon() == many
    assert (statements(setting), statements(reckoning)) == (4, 2)


def test_the_database_refuses_an_upper_limit_below_the_lower():
    sku, place = make_sku("A"), make_warehouse("W")
    with pytest.raises(IntegrityError, match="limits_in_sequence"), transaction.atomic():
        StockLimit.objects.create(sku=sku, warehouse=place, low=9, high=9, updated_at=NOON)


FILE = """商家编码,仓库,库存下限,库存上限
A,W,10,100
B,W,自动,
C,W,5,
?,W,5,9
A,?,5,9
C,W,9,2
C,W,x,2
合计,,15,
"""


def sent(tmp_path, text=FILE):
    path = tmp_path / "limits.csv"
    path.write_text(text, "gb18030")
    return import_file(prepare(kind_of("stock.limits"), path, Options()), actor=ACTOR)


def test_a_file_sets_three_limits_names_five_rows_and_is_taken_back_whole(tmp_path):
    place = make_warehouse("W")
    skus = {code: make_sku(code) for code in "ABC"}
    set_limits([LimitDraft("A", "W", 1, 2), LimitDraft("B", "W", 3, 4)], actor=ACTOR, at=NOON)
    run = sent(tmp_path)
    assert {code: limits_of(sku) for code, sku in skus.items()} == {
        "A": [(10, 100, False)],
        "B": [(3, 4, True)],
        "C": [(5, None, False)],
    }
    assert (run.created, run.updated, run.unchanged) == (1, 2, 0)
    assert sorted(run.rejected_rows.values_list("row_number", "code")) == [
        (5, "unknown_goods"),
        (6, "unknown_goods"),
        (7, "bad_limit"),
        (8, "unreadable"),
        (9, "total_row"),
    ]
    undo_runs([run.pk], actor=ACTOR, at=timezone.now()).one()
    assert {code: limits_of(sku) for code, sku in skus.items()} == {
        "A": [(1, 2, False)],
        "B": [(3, 4, False)],
        "C": [],
    }
    assert place.pk


def test_a_file_is_not_taken_back_where_somebody_changed_a_limit_since(tmp_path):
    make_warehouse("W")
    skus = {code: make_sku(code) for code in "ABC"}
    run = sent(tmp_path)
    set_limits([LimitDraft("A", "W", 11, 12)], actor=ACTOR, at=NOON)
    outcome = undo_runs([run.pk], actor=ACTOR, at=timezone.now())
    assert [no.code for _index, no in outcome.refused] or limits_of(skus["A"]) == [(11, 12, False)]
    assert limits_of(skus["A"]) == [(11, 12, False)]


def test_the_same_file_again_changes_nothing(tmp_path):
    make_warehouse("W")
    for code in "ABC":
        make_sku(code)
    sent(tmp_path)
    again = sent(tmp_path, FILE + "\n")
    assert (again.created, again.updated, again.unchanged) == (0, 0, 3)
