"""What the forecast says of series whose makings are known, and how far off it is on weeks that it wasn't shown."""

from __future__ import annotations

import json
from datetime import date, timedelta
from io import StringIO
from random import Random

import pytest
from django.core.management import call_command

from catalog.models import CampaignPeriod, DailyDemand
from catalog.queries.forecast import (
    EVEN,
    Campaign,
    History,
    Pace,
    forecast,
    is_intermittent,
    ordinary_days,
    own_rhythm,
    pace_of,
    peak_limit,
    smoothed,
)
from catalog.queries.forecast_error import measure
from catalog.queries.histories import added, histories
from tests.factories import make_sku, make_warehouse

MONDAY = date(2026, 9, 7)
WEEK = (8, 8, 8, 8, 16, 32, 32)  # 112 a week: 16 a day


def weekly(weeks: int, pattern: tuple[int, ...] = WEEK) -> History:
    return History(MONDAY, pattern * weeks)


def chance(random: Random, mean: float) -> int:
    """Return a number of a Poisson distribution."""
    limit, product, count = pow(2.718281828459045, -mean), random.random(), 0
    while product > limit:
        product *= random.random()
        count += 1
    return count


def rounded(said, places: int = 1) -> list[float]:
    return [round(each, places) for each in said.units]


def test_a_steady_week_is_said_to_come_again():
    said = forecast(weekly(30), days=7)
    assert said.units == pytest.approx((8, 8, 8, 8, 16, 32, 32), rel=0.05)
    assert (said.known_days, said.left_out, said.intermittent) == (210, 0, False)


def test_a_sku_that_sells_little_takes_the_rhythm_of_its_brand_and_one_that_sells_much_its_own():
    brand = (0.5, 0.5, 0.5, 0.5, 1.0, 2.0, 2.0)
    few = History(MONDAY, (1, 0, 0, 0, 0, 0, 0))
    own = own_rhythm(few, list(range(7)), brand)
    assert [round(each, 1) for each in own] == [0.5, 0.5, 0.5, 0.5, 1.0, 2.0, 2.0]
    much = History(MONDAY, (1000,) * 70)
    assert [round(each, 2) for each in own_rhythm(much, list(range(70)), brand)] == [1.0] * 7


def test_days_that_ended_sold_out_do_not_pull_the_level_down():
    steady = History(MONDAY, (10,) * 70)
    broken = History(MONDAY, (10,) * 56 + (0,) * 14, out=frozenset(range(56, 70)))
    assert rounded(forecast(broken, days=3)) == rounded(forecast(steady, days=3)) == [10.0] * 3
    assert forecast(History(MONDAY, broken.units), days=3).level < 8


def test_a_campaign_and_a_peak_that_nobody_entered_are_set_apart():
    usual = (10,) * 40
    entered = History(MONDAY, (*usual, 30, 30, *usual))
    campaign = Campaign(MONDAY + timedelta(40), MONDAY + timedelta(41), 3)
    assert forecast(entered, days=1, campaigns=(campaign,)).level == pytest.approx(10)
    assert forecast(entered, days=1).level > 10.1
    peak = History(MONDAY, (*usual, 200, *usual))
    assert 40 not in ordinary_days(peak)
    assert forecast(peak, days=1).level == pytest.approx(10)


def test_3_units_on_one_day_of_goods_that_hardly_sell_are_no_peak():
    assert peak_limit([0] * 27 + [3]) > 3
    assert peak_limit([10] * 27 + [200]) < 200


def test_a_campaign_that_lies_ahead_multiplies_its_days_and_of_two_the_greater():
    ahead = MONDAY + timedelta(70)
    campaigns = (
        Campaign(ahead + timedelta(1), ahead + timedelta(2), 5),
        Campaign(ahead + timedelta(2), ahead + timedelta(2), 2),
    )
    said = forecast(History(MONDAY, (10,) * 70), days=4, campaigns=campaigns)
    assert rounded(said) == [10, 50, 50, 10]


def test_goods_wanted_every_fifth_day_are_told_by_chance_and_size_and_fade_when_nobody_asks():
    seldom = History(MONDAY, (5, 0, 0, 0, 0) * 24)
    assert is_intermittent(seldom.units)
    assert not is_intermittent((1, 1, 1, 1, 0))
    said = forecast(seldom, days=5)
    assert said.intermittent
    assert said.level == pytest.approx(1, abs=0.15)
    gone = History(MONDAY, seldom.units + (0,) * 60)
    assert forecast(gone, days=1).level < 0.15


def test_the_level_follows_the_newest_days_more():
    assert smoothed([0.0] * 10 + [10.0] * 10, 0.1) > 7
    assert smoothed([10.0] * 10 + [0.0] * 10, 0.1) < 3


def test_each_sku_takes_part_in_what_its_brand_does_as_a_whole():
    before, after = (20,) * 60, (40,) * 14
    brand = [History(MONDAY, before + after) for _ in range(10)]
    assert 1.2 < pace_of(brand).momentum < 1.6
    still = History(MONDAY, (20,) * 74)
    assert pace_of([still]).momentum == pytest.approx(1)
    assert forecast(still, days=1, brand=Pace(EVEN, 1.5)).level == pytest.approx(30)


def test_goods_that_are_sold_out_or_new_are_no_tide_of_the_brand():
    steady = [History(MONDAY, (20,) * 74) for _ in range(3)]
    sold_out = History(MONDAY, (20,) * 60 + (0,) * 14, out=frozenset(range(60, 74)))
    new = History(MONDAY + timedelta(60), (20,) * 14)
    assert pace_of([*steady, sold_out, new]).momentum == pytest.approx(1)
    assert pace_of([*steady, History(MONDAY, sold_out.units)]).momentum < 0.9


def test_what_was_never_seen_is_said_by_the_fallback_and_an_empty_brand_has_no_pace():
    nothing = History(MONDAY, (0, 0), out=frozenset({0, 1}))
    assert forecast(nothing, days=2, fallback=3.0).units == (3.0, 3.0)
    assert pace_of([]) == Pace()


def test_the_spread_is_never_less_than_chance_gives():
    assert forecast(History(MONDAY, (9,) * 70), days=1).spread == pytest.approx(3)
    wild = History(MONDAY, (0, 18) * 35)
    assert forecast(wild, days=1).spread > 8


def test_a_sku_in_2_warehouses_was_out_where_both_were():
    one = History(MONDAY, (1, 2, 3), out=frozenset({1, 2}))
    other = History(MONDAY + timedelta(1), (4, 0), out=frozenset({1}))
    assert added([one, other]) == History(MONDAY, (1, 6, 3), out=frozenset({2}))


def noisy(seed: int) -> dict[str, History]:
    random = Random(seed)
    series = {}
    for number in range(40):
        mean = random.choice((0.3, 1, 3, 8))
        units = [
            chance(random, mean * factor) for _ in range(14) for factor in (0.8, 0.8, 0.8, 0.8, 1, 1.4, 1.4)
        ]
        units[80] *= 20
        series[str(number)] = History(MONDAY, tuple(units))
    return series


def test_the_forecast_is_clearly_nearer_than_the_week_before():
    measured = measure({"A": noisy(1), "B": noisy(2)}, weeks=4)
    calm = measure({str(seed): noisy(seed) for seed in range(3, 9)}, weeks=1)
    assert measured.cases == 320
    assert measured.wape < 0.9 * measured.wape_of_last_week
    assert calm.wape < 0.85 * calm.wape_of_last_week


def test_a_week_on_which_goods_were_sold_out_is_not_measured():
    history = History(MONDAY, (10,) * 70, out=frozenset({66}))
    assert measure({"A": {"x": history}}, weeks=2).cases == 1


@pytest.mark.django_db
def test_histories_begin_with_what_is_known_and_end_on_the_day_that_is_asked_for():
    sku, warehouse = make_sku(), make_warehouse()
    for day, units, out in ((1, 5, False), (3, 0, True), (9, 7, False)):
        DailyDemand.objects.create(
            sku=sku, warehouse=warehouse, day=date(2026, 11, day), units=units, was_out=out
        )
    found = histories(date(2026, 11, 5))
    assert found == {(sku.pk, warehouse.pk): History(date(2026, 11, 1), (5, 0, 0, 0, 0), out=frozenset({2}))}
    assert histories(date(2026, 11, 5), sku_ids=[]) == {}


def command(*arguments: str) -> dict:
    out = StringIO()
    call_command("measure_forecast", *arguments, "--json", stdout=out)
    return json.loads(out.getvalue().splitlines()[-1])


@pytest.mark.django_db
def test_the_command_measures_the_house_and_a_file(tmp_path):
    sku, warehouse = make_sku(), make_warehouse()
    DailyDemand.objects.bulk_create(
        DailyDemand(
            sku=sku,
            warehouse=warehouse,
            day=MONDAY + timedelta(days),
            units=10 * (5 if days == 62 else 1),
        )
        for days in range(70)
    )
    CampaignPeriod.objects.create(
        name="Sale", starts_on=MONDAY + timedelta(62), ends_on=MONDAY + timedelta(62), uplift=5
    )
    told = command("--weeks", "2", "--until", "2026-11-15")
    assert (told["cases"], told["units"], told["wape"]) == (2, 180, 0.0)
    assert told["wape_of_last_week"] == pytest.approx(80 / 180, abs=0.001)
    path = tmp_path / "demand.csv"
    rows = [f"x,{MONDAY + timedelta(days)},{10 * (5 if days == 62 else 1)}" for days in range(70)]
    path.write_text("\n".join(["series,day,units", *rows]))
    assert command("--weeks", "2", "--file", str(path), "--campaign", "2026-11-08:2026-11-08:5") == told
