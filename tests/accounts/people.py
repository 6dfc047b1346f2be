"""Dull people for tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import Grant, User


def person(
    username: str = "mei",
    *,
    roles: Sequence[str] = (Role.ONSITE_OPERATOR,),
    shops: Sequence[str] = (),
    brands: Sequence[str] = (),
    password: str | None = None,
    **fields: Any,
) -> User:
    user = User.objects.create_user(username, password=password, roles=list(roles), **fields)
    Grant.objects.bulk_create(
        [Grant(user=user, kind="shop", code=code) for code in shops]
        + [Grant(user=user, kind="brand", code=code) for code in brands]
    )
    return User.objects.get(pk=user.pk)
