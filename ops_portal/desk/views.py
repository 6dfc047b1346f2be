"""The pages of every desk: what waits for me, all deadlines, and the forms that stand on documents' pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from ops_portal.accounts.models import User
from ops_portal.desk.choices import Bucket
from ops_portal.desk.drafts import Assignment, NoteDraft, ViewDraft, WorkDraft
from ops_portal.desk.kinds import DeskKind, kind_with
from ops_portal.desk.operations.assigning import assign_documents, take_documents, take_next
from ops_portal.desk.operations.background import queue_runs
from ops_portal.desk.operations.notes import write_notes
from ops_portal.desk.operations.views import drop_views, save_views
from ops_portal.desk.queries.background import standing_of
from ops_portal.desk.queries.cockpit import CLOCKS, FILTERS, PLATFORM, cockpit
from ops_portal.desk.queries.inbox import FACETS, inbox
from ops_portal.desk.queries.papers import papers_of, visible_document
from ops_portal.desk.runs import RunKind, run_kind
from ops_portal.lib.doors.identity import principal_of
from ops_portal.lib.doors.retry import retried
from ops_portal.lib.doors.telling import back
from ops_portal.lib.refusals import Refused

PERMISSION = "desk.use_desk"
View = Callable[[HttpRequest], HttpResponse]


def for_desks(view: View) -> View:
    """Return ``view`` for those who work at desks."""

    @wraps(view)
    def check(request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        return view(request)

    return check


def reader_of(request: HttpRequest) -> User:
    """Return the person in front of the page."""
    return cast(User, request.user)


@require_safe
@for_desks
def inbox_page(request: HttpRequest) -> HttpResponse:
    """Show what waits for the reader; at most 12 statements."""
    at = timezone.now()
    chosen = {name: request.GET[name] for name in FACETS if request.GET.get(name)}
    found = inbox(reader_of(request), chosen, at=at, after=request.GET.get("after", ""))
    context = {"inbox": found, "page": found.page, "chosen": chosen, "as_of": at}
    if request.headers.get("HX-Request") and request.GET.get("after"):
        return render(request, "desk/inbox_rows.html", context)
    title = {"title": _("Waiting for me")}
    return render(request, "desk/inbox.html", {**admin.site.each_context(request), **context, **title})


@require_safe
@for_desks
def cockpit_page(request: HttpRequest) -> HttpResponse:
    """Show all deadlines that the reader may see, with the money at risk; at most 12 statements."""
    at = timezone.now()
    clock = request.GET.get("clock", PLATFORM)
    clock = clock if clock in CLOCKS else PLATFORM
    chosen = {name: request.GET[name] for name in FILTERS if request.GET.get(name)}
    found = cockpit(reader_of(request), clock, chosen, at=at, after=request.GET.get("after", ""))
    context = {"cockpit": found, "page": found.page, "clock": clock, "chosen": chosen, "as_of": at}
    if request.headers.get("HX-Request") and request.GET.get("after"):
        return render(request, "desk/cockpit_rows.html", context)
    more = {"title": _("Deadlines"), "buckets": Bucket.choices}
    return render(request, "desk/cockpit.html", {**admin.site.each_context(request), **context, **more})


def named_document(request: HttpRequest) -> tuple[DeskKind, str]:
    """Return the kind and number that a form names, where the reader works on it; 404 where it isn't seen."""
    found = visible_document(
        reader_of(request), request.POST.get("kind", ""), request.POST.get("number", "")[:60]
    )
    if found is None:
        raise Http404
    kind, document = found
    if not request.user.has_perm(kind.work_permission):
        raise PermissionDenied
    return kind, document.number


@require_POST
@for_desks
def assign(request: HttpRequest) -> HttpResponse:
    """Give the document to whom the form says: "take" it unless somebody has it, "me", "nobody", or an id."""
    kind, number = named_document(request)
    to = request.POST.get("to", "")
    if to not in ("take", "me", "nobody") and not (to.isascii() and to.isdecimal() and len(to) < 19):
        raise Http404
    owner_id = {"take": request.user.pk, "me": request.user.pk, "nobody": None}.get(to, 0)
    draft = Assignment(kind.code, number, int(to) if owner_id == 0 else owner_id)
    if to == "take":
        text = told(lambda **given: retried(take_documents)([draft], **given).one(), request)
    else:
        why = request.POST.get("reason", "")[:500]
        text = told(lambda **given: retried(assign_documents)([draft], reason=why, **given).one(), request)
    if request.POST.get("open") and not text:
        return HttpResponseRedirect(kind.page_of(number))
    return answer(request, kind, number, refusal=text)


@require_POST
@for_desks
def take(request: HttpRequest) -> HttpResponse:
    """Take the most urgent document of a queue that nobody owns, and open it."""
    queue = request.POST.get("queue", "")
    kind = kind_with(queue)
    if kind is None:
        raise Http404
    if not request.user.has_perm(kind.work_permission):
        raise PermissionDenied
    user = reader_of(request)
    taken: Any = retried(take_next)(
        kind.code, queue, user=user, actor=principal_of(request), at=timezone.now()
    )
    if taken is not None:
        return HttpResponseRedirect(kind.page_of(taken.number))
    messages.info(request, _("Nothing waits in this queue any more."))
    return back(request, reverse("desk:inbox"))


@require_POST
@for_desks
def note(request: HttpRequest) -> HttpResponse:
    """Write a note on the document."""
    kind, number = named_document(request)
    draft = NoteDraft(kind.code, number, request.POST.get("text", ""))
    return answer(
        request, kind, number, refusal=told(lambda **given: write_notes([draft], **given).one(), request)
    )


@require_POST
@for_desks
def save_view(request: HttpRequest) -> HttpResponse:
    """Keep the list that the form names."""
    given = request.POST
    draft = ViewDraft(
        name=given.get("name", ""),
        path=given.get("path", ""),
        query=given.get("query", ""),
        is_shared=bool(given.get("is_shared")),
    )
    user = reader_of(request)
    refusal = told(lambda **more: save_views([draft], user=user, **more).one(), request)
    if refusal:
        messages.error(request, refusal)
    else:
        messages.success(request, _("The view is saved."))
    return back(request, reverse("desk:inbox"))


@require_POST
@for_desks
def drop_view(request: HttpRequest) -> HttpResponse:
    """Forget a view of the reader's own."""
    pk = request.POST.get("view", "")
    if not (pk.isascii() and pk.isdecimal() and len(pk) < 19):
        raise Http404
    user = reader_of(request)
    refusal = told(lambda **more: drop_views([int(pk)], user=user, **more).one(), request)
    if refusal:
        raise Http404
    messages.success(request, _("The view is gone."))
    return back(request, reverse("desk:inbox"))


def run_kind_of(code: str) -> RunKind:
    """Return the kind of work of this code; 404 where there is none."""
    kind = run_kind(code)
    if kind is None:
        raise Http404
    return kind


@require_safe
def run_part(request: HttpRequest, code: str) -> HttpResponse:
    """Show how work of a kind stands; once nothing is under way, have the page around it loaded anew."""
    kind = run_kind_of(code)
    if not (request.user.has_perm(PERMISSION) and request.user.has_perm(kind.view_permission)):
        raise PermissionDenied
    standing = standing_of(kind, request.user)
    answer = render(request, "desk/run.html", {"standing": standing})
    if not standing.under_way and request.headers.get("HX-Request"):
        answer["HX-Refresh"] = "true"
    return answer


@require_POST
def ask_run(request: HttpRequest, code: str) -> HttpResponse:
    """Leave work to the workers, and go back to the page that asked for it."""
    kind = run_kind_of(code)
    if not (request.user.has_perm(PERMISSION) and request.user.has_perm(kind.ask_permission)):
        raise PermissionDenied
    draft = WorkDraft(kind.code)
    refusal = told(lambda **given: retried(queue_runs)([draft], **given).one(), request)
    if refusal:
        messages.info(request, refusal)
    else:
        messages.success(request, _("It is left to the workers; this page shows when it is done."))
    return back(request, reverse("desk:inbox"))


def told(operation: Callable[..., Any], request: HttpRequest) -> str:
    """Call an operation in the name of the reader; return its refusal in words, nothing where there is none."""
    try:
        operation(actor=principal_of(request), at=timezone.now())
    except Refused as refused:
        return str(refused)
    return ""


def answer(request: HttpRequest, kind: DeskKind, number: str, *, refusal: str) -> HttpResponse:
    """Return the panel of the document as it is now; without htmx, the page from which the form came."""
    if request.headers.get("HX-Request"):
        papers = papers_of(request.user, kind.code, number, at=timezone.now())
        if papers is None:  # what was given away may be out of sight
            return HttpResponse(headers={"HX-Redirect": reverse("desk:inbox")})
        return render(request, "desk/panel.html", {"papers": papers, "refusal": refusal})
    if refusal:
        messages.error(request, refusal)
    return back(request, kind.page_of(number))
