"""Systems that tell the stock of their warehouses by signed messages, and each message that came."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.choices import OWN, StockMessageKind, WarehouseSystem
from catalog.models.goods import SharedQuerySet, Sku, Warehouse
from catalog.models.mirrors import StockSnapshot
from ops_portal.accounts.audit import audited
from ops_portal.accounts.visibility import Viewer
from ops_portal.lib.models import APPEND_ONLY


class StockSender(models.Model):
    """The system that signs what it tells of a warehouse.

    ``secret_sealed`` holds the signing secret, and for a day after a rotation the one before it.
    """

    warehouse = models.OneToOneField(
        Warehouse, verbose_name=_("warehouse"), on_delete=models.PROTECT, related_name="+"
    )
    secret_sealed = models.BinaryField(editable=False)
    secret_at = models.DateTimeField(_("secret of"))

    objects = SharedQuerySet.as_manager()

    class Meta:
        verbose_name = _("sender of stock")
        verbose_name_plural = _("senders of stock")
        triggers = audited(seal=("secret_sealed",))

    def __str__(self) -> str:
        return str(self.warehouse_id)


class StockMessage(models.Model):
    """One signed message: which system told what of its warehouse, and what came of it. The same id comes once."""

    warehouse = models.ForeignKey(
        Warehouse, verbose_name=_("warehouse"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    webhook_id = models.CharField(_("message id"), max_length=100)
    digest = models.CharField(_("digest of the body"), max_length=64)
    kind = models.CharField(_("kind"), max_length=20, choices=StockMessageKind)
    system = models.CharField(_("system"), max_length=20, choices=WarehouseSystem)
    snapshot = models.OneToOneField(
        StockSnapshot, verbose_name=_("stock snapshot"), on_delete=models.PROTECT, related_name="+"
    )
    noted = models.PositiveIntegerField(_("lines noted"))
    unknown = models.PositiveIntegerField(_("lines not known"))
    missing = models.PositiveIntegerField(_("not in their list"))
    received_at = models.DateTimeField(_("received at"))

    objects = SharedQuerySet.as_manager()

    class Meta:
        verbose_name = _("message of stock")
        verbose_name_plural = _("messages of stock")
        triggers = APPEND_ONLY
        constraints = (
            models.UniqueConstraint(fields=["warehouse", "webhook_id"], name="stock_message_once"),
            models.CheckConstraint(condition=~models.Q(webhook_id=""), name="stock_message_has_an_id"),
        )
        indexes = (models.Index(fields=["warehouse", "-id"], name="stock_message_newest"),)

    def __str__(self) -> str:
        return self.webhook_id


class UnknownLineQuerySet(SharedQuerySet):
    def visible_to(self, user: Viewer) -> Self:
        """Narrow to codes that nobody has, and to those of the reader's brands; nothing for partners."""
        mine = Sku.objects.visible_to(user)
        return super().visible_to(user).filter(models.Q(sku=None) | models.Q(sku__in=mine))


class UnknownStockLine(models.Model):
    """Units that a message told of no SKU that could be noted; ``sku`` where the code has one all the same."""

    message = models.ForeignKey(
        StockMessage,
        verbose_name=_("message of stock"),
        on_delete=models.PROTECT,
        related_name="lines",
        db_index=False,
    )
    position = models.PositiveIntegerField(_("position"))
    sku_code = models.CharField(_("SKU code"), max_length=60, blank=True)
    barcode = models.CharField(_("barcode"), max_length=40, blank=True)
    goods_owner = models.CharField(pgettext_lazy("goods", "owner"), max_length=40, default=OWN)
    batch_code = models.CharField(_("batch"), max_length=60, blank=True)
    units = models.BigIntegerField(_("units"))
    why = models.CharField(_("why"), max_length=40)
    sku = models.ForeignKey(
        Sku, verbose_name="SKU", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    objects = UnknownLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("line that could not be noted")
        verbose_name_plural = _("lines that could not be noted")
        triggers = APPEND_ONLY
        constraints = (
            models.UniqueConstraint(fields=["message", "position"], name="unknown_line_once"),
            models.CheckConstraint(condition=models.Q(units__gte=0), name="unknown_line_not_negative"),
        )

    def __str__(self) -> str:
        return f"{self.sku_code or self.barcode}: {self.units}"
