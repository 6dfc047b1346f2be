"""The life of an import run, and who may do what with one."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from ops_portal.accounts.choices import Role
from ops_portal.lib.states import Move, MoveTable


class RunStatus(models.TextChoices):
    """The nodes of a run's life."""

    NEW = "new", _("uploaded")
    QUEUED = "queued", _("waiting to start")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("stopped")
    UNDONE = "undone", _("undone")


class Effect(models.TextChoices):
    """What a run did to a record."""

    CREATED = "created", _("created")
    UPDATED = "updated", _("updated")


IMPORTERS = frozenset(
    {
        Role.ONSITE_OPERATOR,
        Role.OPERATIONS,
        Role.OPERATIONS_MANAGER,
        Role.PRODUCT,
        Role.PRODUCT_SUPERVISOR,
        Role.WAREHOUSE,
        Role.CUSTOMER_SERVICE,
        Role.MANAGEMENT,
    }
)

IMPORT = Move(IMPORTERS)
R = RunStatus
RUN_MOVES = MoveTable(
    kind="import_run",
    moves={
        R.NEW: {R.QUEUED: IMPORT, R.RUNNING: IMPORT},
        R.QUEUED: {R.RUNNING: IMPORT, R.FAILED: IMPORT},
        R.RUNNING: {R.DONE: IMPORT, R.FAILED: IMPORT},
        R.FAILED: {R.QUEUED: IMPORT, R.RUNNING: IMPORT, R.UNDONE: IMPORT},
        R.DONE: {R.UNDONE: IMPORT},
        R.UNDONE: {},
    },
)

PERMISSIONS: dict[str, frozenset[Role]] = {
    "intake.view_importrun": IMPORTERS,
    "intake.add_importrun": IMPORTERS,
    "intake.view_rejectedrow": IMPORTERS,
    "intake.start_importrun": IMPORTERS,
    "intake.undo_importrun": IMPORTERS,
}
