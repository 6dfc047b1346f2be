"""Teams in the back office: who works which queues, and when."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import User
from ops_portal.desk.forms import HOLIDAYS, TeamForm
from ops_portal.desk.models import Membership, Team
from ops_portal.desk.queries.rows import queue_label
from ops_portal.lib.doors.admin import PortalAdmin
from ops_portal.lib.wording import listed


class MembershipInline(TabularInline):  # type: ignore[misc]
    """The people of a team."""

    model = Membership
    extra = 0
    hide_title = True

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "user":
            people = User.objects.filter(is_service=False)
            kwargs["queryset"] = people.exclude(roles__contains=[Role.BRAND_PARTNER]).order_by(
                "name", "username"
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Team)
class TeamAdmin(PortalAdmin):
    """Teams, with their people, queues and shifts."""

    form = TeamForm
    list_display = ("code", "name", "queue_labels", "members_count", "timezone", "holidays_kept")
    search_fields = ("code", "name")
    ordering = ("code",)
    inlines = (MembershipInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        teams: QuerySet[Any] = super().get_queryset(request)
        counted: QuerySet[Any] = teams.annotate(members_counted=Count("memberships"))
        return counted

    @admin.display(description=_("queues"))
    def queue_labels(self, team: Team) -> str:
        return listed(queue_label(code) for code in team.queues)

    @admin.display(description=_("holidays"))
    def holidays_kept(self, team: Team) -> str:
        return str(dict(HOLIDAYS).get(team.holidays, team.holidays))

    @admin.display(description=_("members"))
    def members_count(self, team: Any) -> int:
        return int(team.members_counted)
