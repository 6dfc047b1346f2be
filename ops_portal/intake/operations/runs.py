"""Runs begin, are claimed by one process, and end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from django.utils.translation import gettext_lazy as _

from ops_portal.accounts.permissions import roles_with
from ops_portal.intake.choices import RUN_MOVES, RunStatus
from ops_portal.intake.claims import is_alive, this_process
from ops_portal.intake.drafts import RunDraft
from ops_portal.intake.kinds import kind_of
from ops_portal.intake.models import ImportRun
from ops_portal.intake.signals import runs_queued
from ops_portal.lib.numbers import next_numbers
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused, raise_first
from ops_portal.lib.states import move_all, move_record, record_moves

FAILURE_CHARS = 2_000


class AlreadyUnderWay(Refused):
    """Another process works on the run."""

    code = "already_under_way"


class NotYourKind(Refused):
    """The actor's roles don't take in files of the run's kind, so they neither start nor undo it."""

    code = "not_your_kind"


class ClaimLost(Refused):
    """The run was taken over by another process."""

    code = "claim_lost"


@operation
def open_runs(drafts: Sequence[RunDraft], *, actor: Principal, at: datetime) -> Outcome[ImportRun]:
    """Write down files that are to be taken in."""
    numbers = next_numbers("IR", len(drafts))
    runs = [
        ImportRun(
            number=number,
            kind=draft.kind,
            file_name=draft.file_name[-255:],
            stored_file=draft.stored_file,
            sha256=draft.sha256,
            shop_code=draft.options.shop,
            brand_code=draft.options.brand,
            options=draft.options.as_json(),
            status=RunStatus.NEW,
            in_background=draft.in_background,
            rows_estimate=draft.rows_estimate,
            preview=draft.preview,
            actor=str(actor),
            user_id=actor.user_id,
            created_at=at,
            updated_at=at,
        )
        for number, draft in zip(numbers, drafts, strict=True)
    ]
    ImportRun.objects.bulk_create(runs)
    record_moves(
        [move_record(RUN_MOVES.kind, run.number, "", RunStatus.NEW.value, actor=actor, at=at) for run in runs]
    )
    return Outcome(done=runs)


def find_resumable(draft: RunDraft, *, at: datetime) -> ImportRun | None:
    """Return the latest run of the same file under the same options that stopped before its end."""
    stopped = ImportRun.objects.filter(
        sha256=draft.sha256,
        kind=draft.kind,
        options=draft.options.as_json(),
        status__in=(RunStatus.RUNNING, RunStatus.FAILED),
    ).order_by("-pk")
    return next((run for run in stopped if not is_alive(run.claimed_by, run.heartbeat_at, at=at)), None)


@operation
def claim_run(run_id: int, *, actor: Principal, at: datetime) -> ImportRun:
    """Make this process the only one that works on a run, and set it going.

    Waits for the last chunk of a process that died while it was committed. Refuses AlreadyUnderWay, IllegalMove.
    """
    seen = ImportRun.objects.get(pk=run_id)
    if is_alive(seen.claimed_by, seen.heartbeat_at, at=at):
        raise already_under_way(seen)
    won = ImportRun.objects.filter(pk=run_id, claim=seen.claim, status=seen.status).update(
        claim=uuid4().hex, claimed_by=this_process(), heartbeat_at=at, failure=""
    )
    if not won:
        raise already_under_way(seen)
    run: ImportRun = ImportRun.objects.get(pk=run_id)
    if run.status != RunStatus.RUNNING:
        raise_first(move_all([run], RunStatus.RUNNING, table=RUN_MOVES, actor=actor, at=at).refused)
    if run.started_at is None:
        run.started_at = at
        ImportRun.objects.filter(pk=run.pk).update(started_at=at)
    return run


def already_under_way(run: ImportRun) -> AlreadyUnderWay:
    """Return the refusal of a run that somebody works on."""
    return AlreadyUnderWay(_("%(number)s is under way already."), number=run.number)


def hold_claim(run: ImportRun, *, at: datetime) -> None:
    """Lock the run until the transaction ends. Refuses ClaimLost where another process took it over."""
    held = ImportRun.objects.filter(pk=run.pk, claim=run.claim).update(heartbeat_at=at)
    if not held:
        raise ClaimLost(_("%(number)s was taken over by another process."), number=run.number)


@operation
def keep_claim(run: ImportRun, *, actor: Principal, at: datetime) -> None:
    """Say that this process still works on the run. Refuses ClaimLost."""
    hold_claim(run, at=at)


@operation
def finish_run(run: ImportRun, report: str, *, actor: Principal, at: datetime) -> ImportRun:
    """End a run whose last row is written. Refuses ClaimLost."""
    hold_claim(run, at=at)
    raise_first(move_all([run], RunStatus.DONE, table=RUN_MOVES, actor=actor, at=at).refused)
    ImportRun.objects.filter(pk=run.pk).update(
        report=report, finished_at=at, progress=100, claim="", claimed_by="", heartbeat_at=None
    )
    run.refresh_from_db()
    return run


@operation
def fail_run(run: ImportRun, why: str, *, actor: Principal, at: datetime) -> None:
    """Say why a run stopped; it can go on later. Does nothing where another process took it over."""
    try:
        hold_claim(run, at=at)
    except ClaimLost:
        return
    raise_first(
        move_all([run], RunStatus.FAILED, table=RUN_MOVES, actor=actor, at=at, reason=why[:500]).refused
    )
    ImportRun.objects.filter(pk=run.pk).update(
        failure=why[:FAILURE_CHARS], claim="", claimed_by="", heartbeat_at=None
    )


@operation
def queue_runs(run_ids: Sequence[int], *, actor: Principal, at: datetime) -> Outcome[ImportRun]:
    """Leave runs to the workers: a sweep picks up what no message brings. Refuses NotYourKind, IllegalMove."""
    locked = ImportRun.objects.filter(pk__in=run_ids).order_by("pk").select_for_update(no_key=True)
    by_id = {run.pk: run for run in locked}
    strange = [
        (index, no) for index, run_id in enumerate(run_ids) if (no := not_your_kind(by_id[run_id], actor))
    ]
    own = [index for index in range(len(run_ids)) if index not in dict(strange)]
    moved = move_all(
        [by_id[run_ids[index]] for index in own], RunStatus.QUEUED, table=RUN_MOVES, actor=actor, at=at
    )
    refused = [(own[position], refusal) for position, refusal in moved.refused]
    outcome = Outcome(moved.done, sorted([*strange, *refused], key=lambda pair: pair[0]))
    ids = [run.pk for run in outcome.done]
    ImportRun.objects.filter(pk__in=ids).update(in_background=True)
    if ids:
        runs_queued.send(ImportRun, run_ids=ids)
    return outcome


def not_your_kind(run: ImportRun, actor: Principal) -> NotYourKind | None:
    """Return the refusal where the actor's roles don't take in files of this kind."""
    if actor.may(roles_with(kind_of(run.kind).permission)):
        return None
    return NotYourKind(_("Your role does not take in files of this kind."))


def find_waiting(*, at: datetime) -> list[int]:
    """Return the runs that were left to the workers and on which none works."""
    left = ImportRun.objects.filter(
        in_background=True, status__in=(RunStatus.QUEUED, RunStatus.RUNNING)
    ).order_by("pk")
    return [run.pk for run in left if not is_alive(run.claimed_by, run.heartbeat_at, at=at)]
