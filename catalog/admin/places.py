"""Pages of the places of warehouses, and of what lies there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from catalog.models import Bin, BinMovement, BinStock, Zone
from ops_portal.lib.doors.admin import PortalAdmin, ReadOnlyAdmin


@admin.register(Zone)
class ZoneAdmin(PortalAdmin):
    list_display = ("code", "name", "kind", "warehouse")
    list_filter = ("warehouse", "kind")
    list_select_related = ("warehouse",)
    search_fields = ("code", "name")
    ordering = ("warehouse__code", "code")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        fields: Sequence[str] = super().get_readonly_fields(request, obj)
        return fields if obj is None else ("warehouse", "code", "kind", *fields)


@admin.register(Bin)
class BinAdmin(PortalAdmin):
    list_display = ("code", "zone", "warehouse", "sequence", "is_active")
    list_filter = ("warehouse", "zone__kind", "is_active")
    list_select_related = ("zone", "warehouse")
    search_fields = ("code",)
    ordering = ("warehouse__code", "sequence", "code")
    actions_list = ("make_many", "print_labels")
    actions = ("labels_of",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        fields: Sequence[str] = super().get_readonly_fields(request, obj)
        return fields if obj is None else ("zone", "code", *fields)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if "code" in form.base_fields:
            form.base_fields["code"].clean = in_capitals(form.base_fields["code"].clean)
        return form

    @action(description=_("Make bins"), url_path="many", permissions=["add"], icon="grid_view")  # type: ignore[untyped-decorator]
    def make_many(self, request: HttpRequest) -> HttpResponse:
        return redirect("catalog:bins-new")

    @action(description=_("Labels"), url_path="labels", permissions=["view"], icon="barcode")  # type: ignore[untyped-decorator]
    def print_labels(self, request: HttpRequest) -> HttpResponse:
        return redirect("catalog:bins-labels")

    @admin.action(description=_("Labels of the chosen bins"), permissions=["view"])
    def labels_of(self, request: HttpRequest, queryset: QuerySet[Bin]) -> HttpResponse:
        chosen = urlencode([("bin", pk) for pk in queryset.values_list("pk", flat=True)])
        return redirect(f"{reverse('catalog:bins-labels')}?{chosen}")


def in_capitals(clean: Any) -> Any:
    """Return how a code is read that is kept in capitals."""
    return lambda value: str(clean(value)).strip().upper()


@admin.register(BinStock)
class BinStockAdmin(ReadOnlyAdmin):
    list_display = ("bin", "sku", "batch", "owned_by", "units")
    list_filter = ("bin__warehouse",)
    list_select_related = ("bin", "stock__sku", "batch")
    search_fields = ("=bin__code", "=stock__sku__code")
    search_help_text = _("The whole code of a bin or SKU")
    ordering = ("-pk",)

    @admin.display(description="SKU")
    def sku(self, row: BinStock) -> str:
        return row.stock.sku.code

    @admin.display(description=_("owner of the goods"))
    def owned_by(self, row: BinStock) -> str:
        return row.stock.owner_label


@admin.register(BinMovement)
class BinMovementAdmin(ReadOnlyAdmin):
    list_display = (
        "at", "sku", "batch", "units", "from_bin", "to_bin", "document_kind", "document_number", "actor",
    )  # fmt: skip
    list_select_related = ("stock__sku", "batch", "from_bin", "to_bin")
    search_fields = ("=stock__sku__code", "=from_bin__code", "=to_bin__code")
    search_help_text = _("The whole code of a bin or SKU")
    ordering = ("-pk",)
    exclude = ("key",)

    @admin.display(description="SKU")
    def sku(self, movement: BinMovement) -> str:
        return movement.stock.sku.code
