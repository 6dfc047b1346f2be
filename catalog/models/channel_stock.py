"""What each shop may show of the stock: holds, rules, orders not yet downloaded, and what is shown."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.choices import HoldStatus
from catalog.models.channels import Channel
from catalog.models.goods import Sku, Warehouse
from ops_portal.accounts.audit import audited
from ops_portal.accounts.visibility import Viewer, scope_of


class StockHoldQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Viewer) -> Self:
        """Narrow to what is held for nobody in particular or for the shops granted to ``user``; partners see none."""
        scope = scope_of(user)
        if scope.all:
            return self
        if scope.empty or scope.partner:
            return self.none()
        return self.filter(models.Q(channel=None) | models.Q(channel__code__in=scope.shops))


class StockHold(models.Model):
    """Units set aside in one warehouse until a moment: for a shop's activity (活動鎖庫存), or for a reason of ours.

    Held units are reservations of the document kind ``stock_hold``. Orders of ``channel`` that find too little free
    stock take theirs from it; what such an order gives back later is free for all.
    """

    number = models.CharField(_("number"), max_length=30, unique=True)
    warehouse = models.ForeignKey(
        Warehouse, verbose_name=_("warehouse"), on_delete=models.PROTECT, related_name="+"
    )
    channel = models.ForeignKey(
        Channel, verbose_name=_("shop"), on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    reason = models.CharField(_("reason"), max_length=200)
    expires_at = models.DateTimeField(_("held until"))
    status = models.CharField(_("status"), max_length=12, choices=HoldStatus)
    created_at = models.DateTimeField(_("created at"))
    updated_at = models.DateTimeField(_("updated at"))

    objects = StockHoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("stock hold")
        verbose_name_plural = _("stock holds")
        triggers = audited(ignore=("updated_at", "status"), events=("update", "delete"))
        constraints = (
            models.CheckConstraint(condition=~models.Q(reason=""), name="hold_has_a_reason"),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")), name="hold_ends_after_it_begins"
            ),
        )
        indexes = (
            models.Index(
                fields=["expires_at", "id"], name="hold_ends", condition=models.Q(status=HoldStatus.HELD)
            ),
            models.Index(
                fields=["channel"], name="hold_of_channel", condition=models.Q(status=HoldStatus.HELD)
            ),
            models.Index(fields=["status", "-id"], name="hold_in_status"),
        )

    def __str__(self) -> str:
        return self.number


class StockHoldLine(models.Model):
    """Units of one SKU that a hold keeps; ``drawn`` are those that orders of its shop took from it."""

    hold = models.ForeignKey(
        StockHold, verbose_name=_("stock hold"), on_delete=models.PROTECT, related_name="lines"
    )
    position = models.PositiveIntegerField(_("position"))
    sku = models.ForeignKey(Sku, verbose_name="SKU", on_delete=models.PROTECT, related_name="+")
    units = models.PositiveBigIntegerField(_("units"))
    drawn = models.PositiveBigIntegerField(pgettext_lazy("hold", "taken by orders"), default=0, db_default=0)

    class Meta:
        verbose_name = _("line of a hold")
        verbose_name_plural = _("lines of a hold")
        triggers = audited(ignore=("drawn",), events=("update", "delete"))
        constraints = (
            models.UniqueConstraint(fields=["hold", "position"], name="hold_line_position"),
            models.UniqueConstraint(fields=["hold", "sku"], name="hold_line_sku"),
            models.CheckConstraint(condition=models.Q(units__gt=0), name="hold_line_has_units"),
            models.CheckConstraint(
                condition=models.Q(drawn__lte=models.F("units")), name="hold_line_drawn_within_units"
            ),
        )

    def __str__(self) -> str:
        return f"{self.position}: {self.units} × {self.sku_id}"
