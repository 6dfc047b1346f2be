"""Claim what is due, record what came of it, send it again, forget the log. No network here."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pgtrigger
from django.db import connection
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.states import move_all
from ops_portal.outbox.choices import (
    ATTEMPTS_KEPT,
    DELIVERY_MOVES,
    JITTER,
    LEASE,
    WAITS,
    DeliveryStatus,
    DisabledReason,
)
from ops_portal.outbox.drafts import Answer
from ops_portal.outbox.models import Attempt, Delivery, Endpoint
from ops_portal.outbox.queries import CLAIM, data_of
from ops_portal.outbox.signals import deliveries_wait
from ops_portal.outbox.signing import secrets_of

GONE = 410
MOST_AT_ONCE = 1000


class ClaimLost(Refused):
    """The lease ended before the answer came; another worker has taken, or will take, the delivery."""

    code = "claim_lost"


class EndpointIsOff(Refused):
    """The endpoint gets nothing; switch it on first."""

    code = "endpoint_is_off"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that is ours until the lease ends, with all that sending it takes."""

    delivery_id: int
    claim: UUID
    webhook_id: str
    kind: str
    occurred_at: datetime
    data: dict[str, Any]
    url: str
    secret_sealed: bytes
    may_hear: bool

    def secrets(self, at: datetime) -> tuple[str, ...]:
        """Return the secrets that sign at ``at``."""
        return secrets_of(self.secret_sealed, at=at)


@dataclass(frozen=True, slots=True)
class AnswerDraft:
    """What came of an attempt, and by which claim it was made."""

    delivery_id: int
    claim: UUID
    answer: Answer


@operation
def claim_deliveries(limit: int, *, actor: Principal, at: datetime) -> list[Claimed]:
    """Claim up to ``limit`` deliveries that are due and whose turn it is; each goes to one worker alone.

    One statement: a compare-and-set under row locks, passing over what others hold. A delivery is free again when
    its lease ends. Of one endpoint and object only the earliest that waits is claimed; of one endpoint no more at
    once than a few, so that a slow one holds up nobody else.
    """
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"at": at, "until": at + LEASE, "limit": limit})
        return [
            Claimed(
                delivery_id=pk,
                claim=claim,
                webhook_id=f"msg_{message_id.hex}",
                kind=kind,
                occurred_at=occurred_at,
                data=data_of(object_kind, object_number, brand, sequence, json.loads(facts)),
                url=url,
                secret_sealed=bytes(secret),
                may_hear=may_hear,
            )
            for pk, claim, message_id, kind, occurred_at, object_kind, object_number, brand, sequence, facts, url,
            secret, may_hear in cursor.fetchall()
        ]  # fmt: skip


@operation
def record_answers(
    drafts: Sequence[AnswerDraft],
    *,
    actor: Principal,
    at: datetime,
    spread: Callable[[], float] = random.random,
) -> Outcome[Delivery]:
    """Log each attempt; 2xx is delivered, all else waits longer and longer, and is given up after three days.

    410 switches the endpoint off. Refuses ClaimLost: the attempt is logged, what is made of it is up to whoever
    holds the delivery now.
    """
    outcome: Outcome[Delivery] = Outcome()
    switch_off_gone(drafts, at=at)
    locked = lock_deliveries([draft.delivery_id for draft in drafts])
    accepted: list[Delivery] = []
    exhausted: list[Delivery] = []
    for index, draft in enumerate(drafts):
        delivery = locked[draft.delivery_id]
        if delivery.claim == draft.claim and delivery.status == DeliveryStatus.PENDING:
            delivery.claim = delivery.claimed_until = None
            delivery.attempts += 1
            outcome.done.append(delivery)
            if draft.answer.accepted:
                accepted.append(delivery)
            elif delivery.attempts > len(WAITS):
                exhausted.append(delivery)
        else:
            detail = _("Another worker has taken delivery %(number)s.")
            outcome.refused.append((index, ClaimLost(detail, number=delivery.number)))
    Attempt.objects.bulk_create(
        Attempt(
            delivery_id=draft.delivery_id,
            at=at,
            status_code=draft.answer.status_code,
            duration_ms=draft.answer.duration_ms,
            error=draft.answer.error,
            excerpt=draft.answer.excerpt,
        )
        for draft in drafts
    )
    settle(accepted, DeliveryStatus.DELIVERED, actor=actor, at=at)
    settle(exhausted, DeliveryStatus.FAILED, actor=actor, at=at)
    for delivery in outcome.done:
        if delivery.status == DeliveryStatus.PENDING:
            wait = WAITS[delivery.attempts - 1]
            postpone(delivery, at + wait * (1 + JITTER * spread()), at=at)
    return outcome


def lock_deliveries(ids: Sequence[int]) -> dict[int, Delivery]:
    """Return deliveries by id, locked in key order."""
    rows = Delivery.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True, of=("self",))
    return {delivery.pk: delivery for delivery in rows}


def switch_off_gone(drafts: Sequence[AnswerDraft], *, at: datetime) -> None:
    """Switch off the endpoints that answered 410; what waits for them goes out when they are switched on again."""
    gone = [draft.delivery_id for draft in drafts if draft.answer.status_code == GONE]
    if gone:
        rows = Endpoint.objects.filter(
            pk__in=Delivery.objects.filter(pk__in=gone).values("endpoint"), is_active=True
        )
        ids = list(
            rows.order_by("pk").select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True)
        )
        Endpoint.objects.filter(pk__in=ids).update(
            is_active=False, disabled_at=at, disabled_reason=DisabledReason.GONE, updated_at=at
        )


def settle(deliveries: Sequence[Delivery], to: DeliveryStatus, *, actor: Principal, at: datetime) -> None:
    """Bring ``deliveries`` to their end, and let the next events of their objects go on."""
    if not deliveries:
        return
    move_all(deliveries, to, table=DELIVERY_MOVES, actor=actor, at=at)
    Delivery.objects.filter(pk__in=[delivery.pk for delivery in deliveries]).update(
        claim=None,
        claimed_until=None,
        attempts=F("attempts") + 1,
        delivered_at=at if to == DeliveryStatus.DELIVERED else None,
    )
    for delivery in deliveries:
        followers(delivery).filter(next_at__gt=at, attempts=0).update(next_at=at)


def postpone(delivery: Delivery, next_at: datetime, *, at: datetime) -> None:
    """Let ``delivery`` wait until ``next_at``, and those behind it as long: no sweep looks at them in between."""
    Delivery.objects.filter(pk=delivery.pk).update(
        claim=None, claimed_until=None, attempts=delivery.attempts, next_at=next_at, updated_at=at
    )
    followers(delivery).filter(next_at__lt=next_at).update(next_at=next_at)


def followers(delivery: Delivery) -> Any:
    """Return what waits behind ``delivery``: later events of the same object for the same endpoint."""
    return Delivery.objects.filter(
        endpoint_id=delivery.endpoint_id,
        stream_id=delivery.stream_id,
        status=DeliveryStatus.PENDING,
        sequence__gt=delivery.sequence,
    )


@operation
def replay_deliveries(ids: Sequence[int], *, actor: Principal, at: datetime) -> Outcome[Delivery]:
    """Send deliveries again that were delivered or given up, with the same message id. Refuses by index:

    IllegalMove (it waits already), RoleMayNotMove, EndpointIsOff.
    """
    active = set(
        Endpoint.objects.filter(
            pk__in=Delivery.objects.filter(pk__in=ids).values("endpoint"), is_active=True
        ).values_list("pk", flat=True)
    )
    locked = lock_deliveries(ids)
    outcome: Outcome[Delivery] = Outcome()
    places: list[int] = []
    for index, pk in enumerate(ids):
        if locked[pk].endpoint_id in active:
            places.append(index)
        else:
            outcome.refused.append((index, EndpointIsOff(_("The endpoint is off. Switch it on first."))))
    moved = move_all(
        [locked[ids[index]] for index in places],
        DeliveryStatus.PENDING,
        table=DELIVERY_MOVES,
        actor=actor,
        at=at,
    )
    Delivery.objects.filter(pk__in=[delivery.pk for delivery in moved.done]).update(
        attempts=0, next_at=at, delivered_at=None
    )
    outcome.done = moved.done
    outcome.refused = sorted(
        [*outcome.refused, *((places[place], refusal) for place, refusal in moved.refused)],
        key=lambda pair: pair[0],
    )
    if outcome.done:
        deliveries_wait.send(Delivery)
    return outcome


@operation
def replay_failed(
    endpoint_ids: Sequence[int], *, since: datetime | None = None, actor: Principal, at: datetime
) -> Outcome[Delivery]:
    """Send again what was given up (since ``since``), the oldest thousand of it; call again for more.

    Refuses EndpointIsOff, by delivery.
    """
    ids = list(
        Delivery.objects.filter(
            endpoint_id__in=endpoint_ids,
            status=DeliveryStatus.FAILED,
            created_at__gte=since or datetime.min.replace(tzinfo=UTC),
        )
        .order_by("pk")
        .values_list("pk", flat=True)[:MOST_AT_ONCE]
    )
    return replay_deliveries(ids, actor=actor, at=at) if ids else Outcome()


@operation
def give_up_closed(*, actor: Principal, at: datetime) -> Outcome[Delivery]:
    """Give up a thousand deliveries that wait for endpoints which were closed for good."""
    ids = list(
        Delivery.objects.filter(
            status=DeliveryStatus.PENDING,
            endpoint__in=Endpoint.objects.filter(disabled_reason=DisabledReason.CLOSED),
        )
        .order_by("pk")
        .values_list("pk", flat=True)[:MOST_AT_ONCE]
    )
    locked = list(lock_deliveries(ids).values())
    outcome = move_all(
        [one for one in locked if one.status == DeliveryStatus.PENDING],
        DeliveryStatus.FAILED,
        table=DELIVERY_MOVES,
        actor=actor,
        at=at,
        reason="endpoint closed",
    )
    Delivery.objects.filter(pk__in=[one.pk for one in outcome.done]).update(claim=None, claimed_until=None)
    return outcome


@operation
def forget_attempts(*, actor: Principal, at: datetime) -> int:
    """Delete the attempts that are older than thirty days; return how many."""
    with pgtrigger.ignore("outbox.Attempt:append_only"):
        old = Attempt.objects.filter(at__lt=at - ATTEMPTS_KEPT)
        return int(old._raw_delete(old.db))
