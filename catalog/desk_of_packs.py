"""Material packs as a kind of work: those that came in wait to be entered."""

from __future__ import annotations

from typing import Final

from django.db.models import F, Value
from django.db.models import Q as Is
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.choices import PACK_MOVES, PackStatus
from catalog.models import MaterialPack
from ops_portal.desk.kinds import ModelKind, Queue

ENTER: Final = "pack_enter"

PACKS: Final = ModelKind(
    code=PACK_MOVES.kind,
    label=_("material pack"),
    model=MaterialPack,
    queues=(Queue(ENTER, _("Material packs to enter")),),
    view_permission="catalog.view_materialpack",
    work_permission="catalog.enter_pack",
    queue=Value(ENTER),
    is_open=Is(status=PackStatus.RECEIVED),
    page=lambda number: reverse("catalog:pack", args=[number]),
    columns={
        "title": F("name"),
        "shop_code": Value(""),
        "platform": Value(""),
        "currency": Value(""),
        "opened_at": "created_at",
    },
)
