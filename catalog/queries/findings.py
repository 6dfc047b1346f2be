"""What is to be said of a field of a listing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.choices import Gravity
from catalog.queries.words import Span


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to say of a field. ``gravity`` is a ``Gravity``; ``span`` marks the place in the field's text.

    ``field`` is a path in the content: ``title``, ``blocks.0.text``, ``attributes.material``, ``pictures.2.alt``,
    ``skus.0.price``.
    """

    field: str
    code: str
    gravity: str
    text: str
    span: Span | None = None


def blocks(field: str, code: str, text: str, span: Span | None = None) -> Finding:
    """Return a finding with which nothing may be submitted."""
    return Finding(field, code, Gravity.BLOCKS.value, text, span)


def warns(field: str, code: str, text: str, span: Span | None = None) -> Finding:
    """Return a finding that is pointed out."""
    return Finding(field, code, Gravity.WARNS.value, text, span)


def blocking(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings with which nothing may be submitted."""
    return [finding for finding in findings if finding.gravity == Gravity.BLOCKS]
