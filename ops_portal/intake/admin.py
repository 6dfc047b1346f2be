"""The operators' lists of imports: every run with its counts, rejected rows, report, start and undo."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponseBase,
)
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ops_portal.accounts.choices import Access
from ops_portal.accounts.operations.access import AccessDraft, record_access
from ops_portal.intake.choices import RUN_MOVES, RunStatus
from ops_portal.intake.kinds import all_kinds
from ops_portal.intake.models import ImportRun, RejectedRow
from ops_portal.intake.operations.runs import queue_runs
from ops_portal.intake.operations.undoing import undo_runs
from ops_portal.lib.doors.admin import ReadOnlyAdmin
from ops_portal.lib.doors.identity import principal_of
from ops_portal.lib.doors.moves import MoveButton


def id_of(run: ImportRun) -> int:
    """Return what the moves of runs ask for."""
    return run.pk


class KindFilter(admin.SimpleListFilter):
    """The kinds that there are; asking the table for them would read all of it."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(kind.code, kind.label) for kind in all_kinds()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnlyAdmin):
    list_display = (
        "number", "kind_name", "file_name", "shop_code", "status", "done_so_far",
        "rows", "created", "updated", "unchanged", "rejected", "held", "created_at",
    )  # fmt: skip
    list_filter = ("status", KindFilter)
    search_fields = ("=number", "=sha256")
    ordering = ("-created_at", "-pk")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "number",
                    "status",
                    "done_so_far",
                    "failure",
                    "on_its_page",
                    "rejected_rows",
                    "report_file",
                )
            },
        ),
        (
            _("What came of it"),
            {"fields": (("rows", "created", "updated"), ("unchanged", "rejected", "held"))},
        ),
        (
            _("File"),
            {"fields": ("kind_name", "file_name", "sha256", "shop_code", "brand_code", "how")},
        ),
        (None, {"fields": ("actor", "created_at", "started_at", "finished_at", "undone_at")}),
    )
    moves = (
        MoveButton(
            "start",
            _("Import"),
            queue_runs,
            "intake.start_importrun",
            id_of,
            icon="play_arrow",
            arrow=(RUN_MOVES, RunStatus.QUEUED),
        ),
        MoveButton(
            "undo",
            _("Undo"),
            undo_runs,
            "intake.undo_importrun",
            id_of,
            icon="undo",
            arrow=(RUN_MOVES, RunStatus.UNDONE),
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        report = self.admin_site.admin_view(self.report_view)
        return [path("<int:pk>/report/", report, name="intake_importrun_report"), *super().get_urls()]

    def report_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Give the report of a run, and write down who took it out."""
        run = self.get_queryset(request).filter(pk=pk).first()
        if run is None or not self.has_view_permission(request, run) or not run.report:
            raise Http404
        draft = AccessDraft(Access.EXPORT, RUN_MOVES.kind, "report", run.number)
        record_access([draft], actor=principal_of(request), at=timezone.now())
        name = f"{run.number}-rejected.csv"
        return FileResponse(default_storage.open(run.report), as_attachment=True, filename=name)

    @admin.display(description=_("kind"))
    def kind_name(self, run: ImportRun) -> str:
        return str({kind.code: kind.label for kind in all_kinds()}.get(run.kind, run.kind))

    @admin.display(description=_("progress"))
    def done_so_far(self, run: ImportRun) -> str:
        if run.status == RunStatus.DONE:
            return "100 %"
        about = gettext("about %(rows)s rows") % {"rows": run.rows_estimate}
        return f"{run.progress} % ({about})"

    @admin.display(description=_("preview and progress"))
    def on_its_page(self, run: ImportRun) -> SafeString:
        return format_html(
            '<a class="text-link" href="{}">{}</a>', reverse("intake:run", args=[run.number]), gettext("Open")
        )

    @admin.display(description=_("rejected rows"))
    def rejected_rows(self, run: ImportRun) -> str | SafeString:
        if not run.rejected:
            return "0"
        address = reverse("admin:intake_rejectedrow_changelist") + f"?run__id__exact={run.pk}"
        return format_html('<a class="text-link" href="{}">{}</a>', address, run.rejected)

    @admin.display(description=_("report"))
    def report_file(self, run: ImportRun) -> str | SafeString:
        if not run.report:
            return "–"
        address = reverse("admin:intake_importrun_report", args=[run.pk])
        return format_html('<a class="text-link" href="{}">{}</a>', address, gettext("Download"))

    @admin.display(description=_("options"))
    def how(self, run: ImportRun) -> str:
        given = {
            name: value for name, value in run.options.items() if value and name not in ("shop", "brand")
        }
        return ", ".join(f"{name}: {value}" for name, value in given.items()) or "–"


@admin.register(RejectedRow)
class RejectedRowAdmin(ReadOnlyAdmin):
    list_display = ("run", "row_number", "why", "as_read")
    list_select_related = ("run",)
    ordering = ("run", "row_number", "pk")
    fields = ("run", "row_number", "why", "as_read")

    @admin.display(description=_("reason"))
    def why(self, row: RejectedRow) -> str:
        return row.reason

    @admin.display(description=_("cells"))
    def as_read(self, row: RejectedRow) -> str:
        return " | ".join(row.cells)
