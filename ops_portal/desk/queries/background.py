"""How work that was left to the workers stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from ops_portal.desk.choices import UNDER_WAY, BackgroundStatus
from ops_portal.desk.models import BackgroundRun
from ops_portal.desk.runs import RunKind

LATEST: Final = 20


@dataclass(frozen=True, slots=True)
class Standing:
    """What is under way of one kind of work, and what came of it last."""

    kind: RunKind
    under_way: tuple[BackgroundRun, ...] = ()
    last: BackgroundRun | None = None

    @property
    def has_failed(self) -> bool:
        """Tell whether the last one failed."""
        return self.last is not None and self.last.status == BackgroundStatus.FAILED

    @property
    def said(self) -> str:
        """Return in words what came of the last one."""
        if self.last is None or self.has_failed:
            return ""
        return self.kind.say(self.last.said)


def standing_of(kind: RunKind, user: Any) -> Standing:
    """Return how a kind of work stands: one statement."""
    seen = BackgroundRun.objects.visible_to(user).filter(kind=kind.code).order_by("-pk")
    runs = list(seen.select_related("asked_by")[:LATEST])
    return Standing(
        kind,
        tuple(run for run in reversed(runs) if run.status in UNDER_WAY),
        next((run for run in runs if run.status not in UNDER_WAY), None),
    )


def unfinished_runs() -> list[int]:
    """Return the runs that wait for a worker or are with one, the oldest first."""
    return list(
        BackgroundRun.objects.filter(status__in=sorted(UNDER_WAY)).order_by("pk").values_list("pk", flat=True)
    )
