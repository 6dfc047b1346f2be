"""Let people in: the first administrator of a new house, and everyone after."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.translation import gettext_lazy as _

from ops_portal.accounts.choices import GrantKind, Role
from ops_portal.accounts.models import Grant, User
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused

# Any number of its own: two first starts at once make one administrator.
FIRST_ADMINISTRATOR_LOCK = 7_018_233_002


class UnknownRole(Refused):
    """A role was named that the agency doesn't have, or none at all."""

    code = "unknown_role"


class UsernameTaken(Refused):
    """Somebody has this username."""

    code = "username_taken"


class UnfitUsername(Refused):
    """A username may not hold these characters, or not as many."""

    code = "unfit_username"


class WeakPassword(Refused):
    """The password is too short, too common or too close to the name."""

    code = "weak_password"


@dataclass(frozen=True, slots=True)
class UserDraft:
    """A person to be let in."""

    username: str
    password: str = field(repr=False)
    roles: Sequence[str]
    name: str = ""
    shops: Sequence[str] = ()
    brands: Sequence[str] = ()
    is_staff: bool = True


@operation
def create_users(drafts: Sequence[UserDraft], *, actor: Principal, at: datetime) -> Outcome[User]:
    """Let people in with their roles and grants.

    Refuses UnknownRole, UnfitUsername, UsernameTaken (also within the batch), WeakPassword.
    """
    outcome: Outcome[User] = Outcome()
    taken = set(
        User.objects.filter(username__in=[draft.username for draft in drafts]).values_list(
            "username", flat=True
        )
    )
    kept: list[UserDraft] = []
    for index, draft in enumerate(drafts):
        refusal = unknown_role(draft.roles) or _unfit(draft, taken)
        if refusal is not None:
            outcome.refused.append((index, refusal))
            continue
        taken.add(draft.username)
        kept.append(draft)
        outcome.done.append(
            User(
                username=draft.username,
                name=draft.name,
                roles=list(dict.fromkeys(draft.roles)),
                is_staff=draft.is_staff,
                date_joined=at,
                password=make_password(draft.password),
            )
        )
    User.objects.bulk_create(outcome.done)
    Grant.objects.bulk_create(
        Grant(user=user, kind=kind, code=code)
        for user, draft in zip(outcome.done, kept, strict=True)
        for kind, codes in ((GrantKind.SHOP, draft.shops), (GrantKind.BRAND, draft.brands))
        for code in sorted(set(codes))
    )
    return outcome


@operation
def create_first_administrator(*, actor: Principal, at: datetime) -> tuple[str, str] | None:
    """Make the superuser ``admin`` in a house that nobody can administer; return (username, password), once.

    Returns None where there is any user already. Service users count: a house with keys is not new.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [FIRST_ADMINISTRATOR_LOCK])
    if User.objects.exists():
        return None
    password = secrets.token_urlsafe(12)
    User.objects.create_superuser("admin", email="", password=password, date_joined=at)
    return "admin", password


def unknown_role(roles: Iterable[str]) -> UnknownRole | None:
    """Return the refusal of ``roles`` where one is not known or there is none; None where they will do."""
    asked = set(roles)
    unknown = sorted(asked - set(Role.values))
    known = ", ".join(Role.values)
    if unknown:
        return UnknownRole(
            _("Unknown role: %(unknown)s. Known roles: %(known)s."), unknown=", ".join(unknown), known=known
        )
    if not asked:
        return UnknownRole(_("Name at least one role: %(known)s."), known=known)
    return None


def _unfit(draft: UserDraft, taken: set[str]) -> Refused | None:
    username = User._meta.get_field("username")
    try:
        username.run_validators(draft.username)
        fits = bool(draft.username)
    except ValidationError:
        fits = False
    if not fits:
        detail = _("“%(username)s” can't be a username: letters, digits and @ . + - _ only, at most 150.")
        return UnfitUsername(detail, username=draft.username)
    if draft.username in taken:
        return UsernameTaken(_("The username “%(username)s” is taken."), username=draft.username)
    try:
        validate_password(draft.password, User(username=draft.username, name=draft.name))
    except ValidationError as error:
        return WeakPassword(" ".join(error.messages))
    return None
