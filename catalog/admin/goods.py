"""Pages of goods and stock. Stock is read-only: it moves through operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from catalog.choices import BALANCES
from catalog.models import (
    Batch,
    Brand,
    BundleComponent,
    BundleVersion,
    Category,
    Product,
    Reservation,
    Sku,
    Stock,
    StockDocument,
    StockDocumentLine,
    StockMovement,
    Warehouse,
)
from ops_portal.lib.doors.admin import PortalAdmin, ReadOnlyAdmin


class CodedAdmin(PortalAdmin):
    """Files and documents know a record by its code, which stays as it was created."""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        fields: Sequence[str] = super().get_readonly_fields(request, obj)
        return fields if obj is None else ("code", *fields)


@admin.register(Brand, Category)
class NamedAdmin(CodedAdmin):
    list_display: Sequence[str] = ("code", "name")
    search_fields = ("code", "name")
    ordering = ("code",)


@admin.register(Warehouse)
class WarehouseAdmin(NamedAdmin):
    list_display = ("code", "name", "kind", "brand")
    list_select_related = ("brand",)
    autocomplete_fields = ("brand",)


@admin.register(Product)
class ProductAdmin(CodedAdmin):
    list_display = ("code", "name", "brand", "category")
    list_filter = ("brand",)
    list_select_related = ("brand", "category")
    search_fields = ("code", "name")
    autocomplete_fields = ("brand", "category")
    ordering = ("code",)


@admin.register(Sku)
class SkuAdmin(PortalAdmin):
    list_display = ("code", "product", "name", "barcode", "list_price", "is_bundle", "is_active")
    list_filter = ("is_bundle", "is_active", "stage")
    list_select_related = ("product",)
    search_fields = ("code", "barcode", "product__name")
    autocomplete_fields = ("product",)
    readonly_fields = ("is_bundle",)
    ordering = ("code",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        """Leave prices to the page that keeps their history, and what the ledger builds on once there are movements."""
        fields: Sequence[str] = super().get_readonly_fields(request, obj)
        if obj is None:
            return fields
        fields = ("list_price", "prices", *fields)
        moved = StockMovement.objects.filter(stock__sku=obj).exists()
        return ("code", "tracks_batches", *fields) if moved else fields

    @admin.display(description=_("prices"))
    def prices(self, sku: Sku) -> str:
        address = reverse("catalog:product", args=[sku.product.code]) + "#prices"
        return format_html(
            '<a href="{}">{}</a>', address, _("Set prices on the product's page, which keeps their history.")
        )


class ComponentInline(TabularInline):  # type: ignore[misc]
    model = BundleComponent
    extra = 0
    hide_title = True
    fields = ("sku", "units", "share")
    readonly_fields = ("share",)

    @admin.display(description=_("share of the price"))
    def share(self, component: BundleComponent) -> str:
        return f"{component.price_share * 100:.4f}".rstrip("0").rstrip(".") + " %"


@admin.register(BundleVersion)
class BundleVersionAdmin(ReadOnlyAdmin):
    list_display = ("sku", "version", "since")
    list_select_related = ("sku",)
    inlines = (ComponentInline,)
    ordering = ("-pk",)


@admin.register(Stock)
class StockAdmin(ReadOnlyAdmin):
    list_display = ("sku", "warehouse", "owned_by", *BALANCES)
    list_filter = ("warehouse",)
    list_select_related = ("sku", "warehouse")
    search_fields = ("sku__code",)
    ordering = ("sku__code", "pk")
    fields = ("sku", "warehouse", "owned_by", *BALANCES)

    @admin.display(description=Stock._meta.get_field("owner").verbose_name)
    def owned_by(self, stock: Stock) -> str:
        return stock.owner_label


@admin.register(StockMovement)
class StockMovementAdmin(ReadOnlyAdmin):
    list_display = (
        "at", "sku", "warehouse", "units", "from_state", "to_state", "document_kind", "document_number", "actor",
    )  # fmt: skip
    list_select_related = ("stock__sku", "stock__warehouse")
    search_fields = ("=document_number",)
    search_help_text = _("The whole number of a document")
    ordering = ("-pk",)
    exclude = ("key",)

    @admin.display(description="SKU")
    def sku(self, movement: StockMovement) -> str:
        return movement.stock.sku.code

    @admin.display(description=Warehouse._meta.verbose_name)
    def warehouse(self, movement: StockMovement) -> str:
        return movement.stock.warehouse.name


@admin.register(Reservation)
class ReservationAdmin(ReadOnlyAdmin):
    list_display = ("document_number", "item", "sku", "warehouse", "batch", "units", "status", "created_at")
    list_filter = ("status",)
    list_select_related = ("stock__sku", "stock__warehouse", "batch")
    search_fields = ("=document_number",)
    search_help_text = _("The whole number of a document")
    ordering = ("-pk",)

    @admin.display(description="SKU")
    def sku(self, reservation: Reservation) -> str:
        return reservation.stock.sku.code

    @admin.display(description=Warehouse._meta.verbose_name)
    def warehouse(self, reservation: Reservation) -> str:
        return reservation.stock.warehouse.name


class StockDocumentLineInline(TabularInline):  # type: ignore[misc]
    model = StockDocumentLine
    extra = 0
    hide_title = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[StockDocumentLine]:
        lines: QuerySet[StockDocumentLine] = super().get_queryset(request)
        return lines.select_related("stock__sku", "stock__warehouse", "batch").order_by("position")


@admin.register(StockDocument)
class StockDocumentAdmin(ReadOnlyAdmin):
    list_display = ("number", "kind", "source_key", "to_warehouse", "actor", "at")
    list_filter = ("kind",)
    list_select_related = ("to_warehouse",)
    search_fields = ("=number", "=source_key")
    inlines = (StockDocumentLineInline,)
    ordering = ("-pk",)


@admin.register(Batch)
class BatchAdmin(ReadOnlyAdmin):
    list_display = ("code", "sku", "expires_on")
    list_select_related = ("sku",)
    search_fields = ("code", "sku__code")
    ordering = ("-pk",)
