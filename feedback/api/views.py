"""Feedback over REST: coming in from other systems, and worked by them. Partners hold no right to it."""

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

from catalog.models import Brand
from feedback.api.filters import FeedbackFilterSet
from feedback.api.serializers import AnswerSerializer, CloseSerializer, ItemSerializer, NewItemSerializer
from feedback.choices import Delivery
from feedback.drafts import AnswerDraft
from feedback.models import Answer, FeedbackItem
from feedback.operations.receiving import receive_items
from feedback.operations.working import answer_items, close_items
from ops_portal.lib.doors.api import PortalViewSet
from ops_portal.lib.refusals import Outcome
from orders.models import Shop


class FeedbackViewSet(PortalViewSet):
    queryset = FeedbackItem.objects.all()
    serializer_class = ItemSerializer
    filterset_class = FeedbackFilterSet
    lookup_field = "number"
    lookup_value_regex = "F[0-9]+"
    permission_map = {
        "create": "feedback.import_feedback",
        "reply": "feedback.work_feedbackitem",
        "close": "feedback.work_feedbackitem",
    }
    required_scopes = {"list": "feedback:read", "retrieve": "feedback:read"} | dict.fromkeys(
        permission_map, "feedback:write"
    )

    @property
    def ordering(self) -> Sequence[str]:
        """Newest first; whoever follows changes gets them in the order in which they were made."""
        return (
            ("updated_at", "pk") if "updated_since" in self.request.query_params else ("-received_at", "-pk")
        )

    def get_queryset(self) -> QuerySet[FeedbackItem]:
        queryset: QuerySet[FeedbackItem] = super().get_queryset()
        answers = Prefetch("answers", Answer.objects.order_by("pk"))
        related = ("shop", "brand", "sku", "order")
        return queryset.filter(undone_at__isnull=True).select_related(*related).prefetch_related(answers)

    @extend_schema(request=NewItemSerializer, responses={201: ItemSerializer, 200: ItemSerializer})
    def create(self, request: Request) -> Response:
        """Take in what a customer said; the same reference again changes the item that stands, and answers 200."""
        given = NewItemSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        code = given.validated_data["shop"]
        shop = Shop.objects.visible_to(request.user).filter(code=code).first()
        if shop is None:
            detail = _("There is no shop %(shop)s; create it first.") % {"shop": code}
            raise serializers.ValidationError({"shop": [detail]})
        brand = given.validated_data["brand"]
        if brand and not Brand.objects.visible_to(request.user).filter(code=brand).exists():
            detail = _("There is no brand %(brand)s; create it first.") % {"brand": brand}
            raise serializers.ValidationError({"brand": [detail]})
        received = self.run(receive_items, [given.draft(shop)]).one()
        status = 201 if received.what == "created" else 200
        return Response(self.get_serializer(self.get_queryset().get(pk=received.id)).data, status=status)

    def work(self, operation: Callable[..., Outcome[Any]], draft: Any, **options: Any) -> Response:
        """Call ``operation`` for the addressed item and answer with the item as it then is."""
        item = self.get_object()
        self.run(operation, [draft(item)], **options).one()
        return Response(self.get_serializer(self.get_queryset().get(pk=item.pk)).data)

    @extend_schema(request=AnswerSerializer)
    @action(detail=True, methods=["post"], url_path="answer", url_name="answer")
    def reply(self, request: Request, number: str) -> Response:
        """Write down what the customer is told."""
        given = AnswerSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        delivery = Delivery.BY_CALLER if data["sent"] else Delivery.BY_HAND
        return self.work(
            answer_items, lambda item: AnswerDraft(item.number, data["text"], data["seen"], delivery)
        )

    @extend_schema(request=CloseSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, number: str) -> Response:
        """Close the item; complaints and urgent ones are answered first."""
        given = CloseSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return self.work(close_items, lambda item: item.number, reason=given.validated_data["reason"])
