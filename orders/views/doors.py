"""What the pages of the order desk share: who may open them, and how they tell what came of a verb."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ops_portal.accounts.visibility import scope_of
from ops_portal.lib.doors.identity import principal_of
from ops_portal.lib.doors.retry import retried
from ops_portal.lib.refusals import Outcome, Refused
from orders.models import Order

PERMISSION = "orders.use_desk"
REFUSALS_SHOWN = 10


def for_staff(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Return ``view`` for those who work with orders; partners see their part of an order in the API."""

    @wraps(view)
    def check(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perm(PERMISSION) or scope_of(request.user).partner:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return check


def visible_order(request: HttpRequest, number: str) -> Order:
    """Return the order of this number, with its shop; 404 where the reader may not see it."""
    orders = Order.objects.visible_to(request.user).select_related("shop", "warehouse", "owner")
    order: Order | None = orders.filter(number=number).first()
    if order is None:
        raise Http404
    return order


def tell(request: HttpRequest, label: Any, names: Sequence[str], run: Callable[..., Outcome[Any]]) -> bool:
    """Call an operation in the reader's name and say what came of it; tell whether all of it was done."""
    try:
        outcome = retried(run)(actor=principal_of(request), at=timezone.now())
    except Refused as refused:
        messages.error(request, str(refused))
        return False
    if outcome.done:
        done = len(outcome.done)
        text = ngettext("“%(label)s”: %(count)d done.", "“%(label)s”: %(count)d done.", done)
        messages.success(request, text % {"label": label, "count": done})
    for index, refusal in outcome.refused[:REFUSALS_SHOWN]:
        messages.error(request, f"{names[index]}: {refusal}" if len(names) > 1 else str(refusal))
    more = len(outcome.refused) - REFUSALS_SHOWN
    if more > 0:
        text = ngettext("%(count)d more was refused.", "%(count)d more were refused.", more)
        messages.error(request, text % {"count": more})
    return not outcome.refused


def back(request: HttpRequest, otherwise: str = "") -> HttpResponse:
    """Return to the page that the form names, if it is one of ours."""
    following = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(following, {request.get_host()}, request.is_secure()):
        following = otherwise or reverse("orders:desk")
    return HttpResponseRedirect(following)


def nothing_chosen(request: HttpRequest) -> HttpResponse:
    """Say that a verb needs orders."""
    messages.warning(request, _("Choose at least one order first."))
    return back(request)
