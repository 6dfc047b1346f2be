"""The pages of files coming in: drop a file, see what it would do, import it, watch it, take it back."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from ops_portal.intake.checking import refuse_what_is_not_ones_own, upload
from ops_portal.intake.choices import RUN_MOVES, RunStatus
from ops_portal.intake.dropped import DroppedFile, put_aside
from ops_portal.intake.forms import DropForm, KindForm
from ops_portal.intake.guessing import guess_kinds, guess_option
from ops_portal.intake.kinds import all_kinds, kind_of, offered_to
from ops_portal.intake.models import ImportRun, RejectedRow
from ops_portal.intake.operations.runs import queue_runs
from ops_portal.intake.operations.undoing import undo_runs
from ops_portal.lib.doors.identity import principal_of
from ops_portal.lib.doors.retry import retried
from ops_portal.lib.refusals import Refused, raise_first

RUNS_SHOWN = 20
REJECTED_SHOWN = 50
UNDER_WAY = (RunStatus.QUEUED, RunStatus.RUNNING)


def files_page(request: HttpRequest) -> HttpResponse:
    """Show where files are dropped and the latest that came; take a file, ask what it is where it may be several."""
    if not request.user.has_perm("intake.add_importrun"):
        raise PermissionDenied
    form, given = None, None
    refusal, ticket = "", ""
    if request.method == "POST":
        try:
            given = dropped(request)
            form = kind_form(request, given)
            ticket = given.ticket(request.user.pk)
            if form.is_valid():
                return HttpResponseRedirect(page_of(take(request, given, form)))
        except Refused as refused:
            refusal = str(refused)
    user: Any = request.user
    context = {
        **admin.site.each_context(request),
        "title": _("Import files"),
        "form": form,
        "ticket": ticket,
        "dropped": given,
        "refusal": refusal,
        "kinds": [kind for kind in all_kinds() if user.has_perm(kind.permission)],
        "runs": latest_runs(request),
        "labels": {kind.code: kind.label for kind in all_kinds()},
    }
    return render(request, "intake/files.html", context, status=422 if refusal else 200)


@require_safe
def runs_list(request: HttpRequest) -> HttpResponse:
    """Give the list of the latest runs, for the page to refresh while one is under way."""
    if not request.user.has_perm("intake.view_importrun"):
        raise PermissionDenied
    labels = {kind.code: kind.label for kind in all_kinds()}
    return render(request, "intake/runs.html", {"runs": latest_runs(request), "labels": labels})


@require_safe
def run_page(request: HttpRequest, number: str) -> HttpResponse:
    """Show one run: what it would do, how far it is, what came of it."""
    run = run_of(request, number)
    template = "intake/run_body.html" if request.headers.get("HX-Request") else "intake/run.html"
    rejected = RejectedRow.objects.filter(run=run).order_by("row_number", "pk")[:REJECTED_SHOWN]
    context = {
        **({} if template == "intake/run_body.html" else admin.site.each_context(request)),
        "title": run.number,
        "run": run,
        "kind": kind_of(run.kind),
        "shown": preview_of(run),
        "rejected": rejected if run.rejected else (),
        "under_way": run.status in UNDER_WAY,
        "may_start": may(request, "intake.start_importrun", run, RunStatus.QUEUED),
        "may_undo": may(request, "intake.undo_importrun", run, RunStatus.UNDONE),
    }
    return render(request, template, context)


@require_POST
def start_run(request: HttpRequest, number: str) -> HttpResponse:
    """Leave the run to a worker."""
    return moved(request, number, "intake.start_importrun", queue_runs)


@require_POST
def undo_run(request: HttpRequest, number: str) -> HttpResponse:
    """Take back what the run did."""
    return moved(request, number, "intake.undo_importrun", undo_runs)


def moved(request: HttpRequest, number: str, permission: str, operation: Any) -> HttpResponse:
    """Call an operation for one run and go back to its page."""
    run = run_of(request, number)
    if not request.user.has_perm(permission):
        raise PermissionDenied
    try:
        outcome = retried(operation)([run.pk], actor=principal_of(request), at=timezone.now())
        raise_first(outcome.refused)
    except Refused as refused:
        messages.error(request, str(refused))
    return HttpResponseRedirect(page_of(run))


def dropped(request: HttpRequest) -> DroppedFile:
    """Return the file of this request: just uploaded, or put aside before. Refuses where there is none."""
    before = DroppedFile.of_ticket(request.POST.get("ticket", ""), request.user.pk)
    if before is not None:
        return before
    form = DropForm(request.POST, request.FILES)
    if not form.is_valid():
        raise Refused(_("Choose a file with something in it, and send it again."))
    return put_aside(form.cleaned_data["file"])


def kind_form(request: HttpRequest, given: DroppedFile) -> KindForm:
    """Return the form as it was filled in; for a file that was just dropped, as far as it can be guessed."""
    user: Any = request.user
    if "kind" in request.POST:
        return KindForm(user, request.POST)
    guesses = guess_kinds(user, given.path)
    said: dict[str, Any] = {
        name: guess_option(offered_to(user, name), [given.name]) for name in ("shop", "brand")
    }
    said["kind"] = guesses[0].kind.code if guesses else ""
    certain = len(guesses) == 1 or (len(guesses) > 1 and guesses[0].columns > guesses[1].columns)
    complete = guesses and all(said[name] for name in guesses[0].kind.wants)
    return KindForm(user, said) if certain and complete else KindForm(user, initial=said)


def take(request: HttpRequest, given: DroppedFile, form: KindForm) -> ImportRun:
    """Try the file out and open its run. Refuses what the file is refused for."""
    user: Any = request.user
    kind, options = form.chosen
    refuse_what_is_not_ones_own(user, kind, options)
    return upload(kind, given.path, options, name=given.name, actor=principal_of(request), at=timezone.now())


def latest_runs(request: HttpRequest) -> list[ImportRun]:
    """Return the newest runs that the reader may see."""
    seen = ImportRun.objects.visible_to(request.user).order_by("-created_at", "-pk")
    return list(seen.select_related("user")[:RUNS_SHOWN])


def run_of(request: HttpRequest, number: str) -> ImportRun:
    """Return a run that the reader may see, or answer that there is none."""
    if not request.user.has_perm("intake.view_importrun"):
        raise PermissionDenied
    run: ImportRun | None = ImportRun.objects.visible_to(request.user).filter(number=number).first()
    if run is None:
        raise Http404
    return run


def page_of(run: ImportRun) -> str:
    """Return the address of a run's page."""
    return reverse("intake:run", args=[run.number])


def may(request: HttpRequest, permission: str, run: ImportRun, to: str) -> bool:
    """Tell whether the reader may move the run, and its state leads there."""
    user: Any = request.user
    own_kind = user.has_perm(kind_of(run.kind).permission)
    return own_kind and user.has_perm(permission) and RUN_MOVES.find(run.status, to) is not None


def preview_of(run: ImportRun) -> dict[str, Any]:
    """Return what the dry run showed, its first rows under the file's own headings."""
    if not run.preview:
        return {}
    rows = run.preview["rows"]
    names = run.preview.get("columns") or (list(rows[0]) if rows else [])
    own = run.preview.get("headings", {})
    return {
        **run.preview,
        "columns": [_("row") if name == "row" else own.get(name, name) for name in names],
        "cells": [[row.get(name, "") for name in names] for row in rows],
    }
