"""Some records of a file, written in one transaction with the counters of their run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import DataError, IntegrityError, connection
from django.db.models import F
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from ops_portal.intake.kinds import Change, OneRowRefused, Record, RowRefused, Source, Written
from ops_portal.intake.models import ImportRun, RejectedRow, RunChange
from ops_portal.intake.operations.runs import hold_claim
from ops_portal.lib.principals import Principal, acting_as, operation
from ops_portal.lib.refusals import Refused
from ops_portal.lib.rows import insert_rows

CELL_CHARS = 500


@dataclass(slots=True)
class Rejection:
    """A row that is not taken, and the reason of its record."""

    row_number: int
    refusal: Refused
    cells: list[str]


def beside(number: int, refusal: Refused) -> Refused:
    """Return the reason of a record as it is read beside one of its rows."""
    return refusal.beside(number) if isinstance(refusal, OneRowRefused) else refusal


@dataclass(slots=True)
class Counts:
    """What came of records: rows read and rejected; records created, updated, unchanged, held."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    held: int = 0
    changes: list[Change] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)

    def add(self, written: Written) -> None:
        """Count what was written."""
        self.created += written.created
        self.updated += written.updated
        self.unchanged += written.unchanged
        self.held += written.held
        self.changes += written.changes

    def reject(self, record: Record, refusal: Refused, source: Source) -> None:
        """Count the rows of a record that is not taken, and keep them."""
        self.rejected += len(record.lines)
        self.rejections += [
            Rejection(number, beside(number, refusal), [cell[:CELL_CHARS] for cell in source.shown(cells)])
            for number, cells in record.lines
        ]


@operation
def write_chunk(
    run: ImportRun,
    source: Source,
    records: Sequence[Record],
    progress: float,
    *,
    actor: Principal,
    at: datetime,
) -> Counts:
    """Write ``records``, what was done, what was rejected, the counters and the place to go on from: all or nothing.

    Refuses ClaimLost.
    """
    hold_claim(run, at=at)
    counts = write_records(source, records, actor=actor, at=at)
    keep_changes(run, counts.changes, at=at)
    keep_rejected(run, counts.rejections)
    ImportRun.objects.filter(pk=run.pk).update(
        **{
            name: F(name) + getattr(counts, name)
            for name in ("rows", "created", "updated", "unchanged", "rejected", "held")
        },
        next_row=records[-1].last_row,
        progress=int(progress * 100),
        updated_at=at,
    )
    return counts


def write_records(source: Source, records: Sequence[Record], *, actor: Principal, at: datetime) -> Counts:
    """Write what has a draft, reject what has none. The caller's transaction carries ``actor``."""
    counts = Counts(rows=sum(len(record.lines) for record in records))
    good = [record for record in records if record.fault is None]
    for record in records:
        if record.fault is not None:
            counts.reject(record, record.fault, source)
    write_good(source, good, counts, actor=actor, at=at)
    counts.rejections.sort(key=lambda rejection: rejection.row_number)
    return counts


def write_good(
    source: Source, records: Sequence[Record], counts: Counts, *, actor: Principal, at: datetime
) -> None:
    """Write records; where the database takes offence at one of them, find it by halves and reject it alone."""
    if not records:
        return
    try:
        with acting_as(actor, savepoint=True):
            written = source.write(records, actor=actor, at=at)
    except (DataError, IntegrityError) as error:
        if len(records) == 1:
            counts.reject(records[0], offence(error), source)
            return
        middle = len(records) // 2
        write_good(source, records[:middle], counts, actor=actor, at=at)
        write_good(source, records[middle:], counts, actor=actor, at=at)
        return
    counts.add(written)
    for index, refusal in written.refused:
        counts.reject(records[index], refusal, source)


def offence(error: DataError | IntegrityError) -> RowRefused:
    """Return what the database had against a record; its words name the rule, never the row's values."""
    diagnosis = getattr(error.__cause__, "diag", None)
    rule = getattr(diagnosis, "constraint_name", None) or getattr(diagnosis, "message_primary", None) or ""
    return RowRefused(
        "impossible_values", _("The values of this row contradict each other (%(rule)s)."), rule=rule
    )


def keep_changes(run: ImportRun, changes: Sequence[Change], *, at: datetime) -> None:
    """Write down what was done to which record."""
    plain = [change for change in changes if change.before is None]
    if plain:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO intake_runchange (run_id, object_kind, object_id, what, row_number, at)"
                " SELECT %s, kind, id, what, row, %s FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::bigint[])"
                " AS c(kind, id, what, row)",
                [
                    run.pk,
                    at,
                    [change.object_kind for change in plain],
                    [change.object_id for change in plain],
                    [change.what for change in plain],
                    [change.row_number for change in plain],
                ],
            )
    insert_rows(
        RunChange,
        [
            {
                "run_id": run.pk,
                "object_kind": change.object_kind,
                "object_id": change.object_id,
                "what": change.what,
                "before": change.before,
                "row_number": change.row_number,
                "at": at,
            }
            for change in changes
            if change.before is not None
        ],
    )


def keep_rejected(run: ImportRun, rejections: Sequence[Rejection]) -> None:
    """Write down the rows that were not taken, with the sentence that says why and what it speaks of."""
    insert_rows(RejectedRow, [{"run_id": run.pk, **rejected_facts(rejection)} for rejection in rejections])


def rejected_facts(rejection: Rejection) -> dict[str, Any]:
    """Return a rejection as it is kept: the sentence untranslated, so that each reader gets his own language."""
    refusal = rejection.refusal
    with override(None):
        return {
            "row_number": rejection.row_number,
            "code": refusal.code,
            "detail": str(refusal.detail),
            "facts": {name: plain(value) for name, value in refusal.facts.items()},
            "cells": rejection.cells,
        }


def plain(value: Any) -> Any:
    """Return a fact as JSON can hold it; a reason as its sentence, untranslated, and its own facts."""
    if isinstance(value, Refused):
        facts = {name: plain(fact) for name, fact in value.facts.items()}
        return {"detail": str(value.detail), "facts": facts}
    return value if isinstance(value, str | int | float | bool | list | dict | type(None)) else str(value)
