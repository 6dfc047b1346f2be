"""What operations are told of events and endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class EventDraft:
    """Something that happened to an object: ``order.shipped`` to the ``order`` of this number.

    ``brands`` are the codes whose partners may hear of it; each of them gets an event with a number of its own.
    Without any, only those who see everything hear. ``facts`` are thin and plain JSON: status, times, amounts of
    that brand alone; never personal data, never another brand's lines.
    """

    kind: str
    object_kind: str
    object_number: str
    brands: frozenset[str] = frozenset()
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EndpointDraft:
    """An endpoint to be made for the user ``owner_id``; no ``kinds`` means every kind."""

    owner_id: int
    url: str
    kinds: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True)
class EndpointChange:
    """What is to be changed of an endpoint; None leaves it as it is."""

    endpoint_id: int
    url: str | None = None
    kinds: tuple[str, ...] | None = None
    description: str | None = None
    is_active: bool | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one attempt: the status that was answered, or the error that kept it from being."""

    status_code: int | None
    duration_ms: int
    error: str = ""
    excerpt: str = ""

    @property
    def accepted(self) -> bool:
        """Tell whether the receiver took the message."""
        return self.status_code is not None and 200 <= self.status_code < 300
