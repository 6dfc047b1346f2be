"""Other systems' books over REST: what they say comes in, and how it differs from ours is read."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.choices import OWN
from catalog.models import Sku, StockSnapshot, StockSnapshotLine
from catalog.operations.mirroring import MOST_UNITS, TheirDraft, note_their_stock
from ops_portal.lib.doors.api import PortalViewSet
from ops_portal.lib.doors.filters import PortalFilterSet
from ops_portal.lib.doors.serializers import PortalModelSerializer, PortalSerializer

MOST_LINES = 2_000


class StockSnapshotFilterSet(PortalFilterSet):
    updated_since = None
    warehouse = filters.CharFilter(field_name="warehouse__code", label=_("Warehouse"))
    source_key = filters.CharFilter(label=_("Sender's number"))

    class Meta:
        model = StockSnapshot
        fields = ()


class StockSnapshotSerializer(PortalModelSerializer):
    """What the books of a warehouse's system say as of one moment."""

    warehouse = serializers.CharField(source="warehouse.code")

    class Meta:
        model = StockSnapshot
        fields = ("number", "warehouse", "taken_at", "source", "source_key", "created_at")


class SnapshotLineSerializer(PortalModelSerializer):
    """Good units by their books and by ours, and what became of the difference."""

    sku = serializers.CharField(source="sku.code")
    owner = serializers.CharField(source="goods_owner")
    batch = serializers.CharField(source="batch_code")
    request = serializers.CharField(source="request.number", allow_null=True, default=None)

    class Meta:
        model = StockSnapshotLine
        fields = ("sku", "owner", "batch", "theirs", "ours", "difference", "is_listed", "note", "request")


class TheirLineSerializer(PortalSerializer):
    """Good units of a SKU, named by its code or else by its barcode."""

    sku = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    barcode = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    units = serializers.IntegerField(min_value=0, max_value=MOST_UNITS)
    owner = serializers.CharField(max_length=40, required=False, default=OWN)
    batch = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")


class TheirStockSerializer(PortalSerializer):
    """Lines of one snapshot; a large one comes in several requests under the same ``source_key``."""

    warehouse = serializers.CharField(max_length=40)
    taken_at = serializers.DateTimeField()
    source_key = serializers.CharField(max_length=120)
    lines = serializers.ListField(child=TheirLineSerializer(), min_length=1, max_length=MOST_LINES)


class StockSnapshotViewSet(PortalViewSet):
    queryset = StockSnapshot.objects.select_related("warehouse")
    serializer_class = StockSnapshotSerializer
    filterset_class = StockSnapshotFilterSet
    lookup_field = "number"
    lookup_value_regex = "[A-Za-z0-9-]+"
    ordering = ("-pk",)
    permission_map = {"create": "catalog.send_snapshot", "differences": "catalog.view_stocksnapshot"}
    required_scopes = {
        "list": "stock:read",
        "retrieve": "stock:read",
        "differences": "stock:read",
        "create": "stock:write",
    }

    @extend_schema(request=TheirStockSerializer)
    def create(self, request: Request) -> Response:
        """Note lines of a snapshot; the same again changes nothing. The answer says of each what became of it."""
        given = TheirStockSerializer(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        said = given.validated_data
        drafts = [
            TheirDraft(
                said["warehouse"],
                said["taken_at"],
                said["source_key"],
                line["units"],
                line["sku"],
                line["barcode"],
                line["owner"],
                line["batch"],
            )
            for line in said["lines"]
        ]
        outcome = self.run(note_their_stock, drafts)
        shown = self.as_lines(StockSnapshotLine.objects.filter(pk__in=[line.pk for line in outcome.done]))
        return self.per_item(outcome, lambda line: shown[line.pk], status_of=lambda done: 200)

    @extend_schema(responses=SnapshotLineSerializer(many=True))
    @action(detail=True, pagination_class=None, filterset_class=None)
    def differences(self, request: Request, number: str) -> Response:
        """Return the lines of a snapshot that differ, the largest first; at most 1,000."""
        seen = Sku.objects.visible_to(request.user)
        lines = StockSnapshotLine.objects.filter(snapshot=self.get_object(), sku__in=seen).exclude(
            difference=0
        )
        found = lines.select_related("sku", "request").order_by("-difference", "pk")[:1000]
        return Response(SnapshotLineSerializer(found, many=True).data)

    def as_lines(self, lines: QuerySet[StockSnapshotLine]) -> dict[int, Any]:
        """Return lines as they are shown, by id."""
        found = lines.select_related("sku", "request")
        return {line.pk: SnapshotLineSerializer(line).data for line in found}
