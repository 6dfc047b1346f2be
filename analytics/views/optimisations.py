"""Pages of listings that are worked over: why, what was changed, and what that did."""

from __future__ import annotations

from typing import Final

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from analytics.choices import Cause, OptimisationStatus, Verdict
from analytics.drafts import ConclusionDraft, OptimisationDraft
from analytics.models import Optimisation
from analytics.operations.optimising import conclude_optimisations, drop_optimisations, open_optimisations
from analytics.queries.optimisations import effect_of, page_of_optimisations, version_after
from catalog.contents import content_of
from catalog.models import Listing
from catalog.queries.checks import check_content
from catalog.views.listings_shown import PARTS, changes_between
from ops_portal.accounts.doors import staff_only
from ops_portal.lib.doors.telling import attempt, back, say_refused, tell

VIEW: Final = "analytics.view_optimisation"
WORK: Final = "analytics.optimise_listing"


@require_safe
@staff_only(VIEW)
def list_page(request: HttpRequest) -> HttpResponse:
    """Show the listings that are worked over, or were."""
    status = request.GET.get("status", OptimisationStatus.OPEN)
    status = status if status in OptimisationStatus.values else OptimisationStatus.OPEN
    at = timezone.now()
    rows, following = page_of_optimisations(status, request.GET.get("after", "")[:30], user=request.user)
    context = {
        "status": status,
        "statuses": OptimisationStatus.choices,
        "rows": [(each, effect_of(each, at=at)) for each in rows],
        "following": following,
        "title": _("Optimisations"),
    }
    return render(request, "analytics/optimisations.html", {**admin.site.each_context(request), **context})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(WORK)
def new_page(request: HttpRequest) -> HttpResponse:
    """Ask why a live listing is worked over, and lead to it."""
    number = (request.POST.get("listing") or request.GET.get("listing") or "")[:30]
    seen = Listing.objects.visible_to(request.user).filter(number=number, live__isnull=False)
    listing = seen.select_related("channel", "product").first()
    if listing is None:
        raise Http404
    standing = Optimisation.objects.filter(listing=listing, status=OptimisationStatus.OPEN).first()
    if standing is not None:
        return HttpResponseRedirect(reverse("analytics:optimisation", args=[standing.number]))
    if request.method == "POST":
        draft = OptimisationDraft(number, request.POST.get("cause", ""), request.POST.get("note", ""))
        outcome = attempt(request, open_optimisations, [draft])
        say_refused(request, outcome)
        if outcome.done:
            return HttpResponseRedirect(reverse("analytics:optimisation", args=[outcome.done[0].number]))
    context = {"listing": listing, "causes": Cause.choices, "title": _("Work a listing over")}
    return render(request, "analytics/optimisation_new.html", {**admin.site.each_context(request), **context})


def visible(request: HttpRequest, number: str) -> Optimisation:
    """Return the optimisation of this number; 404 where it may not be seen."""
    seen = Optimisation.objects.visible_to(request.user).filter(number=number)
    found: Optimisation | None = seen.select_related(
        "listing__channel", "listing__product__brand", "listing__live", "before", "after", "owner"
    ).first()
    if found is None:
        raise Http404
    return found


@require_safe
@staff_only(VIEW)
def optimisation_page(request: HttpRequest, number: str) -> HttpResponse:
    """Show what was changed, the faults before and after, and the figures of both."""
    optimisation = visible(request, number)
    listing, after = optimisation.listing, version_after(optimisation)
    at = timezone.now()
    before = content_of(optimisation.before.content)
    changes = changes_between(before, content_of(after.content), {}) if after is not None else {}
    faults = [
        len(
            check_content(
                content_of(version.content), channel=listing.channel, product=listing.product, at=at
            )
        )
        for version in (optimisation.before, after)
        if version is not None
    ]
    context = {
        "optimisation": optimisation,
        "listing": listing,
        "after": after,
        "effect": effect_of(optimisation, at=at),
        "faults": faults,
        "changes": [{"label": PARTS[code], "changes": said} for code, said in changes.items()],
        "verdicts": Verdict.choices,
        "may_work": request.user.has_perm(WORK) and optimisation.status == OptimisationStatus.OPEN,
        "title": listing.product.name,
    }
    return render(request, "analytics/optimisation.html", {**admin.site.each_context(request), **context})


@require_POST
@staff_only(VIEW)
def act_page(request: HttpRequest, number: str) -> HttpResponse:
    """Conclude one optimisation, or give it up."""
    optimisation = visible(request, number)
    if not request.user.has_perm(WORK):
        raise PermissionDenied
    sent = request.POST
    if sent.get("verb") == "conclude":
        draft = ConclusionDraft(number, sent.get("verdict", ""), sent.get("conclusion", ""))
        tell(request, _("Conclude"), [number], conclude_optimisations, [draft])
    elif sent.get("verb") == "drop":
        tell(request, _("Give up"), [number], drop_optimisations, [number], reason=sent.get("conclusion", ""))
    else:
        raise Http404
    return back(request, reverse("analytics:optimisation", args=[optimisation.number]))
