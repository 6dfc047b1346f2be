"""The rules by which listings go off the shelf and come back, and by which goods are looked at again."""

from __future__ import annotations

from django.contrib import admin

from catalog.models import CheckRule, ListingRule
from ops_portal.lib.doors.admin import PortalAdmin


@admin.register(ListingRule)
class ListingRuleAdmin(PortalAdmin):
    list_display = ("cause", "channel", "is_on", "hours", "relists")
    list_filter = ("cause", "is_on")
    list_select_related = ("channel",)
    ordering = ("cause", "pk")


@admin.register(CheckRule)
class CheckRuleAdmin(PortalAdmin):
    list_display = ("kind", "brand", "limit", "days", "quiet_days", "is_active")
    list_filter = ("kind", "is_active")
    list_select_related = ("brand",)
    ordering = ("kind", "pk")
