"""Who may open a page of the back office."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from ops_portal.accounts.visibility import scope_of

View = Callable[..., HttpResponseBase]


def let_in_staff(request: HttpRequest, permission: str) -> None:
    """Refuse whoever lacks the permission, and partners: their part of the house is the API."""
    if not request.user.has_perm(permission) or scope_of(request.user).partner:
        raise PermissionDenied


def staff_only(permission: str) -> Callable[[View], View]:
    """Return a decorator that lets in staff with ``permission``."""

    def decorate(view: View) -> View:
        @wraps(view)
        def check(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            let_in_staff(request, permission)
            return view(request, *args, **kwargs)

        return check

    return decorate
