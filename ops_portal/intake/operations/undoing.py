"""A run is taken back whole, by compensation, or not at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext_lazy as _

from ops_portal.intake.choices import RUN_MOVES, RunStatus
from ops_portal.intake.claims import is_alive
from ops_portal.intake.kinds import Undone, kind_of
from ops_portal.intake.models import ImportRun, RunChange
from ops_portal.intake.operations.runs import already_under_way, not_your_kind
from ops_portal.lib.principals import Principal, acting_as, operation
from ops_portal.lib.refusals import Outcome, Refused, UsedSince, raise_first
from ops_portal.lib.states import RoleMayNotMove, move_all

BATCH = 2_000
MOST_NAMED = 1_000
SHOWN = 10


class ChangedLater(Refused):
    """Another run changed the same records later; ``runs`` are to be undone first."""

    code = "changed_later"


class NoSuchRun(Refused):
    """There is no such run."""

    code = "no_such_run"
    status_code = 404


@operation
def undo_runs(run_ids: Sequence[int], *, actor: Principal, at: datetime) -> Outcome[ImportRun]:
    """Take back what runs did, the latest run first, each whole or not at all; its file then counts as new.

    Refuses NoSuchRun, IllegalMove (not ended, or undone already), AlreadyUnderWay, ChangedLater, UsedSince (with
    ``used``, which names each record), RoleMayNotMove (of the run, or of what it brought in).
    """
    locked = ImportRun.objects.filter(pk__in=run_ids).order_by("pk").select_for_update(no_key=True)
    runs = {run.pk: run for run in locked}
    outcome: Outcome[ImportRun] = Outcome()
    for index, run_id in sorted(enumerate(run_ids), key=lambda pair: -pair[1]):
        try:
            if run_id not in runs:
                raise NoSuchRun(_("There is no such import."))
            with acting_as(actor, savepoint=True):
                undo_run(runs[run_id], actor=actor, at=at)
        except Refused as refusal:
            outcome.refused.append((index, refusal))
        else:
            outcome.done.append(runs[run_id])
    return outcome


def undo_run(run: ImportRun, *, actor: Principal, at: datetime) -> None:
    """Take back one run, or raise what speaks against it. The caller's transaction carries ``actor``."""
    if is_alive(run.claimed_by, run.heartbeat_at, at=at):
        raise already_under_way(run)
    if (strange := not_your_kind(run, actor)) is not None:
        raise strange
    raise_first(move_all([run], RunStatus.UNDONE, table=RUN_MOVES, actor=actor, at=at).refused)
    refuse_changed_later(run)
    kind = kind_of(run.kind)
    refused: list[Refused] = []
    for changes in batches(run):
        refused += kind.take_back(changes, actor=actor, at=at)
    for refusal in refused:
        if isinstance(refusal, RoleMayNotMove):
            raise refusal
    if refused:
        raise used_since(run, refused)
    ImportRun.objects.filter(pk=run.pk).update(undone_at=at)
    run.undone_at = at


def batches(run: ImportRun) -> Iterator[list[Undone]]:
    """Yield what the run did, the latest first."""
    last: int | None = None
    while True:
        changes = RunChange.objects.filter(run=run).order_by("-pk")
        if last is not None:
            changes = changes.filter(pk__lt=last)
        batch = list(changes[:BATCH])
        if not batch:
            return
        last = batch[-1].pk
        restored = restored_at(batch)
        yield [
            Undone(
                change.object_kind,
                change.object_id,
                change.what,
                change.before,
                change.at,
                tuple(restored.get((change.object_kind, change.object_id), ())),
            )
            for change in batch
        ]


def restored_at(changes: Sequence[RunChange]) -> dict[tuple[str, int], list[datetime]]:
    """Return when other runs that had touched the same records were undone, by record."""
    found: dict[tuple[str, int], list[datetime]] = defaultdict(list)
    others = RunChange.objects.filter(
        object_kind__in={change.object_kind for change in changes},
        object_id__in={change.object_id for change in changes},
        run__undone_at__isnull=False,
    )
    for kind, pk, undone_at in others.values_list("object_kind", "object_id", "run__undone_at"):
        if undone_at is not None:
            found[kind, pk].append(undone_at)
    return found


def refuse_changed_later(run: ImportRun) -> None:
    """Refuse ChangedLater where a run that stands changed a record after this one did."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT r.number FROM intake_runchange mine"
            " JOIN intake_runchange later ON later.object_kind = mine.object_kind"
            "  AND later.object_id = mine.object_id AND later.id > mine.id AND later.run_id <> mine.run_id"
            " JOIN intake_importrun r ON r.id = later.run_id AND r.status <> %s"
            " WHERE mine.run_id = %s ORDER BY r.number LIMIT %s",
            [RunStatus.UNDONE, run.pk, SHOWN],
        )
        numbers = [number for (number,) in cursor.fetchall()]
    if numbers:
        detail = _("%(number)s can't be undone before %(later)s, which changed the same records later.")
        raise ChangedLater(detail, number=run.number, later=", ".join(numbers), runs=numbers)


def used_since(run: ImportRun, refused: Sequence[Refused]) -> UsedSince:
    """Return the refusal that names everything that was used since."""
    used = [str(refusal) for refusal in refused]
    detail = _("%(number)s can't be undone; %(count)s records were used since. %(first)s")
    return UsedSince(
        detail, number=run.number, count=len(used), first=" ".join(used[:SHOWN]), used=used[:MOST_NAMED]
    )
