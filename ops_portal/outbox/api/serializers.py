"""The shapes of endpoints, deliveries and events."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from ops_portal.lib.doors.serializers import PortalSerializer
from ops_portal.outbox.choices import DeliveryStatus, DisabledReason
from ops_portal.outbox.drafts import EndpointChange, EndpointDraft
from ops_portal.outbox.models import Event
from ops_portal.outbox.queries import data_of


def kinds_field(**more: Any) -> serializers.ListField:
    return serializers.ListField(child=serializers.CharField(max_length=60), max_length=50, **more)


class NewWebhookSerializer(PortalSerializer):
    """An endpoint to be opened for the caller; no ``kinds`` means every kind."""

    url = serializers.CharField(max_length=500)
    kinds = kinds_field(required=False, default=list)
    description = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)

    def draft(self, owner_id: int) -> EndpointDraft:
        data = self.validated_data
        return EndpointDraft(owner_id, data["url"], tuple(data["kinds"]), data["description"])


class WebhookChangeSerializer(PortalSerializer):
    """What is to be changed; ``is_active`` switches off and on."""

    url = serializers.CharField(max_length=500, required=False)
    kinds = kinds_field(required=False)
    description = serializers.CharField(max_length=200, required=False, allow_blank=True)
    is_active = serializers.BooleanField(required=False)

    def change(self, endpoint_id: int) -> EndpointChange:
        data = dict(self.validated_data)
        if "kinds" in data:
            data["kinds"] = tuple(data["kinds"])
        return EndpointChange(endpoint_id, **data)


class WebhookSerializer(PortalSerializer):
    """An endpoint going out."""

    id = serializers.IntegerField()
    url = serializers.CharField()
    kinds = serializers.ListField(child=serializers.CharField())
    description = serializers.CharField()
    is_active = serializers.BooleanField()
    disabled_at = serializers.DateTimeField(allow_null=True)
    disabled_reason = serializers.ChoiceField(choices=DisabledReason.choices, allow_blank=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class WebhookWithSecretSerializer(WebhookSerializer):
    """An endpoint with its secret, which is shown this once."""

    secret = serializers.CharField()


class EventSerializer(PortalSerializer):
    """An event as its message says it; ``id`` is the message's ``webhook-id``."""

    id = serializers.CharField(source="webhook_id")
    type = serializers.CharField(source="kind")
    timestamp = serializers.DateTimeField(source="occurred_at")
    data = serializers.SerializerMethodField()  # type: ignore[assignment]  # a field, not the property

    def get_data(self, event: Event) -> dict[str, Any]:
        """Return what the message says of its object."""
        return data_of(event.object_kind, event.object_number, event.brand, event.sequence, event.facts)


class AttemptSerializer(PortalSerializer):
    at = serializers.DateTimeField()
    status_code = serializers.IntegerField(allow_null=True)
    duration_ms = serializers.IntegerField()
    error = serializers.CharField()
    excerpt = serializers.CharField()


class DeliverySerializer(PortalSerializer):
    """A delivery going out, with its event."""

    id = serializers.IntegerField()
    status = serializers.ChoiceField(choices=DeliveryStatus.choices)
    attempts = serializers.IntegerField()
    next_at = serializers.DateTimeField(allow_null=True)
    delivered_at = serializers.DateTimeField(allow_null=True)
    event = EventSerializer()

    def to_representation(self, delivery: Any) -> dict[str, Any]:
        shown = super().to_representation(delivery)
        if delivery.status != DeliveryStatus.PENDING:
            shown["next_at"] = None
        return shown


class DeliveryWithLogSerializer(DeliverySerializer):
    """A delivery with its latest attempts, newest first."""

    log = serializers.SerializerMethodField()

    def get_log(self, delivery: Any) -> list[dict[str, Any]]:
        """Return the latest attempts."""
        return list(AttemptSerializer(self.context["log"], many=True).data)


class ReplaySerializer(PortalSerializer):
    """Send again what was given up since then."""

    since = serializers.DateTimeField()


class ReplayedSerializer(PortalSerializer):
    replayed = serializers.IntegerField()
