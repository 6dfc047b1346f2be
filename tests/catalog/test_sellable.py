"""What may be promised of batches: only those with enough days left, wherever units are counted or taken."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from catalog.drafts import BundleDraft, ComponentDraft
from catalog.models import Reservation, Sku
from catalog.operations.goods import save_bundles
from catalog.operations.reserving import ReservationItem, ReservationRequest, reserve_stock
from catalog.queries.bundles import available_at
from catalog.queries.sellable import sellable_units
from tests.factories import ACTOR, NOON, make_sku, make_warehouse, receive

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 11)


def cream(code: str = "CREAM", *, ship_days: int | None = 30, **batches: int) -> Sku:
    """Return a SKU with 10 units of each batch, named by its days left."""
    sku = make_sku(code, tracks_batches=True)
    Sku.objects.filter(pk=sku.pk).update(ship_days=ship_days)
    for name, days in batches.items():
        expires_on = TODAY + timedelta(days=days)
        receive(sku, 10, warehouse=make_warehouse("MAIN"), batch=name, expires_on=expires_on)
    return sku


def reserve(number: str, sku: Sku, units: int):
    request = ReservationRequest("order", number, (), (ReservationItem(1, sku.pk, units),))
    return reserve_stock([request], actor=ACTOR, at=NOON)


def test_a_batch_with_30_days_left_leaves_and_one_with_29_does_not():
    sku = cream(SHORT=29, JUST=30, LONG=200)
    reserve("D1", sku, 15).one()
    assert list(Reservation.objects.order_by("pk").values_list("batch__code", "units")) == [
        ("JUST", 10),
        ("LONG", 5),
    ]
    [(_index, refusal)] = reserve("D2", sku, 6).refused
    assert (refusal.code, refusal.facts["skus"][0]["available"]) == ("out_of_stock", 5)


def test_what_is_counted_is_what_can_be_reserved(django_assert_num_queries):
    sku, plain = cream(SHORT=29, JUST=30, LONG=200), make_sku("PLAIN")
    never = make_sku("NEVER", tracks_batches=True)
    main, other = make_warehouse("MAIN"), make_warehouse("OTHER")
    receive(never, 4, warehouse=other, batch="KEEPS")
    receive(plain, 7, warehouse=main)
    receive(plain, 2, warehouse=main, owner="ACME")
    receive(plain, 5, warehouse=other)
    skus = [sku.pk, plain.pk, never.pk]
    with django_assert_num_queries(1):
        found = sellable_units(skus, on=TODAY)
    assert found == {
        (sku.pk, main.pk): 20,
        (plain.pk, main.pk): 9,
        (plain.pk, other.pk): 5,
        (never.pk, other.pk): 4,
    }
    assert sellable_units(skus, [other.pk], on=TODAY) == {(plain.pk, other.pk): 5, (never.pk, other.pk): 4}
    assert sellable_units([], on=TODAY) == {}
    for number, units, done in (("D1", 20, 1), ("D2", 1, 0)):
        assert len(reserve(number, sku, units).done) == done


def test_the_day_on_which_a_batch_is_last_sold_is_the_same_for_counting_and_taking():
    sku = cream(ONE=31)
    for days, units in ((0, 10), (1, 10), (2, 0)):
        on = TODAY + timedelta(days=days)
        assert sum(sellable_units([sku.pk], on=on).values()) == units
        assert available_at([sku.pk], NOON + timedelta(days=days)).get(sku.pk, 0) == units
        request = ReservationRequest("order", f"D{days}", (), (ReservationItem(1, sku.pk, 1),))
        outcome = reserve_stock([request], actor=ACTOR, at=NOON + timedelta(days=days))
        assert len(outcome.done) == bool(units)
        if outcome.done:
            receive(sku, 1, warehouse=make_warehouse("MAIN"), batch="ONE")


def test_a_bundle_is_made_of_what_still_leaves():
    sku = cream(SHORT=29, LONG=200)
    gift = make_sku("GIFT")
    save_bundles(
        [BundleDraft("GIFT", (ComponentDraft(sku.code, 3, Decimal(1)),))], actor=ACTOR, at=NOON
    ).one()
    assert available_at([gift.pk, sku.pk], NOON) == {gift.pk: 3, sku.pk: 10}


def test_days_beyond_any_calendar_mean_that_nothing_leaves():
    sku = cream(ship_days=2_147_483_647, LONG=200)
    assert sellable_units([sku.pk], on=TODAY) == {(sku.pk, make_warehouse("MAIN").pk): 0}
    assert reserve("D1", sku, 1).done == []
