"""Words of price changes."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.choices.roles import APPROVE, APPROVERS, WRITERS
from ops_portal.lib.states import Move, MoveTable


class PriceBase(models.TextChoices):
    """From what new prices are reckoned."""

    PRICE = "price", _("price now")
    REFERENCE = "reference_price", _("reference price")
    FLOOR = "floor_price", _("floor price")
    COST = "cost", _("cost")


class PriceEnding(models.TextChoices):
    """On what a reckoned price ends: it is rounded up or down to the nearest such price."""

    NONE = "", _("to the cent")
    NINES = "0.99", ".99"
    NINE = "0.9", ".90"
    WHOLE = "1", _("whole amounts")
    NINE_OF_TEN = "9", _("9 as the last digit")


class PriceChangeStatus(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("price change", "draft")
    WAITING = "waiting", pgettext_lazy("price change", "to approve")
    APPLIED = "applied", pgettext_lazy("price change", "applied")
    REJECTED = "rejected", pgettext_lazy("price change", "rejected")
    WITHDRAWN = "withdrawn", pgettext_lazy("price change", "withdrawn")
    ENDED = "ended", pgettext_lazy("price change", "ended early")


PRICE_CHANGE_MOVES: Final = MoveTable(
    kind="price_change",
    moves={
        PriceChangeStatus.DRAFT: {
            PriceChangeStatus.WAITING: Move(WRITERS),
            PriceChangeStatus.APPLIED: Move(WRITERS),
            PriceChangeStatus.WITHDRAWN: Move(WRITERS),
        },
        PriceChangeStatus.WAITING: {
            PriceChangeStatus.APPLIED: Move(APPROVERS, within=APPROVE),
            PriceChangeStatus.REJECTED: Move(APPROVERS),
            PriceChangeStatus.WITHDRAWN: Move(WRITERS),
        },
        PriceChangeStatus.APPLIED: {PriceChangeStatus.ENDED: Move(WRITERS)},
        PriceChangeStatus.REJECTED: {},
        PriceChangeStatus.WITHDRAWN: {},
        PriceChangeStatus.ENDED: {},
    },
)
