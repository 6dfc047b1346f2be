"""The rows behind a figure, and what each of them adds to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleLessThan

from analytics.choices import Behind, Dimension, Source
from analytics.metrics import PAYING_BUYERS, Metric, Number
from analytics.queries.figures import Window
from analytics.queries.recount import TOTAL, Cell, parts_of
from feedback.models import FeedbackItem
from ops_portal.accounts.visibility import Viewer
from orders.models import Order, OrderLine

PAGE = 50
# No zone's day begins earlier or ends later than this before and after the same day in UTC.
ZONES = timedelta(hours=14)


@dataclass(frozen=True, slots=True)
class Row:
    """An order or an item of feedback, with what it adds to each measure; a buyer is told by number."""

    document: Any
    parts: dict[str, Number | None]


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, newest first; ``after`` is where the next page begins, None on the last."""

    rows: list[Row]
    after: int | None


def rows_behind(metric: Metric, window: Window, *, viewer: Viewer, after: int | None = None) -> Page:
    """Return the rows that ``metric`` counts in ``window``, those after the row of key ``after``.

    Four statements at most. A key that is none of these rows begins anew.
    """
    if metric.source == Source.ORDER:
        documents, more = _page(orders_behind(metric.behind, window, viewer=viewer), "placed_at", after)
        rows = _order_rows(documents, window)
    else:
        documents, more = _page(items_behind(metric.behind, window, viewer=viewer), "received_at", after)
        rows = [Row(item, _item_parts(item)) for item in documents]
    return Page(rows, documents[-1].pk if more else None)


def orders_behind(behind: Behind, window: Window, *, viewer: Viewer) -> QuerySet[Order]:
    """Return the orders that count in ``window``."""
    since, until = _moments(window)
    orders: QuerySet[Order] = (
        Order.objects.visible_to(viewer)
        .filter(undone_at__isnull=True)
        .filter(placed_on__range=(window.since, window.until), placed_at__gte=since, placed_at__lt=until)
        .select_related("shop")
    )
    if window.shops is not None:
        orders = orders.filter(shop__in=[shop.pk for shop in window.shops])
    if window.brand:
        of_brand = OrderLine.objects.filter(order_id=OuterRef("pk"), sku__product__brand__code=window.brand)
        orders = orders.filter(Exists(of_brand))
    if window.region is not None:
        orders = orders.filter(province=window.region)
    if window.outside:
        orders = orders.exclude(province__in=window.outside)
    if behind in (Behind.PAID, Behind.REFUNDED):
        orders = orders.filter(paid_at__isnull=False)
    if behind == Behind.REFUNDED:
        orders = orders.filter(refund_amount__gt=0)
    return orders


def items_behind(behind: Behind, window: Window, *, viewer: Viewer) -> QuerySet[FeedbackItem]:
    """Return the feedback that counts in ``window``. What is known of a brand alone isn't in a shop's figures."""
    since, until = _moments(window)
    items: QuerySet[FeedbackItem] = (
        FeedbackItem.objects.visible_to(viewer)
        .filter(
            undone_at__isnull=True,
            received_on__range=(window.since, window.until),
            received_at__gte=since,
            received_at__lt=until,
        )
        .select_related("shop", "brand")
    )
    if not window.scope.all:
        items = items.filter(shop__code__in=window.scope.shops)
    if window.shops is not None:
        items = items.filter(shop__in=[shop.pk for shop in window.shops])
    if window.without_shop:
        items = items.filter(shop__isnull=True)
    if window.brand:
        items = items.filter(brand__code=window.brand)
    if behind == Behind.RATED:
        items = items.filter(is_negative__isnull=False)
    return items


def _moments(window: Window) -> tuple[datetime, datetime]:
    """Return moments that hold the days in every zone: lists are indexed by moment."""
    midnight = time(tzinfo=UTC)
    return (
        datetime.combine(window.since, midnight) - ZONES,
        datetime.combine(window.until, midnight) + timedelta(days=1) + ZONES,
    )


def _page(rows: QuerySet[Any], moment: str, after: int | None) -> tuple[list[Any], bool]:
    ordered = rows.order_by(f"-{moment}", "-pk")
    last = rows.filter(pk=after).values_list(moment, "pk").first() if after is not None else None
    if last is not None:
        ordered = ordered.filter(TupleLessThan(Tuple(F(moment), F("pk")), last))
    found = list(ordered[: PAGE + 1])
    return found[:PAGE], len(found) > PAGE


def _order_rows(orders: Sequence[Order], window: Window) -> list[Row]:
    cell: Cell = (Dimension.BRAND.value, window.brand) if window.brand else TOTAL
    parts = parts_of([order.pk for order in orders], cell) if orders else {}
    return [Row(order, {**parts[order.pk][0], PAYING_BUYERS: parts[order.pk][1]}) for order in orders]


def _item_parts(item: FeedbackItem) -> dict[str, Number | None]:
    return {
        "feedback_items": 1,
        "feedback_rated": int(item.is_negative is not None),
        "feedback_negative": int(item.is_negative is True),
    }
