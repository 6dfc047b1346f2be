"""What every request passes: no NUL characters, a number to find it by, and the policy for its pages."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog
from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts
from django.core.paginator import InvalidPage
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from whitenoise.middleware import WhiteNoiseMiddleware

from ops_portal.lib.doors import errors
from ops_portal.lib.doors.problems import is_too_large, plain_problem_response

log = structlog.get_logger("ops_portal.requests")

REQUEST_ID = "X-Request-ID"
ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
Answer = Callable[[HttpRequest], HttpResponseBase]


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc]
    """Serve collected files; that nothing was collected yet is no fault where the apps' own are served."""

    def add_files(self, root: str, prefix: str | None = None) -> None:
        if Path(root).is_dir() or not self.use_finders:
            super().add_files(root, prefix)


class RefuseNul:
    """Answer 400 where the path or the query holds a NUL, which PostgreSQL has no text for."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        query = request.META.get("QUERY_STRING", "")
        if "\x00" in request.path_info or "%00" in query or "\x00" in query:
            detail = _("The address may not hold the NUL character.")
            if request.path_info.startswith("/api/"):
                return plain_problem_response(400, "nul_character", detail)
            return HttpResponse(detail, status=400, content_type="text/plain; charset=utf-8")
        return self.get_response(request)


class RefuseNulInForms:
    """Answer 400 where a field of a form holds a NUL; stands behind the check of the form's origin.

    The API reads its bodies itself.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponseBase | None:
        if request.method != "POST" or request.path_info.startswith("/api/"):
            return None
        if any("\x00" in text for name, texts in request.POST.lists() for text in (name, *texts)):
            detail = _("Texts may not hold the NUL character.")
            return HttpResponse(detail, status=400, content_type="text/plain; charset=utf-8")
        return None


class RequestId:
    """Number each request, write the number into every log line of it and hand it back."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get(REQUEST_ID, "")
        number = given if ACCEPTABLE_ID.fullmatch(given) else uuid.uuid4().hex
        begin = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=number):
            response = self.get_response(request)
            # The path only: a query may hold names and numbers of people.
            log.info(
                "request",
                method=request.method,
                path=request.path,
                status=response.status_code,
                ms=round((time.perf_counter() - begin) * 1000, 1),
            )
        response[REQUEST_ID] = number
        return response


class NoSuchPage:
    """Answer 404 where a page of a list is asked for that can't be: the theme's own search lets that through."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        return errors.not_found(request) if isinstance(exception, InvalidPage) else None


class OutOfRange:
    """Answer 400 where a page is asked for a time or a number that neither dates nor the database can hold."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        if not (isinstance(exception, OverflowError) or is_too_large(exception)):
            return None
        log.warning("out_of_range", path=request.path, exc_info=exception)
        return errors.bad_request(request)


class PolicyByPath(CSPMiddleware):
    """The strict policy everywhere; the admin's theme also gets what it can't do without."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if request.path_info.startswith("/admin/") and parts.update is None:
            parts.update = {"script-src": [SELF, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]}
        return parts
