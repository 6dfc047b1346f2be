"""The way in for a web server."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ops_portal.settings")

import ops_portal.celery  # noqa: F401 - tasks that a request sends go through the configured application

portal = get_wsgi_application()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer a request; one whose content type can't be read never becomes a request of Django's."""
    try:
        parse_header_parameters(environ.get("CONTENT_TYPE", ""))
    except (LookupError, ValueError):
        start_response("400 Bad Request", [("Content-Type", "text/plain; charset=utf-8")])
        return [b"The Content-Type header can't be read.\n"]
    return portal(environ, start_response)
