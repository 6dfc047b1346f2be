"""Optimisations as a kind of work: listings that are worked over, until somebody says what came of it."""

from __future__ import annotations

from typing import Final

from django.db.models import F, Value
from django.db.models import Q as Is
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from analytics.choices import OPTIMISATION_MOVES, OptimisationStatus
from analytics.models import Optimisation
from ops_portal.desk.kinds import ModelKind, Queue

QUEUE: Final = "optimise"
OPTIMISATIONS: Final = ModelKind(
    code=OPTIMISATION_MOVES.kind,
    label=_("optimisation"),
    model=Optimisation,
    queues=(Queue(QUEUE, _("Listings worked over")),),
    view_permission="analytics.view_optimisation",
    work_permission="analytics.optimise_listing",
    queue=Value(QUEUE),
    is_open=Is(status=OptimisationStatus.OPEN),
    page=lambda number: reverse("analytics:optimisation", args=[number]),
    columns={
        "title": F("listing__product__name"),
        "shop_code": F("listing__channel__code"),
        "platform": F("listing__channel__platform"),
        "currency": Value(""),
        "opened_at": "created_at",
    },
)
