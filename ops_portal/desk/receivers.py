"""What we do when this app speaks: wake a worker once the transaction stands; the sweep covers a lost message."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from celery import current_app
from django.db import transaction
from django.dispatch import receiver

from ops_portal.desk.signals import background_runs_wait


@receiver(background_runs_wait, dispatch_uid="desk.wake_worker")
def wake_worker(sender: Any, *, run_ids: Sequence[int], **_: Any) -> None:
    """Send one message for each run, if the broker is there."""

    def send() -> None:
        for run_id in run_ids:
            current_app.send_task("desk.work_off", kwargs={"run_id": run_id})

    transaction.on_commit(send, robust=True)
