"""Webhooks over REST: partners look after their own endpoints, see what was sent, and fetch what they missed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from ops_portal.lib.doors.api import PortalViewSet
from ops_portal.lib.doors.idempotency import key_of
from ops_portal.lib.doors.problems import Problem
from ops_portal.lib.refusals import Outcome
from ops_portal.outbox.api.filters import DeliveryFilterSet, EndpointFilterSet, EventFilterSet
from ops_portal.outbox.api.serializers import (
    DeliverySerializer,
    DeliveryWithLogSerializer,
    EventSerializer,
    NewWebhookSerializer,
    ReplayedSerializer,
    ReplaySerializer,
    WebhookChangeSerializer,
    WebhookSerializer,
    WebhookWithSecretSerializer,
)
from ops_portal.outbox.models import Attempt, Delivery, Endpoint, Event
from ops_portal.outbox.operations.delivering import replay_deliveries, replay_failed
from ops_portal.outbox.operations.endpoints import (
    OpenEndpoint,
    change_endpoints,
    close_endpoints,
    open_endpoints,
    ping_endpoints,
    rotate_secrets,
)

NUMBER = "[0-9]{1,18}"
ATTEMPTS_SHOWN = 50


class WebhookViewSet(PortalViewSet):
    """Endpoints that were closed are not there any more."""

    queryset = Endpoint.objects.open()
    serializer_class = WebhookSerializer
    filterset_class = EndpointFilterSet
    lookup_value_regex = NUMBER
    ordering = ("-pk",)
    permission_map = {
        "create": "outbox.add_endpoint",
        "partial_update": "outbox.change_endpoint",
        "destroy": "outbox.change_endpoint",
        "rotate": "outbox.change_endpoint",
        "ping": "outbox.change_endpoint",
        "replay": "outbox.replay_delivery",
    }
    required_scopes = {"list": "webhooks:read", "retrieve": "webhooks:read"} | dict.fromkeys(
        permission_map, "webhooks:write"
    )

    without_idempotency = ("create", "rotate")

    def answer(self, request: Request) -> Response:
        """Refuse a key for answers that show a secret: they would be stored with it."""
        if self.action in self.without_idempotency and key_of(request) is not None:
            detail = _("This answer shows a secret and is stored nowhere; send no Idempotency-Key.")
            raise Problem("idempotency_key_not_taken", detail)
        return super().answer(request)

    def one(self, operation: Callable[..., Outcome[Any]], draft: Any) -> Any:
        return self.run(operation, [draft]).one()

    @extend_schema(request=NewWebhookSerializer, responses={201: WebhookWithSecretSerializer})
    def create(self, request: Request) -> Response:
        """Open an endpoint; the answer shows its secret, this once."""
        given = NewWebhookSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        opened = self.one(open_endpoints, given.draft(cast(int, self.request.user.pk)))
        return Response(with_secret(opened), status=201)

    @extend_schema(request=WebhookChangeSerializer, responses=WebhookSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change an endpoint, or switch it off and on; what waited meanwhile goes out then."""
        endpoint = self.get_object()
        given = WebhookChangeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return Response(WebhookSerializer(self.one(change_endpoints, given.change(endpoint.pk))).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Close an endpoint for good; what waits for it is given up."""
        self.one(close_endpoints, self.get_object().pk)
        return Response(status=204)

    @extend_schema(request=None, responses=WebhookWithSecretSerializer)
    @action(detail=True, methods=["post"])
    def rotate(self, request: Request, pk: str) -> Response:
        """Give the endpoint a new secret, shown this once; the old one signs beside it for a day."""
        return Response(with_secret(self.one(rotate_secrets, self.get_object().pk)))

    @extend_schema(request=None, responses={202: WebhookSerializer})
    @action(detail=True, methods=["post"])
    def ping(self, request: Request, pk: str) -> Response:
        """Send the endpoint a message to try it by."""
        return Response(WebhookSerializer(self.one(ping_endpoints, self.get_object().pk)).data, status=202)

    @extend_schema(request=ReplaySerializer, responses={202: ReplayedSerializer})
    @action(detail=True, methods=["post"])
    def replay(self, request: Request, pk: str) -> Response:
        """Send again what was given up since a time: the oldest thousand; call again until none is left."""
        endpoint = self.get_object()
        given = ReplaySerializer(data=request.data)
        given.is_valid(raise_exception=True)
        outcome = self.run(replay_failed, [endpoint.pk], since=given.validated_data["since"])
        if outcome.refused:
            raise outcome.refused[0][1]
        return Response({"replayed": len(outcome.done)}, status=202)


class DeliveryViewSet(PortalViewSet):
    """What was sent, or is to be sent, to one endpoint; one that the caller may not see is not there."""

    queryset = Delivery.objects.select_related("event")
    serializer_class = DeliverySerializer
    filterset_class = DeliveryFilterSet
    lookup_value_regex = NUMBER
    ordering = ("-pk",)
    permission_map = {"replay": "outbox.replay_delivery"}
    required_scopes = {"list": "webhooks:read", "retrieve": "webhooks:read", "replay": "webhooks:write"}

    def get_queryset(self) -> QuerySet[Delivery]:
        queryset: QuerySet[Delivery] = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return queryset
        endpoints = Endpoint.objects.open().visible_to(self.request.user)
        return queryset.filter(endpoint=get_object_or_404(endpoints, pk=self.kwargs["endpoint"]))

    @extend_schema(responses=DeliveryWithLogSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show a delivery with its event and its latest attempts."""
        delivery = self.get_object()
        log = Attempt.objects.filter(delivery=delivery).order_by("-pk")[:ATTEMPTS_SHOWN]
        return Response(DeliveryWithLogSerializer(delivery, context={"log": log}).data)

    @extend_schema(request=None, responses={202: DeliverySerializer})
    @action(detail=True, methods=["post"])
    def replay(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Send the message again, with the same id."""
        delivery = self.get_object()
        self.run(replay_deliveries, [delivery.pk]).one()
        return Response(self.get_serializer(self.get_queryset().get(pk=delivery.pk)).data, status=202)


class EventViewSet(PortalViewSet):
    """What happened to the caller's brands: where a number shows a gap, it is filled from here."""

    queryset = Event.objects.all()
    serializer_class = EventSerializer
    filterset_class = EventFilterSet
    lookup_value_regex = NUMBER
    required_scopes = {"list": "webhooks:read", "retrieve": "webhooks:read"}

    @property
    def ordering(self) -> Sequence[str]:
        """Newest first; after a sequence, as they happened."""
        return ("pk",) if "after" in self.request.query_params else ("-pk",)


def with_secret(opened: OpenEndpoint) -> dict[str, Any]:
    """Return an endpoint with its secret as it goes out."""
    return {**WebhookSerializer(opened.endpoint).data, "secret": opened.secret}
