"""What we do when the floors below speak: leave a row for the sweep."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from django.dispatch import receiver

from analytics.choices import Source
from analytics.drafts import FigureDay
from analytics.operations.rolling import leave_stale_days
from feedback.signals import items_received
from ops_portal.lib.principals import Principal
from orders.signals import orders_changed


@receiver(orders_changed, dispatch_uid="analytics.order_days_are_stale")
def order_days_are_stale(
    sender: Any, *, days: Collection[tuple[int, date]], actor: Principal, **_: Any
) -> None:
    """Have the figures of the orders of these days computed again."""
    leave_stale_days([FigureDay(Source.ORDER, shop_id, day) for shop_id, day in days], actor=actor)


@receiver(items_received, dispatch_uid="analytics.feedback_days_are_stale")
def feedback_days_are_stale(
    sender: Any, *, days: Collection[tuple[int | None, date]], actor: Principal, **_: Any
) -> None:
    """Have the figures of the feedback of these days computed again."""
    leave_stale_days([FigureDay(Source.FEEDBACK, shop_id, day) for shop_id, day in days], actor=actor)
