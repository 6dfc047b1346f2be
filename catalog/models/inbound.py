"""What is expected to come in: deliveries from suppliers and owners, line by line, promised against actual."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.choices import InboundSource, InboundStatus
from catalog.models.goods import Brand, OfBrands, Sku, Warehouse
from ops_portal.accounts.audit import audited
from ops_portal.desk.models import Owned


class InboundDelivery(Owned):
    """Goods of one brand that somebody promised to bring to a warehouse. ``goods_owner`` is ``own``, or the consignor.

    ``promised_on`` is the day that was promised first; ``expected_on`` what is expected now; ``arrived_on`` the first
    day on which something came. A replenishment order becomes one when it is sent to the supplier.
    """

    number = models.CharField(_("number"), max_length=30, unique=True)
    warehouse = models.ForeignKey(
        Warehouse, verbose_name=_("warehouse"), on_delete=models.PROTECT, related_name="+"
    )
    brand = models.ForeignKey(Brand, verbose_name=_("brand"), on_delete=models.PROTECT, related_name="+")
    goods_owner = models.CharField(pgettext_lazy("goods", "owner"), max_length=40)
    supplier = models.CharField(_("supplier"), max_length=120, blank=True)
    status = models.CharField(_("status"), max_length=12, choices=InboundStatus)
    source = models.CharField(_("came by"), max_length=14, choices=InboundSource)
    source_key = models.CharField(_("sender's number"), max_length=120, blank=True)
    tracking = models.CharField(_("waybill"), max_length=120, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    promised_on = models.DateField(_("promised for"))
    expected_on = models.DateField(_("expected on"))
    arrived_on = models.DateField(_("arrived on"), null=True, blank=True)
    due_at = models.DateTimeField(_("due at"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"))
    updated_at = models.DateTimeField(_("updated at"))

    objects = OfBrands.as_manager()

    class Meta:
        verbose_name = _("inbound delivery")
        verbose_name_plural = _("inbound deliveries")
        triggers = audited(ignore=("updated_at", "status", "owner"), events=("update", "delete"))
        constraints = (
            models.UniqueConstraint(
                fields=["brand", "source_key"],
                condition=~models.Q(source_key="") & ~models.Q(status=InboundStatus.CANCELLED),
                name="inbound_once",
            ),
            models.CheckConstraint(condition=~models.Q(goods_owner=""), name="inbound_has_an_owner"),
        )
        indexes = (
            models.Index(fields=["status", "due_at", "id"], name="inbound_in_status"),
            models.Index(fields=["-created_at", "-id"], name="inbound_newest"),
            models.Index(fields=["brand", "-promised_on"], name="inbound_of_brand"),
            models.Index(fields=["tracking"], condition=~models.Q(tracking=""), name="inbound_of_waybill"),
            models.Index(fields=["source_key"], condition=~models.Q(source_key=""), name="inbound_of_sender"),
        )

    def __str__(self) -> str:
        return self.number


class InboundLine(models.Model):
    """So many units of a SKU that a delivery promises; ``received`` counts good and damaged ones that came."""

    delivery = models.ForeignKey(
        InboundDelivery, verbose_name=_("inbound delivery"), on_delete=models.PROTECT, related_name="lines"
    )
    position = models.PositiveIntegerField(_("position"))
    sku = models.ForeignKey(Sku, verbose_name="SKU", on_delete=models.PROTECT, related_name="+")
    promised = models.PositiveBigIntegerField(_("promised"))
    received = models.PositiveBigIntegerField(_("received"), default=0, db_default=0)
    damaged = models.PositiveBigIntegerField(_("of them damaged"), default=0, db_default=0)

    class Meta:
        verbose_name = _("line of a delivery")
        verbose_name_plural = _("lines of a delivery")
        triggers = audited(ignore=("received", "damaged"), events=("update", "delete"))
        constraints = (
            models.UniqueConstraint(fields=["delivery", "position"], name="inbound_line_position"),
            models.UniqueConstraint(fields=["delivery", "sku"], name="inbound_line_of_sku"),
            models.CheckConstraint(
                condition=models.Q(damaged__lte=models.F("received")), name="inbound_damaged_within_received"
            ),
        )

    def __str__(self) -> str:
        return f"{self.position}: {self.promised} × {self.sku_id}"
