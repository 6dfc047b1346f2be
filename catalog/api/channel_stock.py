"""What shops show over REST, and the orders that platforms have and we have not."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import Channel, ChannelSku, ChannelStock
from catalog.operations.channel_stock import MOST_UNITS, PendingDraft, set_pending
from ops_portal.lib.doors.api import PortalViewSet
from ops_portal.lib.doors.filters import PortalFilterSet
from ops_portal.lib.doors.serializers import PortalModelSerializer, PortalSerializer

MOST_PENDING = 1_000


class ChannelStockFilterSet(PortalFilterSet):
    updated_since = None
    shop = filters.CharFilter(field_name="channel_sku__channel__code", label=_("Shop"))
    code = filters.CharFilter(field_name="channel_sku__code", label=_("SKU code of the shop"))
    sku = filters.CharFilter(field_name="channel_sku__sku__code", label="SKU")
    shown_since = filters.IsoDateTimeFilter(
        field_name="since", lookup_expr="gte", label=_("Shown since then or later")
    )

    class Meta:
        model = ChannelStock
        fields = ()


class ChannelStockSerializer(PortalModelSerializer):
    """The units that a shop shows of one of its SKU codes, and since when."""

    shop = serializers.CharField(source="channel_sku.channel.code")
    code = serializers.CharField(source="channel_sku.code")
    sku = serializers.CharField(source="channel_sku.sku.code")
    pending_units = serializers.IntegerField(source="channel_sku.pending_units")
    pending_at = serializers.DateTimeField(source="channel_sku.pending_at", allow_null=True)

    class Meta:
        model = ChannelStock
        fields = ("shop", "code", "sku", "units", "since", "pending_units", "pending_at")


class PendingSerializer(PortalSerializer):
    """The units of a SKU code in orders that the platform has and we have not, as of a moment (else: now)."""

    shop = serializers.CharField(max_length=40)
    code = serializers.CharField(max_length=120)
    units = serializers.IntegerField(min_value=0, max_value=MOST_UNITS)
    as_of = serializers.DateTimeField(required=False, allow_null=True)


class PendingUnitsSerializer(PortalSerializer):
    pending = serializers.ListField(child=PendingSerializer(), max_length=MOST_PENDING)


class ChannelStockViewSet(PortalViewSet):
    queryset = ChannelStock.objects.select_related("channel_sku__channel", "channel_sku__sku")
    serializer_class = ChannelStockSerializer
    filterset_class = ChannelStockFilterSet
    lookup_value_regex = "[0-9]{1,18}"
    ordering = ("pk",)
    permission_map = {"create": "catalog.send_pending"}
    required_scopes = {"list": "stock:read", "retrieve": "stock:read", "create": "stock:write"}

    @extend_schema(request=PendingUnitsSerializer)
    def create(self, request: Request) -> Response:
        """Note units of orders not yet downloaded; the answer says of each what became of it."""
        given = PendingUnitsSerializer(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        drafts = [
            PendingDraft(each["shop"], each["code"], each["units"], each.get("as_of"))
            for each in given.validated_data["pending"]
        ]
        named = {draft.channel_code for draft in drafts}
        seen = Channel.objects.visible_to(request.user).filter(code__in=named)
        unseen = sorted(named - set(seen.values_list("code", flat=True)))
        if unseen:
            detail = _("Unknown: %(codes)s.") % {"codes": ", ".join(unseen[:20])}
            raise serializers.ValidationError({"pending": [detail]})
        outcome = self.run(set_pending, drafts)
        return self.per_item(outcome, self.as_noted, status_of=lambda done: 200)

    def as_noted(self, code: ChannelSku) -> dict[str, Any]:
        """Return what is noted of a code."""
        assert code.pending_at is not None  # noqa: S101 - it was just set
        return {"code": code.code, "units": code.pending_units, "as_of": code.pending_at.isoformat()}
