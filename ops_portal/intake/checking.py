"""A file that somebody uploads: looked at, tried out, and put aside until it is started."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from ops_portal.accounts.models import User
from ops_portal.accounts.visibility import scope_of
from ops_portal.intake.kinds import ImportKind, Options
from ops_portal.intake.models import ImportRun
from ops_portal.intake.operations.chunks import Rejection
from ops_portal.intake.operations.runs import open_runs
from ops_portal.intake.running import DryRun, prepare, try_out
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import Refused

# A larger file is tried out as far as this and says so: what is tried holds its stock until it is rolled back.
ROWS_TRIED = 1_000
REASONS_SHOWN = 20


class NotYours(Refused):
    """The file belongs to a shop or brand, or is of a kind, that is not the uploader's."""

    code = "not_yours"
    status_code = 403


def refuse_what_is_not_ones_own(user: User, kind: ImportKind, options: Options) -> None:
    """Refuse NotYours unless ``user`` may take in this kind of file for this shop and brand."""
    if not user.has_perm(kind.permission):
        raise NotYours(_("Your role does not take in files of this kind."))
    scope = scope_of(user)
    if scope.partner or scope.empty:
        raise NotYours(_("Your role does not take in files of this kind."))
    if scope.all:
        return
    if options.shop and options.shop not in scope.shops:
        raise NotYours(_("The shop %(shop)s is not yours."), shop=options.shop)
    if options.brand and options.brand not in scope.brands:
        raise NotYours(_("The brand %(brand)s is not yours."), brand=options.brand)


def upload(
    kind: ImportKind, path: Path, options: Options, *, name: str, actor: Principal, at: datetime
) -> ImportRun:
    """Store a file, try it out, and return a run that can be started. Raises what the file is refused for."""
    tried = try_out(kind, path, options, actor=actor, at=at, most_rows=ROWS_TRIED, keep_report=False)
    draft = prepare(kind, path, options, name=name, in_background=True)
    return open_runs([replace(draft, preview=as_preview(tried))], actor=actor, at=at).one()


def as_preview(tried: DryRun) -> dict[str, Any]:
    """Return what a dry run showed, as it is kept with a run."""
    counts = tried.counts
    names = ("rows", "created", "updated", "unchanged", "rejected", "held")
    return {
        "complete": tried.complete,
        "counts": {name: getattr(counts, name) for name in names},
        "columns": list(tried.preview[0]) if tried.preview else [],
        "headings": dict(tried.headings),
        "rows": tried.preview,
        "reasons": reasons(counts.rejections),
    }


def reasons(rejections: Sequence[Rejection]) -> list[list[Any]]:
    """Return the first reasons with their rows."""
    return [[one.row_number, one.refusal.code, str(one.refusal)] for one in rejections[:REASONS_SHOWN]]
