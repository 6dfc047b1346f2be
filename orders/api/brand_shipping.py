"""Orders that a brand ships from its own warehouse, over REST: its list with the recipients, and its parcels back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from ops_portal.accounts.choices import Access
from ops_portal.accounts.operations.access import AccessDraft, record_access
from ops_portal.lib.doors.api import PortalViewSet
from ops_portal.lib.doors.filters import PortalFilterSet
from ops_portal.lib.doors.serializers import PortalSerializer
from ops_portal.lib.sealing import unseal
from orders.api.serializers import ShipSerializer, moment
from orders.choices import ORDER_MOVES, OrderStatus
from orders.drafts import ShipmentDraft
from orders.models import Order
from orders.operations.brand_shipping import Shipped, ship_from_brands
from orders.queries.brand_shipping import orders_of_brands, waiting, with_goods

MOST_PARCELS: Final = 200


class PartSerializer(PortalSerializer):
    """What a bundle is packed of."""

    sku = serializers.CharField()
    units = serializers.IntegerField()


class FulfilmentLineSerializer(PortalSerializer):
    position = serializers.IntegerField()
    sku = serializers.CharField()
    title = serializers.CharField()
    units = serializers.IntegerField()
    is_gift = serializers.BooleanField()
    components = PartSerializer(many=True)


class RecipientSerializer(PortalSerializer):
    """To whom the parcel goes, in full."""

    name = serializers.CharField()
    phone = serializers.CharField()
    province = serializers.CharField()
    city = serializers.CharField()
    district = serializers.CharField()
    address = serializers.CharField()


class FulfilmentOrderSerializer(PortalSerializer):
    """An order that the brand is to ship. That it was read is recorded, since the recipient is shown in full."""

    number = serializers.CharField()
    shop = serializers.CharField()
    platform_number = serializers.CharField()
    warehouse = serializers.CharField()
    status = serializers.ChoiceField(choices=OrderStatus.choices)
    placed_at = serializers.DateTimeField()
    paid_at = serializers.DateTimeField()
    ship_by = serializers.DateTimeField(allow_null=True)
    updated_at = serializers.DateTimeField()
    recipient = RecipientSerializer()
    lines = FulfilmentLineSerializer(many=True)

    def to_representation(self, order: Order) -> dict[str, Any]:
        zone = order.shop.zone
        return {
            "number": order.number,
            "shop": order.shop.code,
            "platform_number": order.platform_number,
            "warehouse": order.warehouse.code if order.warehouse else "",
            "status": order.status,
            "placed_at": moment(order.placed_at, zone),
            "paid_at": moment(order.paid_at, zone),
            "ship_by": moment(order.ship_by, zone),
            "updated_at": moment(order.updated_at, zone),
            "recipient": recipient_of(order),
            "lines": [
                {
                    "position": line.position,
                    "sku": line.sku_code,
                    "title": line.title,
                    "units": line.units,
                    "is_gift": line.is_gift,
                    "components": [
                        {"sku": part.sku.code, "units": part.units} for part in line.components.all()
                    ],
                }
                for line in order.lines.all()
            ],
        }


def recipient_of(order: Order) -> dict[str, str]:
    """Return to whom an order goes, in full: for whoever has recorded that it is read."""
    opened = unseal(order.buyer_sealed) if order.buyer_sealed else {}
    return {
        "name": opened.get("name", ""),
        "phone": opened.get("phone", ""),
        "province": order.province,
        "city": order.city,
        "district": opened.get("district", ""),
        "address": opened.get("address", ""),
    }


class ParcelSerializer(ShipSerializer):
    """The parcel of one order."""

    number = serializers.CharField(max_length=30)


class ParcelsSerializer(PortalSerializer):
    parcels = ParcelSerializer(many=True, min_length=1, max_length=MOST_PARCELS)  # type: ignore[call-arg]


class ShippedSerializer(PortalSerializer):
    """A parcel as it stands."""

    number = serializers.CharField()
    carrier = serializers.CharField()
    waybill_number = serializers.CharField()
    shipped_at = serializers.DateTimeField()


def shipped_shown(shipped: Shipped) -> dict[str, Any]:
    """Return what is said of the parcel of an order."""
    parcel = shipped.parcel
    return {
        "number": shipped.number,
        "carrier": parcel.carrier,
        "waybill_number": parcel.waybill_number,
        "shipped_at": parcel.shipped_at.isoformat(),
    }


def unkept(response: Response) -> Response:
    """Return an answer that names people, which nobody on the way is to keep."""
    response["Cache-Control"] = "no-store"
    return response


def status_of(shipped: Shipped) -> int:
    """Return the HTTP status of a parcel: 201 where the call made it, 200 where it stood."""
    return 201 if shipped.is_new else 200


class FulfilmentFilterSet(PortalFilterSet):
    warehouse = filters.CharFilter(field_name="warehouse__code", label=gettext_lazy("Warehouse"))
    shop = filters.CharFilter(field_name="shop__code", label=gettext_lazy("Shop"))
    platform_number = filters.CharFilter(label=gettext_lazy("Platform number"))
    ship_before = filters.IsoDateTimeFilter(
        field_name="ship_by", lookup_expr="lt", label=gettext_lazy("To be shipped before")
    )

    class Meta:
        model = Order
        fields = ()


class FulfilmentOrderViewSet(PortalViewSet):
    queryset = Order.objects.all()
    serializer_class = FulfilmentOrderSerializer
    filterset_class = FulfilmentFilterSet
    lookup_field = "number"
    lookup_value_regex = "[A-Za-z0-9-]+"
    permission_map = dict.fromkeys(("list", "retrieve", "ship", "parcels"), "orders.fulfil_order")
    required_scopes = {
        "list": "fulfilment:read",
        "retrieve": "fulfilment:read",
        "ship": "fulfilment:write",
        "parcels": "fulfilment:write",
    }

    @property
    def ordering(self) -> Sequence[str]:
        """Oldest first; whoever follows changes gets them in the order in which they were made."""
        return ("updated_at", "pk") if "updated_since" in self.request.query_params else ("placed_at", "pk")

    def get_queryset(self) -> QuerySet[Order]:
        """Return the orders in the caller's own warehouses: to be read are those that wait, to be shipped all."""
        orders = orders_of_brands(super().get_queryset(), self.request.user)
        return with_goods(waiting(orders)) if self.action in ("list", "retrieve") else orders

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the orders that wait to be shipped by the brand, with their recipients; each reading is recorded."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return unkept(self.get_paginated_response(self.read(page or [])))

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return one of them."""
        return unkept(Response(self.read([self.get_object()])[0]))

    def read(self, orders: Sequence[Order]) -> Any:
        """Record that the caller reads the recipients of these orders, and return what is shown."""
        drafts = [
            AccessDraft(Access.PERSONAL_DATA, ORDER_MOVES.kind, _("To be shipped by the brand"), order.number)
            for order in orders
        ]
        record_access(drafts, actor=self.principal, at=timezone.now())
        return self.get_serializer(orders, many=True).data

    @extend_schema(request=ShipSerializer, responses={201: ShippedSerializer, 200: ShippedSerializer})
    @action(detail=True, methods=["post"])
    def ship(self, request: Request, number: str) -> Response:
        """Tell the parcel of one order. The same again: 200; another parcel of a shipped order: 409."""
        given = ShipSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        draft = ShipmentDraft(self.get_object().pk, **given.validated_data)
        shipped = self.run(ship_from_brands, [draft]).one()
        return Response(shipped_shown(shipped), status=status_of(shipped))

    @extend_schema(
        request=ParcelsSerializer, responses={200: OpenApiResponse(description="Parcel by parcel.")}
    )
    @action(detail=False, methods=["post"])
    def parcels(self, request: Request) -> Response:
        """Tell up to 200 parcels; each is answered for itself."""
        given = ParcelsSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        said = given.validated_data["parcels"]
        orders = self.get_queryset().filter(number__in={parcel["number"] for parcel in said})
        ids = dict(orders.values_list("number", "pk"))
        drafts = [
            ShipmentDraft(ids.get(parcel["number"], 0), parcel["carrier"], parcel["waybill_number"])
            for parcel in said
        ]
        return self.per_item(self.run(ship_from_brands, drafts), shipped_shown, status_of=status_of)
