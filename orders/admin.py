"""The operators' pages of orders. Status is read-only; moves are buttons that call operations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from ops_portal.accounts.visibility import scope_of
from ops_portal.lib.doors.admin import PortalAdmin, ReadOnlyAdmin
from ops_portal.lib.doors.moves import MoveButton
from ops_portal.lib.models import StateMove
from ops_portal.lib.sealing import blind_index
from ops_portal.lib.wording import called
from orders.api.serializers import masked_buyer
from orders.choices import ORDER_MOVES, OrderStatus
from orders.models import Order, OrderLine, Oversale, Shipment, Shop, ShopWarehouse
from orders.operations.moving import (
    cancel_orders,
    complete_orders,
    deliver_orders,
    pack_orders,
    pick_orders,
    review_orders,
)
from orders.queries.desk import is_a_phone


def move(
    name: str, label: Any, operation: Callable[..., Any], permission: str, to: OrderStatus, **more: Any
) -> MoveButton:
    """Return the button of a verb that takes the ids of orders."""
    return MoveButton(
        name, label, operation, permission, lambda order: order.pk, arrow=(ORDER_MOVES, to), **more
    )


class ShopWarehouseInline(TabularInline):  # type: ignore[misc]
    model = ShopWarehouse
    extra = 0
    hide_title = True


@admin.register(Shop)
class ShopAdmin(PortalAdmin):
    list_display = ("code", "name", "platform", "legal_holder", "payee", "timezone", "is_active")
    list_filter = ("platform", "is_active")
    search_fields = ("code", "name")
    ordering = ("code",)
    inlines = (ShopWarehouseInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        """Leave the code as it was created, and what orders were counted by once the shop has orders."""
        fields: Sequence[str] = super().get_readonly_fields(request, obj)
        if obj is None:
            return fields
        counted = Order.objects.filter(shop=obj).exists()
        return ("code", *(("timezone", "currency") if counted else ()), *fields)


class OrderLineInline(TabularInline):  # type: ignore[misc]
    model = OrderLine
    extra = 0
    can_delete = False
    fields = readonly_fields = (
        "position", "sku_code", "title", "units", "unit_price", "discount_amount", "amount", "receivable", "is_gift",
    )  # fmt: skip

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderLine]:
        lines: QuerySet[OrderLine] = super().get_queryset(request).order_by("position")
        return lines


class ShipmentInline(TabularInline):  # type: ignore[misc]
    model = Shipment
    extra = 0
    can_delete = False
    fields = readonly_fields = ("carrier_name", "waybill_number", "shipped_at", "delivered_at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("carrier"))
    def carrier_name(self, shipment: Shipment) -> str:
        return shipment.carrier_label


class StaffOnlyAdmin(ReadOnlyAdmin):
    """Pages that show orders whole: every line, totals, the buyer. A partner's part of an order is in the API."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(super().has_view_permission(request, obj)) and not scope_of(request.user).partner


@admin.register(Order)
class OrderAdmin(StaffOnlyAdmin):
    list_display = (
        "number", "shop", "platform_number", "status", "refund_status", "total", "province", "placed_at", "ship_by",
    )  # fmt: skip
    list_filter = ("status", "refund_status", "shop")
    list_select_related = ("shop",)
    search_fields = ("number__exact", "platform_number__exact")
    search_help_text = _("Our number, the platform's, or the buyer's phone, in full")
    ordering = ("-placed_at", "-pk")
    inlines = (OrderLineInline, ShipmentInline)
    fieldsets = (
        (None, {"fields": ("number", "at_desk", "shop", "platform_number", "status", "refund_status", "remark")}),
        (_("Times"), {"fields": ("placed_at", "paid_at", "review_by", "ship_by")}),
        (
            _("Amounts"),
            {
                "fields": (
                    "currency", "goods_amount", "discount_amount", "freight", "total", "paid_amount", "receivable",
                    "refund_amount",
                )
            },
        ),
        (_("Buyer"), {"fields": ("buyer",)}),
        (_("Course"), {"fields": ("course",)}),
    )  # fmt: skip
    moves = (
        move("review", _("Review"), review_orders, "orders.review_order", OrderStatus.REVIEWED),
        move("pick", _("Picked"), pick_orders, "orders.pick_order", OrderStatus.PICKED),
        move("pack", _("Packed"), pack_orders, "orders.pack_order", OrderStatus.PACKED),
        move("deliver", _("Delivered"), deliver_orders, "orders.ship_order", OrderStatus.DELIVERED),
        move("complete", _("Complete"), complete_orders, "orders.cancel_order", OrderStatus.COMPLETED),
        move(
            "cancel",
            _("Cancel order"),
            cancel_orders,
            "orders.cancel_order",
            OrderStatus.CANCELLED,
            asks_reason=True,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        return super().get_queryset(request).filter(undone_at__isnull=True)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave the buyer out for those who may not see him."""
        shown = super().get_fieldsets(request, obj)
        if request.user.has_perm("orders.view_buyer"):
            return shown
        return [part for part in shown if "buyer" not in part[1]["fields"]]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        """Find by number; or by phone, which is sealed, through its blind index."""
        if is_a_phone(search_term) and request.user.has_perm("orders.view_buyer"):
            return queryset.filter(phone_key=blind_index(search_term, "phone")), False
        found: tuple[QuerySet[Order], bool] = super().get_search_results(request, queryset, search_term)
        return found

    @admin.display(description=_("Order desk"))
    def at_desk(self, order: Order) -> str:
        """Lead to the page on which the order is worked."""
        return format_html(
            '<a class="text-link" href="{}">{}</a>',
            reverse("orders:order", args=[order.number]),
            order.number,
        )

    @admin.display(description=_("Buyer"))
    def buyer(self, order: Order) -> str:
        """Show the buyer with what names the person masked."""
        return " ".join(value for value in masked_buyer(order).values() if value) or "—"

    @admin.display(description=_("Course"))
    def course(self, order: Order) -> str:
        """Show who moved the order from where to where, oldest first."""
        labels = dict(Order._meta.get_field("status").flatchoices)
        moves = StateMove.objects.filter(
            document_kind=ORDER_MOVES.kind, document_number=order.number
        ).order_by("pk")
        rows = (
            (
                move.at.astimezone(order.shop.zone).strftime("%Y-%m-%d %H:%M:%S"),
                labels[move.to_status],
                called(move.actor),
            )
            for move in moves
        )
        return format_html_join("", "<div>{} · {} · {}</div>", rows)


@admin.register(Oversale)
class OversaleAdmin(StaffOnlyAdmin):
    list_display = ("order", "shop", "sku", "wanted", "available", "shown", "noted_at")
    list_select_related = ("order__shop", "sku")
    search_fields = ("=sku__code", "=order__number")
    search_help_text = _("The whole code of a SKU, or number of an order")
    ordering = ("-noted_at", "-pk")
    fields = ("order", "sku", "wanted", "available", "shown", "noted_at")

    @admin.display(description=_("shop"))
    def shop(self, oversale: Oversale) -> str:
        return oversale.order.shop.name


@admin.register(Shipment)
class ShipmentAdmin(StaffOnlyAdmin):
    list_display = ("waybill_number", "carrier_name", "order", "shipped_at", "delivered_at")
    list_select_related = ("order",)
    search_fields = ("=waybill_number",)
    search_help_text = _("The whole number of a waybill")
    ordering = ("-pk",)
    fields = (
        "order", "carrier_name", "waybill_number", "shipped_at", "delivered_at", "intercept_requested_at",
        "intercept_outcome",
    )  # fmt: skip

    @admin.display(description=_("carrier"))
    def carrier_name(self, shipment: Shipment) -> str:
        return shipment.carrier_label
