"""Stock requests: what waits for approval, one of them, and a new one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from uuid import uuid4

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.choices import RequestKind, RequestReason, RequestStatus, StockState
from catalog.drafts import RequestDraft, RequestLineDraft
from catalog.exporters.tables import requests_table
from catalog.forms.stock_lines import Lines, Row, add_lines, rows_in, shown_rows
from catalog.models import StockRequest, Warehouse
from catalog.operations.request_drafts import REQUEST_WAYS
from catalog.operations.requests import approve_requests, reject_requests, request_stock, withdraw_requests
from catalog.queries.match_desk import skus_like
from catalog.queries.request_pages import (
    ALL,
    AskedRequests,
    lines_with_standing,
    page_of_requests,
    waiting_requests,
)
from ops_portal.accounts.doors import staff_only
from ops_portal.intake.handing_out import hand_out_rows
from ops_portal.lib.doors.telling import attempt, back, tell

VIEW: Final = "catalog.view_stockrequest"
ASK: Final = "catalog.request_stock"
APPROVE: Final = "catalog.approve_stock"
MOST_AT_ONCE: Final = 200
LONGEST_PASTE: Final = 60_000
KEY: Final = re.compile(r"[0-9a-f]{32}")
# The change that each reason usually means, chosen until somebody chooses another.
USUAL: Final[Mapping[str, tuple[str, str]]] = {
    RequestReason.DAMAGE: (StockState.AVAILABLE, StockState.DAMAGED),
    RequestReason.LOSS: (StockState.AVAILABLE, StockState.LOST),
    RequestReason.FOUND: (StockState.LOST, StockState.AVAILABLE),
}


@require_safe
@staff_only(VIEW)
def list_page(request: HttpRequest) -> HttpResponseBase:
    """Show the requests of one tab, newest first, or hand their lines out as a file."""
    given = request.GET
    asked = AskedRequests(
        status=given["status"]
        if given.get("status") in (*RequestStatus.values, ALL)
        else RequestStatus.WAITING,
        kind=given["kind"] if given.get("kind") in RequestKind.values else "",
        warehouse=given.get("warehouse", "")[:40],
        text=given.get("q", "").strip()[:60],
        after=given.get("after", "")[:60],
    )
    if given.get("format") == "csv":
        headings, table = requests_table(replace(asked, after=""), user=request.user)
        told = _("Lines of stock requests as CSV")
        return hand_out_rows(request, "stock-requests", headings, table, kind="stock_request", told=told)
    rows, following = page_of_requests(asked, user=request.user)
    user: Any = request.user
    context = {
        **admin.site.each_context(request),
        "title": _("Stock requests"),
        "asked": asked,
        "rows": rows,
        "following": following,
        "tabs": [*RequestStatus.choices, (ALL, _("all requests"))],
        "waiting": waiting_requests(request.user),
        "kinds": RequestKind.choices,
        "warehouses": Warehouse.objects.visible_to(request.user).order_by("name", "code"),
        "may_ask": user.has_perm(ASK),
        "may_approve": user.has_perm(APPROVE) and asked.status == RequestStatus.WAITING,
    }
    return render(request, "catalog/requests.html", context)


@require_safe
@staff_only(VIEW)
def request_page(request: HttpRequest, number: str) -> HttpResponse:
    """Show a request: what it would change, and what is there now."""
    found = request_of(request, number)
    user: Any = request.user
    is_open = found.status == RequestStatus.WAITING
    is_mine = found.requester_id == user.pk
    context = {
        **admin.site.each_context(request),
        "title": f"{found.number} · {found.get_kind_display()}",
        "found": found,
        "lines": lines_with_standing(found),
        "may_decide": is_open and user.has_perm(APPROVE) and not is_mine,
        "is_own": is_open and user.has_perm(APPROVE) and is_mine,
        "may_withdraw": is_open and is_mine,
        "may_see_document": user.has_perm("catalog.view_stockdocument"),
    }
    return render(request, "catalog/request.html", context)


@require_POST
@staff_only(VIEW)
def act(request: HttpRequest) -> HttpResponse:
    """Approve, reject or withdraw the chosen requests."""
    verb = request.POST.get("verb", "")
    chosen = request.POST.getlist("number")[:MOST_AT_ONCE]
    seen = StockRequest.objects.visible_to(request.user).filter(number__in=chosen).order_by("pk")
    numbers = list(seen.values_list("number", flat=True))
    user: Any = request.user
    if verb in ("approve", "reject") and not user.has_perm(APPROVE):
        raise PermissionDenied
    if not numbers:
        messages.warning(request, _("Choose at least one request first."))
    elif verb == "approve":
        tell(request, gettext_lazy("Approve and book"), numbers, approve_requests, numbers)
    elif verb == "reject":
        reason = request.POST.get("reason", "").strip()[:500]
        tell(request, pgettext_lazy("request", "Reject"), numbers, reject_requests, numbers, reason=reason)
    elif verb == "withdraw":
        tell(request, gettext_lazy("Withdraw"), numbers, withdraw_requests, numbers)
    else:
        raise Http404
    return back(request, reverse("catalog:stock-requests"))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(ASK)
def new_page(request: HttpRequest) -> HttpResponse:
    """Take lines in, show what stands of them, and ask for the change."""
    sent = request.POST if request.method == "POST" else request.GET
    said = said_in(request, sent)
    warehouse = said["warehouse"]
    lines = Lines(
        [row if row.way in said["ways"] else replace(row, way=said["way"]) for row in rows_in(sent)]
    )
    if request.method != "POST":
        return show_form(request, said, lines)
    verb = sent.get("do", "refresh")
    removed = sent.get("without", "")
    if removed.isascii() and removed.isdecimal() and int(removed) < len(lines.rows):
        del lines.rows[int(removed)]
    elif verb == "add":
        text = sent.get("add", "").strip()[:60]
        add_lines(lines, text, user=request.user, warehouse=warehouse, way=said["way"])
    elif verb == "paste":
        text = sent.get("paste", "")[:LONGEST_PASTE]
        add_lines(lines, text, user=request.user, warehouse=warehouse, way=said["way"])
        said["paste"] = text if lines.troubles else ""
    elif verb == "send":
        return send(request, said, lines)
    return show_form(request, said, lines)


def said_in(request: HttpRequest, sent: Any) -> dict[str, Any]:
    """Return the head of a form: kind, reason, warehouse, note, and the change that is usual for them."""
    kind = sent.get("kind") if sent.get("kind") in RequestKind.values else RequestKind.ADJUSTMENT
    reason = sent.get("reason") if sent.get("reason") in RequestReason.values else ""
    places = list(Warehouse.objects.visible_to(request.user).order_by("name", "code"))
    wanted = sent.get("warehouse", "")
    ways = [f"{here}>{there}" for here, there in REQUEST_WAYS[kind]]
    usual = ">".join(USUAL.get(reason, (StockState.AVAILABLE, StockState.OUTSIDE)))
    return {
        "kind": str(kind),
        "reason": str(reason),
        "places": places,
        "warehouse": next((place for place in places if place.code == wanted), places[0] if places else None),
        "note": sent.get("note", "").strip()[:500],
        "key": key if KEY.fullmatch(key := sent.get("key", "")) else uuid4().hex,
        "ways": ways,
        "way": usual if usual in ways else ways[0],
        "paste": "",
    }


def send(request: HttpRequest, said: Mapping[str, Any], lines: Lines) -> HttpResponse:
    """Ask for what the form says; where it is refused, show it again as it was filled in."""
    seen = {
        shown.row.sku_code for shown in shown_rows(lines.rows, user=request.user, warehouse=None) if shown.sku
    }
    unseen = next((row.sku_code for row in lines.rows if row.sku_code not in seen), None)
    if unseen is not None:
        lines.troubles.append(_("There is no SKU “%(sku)s”.") % {"sku": unseen})
        return show_form(request, said, lines, status=422)
    draft = RequestDraft(
        kind=said["kind"],
        reason=said["reason"],
        warehouse_code=said["warehouse"].code if said["warehouse"] else "",
        lines=tuple(line_of(row) for row in lines.rows),
        note=said["note"],
        source_key=f"form:{request.user.pk}:{said['key']}",
    )
    outcome = attempt(request, request_stock, [draft])
    if outcome.refused:
        lines.troubles.append(str(outcome.refused[0][1]))
        return show_form(request, said, lines, status=422)
    return HttpResponseRedirect(reverse("catalog:stock-request", args=[outcome.done[0].number]))


def line_of(row: Row) -> RequestLineDraft:
    """Return the draft of a line."""
    here, there = row.states
    return RequestLineDraft(row.sku_code, row.owner, row.count, here, there, row.batch, row.bin_code)


def show_form(
    request: HttpRequest, said: Mapping[str, Any], lines: Lines, *, status: int = 200
) -> HttpResponse:
    """Show the form as it was filled in."""
    labels = dict(StockState.choices)
    shown = shown_rows(lines.rows, user=request.user, warehouse=said["warehouse"])
    context = {
        **admin.site.each_context(request),
        **said,
        "title": _("New stock request"),
        "lines": shown,
        "troubles": lines.troubles,
        "kinds": RequestKind.choices,
        "reasons": RequestReason.choices,
        "way_choices": [
            (way, " → ".join(str(labels[StockState(state)]) for state in way.split(">")))
            for way in said["ways"]
        ],
    }
    return render(request, "catalog/request_new.html", context, status=status)


@require_safe
@staff_only("catalog.view_stock")
def skus_part(request: HttpRequest) -> HttpResponse:
    """Answer the SKUs that somebody looks for, as choices of a field."""
    text = request.GET.get("add", "").strip()[:60]
    skus = [sku for sku in skus_like(text, user=request.user) if not sku.is_bundle]
    return render(request, "catalog/matching_skus.html", {"skus": skus})


def request_of(request: HttpRequest, number: str) -> StockRequest:
    """Return the request of this number; 404 where there is none that may be seen."""
    seen = StockRequest.objects.visible_to(request.user).filter(number=number)
    found: StockRequest | None = seen.select_related("warehouse", "requester", "decider", "document").first()
    if found is None:
        raise Http404
    return found
