"""The operators' list of feedback. Status is read-only; moves are buttons that call operations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from feedback.choices import ITEM_MOVES, CloseReason, ItemStatus, RejectReason
from feedback.models import FeedbackItem
from feedback.operations.working import close_items, reject_items, reopen_items
from feedback.rules import reasons
from ops_portal.lib.doors.admin import ReadOnlyAdmin
from ops_portal.lib.doors.moves import MoveButton
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import Outcome

RATINGS: Final = ("1", "2", "3", "4", "5")


def number_of(item: FeedbackItem) -> str:
    """Return what the moves of tickets ask for."""
    return str(item.number)


def for_reason(operation: Callable[..., Outcome[FeedbackItem]], reason: str) -> Callable[..., Any]:
    """Return ``operation`` with a reason of its table."""

    def end(numbers: Sequence[str], *, actor: Principal, at: datetime) -> Outcome[FeedbackItem]:
        return operation(numbers, actor=actor, at=at, reason=reason)

    return end


def move(name: str, label: Any, operation: Callable[..., Any], to: ItemStatus, **more: Any) -> MoveButton:
    """Return the button of a verb that takes the numbers of tickets."""
    return MoveButton(
        name, label, operation, "feedback.work_feedbackitem", number_of, arrow=(ITEM_MOVES, to), **more
    )


class RatingFilter(admin.SimpleListFilter):
    """A filter that offers every rating there can be: to ask which there are would read all items."""

    title = _("rating")
    parameter_name = "rating"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(rating, rating) for rating in RATINGS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(rating=self.value()) if self.value() in RATINGS else queryset


@admin.register(FeedbackItem)
class FeedbackItemAdmin(ReadOnlyAdmin):
    list_display = (
        "received_at", "number", "brand", "shop", "channel", "priority", "type", "topic", "status", "rating",
        "is_negative", "__str__",
    )  # fmt: skip
    list_display_links = ("number", "__str__")
    list_filter = (
        "status", "priority", "type", "topic", "channel", "mark", "is_negative", RatingFilter, "shop",
        "received_on",
    )  # fmt: skip
    list_select_related = ("brand", "shop")
    search_fields = ("=number", "text")
    ordering = ("-received_at", "-pk")
    fieldsets = (
        (
            None,
            {"fields": ("number", "status", "close_reason", "priority", "type", "topic", "reasons", "mark")},
        ),
        (
            _("What was said"),
            {"fields": ("text", "rating", "is_negative", "category", "channel", "received_at")},
        ),
        (
            _("About"),
            {"fields": ("shop", "brand", "sku", "order", "order_reference", "original", "follow_up_of")},
        ),
        (_("Work"), {"fields": ("owner", "due_at", "paused_at", "first_answered_at", "what_was_answered")}),
    )
    moves = (
        move("close", _("Close as solved"), for_reason(close_items, CloseReason.SOLVED), ItemStatus.CLOSED),
        move(
            "reject",
            _("Reject as irrelevant"),
            for_reason(reject_items, RejectReason.IRRELEVANT),
            ItemStatus.REJECTED,
        ),
        move("reopen", _("Open again"), reopen_items, ItemStatus.REOPENED, asks_reason=True),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).standing()  # type: ignore[attr-defined,no-any-return]

    @admin.display(description=_("Why"))
    def reasons(self, item: FeedbackItem) -> SafeString:
        """Show the rules that proposed type, topic and priority, with the words that they found."""
        rows = ((reason.rule.why, " ".join(reason.words)) for reason in reasons(item.why))
        return format_html_join("", "<div>{} {}</div>", rows)

    @admin.display(description=_("answers"))
    def what_was_answered(self, item: FeedbackItem) -> SafeString:
        """Show what the customer was told, oldest first."""
        rows = (
            (timezone.localtime(answer.at).strftime("%Y-%m-%d %H:%M"), answer.text)
            for answer in item.answers.order_by("pk")
        )
        return format_html_join("", "<div>{} · {}</div>", rows)
