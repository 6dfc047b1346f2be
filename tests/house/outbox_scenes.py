"""What the operations of the outbox lock, for ``test_lock_order``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction

from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import User
from ops_portal.outbox.drafts import Answer, EndpointChange, EndpointDraft, EventDraft
from ops_portal.outbox.models import Delivery, Endpoint
from ops_portal.outbox.operations import delivering, endpoints
from ops_portal.outbox.operations.recording import record
from tests.factories import ACTOR, NOON

HOOK = "https://agency.example/hook"


def listening() -> Endpoint:
    """Return an endpoint that hears everything, with an event that waits for it and one behind."""
    owner = User.objects.create(username="agency", roles=[Role.OPERATIONS_MANAGER])
    draft = EndpointDraft(owner.pk, HOOK)
    endpoint = endpoints.open_endpoints([draft], actor=ACTOR, at=NOON).one().endpoint
    telling()
    telling()
    return endpoint


def telling() -> None:
    with transaction.atomic():
        record([EventDraft("order.placed", "order", "SO1")], actor=ACTOR, at=NOON)


def opening(_house: Any) -> Callable[[], object]:
    endpoint = listening()
    draft = EndpointDraft(endpoint.owner_id, f"{HOOK}/2")
    return lambda: endpoints.open_endpoints([draft], actor=ACTOR, at=NOON)


def of_endpoint(operation: Callable[..., object]) -> Callable[[Any], Callable[[], object]]:
    def prepare(_house: Any) -> Callable[[], object]:
        pk = listening().pk
        return lambda: operation([pk], actor=ACTOR, at=NOON)

    return prepare


def changing(_house: Any) -> Callable[[], object]:
    change = EndpointChange(listening().pk, is_active=False)
    return lambda: endpoints.change_endpoints([change], actor=ACTOR, at=NOON)


def answering(status: int) -> Callable[[Any], Callable[[], object]]:
    def prepare(_house: Any) -> Callable[[], object]:
        listening()
        (claimed,) = delivering.claim_deliveries(9, actor=ACTOR, at=NOON)
        draft = delivering.AnswerDraft(claimed.delivery_id, claimed.claim, Answer(status, 1))
        return lambda: delivering.record_answers([draft], actor=ACTOR, at=NOON)

    return prepare


def of_delivery(
    operation: Callable[..., object], *, by_endpoint: bool = False
) -> Callable[[Any], Callable[[], object]]:
    def prepare(_house: Any) -> Callable[[], object]:
        endpoint = listening()
        Delivery.objects.update(status="failed")
        ids = (
            [endpoint.pk]
            if by_endpoint
            else list(Delivery.objects.order_by("pk").values_list("pk", flat=True))
        )
        return lambda: operation(ids, actor=ACTOR, at=NOON)

    return prepare


def giving_up(_house: Any) -> Callable[[], object]:
    endpoints.close_endpoints([listening().pk], actor=ACTOR, at=NOON)
    return lambda: delivering.give_up_closed(actor=ACTOR, at=NOON)


def claiming(_house: Any) -> Callable[[], object]:
    listening()
    return lambda: delivering.claim_deliveries(9, actor=ACTOR, at=NOON)


def recording(_house: Any) -> Callable[[], object]:
    listening()
    return telling


OUTBOX_SCENES: dict[str, tuple[Callable[..., Any], list[str]]] = {
    "open_endpoints": (opening, ["accounts_user"]),
    "change_endpoints": (changing, ["accounts_user", "outbox_endpoint"]),
    "close_endpoints": (of_endpoint(endpoints.close_endpoints), ["outbox_endpoint"]),
    "rotate_secrets": (of_endpoint(endpoints.rotate_secrets), ["outbox_endpoint"]),
    "ping_endpoints": (of_endpoint(endpoints.ping_endpoints), []),
    "claim_deliveries": (claiming, ["outbox_delivery"]),
    "record_answers": (answering(200), ["outbox_delivery"]),
    "record_answers, later": (answering(500), ["outbox_delivery"]),
    "record_answers, gone": (answering(410), ["outbox_endpoint", "outbox_delivery"]),
    "replay_deliveries": (of_delivery(delivering.replay_deliveries), ["outbox_delivery"]),
    "replay_failed": (of_delivery(delivering.replay_failed, by_endpoint=True), ["outbox_delivery"]),
    "give_up_closed": (giving_up, ["outbox_delivery"]),
    "record": (recording, ["outbox_stream"]),
}
