"""The rules by which listings go off the shelf and come back, and by which goods are looked at again."""

from __future__ import annotations

from django.contrib import admin

from catalog.models import CheckRule, ListingRule, ListingRuleHit, Product
from ops_portal.lib.doors.admin import PortalAdmin, ReadOnlyAdmin


@admin.register(ListingRule)
class ListingRuleAdmin(PortalAdmin):
    list_display = ("cause", "channel", "is_on", "hours", "relists")
    list_filter = ("cause", "is_on")
    list_select_related = ("channel",)
    ordering = ("cause", "pk")


@admin.register(ListingRuleHit)
class ListingRuleHitAdmin(ReadOnlyAdmin):
    list_display = ("listing", "shop", "product", "cause", "since", "delisted_at")
    list_filter = ("cause",)
    list_select_related = ("listing__channel", "listing__product")
    ordering = ("-pk",)

    @admin.display(description=ListingRule._meta.get_field("channel").verbose_name)
    def shop(self, hit: ListingRuleHit) -> str:
        return hit.listing.channel.name

    @admin.display(description=Product._meta.verbose_name)
    def product(self, hit: ListingRuleHit) -> str:
        return hit.listing.product.name


@admin.register(CheckRule)
class CheckRuleAdmin(PortalAdmin):
    list_display = ("kind", "brand", "limit", "days", "quiet_days", "is_active")
    list_filter = ("kind", "is_active")
    list_select_related = ("brand",)
    ordering = ("kind", "pk")
