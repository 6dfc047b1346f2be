"""Approved listings handed out as one archive, so that they can be put up without being typed again."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from catalog.exporters.listings import archive_of
from catalog.models import Channel
from catalog.queries.listing_export import approved_listings
from catalog.views.listings_doors import VIEW, nothing_chosen
from ops_portal.accounts.doors import let_in_staff
from ops_portal.intake.handing_out import name_now, record_taking
from ops_portal.lib.doors.telling import back

MOST_EXPORTED: Final = 2_000
MOST_CHOSEN: Final = 200


@require_POST
def export_file(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Hand out the chosen listings, or all of a shop and a brand, as they were approved; what isn't approved stays.

    That it was taken out is recorded. Where nothing is approved, that is said instead.
    """
    let_in_staff(request, VIEW)
    user: Any = request.user
    given = request.POST
    chosen = given.getlist("number")[:MOST_CHOSEN] if given.get("of") == "chosen" else None
    if chosen is not None and not chosen:
        return nothing_chosen(request)
    found = approved_listings(
        user, numbers=chosen, shop=given.get("shop", "")[:40], brand=given.get("brand", "")[:40]
    )
    numbers = list(found.order_by("pk").values_list("number", flat=True)[: MOST_EXPORTED + 1])
    if not numbers:
        messages.warning(
            request,
            _("None of these listings is live: there is no approved version to export.")
            if chosen or given.get("shop") or given.get("brand")
            else _("No listing is approved yet."),
        )
        return back(request, reverse("catalog:listings"))
    if len(numbers) > MOST_EXPORTED:
        text = _("More than %(most)s listings: export them shop by shop, or brand by brand.")
        messages.warning(request, text % {"most": MOST_EXPORTED})
        return back(request, reverse("catalog:listings"))
    told = ngettext(
        "%(count)s approved listing with its pictures",
        "%(count)s approved listings with their pictures",
        len(numbers),
    )
    number = numbers[0] if len(numbers) == 1 else ""
    record_taking(request, kind="listing", told=told % {"count": len(numbers)}, number=number)
    shops = Channel.objects.visible_to(user).filter(pk__in=found.values("channel")).order_by("code")
    response = StreamingHttpResponse(
        archive_of(found, list(shops), user=user, at=timezone.now()), content_type="application/zip"
    )
    response["Content-Disposition"] = f'attachment; filename="{name_now("listings")}.zip"'
    return response
