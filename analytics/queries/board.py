"""What the dashboard shows, read from the roll-ups in seven statements at most, however long the time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db.models import Count, Min, Q, Sum

from analytics.choices import UNKNOWN, By, Source
from analytics.metrics import FEEDBACK_MEASURES, ORDER_MEASURES, PAYING_BUYERS, Metric, Number
from analytics.models import BuyerDay, ChangedGoods, FeedbackFigures, OrderFigures, StaleDay
from analytics.queries.figures import Window, feedback_sums, order_sums, refuse_currencies
from analytics.queries.periods import Period, around
from ops_portal.accounts.visibility import Scope
from orders.models import Shop

MEASURE_NAMES = (*ORDER_MEASURES, *FEEDBACK_MEASURES)
TREND_DAYS = 14


@dataclass(frozen=True)
class Question:
    """Some days of some shops (None for all that the scope has), of one brand or of all, asked on ``today``."""

    period: Period
    today: date
    scope: Scope
    shops: Collection[Shop] | None = None
    brand: str = ""

    def window(self, period: Period, by: By | None = None) -> Window:
        """Return what to read for ``period``."""
        return Window(period.since, period.until, self.scope, self.shops, by, brand=self.brand)

    @cached_property
    def compared(self) -> Period | None:
        """Return the days that are over, which alone can be held against others."""
        return self.period.over_on(self.today)

    @cached_property
    def before(self) -> Period:
        """Return the days before."""
        return (self.compared or self.period).before

    @cached_property
    def same_weekdays(self) -> Period:
        """Return the same weekdays of the weeks before."""
        return (self.compared or self.period).same_weekdays

    @cached_property
    def trend(self) -> Period:
        """Return the days of the small lines: those asked for, 14 at least."""
        missing = max(0, TREND_DAYS - self.period.days)
        return Period(self.period.earlier(missing).since, self.period.until)

    @cached_property
    def all_days(self) -> Period:
        """Return the days to read."""
        return around(self.period, self.before, self.same_weekdays, self.trend.same_weekdays)


@dataclass(frozen=True, slots=True)
class Group:
    """What a shop or a region adds up to."""

    key: str
    name: str
    measures: Mapping[str, Number]


@dataclass(slots=True)
class Board:
    """The answer: measures by day, and those of the period by shop and by region.

    ``as_of`` is when the oldest figure of the period was computed; ``stale`` how many of its days wait to be
    computed again; ``stale_goods`` says that goods changed, which may move figures from brand to brand.
    """

    question: Question
    days: dict[date, dict[str, Number]]
    shops: list[Group]
    regions: list[Group]
    currency: str
    as_of: datetime | None
    stale: int
    stale_goods: bool
    buyers: dict[Period, int] = field(default_factory=dict)
    daily_buyers: dict[date, int] = field(default_factory=dict)

    def measures(self, period: Period) -> dict[str, Number]:
        """Return what the days of ``period`` add up to; buyers don't, they are there where they were counted."""
        buyers = self.buyers.get(period)
        if buyers is None and period.days == 1:
            buyers = self.daily_buyers.get(period.since, 0)
        sums = added_up(self.days[day] for day in period if day in self.days)
        return {**sums, PAYING_BUYERS: buyers or 0}

    def number(self, metric: Metric, period: Period) -> Number | None:
        """Return ``metric`` of ``period``."""
        return metric.compute(self.measures(period))


def added_up(parts: Iterable[Mapping[str, Number]]) -> dict[str, Number]:
    """Return the sum of each measure."""
    whole: dict[str, Number] = dict.fromkeys(MEASURE_NAMES, 0)
    for part in parts:
        for name, number in part.items():
            whole[name] += number
    return whole


def board_of(question: Question, shown: Metric) -> Board:
    """Return what the dashboard shows, with shops and regions for the source of ``shown``. Refuses MixedCurrencies."""
    shops, currencies = _by_shop(question)
    refuse_currencies(currencies)
    days, as_of = _by_day(question)
    if shown.source == Source.FEEDBACK:
        shops = _feedback_by_shop(question)
    return Board(
        question=question,
        days=days,
        shops=shops,
        regions=_by_region(question) if shown.source == Source.ORDER and not question.brand else [],
        currency=next(iter(currencies), "CNY"),
        as_of=as_of,
        stale=stale_days_of(question),
        stale_goods=bool(question.brand) and ChangedGoods.objects.exists(),
    )


def buyers_of(question: Question) -> Board:
    """Return a board of what the amount per buyer follows from; it alone costs more the longer the time.

    Different buyers of a day can be told from the rows' number, since buyers are told apart within their shop.
    """
    days, as_of = _by_day(question, sources=(Source.ORDER,))
    window = question.window(question.trend)
    rows = window.narrow(BuyerDay.objects.filter(dimension=window.dimension))
    daily = rows.order_by().values("day").annotate(number=Count("*")).values_list("day", "number")
    periods = {question.period, question.before, question.same_weekdays}
    if question.compared:
        periods.add(question.compared)
    window = question.window(around(*periods))
    rows = window.narrow(BuyerDay.objects.filter(dimension=window.dimension))
    asked = sorted(periods, key=lambda period: period.pair)
    counted = rows.aggregate(
        **{
            f"n{index}": Count("customer", distinct=True, filter=Q(day__range=period.pair))
            for index, period in enumerate(asked)
        }
    )
    buyers = {period: counted[f"n{index}"] for index, period in enumerate(asked)}
    return Board(question, days, [], [], "", as_of, 0, False, buyers, dict(daily))


def _by_day(
    question: Question, sources: Collection[Source] = (Source.ORDER, Source.FEEDBACK)
) -> tuple[dict[date, dict[str, Number]], datetime | None]:
    window = question.window(question.all_days)
    days: dict[date, dict[str, Number]] = {}
    moments: list[datetime] = []
    for source in sources:
        model, names = (
            (OrderFigures, ORDER_MEASURES) if source == Source.ORDER else (FeedbackFigures, FEEDBACK_MEASURES)
        )
        rows = window.narrow(model.objects.filter(dimension=window.dimension))
        sums: dict[str, Any] = {name: Sum(name) for name in names}
        found = rows.order_by().values("day").annotate(oldest=Min("computed_at"), **sums)
        for day, oldest, *numbers in found.values_list("day", "oldest", *names):
            day_sums = days.setdefault(day, dict.fromkeys(MEASURE_NAMES, 0))
            day_sums.update(zip(names, numbers, strict=True))
            if question.period.since <= day <= question.period.until:
                moments.append(oldest)
    return days, min(moments, default=None)


def _by_shop(question: Question) -> tuple[list[Group], set[str]]:
    """Return the shops of the period, and the currencies of all days that are read."""
    window = question.window(question.all_days)
    rows = window.narrow(OrderFigures.objects.filter(dimension=window.dimension))
    inside = Q(day__range=question.period.pair)
    columns = ("shop__code", "shop__name", "shop__currency")
    sums: dict[str, Any] = {name: Sum(name, filter=inside) for name in ORDER_MEASURES}
    found = list(rows.order_by().values(*columns).annotate(**sums).values_list(*columns, *ORDER_MEASURES))
    groups = [
        Group(code, name or code, dict(zip(ORDER_MEASURES, numbers, strict=True)))
        for code, name, _currency, *numbers in found
        if numbers[0] is not None
    ]
    return groups, {currency for _code, _name, currency, *_ in found}


def _feedback_by_shop(question: Question) -> list[Group]:
    window = question.window(question.period)
    rows = window.narrow(FeedbackFigures.objects.filter(dimension=window.dimension))
    sums: dict[str, Any] = {name: Sum(name) for name in FEEDBACK_MEASURES}
    columns = ("shop__code", "shop__name")
    found = rows.order_by().values(*columns).annotate(**sums).values_list(*columns, *FEEDBACK_MEASURES)
    return [
        Group(code or UNKNOWN, name or code or "", dict(zip(FEEDBACK_MEASURES, numbers, strict=True)))
        for code, name, *numbers in found
    ]


def _by_region(question: Question) -> list[Group]:
    sums = order_sums(question.window(question.period, By.REGION), with_buyers=False)
    return [Group(key or UNKNOWN, "" if key == UNKNOWN else str(key), part) for key, part in sums.items()]


def stale_days_of(question: Question) -> int:
    """Return how many of the days wait to be computed again."""
    waiting = StaleDay.objects.filter(day__range=question.period.pair)
    if question.shops is not None:
        waiting = waiting.filter(shop__in=[shop.pk for shop in question.shops])
    if not question.scope.all:
        waiting = waiting.filter(shop__code__in=question.scope.shops)
    return waiting.values("day").distinct().count()


def measures_in(window: Window, metric: Metric) -> dict[str, Number]:
    """Return what the rows of ``window`` add up to; different buyers are counted where ``metric`` asks for them."""
    if metric.source == Source.FEEDBACK:
        return feedback_sums(window)[None]
    return order_sums(window, with_buyers=PAYING_BUYERS in metric.needs)[None]
