"""Orders over REST: the same addresses for staff and partners."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from ops_portal.accounts.visibility import scope_of
from ops_portal.lib.doors.api import PortalViewSet
from ops_portal.lib.refusals import Outcome, Refused
from orders.api.filters import OrderFilterSet
from orders.api.serializers import (
    CancelSerializer,
    NewOrderSerializer,
    OrderSerializer,
    PlacedSerializer,
    RefundSerializer,
    ShipSerializer,
)
from orders.drafts import OrderDraft, ShipmentDraft
from orders.models import Order, OrderLine, Shop
from orders.operations.moving import (
    cancel_orders,
    complete_orders,
    deliver_orders,
    pack_orders,
    pick_orders,
    review_orders,
    ship_orders,
)
from orders.operations.placing import Placed, place_orders
from orders.operations.refunding import move_refunds

MOST_IN_BULK = 1000


class InvalidItem(Refused):
    """An item of a bulk request has not the shape of an order."""

    code = "invalid"
    status_code = 422


class OrderViewSet(PortalViewSet):
    queryset = Order.objects.all()
    serializer_class = OrderSerializer
    filterset_class = OrderFilterSet
    lookup_field = "number"
    lookup_value_regex = "[A-Za-z0-9-]+"
    permission_map = {
        "create": "orders.place_order",
        "bulk": "orders.place_order",
        "review": "orders.review_order",
        "pick": "orders.pick_order",
        "pack": "orders.pack_order",
        "ship": "orders.ship_order",
        "deliver": "orders.ship_order",
        "complete": "orders.cancel_order",
        "cancel": "orders.cancel_order",
        "refund": "orders.refund_order",
    }
    required_scopes = {"list": "orders:read", "retrieve": "orders:read"} | dict.fromkeys(
        permission_map, "orders:write"
    )

    @property
    def ordering(self) -> Sequence[str]:
        """Newest first; whoever follows changes gets them in the order in which they were made."""
        return ("updated_at", "pk") if "updated_since" in self.request.query_params else ("-placed_at", "-pk")

    def get_queryset(self) -> QuerySet[Order]:
        lines = OrderLine.objects.order_by("position")
        scope = scope_of(self.request.user)
        if scope.partner:
            lines = lines.filter(sku__product__brand__code__in=scope.brands)
        queryset: QuerySet[Order] = super().get_queryset()
        return (
            queryset.filter(undone_at__isnull=True)
            .select_related("shop")
            .prefetch_related(Prefetch("lines", lines))
        )

    @extend_schema(request=NewOrderSerializer, responses={201: PlacedSerializer, 200: PlacedSerializer})
    def create(self, request: Request) -> Response:
        """Place an order. Short of stock: 409 naming every short SKU; the same order again: 200."""
        given = NewOrderSerializer(data=request.data, shops=self.shops_of([request.data]))
        given.is_valid(raise_exception=True)
        placed = self.run(place_orders, [given.draft()]).one()
        return Response(placed_shown(placed), status=status_of(placed))

    @extend_schema(
        request=NewOrderSerializer(many=True, shops={}),
        responses={200: OpenApiResponse(description="Item by item.")},
    )
    @action(detail=False, methods=["post"])
    def bulk(self, request: Request) -> Response:
        """Place up to 1,000 orders; each item is answered for itself."""
        items = request.data
        if not isinstance(items, list) or not 1 <= len(items) <= MOST_IN_BULK:
            detail = _("Send a list of 1 to %(most)d orders.") % {"most": MOST_IN_BULK}
            raise serializers.ValidationError({"orders": [detail]})
        shops = self.shops_of(items)
        drafts: list[OrderDraft] = []
        place_of: list[int] = []
        invalid: list[tuple[int, Refused]] = []
        for index, item in enumerate(items):
            given = NewOrderSerializer(data=item, shops=shops)
            if given.is_valid():
                drafts.append(given.draft())
                place_of.append(index)
            else:
                invalid.append((index, InvalidItem(_("This item is no valid order."), errors=given.errors)))
        placed = self.run(place_orders, drafts)
        refused = [(place_of[index], refusal) for index, refusal in placed.refused]
        outcome = Outcome(placed.done, sorted([*refused, *invalid], key=lambda pair: pair[0]))
        return self.per_item(outcome, placed_shown, status_of=status_of)

    def shops_of(self, items: Sequence[Any]) -> dict[str, Shop]:
        """Return the shops that the items name and the caller may see, by code."""
        codes = {
            item["shop"] for item in items if isinstance(item, dict) and isinstance(item.get("shop"), str)
        }
        return Shop.objects.taking_orders(codes, self.request.user)

    def move(self, operation: Callable[..., Outcome[Any]], draft: Any = None, **options: Any) -> Response:
        """Call ``operation`` for the addressed order and answer with the order as it then is."""
        order = self.get_object()
        self.run(operation, [order.pk if draft is None else draft(order)], **options).one()
        return Response(self.get_serializer(self.get_queryset().get(pk=order.pk)).data)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def review(self, request: Request, number: str) -> Response:
        """Pass the order on to picking."""
        return self.move(review_orders)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def pick(self, request: Request, number: str) -> Response:
        """Note that the goods lie together."""
        return self.move(pick_orders)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def pack(self, request: Request, number: str) -> Response:
        """Note that the parcel is closed."""
        return self.move(pack_orders)

    @extend_schema(request=ShipSerializer)
    @action(detail=True, methods=["post"])
    def ship(self, request: Request, number: str) -> Response:
        """Ship the packed order under a waybill number."""
        given = ShipSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return self.move(ship_orders, lambda order: ShipmentDraft(order.pk, **given.validated_data))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def deliver(self, request: Request, number: str) -> Response:
        """Note that the parcel arrived."""
        return self.move(deliver_orders)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def complete(self, request: Request, number: str) -> Response:
        """Close the delivered order; its units are sold."""
        return self.move(complete_orders)

    @extend_schema(request=RefundSerializer)
    @action(detail=True, methods=["post"])
    def refund(self, request: Request, number: str) -> Response:
        """Move the order on the refund axis; a refund under way holds the order where it is."""
        given = RefundSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return self.move(move_refunds, given.draft)

    @extend_schema(request=CancelSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, number: str) -> Response:
        """Cancel the order before delivery and release what it holds."""
        given = CancelSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return self.move(cancel_orders, reason=given.validated_data["reason"])


def status_of(placed: Placed) -> int:
    """Return the HTTP status of an order that stands: 201 where the call made it, 200 where it stood."""
    return 201 if placed.what == "created" else 200


def placed_shown(placed: Placed) -> dict[str, Any]:
    """Return what a bulk request says of one order."""
    return {"number": placed.number, "platform_number": placed.platform_number, "status": placed.status}
