"""What goods cost where on which day, and what is left of it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from catalog.drafts import PriceDraft, SkuDraft
from catalog.models import Channel, Price, Sku
from catalog.operations.goods import save_skus
from catalog.operations.prices import OPENING, set_prices
from catalog.queries.prices import margin_of, price_history, prices_at
from ops_portal.lib.testing import assert_batch_does_what_one_by_one_does
from ops_portal.lib.testing.batches import codes_of
from tests.factories import ACTOR, NOON, make_shop, make_sku

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def price(sku, amount, shop="", days=0, reason=""):
    return PriceDraft(sku, Decimal(amount), shop, NOON + days * DAY, reason)


def put(*drafts, at=NOON, is_approved=False):
    return set_prices(drafts, is_approved=is_approved, actor=ACTOR, at=at)


def cost(sku, shop, days):
    place = Channel.objects.get(code=shop).pk if shop else None
    found = prices_at([sku.pk], place, NOON + days * DAY)
    return str(found[sku.pk]) if found else None


def all_prices():
    rows = Price.objects.order_by("sku__code", "channel__code", "since", "pk")
    return [
        *rows.values_list("sku__code", "channel__code", "amount", "since", "reason"),
        *Sku.objects.order_by("code").values_list("code", "list_price"),
    ]


def test_the_price_of_any_day_is_that_of_the_shop_and_else_the_list_price():
    sku = make_sku("A")
    make_shop("S1")
    make_shop("S2")
    put(price("A", "9", "S1", 1), price("A", "8", "S1", 3), price("A", "12", "", 2))
    assert [cost(sku, "S1", day) for day in (-1, 0, 1, 2, 3, 9)] == [
        "10.00",
        "10.00",
        "9.00",
        "9.00",
        "8.00",
        "8.00",
    ]
    assert [cost(sku, "S2", day) for day in (0, 1, 2)] == ["10.00", "10.00", "12.00"]
    assert [cost(sku, "", day) for day in (0, 1, 2)] == ["10.00", "10.00", "12.00"]


def test_a_price_that_holds_already_writes_nothing_and_is_answered_with_it():
    make_sku("A")
    make_shop("S1")
    first = put(price("A", "9", "S1")).one()
    again = put(price("A", "9.00", "S1", 5), price("A", "9", "S1", 6))
    assert [found.pk for found in again.done] == [first.pk, first.pk]
    assert Price.objects.filter(channel__code="S1").count() == 1


def test_a_price_of_the_past_holds_until_the_next_one():
    sku = make_sku("A")
    make_shop("S1")
    put(price("A", "9", "S1", 10))
    put(price("A", "7", "S1", 4), at=NOON + 20 * DAY)
    assert [cost(sku, "S1", day) for day in (3, 4, 9, 10)] == ["10.00", "7.00", "7.00", "9.00"]
    own = Channel.objects.get(code="S1").pk
    assert [str(found.amount) for found in price_history(sku.pk, own)] == ["9.00", "7.00"]


def test_of_two_prices_with_one_moment_the_later_written_counts():
    sku = make_sku("A")
    make_shop("S1")
    put(price("A", "9", "S1"), price("A", "8", "S1"))
    assert (cost(sku, "S1", 0), Price.objects.filter(channel__code="S1").count()) == ("8.00", 2)


def test_prices_that_can_not_be_are_refused_by_code():
    sku = make_sku("A")
    make_shop("S1")
    Sku.objects.filter(pk=sku.pk).update(floor_price=Decimal("8.00"))
    assert codes_of(put(price("A", "7.98", "S1", 1, "clearance"))) == ["below_floor"]
    outcome = put(
        price("B", "1"), price("A", "9", "S9"), price("A", "-1"), price("A", "NaN"),
        price("A", "7.99", "S1"), price("A", "7.99", "S1", reason=" "), price("A", "8.00", "S1"),
        price("A", "7.98", "S1", 1, "clearance"), is_approved=True,
    )  # fmt: skip
    assert codes_of(outcome) == [
        "unknown_sku", "unknown_channel", "bad_price", "bad_price", "below_floor", "below_floor", "done", "done",
    ]  # fmt: skip
    assert (
        str(outcome.refused[4][1])
        == "A: 7.99 is below the floor price of 8.00; ask for it as a price change."
    )
    assert [found.reason for found in outcome.done] == ["", "clearance"]


def test_a_sku_shows_the_list_price_that_holds_now():
    sku = make_sku("A")
    put(price("A", "12", days=2))
    sku.refresh_from_db()
    assert str(sku.list_price) == "10.00"
    put(price("A", "13", days=1), at=NOON + 3 * DAY)
    sku.refresh_from_db()
    assert str(sku.list_price) == "12.00"


def test_a_list_price_that_was_never_written_down_holds_until_the_first_that_is():
    sku = make_sku("A")
    assert Price.objects.count() == 0
    assert cost(sku, "", -99) == "10.00"
    put(price("A", "12", days=2))
    assert [cost(sku, "", day) for day in (-99, 1, 2)] == ["10.00", "10.00", "12.00"]


def test_goods_of_a_file_have_a_history_too():
    draft = SkuDraft("A", "P", "Cream", "ACME", list_price=Decimal("10"))
    for days, amount in ((0, "10"), (1, "10"), (2, "11")):
        changed = SkuDraft(draft.code, "P", "Cream", "ACME", list_price=Decimal(amount))
        save_skus([changed], actor=ACTOR, at=NOON + days * DAY)
    sku = Sku.objects.get()
    assert [(str(p.amount), p.since) for p in price_history(sku.pk, None)] == [
        ("11.00", NOON + 2 * DAY), ("10.00", OPENING),
    ]  # fmt: skip


def test_a_batch_of_prices_does_what_they_would_have_done_one_by_one():
    for code in ("A", "B"):
        make_sku(code)
    make_shop("S1")
    drafts = [
        price("A", "9", "S1", 4), price("A", "9", "S1", 2), price("A", "8", "S1", 3), price("B", "11"),
        price("B", "11", days=1), price("B", "12", days=-1), price("X", "1"), price("A", "9", "S1", 4),
    ]  # fmt: skip
    assert_batch_does_what_one_by_one_does(lambda batch: put(*batch), drafts, all_prices)


def test_a_thousand_prices_take_as_many_statements_as_one():
    make_shop("S1")
    for number in range(30):
        make_sku(f"A{number}")
    counts = []
    for first, last in ((0, 1), (1, 30)):
        with CaptureQueriesContext(
            connection,
        ) as seen:
            put(*[price(f"A{number}", "9", "S1") for number in range(first, last)])
        counts.append(len([query for query in seen.captured_queries if "SAVEPOINT" not in query["sql"]]))
    assert counts == [5, 5]


def test_prices_are_never_changed():
    make_sku("A")
    put(price("A", "12"))
    with pytest.raises(DatabaseError), transaction.atomic():
        Price.objects.update(amount=1)


@pytest.mark.parametrize(
    ("amount", "bought", "fee", "commission", "left", "rate"),
    [
        ("100", "40", "0.05", "0", "55.00", "0.550000"),
        ("99.99", "40", "0.05", "0.10", "44.99", "0.449945"),
        ("10", "12", "0.05", "0", "-2.50", "-0.250000"),
        ("0", "1", "0.05", "0", "-1.00", None),
    ],
)
def test_a_margin_is_what_is_left_after_fee_commission_and_cost(amount, bought, fee, commission, left, rate):
    margin = margin_of(Decimal(amount), Decimal(bought), Decimal(fee), Decimal(commission))
    assert (str(margin.amount), margin.rate) == (left, rate and Decimal(rate))


def test_without_a_cost_no_margin_is_known():
    assert margin_of(Decimal(10), None, Decimal("0.05")) is None
