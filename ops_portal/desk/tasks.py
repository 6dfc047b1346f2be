"""Doors for time: workers that take up what was left to them, and a sweep for what lost its worker."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from ops_portal.desk.queries.background import unfinished_runs
from ops_portal.desk.working import work_off


@shared_task(name="desk.work_off", acks_late=True)
def work(*, run_id: int, **_: object) -> None:
    """Do what was asked for; a second message for it does nothing."""
    work_off(run_id, at=timezone.now())


@shared_task(name="desk.resume_background_runs")
def resume(**_: object) -> None:
    """Bring all that waits, or whose worker died, to a worker; who is at work is left alone."""
    for run_id in unfinished_runs():
        work.delay(run_id=run_id)
