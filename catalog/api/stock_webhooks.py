"""Signed messages of other systems: each tells the stock of the one warehouse whose secret signs it."""

from __future__ import annotations

import hashlib
from typing import Any, ClassVar

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.mirrors import TheirLineSerializer
from catalog.choices import StockMessageKind
from catalog.models import StockMessage, StockSender
from catalog.operations.stock_messages import MessageDraft, ToldLine, take_stock_message
from ops_portal.accounts.choices import Role
from ops_portal.lib.doors.api import PortalViewSet
from ops_portal.lib.doors.retry import retried
from ops_portal.lib.doors.serializers import PortalModelSerializer, PortalSerializer
from ops_portal.lib.doors.throttling import RateLimit
from ops_portal.lib.principals import Principal
from ops_portal.outbox.signing import is_signed, new_secret, secrets_of

MOST_LINES = 10_000
# What is compared where there is no sender, so that the time of a refusal doesn't tell which warehouses there are.
NOBODYS = (new_secret(),)


class SignedByWarehouse(BaseAuthentication):
    """Let in what the secret of the address's warehouse signed; everything else gets the same 401."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, StockSender]:
        code = request.parser_context["kwargs"]["code"]
        at = timezone.now()
        sender = StockSender.objects.filter(warehouse__code=code).select_related("warehouse").first()
        secrets = secrets_of(sender.secret_sealed, at=at) if sender else NOBODYS
        body = request._request.body
        if not is_signed(request.headers, body, secrets, at=at) or sender is None:
            raise AuthenticationFailed(_("The signature is wrong, or older than five minutes."))
        return AnonymousUser(), sender

    def authenticate_header(self, request: Request) -> str:
        return "Webhook-Signature"


class IsSigned(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.auth, StockSender)


class SenderLimit(RateLimit):
    """Count signed messages by their sender, everything else by its address."""

    def caller(self, request: Request) -> tuple[str, str]:
        if isinstance(request.auth, StockSender):
            return "user", f"stock-sender-{request.auth.pk}"
        return super().caller(request)


class MessageLinesSerializer(PortalSerializer):
    """The lines of a message."""

    lines = serializers.ListField(child=TheirLineSerializer(), min_length=1, max_length=MOST_LINES)


class StockWebhookSerializer(PortalSerializer):
    """The whole stock of a warehouse (``stock.snapshot``), or the SKUs alone that changed (``stock.changed``)."""

    type = serializers.ChoiceField(choices=StockMessageKind.choices)
    timestamp = serializers.DateTimeField(help_text="The moment of these units.")
    data = MessageLinesSerializer()  # type: ignore[assignment]


class StockMessageSerializer(PortalModelSerializer):
    """What became of a message: the snapshot, and how many lines were noted, unknown, and missing from the list."""

    snapshot = serializers.CharField(source="snapshot.number")

    class Meta:
        model = StockMessage
        fields = ("webhook_id", "snapshot", "noted", "unknown", "missing", "received_at")


class StockWebhookViewSet(PortalViewSet):
    queryset = StockMessage.objects.none()
    serializer_class = StockMessageSerializer
    authentication_classes = (SignedByWarehouse,)
    permission_classes = (IsSigned,)
    throttle_classes = (SenderLimit,)
    without_idempotency: ClassVar = ("create",)  # the message's id does that

    @extend_schema(
        request=StockWebhookSerializer,
        responses={200: StockMessageSerializer},
        parameters=[
            OpenApiParameter("webhook-id", str, OpenApiParameter.HEADER, required=True),
            OpenApiParameter("webhook-timestamp", str, OpenApiParameter.HEADER, required=True),
            OpenApiParameter("webhook-signature", str, OpenApiParameter.HEADER, required=True),
        ],
    )
    def create(self, request: Request, code: str) -> Response:
        """Take one signed message (Standard Webhooks); the same message again is answered the same."""
        given = StockWebhookSerializer(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        said = given.validated_data
        draft = MessageDraft(
            code,
            request.headers["webhook-id"],
            hashlib.sha256(request._request.body).hexdigest(),
            said["type"],
            said["timestamp"],
            tuple(
                ToldLine(line["units"], line["sku"], line["barcode"], line["owner"], line["batch"])
                for line in said["data"]["lines"]
            ),
        )
        sender = Principal("key", f"webhook {code}", roles=frozenset({Role.WAREHOUSE}))
        message = retried(take_stock_message)(draft, actor=sender, at=timezone.now())
        return Response(StockMessageSerializer(message).data)

    def answer(self, request: Request) -> Response:
        """Call the method's handler; an ``Idempotency-Key`` means nothing here."""
        return self.handler_of(request)(request, *self.args, **self.kwargs)


class SignatureScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the API's document names the signature."""

    target_class = SignedByWarehouse
    name = "signature"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        said = "Standard Webhooks: HMAC-SHA256 over id.timestamp.body by the warehouse's secret."
        return {"type": "apiKey", "in": "header", "name": "webhook-signature", "description": said}
