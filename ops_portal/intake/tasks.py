"""Doors for time: workers that take in files, and a sweep for runs whose worker died."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from celery import shared_task
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ops_portal.accounts.choices import Role
from ops_portal.intake.claims import is_alive
from ops_portal.intake.dropped import KEPT_SECONDS, forget_dropped
from ops_portal.intake.models import ImportRun
from ops_portal.intake.operations.runs import AlreadyUnderWay, ClaimLost, fail_run, find_waiting
from ops_portal.intake.running import work_off
from ops_portal.lib.principals import Principal, job
from ops_portal.lib.refusals import Refused
from ops_portal.lib.states import IllegalMove, RoleMayNotMove


class UploaderLeft(Refused):
    """The account of whoever uploaded the file is closed."""

    code = "uploader_left"


@shared_task(name="intake.run_import")
def run_import(*, run_id: int, **_: object) -> None:
    """Take in the file of a run, or go on where a worker died; a second message for it does nothing."""
    run = ImportRun.objects.select_related("user").get(pk=run_id)
    try:
        refuse_those_who_left(run)
        work_off(run.pk, actor=actor_of(run))
    except (AlreadyUnderWay, ClaimLost, IllegalMove):
        return
    except (UploaderLeft, RoleMayNotMove) as refusal:
        # Nobody would ever be able to go on with it as this person: it must not wait for ever.
        run.refresh_from_db()
        with suppress(IllegalMove):
            fail_run(run, str(refusal), actor=job("intake.run_import"), at=timezone.now())
    except Refused:
        return  # written down with the run


@shared_task(name="intake.resume_runs")
def resume_runs(**_: object) -> None:
    """Bring every run that waits for a worker, or has lost its own, to one."""
    for run_id in find_waiting(at=timezone.now()):
        run_import.delay(run_id=run_id)


@shared_task(name="intake.forget_dropped_files")
def forget_dropped_files(**_: object) -> None:
    """Delete files that were dropped and never became a run: they hold personal data, and nobody owns them."""
    forget_dropped(before=timezone.now() - timedelta(seconds=2 * KEPT_SECONDS))


def refuse_those_who_left(run: ImportRun) -> None:
    """Refuse UploaderLeft where the account of whoever left the run to the workers was closed before one took it up."""
    at_work = is_alive(run.claimed_by, run.heartbeat_at, at=timezone.now())
    if run.user is not None and not run.user.is_active and not at_work:
        raise UploaderLeft(
            _("The account of %(actor)s is closed; somebody else must upload the file."), actor=run.actor
        )


def actor_of(run: ImportRun) -> Principal:
    """Return the principal who left the run to the workers, with the roles that he holds now."""
    kind, _, code = run.actor.partition(":")
    roles: frozenset[str] = frozenset()
    if run.user is not None and run.user.is_active:
        roles = frozenset(Role.values if run.user.is_superuser else run.user.roles)
    return Principal(kind, code, user_id=run.user_id, roles=roles)  # type: ignore[arg-type]  # as it was stored
