from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_portal.lib.money import AmountField, CurrencyField, as_text, cents, ratio, share_out

amounts = st.decimals(min_value="-99999999.99", max_value="99999999.99", places=2)
weights = st.lists(
    st.one_of(
        st.integers(min_value=0, max_value=10**6),
        st.decimals(min_value=0, max_value=10**6, places=4),
    ),
    min_size=1,
    max_size=12,
)


@pytest.mark.parametrize(
    ("amount", "expected"),
    [("0.005", "0.01"), ("-0.005", "-0.01"), ("1.004999", "1.00"), ("2.675", "2.68"), ("-0.004", "0.00")],
)
def test_cents_rounds_halves_away_from_zero(amount, expected):
    assert str(cents(Decimal(amount))) == expected


def test_cents_takes_whole_numbers_and_refuses_floats():
    assert str(cents(3)) == "3.00"
    with pytest.raises(TypeError, match="never a float"):
        cents(0.1)


def test_share_out_gives_the_odd_cent_to_the_earlier_of_equal_parts():
    assert share_out(Decimal("100.00"), [1, 1, 1]) == [Decimal("33.34"), Decimal("33.33"), Decimal("33.33")]
    assert share_out(Decimal("0.02"), [5, 5, 5]) == [Decimal("0.01"), Decimal("0.01"), Decimal("0.00")]


def test_share_out_gives_the_odd_cent_to_the_largest_remainder():
    assert share_out(Decimal("0.10"), [Decimal("1.5"), Decimal("1.5"), 4]) == [
        Decimal("0.02"),
        Decimal("0.02"),
        Decimal("0.06"),
    ]


def test_share_out_is_equal_where_all_weights_are_zero():
    assert share_out(Decimal("0.05"), [0, 0]) == [Decimal("0.03"), Decimal("0.02")]


@pytest.mark.parametrize(
    ("amount", "shares"),
    [("1.00", []), ("1.005", [1]), ("1.00", [1, -1]), ("1.00", [0.5])],
)
def test_share_out_refuses_what_it_cannot_share(amount, shares):
    with pytest.raises(ValueError, match=r"."):
        share_out(Decimal(amount), shares)


@given(amounts, weights)
def test_shares_sum_to_the_whole_and_stand_within_a_cent_of_their_proportion(amount, shares):
    parts = share_out(amount, shares)
    assert sum(parts) == amount
    assert len(parts) == len(shares)
    total = sum(Decimal(share) for share in shares)
    for part, share in zip(parts, shares, strict=True):
        exact = amount * Decimal(share) / total if total else amount / len(shares)
        assert abs(part - exact) < Decimal("0.01")
        assert total == 0 or share != 0 or part == 0


@given(amounts, weights)
def test_a_refund_of_all_is_shared_as_the_payment_was(amount, shares):
    assert share_out(-amount, shares) == [-part for part in share_out(amount, shares)]


@given(amounts, weights, st.integers(min_value=1, max_value=1000))
def test_shares_depend_on_the_proportion_of_the_weights_only(amount, shares, factor):
    assert share_out(amount, [share * factor for share in shares]) == share_out(amount, shares)


def test_ratio_has_six_places_and_none_over_zero():
    assert str(ratio(2, 3)) == "0.666667"
    assert str(ratio(Decimal("-1"), Decimal("3"))) == "-0.333333"
    assert str(ratio(0, 5)) == "0.000000"
    assert ratio(1, 0) is None


def test_as_text_writes_plain_numbers():
    assert as_text(Decimal("1E+3")) == "1000.00"
    assert as_text(Decimal("-0.001")) == "0.00"
    assert as_text(Decimal("0.5"), places=6) == "0.500000"


def test_amount_and_currency_fields_are_plain_fields_in_migrations():
    assert AmountField().deconstruct()[1:] == (
        "django.db.models.DecimalField",
        [],
        {"max_digits": 14, "decimal_places": 2},
    )
    assert CurrencyField().deconstruct()[1:] == (
        "django.db.models.CharField",
        [],
        {"max_length": 3, "default": "CNY", "db_default": "CNY"},
    )
