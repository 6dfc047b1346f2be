"""What is wrong with the content of a listing, or could be better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from catalog.choices import Gravity
from catalog.contents import content_of
from catalog.drafts import ListingContent
from catalog.models import Channel, ListingVersion, Product


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to say of a field. ``gravity`` is a ``Gravity``; ``span`` marks the place in the field's text."""

    field: str
    code: str
    gravity: str
    text: str
    span: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """A content with the shop and the product that it is for."""

    content: ListingContent
    channel: Channel
    product: Product

    @classmethod
    def of(cls, version: ListingVersion) -> Subject:
        """Return a version, which comes with its listing, shop and product."""
        return cls(content_of(version.content), version.listing.channel, version.listing.product)


def blocking(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings with which nothing may be submitted."""
    return [finding for finding in findings if finding.gravity == Gravity.BLOCKS]


def check_content(
    content: ListingContent, *, channel: Channel, product: Product, at: datetime
) -> list[Finding]:
    """Return what is to be said of a content; what blocks comes first within a field."""
    return check_contents([Subject(content, channel, product)], at=at)[0]


def check_contents(subjects: Sequence[Subject], *, at: datetime) -> list[list[Finding]]:
    """Do what ``check_content`` does for each, in the same few statements for all."""
    found: list[list[Finding]] = []
    for subject in subjects:
        findings: list[Any] = []
        if not subject.content.title.strip():
            findings.append(Finding("title", "title_missing", Gravity.BLOCKS, _("Give it a title.")))
        found.append(findings)
    return found
