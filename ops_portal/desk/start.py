"""The first page: how much waits in which queue, and the pages that one works on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from ops_portal.accounts.models import User
from ops_portal.desk.choices import ClockState
from ops_portal.desk.kinds import queue_place
from ops_portal.desk.queries.inbox import waiting_rows
from ops_portal.desk.queries.rows import queue_label
from ops_portal.lib.doors.sidebar import own_pages

LATE = f"count(*) FILTER (WHERE state = '{ClockState.LATE}')"
MINE = "count(*) FILTER (WHERE owner_id IS NOT NULL)"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A queue with what waits in it for the reader, what of it is late, and what is the reader's own."""

    label: str
    count: int
    late: int
    mine: int
    address: str


def start_context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add what the first page shows to its context: two statements."""
    reader = request.user
    waiting = waiting_for(reader) if isinstance(reader, User) else []
    return context | {
        "waiting": waiting,
        "waiting_total": sum(queue.count for queue in waiting),
        "waiting_late": sum(queue.late for queue in waiting),
        "own_pages": own_pages(request),
    }


def waiting_for(reader: User) -> Sequence[Waiting]:
    """Return the queues in which something waits for ``reader``, in the sequence of the work."""
    groups = waiting_rows(reader, at=timezone.now()).fetch(
        f"kind, queue, count(*), {LATE}, {MINE}", "GROUP BY kind, queue"
    )
    groups.sort(key=lambda group: queue_place(group[1] or ""))
    inbox = reverse("desk:inbox")
    return [
        Waiting(queue_label(queue), count, late, mine, f"{inbox}?{urlencode({'queue': queue})}")
        for _kind, queue, count, late, mine in groups
        if queue
    ]
