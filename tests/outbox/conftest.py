"""Partners with endpoints, and a receiver on the loopback that is a real HTTP server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction

from ops_portal.accounts.choices import GrantKind, Role
from ops_portal.accounts.models import Grant, User
from ops_portal.lib.principals import acting_as
from ops_portal.outbox.models import Endpoint
from ops_portal.outbox.operations.recording import EventDraft, record
from tests.factories import ACTOR, NOON
from tests.outbox.receiver import Receiver


def make_user(name: str, *roles: str, brands: Any = (), **fields: Any) -> User:
    """Return a user with grants of brands, without a password."""
    with acting_as(ACTOR):
        user = User.objects.create(username=name, roles=list(roles), **fields)
        Grant.objects.bulk_create(Grant(user=user, kind=GrantKind.BRAND, code=code) for code in brands)
    return user


def tell(*events: EventDraft, at: datetime = NOON) -> None:
    """Record events in a transaction of their own."""
    with transaction.atomic():
        record(events, actor=ACTOR, at=at)


def shipped(number: str = "SO1", *brands: str, kind: str = "order.shipped", **facts: Any) -> EventDraft:
    """Return a dull event of an order."""
    return EventDraft(kind, "order", number, frozenset(brands or ("ACME",)), facts)


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.PORTAL_WEBHOOKS_TO_PRIVATE = True
    with Receiver() as listening:
        yield listening


@pytest.fixture
def endpoint_of(receiver: Receiver) -> Callable[..., Endpoint]:
    """Return a maker of endpoints that stand at the receiver."""
    from ops_portal.outbox.drafts import EndpointDraft
    from ops_portal.outbox.operations.endpoints import open_endpoints

    def make(owner: User, path: str = "/hook", kinds: tuple[str, ...] = ()) -> Endpoint:
        draft = EndpointDraft(owner.pk, receiver.url(path), kinds)
        opened = open_endpoints([draft], actor=ACTOR, at=NOON).one()
        opened.endpoint.secret = opened.secret
        return opened.endpoint

    return make


@pytest.fixture
def acme(db: None) -> User:
    return make_user("acme", Role.BRAND_PARTNER, brands=("ACME",))
