"""Who may do what through the API: a map from action to permission, and nothing for what it does not name."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

# For the few actions that everyone who is signed in may take.
SIGNED_IN = "signed_in"


class HoldsPermission(BasePermission):
    """Ask for what the view's ``permission_map`` names for its action, ``view`` for lists and objects."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user.is_authenticated:
            return False
        if getattr(view, "action", "") in (None, "metadata"):
            return True  # a method that the view set does not have: it will say so
        needed = needed_permission(view)
        return needed == SIGNED_IN or (needed is not None and request.user.has_perm(needed))


def needed_permission(view: Any) -> str | None:
    """Return the permission that the view's current action asks for; None where nobody declared one."""
    action: str | None = getattr(view, "action", None)
    declared: dict[str, str] = getattr(view, "permission_map", {})
    if action in declared:
        return declared[action]
    if action in ("list", "retrieve") and getattr(view, "queryset", None) is not None:
        model = view.queryset.model
        return f"{model._meta.app_label}.view_{model._meta.model_name}"
    return None
