"""People, keys and the record of who did what, in the back office."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import DateTimeField, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import yesno
from django.template.response import TemplateResponse
from django.utils import formats, timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.forms import AdminPasswordChangeForm, UserCreationForm

from ops_portal.accounts.choices import RecordedOperation
from ops_portal.accounts.forms import NewKeyForm, PersonForm
from ops_portal.accounts.models import AccessRecord, ApiKey, AuditEntry, Department, Grant, User
from ops_portal.accounts.operations.keys import create_api_keys, revoke_api_keys
from ops_portal.lib.doors.admin import PortalAdmin, ReadOnlyAdmin
from ops_portal.lib.doors.identity import principal_of
from ops_portal.lib.doors.moves import MoveButton
from ops_portal.lib.wording import listed


def role_names(user: User) -> str:
    """Return the roles of a user as people call them."""
    labels = dict(User._meta.get_field("roles").base_field.flatchoices)
    return listed(labels.get(role, role) for role in user.roles)


class GrantInline(TabularInline):  # type: ignore[misc]
    """What a person may see."""

    model = Grant
    extra = 0
    tab = True


admin.site.unregister(Group)  # what people may do follows from their roles


@admin.register(User)
class UserAdmin(DjangoUserAdmin, PortalAdmin):  # type: ignore[misc,type-arg]
    """People. They are made inactive and never deleted: the record names them."""

    form = PersonForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "name", "role_labels", "department", "is_staff", "is_active", "is_service")
    list_filter = ("is_staff", "is_active", "is_service", "is_superuser")
    list_select_related = ("department",)
    search_fields = ("username", "name", "email")
    ordering = ("username",)
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined", "is_service")
    inlines = (GrantInline,)
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("name", "email", "department")}),
        (_("Access"), {"fields": ("roles", "is_active", "is_staff", "is_superuser", "is_service")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("username", "password1", "password2")}),)

    def __init__(self, model: type[User], admin_site: Any) -> None:
        super().__init__(model, admin_site)
        self.spoken["roles"] = "role_labels"

    @admin.display(description=_("roles"))
    def role_labels(self, user: User) -> str:
        return role_names(user) or "-"

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:
        return self.carried(
            request, lambda: super(UserAdmin, self).user_change_password(request, id, form_url)
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Department)
class DepartmentAdmin(PortalAdmin):
    """The parts of the agency."""

    list_display = ("code", "name", "parent")
    list_select_related = ("parent",)
    search_fields = ("code", "name")
    ordering = ("code",)


@admin.register(ApiKey)
class ApiKeyAdmin(PortalAdmin):
    """Keys are made and revoked; nothing else about them changes."""

    list_display = (
        "prefix",
        "user",
        "roles",
        "created_at",
        "expires_at",
        "revoked_at",
        "last_used_at",
        "scopes",
    )
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
    list_select_related = ("user",)
    search_fields = ("=prefix", "user__name")
    ordering = ("-created_at", "-pk")
    fields = ("prefix", "user", "roles", "scopes", "created_at", "expires_at", "revoked_at", "last_used_at")
    readonly_fields = fields
    moves: ClassVar = (
        MoveButton(
            name="revoke",
            label=_("Revoke"),
            operation=revoke_api_keys,
            permission="accounts.revoke_apikey",
            draft=lambda key: key,
            icon="key_off",
        ),
    )

    @admin.display(description=_("roles"))
    def roles(self, key: ApiKey) -> str:
        return role_names(key.user)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs |= {"form": NewKeyForm, "fields": None}
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return super().get_fields(request, obj) if obj else list(NewKeyForm.base_fields)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return super().get_readonly_fields(request, obj) if obj else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        made = create_api_keys([form.draft()], actor=principal_of(request), at=timezone.now()).one()
        obj.__dict__.update(made.key.__dict__)
        request.new_key_text = made.text  # type: ignore[attr-defined]

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        """Show the key on the answer itself: a message would be kept in a cookie or a session."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("The new key"),
            "text": request.new_key_text,  # type: ignore[attr-defined]
        }
        return TemplateResponse(request, "admin/accounts/apikey/created.html", context)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def audited_tables() -> dict[str, Any]:
    """Return the tables that are audited, each with what people call one of its rows."""
    return {
        model._meta.db_table: model._meta.verbose_name
        for model in apps.get_models()
        if any(trigger.name.startswith("audit_") for trigger in getattr(model._meta, "triggers", ()))
    }


def _said(field: Any, value: Any) -> str:
    """Return a recorded value of ``field`` as the page shows it."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return str(yesno(value))
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    at = parse_datetime(value) if isinstance(field, DateTimeField) else None
    if at is not None:
        return str(formats.localize(timezone.localtime(at)))
    return str(dict(getattr(field, "flatchoices", ())).get(value, value))


def columns(entry: AuditEntry) -> list[tuple[Any, Any]]:
    """Return each column that an entry tells of with what people call it; no field for one that is no more."""
    models = [model for model in apps.get_models() if model._meta.db_table == entry.table_name]
    fields = {field.column: field for model in models for field in model._meta.fields}
    return [
        (fields.get(column), getattr(fields.get(column), "verbose_name", column)) for column in entry.changes
    ]


class TableFilter(admin.SimpleListFilter):
    """The tables that are audited, read from the models: asking the trail itself would read all of it."""

    title = _("table")
    parameter_name = "table"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return sorted(audited_tables().items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(table_name=self.value()) if self.value() else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """Who changed what."""

    list_display = ("at", "principal", "operation", "table", "row_pk", "changed")
    list_filter = (TableFilter, "operation")
    search_fields = ("=row_pk", "=principal")
    search_help_text = _("The whole number of a row, or a whole principal such as person:name")
    ordering = ("-pk",)
    fields = ("at", "principal", "operation", "table", "row_pk", "changes_shown")

    @admin.display(description=_("table"))
    def table(self, entry: AuditEntry) -> str:
        return str(audited_tables().get(entry.table_name, entry.table_name))

    @admin.display(description=_("columns"))
    def changed(self, entry: AuditEntry) -> str:
        return listed(name for _field, name in columns(entry)) if entry.operation == "U" else ""

    @admin.display(description=_("changes"))
    def changes_shown(self, entry: AuditEntry) -> str:
        rows = zip(columns(entry), entry.changes.values(), strict=True)
        if entry.operation == RecordedOperation.UPDATE:
            told = (
                (name, f"{_said(field, old)} → {_said(field, new)}") for (field, name), (old, new) in rows
            )
        else:
            told = ((name, _said(field, value)) for (field, name), value in rows)
        return format_html_join("", "<div>{}: {}</div>", told)


@admin.register(AccessRecord)
class AccessRecordAdmin(ReadOnlyAdmin):
    """Who opened personal data or took rows out, and why."""

    list_display = ("at", "principal", "what", "document_kind", "document_number", "reason")
    list_filter = ("what",)
    search_fields = ("=document_number", "=principal")
    ordering = ("-pk",)
