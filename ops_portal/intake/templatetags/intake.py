"""What the pages of imports need to say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import template

from ops_portal.intake.choices import RunStatus
from ops_portal.intake.models import ImportRun

register = template.Library()


@register.filter
def any_under_way(runs: Iterable[ImportRun]) -> bool:
    """Tell whether one of the runs waits for a worker or is being worked on."""
    return any(run.status in (RunStatus.QUEUED, RunStatus.RUNNING) for run in runs)


@register.filter
def kind_label(code: str, labels: Mapping[str, Any]) -> Any:
    """Return the name of a kind of file; its code where it is no longer known."""
    return labels.get(code, code)
