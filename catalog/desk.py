"""Versions of listings as a kind of work: in which queue each stands, and by which clock."""

from __future__ import annotations

from typing import Final

from django.db.models import Case, CharField, DecimalField, F, Q, Value, When
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.choices import APPROVE, CHECK, VERSION_MOVES, VersionStatus
from catalog.models import ListingVersion
from catalog.operations.versions import APPROVALS, CHECKS, KIND, RETURNED
from ops_portal.desk.kinds import ModelKind, Queue, register

QUEUES: Final = (
    Queue(CHECKS, _("Listings to check"), CHECK),
    Queue(APPROVALS, _("Listings to approve"), APPROVE),
    Queue(RETURNED, _("Listings returned for changes")),
)
STANDS_IN: Final = {
    VersionStatus.SUBMITTED: CHECKS,
    VersionStatus.CHECKED: APPROVALS,
    VersionStatus.RETURNED: RETURNED,
}


def page_of(number: str) -> str:
    """Return the address of the page of a version's listing."""
    return reverse("catalog:listing", args=[number.rsplit("-", 1)[0]])


LISTINGS: Final = ModelKind(
    code=KIND,
    label=_("listing"),
    model=ListingVersion,
    queues=QUEUES,
    view_permission="catalog.view_listing",
    work_permission="catalog.write_listing",
    queue=Case(
        *(When(status=status, then=Value(queue)) for status, queue in STANDS_IN.items()),
        default=Value(RETURNED),
        output_field=CharField(),
    ),
    is_open=Q(status__in=sorted(STANDS_IN)),
    page=page_of,
    columns={
        "title": F("listing__product__name"),
        "shop_code": F("listing__channel__code"),
        "platform": F("listing__channel__platform"),
        "amount": Value(None, DecimalField()),
        "currency": Value(""),
        "opened_at": "created_at",
    },
    moves={VERSION_MOVES.kind: "status"},
)


def register_listings() -> None:
    """Make versions of listings known to the desk."""
    register(LISTINGS)
