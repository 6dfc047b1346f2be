"""Record what happened for those who want to be told. Knows no worker and no network."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction

from ops_portal.lib.principals import Principal
from ops_portal.outbox.drafts import EventDraft
from ops_portal.outbox.models import Delivery
from ops_portal.outbox.signals import deliveries_wait

__all__ = ["EventDraft", "FactsNotPlain", "record"]

# What names or finds a person has no place in an event, at any depth.
PERSONAL: Final = frozenset(
    {"address", "buyer", "buyer_name", "consignee", "customer", "email", "id_number", "mobile", "name", "nickname",
     "phone", "receiver", "recipient", "remark"}
)  # fmt: skip
_PLAIN: Final = (str, int, float, bool, type(None))
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


class FactsNotPlain(ValueError):  # noqa: N818 - the domain's word
    """Facts hold something that is no plain JSON, or that belongs to a person."""


def record(events: Sequence[EventDraft], *, actor: Principal, at: datetime) -> None:
    """Record ``events`` in the caller's transaction: numbered per brand and object, a delivery for each listener.

    One statement, whatever the number of events; where nobody listens it writes nothing. Raises FactsNotPlain, and
    TransactionManagementError outside a transaction: an event without its cause would be a lie.
    """
    if not events:
        return
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            "Events are recorded in the transaction that causes them."
        )
    rows = [
        {
            "kind": event.kind,
            "object_kind": event.object_kind,
            "object_number": event.object_number,
            "brands": sorted(event.brands) or [""],
            "facts": _checked(event.facts),
        }
        for event in events
    ]
    text = _encode(rows)
    if "\\u0000" in text:
        raise FactsNotPlain("A text of an event holds a NUL.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT outbox_record(%s, %s, %s, NULL)", [text, str(actor), at])
        (waiting,) = cursor.fetchone()
    if waiting:
        deliveries_wait.send(Delivery)


def _checked(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    for name, value in facts.items():
        if not isinstance(name, str):
            raise FactsNotPlain(f"{name!r} is no name of a fact.")
        if name in PERSONAL:
            raise FactsNotPlain(f"“{name}” may name a person; events hold no personal data.")
        _check(value)
    return facts


def _check(value: Any) -> None:
    if isinstance(value, _PLAIN):
        if value != value or value in (float("inf"), float("-inf")):
            raise FactsNotPlain(f"{value!r} is no number in JSON.")
    elif isinstance(value, dict):
        _checked(value)
    elif isinstance(value, list | tuple):
        for item in value:
            _check(item)
    else:
        raise FactsNotPlain(f"{type(value).__name__} is no plain JSON; write it as text.")
