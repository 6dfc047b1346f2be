"""Goods are counted, counted once more and approved while orders for them are placed, picked, shipped, cancelled.

A person at the shelf and a picker don't reach into one bin at the same moment (``hands``); the database learns of a
pick a little after the hand has taken the goods. That gap is what the locks are for.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import count
from threading import Event, Lock

import pytest
from django.db import transaction

from catalog.drafts import CountDraft, PlaceDraft, RecountDraft, StocktakeDraft
from catalog.models import Count, Stocktake
from catalog.operations import count_approving, counting, stocktaking
from catalog.operations.count_approving import approve_stocktakes
from catalog.operations.counting import close_places, count_units, recount_units, submit_stocktakes
from catalog.operations.stocktaking import open_stocktakes
from catalog.queries.audit import audit_stock
from catalog.queries.shelves import booked_units
from ops_portal.accounts.choices import Role
from ops_portal.lib.testing import race
from orders.drafts import ShipmentDraft
from orders.models import Order
from orders.operations.moving import cancel_orders, pack_orders, pick_orders, review_orders, ship_orders
from orders.operations.placing import place_orders
from tests.catalog.counts import make_bin, put
from tests.catalog.listings import person
from tests.factories import ACTOR, NOON, make_shop, make_sku, make_warehouse, order_draft, receive, stock_of

pytestmark = pytest.mark.django_db(transaction=True)
BOOKED, GONE = 300, 7
UNITS = 2  # of each order


class Shelf:
    """What really lies in one bin, seven units fewer than the books say, and the hands that reach into it."""

    def __init__(self) -> None:
        self.warehouse, self.sku, self.shop = make_warehouse("MAIN"), make_sku("TEA"), make_shop("S1")
        self.bin = make_bin(self.warehouse, "A-01")
        receive(self.sku, BOOKED, warehouse=self.warehouse)
        put(self.sku, self.bin, BOOKED)
        self.really = BOOKED - GONE
        self.hands, self.serial = Lock(), count(1)
        self.opener, self.approver = person("opener", Role.WAREHOUSE), person("approver", Role.MANAGEMENT)
        self.counter, self.other = person("counter", Role.WAREHOUSE), person("other", Role.WAREHOUSE)

    def order(self) -> int:
        draft = order_draft(self.shop, (self.sku, UNITS))
        pk = place_orders([draft], actor=ACTOR, at=NOON).one().id
        review_orders([pk], actor=ACTOR, at=NOON).one()
        return pk

    def pick(self, pk: int, *, linger: float = 0.0) -> None:
        """Take the goods of an order out of the bin; the books follow when the transaction ends."""
        with transaction.atomic():
            with self.hands:
                pick_orders([pk], actor=ACTOR, at=NOON).one()
                self.really -= UNITS
            time.sleep(linger)

    def open(self):
        return open_stocktakes([StocktakeDraft("MAIN")], actor=self.opener, at=NOON).one()

    def count(self, stocktake) -> None:
        with self.hands:
            draft = CountDraft(stocktake.number, "A-01", "TEA", self.really, f"k{next(self.serial)}")
            count_units([draft], actor=self.counter, at=NOON).one()
        place = PlaceDraft(stocktake.number, "A-01")
        close_places([place], actor=self.counter, at=NOON).one()
        submit_stocktakes([stocktake.number], actor=self.counter, at=NOON).one()

    def recount(self, stocktake) -> None:
        there = Count.objects.get(stocktake=stocktake, bin=self.bin)
        with self.hands:
            draft = RecountDraft(there.pk, self.really, f"k{next(self.serial)}")
            recount_units([draft], actor=self.other, at=NOON).one()

    def approve(self, stocktake) -> None:
        approve_stocktakes([stocktake.number], actor=self.approver, at=NOON).one()

    def in_bin(self) -> int:
        stock = stock_of(self.sku, self.warehouse)
        return booked_units([(stock.pk, None, self.bin.pk)])[stock.pk, None, self.bin.pk]


def test_the_books_agree_after_a_stocktake_among_orders():
    """Four sellers place, pick, ship and cancel; at the end the books hold what really lies there, and no more."""
    shelf = Shelf()
    over = Event()

    def sell(course: int) -> Callable[[], int]:
        def run() -> int:
            sold = 0
            while not over.is_set() or sold < 3:
                pk = shelf.order()
                if (sold + course) % 3 == 0:
                    cancel_orders([pk], actor=ACTOR, at=NOON).one()
                else:
                    shelf.pick(pk, linger=0.005)
                    pack_orders([pk], actor=ACTOR, at=NOON).one()
                    if (sold + course) % 3 == 1:
                        waybill = f"{course}-{sold}"
                        ship_orders([ShipmentDraft(pk, "SF", waybill)], actor=ACTOR, at=NOON).one()
                sold += 1
                if sold >= 20:
                    break
            return sold

        return run

    def take_stock() -> str:
        try:
            stocktake = shelf.open()
            shelf.count(stocktake)
            shelf.recount(stocktake)
            shelf.approve(stocktake)
            return stocktake.number
        finally:
            over.set()

    answers = race([take_stock, *(sell(course) for course in range(4))])
    assert not [answer for answer in answers if isinstance(answer, BaseException)], answers
    stock = stock_of(shelf.sku, shelf.warehouse)
    picked = UNITS * Order.objects.filter(status__in=("picked", "packed")).count()
    assert stock.lost == GONE
    assert stock.available + stock.reserved - picked == shelf.really == shelf.in_bin()
    assert audit_stock().first_difference is None


def counted_while_a_picker_lingers(shelf: Shelf) -> int:
    """Count while a pick is done by hand, and not yet in the books; return by how much the count differs."""
    stocktake, pk = shelf.open(), shelf.order()
    taken = Event()

    def pick() -> None:
        with transaction.atomic():
            with shelf.hands:
                pick_orders([pk], actor=ACTOR, at=NOON).one()
                shelf.really -= UNITS
            taken.set()
            time.sleep(0.5)

    def count_then() -> None:
        taken.wait(20)
        shelf.count(stocktake)

    answers = race([pick, count_then])
    assert answers == [None, None]
    found = Count.objects.get(stocktake=stocktake, bin=shelf.bin)
    return (found.counted or 0) - (found.booked or 0)


def test_a_count_waits_for_the_books_of_a_picker_who_has_the_goods_in_hand():
    assert counted_while_a_picker_lingers(Shelf()) == -GONE


def test_the_control_without_the_lock_reads_books_that_are_over(monkeypatch):
    """The two units in the picker's hand are missing from the shelf and not yet from the books: nine are missing."""
    monkeypatch.setattr(counting, "lock_stock", lambda stock_ids: None)
    difference = counted_while_a_picker_lingers(Shelf())
    assert difference == -GONE - UNITS


def test_the_control_with_the_books_of_the_opening_books_sold_goods_as_lost(monkeypatch):
    """Ten units leave between the opening and the count: with the old books they are lost a second time."""
    shelf = Shelf()
    stocktake = shelf.open()
    stock = stock_of(shelf.sku, shelf.warehouse)
    old = booked_units([(stock.pk, None, shelf.bin.pk)])
    for _order in range(5):
        shelf.pick(shelf.order())
    monkeypatch.setattr(
        counting, "booked_units", lambda places: {place: old[tuple(place)] for place in places}
    )
    shelf.count(stocktake)
    shelf.recount(stocktake)
    shelf.approve(stocktake)
    assert stock_of(shelf.sku, shelf.warehouse).lost == GONE + 10


def test_with_the_books_of_the_moment_only_what_is_gone_is_lost():
    shelf = Shelf()
    stocktake = shelf.open()
    for _order in range(5):
        shelf.pick(shelf.order())
    shelf.count(stocktake)
    shelf.recount(stocktake)
    shelf.approve(stocktake)
    assert stock_of(shelf.sku, shelf.warehouse).lost == GONE
    assert shelf.in_bin() == shelf.really


@pytest.mark.parametrize("locks", [True, False])
def test_one_stocktake_is_approved_by_two_at_once(monkeypatch, locks):
    """Without the lock of the stocktake both enter its differences, and twice as many units are lost."""
    shelf = Shelf()
    stocktake = shelf.open()
    shelf.count(stocktake)
    shelf.recount(stocktake)
    second = person("second", Role.MANAGEMENT)
    if not locks:
        monkeypatch.setattr(
            stocktaking,
            "lock_stocktakes",
            lambda numbers: {each.number: each for each in Stocktake.objects.filter(number__in=set(numbers))},
        )
        look = count_approving.differing_counts

        def slowly(found):
            counts = look(found)
            time.sleep(0.3)
            return counts

        monkeypatch.setattr(count_approving, "differing_counts", slowly)
    answers = race(
        [
            lambda actor=actor: approve_stocktakes([stocktake.number], actor=actor, at=NOON)
            for actor in (shelf.approver, second)
        ]
    )
    lost = stock_of(shelf.sku, shelf.warehouse).lost
    if locks:
        refused = [no.code for answer in answers for _index, no in answer.refused]
        assert (refused, lost) == (["illegal_move"], GONE)
    else:
        assert lost > GONE or any(isinstance(answer, Exception) for answer in answers)


@pytest.mark.parametrize("locks", [True, False])
def test_two_count_the_same_goods_in_one_bin_at_once(monkeypatch, locks):
    """Without the lock the sum of one is written over that of the other."""
    shelf = Shelf()
    stocktake = shelf.open()
    if not locks:
        monkeypatch.setattr(
            counting,
            "lock_stocktakes",
            lambda numbers: {each.number: each for each in Stocktake.objects.filter(number__in=set(numbers))},
        )
        monkeypatch.setattr(counting, "lock_stock", lambda stock_ids: None)
        write = counting.write
        monkeypatch.setattr(counting, "write", lambda *given: (time.sleep(0.3), write(*given)))

    def scan(actor):
        draft = CountDraft(stocktake.number, "A-01", "TEA", 10, actor.code)
        return lambda: count_units([draft], actor=actor, at=NOON)

    race([scan(shelf.counter), scan(shelf.other)])
    found = Count.objects.get(stocktake=stocktake, bin=shelf.bin)
    assert found.counted == (20 if locks else 10)


def test_two_open_the_same_places_at_once():
    """Whoever comes second finds nothing left to count."""
    shelf = Shelf()
    answers = race([lambda: open_stocktakes([StocktakeDraft("MAIN")], actor=shelf.opener, at=NOON)] * 2)
    refused = [no.code for answer in answers for _index, no in answer.refused]
    assert (refused, Count.objects.filter(is_open=True).count()) == (["nothing_to_count"], 1)
