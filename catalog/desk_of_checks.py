"""Checks of goods as a kind of work: what hit a rule waits to be looked at."""

from __future__ import annotations

from typing import Final

from django.db.models import F, Value
from django.db.models import Q as Is
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.choices import GOODS_CHECK_MOVES, CheckStatus
from catalog.models import GoodsCheck
from ops_portal.desk.kinds import ModelKind, Queue

QUEUE: Final = "goods_check"
CHECKS: Final = ModelKind(
    code=GOODS_CHECK_MOVES.kind,
    label=_("check of goods"),
    model=GoodsCheck,
    queues=(Queue(QUEUE, _("Goods to look at")),),
    view_permission="catalog.view_goodscheck",
    work_permission="catalog.settle_check",
    queue=Value(QUEUE),
    is_open=Is(status=CheckStatus.OPEN),
    page=lambda number: reverse("catalog:goods-checks"),
    columns={
        "title": F("sku__code"),
        "shop_code": Coalesce(F("channel__code"), Value("")),
        "platform": Coalesce(F("channel__platform"), Value("")),
        "currency": Value(""),
        "opened_at": "created_at",
    },
)
