"""What figures are broken down by, what can make a day of them stale, and who may read them."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from ops_portal.accounts.choices import Role


class Dimension(models.TextChoices):
    """What the roll-ups of a shop's day are kept by. ``total`` has one row, of key ''."""

    TOTAL = "total", _("total")
    BRAND = "brand", _("brand")
    REGION = "region", _("region")


class By(models.TextChoices):
    """What a figure can be broken down by."""

    DAY = "day", _("day")
    SHOP = "shop", _("shop")
    BRAND = "brand", _("brand")
    REGION = "region", _("region")


class Source(models.TextChoices):
    """Which rows a figure is counted from."""

    ORDER = "order", _("orders")
    FEEDBACK = "feedback", _("feedback")


class Behind(models.TextChoices):
    """Which rows a figure opens to."""

    PLACED = "placed", _("all orders placed")
    PAID = "paid", _("paid orders")
    REFUNDED = "refunded", _("paid orders with a refund")
    ITEMS = "items", _("all feedback")
    RATED = "rated", _("rated feedback")


class MoreIs(models.TextChoices):
    """Whether it is welcome that a figure rises."""

    GOOD = "good", _("more is better")
    BAD = "bad", _("less is better")
    NEUTRAL = "neutral", _("neither more nor less is better")


# What belongs to no brand, region or shop: '' in the roll-ups, this word wherever a figure is given.
UNKNOWN: Final = "unknown"

READERS: Final = frozenset(
    {
        Role.OPERATIONS,
        Role.SALES,
        Role.PRODUCT_SUPERVISOR,
        Role.OPERATIONS_MANAGER,
        Role.FINANCE,
        Role.PROCESS_TEAM,
        Role.MANAGEMENT,
    }
)

PERMISSIONS: Final[dict[str, frozenset[Role]]] = {"analytics.view_figures": READERS}
