"""Doors for time: workers that take in files, and a sweep for runs whose worker died."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from ops_portal.accounts.choices import Role
from ops_portal.intake.models import ImportRun
from ops_portal.intake.operations.runs import AlreadyUnderWay, ClaimLost, find_waiting
from ops_portal.intake.running import work_off
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import Refused
from ops_portal.lib.states import IllegalMove


@shared_task(name="intake.run_import")
def run_import(*, run_id: int, **_: object) -> None:
    """Take in the file of a run, or go on where a worker died; a second message for it does nothing."""
    run = ImportRun.objects.select_related("user").get(pk=run_id)
    try:
        work_off(run.pk, actor=actor_of(run))
    except (AlreadyUnderWay, ClaimLost, IllegalMove):
        return
    except Refused:
        return  # written down with the run


@shared_task(name="intake.resume_runs")
def resume_runs(**_: object) -> None:
    """Bring every run that waits for a worker, or has lost its own, to one."""
    for run_id in find_waiting(at=timezone.now()):
        run_import.delay(run_id=run_id)


def actor_of(run: ImportRun) -> Principal:
    """Return the principal who left the run to the workers, with the roles that he holds now."""
    kind, _, code = run.actor.partition(":")
    roles: frozenset[str] = frozenset()
    if run.user is not None and run.user.is_active:
        roles = frozenset(Role.values if run.user.is_superuser else run.user.roles)
    return Principal(kind, code, user_id=run.user_id, roles=roles)  # type: ignore[arg-type]  # as it was stored
