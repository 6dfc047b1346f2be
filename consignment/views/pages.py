"""What the pages of settlement share: how they look, and how they say what was done."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ops_portal.lib.doors.telling import say_refused
from ops_portal.lib.refusals import Outcome

VIEW = "consignment.view_statement"


def page_of(request: HttpRequest, template: str, title: Any, **context: Any) -> HttpResponse:
    """Render a page in the clothes of the back office."""
    return render(request, template, {**admin.site.each_context(request), "title": title, **context})


def tell(request: HttpRequest, outcome: Outcome[Any]) -> None:
    """Say what was done and what was not."""
    count = len(outcome.done)
    if count:
        messages.success(request, ngettext("%(count)d done.", "%(count)d done.", count) % {"count": count})
    elif not outcome.refused:
        messages.info(request, _("There is nothing to settle."))
    say_refused(request, outcome)
