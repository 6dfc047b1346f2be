"""The same suggestion is ordered by several at once; and is reckoned by several at once."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier

import pytest

from catalog.models import DailyDemand, InboundDelivery, InboundLine, Replenishment
from catalog.operations import purchasing
from catalog.operations.purchasing import approve_replenishments, order_replenishments
from catalog.operations.replenishing import suggest_replenishment
from catalog.queries.days import yesterday
from ops_portal.lib.testing.races import race
from tests.factories import ACTOR, NOON, make_sku, make_warehouse, receive

pytestmark = pytest.mark.django_db(transaction=True)


def wanting() -> None:
    place, sku = make_warehouse("MAIN"), make_sku("A")
    receive(sku, 1, warehouse=place)
    DailyDemand.objects.bulk_create(
        DailyDemand(sku=sku, warehouse=place, day=yesterday(NOON) - timedelta(days), units=9)
        for days in range(30)
    )


def approved() -> str:
    wanting()
    number = suggest_replenishment(actor=ACTOR, at=NOON).one().number
    approve_replenishments([number], actor=ACTOR, at=NOON)
    return number


def test_4_who_order_the_same_at_once_order_it_once():
    number = approved()
    answers = race([lambda: order_replenishments([number], actor=ACTOR, at=NOON)] * 4)
    assert sorted(len(answer.done) for answer in answers) == [0, 0, 0, 1]
    assert InboundDelivery.objects.count() == 1
    assert InboundLine.objects.get().promised == Replenishment.objects.get().units


def test_without_the_lock_2_of_them_order_it_twice(monkeypatch):
    number = approved()
    both_have_read = Barrier(2)

    def unlocked(numbers):
        rows = Replenishment.objects.filter(number__in=set(numbers)).select_related(
            "sku__product__brand", "warehouse"
        )
        found = {row.number: row for row in rows}
        both_have_read.wait(30)
        return found

    monkeypatch.setattr(purchasing, "lock_replenishments", unlocked)
    race([lambda: order_replenishments([number], actor=ACTOR, at=NOON)] * 2)
    assert InboundDelivery.objects.count() == 2


def test_2_who_reckon_at_once_leave_one_suggestion():
    wanting()
    answers = race([lambda: suggest_replenishment(actor=ACTOR, at=NOON)] * 2)
    assert sorted(len(answer.done) for answer in answers) == [0, 1]
    assert Replenishment.objects.count() == 1
