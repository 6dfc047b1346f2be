"""Refunds by line and day: what falls on which line, what is noted, and that the parts sum to the whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from ops_portal.lib.principals import acting_as
from orders.choices import RefundStatus
from orders.drafts import DiscountDraft, LineDraft, LineRefundDraft, RefundDraft
from orders.models import Order, OrderLine, Refund
from orders.operations.amounts import refund_parts
from orders.operations.placing import take_in_orders
from orders.operations.refunding import move_refunds
from orders.operations.undoing import take_back_orders
from orders.queries.refunds import differing_refund
from tests.factories import ACTOR, NOON, make_shop, order_draft

LATER = NOON + timedelta(hours=1)
NIGHT = datetime(2026, 11, 30, 16, 30, tzinfo=UTC)  # 00:30 on 1 December in Shanghai
R = RefundStatus
CENTS = st.integers(0, 20_000).map(lambda minor: Decimal(minor).scaleb(-2))


def line(code: str, price: str, *, discount: str = "", refund: str = "0", number: str = "") -> LineDraft:
    discounts = (DiscountDraft(Decimal(discount), "shop"),) if discount else ()
    return LineDraft(code, 1, Decimal(price), discounts, None, Decimal(refund), number)


def draft_of(*lines: LineDraft, freight: str = "0", refund: str = "0", **more):
    return replace(
        order_draft(make_shop("S1"), *lines, number="N1"),
        freight=Decimal(freight),
        refund_amount=Decimal(refund),
        **more,
    )


def taken(draft, at=NOON):
    return take_in_orders([draft], actor=ACTOR, at=at).one()


def refund(
    pk: int, amount: str, *lines: tuple[int, str], status: str = R.PARTLY, at: datetime = LATER
) -> str:
    positions = dict(OrderLine.objects.filter(order=pk).values_list("position", "pk"))
    parts = tuple(LineRefundDraft(positions.get(place, 0), Decimal(text)) for place, text in lines)
    outcome = move_refunds([RefundDraft(pk, status, Decimal(amount), parts)], actor=ACTOR, at=at)
    return outcome.refused[0][1].code if outcome.refused else "done"


def on_lines() -> list[str]:
    return [
        str(amount)
        for amount in OrderLine.objects.order_by("position").values_list("refund_amount", flat=True)
    ]


def noted() -> list[tuple[int | None, str]]:
    return [
        (position, str(amount))
        for position, amount in Refund.objects.order_by("pk").values_list("line__position", "amount")
    ]


@given(
    st.lists(st.tuples(CENTS, CENTS), max_size=6), CENTS, st.integers(0, 1_000_000), st.integers(0, 1_000_000)
)
def test_parts_of_a_refund_sum_to_it_and_no_line_holds_more_than_it_is_worth(
    lines, freight, of_whole, of_freight
):
    amounts, said = [worth for worth, _said in lines], [told for _worth, told in lines]
    whole = ((sum(amounts, Decimal(0)) + freight) * of_whole / 1_000_000).quantize(Decimal("0.01"))
    on_freight = min(whole, (freight * of_freight / 1_000_000).quantize(Decimal("0.01")))
    parts = refund_parts(whole, amounts, said, freight=freight, on_freight=on_freight)
    assert all(0 <= part <= worth for part, worth in zip(parts, amounts, strict=True))
    assert 0 <= whole - sum(parts, Decimal(0)) <= freight


@given(st.lists(CENTS, min_size=1, max_size=6), CENTS, st.lists(st.integers(0, 1000), min_size=1, max_size=4))
def test_what_is_refunded_in_4_steps_never_falls_on_any_line(amounts, freight, steps):
    total = sum(amounts, freight)
    standing, refunded = [Decimal(0)] * len(amounts), Decimal(0)
    for step in sorted(steps):
        whole = (total * step / 1000).quantize(Decimal("0.01"))
        on_freight = refunded - sum(standing, Decimal(0))
        parts = refund_parts(whole, amounts, standing, freight=freight, on_freight=on_freight)
        assert all(now >= was for now, was in zip(parts, standing, strict=True))
        assert whole - sum(parts, Decimal(0)) >= on_freight
        standing, refunded = parts, whole


@pytest.mark.django_db
def test_10_00_are_shared_over_3_lines_to_the_cent_and_the_freight_comes_last():
    pk = taken(draft_of(line("A", "10.00"), line("B", "10.00"), line("C", "10.00"), freight="5.00")).id
    assert refund(pk, "10.00") == "done"
    assert on_lines() == ["3.34", "3.33", "3.33"]
    assert refund(pk, "32.00") == "done"
    assert noted()[3:] == [(1, "6.66"), (2, "6.67"), (3, "6.67"), (None, "2.00")]
    assert differing_refund() is None


@pytest.mark.django_db
def test_a_refund_after_midnight_in_shanghai_is_of_1_december():
    pk = taken(draft_of(line("A", "10.00"))).id
    refund(pk, "4.00", at=NIGHT)
    row = Refund.objects.get()
    assert (row.refunded_on, row.refunded_at, row.actor) == (date(2026, 12, 1), NIGHT, str(ACTOR))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("amount", "lines", "answer"),
    [
        ("4.00", [(2, "4.00")], "done"),
        ("5.00", [(2, "4.00")], "done"),
        ("4.00", [(9, "4.00")], "no_such_line"),
        ("12.00", [(2, "12.00")], "refund_too_high"),
        ("4.00", [(2, "5.00")], "line_refunds_differ"),
        ("8.00", [(2, "5.00")], "line_refunds_differ"),
    ],
)
def test_a_refund_of_the_second_line_stays_with_it(amount, lines, answer):
    pk = taken(draft_of(line("A", "10.00"), line("B", "10.00"), freight="1.00")).id
    assert refund(pk, amount, *lines) == answer
    if answer != "done":
        assert (on_lines(), noted()) == (["0.00", "0.00"], [])
        return
    left = Decimal(amount) - 4
    assert on_lines() == ["0.00", "4.00"]
    assert noted() == [(2, "4.00"), *([(None, str(left))] if left else [])]
    assert refund(pk, "9.00", (2, "3.00")) == "refund_lowered"
    assert differing_refund() is None


@pytest.mark.django_db
def test_a_request_notes_no_money():
    pk = taken(draft_of(line("A", "10.00"))).id
    assert refund(pk, "0", status=R.REQUESTED) == "done"
    assert noted() == []


@pytest.mark.django_db
def test_an_order_without_lines_has_its_refund_as_a_whole():
    pk = taken(draft_of(goods_amount=Decimal("50.00"), refund="20.00", fate="recorded")).id
    assert refund(pk, "50.00", status=R.FULLY) == "done"
    assert noted() == [(None, "20.00"), (None, "30.00")]
    assert differing_refund() is None


@pytest.mark.django_db
def test_what_a_file_brings_as_refunded_falls_on_the_lines_it_names_and_its_excess_on_the_freight():
    taken(draft_of(line("A", "10.00", refund="12.00"), line("B", "10.00"), freight="3.00", refund="12.00"))
    assert noted() == [(1, "10.00"), (None, "2.00")]
    assert on_lines() == ["10.00", "0.00"]
    assert Refund.objects.first().refunded_at == NOON
    assert differing_refund() is None


@pytest.mark.django_db
def test_a_refund_of_an_order_that_is_over_is_dated_at_its_payment():
    paid = NOON - timedelta(days=40)
    draft = draft_of(line("A", "10.00"), refund="4.00", fate="recorded", placed_at=paid, paid_at=paid)
    taken(draft)
    assert Refund.objects.get().refunded_at == paid


@pytest.mark.django_db
def test_a_later_file_notes_the_difference_only_and_taking_it_back_compensates_it():
    draft = draft_of(line("A", "10.00", number="1"), line("B", "10.00", number="2"), refund="4.00")
    created = taken(draft)
    assert noted() == [(1, "2.00"), (2, "2.00")]
    lines = (line("A", "10.00", number="1"), line("B", "10.00", refund="9.00", number="2"))
    updated = taken(replace(draft, lines=lines, refund_amount=Decimal("9.00")), LATER)
    assert noted()[2:] == [(1, "-2.00"), (2, "7.00")]
    assert [row.is_correction for row in Refund.objects.order_by("pk")] == [False, False, True, False]
    assert differing_refund() is None
    changes = [
        SimpleNamespace(object_id=placed.id, what=placed.what, before=placed.before, at=at, restored_at=())
        for placed, at in ((updated, LATER), (created, NOON))
    ]
    assert not take_back_orders(changes[:1], actor=ACTOR, at=LATER).refused
    assert noted()[4:] == [(1, "2.00"), (2, "-7.00")]
    assert differing_refund() is None
    changes[1].restored_at = (LATER,)
    assert not take_back_orders(changes[1:], actor=ACTOR, at=LATER).refused
    assert noted()[6:] == [(1, "-2.00"), (2, "-2.00")]
    assert differing_refund() is None


@pytest.mark.django_db
def test_a_line_that_turns_out_to_be_worth_less_passes_its_refund_on():
    draft = draft_of(line("A", "10.00", number="1"), line("B", "10.00", number="2"))
    pk = taken(draft).id
    refund(pk, "8.00", (1, "8.00"))
    cheaper = (line("A", "10.00", discount="5.00", number="1"), line("B", "10.00", number="2"))
    taken(replace(draft, lines=cheaper), LATER)
    assert on_lines() == ["5.00", "3.00"]
    assert noted() == [(1, "8.00"), (1, "-3.00"), (2, "3.00")]
    assert differing_refund() is None


@pytest.mark.django_db
def test_the_audit_names_an_order_whose_refunds_do_not_add_up():
    pk = taken(draft_of(line("A", "10.00"))).id
    refund(pk, "4.00")
    with acting_as(ACTOR):
        Order.objects.update(refund_amount=Decimal("5.00"))
    assert differing_refund() == Order.objects.get(pk=pk).number
    with acting_as(ACTOR):
        Order.objects.update(refund_amount=Decimal("4.00"))
        OrderLine.objects.update(refund_amount=Decimal("3.00"))
    assert differing_refund() == Order.objects.get(pk=pk).number


@pytest.mark.django_db
def test_the_database_refuses_a_line_refunded_above_10_00_and_a_refund_below_0():
    pk = taken(draft_of(line("A", "10.00"))).id
    with pytest.raises(IntegrityError, match="order_line_refund_within_amount"), transaction.atomic():
        OrderLine.objects.update(refund_amount=Decimal("10.01"))
    row = Refund(order_id=pk, amount=Decimal("-1.00"), refunded_at=NOON, refunded_on=NOON.date(), actor="x")
    with pytest.raises(IntegrityError, match="refund_is_positive"), transaction.atomic():
        row.save()
    refund(pk, "4.00")
    with pytest.raises(DatabaseError, match="append_only"), transaction.atomic():
        Refund.objects.update(amount=1)
