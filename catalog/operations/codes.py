"""Codes by which goods are reached: what the pages' addresses can't carry is no code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.db import connection
from django.utils.translation import gettext_lazy as _

from ops_portal.lib.refusals import Refused

# Words that stand in the addresses of goods for something else: alone, or behind a code.
ALONE: Final = frozenset({"new", "attributes"})
BEHIND: Final = frozenset({"price", "new-version"})
NEW_CODES_LOCK: Final = 442_002_701  # with a code's hash: who makes it first


class UnreachableCode(Refused):
    """The code means something else in an address, so that nobody could open its page."""

    code = "unreachable_code"


def is_unreachable(code: str) -> bool:
    """Tell whether an address with the code would lead elsewhere."""
    parts = code.split("/")
    if code in ALONE or any(part.strip() in ("", ".", "..") for part in parts):
        return True
    return (
        "\\" in code or any(ord(letter) < 32 for letter in code) or (len(parts) > 1 and parts[-1] in BEHIND)
    )


def unreachable(code: str) -> UnreachableCode | None:
    """Return why nobody could open the page of a code, or None."""
    if not is_unreachable(code):
        return None
    detail = _(
        "“%(code)s” can't be a code: in an address it means something else. Leave out “..”, slashes at its ends "
        "and the words “new”, “attributes” and “…/price”."
    )
    return UnreachableCode(detail, code=code[:60])


def refuse_unreachable(code: str) -> None:
    """Refuse UnreachableCode."""
    if (refusal := unreachable(code)) is not None:
        raise refusal


def wait_for_makers(codes: Iterable[str]) -> None:
    """Let whoever makes goods of these codes at this moment finish first; until the transaction ends others wait."""
    wanted = sorted(set(codes))
    if not wanted:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, key) FROM"
            " (SELECT DISTINCT hashtext(code) AS key FROM unnest(%s::text[]) AS code ORDER BY 1) AS keys",
            [NEW_CODES_LOCK, wanted],
        )
