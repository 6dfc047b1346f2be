"""Endpoints, what is sent to them, and how each attempt went, in the back office."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import localize
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from ops_portal.accounts.models import User
from ops_portal.accounts.visibility import scope_of
from ops_portal.lib.doors.admin import PortalAdmin, ReadOnlyAdmin
from ops_portal.lib.doors.identity import principal_of
from ops_portal.lib.doors.moves import MoveButton
from ops_portal.outbox.choices import DELIVERY_MOVES, DeliveryStatus
from ops_portal.outbox.drafts import EndpointChange
from ops_portal.outbox.forms import EndpointForm, NewEndpointForm
from ops_portal.outbox.models import Attempt, Delivery, Endpoint, Event
from ops_portal.outbox.operations.delivering import replay_deliveries, replay_failed
from ops_portal.outbox.operations.endpoints import (
    change_endpoints,
    close_endpoints,
    open_endpoints,
    ping_endpoints,
    rotate_secrets,
)
from ops_portal.outbox.queries import data_of
from ops_portal.outbox.signing import body_of

ATTEMPTS_SHOWN = 100


def move(name: str, label: Any, operation: Any, draft: Any = lambda item: item.pk, **more: Any) -> MoveButton:
    """Return a button of an endpoint."""
    return MoveButton(name, label, operation, more.pop("permission", "outbox.change_endpoint"), draft, **more)


@admin.register(Endpoint)
class EndpointAdmin(PortalAdmin):
    """Where messages go. Endpoints are closed and never deleted: what was sent names them."""

    list_display = ("url", "owner", "kinds_shown", "state", "created_at")
    list_filter = ("is_active", "disabled_reason")
    list_select_related = ("owner",)
    search_fields = ("url", "owner__username", "owner__name")
    ordering = ("-pk",)
    form = EndpointForm
    readonly_fields = ("owner", "is_active", "disabled_at", "disabled_reason", "created_at")
    fields = ("owner", "url", "kinds", "description", *readonly_fields[1:])
    actions_detail = ("rotate_secret",)
    moves: ClassVar = (
        move("ping", _("Send a test message"), ping_endpoints, icon="notifications"),
        move(
            "replay",
            _("Send again what was given up"),
            replay_failed,
            permission="outbox.replay_delivery",
            icon="replay",
        ),
        move(
            "switch_on",
            _("Switch on"),
            change_endpoints,
            lambda item: EndpointChange(item.pk, is_active=True),
            icon="toggle_on",
        ),
        move(
            "switch_off",
            _("Switch off"),
            change_endpoints,
            lambda item: EndpointChange(item.pk, is_active=False),
            icon="toggle_off",
        ),
        move("close", _("Close for good"), close_endpoints, icon="link_off"),
    )

    @admin.display(description=_("kinds of events"))
    def kinds_shown(self, endpoint: Endpoint) -> str:
        return ", ".join(endpoint.kinds) or str(_("all"))

    @display(description=_("state"), label={"on": "success", "off": "warning"})  # type: ignore[untyped-decorator]
    def state(self, endpoint: Endpoint) -> Any:
        if endpoint.is_active:
            return "on", _("On")
        return "off", endpoint.get_disabled_reason_display()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs |= {"form": NewEndpointForm, "fields": NewEndpointForm.Meta.fields}
        return super().get_form(request, obj, change, **kwargs)

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet[Any] | None:
        """Offer those who may own an endpoint: everyone who is active, to partners nobody but themselves."""
        owners = User.objects.filter(is_active=True).order_by("username")
        return owners if scope_of(request.user).all else owners.filter(username=request.user.get_username())

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return super().get_fields(request, obj) if obj else NewEndpointForm.Meta.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return super().get_readonly_fields(request, obj) if obj else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        actor, at = principal_of(request), timezone.now()
        if change:
            change_endpoints([form.change()], actor=actor, at=at).one()
            return
        draft = form.draft()
        if draft.owner_id != request.user.pk and not scope_of(request.user).all:
            raise PermissionDenied
        opened = open_endpoints([draft], actor=actor, at=at).one()
        obj.__dict__.update(opened.endpoint.__dict__)
        request.new_secret = opened.secret  # type: ignore[attr-defined]

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        return self.show_secret(request, obj, request.new_secret)  # type: ignore[attr-defined]

    def show_secret(self, request: HttpRequest, endpoint: Endpoint, secret: str) -> HttpResponse:
        """Show a secret on the answer itself: a message would be kept in a cookie or a session."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("The signing secret"),
            "endpoint": endpoint,
            "secret": secret,
        }
        return TemplateResponse(request, "outbox/secret.html", context)

    @action(description=_("New secret"), url_path="rotate", icon="key", permissions=["rotate"])  # type: ignore[untyped-decorator]
    def rotate_secret(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask first; a POST makes the new secret and shows it, this once."""
        endpoint = self.get_object(request, object_id)
        if endpoint is None:
            self.message_user(request, _("It is no longer there."), messages.ERROR)
            return HttpResponseRedirect(reverse("admin:index"))
        if request.method != "POST":
            context = {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": _("New secret"),
                "endpoint": endpoint,
            }
            return TemplateResponse(request, "outbox/rotate.html", context)
        outcome = rotate_secrets([endpoint.pk], actor=principal_of(request), at=timezone.now())
        if outcome.refused:
            self.message_user(request, str(outcome.refused[0][1]), messages.ERROR)
            return HttpResponseRedirect(reverse("admin:outbox_endpoint_change", args=[endpoint.pk]))
        return self.show_secret(request, endpoint, outcome.one().secret)

    def has_rotate_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("outbox.change_endpoint"))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def payload_shown(event: Event) -> str:
    """Return the message of an event as it is sent, in lines."""
    data = data_of(event.object_kind, event.object_number, event.brand, event.sequence, event.facts)
    text = json.dumps(json.loads(body_of(event.kind, event.occurred_at, data)), ensure_ascii=False, indent=2)
    return format_html('<pre class="whitespace-pre-wrap break-all">{}</pre>', text)


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """What there was to tell."""

    list_display = ("occurred_at", "kind", "object_kind", "object_number", "brand", "sequence", "actor")
    search_fields = ("object_number__exact",)
    search_help_text = _("The whole number of an object")
    ordering = ("-pk",)
    fields = ("webhook_id", "occurred_at", "actor", "message")

    @admin.display(description=_("message"))
    def message(self, event: Event) -> str:
        return payload_shown(event)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """What is sent to whom, and how that stands."""

    list_display = ("what", "sequence", "endpoint", "status_chip", "attempts", "next_attempt", "delivered_at")
    list_filter = ("status", "endpoint")
    list_select_related = ("event", "endpoint")
    search_fields = ("event__object_number__exact",)
    search_help_text = _("The whole number of an object")
    ordering = ("-pk",)
    fields = (
        "endpoint", "status", "attempts", "next_attempt", "delivered_at", "webhook_id", "message", "log",
    )  # fmt: skip
    moves: ClassVar = (
        MoveButton(
            "replay",
            _("Send again"),
            replay_deliveries,
            "outbox.replay_delivery",
            lambda delivery: delivery.pk,
            icon="replay",
            arrow=(DELIVERY_MOVES, DeliveryStatus.PENDING),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        return super().get_queryset(request).select_related("event", "endpoint")

    @admin.display(description=_("event"))
    def what(self, delivery: Delivery) -> str:
        return f"{delivery.event.kind} {delivery.event.object_number}"

    @display(
        description=_("status"),
        label={"pending": "info", "delivered": "success", "failed": "danger"},
    )  # type: ignore[untyped-decorator]
    def status_chip(self, delivery: Delivery) -> Any:
        return delivery.status, delivery.get_status_display()

    @admin.display(description=_("next attempt at"))
    def next_attempt(self, delivery: Delivery) -> Any:
        if delivery.status != DeliveryStatus.PENDING:
            return None
        return localize(timezone.localtime(delivery.next_at))

    @admin.display(description=_("message id"))
    def webhook_id(self, delivery: Delivery) -> str:
        return str(delivery.event.webhook_id)

    @admin.display(description=_("message"))
    def message(self, delivery: Delivery) -> str:
        return payload_shown(delivery.event)

    @admin.display(description=_("attempts"))
    def log(self, delivery: Delivery) -> str:
        attempts = Attempt.objects.filter(delivery=delivery).order_by("-pk")[:ATTEMPTS_SHOWN]
        return render_to_string("outbox/attempts.html", {"attempts": attempts})


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    """How each try went, for thirty days."""

    list_display = ("at", "endpoint", "event", "status_code", "error", "duration_ms")
    list_select_related = ("delivery__endpoint", "delivery__event")
    ordering = ("-pk",)
    fields = ("at", "endpoint", "event", "status_code", "error", "duration_ms", "excerpt")

    @admin.display(description=_("endpoint"))
    def endpoint(self, attempt: Attempt) -> str:
        return str(attempt.delivery.endpoint)

    @admin.display(description=_("event"))
    def event(self, attempt: Attempt) -> str:
        return str(attempt.delivery.event)
