"""How pages act for their readers: call an operation, say what came of it, go back to where they were."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import ngettext

from ops_portal.lib.doors.identity import principal_of
from ops_portal.lib.doors.retry import retried
from ops_portal.lib.refusals import Outcome, Refused

REFUSALS_SHOWN: Final = 10


def attempt(
    request: HttpRequest, run: Callable[..., Outcome[Any]], drafts: Sequence[Any], **given: Any
) -> Outcome[Any]:
    """Call an operation in the reader's name; where it refuses everything, that is the refusal of each draft."""
    try:
        return retried(run)(drafts, actor=principal_of(request), at=timezone.now(), **given)
    except Refused as refused:
        return Outcome(refused=[(index, refused) for index, _draft in enumerate(drafts)])


def tell(
    request: HttpRequest,
    label: Any,
    names: Sequence[str],
    run: Callable[..., Outcome[Any]],
    drafts: Sequence[Any],
    **given: Any,
) -> Outcome[Any]:
    """Call an operation in the reader's name and say what came of it; ``names`` are what drafts are called by."""
    outcome = attempt(request, run, drafts, **given)
    if outcome.done:
        done = len(outcome.done)
        text = ngettext("“%(label)s”: %(count)d done.", "“%(label)s”: %(count)d done.", done)
        messages.success(request, text % {"label": label, "count": done})
    say_refused(request, outcome, names)
    return outcome


def told(
    request: HttpRequest, run: Callable[..., Outcome[Any]], drafts: Sequence[Any], **given: Any
) -> list[Any]:
    """Call an operation in the reader's name, say what it refused, and return what was done."""
    outcome = attempt(request, run, drafts, **given)
    say_refused(request, outcome)
    return outcome.done


def say_refused(request: HttpRequest, outcome: Outcome[Any], names: Sequence[str] = ()) -> None:
    """Say what an operation refused, each reason once; of several drafts each by its name."""
    said = dict.fromkeys(
        f"{names[index]}: {refusal}" if len(names) > 1 else str(refusal) for index, refusal in outcome.refused
    )
    for text in list(said)[:REFUSALS_SHOWN]:
        messages.error(request, text)
    more = len(said) - REFUSALS_SHOWN
    if more > 0:
        text = ngettext("%(count)d more was refused.", "%(count)d more were refused.", more)
        messages.error(request, text % {"count": more})


def back(request: HttpRequest, otherwise: str) -> HttpResponse:
    """Return to the page that the form names, if it is one of ours."""
    following = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(following, {request.get_host()}, request.is_secure()):
        following = otherwise
    return HttpResponseRedirect(following)
