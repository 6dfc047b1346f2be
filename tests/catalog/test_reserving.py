"""Which units an order gets: whole, from the preferred warehouse, consigned before own, first-expired-first."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from catalog.drafts import BundleDraft, ComponentDraft
from catalog.models import BundleComponent, Reservation
from catalog.operations.goods import save_bundles
from catalog.operations.promised import release_reservations
from catalog.operations.reserving import OutOfStock, ReservationItem, ReservationRequest, reserve_stock
from catalog.queries.audit import audit_stock
from orders.choices import OrderStatus
from orders.models import LineComponent, Order
from orders.operations.moving import cancel_orders
from orders.operations.placing import place_orders, take_in_orders
from orders.operations.waiting import serve_waiting_orders
from tests.factories import ACTOR, NOON, make_shop, make_sku, make_warehouse, order_draft, receive, stock_of

pytestmark = pytest.mark.django_db


def request(number: str, *items, warehouses=()) -> ReservationRequest:
    lines = tuple(ReservationItem(i, sku.pk, units) for i, (sku, units) in enumerate(items, start=1))
    return ReservationRequest("order", number, tuple(place.pk for place in warehouses), lines)


def reserve(*requests):
    return reserve_stock(requests, actor=ACTOR, at=NOON)


def taken_from() -> list[tuple]:
    return list(
        Reservation.objects.order_by("pk").values_list(
            "stock__warehouse__code", "stock__owner", "batch__code", "units"
        )
    )


def test_5_units_come_3_from_the_consignor_and_2_from_our_own():
    warehouse, sku = make_warehouse("MAIN"), make_sku()
    receive(sku, 9, warehouse=warehouse)
    receive(sku, 3, warehouse=warehouse, owner="ACME")
    reserve(request("D1", (sku, 5))).one()
    assert taken_from() == [("MAIN", "ACME", None, 3), ("MAIN", "own", None, 2)]


def test_the_batch_that_expires_first_leaves_first_and_an_expired_one_not_at_all():
    warehouse, sku = make_warehouse("MAIN"), make_sku(tracks_batches=True)
    for code, expires_on in [
        ("LATE", date(2027, 6, 1)),
        ("SOON", date(2026, 12, 1)),
        ("OVER", date(2026, 11, 10)),
    ]:
        receive(sku, 4, warehouse=warehouse, batch=code, expires_on=expires_on)
    reserve(request("D1", (sku, 6))).one()
    assert taken_from() == [("MAIN", "own", "SOON", 4), ("MAIN", "own", "LATE", 2)]
    assert [refusal.code for _i, refusal in reserve(request("D2", (sku, 3))).refused] == ["out_of_stock"]


def test_a_batch_leaves_on_its_last_day_by_our_clock_from_0_to_24_and_not_a_second_later():
    warehouse, sku = make_warehouse("MAIN"), make_sku(tracks_batches=True)
    receive(sku, 9, warehouse=warehouse, batch="B1", expires_on=date(2026, 11, 12))
    answers = []
    for day, hour in (
        (11, 16),
        (12, 4),
        (12, 15),
        (12, 16),
    ):  # 0, 12 and 23 o'clock in Shanghai, and 0 of the 13th
        at = datetime(2026, 11, day, hour, 0, tzinfo=UTC)
        outcome = reserve_stock([request(f"D{day}-{hour}", (sku, 1))], actor=ACTOR, at=at)
        answers.append(len(outcome.done))
    assert answers == [1, 1, 1, 0]


def test_the_first_warehouse_of_the_list_that_holds_the_whole_order_serves_it():
    near, far = make_warehouse("NEAR"), make_warehouse("FAR")
    first, second = make_sku(), make_sku()
    receive(first, 5, warehouse=near)
    receive(first, 5, warehouse=far)
    receive(second, 5, warehouse=far)
    reserve(request("D1", (first, 1), warehouses=(near, far))).one()
    reserve(request("D2", (first, 1), (second, 1), warehouses=(near, far))).one()
    assert [row[0] for row in taken_from()] == ["NEAR", "FAR", "FAR"]


def test_a_request_refused_for_one_sku_leaves_the_other_to_the_next():
    warehouse, plenty, scarce = make_warehouse(), make_sku(), make_sku()
    receive(plenty, 3, warehouse=warehouse)
    receive(scarce, 1, warehouse=warehouse)
    outcome = reserve(request("D1", (plenty, 3), (scarce, 2)), request("D2", (plenty, 3)))
    assert [index for index, _refusal in outcome.refused] == [0]
    assert [done.document_number for done in outcome.done] == ["D2"]


def test_a_split_that_no_single_warehouse_holds_names_both_skus():
    near, far = make_warehouse(), make_warehouse()
    first, second = make_sku("ONE"), make_sku("TWO")
    receive(first, 5, warehouse=near)
    receive(second, 5, warehouse=far)
    with pytest.raises(OutOfStock) as refused:
        reserve(request("D1", (first, 1), (second, 1))).one()
    assert [short["sku"] for short in refused.value.facts["skus"]] == ["ONE", "TWO"]


def test_reserving_and_releasing_twice_changes_stock_once():
    warehouse, sku = make_warehouse(), make_sku()
    receive(sku, 5, warehouse=warehouse)
    for _twice in range(2):
        reserve(request("D1", (sku, 2))).one()
    assert stock_of(sku, warehouse).reserved == 2
    assert [release_reservations("order", ["D1"], actor=ACTOR, at=NOON) for _twice in range(2)] == [2, 0]
    assert stock_of(sku, warehouse).available == 5
    assert audit_stock().ok


@pytest.fixture
def bundle():
    """Two shirts and one cap for one price, 70 to 30."""
    warehouse, shirt, cap, both = make_warehouse("MAIN"), make_sku("SHIRT"), make_sku("CAP"), make_sku("SET")
    receive(shirt, 5, warehouse=warehouse)
    receive(cap, 5, warehouse=warehouse)
    parts = (ComponentDraft("SHIRT", 2, Decimal(70)), ComponentDraft("CAP", 1, Decimal(30)))
    save_bundles([BundleDraft("SET", parts)], actor=ACTOR, at=NOON).one()
    return warehouse, shirt, cap, both


def test_2_sets_reserve_4_shirts_and_2_caps_and_a_third_is_short_of_shirts(bundle):
    warehouse, shirt, cap, both = bundle
    shop = make_shop("S1")
    placed = place_orders([order_draft(shop, (both, 2))], actor=ACTOR, at=NOON).one()
    assert (stock_of(shirt, warehouse).reserved, stock_of(cap, warehouse).reserved) == (4, 2)
    outcome = place_orders([order_draft(shop, (both, 1))], actor=ACTOR, at=NOON)
    assert [short["sku"] for short in outcome.refused[0][1].facts["skus"]] == ["SHIRT"]
    parts = LineComponent.objects.filter(line__order=placed.id).order_by("sku__code")
    assert [(part.units, part.amount) for part in parts] == [(2, Decimal("6.00")), (4, Decimal("14.00"))]
    assert audit_stock().ok
    cancel_orders([placed.id], actor=ACTOR, at=NOON).one()
    assert (stock_of(shirt, warehouse).available, stock_of(cap, warehouse).available) == (5, 5)
    assert audit_stock().ok


def test_the_price_shares_of_3_equal_components_add_up_to_1(bundle):
    parts = tuple(ComponentDraft(code, 1, Decimal(1)) for code in ("SHIRT", "CAP"))
    make_sku("THIRD")
    make_sku("TRIO")
    save_bundles(
        [BundleDraft("TRIO", (*parts, ComponentDraft("THIRD", 1, Decimal(1))))], actor=ACTOR, at=NOON
    ).one()
    shares = BundleComponent.objects.filter(bundle_version__sku__code="TRIO").values_list(
        "price_share", flat=True
    )
    assert sum(shares) == 1


def test_a_bundle_of_a_bundle_is_refused(bundle):
    make_sku("OUTER")
    outcome = save_bundles(
        [BundleDraft("OUTER", (ComponentDraft("SET", 1, Decimal(1)),))], actor=ACTOR, at=NOON
    )
    assert outcome.refused[0][1].code == "unknown_component"


def test_3_short_orders_are_served_by_time_of_payment():
    warehouse, sku, shop = make_warehouse("MAIN"), make_sku(), make_shop("S1")
    hours = [3, 1, 2]
    drafts = [order_draft(shop, (sku, 2), placed_at=NOON.replace(hour=hour)) for hour in hours]
    drafts.append(order_draft(shop, (sku, 2), placed_at=NOON.replace(hour=0), paid=False))
    ids = [placed.id for placed in take_in_orders(drafts, actor=ACTOR, at=NOON).done]
    receive(sku, 4, warehouse=warehouse)
    serve_waiting_orders(actor=ACTOR, at=NOON)
    short, created = OrderStatus.SHORT, OrderStatus.CREATED
    assert [Order.objects.get(pk=pk).status for pk in ids] == [short, created, created, short]
    assert audit_stock().ok


def test_an_order_of_an_unknown_sku_goes_on_when_the_catalogue_knows_it():
    warehouse, shop = make_warehouse("MAIN"), make_shop("S1")
    placed = take_in_orders([order_draft(shop, ("LATER", 1))], actor=ACTOR, at=NOON).one()
    assert placed.status == OrderStatus.UNMAPPED
    sku = make_sku("LATER")
    serve_waiting_orders(actor=ACTOR, at=NOON)
    assert Order.objects.get(pk=placed.id).status == OrderStatus.SHORT
    receive(sku, 1, warehouse=warehouse)
    serve_waiting_orders(actor=ACTOR, at=NOON)
    assert Order.objects.get(pk=placed.id).status == OrderStatus.CREATED
    assert audit_stock().ok
