"""Sign-in by password, and permissions by role without a query."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser

from ops_portal.accounts.models import User
from ops_portal.accounts.permissions import permissions_of, roles_with


class RoleBackend(ModelBackend):
    """Let people in by password, service users never; answer permissions from the roles on the user's row."""

    def user_can_authenticate(self, user: Any) -> bool:
        return isinstance(user, User) and user.is_active and not user.is_service

    def get_user_permissions(self, user_obj: AbstractBaseUser | AnonymousUser, obj: Any = None) -> set[str]:
        return set()

    def get_group_permissions(self, user_obj: AbstractBaseUser | AnonymousUser, obj: Any = None) -> set[str]:
        return self.get_all_permissions(user_obj, obj)

    def get_all_permissions(self, user_obj: AbstractBaseUser | AnonymousUser, obj: Any = None) -> set[str]:
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return set()
        return set(permissions_of(user_obj.roles))

    def has_perm(self, user_obj: AbstractBaseUser | AnonymousUser, perm: str, obj: Any = None) -> bool:
        """Tell whether a role of ``user_obj`` holds ``perm``; which rows it reaches, ``visible_to`` says."""
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return False
        return user_obj.is_superuser or not roles_with(perm).isdisjoint(user_obj.roles)
