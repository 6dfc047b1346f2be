"""Work that takes long is left to the workers: once, however many ask for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from ops_portal.desk.choices import RUN_MOVES, UNDER_WAY, BackgroundStatus
from ops_portal.desk.drafts import WorkDraft
from ops_portal.desk.models import BackgroundRun
from ops_portal.desk.runs import run_kind
from ops_portal.desk.signals import background_runs_wait
from ops_portal.lib.numbers import next_numbers
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.states import move_all, move_record, record_moves

MOST_ATTEMPTS: Final = 3


class NoSuchWork(Refused):
    """There is no work of this kind."""

    code = "no_such_work"


class AlreadyAsked(Refused):
    """The same is asked for already, and not done yet."""

    code = "already_asked"


@operation
def queue_runs(drafts: Sequence[WorkDraft], *, actor: Principal, at: datetime) -> Outcome[BackgroundRun]:
    """Leave work to the workers. Of one kind and key one waits or runs at a time: two who ask at once get one.

    Refuses NoSuchWork, AlreadyAsked.
    """
    outcome: Outcome[BackgroundRun] = Outcome()
    known = [index for index, draft in enumerate(drafts) if run_kind(draft.kind) is not None]
    numbers = dict(zip(known, next_numbers("BR", len(known)), strict=True)) if known else {}
    BackgroundRun.objects.bulk_create(
        [
            BackgroundRun(
                number=number,
                kind=drafts[index].kind,
                key=drafts[index].key,
                status=BackgroundStatus.QUEUED,
                actor=str(actor),
                asked_by_id=actor.user_id,
                asked_at=at,
                updated_at=at,
            )
            for index, number in numbers.items()
        ],
        ignore_conflicts=True,
    )
    written = {run.number: run for run in BackgroundRun.objects.filter(number__in=numbers.values())}
    for index, draft in enumerate(drafts):
        run = written.get(numbers.get(index, ""))
        if run is not None:
            outcome.done.append(run)
        elif index not in numbers:
            outcome.refused.append((index, NoSuchWork(_("There is no work “%(kind)s”."), kind=draft.kind)))
        else:
            outcome.refused.append((index, AlreadyAsked(_("It is being worked on already."))))
    record_moves(
        [move_record(RUN_MOVES.kind, run.number, "", run.status, actor=actor, at=at) for run in outcome.done]
    )
    if outcome.done:
        background_runs_wait.send(BackgroundRun, run_ids=[run.pk for run in outcome.done])
    return outcome


@operation
def begin_run(run_id: int, *, actor: Principal, at: datetime) -> BackgroundRun | None:
    """Note that a worker is at it, who holds it alone; None where it is done. One that lost its worker begins again.

    What lost its worker three times has failed: it would lose the next one too.
    """
    run = lock_run(run_id)
    if run is None or run.status not in UNDER_WAY:
        return None
    if run.attempts >= MOST_ATTEMPTS:
        failure = str(_("Its workers died; the log of the workers says why."))
        end(run, BackgroundStatus.FAILED, {"failure": failure}, actor=actor, at=at)
        return None
    BackgroundRun.objects.filter(pk=run.pk).update(begun_at=at, attempts=run.attempts + 1)
    if run.status == BackgroundStatus.QUEUED:
        move_all([run], BackgroundStatus.RUNNING, table=RUN_MOVES, actor=actor, at=at).one()
    return run


@operation
def end_run(
    run_id: int,
    *,
    said: Mapping[str, Any] | None = None,
    failure: str = "",
    actor: Principal,
    at: datetime,
) -> None:
    """Write down what came of a run: its figures, or why it failed."""
    run = lock_run(run_id)
    if run is None or run.status != BackgroundStatus.RUNNING:
        return
    status = BackgroundStatus.FAILED if failure else BackgroundStatus.DONE
    end(run, status, {"failure": failure[:500], "said": dict(said or {})}, actor=actor, at=at)


def end(run: BackgroundRun, status: str, facts: Mapping[str, Any], *, actor: Principal, at: datetime) -> None:
    """Move a locked run to its end."""
    BackgroundRun.objects.filter(pk=run.pk).update(ended_at=at, **facts)
    move_all([run], status, table=RUN_MOVES, actor=actor, at=at).one()


def lock_run(run_id: int) -> BackgroundRun | None:
    """Lock a run; None where there is none."""
    locked = BackgroundRun.objects.select_for_update(no_key=True, of=("self",)).select_related("asked_by")
    return locked.filter(pk=run_id).order_by("pk").first()
