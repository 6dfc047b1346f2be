"""Who acts, as the record names him: a person by username, a machine by the prefix of its key."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied

from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import ApiKey, User
from ops_portal.lib.principals import Principal


def principal_of(user: AbstractBaseUser | AnonymousUser | None, key: ApiKey | None = None) -> Principal:
    """Return the principal of ``user``, or of ``key`` where the user came by one; superusers hold every role.

    Raises PermissionDenied for whoever isn't signed in: no write is made by nobody.
    """
    if not isinstance(user, User) or not user.is_active:
        raise PermissionDenied
    roles = frozenset(Role.values if user.is_superuser else user.roles)
    if key is not None:
        return Principal("key", key.prefix, user_id=user.pk, roles=roles)
    return Principal("person", user.username, user_id=user.pk, roles=roles)
