"""The registry of metrics: each figure that the portal gives is defined here, once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from analytics.choices import Behind, MoreIs, Source
from ops_portal.lib.money import as_text, cents, ratio

Unit = Literal["orders", "CNY", "ratio", "units", "items"]
Number = Decimal | int
Measures = Mapping[str, Number]
Value = int | str | None

ORDER_MEASURES: Final = (
    "orders_created",
    "orders_paid",
    "gmv_created",
    "gmv_paid",
    "refund_amount",
    "units_sold",
)
AMOUNTS: Final = frozenset({"gmv_created", "gmv_paid", "refund_amount"})
PAYING_BUYERS: Final = "paying_buyers"
FEEDBACK_MEASURES: Final = ("feedback_items", "feedback_rated", "feedback_negative")

PLACED_ON = _("the day on which the order was placed, in the shop's zone")
RECEIVED_ON = _("the day on which the item was received, in the shop's zone")
ORDERS = _("orders that stand; those of an undone import don't count, cancelled ones do")
FEEDBACK = _("feedback that stands; that of an undone import doesn't count")

UNITS: Final[Mapping[str, Any]] = {
    "orders": pgettext_lazy("figures", "orders"),
    "CNY": _("amount"),
    "ratio": _("ratio"),
    "units": pgettext_lazy("figures", "units"),
    "items": pgettext_lazy("figures", "items"),
}
PLACES: Final = {"CNY": 2, "ratio": 6}


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure: what it means and how it follows from the measures of the roll-ups.

    An ``additive`` figure is a measure itself; a ``derived`` one is computed from sums, never from figures.
    """

    code: str
    name: Any
    definition: Any
    formula: str
    unit: Unit
    needs: tuple[str, ...]
    compute: Callable[[Measures], Number | None]
    behind: Behind
    more_is: MoreIs = MoreIs.GOOD
    kind: Literal["additive", "derived"] = "derived"
    source: Source = Source.ORDER

    @property
    def date_basis(self) -> Any:
        """Say by which day a row counts."""
        return PLACED_ON if self.source == Source.ORDER else RECEIVED_ON

    @property
    def rows(self) -> Any:
        """Say which rows are counted."""
        return ORDERS if self.source == Source.ORDER else FEEDBACK

    @property
    def unit_name(self) -> Any:
        """Say in what the figure is counted."""
        return UNITS[self.unit]

    def value(self, measures: Measures) -> Value:
        """Return the figure as machines read it: counts are integers, amounts and ratios text, nothing is None."""
        return self.as_value(self.compute(measures))

    def as_value(self, number: Number | None) -> Value:
        """Return a number of this metric as machines read it."""
        if number is None:
            return None
        return as_text(Decimal(number), PLACES[self.unit]) if self.unit in PLACES else int(number)


def _measure(
    code: str,
    name: Any,
    definition: Any,
    formula: str,
    unit: Unit,
    behind: Behind,
    more_is: MoreIs = MoreIs.GOOD,
    source: Source = Source.ORDER,
) -> Metric:
    return Metric(
        code,
        name,
        definition,
        formula,
        unit,
        (code,),
        lambda sums: sums[code],
        behind,
        more_is,
        kind="additive",
        source=source,
    )


def _quotient(
    code: str,
    name: Any,
    definition: Any,
    above: str,
    below: str,
    unit: Literal["ratio", "CNY"],
    behind: Behind,
    more_is: MoreIs = MoreIs.GOOD,
    source: Source = Source.ORDER,
) -> Metric:
    """Return a metric that is one measure divided by another; nothing where that is zero."""

    def divide(sums: Measures) -> Decimal | None:
        if unit == "ratio":
            return ratio(sums[above], sums[below])
        return cents(Decimal(sums[above]) / sums[below]) if sums[below] else None

    formula = f"{above} / {below}"
    return Metric(
        code, name, definition, formula, unit, (above, below), divide, behind, more_is, source=source
    )


_ALL = (
    _measure(
        "orders_created",
        pgettext_lazy("metric", "Orders"),
        _("Orders placed, whether paid or not, cancelled ones too."),
        "count(order)",
        "orders",
        Behind.PLACED,
    ),
    _measure(
        "orders_paid",
        _("Paid orders"),
        _("Orders placed that have a time of payment, also where they were cancelled or refunded later."),
        "count(order where paid_at is set)",
        "orders",
        Behind.PAID,
    ),
    _quotient(
        "payment_conversion",
        _("Payment conversion"),
        _("The share of the orders placed that were paid."),
        "orders_paid",
        "orders_created",
        "ratio",
        Behind.PLACED,
    ),
    _measure(
        "gmv_created",
        _("GMV placed"),
        _("What the buyers owe for all orders placed: goods less discounts, plus freight."),
        "sum(order.total)",
        "CNY",
        Behind.PLACED,
    ),
    _measure(
        "gmv_paid",
        _("GMV paid"),
        _("What the buyers owe for the orders that were paid, before refunds."),
        "sum(order.total where paid_at is set)",
        "CNY",
        Behind.PAID,
    ),
    _measure(
        "refund_amount",
        _("Refunds"),
        _("What was refunded of paid orders so far, on the day on which the order was placed."),
        "sum(order.refund_amount where paid_at is set)",
        "CNY",
        Behind.REFUNDED,
        MoreIs.BAD,
    ),
    Metric(
        "net_sales",
        _("Net sales"),
        _("What is left of the paid orders after refunds."),
        "gmv_paid − refund_amount",
        "CNY",
        ("gmv_paid", "refund_amount"),
        lambda sums: sums["gmv_paid"] - sums["refund_amount"],
        Behind.PAID,
    ),
    _quotient(
        "refund_rate",
        _("Refund rate"),
        _("The share of the paid GMV that was refunded."),
        "refund_amount",
        "gmv_paid",
        "ratio",
        Behind.PAID,
        MoreIs.BAD,
    ),
    _quotient(
        "average_order_value",
        _("Average order value"),
        _("The paid GMV for each paid order."),
        "gmv_paid",
        "orders_paid",
        "CNY",
        Behind.PAID,
    ),
    _quotient(
        "amount_per_buyer",
        _("Amount per buyer"),
        _(
            "The paid GMV for each different buyer who paid. Buyers are told apart within their shop; orders "
            "without a known buyer add to the GMV but to no buyer."
        ),
        "gmv_paid",
        PAYING_BUYERS,
        "CNY",
        Behind.PAID,
    ),
    _measure(
        "units_sold",
        _("Units sold"),
        _("Units on paid orders before returns; a bundle is one unit."),
        "sum(line.units where order.paid_at is set)",
        "units",
        Behind.PAID,
    ),
    _measure(
        "feedback_items",
        _("Feedback items"),
        _("Things that customers said."),
        "count(item)",
        "items",
        Behind.ITEMS,
        MoreIs.NEUTRAL,
        Source.FEEDBACK,
    ),
    _quotient(
        "feedback_negative_rate",
        _("Share of negative feedback"),
        _("The share of negative items (two stars and fewer, or said to be) among those that were rated."),
        "feedback_negative",
        "feedback_rated",
        "ratio",
        Behind.RATED,
        MoreIs.BAD,
        Source.FEEDBACK,
    ),
)

METRICS: Final[Mapping[str, Metric]] = {metric.code: metric for metric in _ALL}

# How the measures are called that are no metric themselves.
MEASURES: Final[Mapping[str, Any]] = {
    **{code: metric.name for code, metric in METRICS.items() if metric.kind == "additive"},
    "feedback_rated": _("Rated items"),
    "feedback_negative": _("Negative items"),
    PAYING_BUYERS: _("Buyers"),
}
