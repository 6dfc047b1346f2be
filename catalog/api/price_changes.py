"""Price changes over REST: drafted and submitted; below the floor a person allows them in the back office."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.choices import PriceChangeStatus
from catalog.drafts import PriceChangeDraft
from catalog.models import Channel, PriceChange, PriceChangeLine, Sku
from catalog.operations.price_changes import MOST_LINES, draft_prices, submit_price_changes
from ops_portal.lib.doors.api import PortalViewSet
from ops_portal.lib.doors.filters import PortalFilterSet
from ops_portal.lib.doors.serializers import PortalModelSerializer, PortalSerializer


class PriceChangeFilterSet(PortalFilterSet):
    status = filters.MultipleChoiceFilter(choices=PriceChangeStatus.choices, label=_("Status"))
    channel = filters.CharFilter(field_name="channel__code", label=_("Shop"))
    sku = filters.CharFilter(method="of_sku", label="SKU")

    class Meta:
        model = PriceChange
        fields = ()

    def of_sku(self, queryset: QuerySet[PriceChange], name: str, value: str) -> QuerySet[PriceChange]:
        return queryset.filter(pk__in=PriceChangeLine.objects.filter(sku__code=value).values("change"))


class PriceChangeLineSerializer(PortalModelSerializer):
    """The price that a SKU shall have; ``before`` and ``floor`` are as they were when it was asked for."""

    sku = serializers.CharField(source="sku.code")

    class Meta:
        model = PriceChangeLine
        fields = ("position", "sku", "before", "floor", "amount")


class PriceChangeSerializer(PortalModelSerializer):
    """Prices wanted together in one shop (none: list prices), and what became of it."""

    channel = serializers.CharField(source="channel.code", allow_null=True, default=None)
    requester = serializers.CharField(source="requester.username", allow_null=True, default=None)
    decider = serializers.CharField(source="decider.username", allow_null=True, default=None)

    class Meta:
        model = PriceChange
        fields: tuple[str, ...] = (
            "number", "channel", "status", "since", "until", "ended_at", "reason", "below_floor", "requester",
            "decider", "due_at", "created_at", "updated_at",
        )  # fmt: skip


class WholePriceChangeSerializer(PriceChangeSerializer):
    """A price change with its prices."""

    lines = PriceChangeLineSerializer(many=True)

    class Meta(PriceChangeSerializer.Meta):
        fields = (*PriceChangeSerializer.Meta.fields, "lines")


class NewPriceSerializer(PortalSerializer):
    sku = serializers.CharField(max_length=60)
    amount = serializers.DecimalField(max_digits=14, decimal_places=2, min_value=0)


class NewPriceChangeSerializer(PortalSerializer):
    """Without ``since`` at once; with ``until`` special prices of the shop for that time."""

    channel = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    since = serializers.DateTimeField(required=False, allow_null=True, default=None)
    until = serializers.DateTimeField(required=False, allow_null=True, default=None)
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    prices = NewPriceSerializer(many=True, min_length=1, max_length=MOST_LINES)  # type: ignore[call-arg]


class SubmitSerializer(PortalSerializer):
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class PriceChangeViewSet(PortalViewSet):
    queryset = PriceChange.objects.select_related("channel", "requester", "decider")
    serializer_class = PriceChangeSerializer
    filterset_class = PriceChangeFilterSet
    lookup_field = "number"
    lookup_value_regex = "[A-Za-z0-9-]+"
    ordering = ("-created_at", "-pk")
    permission_map = {"create": "catalog.propose_price", "submit": "catalog.propose_price"}
    required_scopes = {
        "list": "catalog:read",
        "retrieve": "catalog:read",
        "create": "catalog:write",
        "submit": "catalog:write",
    }

    def shown(self, number: str) -> Any:
        """Return a change with its prices, as it is now."""
        lines = PriceChangeLine.objects.select_related("sku").order_by("position")
        whole = self.get_queryset().prefetch_related(Prefetch("lines", lines))
        return WholePriceChangeSerializer(
            whole.get(number=number), context=self.get_serializer_context()
        ).data

    @extend_schema(responses={200: WholePriceChangeSerializer})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return a change with its prices."""
        return Response(self.shown(self.get_object().number))

    @extend_schema(request=NewPriceChangeSerializer, responses={201: WholePriceChangeSerializer})
    def create(self, request: Request) -> Response:
        """Write a draft down: nothing holds until it is submitted. SKUs that have their price already are left out."""
        given = NewPriceChangeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        said = given.validated_data
        lines = tuple((each["sku"], each["amount"]) for each in said["prices"])
        draft = PriceChangeDraft(
            lines, said["channel"], said["since"], reason=said["reason"], until=said["until"]
        )
        self.check_seen(request, draft)
        return Response(self.shown(self.run(draft_prices, [draft]).one().number), status=201)

    def check_seen(self, request: Request, draft: PriceChangeDraft) -> None:
        """Answer as for what does not exist where a SKU or the shop is not the caller's to see."""
        codes = {code for code, _amount in draft.lines}
        skus = Sku.objects.visible_to(request.user).filter(code__in=codes).values_list("code", flat=True)
        unseen = sorted(codes - set(skus))
        shop = draft.channel_code
        if shop and not Channel.objects.visible_to(request.user).filter(code=shop).exists():
            unseen.append(shop)
        if unseen:
            detail = _("Unknown: %(codes)s.") % {"codes": ", ".join(unseen[:20])}
            raise serializers.ValidationError({"prices": [detail]})

    @extend_schema(request=SubmitSerializer, responses={200: WholePriceChangeSerializer})
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, number: str) -> Response:
        """Let a draft's prices hold, or wait for somebody's approval where one is below its floor."""
        given = SubmitSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        change: PriceChange = self.get_object()
        self.run(submit_price_changes, [change.number], **given.validated_data).one()
        return Response(self.shown(change.number))
