"""Stock over REST."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_filters import rest_framework as filters
from rest_framework import serializers

from catalog.choices import BALANCES
from catalog.models import Stock
from ops_portal.lib.doors.api import PortalViewSet
from ops_portal.lib.doors.filters import PortalFilterSet
from ops_portal.lib.doors.serializers import PortalModelSerializer


class StockFilterSet(PortalFilterSet):
    updated_since = None
    sku = filters.CharFilter(field_name="sku__code", label="SKU")
    warehouse = filters.CharFilter(field_name="warehouse__code", label=_("Warehouse"))
    owner = filters.CharFilter(label=pgettext_lazy("goods", "Owner"))

    class Meta:
        model = Stock
        fields = ()


class StockSerializer(PortalModelSerializer):
    """Units by state of one SKU in one warehouse for one owner."""

    sku = serializers.CharField(source="sku.code")
    warehouse = serializers.CharField(source="warehouse.code")

    class Meta:
        model = Stock
        fields = ("sku", "warehouse", "owner", *BALANCES)


class StockViewSet(PortalViewSet):
    queryset = Stock.objects.select_related("sku", "warehouse")
    serializer_class = StockSerializer
    filterset_class = StockFilterSet
    ordering = ("pk",)
    required_scopes = {"list": "stock:read", "retrieve": "stock:read"}
