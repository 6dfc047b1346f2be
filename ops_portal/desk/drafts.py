"""What the desk is asked to do with a document, which it knows by kind and number."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WorkDraft:
    """Work that is left to the workers; ``key`` says of what, where a kind of work has several."""

    kind: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Assignment:
    """Give a document to ``owner_id``; to nobody, back into its queue, where that is None."""

    document_kind: str
    number: str
    owner_id: int | None


@dataclass(frozen=True, slots=True)
class NoteDraft:
    """What colleagues are to know about a document."""

    document_kind: str
    number: str
    text: str


@dataclass(frozen=True, slots=True)
class ViewDraft:
    """A list to be found again: the page's path and its filters as they stand in the address."""

    name: str
    path: str
    query: str = ""
    is_shared: bool = False
