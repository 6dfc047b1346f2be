"""New prices for many SKUs at once: reckoned, looked at, and below the floor allowed by somebody else."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.choices import PriceChangeStatus
from catalog.models.channels import Channel
from catalog.models.goods import Sku
from ops_portal.accounts.audit import audited
from ops_portal.accounts.models import User
from ops_portal.accounts.visibility import Viewer, scope_of
from ops_portal.desk.models import Clocked
from ops_portal.lib.models import APPEND_ONLY
from ops_portal.lib.money import AmountField


class PriceChangeQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Viewer) -> Self:
        """Narrow to the shops granted to ``user``, and to list prices of granted brands alone; nothing by default."""
        scope = scope_of(user)
        if scope.all:
            return self
        if scope.partner or scope.empty:
            return self.none()
        strange = PriceChangeLine.objects.filter(change=models.OuterRef("pk")).exclude(
            sku__product__brand__code__in=scope.brands
        )
        return self.filter(
            models.Q(channel__code__in=scope.shops) | models.Q(~models.Exists(strange), channel=None)
        )


class PriceChange(Clocked):
    """Prices of SKUs in one shop (none: list prices) from a moment on, wanted together.

    Without ``since`` they count from when they are applied; with ``until`` for that time alone, over what else holds
    in the shop, or until they are ended early. ``rule`` says how they were reckoned (base|percent|plus|ending|floor),
    empty where they were given. Nobody decides on a change of his own.
    """

    number = models.CharField(_("number"), max_length=30, unique=True)
    channel = models.ForeignKey(
        Channel, verbose_name=_("shop"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    status = models.CharField(_("status"), max_length=12, choices=PriceChangeStatus)
    since = models.DateTimeField(_("since"), null=True)
    until = models.DateTimeField(_("until"), null=True)
    ended_at = models.DateTimeField(_("ended at"), null=True)
    rule = models.CharField(_("rule"), max_length=200, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    below_floor = models.PositiveIntegerField(_("below the floor"), default=0)
    requester = models.ForeignKey(
        User, verbose_name=_("requested by"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    decider = models.ForeignKey(
        User, verbose_name=_("decided by"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created at"))
    updated_at = models.DateTimeField(_("updated at"))

    objects = PriceChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("price change")
        verbose_name_plural = _("price changes")
        triggers = audited(
            ignore=("updated_at", "status", "owner", "due_at", "paused_at", "time_left"),
            events=("update", "delete"),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(decider__isnull=True)
                | models.Q(requester__isnull=True)
                | ~models.Q(decider=models.F("requester")),
                name="price_change_decided_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(below_floor=0)
                | ~models.Q(status=PriceChangeStatus.APPLIED)
                | (models.Q(decider__isnull=False) & ~models.Q(reason="")),
                name="price_below_floor_is_allowed",
            ),
            models.CheckConstraint(
                condition=models.Q(until__isnull=True)
                | (
                    models.Q(channel__isnull=False)
                    & (models.Q(since__isnull=True) | models.Q(since__lt=models.F("until")))
                ),
                name="price_change_ends_in_a_shop",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True)
                | models.Q(until__isnull=False, ended_at__lt=models.F("until")),
                name="price_change_ends_early",
            ),
        )
        indexes = (
            models.Index(fields=["status", "-created_at", "-id"], name="price_change_in_status"),
            models.Index(fields=["-created_at", "-id"], name="price_change_newest"),
        )

    def __str__(self) -> str:
        return self.number


class PriceChangeLine(models.Model):
    """The price that one SKU shall have; ``before`` held when it was asked for, ``floor`` was its floor then."""

    change = models.ForeignKey(
        PriceChange, verbose_name=_("price change"), on_delete=models.PROTECT, related_name="lines"
    )
    position = models.PositiveIntegerField(_("position"))
    sku = models.ForeignKey(Sku, verbose_name="SKU", on_delete=models.PROTECT, related_name="+")
    before = AmountField(_("price before"), null=True)
    floor = AmountField(_("floor price"), null=True)
    amount = AmountField(_("price"))

    class Meta:
        verbose_name = _("line of a price change")
        verbose_name_plural = _("lines of a price change")
        triggers = APPEND_ONLY
        constraints = (
            models.UniqueConstraint(fields=["change", "position"], name="price_change_position"),
            models.UniqueConstraint(fields=["change", "sku"], name="price_change_of_sku"),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="price_change_not_negative"),
        )

    def __str__(self) -> str:
        return f"{self.position}: {self.amount}"
