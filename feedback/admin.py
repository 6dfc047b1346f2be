from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from feedback.models import FeedbackItem
from ops_portal.lib.doors.admin import ReadOnlyAdmin


@admin.register(FeedbackItem)
class FeedbackItemAdmin(ReadOnlyAdmin):
    list_display = ("received_at", "brand", "shop", "channel", "category", "rating", "is_negative", "__str__")
    list_display_links = ("__str__",)
    list_filter = ("channel", "is_negative", "rating", "received_on")
    list_select_related = ("brand", "shop")
    search_fields = ("text",)
    ordering = ("-received_at", "-pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).standing()  # type: ignore[attr-defined,no-any-return]
