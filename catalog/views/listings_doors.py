"""What the pages of listings share: who may open them, and how they tell what came of a verb."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.models import Listing, ListingVersion
from ops_portal.accounts.visibility import scope_of
from ops_portal.lib.doors.identity import principal_of
from ops_portal.lib.doors.retry import retried
from ops_portal.lib.refusals import Outcome, Refused

VIEW: Final = "catalog.view_listing"
WRITE: Final = "catalog.write_listing"
CHECK: Final = "catalog.check_listing"
APPROVE: Final = "catalog.approve_listing"
REFUSALS_SHOWN: Final = 10


def for_staff(permission: str = VIEW) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Return a decorator that lets in staff with ``permission``; partners have the API."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def check(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.has_perm(permission) or scope_of(request.user).partner:
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return check

    return decorate


def visible_listing(request: HttpRequest, number: str) -> Listing:
    """Return the listing of this number with its shop, product and live version; 404 where it may not be seen."""
    seen = Listing.objects.visible_to(request.user).filter(number=number)
    listing: Listing | None = seen.select_related(
        "channel", "product__brand", "product__category", "live"
    ).first()
    if listing is None:
        raise Http404
    return listing


def visible_version(request: HttpRequest, number: str) -> ListingVersion | None:
    """Return the version of this number with its people; None where there is none that may be seen."""
    seen = ListingVersion.objects.visible_to(request.user).filter(number=number)
    version: ListingVersion | None = seen.select_related("checker", "approver", "owner").first()
    return version


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
    """Call an operation in the reader's name and say what came of it."""
    outcome = attempt(request, run, drafts, **given)
    if outcome.done:
        done = len(outcome.done)
        text = ngettext("“%(label)s”: %(count)d done.", "“%(label)s”: %(count)d done.", done)
        messages.success(request, text % {"label": label, "count": done})
    say_refused(request, outcome, names)
    return outcome


def say_refused(request: HttpRequest, outcome: Outcome[Any], names: Sequence[str]) -> None:
    """Say what an operation refused, of several drafts each by its name."""
    for index, refusal in outcome.refused[:REFUSALS_SHOWN]:
        messages.error(request, f"{names[index]}: {refusal}" if len(names) > 1 else str(refusal))
    more = len(outcome.refused) - REFUSALS_SHOWN
    if more > 0:
        text = ngettext("%(count)d more was refused.", "%(count)d more were refused.", more)
        messages.error(request, text % {"count": more})


def back(request: HttpRequest, otherwise: str = "") -> HttpResponse:
    """Return to the page that the form names, if it is one of ours."""
    following = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(following, {request.get_host()}, request.is_secure()):
        following = otherwise or reverse("catalog:listings")
    return HttpResponseRedirect(following)


def nothing_chosen(request: HttpRequest) -> HttpResponse:
    """Say that a verb needs listings."""
    messages.warning(request, _("Choose at least one listing first."))
    return back(request)
