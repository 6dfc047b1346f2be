"""Links from a page to pages of the floors above, which the settings name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

Link = tuple[Any, str, str, str]


def links_of(user: Any, links: Sequence[Link], **named: str) -> list[tuple[Any, str]]:
    """Return label and address of each page that ``user`` may open.

    ``links`` are (label, view, query, permission); in the query stand places for what is ``named``.
    """
    return [
        (label, f"{reverse(view)}?{query.format(**named)}")
        for label, view, query, permission in links
        if user.has_perm(permission)
    ]
