"""Work that was left to the workers is done: by one at a time, who is known to be gone when he is gone."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import Error, connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from ops_portal.accounts.choices import Role
from ops_portal.desk.models import BackgroundRun
from ops_portal.desk.operations.background import begin_run, end_run
from ops_portal.desk.runs import Said, run_kind
from ops_portal.lib.principals import Principal, job
from ops_portal.lib.refusals import Refused

WORKING: Final = 44_200  # with the run's id, the lock that whoever works on it holds
logger = logging.getLogger(__name__)


class AskerLeft(Refused):
    """The account of whoever asked for it is closed."""

    code = "asker_left"


def work_off(run_id: int, *, at: datetime) -> None:
    """Do what a run asks for and write down what came of it; nothing where it is done, or somebody is at it."""
    actor = job("desk.work_off")
    # Nobody reads along while it is done: what is said of it is in the language of the house.
    with alone(run_id) as is_alone, override(settings.PORTAL_MAIL_LANGUAGE):
        run = begin_run(run_id, actor=actor, at=at) if is_alone else None
        if run is None:
            return
        kind = run_kind(run.kind)
        failure: Refused | None = None
        said: Said = {}
        try:
            if kind is None:
                raise Refused(_("Nobody knows this work any more."))
            said = kind.work(run.key, actor_of(run), at)
        except Refused as refusal:
            failure = refusal
        except Exception:
            logger.exception("background run %s failed", run.number)
            failure = Refused(_("It failed; the log of the workers says why."))
        end_run(run_id, said=said, failure=str(failure or ""), actor=actor, at=timezone.now())


@contextmanager
def alone(run_id: int) -> Iterator[bool]:
    """Hold a run for this connection alone; it is free again when the worker dies. Tell whether it was free."""
    key = [WORKING, run_id % 2**31]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", key)
        (is_alone,) = cursor.fetchone()
    try:
        yield is_alone
    finally:
        if is_alone:
            with suppress(Error), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)


def actor_of(run: BackgroundRun) -> Principal:
    """Return the principal who asked, with the roles that he holds now. Refuses AskerLeft."""
    kind, _colon, code = run.actor.partition(":")
    roles: frozenset[str] = frozenset()
    if run.asked_by is not None:
        if not run.asked_by.is_active:
            raise AskerLeft(_("The account of %(actor)s is closed."), actor=run.actor)
        roles = frozenset(Role.values if run.asked_by.is_superuser else run.asked_by.roles)
    return Principal(kind, code, user_id=run.asked_by_id, roles=roles)  # type: ignore[arg-type]  # as it was stored
