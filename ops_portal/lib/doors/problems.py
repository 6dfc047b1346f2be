"""Every error of the API is an RFC 9457 problem document with a stable ``code``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import DataError, connection
from django.http import Http404, HttpResponse
from django.http.request import UnreadablePostError
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response

from ops_portal.lib.doors.retry import is_database_away, is_transient
from ops_portal.lib.refusals import Refused

CONTENT_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 2

# Where the framework's own word for an error is too loose for a caller to rely on.
CODES = {"error": "server_error", "parse_error": "bad_json"}

# What PostgreSQL says of a number, a time or an offset that it can't keep.
TOO_LARGE = frozenset({"22003", "22008", "22009"})


class Problem(exceptions.APIException):
    """A door's own refusal, before any operation was asked. ``facts`` go into the document."""

    def __init__(self, code: str, detail: Any, *, status_code: int = 400, **facts: Any) -> None:
        super().__init__(detail, code)
        self.status_code = status_code
        self.facts = facts


def problem(status: int, code: str, detail: Any, facts: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the document of one problem; ``facts`` can't overwrite the members that RFC 9457 names."""
    return {
        **(facts or {}),
        "type": f"urn:ops-portal:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": str(detail),
    }


def problem_of_refusal(refused: Refused) -> dict[str, Any]:
    """Return the problem document of a refusal: 409, unless its class names another ``status_code``."""
    return problem(getattr(refused, "status_code", 409), refused.code, refused, refused.facts)


def plain_problem_response(status: int, code: str, detail: Any, **headers: str) -> HttpResponse:
    """Return a problem outside the API's own views, where nothing renders for us."""
    body = json.dumps(problem(status, code, detail), ensure_ascii=False)
    return HttpResponse(body, status=status, content_type=CONTENT_TYPE, headers=headers)


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Translate what a view raised; None (an unknown error) goes on to the handler of status 500."""
    headers: dict[str, str] = {}
    if isinstance(error, Refused):
        document = problem_of_refusal(error)
    elif is_transient(error):
        if is_database_away(error):
            connection.close_if_unusable_or_obsolete()
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        document = unavailable()
    else:
        translated = _framework_error(error)
        if translated is None:
            return None
        headers.update(_headers(translated))
        document = _document(translated)
    return Response(document, status=document["status"], headers=headers, content_type=CONTENT_TYPE)


def unavailable() -> dict[str, Any]:
    """Return the problem of a lost lock, a deadlock or a database that is away."""
    return problem(503, "unavailable", _("The database is busy or restarting. Please try again in a moment."))


def is_too_large(error: Exception) -> bool:
    """Tell whether PostgreSQL was given a number, a time or an offset that it can't keep."""
    return isinstance(error, DataError) and getattr(error.__cause__, "pgcode", "") in TOO_LARGE


def _framework_error(error: Exception) -> exceptions.APIException | None:
    if isinstance(error, exceptions.APIException):
        return error
    if isinstance(error, Http404):
        return exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(error, RequestDataTooBig):
        return Problem("too_large", _("The body of the request is too large."), status_code=413)
    if is_too_large(error):
        return Problem("out_of_range", _("A number or a time is larger than can be kept."))
    if isinstance(error, UnreadablePostError):
        return Problem("unreadable", _("The body of the request could not be read."))
    return None


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if (wait := getattr(error, "wait", None)) is not None:
        headers["Retry-After"] = str(max(1, round(wait)))
    return headers


def _document(error: exceptions.APIException) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        errors = list(_field_errors(error.detail, "#"))
        return problem(400, "invalid", _("Some fields are not valid."), {"errors": errors})
    codes: Any = error.get_codes()
    code = codes if isinstance(codes, str) else str(error.default_code)
    return problem(error.status_code, CODES.get(code, code), error.detail, getattr(error, "facts", None))


def _field_errors(detail: Any, pointer: str) -> list[dict[str, str]]:
    """Flatten nested errors into JSON pointers (RFC 6901, as a URI fragment) with one sentence each."""
    if isinstance(detail, Mapping):
        found = []
        for name, inner in detail.items():
            part = str(name).replace("~", "~0").replace("/", "~1")
            found += _field_errors(inner, pointer if name == "non_field_errors" else f"{pointer}/{part}")
        return found
    if isinstance(detail, list):
        found = []
        for index, inner in enumerate(detail):
            nested = isinstance(inner, (Mapping, list))
            found += _field_errors(inner, f"{pointer}/{index}" if nested else pointer)
        return found
    return [{"pointer": pointer, "detail": str(detail)}]
