"""From a file to a finished run: read ahead in a thread, write chunk by chunk, go on where it stopped."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import DatabaseError, transaction
from django.utils import timezone

from ops_portal.intake.ahead import Chunk, ReadAhead, read_ahead
from ops_portal.intake.drafts import RunDraft
from ops_portal.intake.kinds import ImportKind, Options, Source, kind_of
from ops_portal.intake.models import ImportRun
from ops_portal.intake.operations.chunks import Counts, write_chunk, write_records
from ops_portal.intake.operations.runs import (
    claim_run,
    fail_run,
    find_resumable,
    finish_run,
    keep_claim,
    open_runs,
)
from ops_portal.intake.reading import FileRefused
from ops_portal.intake.reports import write_report, write_run_report
from ops_portal.lib.doors.retry import retried
from ops_portal.lib.principals import Principal, acting_as
from ops_portal.lib.refusals import Refused

FOLDER = "imports"
PREVIEW_ROWS = 20

Clock = Callable[[], datetime]
Tell = Callable[[str], None]


@dataclass(slots=True)
class DryRun:
    """What a run would do."""

    counts: Counts
    preview: list[dict[str, Any]]
    report: str = ""
    complete: bool = True
    headings: Mapping[str, str] = field(default_factory=dict)


def prepare(
    kind: ImportKind, path: Path, options: Options, *, name: str = "", in_background: bool = False
) -> RunDraft:
    """Look at a file, put it into the storage, and return what a run needs to know. Raises FileRefused."""
    source = kind.open(path, options)
    digest = sha256_of(path)
    return RunDraft(
        kind=kind.code,
        file_name=name or path.name,
        stored_file=store(path, digest, name or path.name),
        sha256=digest,
        options=options,
        rows_estimate=source.estimate,
        in_background=in_background,
    )


def sha256_of(path: Path) -> str:
    """Return the digest of a file, or of the names and digests of the files in a folder."""
    if path.is_dir():
        parts = [f"{part.name}\0{sha256_of(part)}\n" for part in sorted(path.iterdir()) if part.is_file()]
        return hashlib.sha256("".join(parts).encode()).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def store(path: Path, digest: str, name: str) -> str:
    """Copy a file or folder into the storage, once for each content; return its name there."""
    if path.is_dir():
        for part in sorted(path.iterdir()):
            if part.is_file():
                store(part, f"{digest}.parts", part.name)
        return f"{FOLDER}/{digest}.parts"
    target = f"{FOLDER}/{digest}/{name}" if digest.endswith(".parts") else f"{FOLDER}/{digest}"
    if default_storage.exists(target) and default_storage.size(target) == path.stat().st_size:
        Path(default_storage.path(target)).touch()
        return target
    with path.open("rb") as file:
        return default_storage.save(target, File(file))


def open_stored(run: ImportRun) -> Source:
    """Open the file of a run as it lies in the storage. Raises FileRefused."""
    path = Path(default_storage.path(run.stored_file))
    if not path.exists():
        raise FileRefused("damaged_file")
    return kind_of(run.kind).open(path, Options.from_json(run.options))


def import_file(
    draft: RunDraft, *, actor: Principal, clock: Clock = timezone.now, tell: Tell | None = None
) -> ImportRun:
    """Take in a file to its end: a run of it that was interrupted goes on, else a new one begins."""
    run = find_resumable(draft, at=clock())
    if run is None:
        run = open_runs([draft], actor=actor, at=clock()).one()
    elif tell is not None:
        tell(f"{run.number}: resumed after row {run.next_row}")
    return work_off(run.pk, actor=actor, clock=clock, tell=tell)


def work_off(
    run_id: int, *, actor: Principal, clock: Clock = timezone.now, tell: Tell | None = None
) -> ImportRun:
    """Claim a run and write its chunks until the file ends. Refuses AlreadyUnderWay, ClaimLost.

    Whatever else stops it is written down with the run, which can go on from there.
    """
    run = claim_run(run_id, actor=actor, at=clock())
    try:
        kind = kind_of(run.kind)
        source = open_stored(run)

        def beat() -> None:
            retried(keep_claim)(run, actor=actor, at=clock())

        with few_collections(), read_ahead(source, run.next_row, kind.chunk, beat=beat) as ahead:
            for chunk in ahead:
                retried(write_and_commit)(run, source, chunk, ahead, actor=actor, at=clock())
                if tell is not None:
                    tell(f"{run.number}: row {chunk.records[-1].last_row}, {int(chunk.progress * 100)} %")
        report = write_run_report(run, source.headings)
        return finish_run(run, report, actor=actor, at=clock())
    except BaseException as error:
        with suppress(DatabaseError):  # then the run is found by its silence
            fail_run(run, describe(error), actor=actor, at=clock())
        raise


@contextmanager
def few_collections() -> Iterator[None]:
    """Look for cycles seldom: the records of a file have none, and there are very many of them."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def write_and_commit(
    run: ImportRun, source: Source, chunk: Chunk, ahead: ReadAhead, *, actor: Principal, at: datetime
) -> None:
    """Write a chunk; the file is read on while it is committed."""
    with acting_as(actor):
        write_chunk(run, source, chunk.records, chunk.progress, actor=actor, at=at)
        ahead.let_run()


def describe(error: BaseException) -> str:
    """Return what to write down of an error: a refusal's sentence, else its kind and its first line.

    The further lines of a database error quote the row, and with it the person.
    """
    if isinstance(error, Refused):
        return str(error)
    first, *_rest = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {first}"[:500]


def try_out(
    kind: ImportKind,
    path: Path,
    options: Options,
    *,
    actor: Principal,
    at: datetime,
    most_rows: int | None = None,
    keep_report: bool = True,
) -> DryRun:
    """Do what a run would do, in one transaction that is rolled back: the same code, the same counts.

    ``most_rows`` stops early. What it locks is locked until its end.
    """
    source = kind.open(path, options)
    counts = Counts()
    complete = True
    preview: list[dict[str, Any]] = []
    with few_collections(), acting_as(actor, savepoint=True), read_ahead(source, 0, kind.chunk) as ahead:
        for chunk in ahead:
            for record in chunk.records[: PREVIEW_ROWS - len(preview)]:
                preview.append({"row": record.first_row, **source.preview(record)})
            written = write_records(source, chunk.records, actor=actor, at=at)
            merge(counts, written)
            if most_rows is not None and counts.rows >= most_rows:
                complete = False
                break
        transaction.set_rollback(True)
    report = write_report(dry_report_name(), source.headings, counts.rejections) if keep_report else ""
    return DryRun(counts, preview, report, complete, source.own_headings)


def merge(counts: Counts, written: Counts) -> None:
    """Add what a chunk did."""
    for name in ("rows", "created", "updated", "unchanged", "rejected", "held"):
        setattr(counts, name, getattr(counts, name) + getattr(written, name))
    counts.rejections += written.rejections


def dry_report_name() -> str:
    """Return a name of its own for the report of a dry run."""
    return f"{FOLDER}/reports/dry-run-{timezone.now():%Y%m%d-%H%M%S-%f}.csv"
