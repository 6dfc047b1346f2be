"""From a file to a finished run: read ahead in a thread, write chunk by chunk, go on where it stopped."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import DatabaseError, transaction
from django.utils import timezone

from ops_portal.intake.drafts import RunDraft
from ops_portal.intake.kinds import ImportKind, Options, Record, Source, kind_of
from ops_portal.intake.models import ImportRun
from ops_portal.intake.operations.chunks import Counts, Rejection, write_chunk, write_records
from ops_portal.intake.operations.runs import claim_run, fail_run, find_resumable, finish_run, open_runs
from ops_portal.intake.reading import FileRefused
from ops_portal.intake.reports import write_report, write_run_report
from ops_portal.lib.doors.retry import retried
from ops_portal.lib.principals import Principal, acting_as
from ops_portal.lib.refusals import Refused

FOLDER = "imports"
READ_AHEAD = 2
PREVIEW_ROWS = 20

Clock = Callable[[], datetime]
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Records that are written together, and how far the file had been read with them."""

    records: list[Record]
    progress: float


@dataclass(slots=True)
class DryRun:
    """What a run would do."""

    counts: Counts
    preview: list[dict[str, Any]]
    report: str = ""
    complete: bool = True


def chunks_of(source: Source, after: int, size: int) -> Iterator[Chunk]:
    """Yield the records of a file in chunks."""
    records: list[Record] = []
    for record in source.records(after):
        records.append(record)
        if len(records) == size:
            yield Chunk(records, source.progress())
            records = []
    if records:
        yield Chunk(records, 1.0)


def read_ahead(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """Yield chunks that a thread reads while the one before is written; what it raises is raised here."""
    ready: Queue[Chunk | BaseException | None] = Queue(READ_AHEAD)
    stop = Event()

    def put(item: Chunk | BaseException | None) -> None:
        while not stop.is_set():
            try:
                ready.put(item, timeout=0.2)
            except Full:
                continue
            return

    def read() -> None:
        try:
            for chunk in chunks:
                put(chunk)
                if stop.is_set():
                    return
            put(None)
        except BaseException as error:  # handed to whoever waits for the chunk
            put(error)

    thread = Thread(target=read, name="intake-reading", daemon=True)
    thread.start()
    try:
        while (item := ready.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stop.set()
        while True:
            try:
                ready.get_nowait()
            except Empty:
                break
        thread.join()


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
        for chunk in read_ahead(chunks_of(source, run.next_row, kind.chunk)):
            retried(write_chunk)(run, source, chunk.records, chunk.progress, actor=actor, at=clock())
            if tell is not None:
                tell(f"{run.number}: row {chunk.records[-1].last_row}, {int(chunk.progress * 100)} %")
        report = write_run_report(run, source.headings)
        return finish_run(run, report, actor=actor, at=clock())
    except BaseException as error:
        with suppress(DatabaseError):  # then the run is found by its silence
            fail_run(run, describe(error), actor=actor, at=clock())
        raise


def describe(error: BaseException) -> str:
    """Return what to write down of an error: a refusal's sentence, else its kind and its first words."""
    if isinstance(error, Refused):
        return str(error)
    return f"{type(error).__name__}: {error}"[:500]


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
    with acting_as(actor, savepoint=True):
        for chunk in read_ahead(chunks_of(source, 0, kind.chunk)):
            for record in chunk.records[: PREVIEW_ROWS - len(preview)]:
                preview.append({"row": record.first_row, **source.preview(record)})
            written = write_records(source, chunk.records, actor=actor, at=at)
            merge(counts, written)
            if most_rows is not None and counts.rows >= most_rows:
                complete = False
                break
        transaction.set_rollback(True)
    report = write_report(dry_report_name(), source.headings, counts.rejections) if keep_report else ""
    return DryRun(counts, preview, report, complete)


def merge(counts: Counts, written: Counts) -> None:
    """Add what a chunk did."""
    for name in ("rows", "created", "updated", "unchanged", "rejected", "held"):
        setattr(counts, name, getattr(counts, name) + getattr(written, name))
    counts.rejections += written.rejections


def dry_report_name() -> str:
    """Return a name of its own for the report of a dry run."""
    return f"{FOLDER}/reports/dry-run-{timezone.now():%Y%m%d-%H%M%S-%f}.csv"


__all__ = ["Chunk", "DryRun", "Rejection", "import_file", "prepare", "try_out", "work_off"]
