"""Words of goods: attributes, roles of prices, stages, media, material packs, the periodic check."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.choices.roles import WRITERS
from ops_portal.accounts.choices import Role
from ops_portal.lib.states import Move, MoveTable


class AttributeKind(models.TextChoices):
    """What the value of an attribute is."""

    TEXT = "text", _("text")
    NUMBER = "number", _("number")
    CHOICE = "choice", _("one of a list")
    CHOICES = "choices", _("some of a list")


class PriceRole(models.TextChoices):
    """What a price is for."""

    TRAFFIC = "traffic", _("traffic builder")
    PROFIT = "profit", _("profit maker")
    IMAGE = "image", _("image builder")


class SkuStage(models.TextChoices):
    """Where a SKU stands in its life; blank between the two. What is cleared is sold off and not ordered again."""

    NEW = "new", pgettext_lazy("SKU", "new")
    CLEARING = "clearing", pgettext_lazy("SKU", "being cleared")


class CheckKind(models.TextChoices):
    """Why goods on sale are looked at again."""

    NO_SALE = "no_sale", _("doesn't sell")
    MARGIN = "margin", _("too little is left")
    RETURNS = "returns", _("comes back too often")
    CONTENT = "content", _("its listing has faults")


class CheckStatus(models.TextChoices):
    OPEN = "open", pgettext_lazy("check", "to look at")
    SETTLED = "settled", pgettext_lazy("check", "looked at")
    OVER = "over", pgettext_lazy("check", "over by itself")


class CheckAction(models.TextChoices):
    """What becomes of goods that were looked at."""

    KEEP = "keep", _("stays as it is")
    PRICE = "price", _("gets another price")
    IMPROVE = "improve", _("gets a better listing")
    DELIST = "delist", _("is delisted")
    RETURN = "return", _("goes back to its owner")


class MediaKind(models.TextChoices):
    IMAGE = "image", _("picture")
    VIDEO = "video", _("video")


class MediaRole(models.TextChoices):
    MAIN = "main", _("main picture")
    DETAIL = "detail", _("detail picture")
    SCENE = "scene", _("scene picture")
    SKU = "sku", _("picture of a variant")
    VIDEO = "video", _("video")


class PackSource(models.TextChoices):
    """How a material pack came."""

    FORM = "form", _("form")
    FILE = "file", _("file")
    ARCHIVE = "archive", _("zip archive")
    API = "api", "API"


class PackStatus(models.TextChoices):
    RECEIVED = "received", _("received")
    RETURNED = "returned", _("returned to the supplier")
    ENTERED = "entered", _("entered")
    DROPPED = "dropped", _("dropped")


P = PackStatus
GOODS_CHECK_MOVES: Final = MoveTable(
    kind="goods_check",
    moves={
        CheckStatus.OPEN: {CheckStatus.SETTLED: Move(WRITERS), CheckStatus.OVER: Move(WRITERS)},
        CheckStatus.SETTLED: {},
        CheckStatus.OVER: {},
    },
)
PACK_MOVES: Final = MoveTable(
    kind="material_pack",
    moves={
        P.RECEIVED: {P.RETURNED: Move(WRITERS), P.ENTERED: Move(WRITERS), P.DROPPED: Move(WRITERS)},
        P.RETURNED: {
            P.RECEIVED: Move(WRITERS | {Role.BRAND_PARTNER}),
            P.ENTERED: Move(WRITERS),
            P.DROPPED: Move(WRITERS),
        },
        P.ENTERED: {},
        P.DROPPED: {},
    },
)
