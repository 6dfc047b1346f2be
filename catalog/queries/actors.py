"""Who did what, as colleagues call them: the books keep codes."""

from __future__ import annotations

from collections.abc import Iterable

from ops_portal.accounts.models import User
from ops_portal.desk.queries.papers import name_of


def names_of(principals: Iterable[str]) -> dict[str, str]:
    """Return the names of those who acted, by what the books keep: one statement, none where no person did."""
    kept = set(principals)
    usernames = {each.partition(":")[2] for each in kept if each.startswith("person:")}
    found = User.objects.filter(username__in=usernames) if usernames else ()
    people = {user.username: user for user in found}
    return {each: name_of(each, people) for each in kept}
