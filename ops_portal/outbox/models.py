"""Who is told of what, what there was to tell, and how each telling went."""

from __future__ import annotations

from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ops_portal.accounts.audit import audited
from ops_portal.accounts.models import User
from ops_portal.accounts.visibility import Viewer, scope_of
from ops_portal.lib.models import APPEND_ONLY
from ops_portal.outbox.choices import DeliveryStatus, DisabledReason


class EndpointQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Viewer) -> Self:
        """Narrow to one's own endpoints; those who see everything see all."""
        if scope_of(user).all:
            return self
        if not isinstance(user, User) or not user.is_active:
            return self.none()
        return self.filter(owner_id=user.pk)

    def open(self) -> Self:
        """Narrow to those that were not closed for good."""
        return self.exclude(disabled_reason=DisabledReason.CLOSED)


class Endpoint(models.Model):
    """An address that is told of events, in the name of its owner: it hears what the owner may see.

    ``kinds`` empty means every kind. ``secret_sealed`` holds the signing secret, and for a day after a
    rotation the one before it.
    """

    owner = models.ForeignKey(
        User, verbose_name=pgettext_lazy("endpoint", "owner"), on_delete=models.PROTECT, related_name="+"
    )
    url = models.CharField(_("address"), max_length=500)
    description = models.CharField(_("description"), max_length=200, blank=True)
    kinds = ArrayField(
        models.CharField(max_length=60), default=list, blank=True, verbose_name=_("kinds of events")
    )
    secret_sealed = models.BinaryField(editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    disabled_at = models.DateTimeField(_("switched off at"), null=True, blank=True)
    disabled_reason = models.CharField(
        _("why it is switched off"), max_length=20, choices=DisabledReason, blank=True
    )
    created_at = models.DateTimeField(_("created at"))
    updated_at = models.DateTimeField(_("updated at"))

    objects = EndpointQuerySet.as_manager()

    class Meta:
        verbose_name = _("endpoint")
        verbose_name_plural = _("endpoints")
        triggers = audited(seal=("secret_sealed",))
        constraints = (
            models.CheckConstraint(condition=~models.Q(url=""), name="endpoint_has_an_address"),
            models.CheckConstraint(
                condition=models.Q(is_active=True, disabled_at=None, disabled_reason="")
                | models.Q(is_active=False, disabled_at__isnull=False)
                & models.Q(disabled_reason__in=DisabledReason.values),
                name="endpoint_off_says_why",
            ),
            models.UniqueConstraint(
                fields=["owner", "url"],
                condition=~models.Q(disabled_reason=DisabledReason.CLOSED),
                name="endpoint_once_for_its_owner",
            ),
        )

    def __str__(self) -> str:
        return self.url


class Stream(models.Model):
    """What one brand is told of one object: the last number given. Whoever numbers holds the row until commit."""

    brand = models.CharField(max_length=60, blank=True)
    object_kind = models.CharField(max_length=40)
    object_number = models.CharField(max_length=60)
    last = models.BigIntegerField()

    class Meta:
        verbose_name = _("numbering of events")
        verbose_name_plural = _("numbering of events")
        constraints = (
            models.UniqueConstraint(
                fields=["object_kind", "object_number", "brand"], name="stream_of_object_and_brand"
            ),
            models.CheckConstraint(condition=models.Q(last__gt=0), name="stream_counts_from_one"),
        )

    def __str__(self) -> str:
        return f"{self.object_kind} {self.object_number} {self.brand}: {self.last}"


class EventQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Viewer) -> Self:
        """Narrow to events of granted brands; those of no brand are for those who see everything."""
        scope = scope_of(user)
        return self if scope.all else self.filter(brand__in=scope.brands)


class Event(models.Model):
    """Something that happened to an object, as one brand is told of it. Append-only; no personal data."""

    message_id = models.UUIDField(_("message"), unique=True)
    kind = models.CharField(_("kind"), max_length=60)
    object_kind = models.CharField(_("object"), max_length=40)
    object_number = models.CharField(_("number"), max_length=60)
    brand = models.CharField(_("brand"), max_length=60, blank=True)
    sequence = models.BigIntegerField(_("sequence"))
    stream = models.ForeignKey(Stream, on_delete=models.PROTECT, related_name="+", db_index=False)
    facts = models.JSONField(_("facts"))
    actor = models.CharField(_("actor"), max_length=200)
    occurred_at = models.DateTimeField(_("occurred at"))

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        triggers = APPEND_ONLY
        constraints = (
            models.UniqueConstraint(fields=["stream", "sequence"], name="event_numbered_once"),
            models.CheckConstraint(condition=~models.Q(actor=""), name="event_has_an_actor"),
            models.CheckConstraint(condition=models.Q(sequence__gt=0), name="event_counts_from_one"),
        )
        indexes = (
            models.Index(fields=["object_number", "object_kind", "id"], name="event_of_object"),
            models.Index(fields=["brand", "id"], name="event_of_brand"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.object_number} #{self.sequence}"

    @property
    def webhook_id(self) -> str:
        """Return the message's id as its receivers know it: the same however often it is sent."""
        return f"msg_{self.message_id.hex}"


class DeliveryQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Viewer) -> Self:
        """Narrow to deliveries to visible endpoints."""
        if scope_of(user).all:
            return self
        return self.filter(endpoint__in=Endpoint.objects.visible_to(user))


class Delivery(models.Model):
    """One event for one endpoint. Whoever holds the ``claim`` is at it until ``claimed_until``.

    A later one of the same endpoint and object waits until this one is delivered or given up.
    """

    event = models.ForeignKey(Event, verbose_name=_("event"), on_delete=models.PROTECT, related_name="+")
    endpoint = models.ForeignKey(
        Endpoint, verbose_name=_("endpoint"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    stream = models.ForeignKey(Stream, on_delete=models.PROTECT, related_name="+", db_index=False)
    sequence = models.BigIntegerField(_("sequence"))
    status = models.CharField(_("status"), max_length=10, choices=DeliveryStatus)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(_("next attempt at"))
    claimed_until = models.DateTimeField(null=True)
    claim = models.UUIDField(null=True)
    delivered_at = models.DateTimeField(pgettext_lazy("message", "delivered at"), null=True)
    created_at = models.DateTimeField(_("created at"))
    updated_at = models.DateTimeField(_("updated at"))

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = (
            models.UniqueConstraint(fields=["endpoint", "event"], name="delivery_once"),
            models.CheckConstraint(
                condition=models.Q(status__in=DeliveryStatus.values), name="delivery_status_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(claim=None, claimed_until=None)
                | models.Q(claim__isnull=False, claimed_until__isnull=False),
                name="delivery_claimed_until_when",
            ),
        )
        indexes = (
            models.Index(
                fields=["endpoint", "next_at", "id"],
                name="delivery_due",
                condition=models.Q(status=DeliveryStatus.PENDING),
            ),
            models.Index(
                fields=["endpoint", "stream", "sequence"],
                name="delivery_in_turn",
                condition=models.Q(status=DeliveryStatus.PENDING),
            ),
            models.Index(
                fields=["endpoint", "claimed_until"],
                name="delivery_under_way",
                condition=models.Q(claim__isnull=False),
            ),
            models.Index(fields=["endpoint", "-id"], name="delivery_of_endpoint"),
            models.Index(fields=["status", "-id"], name="delivery_by_status"),
        )

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """Return what the record of moves calls this delivery."""
        return f"{self.event_id}/{self.endpoint_id}"


class AttemptQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Viewer) -> Self:
        """Narrow to attempts of visible deliveries."""
        if scope_of(user).all:
            return self
        return self.filter(delivery__endpoint__in=Endpoint.objects.visible_to(user))


class Attempt(models.Model):
    """One try to deliver and what came of it. Append-only; forgotten after thirty days."""

    delivery = models.ForeignKey(
        Delivery, verbose_name=_("delivery"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField(_("at"))
    status_code = models.PositiveSmallIntegerField(_("answer"), null=True)
    duration_ms = models.PositiveIntegerField(_("milliseconds"))
    error = models.CharField(_("error"), max_length=200, blank=True)
    excerpt = models.CharField(_("what it answered"), max_length=500, blank=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        triggers = APPEND_ONLY
        indexes = (
            models.Index(fields=["delivery", "id"], name="attempt_of_delivery"),
            models.Index(fields=["at"], name="attempt_by_age"),
        )

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.status_code or self.error}"
