"""The doors for time: deliver what waits, forget what is old."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from ops_portal.lib.principals import job
from ops_portal.outbox.delivering import deliver_due
from ops_portal.outbox.operations.delivering import forget_attempts, give_up_closed


@shared_task(name="outbox.deliver")
def deliver(**_: object) -> int:
    """Deliver what is due; a second message at the same time takes what the first has not claimed."""
    return deliver_due(actor=job("outbox.deliver"))


@shared_task(name="outbox.tidy")
def tidy(**_: object) -> None:
    """Forget old attempts and give up what waits for endpoints that were closed."""
    actor, at = job("outbox.tidy"), timezone.now()
    while give_up_closed(actor=actor, at=at).done:
        pass
    forget_attempts(actor=actor, at=at)
