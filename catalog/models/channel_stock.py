"""What each shop may show of the stock: holds, rules, orders not yet downloaded, and what is shown."""

from __future__ import annotations

from typing import Any, Self

import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.choices import HoldStatus
from catalog.models.channels import Channel
from catalog.models.goods import Sku, Warehouse
from catalog.models.listings import ChannelSku, OfChannels
from ops_portal.accounts.audit import audited
from ops_portal.accounts.visibility import Viewer, scope_of

# Whichever door the warehouses of a shop change by, what it shows is reckoned anew.
OFFERS_ANEW = pgtrigger.Trigger(
    name="offers_anew",
    when=pgtrigger.After,
    operation=pgtrigger.Insert | pgtrigger.Delete,
    func="""
        INSERT INTO catalog_stalestock (sku_id)
        SELECT DISTINCT sku_id FROM catalog_channelsku
        WHERE channel_id = (CASE TG_OP WHEN 'DELETE' THEN OLD.channel_id ELSE NEW.channel_id END)
          AND status = 'matched';
        RETURN NULL;
    """,
)


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


class ChannelWarehouse(models.Model):
    """A warehouse that serves a shop, as the floor of the orders says. A shop without any is served by all."""

    channel = models.ForeignKey(
        Channel, verbose_name=_("shop"), on_delete=models.CASCADE, related_name="+", db_index=False
    )
    warehouse = models.ForeignKey(
        Warehouse, verbose_name=_("warehouse"), on_delete=models.CASCADE, related_name="+"
    )

    class Meta:
        verbose_name = _("warehouse of the shop")
        verbose_name_plural = _("warehouses of the shop")
        triggers = (OFFERS_ANEW,)
        constraints = (
            models.UniqueConstraint(fields=["channel", "warehouse"], name="channel_warehouse_once"),
        )

    def __str__(self) -> str:
        return f"{self.channel_id}: {self.warehouse_id}"


class RuleQuerySet(OfChannels):
    pass


class ChannelStockRule(models.Model):
    """How much of the stock a shop may show: of one SKU, or of all for which it has no rule of their own.

    Shown is the ``share`` of what can be sold, less the ``buffer``; ``presale`` units are offered beside the stock.
    A rule that is off shows nothing. A shop without a rule shows all.
    """

    channel = models.ForeignKey(
        Channel, verbose_name=_("shop"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    sku = models.ForeignKey(
        Sku, verbose_name="SKU", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    share = models.DecimalField(
        pgettext_lazy("channel stock", "share"),
        max_digits=5,
        decimal_places=4,
        default=1,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
    )
    buffer = models.PositiveIntegerField(_("buffer (units)"), default=0)
    presale = models.PositiveIntegerField(_("pre-sale quota (units)"), default=0)
    is_on = models.BooleanField(pgettext_lazy("channel stock", "on"), default=True)
    updated_at = models.DateTimeField(_("updated at"))

    objects = RuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule of channel stock")
        verbose_name_plural = _("rules of channel stock")
        triggers = audited(ignore=("updated_at",))
        constraints = (
            models.UniqueConstraint(
                fields=["channel", "sku"], name="channel_stock_rule_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=models.Q(share__gte=0, share__lte=1), name="channel_stock_share_is_a_share"
            ),
        )

    def __str__(self) -> str:
        return f"{self.channel_id}: {self.share}"


class ChannelStockQuerySet(OfChannels):
    channel_path = "channel_sku__channel__code"


class ChannelStock(models.Model):
    """The units that a shop shows of one of its SKU codes, ``since`` when, and when it was last told.

    Reckoned from the ledger, the holds and the rules; deleting rows loses nothing but what was told.
    """

    channel_sku = models.OneToOneField(
        ChannelSku, verbose_name=_("SKU of a shop"), on_delete=models.CASCADE, related_name="shown"
    )
    units = models.PositiveBigIntegerField(_("shown"))
    since = models.DateTimeField(_("since"))
    pushed_at = models.DateTimeField(_("told at"))

    objects = ChannelStockQuerySet.as_manager()

    class Meta:
        verbose_name = _("channel stock")
        verbose_name_plural = _("channel stock")

    def __str__(self) -> str:
        return f"{self.channel_sku_id}: {self.units}"


class StaleStock(models.Model):
    """A SKU of which shops may have to show another number. Left by whatever changes it, taken by the next sweep."""

    sku_id = models.BigIntegerField()

    class Meta:
        verbose_name = _("SKU to reckon anew")
        verbose_name_plural = _("SKUs to reckon anew")

    def __str__(self) -> str:
        return str(self.sku_id)
