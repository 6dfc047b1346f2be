"""The operators' pages of imports: upload and dry run, start, progress, rejected rows, report, undo."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ops_portal.accounts.choices import Access
from ops_portal.accounts.operations.access import AccessDraft, record_access
from ops_portal.intake.checking import refuse_what_is_not_ones_own, upload
from ops_portal.intake.choices import RUN_MOVES, RunStatus
from ops_portal.intake.forms import UploadForm
from ops_portal.intake.kinds import all_kinds, kind_of
from ops_portal.intake.models import ImportRun, RejectedRow
from ops_portal.intake.operations.runs import queue_runs
from ops_portal.intake.operations.undoing import undo_runs
from ops_portal.lib.doors.admin import ReadOnlyAdmin
from ops_portal.lib.doors.identity import principal_of
from ops_portal.lib.doors.moves import MoveButton
from ops_portal.lib.refusals import Refused

REFRESH_SECONDS = "3"
COUNTERS = ("rows", "created", "updated", "unchanged", "rejected", "held")

LONGEST_NAME = 60  # of an uploaded file; a file system takes some 80 Chinese characters


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
        (None, {"fields": ("number", "status", "done_so_far", "failure", "rejected_rows", "report_file")}),
        (
            _("What came of it"),
            {"fields": (("rows", "created", "updated"), ("unchanged", "rejected", "held"))},
        ),
        (_("Dry run"), {"fields": ("dry_run_counts", "dry_run_reasons", "dry_run_rows")}),
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

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return bool(request.user.has_perm("intake.add_importrun"))

    def get_urls(self) -> list[URLPattern]:
        report = self.admin_site.admin_view(self.report_view)
        return [path("<int:pk>/report/", report, name="intake_importrun_report"), *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Upload a file, try it out, and show what it would do on the page of its run."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        user: Any = request.user
        form = UploadForm(user, request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            kind, options = form.chosen
            try:
                refuse_what_is_not_ones_own(user, kind, options)
                run = self.take(request, form.cleaned_data["file"], form)
            except Refused as refused:
                form.add_error(None, str(refused))
            else:
                return HttpResponseRedirect(reverse("admin:intake_importrun_change", args=[run.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Upload a file"),
            "form": form,
            "kinds": [kind_of(code) for code, _label in form.fields["kind"].choices],  # type: ignore[attr-defined]
            "opts": self.opts,
        }
        return TemplateResponse(request, "intake/upload.html", context)

    def take(self, request: HttpRequest, files: Sequence[Any], form: UploadForm) -> ImportRun:
        """Hand the uploaded file, or the files of a folder, to the intake."""
        kind, options = form.chosen
        names = [Path(file.name or "file").name[-LONGEST_NAME:] for file in files]
        with TemporaryDirectory(prefix="intake-upload-") as folder:
            for file, name in zip(files, names, strict=True):
                with Path(folder, name).open("wb") as stored:
                    stored.writelines(file.chunks())
            place = Path(folder) if kind.is_folder else Path(folder, names[0])
            return upload(
                kind, place, options, name=", ".join(names), actor=principal_of(request), at=timezone.now()
            )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a run; while it is under way the page loads itself anew."""
        response: HttpResponse = super().change_view(request, object_id, form_url, extra_context)
        under_way = (RunStatus.QUEUED, RunStatus.RUNNING)
        if object_id.isdecimal() and ImportRun.objects.filter(pk=object_id, status__in=under_way).exists():
            response["Refresh"] = REFRESH_SECONDS
        return response

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

    @admin.display(description=_("rejected rows"))
    def rejected_rows(self, run: ImportRun) -> str | SafeString:
        if not run.rejected:
            return "0"
        address = reverse("admin:intake_rejectedrow_changelist") + f"?run__id__exact={run.pk}"
        return format_html('<a href="{}">{}</a>', address, run.rejected)

    @admin.display(description=_("report"))
    def report_file(self, run: ImportRun) -> str | SafeString:
        if not run.report:
            return "–"
        address = reverse("admin:intake_importrun_report", args=[run.pk])
        return format_html('<a href="{}">{}</a>', address, gettext("Download"))

    @admin.display(description=_("options"))
    def how(self, run: ImportRun) -> str:
        given = {
            name: value for name, value in run.options.items() if value and name not in ("shop", "brand")
        }
        return ", ".join(f"{name}: {value}" for name, value in given.items()) or "–"

    @admin.display(description=_("would do"))
    def dry_run_counts(self, run: ImportRun) -> str:
        if not run.preview:
            return "–"
        counts = run.preview["counts"]
        labels = {name: run._meta.get_field(name).verbose_name for name in COUNTERS}  # type: ignore[union-attr]
        text = ", ".join(f"{labels[name]}: {counts[name]}" for name in COUNTERS)
        return text if run.preview["complete"] else f"{text} ({gettext('the first rows only')})"

    @admin.display(description=_("would reject"))
    def dry_run_reasons(self, run: ImportRun) -> str | SafeString:
        if not run.preview or not run.preview["reasons"]:
            return "–"
        return format_html_join(
            "", "<div>{}: {} ({})</div>", ((row, why, code) for row, code, why in run.preview["reasons"])
        )

    @admin.display(description=_("first rows as they were read"))
    def dry_run_rows(self, run: ImportRun) -> str | SafeString:
        if not run.preview or not run.preview["rows"]:
            return "–"
        names = list(run.preview["rows"][0])
        return table_of(names, [[row.get(name, "") for name in names] for row in run.preview["rows"]])


@admin.register(RejectedRow)
class RejectedRowAdmin(ReadOnlyAdmin):
    list_display = ("run", "row_number", "code", "why", "as_read")
    list_select_related = ("run",)
    ordering = ("run", "row_number", "pk")
    fields = ("run", "row_number", "code", "why", "as_read")

    @admin.display(description=_("reason"))
    def why(self, row: RejectedRow) -> str:
        return row.reason

    @admin.display(description=_("cells"))
    def as_read(self, row: RejectedRow) -> str:
        return " | ".join(row.cells)


def table_of(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> SafeString:
    """Return a plain table."""
    head = format_html_join(
        "", '<th class="px-2 py-1 text-left">{}</th>', ((heading,) for heading in headings)
    )
    body = format_html_join(
        "",
        "<tr>{}</tr>",
        ((format_html_join("", '<td class="px-2 py-1">{}</td>', ((cell,) for cell in row)),) for row in rows),
    )
    return format_html(
        '<div class="portal-rows"><table class="text-sm"><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>',
        head,
        body,
    )
