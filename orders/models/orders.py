"""Orders: what was bought, for how much, who bears which discount, how far it has come."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Self

import pgtrigger
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from catalog.models import Brand, Sku, Warehouse
from ops_portal.accounts.audit import audited
from ops_portal.accounts.visibility import Viewer, scope_of
from ops_portal.desk.models import Owned
from ops_portal.lib.money import AmountField
from orders.choices import (
    GOES_BACK,
    OPEN,
    Bearer,
    InterceptOutcome,
    OrderStatus,
    RefundStatus,
    carrier_label,
)
from orders.models.shops import Customer, Shop


class OrderQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Viewer) -> Self:
        """Narrow to the granted shops; for a partner, to orders with at least one line of a granted brand.

        A partner's brands are looked up first: of their ids the planner knows how many goods they have, and so
        whether to walk down the newest orders or to gather the few of a small brand.
        """
        scope = scope_of(user)
        if scope.all:
            return self
        if scope.partner:
            brands = list(Brand.objects.filter(code__in=scope.brands).values_list("pk", flat=True))
            of_brand = OrderLine.objects.filter(
                order_id=models.OuterRef("pk"), sku__product__brand__in=brands
            )
            return self.filter(models.Exists(of_brand)) if brands else self.none()
        return self.filter(shop__code__in=scope.shops) if scope.shops else self.none()


# Of orders without a promise to ship, so that they come after all others.
NO_CLOCK = datetime(9999, 1, 1, tzinfo=UTC)
SHIP_CLOCK = Coalesce("ship_by", models.Value(NO_CLOCK, models.DateTimeField()))
IS_OPEN = models.Q(status__in=OPEN)
IS_UNPAID = models.Q(status__in=OPEN, paid_at__isnull=True)  # waits for its buyer, and for nobody here
IS_HELD = models.Q(refund_status__in=GOES_BACK, status__in=(*OPEN, OrderStatus.SHIPPED))


class Order(Owned):
    """One order of one buyer in one shop, identified by the platform's number.

    ``total`` is what the buyer owes: goods at list price less every discount, plus freight. ``paid_amount`` is
    what the buyer paid (用戶實付), ``receivable`` what the seller receives (商家實收): discounts that others bear
    reach the seller. ``placed_on`` is the day of ``placed_at`` in the shop's zone. ``review_by`` is empty until the
    order is paid and holds its units: then its review begins.
    """

    number = models.CharField(_("number"), max_length=30, unique=True)
    shop = models.ForeignKey(
        Shop, verbose_name=_("shop"), on_delete=models.PROTECT, related_name="orders", db_index=False
    )
    platform_number = models.CharField(_("platform number"), max_length=60)
    status = models.CharField(_("status"), max_length=12, choices=OrderStatus)
    refund_status = models.CharField(
        _("refund"), max_length=10, choices=RefundStatus, default=RefundStatus.NONE
    )
    placed_at = models.DateTimeField(_("placed at"))
    placed_on = models.DateField(_("placed on"))
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True)
    review_by = models.DateTimeField(_("review by"), null=True, blank=True)
    ship_by = models.DateTimeField(_("ship by"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    goods_amount = AmountField(_("goods"))
    discount_amount = AmountField(_("discounts"))
    freight = AmountField(_("freight"))
    total = AmountField(_("total"))
    paid_amount = AmountField(_("paid by the buyer"))
    receivable = AmountField(_("received by the seller"))
    refund_amount = AmountField(_("refunded"))
    customer = models.ForeignKey(
        Customer,
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    buyer_sealed = models.BinaryField(null=True)
    phone_key = models.BinaryField(max_length=32, null=True)
    province = models.CharField(_("province"), max_length=40, blank=True)
    city = models.CharField(_("city"), max_length=60, blank=True)
    remark = models.CharField(_("remark"), max_length=500, blank=True)
    warehouse = models.ForeignKey(
        Warehouse, verbose_name=_("warehouse"), on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        db_index=False,
    )  # fmt: skip
    touches_stock = models.BooleanField(_("touches stock"))
    content_hash = models.BinaryField(max_length=32)
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"))
    updated_at = models.DateTimeField(_("updated at"))

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        triggers = audited(
            ignore=("updated_at", "status", "content_hash", "owner"),  # a handover tells of its owner
            seal=("buyer_sealed", "phone_key"),
            events=("update", "delete"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["platform_number", "shop"], condition=models.Q(undone_at__isnull=True), name="order_once"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    total=models.F("goods_amount") - models.F("discount_amount") + models.F("freight")
                ),
                name="order_adds_up",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    goods_amount__gte=0, discount_amount__gte=0, freight__gte=0, total__gte=0,
                    paid_amount__gte=0, receivable__gte=0, refund_amount__gte=0,
                ),
                name="order_amounts_not_negative",
            ),
            models.CheckConstraint(
                condition=models.Q(refund_amount__lte=models.F("total")), name="order_refund_within_total"
            ),
        )  # fmt: skip
        indexes = (
            models.Index(fields=["-placed_at", "-id"], name="order_newest"),
            models.Index(fields=["shop", "-placed_at", "-id"], name="order_of_shop_newest"),
            models.Index(fields=["status", "-placed_at", "-id"], name="order_in_status_newest"),
            models.Index(fields=["updated_at", "id"], name="order_changed"),
            models.Index(fields=["shop", "placed_on"], name="order_of_day"),
            models.Index(
                fields=["phone_key"], name="order_of_phone", condition=models.Q(phone_key__isnull=False)
            ),
            models.Index(
                fields=["paid_at", "placed_at", "id"],
                name="order_short_by_payment",
                condition=models.Q(status__in=(OrderStatus.SHORT, OrderStatus.UNMAPPED)),
            ),
            models.Index("status", SHIP_CLOCK, "id", name="order_open_by_clock", condition=IS_OPEN),
            models.Index(SHIP_CLOCK, "id", name="order_held_by_clock", condition=IS_HELD),
            models.Index(fields=["placed_at", "id"], name="order_unpaid_oldest", condition=IS_UNPAID),
            models.Index(fields=["owner"], name="order_of_owner", condition=models.Q(owner__isnull=False)),
        )

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    """One SKU of an order. ``sku`` is empty where the platform's code is not in the catalogue yet.

    ``amount`` is what the buyer owes for the line, ``receivable`` what the seller receives for it.
    """

    order = models.ForeignKey(  # indexed by order_line_position
        Order, verbose_name=_("order"), on_delete=models.CASCADE, related_name="lines", db_index=False
    )
    position = models.PositiveIntegerField(_("position"))
    sku = models.ForeignKey(
        Sku, verbose_name="SKU", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    sku_code = models.CharField(_("SKU code"), max_length=120)
    title = models.CharField(_("title"), max_length=300, blank=True)
    units = models.PositiveIntegerField(_("units"))
    unit_price = AmountField(_("unit price"))
    discount_amount = AmountField(_("discount"))
    amount = AmountField(_("amount"))
    paid_amount = AmountField(_("paid by the buyer"))
    receivable = AmountField(_("received by the seller"))
    refund_amount = AmountField(_("refunded"))
    platform_line_number = models.CharField(_("platform line number"), max_length=60, blank=True)
    is_gift = models.BooleanField(_("gift"), default=False)

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        triggers = audited(events=("update", "delete"))
        constraints = (
            models.UniqueConstraint(fields=["order", "position"], name="order_line_position"),
            models.CheckConstraint(condition=models.Q(units__gt=0), name="order_line_has_units"),
            models.CheckConstraint(
                condition=models.Q(
                    amount=models.F("unit_price") * models.F("units") - models.F("discount_amount"),
                    amount__gte=0,
                    unit_price__gte=0,
                    discount_amount__gte=0,
                    paid_amount__gte=0,
                    receivable__gte=0,
                    refund_amount__gte=0,
                ),
                name="order_line_adds_up",
            ),
            models.CheckConstraint(
                condition=models.Q(refund_amount__lte=models.F("amount")),
                name="order_line_refund_within_amount",
            ),
        )
        indexes = (
            models.Index(
                fields=["sku_code"], name="order_line_unmapped", condition=models.Q(sku__isnull=True)
            ),
        )

    def __str__(self) -> str:
        return f"{self.position}. {self.sku_code} × {self.units}"


class LineComponent(models.Model):
    """What a line with a bundle takes from stock, as the bundle was made of when the order was placed."""

    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="components")
    sku = models.ForeignKey(Sku, verbose_name="SKU", on_delete=models.PROTECT, related_name="+")
    units = models.PositiveIntegerField(_("units"))
    amount = AmountField(_("amount"))

    class Meta:
        verbose_name = _("component of a line")
        verbose_name_plural = _("components of a line")
        triggers = audited(events=("update", "delete"))
        constraints = (
            models.UniqueConstraint(fields=["line", "sku"], name="line_component_once"),
            models.CheckConstraint(condition=models.Q(units__gt=0), name="line_component_has_units"),
        )

    def __str__(self) -> str:
        return f"{self.sku_id} × {self.units}"


class LineDiscount(models.Model):
    """A discount on a line and who bears it."""

    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="discounts")
    amount = AmountField(_("amount"))
    bearer = models.CharField(_("borne by"), max_length=20, choices=Bearer)

    class Meta:
        verbose_name = _("discount")
        verbose_name_plural = _("discounts")
        triggers = audited(events=("update", "delete"))
        constraints = (models.CheckConstraint(condition=models.Q(amount__gt=0), name="discount_is_positive"),)

    def __str__(self) -> str:
        return f"{self.amount} ({self.bearer})"


class RefundQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Viewer) -> Self:
        """Narrow to the refunds of visible orders; for a partner, to those of lines of a granted brand."""
        scope = scope_of(user)
        if scope.all:
            return self
        if scope.partner:
            return self.filter(line__sku__product__brand__code__in=scope.brands)
        return self.filter(order__shop__code__in=scope.shops) if scope.shops else self.none()


class Refund(models.Model):
    """Money given back, or found to have been: ``amount`` of one line of an order, on one day of the shop's zone.

    Without a line it is the freight's, or that of an order whose lines nobody told. A correction takes back what
    was noted before, because a file is undone or tells of other lines; it alone is below zero. At any time the
    refunds of a line add up to its ``refund_amount``, and those of an order to the order's; those of an order that
    is undone to nothing.
    """

    order = models.ForeignKey(
        Order, verbose_name=_("order"), on_delete=models.PROTECT, related_name="refunds", db_index=False
    )
    line = models.ForeignKey(
        OrderLine,
        verbose_name=_("order line"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="refunds",
        db_index=False,
    )
    amount = AmountField(_("amount"))
    refunded_at = models.DateTimeField(_("refunded at"))
    refunded_on = models.DateField(_("refunded on"))
    is_correction = models.BooleanField(_("correction"), default=False)
    actor = models.CharField(_("actor"), max_length=200)

    objects = RefundQuerySet.as_manager()

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        triggers = (pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(amount__gt=0) | models.Q(is_correction=True, amount__lt=0),
                name="refund_is_positive",
            ),
        )
        indexes = (
            models.Index(fields=["refunded_on", "id"], name="refund_by_day"),
            models.Index(fields=["order", "id"], name="refund_of_order"),
        )

    def __str__(self) -> str:
        return f"{self.order_id}: {self.amount}"


class ShipmentQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Viewer) -> Self:
        """Narrow to the shipments of visible orders."""
        scope = scope_of(user)
        if scope.all:
            return self
        return self.filter(order__in=Order.objects.visible_to(user))

    def intercepting(self) -> Self:
        """Narrow to parcels that the carrier is to stop, and of which nothing is known yet."""
        return self.filter(intercept_requested_at__isnull=False, intercept_outcome="")


class Shipment(models.Model):
    """A parcel on its way: carrier and waybill. A waybill belongs to one order.

    From ``intercept_requested_at`` the carrier is to stop it, until ``intercept_outcome`` says what came of that.
    """

    order = models.ForeignKey(
        Order, verbose_name=_("order"), on_delete=models.PROTECT, related_name="shipments"
    )
    carrier = models.CharField(_("carrier"), max_length=40)
    waybill_number = models.CharField(_("waybill number"), max_length=60)
    shipped_at = models.DateTimeField(_("shipped at"))
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)
    intercept_requested_at = models.DateTimeField(_("intercept requested at"), null=True, blank=True)
    intercept_outcome = models.CharField(
        _("outcome of the intercept"),
        max_length=10,
        choices=InterceptOutcome,
        blank=True,
        default="",
        db_default="",
    )

    objects = ShipmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("shipment")
        verbose_name_plural = _("shipments")
        triggers = audited(events=("update", "delete"))
        constraints = (
            models.UniqueConstraint(fields=["carrier", "waybill_number"], name="waybill_once"),
            models.CheckConstraint(
                condition=models.Q(intercept_outcome="") | models.Q(intercept_requested_at__isnull=False),
                name="shipment_intercept_was_requested",
            ),
        )
        indexes = (
            models.Index(fields=["shipped_at", "id"], name="shipment_by_time"),
            models.Index(fields=["waybill_number"], name="shipment_of_waybill"),
        )

    def __str__(self) -> str:
        return f"{self.carrier_label} {self.waybill_number}"

    @property
    def carrier_label(self) -> str:
        """Return the carrier as people call it."""
        return carrier_label(self.carrier)
