"""From claim to answer: claim in one transaction, send outside any, record in another.

Whoever dies between two steps loses nothing: what it held becomes free when its lease ends, and is sent again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime
from typing import Final

from django.utils import timezone

from ops_portal.lib.principals import Principal
from ops_portal.outbox.drafts import Answer
from ops_portal.outbox.operations.delivering import AnswerDraft, Claimed, claim_deliveries, record_answers
from ops_portal.outbox.sending import post
from ops_portal.outbox.signing import body_of, headers_of

LANES: Final = 8
BUDGET_SECONDS: Final = 50.0


def deliver_due(
    *,
    actor: Principal,
    clock: Callable[[], datetime] = timezone.now,
    budget: float = BUDGET_SECONDS,
    lanes: int = LANES,
) -> int:
    """Deliver what is due, several at once, for ``budget`` seconds at most; return how many were tried."""
    tried = 0
    end = time.monotonic() + budget
    with ThreadPoolExecutor(lanes, thread_name_prefix="outbox") as pool:
        under_way: dict[Future[Answer], Claimed] = {}
        while True:
            free = lanes - len(under_way)
            if free and time.monotonic() < end:
                for claimed in claim_deliveries(free, actor=actor, at=clock()):
                    under_way[pool.submit(send, claimed, clock())] = claimed
            if not under_way:
                return tried
            for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                claimed = under_way.pop(future)
                answer = AnswerDraft(claimed.delivery_id, claimed.claim, future.result())
                record_answers([answer], actor=actor, at=clock())
                tried += 1


def send(claimed: Claimed, at: datetime) -> Answer:
    """Send one message; touches no database."""
    if not claimed.may_hear:
        return Answer(None, 0, "owner_may_not_hear")
    body = body_of(claimed.kind, claimed.occurred_at, claimed.data)
    return post(claimed.url, body, headers_of(claimed.webhook_id, body, claimed.secrets(at), at=at))
