"""What should be got, and why: arithmetic by hand, and what becomes of suggestions when it is reckoned again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.choices import InboundStatus, ReplenishmentStatus, StockDocumentKind, StockState
from catalog.drafts import Reasoning, StockDocumentDraft, StockLineDraft
from catalog.models import CampaignPeriod, DailyDemand, InboundDelivery, InboundLine, Replenishment, Sku
from catalog.operations.documents import post_stock_documents
from catalog.operations.replenishing import RoleMayNotPlan, suggest_replenishment
from catalog.operations.supply import TermsDraft, save_supply_terms
from catalog.queries.forecast import Forecast, History
from catalog.queries.reckoning import Position, Terms, order_units, projected, reckon, runs_out_on
from ops_portal.accounts.choices import Role
from ops_portal.lib.models import StateMove
from orders.operations.placing import take_in_orders
from tests.catalog.listings import person
from tests.factories import (
    ACTOR,
    NOON,
    make_shop,
    make_sku,
    make_warehouse,
    order_draft,
    receive,
)

YESTERDAY = date(2026, 11, 10)
STEADY = Forecast(date(2026, 11, 11), (10.0,) * 56, 3.0, 10.0, False, 100, 0)
TERMS = Terms(lead_days=7, lead_spread=2.0, review_days=7, service_level=0.95)


NOTHING = Position()


def reckoned(position: Position = NOTHING, terms: Terms = TERMS, **given):
    return reckon(position, terms, History(date(2026, 8, 3), (10,) * 100), STEADY, on=YESTERDAY, **given)


def test_10_a_day_over_7_and_7_days_and_a_safety_of_35_less_what_there_is():
    units, why = reckoned(Position(available=60, arrivals=((3, 20),), waiting=5, approved=4))
    # 140 + 1.645 × √(7·3² + 10²·2²) = 140 + 35.4; + 5 − 60 − 20 − 4
    assert (why.demand, why.safety, why.needed) == (140.0, 35.39, 96.39)
    assert units == 97
    assert why.reorder_point == 105.39
    assert reckoned(Position(available=176))[0] == 0


def test_a_level_of_half_of_the_cycles_keeps_no_safety_stock():
    assert reckoned(terms=Terms(service_level=0.5))[1].safety == 0.0


@pytest.mark.parametrize(
    ("needed", "minimum", "pack", "sells", "units"),
    [
        (0.9, 1, 1, None, 0),
        (10.2, 1, 1, None, 11),
        (10.2, 1, 12, None, 12),
        (10.2, 50, 12, None, 60),
        (130, 50, 12, 100, 96),
        (10.2, 50, 12, 40, 0),
        (10.2, 1, 12, 5, 0),
    ],
)
def test_orders_are_whole_packs_and_the_minimum_but_never_more_than_sells_in_time(
    needed, minimum, pack, sells, units
):
    assert order_units(needed, Terms(minimum_units=minimum, pack_units=pack), sells) == units


def test_what_would_expire_unsold_is_not_ordered():
    units, why = reckoned(Position(available=100), Terms(review_days=60, lead_spread=0), life_days=20)
    assert why.sells_before_expiry == 170.0  # 27 days at 10, of which 100 are there
    assert units == 170
    assert reckoned(Position(available=100), Terms(review_days=60, lead_spread=0))[0] > 500


def test_units_past_their_last_day_of_sale_are_not_counted():
    assert reckoned(Position(available=60, unsellable=40))[1].needed == pytest.approx(155.39)


def test_stock_is_projected_with_what_comes_and_runs_out_on_the_first_empty_day():
    _units, why = reckoned(Position(available=35, arrivals=((5, 15),)))
    assert projected(why)[:8] == [25, 15, 5, 0, 5, 0, 0, 0]
    assert runs_out_on(why) == date(2026, 11, 14)
    assert projected(why, 97)[6:9] == [0, 87, 77]
    assert runs_out_on(reckoned(Position(available=600))[1]) is None


def test_waiting_orders_are_served_first():
    _units, why = reckoned(Position(available=10, waiting=30, arrivals=((2, 40),)))
    assert projected(why)[:3] == [-20, 10, 0]


def sells(sku, place, units: int, *, days: int = 70) -> None:
    DailyDemand.objects.bulk_create(
        DailyDemand(sku=sku, warehouse=place, day=YESTERDAY - timedelta(days=n), units=units)
        for n in range(days)
    )


def suggest(at: datetime = NOON, actor=ACTOR):
    return suggest_replenishment(actor=actor, at=at).done


def open_ones() -> list[tuple[str, int]]:
    rows = Replenishment.objects.filter(status=ReplenishmentStatus.PROPOSED).order_by("sku__code", "pk")
    return list(rows.values_list("sku__code", "suggested"))


def on_order(sku, place, units: int, received: int = 0, status=InboundStatus.EXPECTED) -> None:
    day = date(2026, 11, 13)
    delivery = InboundDelivery.objects.create(
        number=f"IN{InboundDelivery.objects.count()}", warehouse=place, brand=sku.product.brand, goods_owner="own",
        status=status, source="form", promised_on=day, expected_on=day, due_at=NOON, created_at=NOON, updated_at=NOON,
    )  # fmt: skip
    InboundLine.objects.create(delivery=delivery, position=1, sku=sku, promised=units, received=received)


@pytest.mark.django_db
def test_a_suggestion_counts_stock_deliveries_transfers_and_waiting_orders_and_keeps_every_figure():
    place, other = make_warehouse("A1"), make_warehouse("B1")
    sku = make_sku("A")
    receive(sku, 40, warehouse=place, owner="ACME")
    receive(sku, 9, warehouse=other, owner="ACME")
    sells(sku, place, 10)
    on_order(sku, place, 30, received=10)
    on_order(sku, place, 500, status=InboundStatus.CANCELLED)
    line = StockLineDraft(sku.pk, other.pk, "ACME", 9, StockState.AVAILABLE, StockState.IN_TRANSIT)
    transfer = StockDocumentDraft(StockDocumentKind.TRANSFER, (line,), to_warehouse_id=place.pk)
    post_stock_documents([transfer], actor=ACTOR, at=NOON).one()
    take_in_orders([order_draft(make_shop(), (sku, 50))], actor=ACTOR, at=NOON).one()
    (made,) = suggest()
    why = Reasoning(**Replenishment.objects.get().reasoning)
    assert (why.available, why.on_the_way, why.waiting, why.demand) == (40, 29, 50, 140.0)
    assert [tuple(each) for each in why.arrivals] == [(1, 9), (3, 20)]
    assert (why.level, why.spread, why.known_days) == (10.0, 3.162, 70)
    assert why.needed == pytest.approx(140 + why.safety + 50 - 40 - 29, abs=0.02)
    assert (made.goods_owner, made.status, made.units) == ("ACME", "proposed", made.suggested)
    assert list(StateMove.objects.values_list("document_kind", "from_status", "to_status"))[-1] == (
        "replenishment",
        "",
        "proposed",
    )


@pytest.mark.django_db
def test_a_suggestion_is_for_the_owner_who_supplied_most_there():
    place, sku = make_warehouse("A1"), make_sku("A")
    receive(sku, 2, warehouse=place)
    receive(sku, 5, warehouse=place, owner="ACME")
    sells(sku, place, 10)
    assert [each.goods_owner for each in suggest()] == ["ACME"]


@pytest.mark.django_db
def test_what_still_holds_stays_what_came_out_otherwise_is_overtaken_and_so_is_what_is_no_longer_needed():
    place = make_warehouse("A1")
    stays, changes, ends = make_sku("A"), make_sku("B"), make_sku("C")
    for sku in (stays, changes, ends):
        receive(sku, 1, warehouse=place)
        sells(sku, place, 10)
    first = {each.sku_id: each for each in suggest()}
    receive(changes, 50, warehouse=place)
    receive(ends, 500, warehouse=place)
    second = {each.sku_id: each for each in suggest(NOON + timedelta(hours=1))}
    assert set(second) == {changes.pk}
    status = dict(Replenishment.objects.values_list("number", "status"))
    assert status == {
        first[stays.pk].number: "proposed",
        first[changes.pk].number: "overtaken",
        first[ends.pk].number: "overtaken",
        second[changes.pk].number: "proposed",
    }
    assert suggest(NOON + timedelta(hours=2)) == []


@pytest.mark.django_db
def test_an_approved_one_is_not_overtaken_and_counts_as_on_its_way():
    place, sku = make_warehouse("A1"), make_sku("A")
    receive(sku, 1, warehouse=place)
    sells(sku, place, 10)
    (made,) = suggest()
    Replenishment.objects.update(status=ReplenishmentStatus.APPROVED, units=20)
    (more,) = suggest()
    assert more.suggested == made.suggested - 20
    assert Replenishment.objects.get(pk=made.pk).status == "approved"


@pytest.mark.django_db
def test_a_dismissed_one_is_not_suggested_again_before_it_is_ordered_next():
    place, sku = make_warehouse("A1"), make_sku("A")
    receive(sku, 1, warehouse=place)
    sells(sku, place, 10)
    suggest()
    Replenishment.objects.update(status=ReplenishmentStatus.DISMISSED, updated_at=NOON)
    assert suggest(NOON + timedelta(days=6)) == []
    assert len(suggest(NOON + timedelta(days=7))) == 1


@pytest.mark.django_db
def test_terms_and_a_campaign_ahead_are_followed():
    place, sku = make_warehouse("A1"), make_sku("A")
    receive(sku, 1, warehouse=place)
    sells(sku, place, 10)
    save_supply_terms(
        [
            TermsDraft(
                "ACME", supplier="工廠", lead_days=2, lead_spread=Decimal(0), review_days=3, pack_units=24
            )
        ],
        actor=ACTOR,
        at=NOON,
    )
    day = date(2026, 11, 12)
    CampaignPeriod.objects.create(name="Sale", brand=sku.product.brand, starts_on=day, ends_on=day, uplift=5)
    CampaignPeriod.objects.create(
        name="Theirs", brand=make_sku(brand="X").product.brand, starts_on=day, ends_on=day, uplift=9
    )
    (made,) = suggest()
    why = Replenishment.objects.get().reasoning
    assert (why["demand"], why["of_campaigns"], why["supplier"]) == (90.0, 40.0, "工廠")
    assert made.units % 24 == 0


@pytest.mark.django_db
def test_bundles_and_goods_that_are_no_longer_offered_are_left_out():
    place, sku = make_warehouse("A1"), make_sku("A")
    receive(sku, 1, warehouse=place)
    sells(sku, place, 10)
    sku.is_active = False
    sku.save()
    assert suggest() == []


@pytest.mark.django_db
def test_goods_that_are_being_cleared_are_not_ordered_again():
    place, sku = make_warehouse("A1"), make_sku("A")
    receive(sku, 1, warehouse=place)
    sells(sku, place, 10)
    Sku.objects.update(stage="clearing")
    assert suggest() == []
    Sku.objects.update(stage="new")
    assert len(suggest()) == 1


@pytest.mark.django_db
def test_who_plans_no_stock_reckons_nothing():
    with pytest.raises(RoleMayNotPlan):
        suggest(actor=person("clerk", Role.CUSTOMER_SERVICE))


@pytest.mark.django_db
def test_30_skus_take_18_statements_as_3_do_and_one_more_for_those_that_stay():
    place = make_warehouse("A1")
    counts = []
    for number in (3, 30):
        for _each in range(number):
            sku = make_sku()
            receive(sku, 1, warehouse=place)
            sells(sku, place, 5, days=30)
        with CaptureQueriesContext(connection) as captured:
            suggest()
        counts.append(sum(not q["sql"].startswith(("SAVEPOINT", "RELEASE")) for q in captured))
    assert counts == [18, 19]
    assert len(open_ones()) == 33


@pytest.mark.django_db
def test_the_day_that_is_not_over_tells_nothing():
    place, sku = make_warehouse("A1"), make_sku("A")
    receive(sku, 1, warehouse=place)
    sells(sku, place, 10)
    suggest(datetime(2026, 11, 11, 15, 59, tzinfo=UTC))
    assert Replenishment.objects.get().reasoning["on"] == "2026-11-10"
