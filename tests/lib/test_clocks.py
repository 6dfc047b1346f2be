from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ops_portal.lib.clocks import (
    Pause,
    WorkingCalendar,
    natural_deadline,
    natural_time,
    working_deadline,
    working_time,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
HOUR = timedelta(hours=1)
OFFICE_DAY = ((time(9), time(12)), (time(13), time(18)))
ROUND_THE_CLOCK = ((time(0), time(0)),)
OFFICE = WorkingCalendar("Asia/Shanghai", dict.fromkeys(range(5), OFFICE_DAY))
SIX_DAYS = WorkingCalendar("Asia/Shanghai", dict.fromkeys(range(6), OFFICE_DAY))
NIGHTS = WorkingCalendar("Asia/Shanghai", dict.fromkeys(range(7), ((time(22), time(6)),)), holidays=None)
BERLIN_NIGHTS = WorkingCalendar(
    "Europe/Berlin", dict.fromkeys(range(7), ((time(0), time(6)),)), holidays=None
)
NEW_YORK = WorkingCalendar("America/New_York", dict.fromkeys(range(7), ROUND_THE_CLOCK), holidays=None)


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def deadline(start: str, duration: timedelta, calendar: WorkingCalendar = OFFICE) -> str:
    end = working_deadline(at(start, calendar.zone), duration, calendar)
    return end.astimezone(calendar.zone).strftime("%Y-%m-%d %H:%M")


def test_natural_hours_pass_through_the_night_and_the_change_of_clocks():
    assert natural_deadline(at("2026-02-16 20:00"), 48 * HOUR) == at("2026-02-18 20:00")
    berlin = ZoneInfo("Europe/Berlin")
    assert natural_deadline(at("2026-03-28 20:00", berlin), 24 * HOUR) == at("2026-03-29 21:00", berlin)
    assert natural_time(at("2026-03-28 20:00", berlin), at("2026-03-29 20:00", berlin)) == 23 * HOUR
    assert natural_time(at("2026-03-29 20:00"), at("2026-03-28 20:00")) == timedelta(0)


def test_working_time_skips_the_lunch_break():
    assert deadline("2026-11-23 11:00", 2 * HOUR) == "2026-11-23 14:00"
    assert working_time(at("2026-11-23 11:30"), at("2026-11-23 13:30"), OFFICE) == HOUR


def test_a_deadline_that_falls_on_the_end_of_a_shift_stays_there():
    assert deadline("2026-11-23 09:00", 8 * HOUR) == "2026-11-23 18:00"
    assert deadline("2026-11-23 09:00", 8 * HOUR + timedelta(microseconds=1)) == "2026-11-24 09:00"


def test_no_duration_ends_where_it_starts_even_at_night():
    assert deadline("2026-11-22 03:00", timedelta(0)) == "2026-11-22 03:00"


def test_the_lunar_new_year_week_is_closed_with_its_weekends():
    # Closed 15–23 February 2026; Saturday the 14th is worked for it.
    assert deadline("2026-02-13 17:00", 2 * HOUR) == "2026-02-14 10:00"
    assert deadline("2026-02-14 17:00", 2 * HOUR) == "2026-02-24 10:00"
    assert deadline("2026-02-14 17:00", 2 * HOUR, SIX_DAYS) == "2026-02-24 10:00"


@pytest.mark.parametrize("make_up", ["2026-01-04", "2026-02-14", "2026-02-28", "2026-09-20", "2025-10-11"])
def test_make_up_saturdays_and_sundays_are_worked(make_up):
    assert date.fromisoformat(make_up).weekday() in (5, 6)
    day = at(f"{make_up} 00:00")
    assert working_time(day, day + 24 * HOUR, OFFICE) == 8 * HOUR


def test_a_year_that_is_not_announced_yet_has_its_statutory_holidays():
    year = working_time(at("2028-01-01 00:00"), at("2029-01-01 00:00"), OFFICE)
    assert 235 <= year / (8 * HOUR) <= 255


def test_a_team_without_holidays_works_through_them():
    calendar = WorkingCalendar("Asia/Shanghai", dict.fromkeys(range(7), OFFICE_DAY), holidays=None)
    assert working_time(at("2026-02-17 00:00"), at("2026-02-18 00:00"), calendar) == 8 * HOUR


def test_a_day_closed_or_opened_by_hand_has_the_last_word():
    calendar = WorkingCalendar(
        "Asia/Shanghai",
        dict.fromkeys(range(5), OFFICE_DAY),
        extra_closed=[date(2026, 2, 14), date(2026, 11, 12)],
        extra_open={date(2026, 11, 11): ROUND_THE_CLOCK, date(2026, 2, 17): ()},
    )
    day = 24 * HOUR
    for opened, worked in (
        ("2026-11-11", day),
        ("2026-11-12", 0 * day),
        ("2026-02-14", 0 * day),
        ("2026-02-17", 8 * HOUR),
    ):
        assert working_time(at(f"{opened} 00:00"), at(f"{opened} 00:00") + day, calendar) == worked


def test_a_night_shift_counts_through_midnight_and_through_the_year():
    assert deadline("2026-12-31 23:00", 3 * HOUR, NIGHTS) == "2027-01-01 02:00"
    assert deadline("2026-12-31 23:00", 8 * HOUR, NIGHTS) == "2027-01-01 23:00"


def test_shifts_that_overlap_count_once():
    calendar = WorkingCalendar(
        "Asia/Shanghai", {0: ((time(9), time(13)), (time(12), time(18)))}, holidays=None
    )
    assert working_time(at("2026-11-23 00:00"), at("2026-11-24 00:00"), calendar) == 9 * HOUR


def test_the_night_of_the_change_of_clocks_is_as_long_as_it_is():
    berlin = BERLIN_NIGHTS.zone
    spring = working_time(at("2026-03-29 00:00", berlin), at("2026-03-29 12:00", berlin), BERLIN_NIGHTS)
    autumn = working_time(at("2026-10-25 00:00", berlin), at("2026-10-25 12:00", berlin), BERLIN_NIGHTS)
    assert (spring, autumn) == (5 * HOUR, 7 * HOUR)
    assert deadline("2026-03-29 01:00", 2 * HOUR, BERLIN_NIGHTS) == "2026-03-29 04:00"


def test_a_shift_that_opens_in_the_missing_hour_opens_when_the_hour_is_over():
    calendar = WorkingCalendar("Europe/Berlin", {6: ((time(2, 30), time(6)),)}, holidays=None)
    assert deadline("2026-03-29 00:00", HOUR, calendar) == "2026-03-29 04:30"


def test_round_the_clock_is_natural_time_through_changes_of_the_clocks():
    start = at("2026-01-15 10:00", NEW_YORK.zone)
    assert working_deadline(start, timedelta(days=600), NEW_YORK) == start.astimezone(UTC) + timedelta(
        days=600
    )


def test_a_pause_moves_the_deadline_by_its_working_time_only():
    start = at("2026-11-23 10:00")
    waiting = Pause(at("2026-11-23 11:00"), at("2026-11-24 10:00"), "waiting for the customer")
    assert working_deadline(start, 2 * HOUR, OFFICE, [waiting]) == at("2026-11-24 11:00")
    assert working_time(start, at("2026-11-24 11:00"), OFFICE, [waiting]) == 2 * HOUR


def test_pauses_that_overlap_stop_the_clock_once():
    start = at("2026-11-23 09:00")
    pauses = [
        Pause(at("2026-11-23 10:00"), at("2026-11-23 11:30")),
        Pause(at("2026-11-23 09:30"), at("2026-11-23 11:00")),
    ]
    assert working_deadline(start, HOUR, OFFICE, pauses) == at("2026-11-23 12:00")
    assert working_time(start, at("2026-11-23 12:00"), OFFICE, pauses) == HOUR


def test_a_standing_clock_has_no_deadline_unless_it_came_before():
    start = at("2026-11-23 09:00")
    standing = Pause(at("2026-11-23 11:00"), None)
    assert working_deadline(start, 3 * HOUR, OFFICE, [standing]) is None
    assert working_deadline(start, 2 * HOUR, OFFICE, [standing]) == at("2026-11-23 11:00")
    assert working_time(start, at("2026-12-01 09:00"), OFFICE, [standing]) == 2 * HOUR


def test_what_ends_before_it_starts_took_no_time():
    assert working_time(at("2026-11-24 11:00"), at("2026-11-23 11:00"), OFFICE) == timedelta(0)


def test_nonsense_is_refused():
    start = at("2026-11-23 09:00")
    with pytest.raises(ValueError, match="less than nothing"):
        working_deadline(start, -HOUR, OFFICE)
    with pytest.raises(ValueError, match="no time zone"):
        working_deadline(datetime(2026, 11, 23), HOUR, OFFICE)  # noqa: DTZ001
    with pytest.raises(ValueError, match="without a single shift"):
        WorkingCalendar("Asia/Shanghai", {})
    with pytest.raises(ValueError, match="weekday"):
        WorkingCalendar("Asia/Shanghai", {7: OFFICE_DAY})
    with pytest.raises(ValueError, match="both closed and open"):
        WorkingCalendar(
            "Asia/Shanghai", {0: OFFICE_DAY}, extra_closed=[start.date()], extra_open={start.date(): ()}
        )
    with pytest.raises(ValueError, match="can't end"):
        Pause(start, start - HOUR)


calendars = st.sampled_from([OFFICE, SIX_DAYS, NIGHTS, BERLIN_NIGHTS, NEW_YORK])
moments = st.datetimes(datetime(2024, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
durations = st.timedeltas(timedelta(0), timedelta(days=90))


@st.composite
def pauses_near(draw, start):
    spans = draw(st.lists(st.tuples(st.timedeltas(-2 * HOUR, timedelta(days=60)), durations), max_size=4))
    return [Pause(start + after, start + after + length) for after, length in spans]


@given(calendars, moments, durations)
@example(OFFICE, at("2026-02-13 18:00"), 8 * HOUR)
@example(BERLIN_NIGHTS, at("2026-10-25 02:30", ZoneInfo("Europe/Berlin")), 3 * HOUR)
def test_the_working_time_until_a_deadline_is_its_duration(calendar, start, duration):
    assert working_time(start, working_deadline(start, duration, calendar), calendar) == duration


@given(st.data(), calendars, moments, durations)
def test_the_working_time_until_a_deadline_is_its_duration_whatever_was_paused(
    data, calendar, start, duration
):
    pauses = data.draw(pauses_near(start))
    end = working_deadline(start, duration, calendar, pauses)
    assert end is not None
    assert working_time(start, end, calendar, pauses) == duration


@given(calendars, moments, durations, durations)
def test_working_time_adds_up(calendar, start, first, second):
    middle, end = start + first, start + first + second
    whole = working_time(start, end, calendar)
    assert whole == working_time(start, middle, calendar) + working_time(middle, end, calendar)
    assert whole <= end - start
