"""Cases in the back office: read-only, with the moves that need nothing but a click or a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.admin import TabularInline

from aftersales.choices import CASE_MOVES, CaseStatus
from aftersales.models import Case, CaseLine
from aftersales.operations.deciding import approve_cases, reject_cases, withdraw_cases
from aftersales.operations.goods import receive_cases
from aftersales.operations.refunding import close_cases
from ops_portal.accounts.visibility import scope_of
from ops_portal.lib.doors.admin import ReadOnlyAdmin
from ops_portal.lib.doors.moves import MoveButton


def move(
    name: str, label: Any, operation: Callable[..., Any], permission: str, to: CaseStatus, **more: Any
) -> MoveButton:
    """Return the button of a verb that takes the ids of cases."""
    return MoveButton(
        name, label, operation, permission, lambda case: case.pk, arrow=(CASE_MOVES, to), **more
    )


class CaseLineInline(TabularInline):  # type: ignore[misc]
    model = CaseLine
    extra = 0
    hide_title = True
    can_delete = False
    fields = readonly_fields = ("order_line", "units", "amount", "refunded_amount")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("aftersales.view_case"))

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("order_line").order_by("pk")


@admin.register(Case)
class CaseAdmin(ReadOnlyAdmin):
    list_display = (
        "number", "desk", "kind", "status", "refund_status", "shop", "order", "source_key", "reason", "amount",
        "requested_at",
    )  # fmt: skip
    list_filter = ("status", "refund_status", "kind", "reason", "shop")
    list_select_related = ("shop", "order")
    search_fields = ("=number", "=order__number", "=source_key", "=waybill_number")
    search_help_text = _("Number of the case, of the order, of the platform or of the return parcel, in full")
    ordering = ("-requested_at", "-pk")
    inlines = (CaseLineInline,)
    fieldsets = (
        (None, {"fields": ("number", "desk", "kind", "status", "refund_status", "order", "shop", "source_key")}),
        (_("Reason"), {"fields": ("reason", "description", "liable", "liability_note")}),
        (
            _("Amounts"),
            {
                "fields": (
                    "currency", "amount", "freight_amount", "refunded_amount", "refunded_at", "payment_reference",
                )
            },
        ),
        (_("Return parcel"), {"fields": ("carrier", "waybill_number")}),
        (
            _("Times"),
            {"fields": ("owner", "due_at", "platform_due_at", "paused_at", "requested_at", "created_at", "updated_at")},
        ),
    )  # fmt: skip
    moves = (
        move("approve", _("Approve"), approve_cases, "aftersales.approve_case", CaseStatus.APPROVED),
        move(
            "reject",
            _("Reject"),
            reject_cases,
            "aftersales.approve_case",
            CaseStatus.REJECTED,
            asks_reason=True,
        ),
        move(
            "withdraw",
            _("Withdrawn by the buyer"),
            withdraw_cases,
            "aftersales.open_case",
            CaseStatus.WITHDRAWN,
            asks_reason=True,
        ),
        move("receive", _("Parcel received"), receive_cases, "aftersales.receive_case", CaseStatus.RECEIVED),
        move(
            "close", pgettext_lazy("case", "Close"), close_cases, "aftersales.close_case", CaseStatus.CLOSED
        ),
    )

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Show whole cases to staff; a partner's part of them is in the API."""
        return bool(super().has_view_permission(request, obj)) and not scope_of(request.user).partner

    @admin.display(description=_("Page"))
    def desk(self, case: Case) -> str:
        """Link to the page on which the case is worked."""
        return format_html(
            '<a class="text-link" href="{}">{}</a>', reverse("aftersales:case", args=[case.number]), _("Open")
        )
