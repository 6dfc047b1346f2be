"""Figures from the roll-ups: a handful of statements, however long the time and however many the orders."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from analytics.choices import UNKNOWN, By, Dimension, Source
from analytics.metrics import FEEDBACK_MEASURES, METRICS, ORDER_MEASURES, PAYING_BUYERS, Metric, Number, Value
from analytics.models import BuyerDay, FeedbackFigures, OrderFigures
from ops_portal.accounts.visibility import Scope
from ops_portal.lib.refusals import Refused
from orders.models import Shop

Sums = dict[str | None, dict[str, Number]]

DIMENSIONS = {By.BRAND: Dimension.BRAND, By.REGION: Dimension.REGION}
GROUPS = {By.DAY: "day", By.SHOP: "shop__code", By.BRAND: "key", By.REGION: "key"}


class UnknownMetric(Refused):
    """The registry has no metric of this code."""

    code = "unknown_metric"


class NoSuchShop(Refused):
    """There is no shop of this code."""

    code = "no_such_shop"
    status_code = 404


class DatesReversed(Refused):
    """The last day comes before the first."""

    code = "dates_reversed"


class MixedCurrencies(Refused):
    """Amounts in different currencies have no sum."""

    code = "mixed_currencies"


@dataclass(frozen=True, slots=True)
class Figure:
    """One value; ``by`` and ``key`` are None for the total. Keys are ISO days, codes of shops and brands, regions."""

    metric: str
    by: str | None
    key: str | None
    value: Value


def metrics_of(codes: Sequence[str]) -> list[Metric]:
    """Return the metrics of ``codes``. Refuses UnknownMetric, naming all that there are."""
    unknown = [code for code in codes if code not in METRICS]
    if unknown:
        detail = _("There is no metric %(unknown)s. There are: %(known)s.")
        raise UnknownMetric(detail, unknown=", ".join(unknown), known=", ".join(METRICS))
    return [METRICS[code] for code in codes]


def shops_of(codes: Sequence[str]) -> list[Shop]:
    """Return the shops of ``codes``. Refuses NoSuchShop."""
    shops = list(Shop.objects.filter(code__in=codes).order_by("code"))
    missing = sorted(set(codes) - {shop.code for shop in shops})
    if missing:
        raise NoSuchShop(_("There is no shop %(codes)s."), codes=", ".join(missing))
    return shops


def figures(
    codes: Sequence[str],
    *,
    since: date,
    until: date,
    scope: Scope,
    shops: Collection[Shop] | None = None,
    by: By | None = None,
) -> list[Figure]:
    """Return the metrics from ``since`` to ``until``, both included, of ``shops`` or of all that ``scope`` has.

    By day, shop, brand or region there is a figure for each key that has rows; the total is always given. At most
    4 statements. Refuses UnknownMetric, DatesReversed, MixedCurrencies.
    """
    metrics = metrics_of(codes)
    if since > until:
        detail = _("%(until)s comes before %(since)s.")
        raise DatesReversed(detail, since=since.isoformat(), until=until.isoformat())
    window = Window(since, until, scope, shops, by)
    needed = {measure for metric in metrics for measure in metric.needs}
    if by != By.SHOP and any(metric.unit == "CNY" for metric in metrics):
        refuse_mixed_currencies(window)
    sums: dict[Source, Sums] = {}
    if any(metric.source == Source.ORDER for metric in metrics):
        sums[Source.ORDER] = order_sums(window, with_buyers=PAYING_BUYERS in needed)
    if any(metric.source == Source.FEEDBACK for metric in metrics):
        sums[Source.FEEDBACK] = feedback_sums(window)
    return [
        Figure(metric.code, by.value if by else None, key, metric.value(measures))
        for metric in metrics
        for key, measures in sorted(sums[metric.source].items(), key=lambda pair: pair[0] or "")
    ]


@dataclass(frozen=True, slots=True)
class Window:
    """What is asked for: the days, whose figures, of which shops, by what.

    ``brand`` narrows to one brand; ``region`` to one region ('' is that of orders that tell none), ``outside`` to
    all others than these; ``without_shop`` to what belongs to no shop.
    """

    since: date
    until: date
    scope: Scope
    shops: Collection[Shop] | None
    by: By | None
    brand: str = ""
    region: str | None = None
    outside: frozenset[str] = frozenset()
    without_shop: bool = False

    @property
    def dimension(self) -> Dimension:
        """Return which roll-ups to read."""
        if self.brand:
            return Dimension.BRAND
        if self.region is not None or self.outside:
            return Dimension.REGION
        return DIMENSIONS.get(self.by, Dimension.TOTAL) if self.by else Dimension.TOTAL

    def narrow(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow roll-ups to what is asked for and may be seen.

        Staff see the shops granted to them. A partner's brands are seen by brand only: any total would hold others'.
        """
        rows = rows.filter(day__range=(self.since, self.until))
        if self.shops is not None:
            rows = rows.filter(shop__in=[shop.pk for shop in self.shops])
        if self.without_shop:
            rows = rows.filter(shop__isnull=True)
        if self.brand:
            rows = rows.filter(key=self.brand)
        elif self.region is not None:
            rows = rows.filter(key=self.region)
        elif self.outside:
            rows = rows.exclude(key__in=self.outside)
        if self.scope.all:
            return rows
        if self.scope.partner:
            by_brand = self.dimension == Dimension.BRAND
            return rows.filter(key__in=self.scope.brands) if by_brand else rows.none()
        return rows.filter(shop__code__in=self.scope.shops)

    def grouped(self, rows: QuerySet[Any], **sums: Any) -> Sums:
        """Return ``sums`` over ``rows`` by the key of each group."""
        if self.by is None:
            found = rows.aggregate(**sums)
            return {None: {name: number or 0 for name, number in found.items()}}
        group = GROUPS[self.by]
        return {
            key.isoformat() if isinstance(key, date) else key or UNKNOWN: dict(
                zip(sums, numbers, strict=True)
            )
            for key, *numbers in rows.order_by().values(group).annotate(**sums).values_list(group, *sums)
        }


def order_sums(window: Window, *, with_buyers: bool) -> Sums:
    """Return the measures of orders by key, with the number of different buyers where it is asked for."""
    rows = window.narrow(OrderFigures.objects.filter(dimension=window.dimension))
    found = window.grouped(rows, **{name: Sum(name) for name in ORDER_MEASURES})
    if with_buyers:
        buyers = window.narrow(BuyerDay.objects.filter(dimension=window.dimension))
        counted = window.grouped(buyers, **{PAYING_BUYERS: Count("customer", distinct=True)})
        for key, measures in found.items():
            measures[PAYING_BUYERS] = counted.get(key, {}).get(PAYING_BUYERS, 0)
    return found


def feedback_sums(window: Window) -> Sums:
    """Return the measures of feedback by key. Nothing is known of its region."""
    by_region = window.by == By.REGION
    dimension = Dimension.TOTAL if by_region else window.dimension
    rows = window.narrow(FeedbackFigures.objects.filter(dimension=dimension))
    return window.grouped(rows, **{name: Sum(name) for name in FEEDBACK_MEASURES})


def refuse_mixed_currencies(window: Window) -> str:
    """Return the currency of the window's orders; refuse where its shops sell in different ones."""
    if window.shops is not None:
        currencies = {shop.currency for shop in window.shops}
    else:
        rows = window.narrow(OrderFigures.objects.filter(dimension=window.dimension))
        currencies = set(rows.order_by().values_list("shop__currency", flat=True).distinct())
    refuse_currencies(currencies)
    return next(iter(currencies), "CNY")


def refuse_currencies(currencies: Collection[str]) -> None:
    """Refuse MixedCurrencies where there is more than one."""
    if len(currencies) > 1:
        detail = _("These shops sell in %(currencies)s; ask for one of them, or by shop.")
        raise MixedCurrencies(detail, currencies=", ".join(sorted(currencies)))
