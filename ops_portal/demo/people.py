"""Who works in the agency: departments, a login for each role."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from ops_portal.accounts.models import Department, User
from ops_portal.accounts.operations.people import UserDraft, create_users
from ops_portal.accounts.principals import principal_of
from ops_portal.demo.vocabulary.shops import DEPARTMENTS, PEOPLE
from ops_portal.lib.principals import Principal, acting_as
from ops_portal.lib.refusals import raise_first

Logins = list[tuple[str, str, str]]  # username or name of a key, password or key, what it is for


def let_in(*, actor: Principal, at: datetime) -> Logins:
    """Create the people with passwords of their own; return the logins.

    A username that is taken is left alone.
    """
    taken = set(User.objects.values_list("username", flat=True))
    people = [person for person in PEOPLE if person.username not in taken]
    passwords = [secrets.token_urlsafe(12) for _ in people]
    with acting_as(actor):
        for code, name in DEPARTMENTS:
            Department.objects.get_or_create(code=code, defaults={"name": name})
    drafts = [
        UserDraft(person.username, password, person.roles, person.name, person.shops, person.brands)
        for person, password in zip(people, passwords, strict=True)
    ]
    raise_first(create_users(drafts, actor=actor, at=at).refused)
    departments = {department.code: department for department in Department.objects.all()}
    with acting_as(actor):
        for person in people:
            users = User.objects.filter(username=person.username)
            users.update(department=departments.get(person.department))
    return [
        (person.username, password, f"{person.name}, {person.what}")
        for person, password in zip(people, passwords, strict=True)
    ]


def staff(usernames: Sequence[str]) -> dict[str, Principal]:
    """Return people as those who act."""
    found = User.objects.filter(username__in=usernames)
    return {user.username: principal_of(user) for user in found}


def lines_of(logins: Logins) -> str:
    """Return the logins as lines for the owner's file."""
    return "".join(f"{name}  {secret}  ({what})\n" for name, secret, what in logins)
