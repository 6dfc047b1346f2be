"""Open, change, close and try endpoints; give them new secrets."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection
from django.utils.translation import gettext_lazy as _

from ops_portal.accounts.models import User
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.outbox.addresses import target_of
from ops_portal.outbox.choices import MOST_ENDPOINTS, OLD_SECRET_SIGNS, PING, DisabledReason
from ops_portal.outbox.drafts import EndpointChange, EndpointDraft
from ops_portal.outbox.models import Delivery, Endpoint
from ops_portal.outbox.operations.delivering import EndpointIsOff
from ops_portal.outbox.signals import deliveries_wait
from ops_portal.outbox.signing import new_secret, rotated, sealed

KIND: Final = re.compile(r"[a-z][a-z_]*(\.[a-z][a-z_]*)+")


class UnknownOwner(Refused):
    """There is no active user of this id."""

    code = "unknown_owner"
    status_code = 422


class TooManyEndpoints(Refused):
    """The owner has as many open endpoints as one may have."""

    code = "too_many_endpoints"


class EndpointTaken(Refused):
    """The owner has an open endpoint at this address."""

    code = "endpoint_taken"


class UnreadableKind(Refused):
    """A kind of events is not written as kinds are."""

    code = "unreadable_kind"
    status_code = 422


class EndpointClosed(Refused):
    """The endpoint was closed for good."""

    code = "endpoint_closed"


@dataclass(frozen=True, slots=True)
class OpenEndpoint:
    """An endpoint and, this once, its secret."""

    endpoint: Endpoint
    secret: str


@operation
def open_endpoints(
    drafts: Sequence[EndpointDraft], *, actor: Principal, at: datetime
) -> Outcome[OpenEndpoint]:
    """Open endpoints; a secret is returned here and never again.

    Refuses UnknownOwner, AddressRefused, UnreadableKind, EndpointTaken, TooManyEndpoints. Three statements.
    """
    owners = lock_owners({draft.owner_id for draft in drafts})
    standing = Endpoint.objects.open().filter(owner_id__in=owners).values_list("owner_id", "url")
    taken = set(standing)
    held = Counter(owner for owner, _url in taken)
    outcome: Outcome[OpenEndpoint] = Outcome()
    for index, draft in enumerate(drafts):
        refusal = refusal_of(draft.url, draft.kinds)
        if draft.owner_id not in owners:
            refusal = UnknownOwner(_("There is no active user of this id."))
        elif refusal is None and (draft.owner_id, draft.url) in taken:
            refusal = EndpointTaken(_("There is an endpoint at this address already."))
        elif refusal is None and held[draft.owner_id] >= MOST_ENDPOINTS:
            detail = _("More than %(most)s endpoints are not possible. Close one first.")
            refusal = TooManyEndpoints(detail, most=MOST_ENDPOINTS)
        if refusal is not None:
            outcome.refused.append((index, refusal))
            continue
        taken.add((draft.owner_id, draft.url))
        held[draft.owner_id] += 1
        secret = new_secret()
        endpoint = Endpoint(
            owner=owners[draft.owner_id],
            url=draft.url,
            description=draft.description,
            kinds=sorted(set(draft.kinds)),
            secret_sealed=sealed(secret),
            created_at=at,
            updated_at=at,
        )
        outcome.done.append(OpenEndpoint(endpoint, secret))
    Endpoint.objects.bulk_create([opened.endpoint for opened in outcome.done])
    return outcome


@operation
def change_endpoints(
    changes: Sequence[EndpointChange], *, actor: Principal, at: datetime
) -> Outcome[Endpoint]:
    """Change endpoints, or switch them off and on; what waited meanwhile goes out then.

    Refuses EndpointClosed, AddressRefused, UnreadableKind, EndpointTaken.
    """
    owners = Endpoint.objects.filter(pk__in=[change.endpoint_id for change in changes])
    lock_owners(set(owners.values_list("owner_id", flat=True)))
    locked = lock_endpoints([change.endpoint_id for change in changes])
    outcome: Outcome[Endpoint] = Outcome()
    for index, change in enumerate(changes):
        endpoint = locked[change.endpoint_id]
        refusal = refusal_of_change(endpoint, change)
        if refusal is not None:
            outcome.refused.append((index, refusal))
            continue
        endpoint.url = endpoint.url if change.url is None else change.url
        endpoint.kinds = endpoint.kinds if change.kinds is None else sorted(set(change.kinds))
        endpoint.description = endpoint.description if change.description is None else change.description
        if change.is_active is not None and change.is_active != endpoint.is_active:
            endpoint.is_active = change.is_active
            endpoint.disabled_at = None if change.is_active else at
            endpoint.disabled_reason = "" if change.is_active else DisabledReason.BY_HAND
        endpoint.updated_at = at
        outcome.done.append(endpoint)
    Endpoint.objects.bulk_update(
        outcome.done,
        ["url", "kinds", "description", "is_active", "disabled_at", "disabled_reason", "updated_at"],
    )
    if outcome.done:
        deliveries_wait.send(Delivery)
    return outcome


@operation
def close_endpoints(ids: Sequence[int], *, actor: Principal, at: datetime) -> Outcome[Endpoint]:
    """Close endpoints for good: nothing is sent there any more, and what waited is given up. Refuses EndpointClosed."""
    locked = lock_endpoints(ids)
    outcome: Outcome[Endpoint] = Outcome()
    for index, pk in enumerate(ids):
        endpoint = locked[pk]
        if endpoint.disabled_reason == DisabledReason.CLOSED:
            outcome.refused.append((index, closed()))
            continue
        endpoint.is_active, endpoint.disabled_at, endpoint.updated_at = False, at, at
        endpoint.disabled_reason = DisabledReason.CLOSED
        outcome.done.append(endpoint)
    Endpoint.objects.filter(pk__in=[endpoint.pk for endpoint in outcome.done]).update(
        is_active=False, disabled_at=at, disabled_reason=DisabledReason.CLOSED, updated_at=at
    )
    return outcome


@operation
def rotate_secrets(ids: Sequence[int], *, actor: Principal, at: datetime) -> Outcome[OpenEndpoint]:
    """Give endpoints new secrets; the old one signs beside it for a day. Refuses EndpointClosed."""
    locked = lock_endpoints(ids)
    outcome: Outcome[OpenEndpoint] = Outcome()
    for index, pk in enumerate(ids):
        endpoint = locked[pk]
        if endpoint.disabled_reason == DisabledReason.CLOSED:
            outcome.refused.append((index, closed()))
            continue
        secret = new_secret()
        endpoint.secret_sealed = rotated(endpoint.secret_sealed, secret, until=at + OLD_SECRET_SIGNS)
        endpoint.updated_at = at
        outcome.done.append(OpenEndpoint(endpoint, secret))
    Endpoint.objects.bulk_update([done.endpoint for done in outcome.done], ["secret_sealed", "updated_at"])
    return outcome


@operation
def ping_endpoints(ids: Sequence[int], *, actor: Principal, at: datetime) -> Outcome[Endpoint]:
    """Send each endpoint a message of its own to try it by, whatever kinds it takes. Refuses EndpointIsOff."""
    endpoints = Endpoint.objects.in_bulk(ids)
    outcome: Outcome[Endpoint] = Outcome()
    for index, pk in enumerate(ids):
        endpoint = endpoints[pk]
        if not endpoint.is_active:
            outcome.refused.append((index, EndpointIsOff(_("The endpoint is off. Switch it on first."))))
            continue
        event = {
            "kind": PING,
            "object_kind": "endpoint",
            "object_number": str(pk),
            "brands": [""],
            "facts": {},
        }
        with connection.cursor() as cursor:
            cursor.execute("SELECT outbox_record(%s, %s, %s, %s)", [json.dumps([event]), str(actor), at, pk])
        outcome.done.append(endpoint)
    if outcome.done:
        deliveries_wait.send(Delivery)
    return outcome


def lock_owners(ids: set[int]) -> dict[int, User]:
    """Return the active users of ``ids``, locked: of one owner, addresses are given out one after the other."""
    users = User.objects.filter(pk__in=ids, is_active=True).order_by("pk")
    return {user.pk: user for user in users.select_for_update(no_key=True, of=("self",))}


def lock_endpoints(ids: Sequence[int]) -> dict[int, Endpoint]:
    """Return endpoints by id, locked in key order."""
    rows = Endpoint.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True, of=("self",))
    return {endpoint.pk: endpoint for endpoint in rows}


def closed() -> EndpointClosed:
    return EndpointClosed(_("The endpoint was closed for good. Open another one."))


def refusal_of(url: str | None, kinds: Sequence[str] | None) -> Refused | None:
    """Return why an endpoint can't stand at ``url`` or take ``kinds``; None where it can."""
    try:
        if url is not None:
            target_of(url)
    except Refused as refused:
        return refused
    for kind in kinds or ():
        if len(kind) > 60 or not KIND.fullmatch(kind):
            return UnreadableKind(
                _("“%(kind)s” is no kind of events; write for example order.shipped."), kind=kind
            )
    return None


def refusal_of_change(endpoint: Endpoint, change: EndpointChange) -> Refused | None:
    """Return why ``change`` can't be made; None where it can."""
    if endpoint.disabled_reason == DisabledReason.CLOSED:
        return closed()
    if change.url not in (None, endpoint.url):
        others = Endpoint.objects.open().filter(owner_id=endpoint.owner_id, url=change.url)
        if others.exists():
            return EndpointTaken(_("There is an endpoint at this address already."))
    return refusal_of(change.url, change.kinds)
