"""Units that were sold or called back come home: whole requests, batches kept, each movement once."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from catalog.models import Reservation, StockMovement
from catalog.operations.promised import intercept_shipped, sell_shipped, ship_reserved
from catalog.operations.reserving import ReservationItem, ReservationRequest, reserve_stock
from catalog.operations.returning import (
    GradedPart,
    ReturnedPart,
    ReturnItem,
    ReturnRequest,
    grade_returned,
    receive_returned,
)
from tests.factories import ACTOR, NOON, make_sku, make_warehouse, receive, stock_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    place, plain, dated = make_warehouse("MAIN"), make_sku("P"), make_sku("D", tracks_batches=True)
    receive(plain, 5, warehouse=place)
    for batch, last in (("OLD", date(2027, 1, 1)), ("NEW", date(2028, 1, 1))):
        receive(dated, 2, warehouse=place, batch=batch, expires_on=last)
    items = (ReservationItem(1, plain.pk, 2), ReservationItem(2, dated.pk, 3))
    reserve_stock([ReservationRequest("order", "SO1", (), items)], actor=ACTOR, at=NOON).one()
    ship_reserved("order", ["SO1"], actor=ACTOR, at=NOON)
    return place, plain, dated


def request(number: str, *items: ReturnItem, of: str = "SO1") -> ReturnRequest:
    return ReturnRequest("order", of, "case", number, items)


def come_back(*requests: ReturnRequest):
    return receive_returned(requests, actor=ACTOR, at=NOON)


def graded(part: ReturnedPart, key: str, **units: int) -> GradedPart:
    given = {"available": 0, "damaged": 0, "lost": 0} | units
    return GradedPart(key, "case", "AS1", part.stock_id, part.batch_id, **given)


def test_what_is_only_shipped_does_not_come_back(house):
    _place, plain, _dated = house
    outcome = come_back(request("AS1", ReturnItem(1, 1, plain.pk, 1)))
    assert [refusal.code for _index, refusal in outcome.refused] == ["nothing_to_return"]


def test_a_request_for_more_than_is_out_takes_nothing_and_the_next_one_all(house):
    place, plain, dated = house
    sell_shipped("order", ["SO1"], actor=ACTOR, at=NOON)
    outcome = come_back(
        request("AS1", ReturnItem(1, 1, plain.pk, 2), ReturnItem(2, 2, dated.pk, 4)),
        request("AS2", ReturnItem(3, 1, plain.pk, 2), ReturnItem(4, 2, dated.pk, 3)),
        request("AS3", ReturnItem(5, 1, plain.pk, 1)),
        request("AS4", ReturnItem(6, 1, plain.pk, 1), of="SO9"),
    )
    assert [index for index, _refusal in outcome.refused] == [0, 2, 3]
    parts = [(part.key, part.units, part.from_state) for part in outcome.done[0]]
    assert parts == [(3, 2, "sold"), (4, 2, "sold"), (4, 1, "sold")]
    assert (stock_of(plain, place).inspecting, stock_of(dated, place).inspecting) == (2, 3)


def test_what_was_called_back_comes_without_having_been_sold(house):
    place, plain, _dated = house
    intercept_shipped("order", ["SO1"], actor=ACTOR, at=NOON)
    (part,) = come_back(request("AS1", ReturnItem(1, 1, plain.pk, 1))).one()
    assert part.from_state == "returning"
    assert (stock_of(plain, place).returning, stock_of(plain, place).inspecting) == (1, 1)


def test_a_grade_is_booked_once_however_often_it_is_told(house):
    place, plain, _dated = house
    sell_shipped("order", ["SO1"], actor=ACTOR, at=NOON)
    (part,) = come_back(request("AS1", ReturnItem(1, 1, plain.pk, 2))).one()
    finding = [graded(part, "AS1:1", available=1, lost=1)]
    written = [grade_returned(finding, actor=ACTOR, at=NOON) for _time in range(2)]
    assert written == [2, 0]
    stock = stock_of(plain, place)
    assert (stock.available, stock.inspecting, stock.lost) == (4, 0, 1)


def test_more_than_is_under_inspection_is_refused_by_the_database(house):
    _place, plain, _dated = house
    sell_shipped("order", ["SO1"], actor=ACTOR, at=NOON)
    (part,) = come_back(request("AS1", ReturnItem(1, 1, plain.pk, 1))).one()
    with pytest.raises(IntegrityError, match="stock_not_negative"), transaction.atomic():
        grade_returned([graded(part, "AS1:1", damaged=2)], actor=ACTOR, at=NOON)


def test_no_more_comes_back_of_a_reservation_than_it_holds(house):
    with pytest.raises(IntegrityError, match="returned_within_units"), transaction.atomic():
        Reservation.objects.filter(item=1).update(returned=3)
    assert not StockMovement.objects.filter(document_kind="case").exists()


def test_what_came_back_does_not_come_again(house):
    place, plain, dated = house
    sell_shipped("order", ["SO1"], actor=ACTOR, at=NOON)
    for number, units in (("AS1", 2), ("AS2", 1)):
        come_back(request(number, ReturnItem(1, 2, dated.pk, units))).one()
    again = come_back(request("AS3", ReturnItem(1, 2, dated.pk, 1)))
    assert [refusal.code for _index, refusal in again.refused] == ["nothing_to_return"]
    assert sorted(Reservation.objects.values_list("item", "units", "returned")) == [
        (1, 2, 0),
        (2, 1, 1),
        (2, 2, 2),
    ]
    assert stock_of(dated, place).sold == 0
    assert stock_of(plain, place).sold == 2
