"""From a signed-in user, or the key that stands for one, to the principal of an operation."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string

from ops_portal.lib.principals import Principal, acting_as


@lru_cache(maxsize=1)
def _principal_of() -> Callable[..., Principal]:
    return cast(Callable[..., Principal], import_string(settings.PORTAL_PRINCIPAL_OF))


def principal_of(request: Any) -> Principal:
    """Return who acts in ``request``; the app above that knows people and keys is asked once."""
    http = getattr(request, "_request", request)
    known: Principal | None = getattr(http, "_portal_principal", None)
    if known is None:
        known = _principal_of()(request.user, key=getattr(request, "auth", None))
        http._portal_principal = known
    return known


def carried(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Return ``view`` with every POST of a signed-in person in one transaction that carries its principal."""

    @wraps(view)
    def carry(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST" or not request.user.is_authenticated:
            return view(request, *args, **kwargs)
        with acting_as(principal_of(request)):
            return view(request, *args, **kwargs)

    return carry
