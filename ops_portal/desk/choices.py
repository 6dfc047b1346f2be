"""How clocks stand, and who may do what at a desk."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ops_portal.accounts.choices import Role
from ops_portal.lib.states import Move, MoveTable


class ClockState(TextChoices):
    """How a clock stands."""

    LATE = "late", _("late")
    SOON = "soon", _("due soon")
    ON_TIME = "on_time", _("on time")
    STANDING = "standing", _("standing still")
    NONE = "none", _("no deadline")


class BackgroundStatus(TextChoices):
    """How far work is that was left to the workers."""

    QUEUED = "queued", pgettext_lazy("work", "waiting for a worker")
    RUNNING = "running", pgettext_lazy("work", "being worked on")
    DONE = "done", pgettext_lazy("work", "done")
    FAILED = "failed", pgettext_lazy("work", "failed")


class Bucket(TextChoices):
    """How much time is left, as the cockpit sorts it."""

    LATE = "late", _("late")
    UNDER_2 = "2h", _("under 2 h")
    UNDER_6 = "6h", _("under 6 h")
    UNDER_24 = "24h", _("under 24 h")
    LATER = "later", _("later")
    NONE = "none", _("no deadline running")


# Up to when, from now, a deadline is of the bucket.
BUCKET_ENDS: Final = {
    Bucket.LATE: timedelta(0),
    Bucket.UNDER_2: timedelta(hours=2),
    Bucket.UNDER_6: timedelta(hours=6),
    Bucket.UNDER_24: timedelta(hours=24),
}
# A deadline is soon when less than this is left, or less than this part of the whole time.
SOON_WITHIN: Final = timedelta(minutes=30)
SOON_PART: Final = 0.2

UNDER_WAY: Final = frozenset({BackgroundStatus.QUEUED, BackgroundStatus.RUNNING})
# Nobody moves them but the workers themselves.
RUN_MOVES: Final = MoveTable(
    kind="background_run",
    moves={
        BackgroundStatus.QUEUED: {
            BackgroundStatus.RUNNING: Move(frozenset()),
            BackgroundStatus.FAILED: Move(frozenset()),
        },
        BackgroundStatus.RUNNING: {
            BackgroundStatus.DONE: Move(frozenset()),
            BackgroundStatus.FAILED: Move(frozenset()),
        },
        BackgroundStatus.DONE: {},
        BackgroundStatus.FAILED: {},
    },
)

_MANAGERS = frozenset({Role.OPERATIONS_MANAGER, Role.MANAGEMENT})

PERMISSIONS: Final[dict[str, frozenset[Role]]] = {
    "desk.use_desk": frozenset(Role) - {Role.BRAND_PARTNER},
    "desk.view_team": frozenset(Role) - {Role.BRAND_PARTNER},
    "desk.add_team": _MANAGERS,
    "desk.change_team": _MANAGERS,
    "desk.view_membership": _MANAGERS,
    "desk.add_membership": _MANAGERS,
    "desk.change_membership": _MANAGERS,
    "desk.delete_membership": _MANAGERS,
}
