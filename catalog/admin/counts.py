"""Plans by which goods are counted."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext as _

from catalog.models import CountPlan
from ops_portal.lib.doors.admin import PortalAdmin


class CountPlanForm(forms.ModelForm):  # type: ignore[type-arg]
    """A plan; its zone is one of its warehouse."""

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        zone, warehouse = given.get("zone"), given.get("warehouse")
        if zone is not None and warehouse is not None and zone.warehouse_id != warehouse.pk:
            self.add_error("zone", _("This zone is in another warehouse."))
        return given


@admin.register(CountPlan)
class CountPlanAdmin(PortalAdmin):
    form = CountPlanForm
    list_display = ("warehouse", "zone", "goods", "every_days", "places_a_day", "is_active")
    list_filter = ("warehouse", "is_active")
    list_select_related = ("warehouse", "zone")
    ordering = ("warehouse__code", "pk")
