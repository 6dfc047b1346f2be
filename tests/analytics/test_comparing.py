"""How a change is told, computed by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from analytics.metrics import METRICS
from analytics.queries.comparing import Change, change_of
from analytics.queries.periods import Period, Preset, preset_period
from analytics.views.charts import scale_of, shares, small_line


@pytest.mark.parametrize(
    ("code", "now", "then", "change"),
    [
        ("gmv_paid", Decimal("120.00"), Decimal("100.00"), Change("up", Decimal("20.0"), "good")),
        ("gmv_paid", Decimal("80.00"), Decimal("100.00"), Change("down", Decimal("-20.0"), "bad")),
        ("refund_amount", Decimal("120.00"), Decimal("100.00"), Change("up", Decimal("20.0"), "bad")),
        ("refund_amount", Decimal("80.00"), Decimal("100.00"), Change("down", Decimal("-20.0"), "good")),
        ("feedback_items", 12, 10, Change("up", Decimal("20.0"), "neutral")),
        ("orders_paid", 100_049, 100_000, Change("same", Decimal("0.0"), "neutral")),
        ("orders_paid", 100_050, 100_000, Change("up", Decimal("0.1"), "good")),
        ("orders_paid", 5, 0, Change("up", None, "good")),
        ("orders_paid", 0, 5, Change("down", Decimal("-100.0"), "bad")),
        ("orders_paid", 0, 0, Change("same", Decimal(0), "neutral")),
        ("net_sales", Decimal("10.00"), Decimal("-20.00"), Change("up", Decimal("150.0"), "good")),
        ("net_sales", Decimal("-10.00"), Decimal(0), Change("down", None, "bad")),
        ("refund_rate", Decimal("0.031717"), Decimal("0.02"), Change("up", Decimal("1.17"), "bad")),
        ("payment_conversion", Decimal("0.5"), Decimal("0.75"), Change("down", Decimal("-25.00"), "bad")),
        (
            "payment_conversion",
            Decimal("0.500049"),
            Decimal("0.5"),
            Change("same", Decimal("0.00"), "neutral"),
        ),
        ("payment_conversion", None, Decimal("0.75"), None),
        ("average_order_value", Decimal("10.00"), None, None),
    ],
)
def test_a_change_has_a_size_a_direction_and_a_tone(code, now, then, change):
    assert change_of(METRICS[code], now, then) == change


@pytest.mark.parametrize(
    ("days", "before", "weekdays"),
    [
        (1, ("2026-11-10", "2026-11-10"), ("2026-11-04", "2026-11-04")),
        (3, ("2026-11-08", "2026-11-10"), ("2026-11-04", "2026-11-06")),
        (7, ("2026-11-04", "2026-11-10"), ("2026-11-04", "2026-11-10")),
        (8, ("2026-11-03", "2026-11-10"), ("2026-10-28", "2026-11-04")),
        (30, ("2026-10-12", "2026-11-10"), ("2026-10-07", "2026-11-05")),
    ],
)
def test_days_are_held_against_as_many_before_and_the_same_weekdays(days, before, weekdays):
    since = date(2026, 11, 11)
    period = Period(since, date.fromordinal(since.toordinal() + days - 1))
    assert tuple(map(str, period.before.pair)) == before
    assert tuple(map(str, period.same_weekdays.pair)) == weekdays
    assert period.same_weekdays.since.weekday() == since.weekday()


def test_the_days_that_are_over_end_yesterday():
    period = Period(date(2026, 11, 1), date(2026, 11, 11))
    assert period.over_on(date(2026, 11, 11)) == Period(date(2026, 11, 1), date(2026, 11, 10))
    assert period.over_on(date(2026, 11, 12)) == period
    assert period.over_on(date(2026, 11, 1)) is None


def test_the_last_month_of_january_is_december():
    assert preset_period(Preset.LAST_MONTH, date(2027, 1, 31)) == Period(
        date(2026, 12, 1), date(2026, 12, 31)
    )


def test_weeks_end_on_sunday_and_are_cut_at_both_ends():
    weeks = Period(date(2026, 11, 5), date(2026, 11, 17)).by_week()
    assert [(str(week.since), week.days) for week in weeks] == [
        ("2026-11-05", 4),
        ("2026-11-09", 7),
        ("2026-11-16", 2),
    ]


def test_a_scale_holds_zero_and_what_is_below_it():
    scale = scale_of([Decimal(90), Decimal(-30), None])
    assert [int(line) for line in scale.lines] == [90, 60, 30, 0, -30]
    assert (scale.height(90), scale.height(0), scale.height(-30)) == (0.0, 135.0, 180.0)


def test_counts_have_whole_steps_and_nothing_at_all_has_a_scale():
    assert [int(line) for line in scale_of([1], whole=True).lines] == [1, 0]
    assert [int(line) for line in scale_of([None, 0]).lines] == [1, 0]


def test_a_small_line_is_broken_where_a_day_has_no_value():
    assert small_line([1, 2, None, 2, 1]) == ["0.00,26.00 25.00,2.00", "75.00,2.00 100.00,26.00"]
    assert small_line([None, 3]) == []


def test_bars_are_shares_of_the_longest():
    assert shares([Decimal(50), Decimal(100), Decimal(-5), None]) == ["50.00%", "100.00%", "0.00%", "0.00%"]
    assert shares([0, 0]) == ["0%", "0%"]
