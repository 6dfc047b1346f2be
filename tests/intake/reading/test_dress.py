from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from ops_portal.intake.reading import as_datetime, as_decimal, as_units, bare_id


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("3141592653589793238", "3141592653589793238"),
        ("\ufeff260531-607\xa0\t", "260531-607"),
        ("'SF1234567890", "SF1234567890"),
        ("@SF1234567890", "SF1234567890"),
        ('="0012345"', "0012345"),
        ('"0012345"', "0012345"),
        ("123456789.00", "123456789"),
        ("１２３", "123"),
        ("12E5", "12E5"),
        ("", ""),
    ],
)
def test_bare_id_takes_off_what_the_number_was_wrapped_in(text, bare):
    assert bare_id(text) == bare


def test_bare_id_refuses_3_14159e18_whose_digits_are_lost():
    with pytest.raises(ValueError, match="rounded by a spreadsheet"):
        bare_id("3.14159E+18")


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("178.80", Decimal("178.80")),
        ("¥1,234.50", Decimal("1234.50")),
        ("￥ 12", Decimal(12)),
        ("-¥12.5", Decimal("-12.5")),
        ("¥-12.5", Decimal("-12.5")),
        ("(12.50)", Decimal("-12.50")),
        ("１２．５", Decimal("12.5")),
        ("12.5元", Decimal("12.5")),
        ("1E-05", Decimal("0.00001")),
        ('="8.00"', Decimal("8.00")),
        ("", None),
        (" - ", None),
        ("--", None),
        ("无退款申请", None),
    ],
)
def test_as_decimal_reads_an_amount_however_it_is_dressed(text, amount):
    assert as_decimal(text) == amount


@pytest.mark.parametrize(
    "text",
    ["NaN", "Infinity", "1e999", "9" * 31, "1,5", "1.234,50", "12%", "abc", "1.2.3", "#REF!", "--5", "SKU-1"],
)
def test_as_decimal_refuses_what_is_no_amount(text):
    with pytest.raises(ValueError, match="number"):
        as_decimal(text)


@pytest.mark.parametrize(("text", "units"), [("12", 12), ("5.0", 5), ("1,234", 1234), ("3件", 3), ("", None)])
def test_as_units_reads_whole_numbers(text, units):
    assert as_units(text) == units


@pytest.mark.parametrize("text", ["1.5", "99999999999", "x"])
def test_as_units_refuses_fractions_and_nonsense(text):
    with pytest.raises(ValueError, match="number"):
        as_units(text)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("2020-02-21 00:00:00", (2020, 2, 21)),
        ("2020/2/21 0:00", (2020, 2, 21)),
        ("2020/2/21 下午 3:04:05", (2020, 2, 21, 15, 4, 5)),
        ("2020年2月21日 9:05", (2020, 2, 21, 9, 5)),
        ("2016/11/14", (2016, 11, 14)),
        ("20260531", (2026, 5, 31)),
        ("20260531200000", (2026, 5, 31, 20)),
        ("\t2020-2-1 9:05:03 ", (2020, 2, 1, 9, 5, 3)),
    ],
)
def test_as_datetime_reads_naive_times(text, parts):
    assert as_datetime(text) == datetime(*parts)  # noqa: DTZ001 - naive is what is written


def test_as_datetime_keeps_the_offset_of_8_hours():
    china = timezone(timedelta(hours=8))
    assert as_datetime("2020-02-21T00:00:00+08:00") == datetime(2020, 2, 21, tzinfo=china)


@pytest.mark.parametrize("text", ["", " ", "-", "0000-00-00 00:00:00"])
def test_as_datetime_gives_none_for_blank(text):
    assert as_datetime(text) is None


@pytest.mark.parametrize(
    "text", ["1712083012345", "1716998400", "2020-02-30", "46337.5", "20260531~20260531", "x"]
)
def test_as_datetime_refuses_what_is_no_time(text):
    with pytest.raises(ValueError, match="not a date"):
        as_datetime(text)


def test_as_datetime_takes_serial_46337_5_only_where_it_may():
    assert as_datetime("46337.5", serials=True) == datetime(2026, 11, 11, 12)  # noqa: DTZ001
