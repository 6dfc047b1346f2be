"""Stock requests over REST for staff, and for owners what went back to them."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_filters import rest_framework as filters
from rest_framework import serializers

from catalog.choices import RequestKind, RequestReason, RequestStatus, StockDocumentKind, StockState
from catalog.models import StockMovement, StockRequest, StockRequestLine
from ops_portal.lib.doors.api import PortalViewSet
from ops_portal.lib.doors.filters import PortalFilterSet
from ops_portal.lib.doors.serializers import PortalModelSerializer


class StockRequestFilterSet(PortalFilterSet):
    status = filters.ChoiceFilter(choices=RequestStatus.choices, label=_("Status"))
    kind = filters.ChoiceFilter(choices=RequestKind.choices, label=_("Kind"))
    reason = filters.ChoiceFilter(choices=RequestReason.choices, label=_("Reason"))
    warehouse = filters.CharFilter(field_name="warehouse__code", label=_("Warehouse"))

    class Meta:
        model = StockRequest
        fields = ()


class StockRequestLineSerializer(PortalModelSerializer):
    """Units of a SKU that are to go from one state to another."""

    sku = serializers.CharField(source="sku.code")
    owner = serializers.CharField(source="goods_owner")
    batch = serializers.CharField(source="batch.code", allow_null=True, default=None)
    bin = serializers.CharField(source="bin.code", allow_null=True, default=None)

    class Meta:
        model = StockRequestLine
        fields = ("position", "sku", "owner", "batch", "bin", "units", "from_state", "to_state")


class StockRequestSerializer(PortalModelSerializer):
    """What somebody wants done to stock, and what became of it."""

    warehouse = serializers.CharField(source="warehouse.code")
    document = serializers.CharField(source="document.number", allow_null=True, default=None)
    requester = serializers.CharField(source="requester.username", allow_null=True, default=None)
    decider = serializers.CharField(source="decider.username", allow_null=True, default=None)
    lines = StockRequestLineSerializer(many=True)

    class Meta:
        model = StockRequest
        fields = (
            "number", "kind", "reason", "note", "warehouse", "status", "requester", "decider", "document",
            "due_at", "lines", "created_at", "updated_at",
        )  # fmt: skip


class StockRequestViewSet(PortalViewSet):
    queryset = StockRequest.objects.select_related(
        "warehouse", "document", "requester", "decider"
    ).prefetch_related("lines__sku", "lines__batch", "lines__bin")
    serializer_class = StockRequestSerializer
    filterset_class = StockRequestFilterSet
    lookup_field = "number"
    lookup_value_regex = "[A-Za-z0-9-]+"
    ordering = ("-pk",)
    required_scopes = {"list": "stock:read", "retrieve": "stock:read"}


class StockReturnFilterSet(PortalFilterSet):
    updated_since = None
    sku = filters.CharFilter(field_name="stock__sku__code", label="SKU")
    warehouse = filters.CharFilter(field_name="stock__warehouse__code", label=_("Warehouse"))
    owner = filters.CharFilter(field_name="stock__owner", label=pgettext_lazy("goods", "Owner"))
    document = filters.CharFilter(field_name="document_number", label=_("Stock document"))

    class Meta:
        model = StockMovement
        fields = ()


class StockReturnSerializer(PortalModelSerializer):
    """Units that went back to their owner: on which paper, from which warehouse and batch, in which state."""

    document = serializers.CharField(source="document_number")
    returned_at = serializers.DateTimeField(source="at")
    sku = serializers.CharField(source="stock.sku.code")
    warehouse = serializers.CharField(source="stock.warehouse.code")
    owner = serializers.CharField(source="stock.owner")
    batch = serializers.CharField(source="batch.code", allow_null=True, default=None)
    state = serializers.ChoiceField(source="from_state", choices=StockState.choices)

    class Meta:
        model = StockMovement
        fields = ("id", "document", "returned_at", "sku", "warehouse", "owner", "batch", "state", "units")


class StockReturnViewSet(PortalViewSet):
    queryset = StockMovement.objects.all()
    serializer_class = StockReturnSerializer
    filterset_class = StockReturnFilterSet
    ordering = ("-pk",)
    required_scopes = {"list": "stock:read", "retrieve": "stock:read"}

    def get_queryset(self) -> QuerySet[StockMovement]:
        seen: QuerySet[StockMovement] = super().get_queryset()
        returned = seen.filter(document_kind=StockDocumentKind.RETURN_TO_OWNER)
        return returned.select_related("stock__sku", "stock__warehouse", "batch")
