"""The triage console."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

PERMISSION = "feedback.view_feedbackitem"


def triage(request: HttpRequest) -> HttpResponse:
    """Show the tickets that wait."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    return HttpResponse()
