"""What the pages of listings share: who may do what, and which listing is meant."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.models import Listing, ListingVersion
from ops_portal.lib.doors.telling import back

VIEW: Final = "catalog.view_listing"
WRITE: Final = "catalog.write_listing"
CHECK: Final = "catalog.check_listing"
APPROVE: Final = "catalog.approve_listing"


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


def nothing_chosen(request: HttpRequest) -> HttpResponse:
    """Say that a verb needs listings."""
    messages.warning(request, _("Choose at least one listing first."))
    return back(request, reverse("catalog:listings"))
