"""Doors for time."""

from __future__ import annotations

from functools import partial

from celery import shared_task
from django.utils import timezone

from ops_portal.lib.principals import job
from orders.operations.waiting import serve_waiting_orders


@shared_task(name="orders.serve_waiting_orders")
def serve_waiting(**_: object) -> None:
    """Serve what waits for units or SKUs; units that arrive call for it at once, this sweeps up the rest.

    Each stretch of the queue is one transaction: stock is held for the length of one only.
    """
    go_on = partial(serve_waiting_orders, actor=job("orders.serve_waiting_orders"), at=timezone.now())
    served = go_on()
    while served.go_on_after is not None:
        served = go_on(after=served.go_on_after)
