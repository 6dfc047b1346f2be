"""What we do when this app speaks: wake a worker once the transaction stands; the sweep covers a lost message."""

from __future__ import annotations

from typing import Any

from celery import current_app
from django.db import connection, transaction
from django.dispatch import receiver

from ops_portal.outbox.signals import deliveries_wait


def wake() -> None:
    """Send one message to whoever delivers; it is of no use later than the next sweeps."""
    current_app.send_task("outbox.deliver", expires=30)


@receiver(deliveries_wait, dispatch_uid="outbox.wake_worker")
def wake_worker(sender: Any, **_: Any) -> None:
    """Wake a worker after the commit, once for a transaction."""
    if not any(entry[1] is wake for entry in connection.run_on_commit):
        transaction.on_commit(wake, robust=True)
