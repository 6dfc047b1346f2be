"""Cases over REST: the same addresses for staff and partners."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from aftersales.api.filters import CaseFilterSet
from aftersales.api.serializers import (
    CaseReasonSerializer,
    CaseSerializer,
    InspectSerializer,
    NewCaseSerializer,
    PaySerializer,
    SendBackSerializer,
)
from aftersales.models import Case, CaseLine, ReturnedGoods
from aftersales.operations.deciding import approve_cases, reject_cases, withdraw_cases
from aftersales.operations.goods import inspect_cases, receive_cases, send_back
from aftersales.operations.opening import open_cases
from aftersales.operations.refunding import refund_cases, refuse_refunds
from ops_portal.accounts.visibility import scope_of
from ops_portal.lib.doors.api import PortalViewSet
from ops_portal.lib.refusals import Outcome
from orders.models import Order, OrderLine


class CaseViewSet(PortalViewSet):
    queryset = Case.objects.all()
    serializer_class = CaseSerializer
    filterset_class = CaseFilterSet
    lookup_field = "number"
    lookup_value_regex = "[A-Za-z0-9-]+"
    permission_map = {
        "create": "aftersales.open_case",
        "approve": "aftersales.approve_case",
        "reject": "aftersales.approve_case",
        "withdraw": "aftersales.open_case",
        "send_back": "aftersales.open_case",
        "receive": "aftersales.receive_case",
        "inspect": "aftersales.inspect_case",
        "refund": "aftersales.refund_case",
        "refuse_refund": "aftersales.refund_case",
    }
    required_scopes = {"list": "aftersales:read", "retrieve": "aftersales:read"} | dict.fromkeys(
        permission_map, "aftersales:write"
    )

    @property
    def ordering(self) -> Sequence[str]:
        """Newest first; whoever follows changes gets them in the order in which they were made."""
        changed = "updated_since" in self.request.query_params
        return ("updated_at", "pk") if changed else ("-requested_at", "-pk")

    def get_queryset(self) -> QuerySet[Case]:
        lines = CaseLine.objects.select_related("order_line").order_by("order_line__position")
        scope = scope_of(self.request.user)
        if scope.partner:
            lines = lines.filter(order_line__sku__product__brand__code__in=scope.brands)
        goods = ReturnedGoods.objects.select_related(
            "reservation__stock__sku", "reservation__batch"
        ).order_by("pk")
        queryset: QuerySet[Case] = super().get_queryset()
        return queryset.select_related("shop", "order").prefetch_related(
            Prefetch("lines", lines.prefetch_related(Prefetch("goods", goods)))
        )

    @extend_schema(request=NewCaseSerializer, responses={201: CaseSerializer})
    def create(self, request: Request) -> Response:
        """Open a case. The platform's number again: the case that stands."""
        given = NewCaseSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        number = given.validated_data["order"]
        order = Order.objects.visible_to(request.user).filter(number=number, undone_at=None)
        found = order.select_related("shop").first()
        if found is None:
            raise serializers.ValidationError(
                {"order": [_("There is no order %(number)s.") % {"number": number}]}
            )
        ids = dict(OrderLine.objects.filter(order=found).values_list("position", "pk"))
        case = self.run(open_cases, [given.draft(found, ids)]).one()
        return Response(self.get_serializer(self.get_queryset().get(pk=case.pk)).data, status=201)

    def move(self, operation: Callable[..., Outcome[Any]], draft: Any = None, **options: Any) -> Response:
        """Call ``operation`` for the addressed case and answer with the case as it then is."""
        case = self.get_object()
        self.run(operation, [case.pk if draft is None else draft(case)], **options).one()
        return Response(self.get_serializer(self.get_queryset().get(pk=case.pk)).data)

    def asked(self, serializer_class: type[Any]) -> Any:
        """Return what was sent, valid."""
        given = serializer_class(data=self.request.data)
        given.is_valid(raise_exception=True)
        return given

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, number: str) -> Response:
        """Approve the case."""
        return self.move(approve_cases)

    @extend_schema(request=CaseReasonSerializer)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, number: str) -> Response:
        """Reject the case and say why."""
        return self.move(reject_cases, **self.asked(CaseReasonSerializer).validated_data)

    @extend_schema(request=CaseReasonSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, number: str) -> Response:
        """Note that the buyer takes the request back."""
        return self.move(withdraw_cases, **self.asked(CaseReasonSerializer).validated_data)

    @extend_schema(request=SendBackSerializer)
    @action(detail=True, methods=["post"], url_path="send-back")
    def send_back(self, request: Request, number: str) -> Response:
        """Note in which parcel the goods are under way."""
        return self.move(send_back, self.asked(SendBackSerializer).draft)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def receive(self, request: Request, number: str) -> Response:
        """Take the parcel in; its units stand under inspection."""
        return self.move(receive_cases)

    @extend_schema(request=InspectSerializer)
    @action(detail=True, methods=["post"])
    def inspect(self, request: Request, number: str) -> Response:
        """Book what inspection found, every unit by its grade."""
        return self.move(inspect_cases, self.asked(InspectSerializer).draft)

    @extend_schema(request=PaySerializer)
    @action(detail=True, methods=["post"])
    def refund(self, request: Request, number: str) -> Response:
        """Note that the refund was paid; a second time it is refused."""
        return self.move(refund_cases, self.asked(PaySerializer).draft)

    @extend_schema(request=CaseReasonSerializer)
    @action(detail=True, methods=["post"], url_path="refuse-refund")
    def refuse_refund(self, request: Request, number: str) -> Response:
        """Refuse the money of goods that don't deserve it, and say why."""
        return self.move(refuse_refunds, **self.asked(CaseReasonSerializer).validated_data)
