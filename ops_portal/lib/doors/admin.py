"""The base of every admin page: shows what its reader may see, delegates writes, never counts a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Final, cast

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.views.main import PAGE_VAR
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

from ops_portal.lib.doors.identity import principal_of
from ops_portal.lib.doors.moves import MoveButton, as_detail_action, as_list_action
from ops_portal.lib.doors.pages import MAX_PAGES, LimitedPaginator
from ops_portal.lib.doors.retry import retried
from ops_portal.lib.principals import acting_as
from ops_portal.lib.refusals import Refused
from ops_portal.lib.wording import called, kind_called


def narrowed(queryset: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
    """Return the part of ``queryset`` that the reader may see; all of it where its model doesn't say."""
    visible_to = getattr(queryset, "visible_to", None)
    return queryset if visible_to is None else cast(QuerySet[Any], visible_to(request.user))


class VisibleRelatedFilter(admin.RelatedFieldListFilter):
    """A filter by related objects that offers those that the reader may see."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        related = narrowed(field.remote_field.model._default_manager.all(), request)
        ordering = self.field_admin_ordering(field, request, model_admin)
        choices: list[tuple[str, Any]] = field.get_choices(
            include_blank=False, ordering=ordering, limit_choices_to={"pk__in": related.values("pk")}
        )
        return choices


admin.FieldListFilter.register(lambda field: field.remote_field, VisibleRelatedFilter, take_priority=True)


class PortalChangeList(ChangeList):  # type: ignore[misc]
    """A list that tells a number only where it knows one."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.has_active_filters and not self.query:
            self.full_result_count = self.result_count


# Columns that keep a code, each with how its words are found.
SPOKEN: Final[Mapping[str, Callable[[str], str]]] = {
    "actor": called,
    "principal": called,
    "document_kind": kind_called,
    "object_kind": kind_called,
}


def _in_words(name: str) -> Callable[[Any], str]:
    """Return a column that says the code in ``name`` as the reader would."""

    def shown(item: Any) -> str:
        labels = dict(getattr(item._meta.get_field(name), "flatchoices", ()))
        code = getattr(item, name)
        return str(labels[code]) if code in labels else SPOKEN[name](code)

    shown.__name__ = f"{name}_in_words"
    return shown


class PortalAdmin(ModelAdmin):  # type: ignore[misc]
    """Rows narrowed by ``visible_to``; every POST in one transaction that carries its principal.

    ``moves`` are buttons on the page of one object and actions on the list; each calls one operation.
    """

    paginator = LimitedPaginator
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 0
    list_disable_select_all = True
    list_before_template = "portal/admin/list_before.html"
    actions_detail: Sequence[Any] = ()
    moves: ClassVar[Sequence[MoveButton]] = ()

    def __init__(self, model: type[Model], admin_site: Any) -> None:
        for move in self.moves:
            setattr(self, move.action_name, as_detail_action(self, move))
            setattr(self, f"has_{move.action_name}_permission", move.is_open_to)
        self.spoken: dict[str, Any] = {
            field.name: admin.display(description=field.verbose_name, ordering=field.name)(
                _in_words(field.name)
            )
            for field in model._meta.fields
            if field.name in SPOKEN
        }
        self.actions_detail = [*self.actions_detail, *(move.action_name for move in self.moves)]
        super().__init__(model, admin_site)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return narrowed(super().get_queryset(request), request)

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Say codes in words."""
        return [self.spoken.get(name, name) for name in super().get_list_display(request)]

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Show fields in the order of the model, where some of them only show."""
        fields = super().get_fields(request, obj)
        if self.fields or not self.get_readonly_fields(request, obj):
            return fields
        places = {field.name: place for place, field in enumerate(self.opts.fields)}
        return sorted(fields, key=lambda name: places.get(name, len(places)))

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Say codes in words, on pages that only show."""
        fieldsets = super().get_fieldsets(request, obj)
        if self.has_change_permission(request, obj):
            return fieldsets
        return [
            (heading, {**given, "fields": self._in_words(given["fields"])}) for heading, given in fieldsets
        ]

    def _in_words(self, fields: Sequence[Any]) -> list[Any]:
        return [
            self._in_words(field) if isinstance(field, list | tuple) else self.spoken.get(field, field)
            for field in fields
        ]

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet[Any] | None:
        """Offer in a choice of related objects those that the reader may see."""
        queryset = super().get_field_queryset(db, db_field, request)
        if queryset is None:
            queryset = db_field.remote_field.model._default_manager.using(db)
        return narrowed(queryset, request)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Offer the buttons of the moves that lead on from the object's state."""
        item = self.get_object(request, object_id)
        closed = {move.action_name for move in self.moves if item is None or not move.leads_on_from(item)}
        return [
            action
            for action in super().get_actions_detail(request, object_id)
            if action.method.__name__ not in closed
        ]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return PortalChangeList

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer the moves that the reader may make; deleting many at once is an operation's work."""
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        for move in self.moves:
            if IS_POPUP_VAR not in request.GET and move.is_open_to(request):
                actions[move.action_name] = (as_list_action(move), move.action_name, str(move.label))
        return actions

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        if not all(picked.isdecimal() for picked in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            self.message_user(request, _("It is no longer there."), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
        if _page_asked(request) > MAX_PAGES:
            detail = _("Lists end after %(pages)d pages. Please narrow the list by a filter or a search.")
            self.message_user(request, detail % {"pages": MAX_PAGES}, messages.WARNING)
            return HttpResponseRedirect(f"?{_without_page(request)}")
        return self.carried(request, lambda: super(PortalAdmin, self).changelist_view(request, extra_context))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        return self.carried(
            request,
            lambda: super(PortalAdmin, self).changeform_view(request, object_id, form_url, extra_context),
        )

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> Any:
        return self.carried(
            request, lambda: super(PortalAdmin, self).delete_view(request, object_id, extra_context)
        )

    def carried(self, request: HttpRequest, view: Callable[[], Any]) -> Any:
        """Return ``view()``; a POST is one transaction of the reader's principal, a refusal is shown."""
        if request.method != "POST":
            return view()

        def write() -> Any:
            with acting_as(principal_of(request)):
                return view()

        try:
            return retried(write)()
        except Refused as refused:
            self.message_user(request, str(refused), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())


class ReadOnlyAdmin(PortalAdmin):
    """For tables that are only ever appended to, by operations."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def _page_asked(request: HttpRequest) -> int:
    asked = request.GET.get(PAGE_VAR, "1")
    if not (asked.isascii() and asked.isdecimal()):
        return 1
    return int(asked[:9])


def _without_page(request: HttpRequest) -> str:
    query = request.GET.copy()
    query.pop(PAGE_VAR, None)
    return query.urlencode()
