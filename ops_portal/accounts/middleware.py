"""Who acts in a request of a signed-in person."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.utils.functional import SimpleLazyObject

from ops_portal.accounts.principals import principal_of


class PrincipalMiddleware:
    """Set ``request.principal``, when a view asks for it. Stands after AuthenticationMiddleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.principal = SimpleLazyObject(lambda: principal_of(request.user))  # type: ignore[attr-defined]
        return self.get_response(request)
