"""What is answered outside every view: a page for people, a problem document under ``/api/``."""

from __future__ import annotations

import sys
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from ops_portal.lib.doors.problems import RETRY_AFTER_SECONDS, plain_problem_response
from ops_portal.lib.doors.retry import is_transient


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Answer 400."""
    return _answer(request, 400, "bad_request", _("The request can't be read."))


def permission_denied(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Answer 403."""
    return _answer(request, 403, "permission_denied", _("You may not do this."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 to a form that did not come from our own page, or from one that is too old."""
    return _answer(
        request,
        403,
        "csrf_failed",
        _("This form is too old. Please go back, load the page again and repeat."),
    )


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Answer 404."""
    return _answer(request, 404, "not_found", _("There is nothing at this address."))


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500; 503 where the database is busy or restarting."""
    error = sys.exc_info()[1]
    if error is not None and is_transient(error):
        detail = _("The database is busy or restarting. Please try again in a moment.")
        response = _answer(request, 503, "unavailable", detail)
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return response
    return _answer(request, 500, "server_error", _("Something went wrong here. It was recorded."))


def _answer(request: HttpRequest, status: int, code: str, detail: str) -> HttpResponse:
    if request.path_info.startswith("/api/"):
        return plain_problem_response(status, code, detail)
    template = f"{status}.html" if status in (400, 403, 404, 500) else "500.html"
    context = {"status": status, "phrase": HTTPStatus(status).phrase, "detail": detail}
    return render(request, template, context, status=status)
