"""What a key was made for: scopes narrow what its roles allow, and never widen it."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from ops_portal.accounts.models import ApiKey


class HasScope(BasePermission):
    """Ask a key for the scope that the view's ``required_scopes`` names, by action or else by HTTP method.

    What the view doesn't name is denied to keys. People signed in by session are not scoped.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        key = request.auth
        if not isinstance(key, ApiKey):
            return True
        required: dict[str, str] = getattr(view, "required_scopes", {})
        scope = required.get(getattr(view, "action", None) or "") or required.get(request.method or "")
        return scope is not None and scope in key.scopes
