"""Inbound deliveries over REST: partners announce and promise those of their brands, and read what came of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.packs import BLANK, own_brand
from catalog.choices import InboundSource, InboundStatus
from catalog.models import InboundDelivery, InboundLine
from catalog.operations.deliveries import MOST_UNITS, local_day
from catalog.operations.inbound import (
    MOST_LINES,
    InboundDraft,
    PromiseDraft,
    announce_deliveries,
    cancel_deliveries,
    promise_deliveries,
)
from catalog.operations.receiving import (
    LONGEST_KEY,
    ReceiptDraft,
    ReceiptLineDraft,
    close_deliveries,
    receive_deliveries,
)
from catalog.queries.inbound import days_late, known_owners
from ops_portal.accounts.visibility import scope_of
from ops_portal.lib.doors.api import PortalViewSet
from ops_portal.lib.doors.filters import PortalFilterSet
from ops_portal.lib.doors.serializers import PortalModelSerializer, PortalSerializer
from ops_portal.lib.refusals import Outcome

MOST_RECEIVED: Final = 500
UNITS: Final[dict[str, Any]] = {"min_value": 1, "max_value": MOST_UNITS}


class InboundLineSerializer(PortalModelSerializer):
    """Promised against received, in units; ``damaged`` are counted among those received."""

    sku = serializers.CharField(source="sku.code")
    short = serializers.SerializerMethodField()
    over = serializers.SerializerMethodField()

    class Meta:
        model = InboundLine
        fields = ("sku", "promised", "received", "damaged", "short", "over")

    def get_short(self, line: InboundLine) -> int:
        return max(0, line.promised - line.received)

    def get_over(self, line: InboundLine) -> int:
        return max(0, line.received - line.promised)


class InboundSerializer(PortalModelSerializer):
    """A delivery as it stands. ``promised_on`` is its first promise, by which ``days_late`` are counted."""

    brand = serializers.CharField(source="brand.code")
    warehouse = serializers.CharField(source="warehouse.code")
    days_late = serializers.SerializerMethodField()
    lines = serializers.SerializerMethodField()

    class Meta:
        model = InboundDelivery
        fields = (
            "number", "brand", "warehouse", "goods_owner", "supplier", "status", "source", "source_key", "tracking",
            "promised_on", "expected_on", "arrived_on", "days_late", "closed_at", "lines", "created_at", "updated_at",
        )  # fmt: skip

    def get_days_late(self, delivery: InboundDelivery) -> int:
        return days_late(delivery, on=local_day(timezone.now()))

    @extend_schema_field(InboundLineSerializer(many=True))
    def get_lines(self, delivery: InboundDelivery) -> Any:
        return InboundLineSerializer(delivery.lines.all(), many=True).data


class NewInboundLineSerializer(PortalSerializer):
    sku = serializers.CharField(max_length=60)
    units = serializers.IntegerField(**UNITS)


class NewInboundSerializer(PortalSerializer):
    """What is to come. The sender's number again is the same delivery; without an owner, that of the one before."""

    brand = serializers.CharField(max_length=40)
    warehouse = serializers.CharField(max_length=40)
    source_key = serializers.CharField(max_length=120)
    promised_on = serializers.DateField()
    goods_owner = serializers.CharField(max_length=40, **BLANK)
    supplier = serializers.CharField(max_length=120, **BLANK)
    tracking = serializers.CharField(max_length=120, **BLANK)
    lines = NewInboundLineSerializer(many=True, min_length=1, max_length=MOST_LINES)  # type: ignore[call-arg]


class PromiseSerializer(PortalSerializer):
    promised_on = serializers.DateField()
    tracking = serializers.CharField(max_length=120, **BLANK)


class ReasonSerializer(PortalSerializer):
    reason = serializers.CharField(max_length=500, **BLANK)


class ReceiptLineSerializer(PortalSerializer):
    """Units that came, the damaged ones among them. With a reason the good ones go into quarantine."""

    sku = serializers.CharField(max_length=60)
    units = serializers.IntegerField(**UNITS)
    damaged = serializers.IntegerField(min_value=0, max_value=MOST_UNITS, required=False, default=0)
    batch = serializers.CharField(max_length=60, **BLANK)
    expires_on = serializers.DateField(required=False, default=None, allow_null=True)
    quarantine_reason = serializers.CharField(max_length=200, **BLANK)


class ReceiptSerializer(PortalSerializer):
    """What came at one time. The same ``key`` again counts once; ``accepts_more`` takes in what wasn't promised."""

    key = serializers.CharField(max_length=LONGEST_KEY)
    accepts_more = serializers.BooleanField(required=False, default=False)
    lines = ReceiptLineSerializer(many=True, min_length=1, max_length=MOST_RECEIVED)  # type: ignore[call-arg]


class InboundFilterSet(PortalFilterSet):
    status = filters.MultipleChoiceFilter(choices=InboundStatus.choices, label=_("Status"))
    brand = filters.CharFilter(field_name="brand__code", label=_("Brand"))
    warehouse = filters.CharFilter(field_name="warehouse__code", label=_("Warehouse"))
    owner = filters.CharFilter(field_name="goods_owner", label=pgettext_lazy("goods", "Owner"))
    source_key = filters.CharFilter(label=_("Sender's number"))
    tracking = filters.CharFilter(label=_("Waybill"))

    class Meta:
        model = InboundDelivery
        fields = ()


class InboundViewSet(PortalViewSet):
    queryset = InboundDelivery.objects.select_related("brand", "warehouse")
    serializer_class = InboundSerializer
    filterset_class = InboundFilterSet
    lookup_field = "number"
    lookup_value_regex = "[A-Za-z0-9-]+"
    permission_map = {
        "create": "catalog.announce_delivery",
        "promise": "catalog.announce_delivery",
        "cancel": "catalog.announce_delivery",
        "receive": "catalog.use_floor",
        "close": "catalog.use_floor",
    }
    required_scopes = {
        "list": "stock:read",
        "retrieve": "stock:read",
        "create": "deliveries:write",
        "promise": "deliveries:write",
        "cancel": "deliveries:write",
        "receive": "stock:write",
        "close": "stock:write",
    }

    @property
    def ordering(self) -> Sequence[str]:
        """Newest first; whoever follows changes gets them in the order in which they were made."""
        changed = "updated_since" in self.request.query_params
        return ("updated_at", "pk") if changed else ("-created_at", "-pk")

    def get_queryset(self) -> QuerySet[InboundDelivery]:
        lines = InboundLine.objects.select_related("sku").order_by("position")
        queryset: QuerySet[InboundDelivery] = super().get_queryset()
        return queryset.prefetch_related(Prefetch("lines", lines))

    @extend_schema(request=NewInboundSerializer, responses={201: InboundSerializer})
    def create(self, request: Request) -> Response:
        """Announce a delivery. The sender's number again is answered with the one that stands."""
        given = NewInboundSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        brand = own_brand(request, data["brand"])
        owners = known_owners(brand.pk)
        owner = data["goods_owner"] or owners[0]
        if owner not in owners and scope_of(request.user).partner:
            raise serializers.ValidationError({"goods_owner": [_("These goods have another owner.")]})
        draft = InboundDraft(
            brand_code=brand.code,
            warehouse_code=data["warehouse"],
            goods_owner=owner,
            promised_on=data["promised_on"],
            lines=tuple((line["sku"], line["units"]) for line in data["lines"]),
            supplier=data["supplier"],
            source=InboundSource.API.value,
            source_key=data["source_key"],
            tracking=data["tracking"],
        )
        delivery = self.run(announce_deliveries, [draft]).one()
        return Response(self.shown(delivery), status=201)

    def shown(self, delivery: InboundDelivery) -> Any:
        """Return a delivery as it is now."""
        return self.get_serializer(self.get_queryset().get(pk=delivery.pk)).data

    def move(self, operation: Callable[..., Outcome[Any]], draft: Any = None, **options: Any) -> Response:
        """Call ``operation`` for the addressed delivery and answer with it as it then is."""
        delivery: InboundDelivery = self.get_object()
        self.run(operation, [delivery.number if draft is None else draft(delivery)], **options).one()
        return Response(self.shown(delivery))

    @extend_schema(request=PromiseSerializer)
    @action(detail=True, methods=["post"])
    def promise(self, request: Request, number: str) -> Response:
        """Promise the delivery for a day; after the first promise, say when it is expected now."""
        given = PromiseSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return self.move(promise_deliveries, lambda found: PromiseDraft(found.number, **given.validated_data))

    @extend_schema(request=ReasonSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, number: str) -> Response:
        """Cancel the delivery, as long as nothing of it has come."""
        given = ReasonSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return self.move(cancel_deliveries, **given.validated_data)

    @extend_schema(request=ReceiptSerializer)
    @action(detail=True, methods=["post"])
    def receive(self, request: Request, number: str) -> Response:
        """Book what came of the delivery. The same key again is answered as before, and counts once."""
        given = ReceiptSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        lines = tuple(
            ReceiptLineDraft(
                line["sku"],
                line["units"],
                line["damaged"],
                line["batch"],
                line["expires_on"],
                line["quarantine_reason"],
            )
            for line in data["lines"]
        )
        return self.move(
            receive_deliveries,
            lambda found: ReceiptDraft(found.number, lines, data["key"], accepts_more=data["accepts_more"]),
        )

    @extend_schema(request=ReasonSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, number: str) -> Response:
        """Close the delivery with what came; what is short then stays so."""
        given = ReasonSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return self.move(close_deliveries, **given.validated_data)
