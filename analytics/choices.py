"""What figures are broken down by, what can make a day of them stale, and who may read them."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.choices import APPROVERS, WRITERS
from ops_portal.accounts.choices import Role
from ops_portal.lib.states import Move, MoveTable


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


class Cause(models.TextChoices):
    """Why a listing is worked over."""

    SALES = "sales", _("it sells too little")
    FEEDBACK = "feedback", _("what buyers say")
    RETURNS = "returns", _("it comes back too often")
    CHECK = "check", _("a check found faults")
    OTHER = "other", _("other")


class OptimisationStatus(models.TextChoices):
    OPEN = "open", pgettext_lazy("optimisation", "under way")
    DONE = "done", pgettext_lazy("optimisation", "done")
    DROPPED = "dropped", pgettext_lazy("optimisation", "dropped")


class Verdict(models.TextChoices):
    """What came of it."""

    BETTER = "better", pgettext_lazy("optimisation", "better than before")
    SAME = "same", pgettext_lazy("optimisation", "no different")
    WORSE = "worse", pgettext_lazy("optimisation", "worse than before")


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

OPTIMISERS: Final = WRITERS | APPROVERS
OPTIMISATION_MOVES: Final = MoveTable(
    kind="optimisation",
    moves={
        OptimisationStatus.OPEN: {
            OptimisationStatus.DONE: Move(OPTIMISERS),
            OptimisationStatus.DROPPED: Move(OPTIMISERS),
        },
        OptimisationStatus.DONE: {},
        OptimisationStatus.DROPPED: {},
    },
)

PERMISSIONS: Final[dict[str, frozenset[Role]]] = {
    "analytics.view_figures": READERS,
    "analytics.view_optimisation": OPTIMISERS,
    "analytics.optimise_listing": OPTIMISERS,
}
