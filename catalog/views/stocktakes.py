"""Stocktakes on the desk: the list, a new one, and one of them: its progress, then its differences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.choices import CountClass, StocktakeStatus
from catalog.drafts import ScopeDraft, SendBackDraft, StocktakeDraft
from catalog.exporters.tables import counts_table
from catalog.models import Brand, Reservation, Stocktake, Warehouse, Zone
from catalog.operations.count_approving import approve_stocktakes, send_back_stocktakes
from catalog.operations.stocktaking import cancel_stocktakes, open_stocktakes
from catalog.queries.count_adjustments import adjusted_since
from catalog.queries.count_scopes import scope_of_json
from catalog.queries.stocktakes import (
    ALL,
    SHEET,
    TOLD,
    AskedStocktakes,
    Progress,
    counts_for,
    entries_of,
    holders,
    lines_of,
    page_of_stocktakes,
    progress_of,
    promised_missing,
    summary_of,
    under_way,
)
from catalog.signals import document_pages
from ops_portal.accounts.doors import staff_only
from ops_portal.intake.handing_out import hand_out_rows
from ops_portal.lib.doors.telling import attempt, say_refused, tell

VIEW: Final = "catalog.view_stocktake"
COUNT: Final = "catalog.use_floor"
APPROVE: Final = "catalog.approve_stock"
MOST_CODES: Final = 500
CODES: Final = re.compile(r"[\s,;，；、]+")


@require_safe
@staff_only(VIEW)
def list_page(request: HttpRequest) -> HttpResponse:
    """Show the stocktakes of one tab, newest first."""
    given = request.GET
    asked = AskedStocktakes(
        status=given["status"]
        if given.get("status") in (*StocktakeStatus.values, ALL)
        else StocktakeStatus.COUNTING,
        warehouse=given.get("warehouse", "")[:40],
        text=given.get("q", "").strip()[:30],
        after=given.get("after", "")[:60],
    )
    rows, following = page_of_stocktakes(asked, user=request.user)
    waiting = under_way(request.user)
    user: Any = request.user
    context = {
        **admin.site.each_context(request),
        "title": _("Stocktakes"),
        "asked": asked,
        "rows": rows,
        "following": following,
        "tabs": [
            *((code, label, waiting.get(code, 0)) for code, label in StocktakeStatus.choices),
            (ALL, _("all"), 0),
        ],
        "warehouses": Warehouse.objects.visible_to(request.user).order_by("name", "code"),
        "may_count": user.has_perm(COUNT),
    }
    return render(request, "catalog/stocktakes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(COUNT)
def new_page(request: HttpRequest) -> HttpResponse:
    """Open a stocktake of what the form says; where it is refused, show the form again as it was filled in."""
    sent = request.POST if request.method == "POST" else request.GET
    refusal = ""
    if request.method == "POST":
        outcome = attempt(request, open_stocktakes, [draft_of(request)])
        if outcome.done:
            text = _("%(number)s is opened. Count it on the floor, or print its sheet.")
            messages.success(request, text % {"number": outcome.done[0].number})
            return HttpResponseRedirect(page_of(outcome.done[0].number))
        refusal = str(outcome.refused[0][1])
    zones = Zone.objects.visible_to(request.user).select_related("warehouse")
    context = {
        **admin.site.each_context(request),
        "title": _("New stocktake"),
        "sent": sent,
        "refusal": refusal,
        "warehouses": Warehouse.objects.visible_to(request.user).order_by("name", "code"),
        "zones": zones.order_by("warehouse__name", "code", "pk"),
        "brands": Brand.objects.visible_to(request.user).order_by("name", "pk"),
        "classes": CountClass.choices,
    }
    return render(request, "catalog/stocktake_new.html", context, status=422 if refusal else 200)


def draft_of(request: HttpRequest) -> StocktakeDraft:
    """Return what the form says."""
    sent = request.POST
    warehouse, zone, brand = (sent.get(name, "")[:40] for name in ("warehouse", "zone", "brand"))
    zones = Zone.objects.visible_to(request.user).filter(warehouse__code=warehouse)
    seen = zones.filter(pk=int(zone)).values_list("code", flat=True) if is_id(zone) else []
    brands = Brand.objects.visible_to(request.user).filter(code=brand)
    # What was chosen and isn't there narrows to nothing, never to the whole warehouse.
    scope = ScopeDraft(
        zones=(tuple(seen) or (zone,)) if zone else (),
        bins=codes_in(sent.get("bins", "")),
        skus=codes_in(sent.get("skus", "")),
        brands=(tuple(brands.values_list("code", flat=True)) or ("?",)) if brand else (),
        goods=sent.get("goods", "")[:1],
    )
    return StocktakeDraft(warehouse, scope, sent.get("note", "").strip()[:500])


def is_id(text: str) -> bool:
    """Tell whether a text may be a row's id."""
    return text.isascii() and text.isdecimal() and len(text) < 19


def codes_in(text: str) -> tuple[str, ...]:
    """Return the codes that a text lists."""
    return tuple(dict.fromkeys(filter(None, CODES.split(text[:20_000]))))[:MOST_CODES]


@require_safe
@staff_only(VIEW)
def stocktake_page(request: HttpRequest, number: str) -> HttpResponseBase:
    """Show how far a stocktake has come; once it is counted, by how much the books were wrong, also as a file."""
    stocktake = stocktake_of(request, number)
    user: Any = request.user
    counts = counts_for(stocktake, request.user)
    progress = progress_of([stocktake.pk]).get(stocktake.pk, Progress())
    is_told = stocktake.status in TOLD
    shows_all = request.GET.get("lines") == "all"
    if is_told and request.GET.get("format") == "csv":
        headings, table = counts_table(counts, differing=not shows_all)
        told = _("Counts of the stocktake as CSV")
        return hand_out_rows(
            request, stocktake.number, headings, table, kind="stocktake", told=told, number=stocktake.number
        )
    lines, following = (
        lines_of(counts, differing=not shows_all, after=request.GET.get("after", "")[:80])
        if is_told
        else ([], "")
    )
    waits = stocktake.status == StocktakeStatus.REVIEW
    adjusted = adjusted_since([line for line in cast(list[Any], lines) if line.left]) if waits else {}
    context = {
        **admin.site.each_context(request),
        "title": f"{stocktake.number} · {stocktake.warehouse}",
        "stocktake": stocktake,
        "scope": scope_of_json(stocktake.scope),
        "progress": progress,
        "is_told": is_told,
        "shows_all": shows_all,
        "summary": summary_of(counts) if is_told else None,
        "lines": lines,
        "adjusted": adjusted,
        "papers": sorted({number for numbers in adjusted.values() for number in numbers}),
        "following": following,
        "entries": entries_of(stocktake) if is_told else [],
        "holders": pages_of(holders(promised_missing(stocktake))) if waits else [],
        "may_count": stocktake.status in (StocktakeStatus.COUNTING, StocktakeStatus.RECOUNTING)
        and user.has_perm(COUNT),
        "may_decide": waits and user.has_perm(APPROVE),
        "may_cancel": (waits and user.has_perm(APPROVE))
        or (
            stocktake.status in (StocktakeStatus.COUNTING, StocktakeStatus.RECOUNTING)
            and user.has_perm(COUNT)
        ),
    }
    return render(request, "catalog/stocktake.html", context)


def pages_of(documents: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the number of each document with the address of its page, as the floors above give it."""
    known: dict[tuple[str, str], str] = {}
    if documents:
        for _receiver, pages in document_pages.send(Reservation, documents=set(documents)):
            known |= cast(dict[tuple[str, str], str], pages)
    return [(number, known.get((kind, number), "")) for kind, number in documents]


@require_POST
@staff_only(VIEW)
def act_page(request: HttpRequest, number: str) -> HttpResponse:
    """Approve a stocktake, send it back, or call it off."""
    stocktake = stocktake_of(request, number)
    user: Any = request.user
    verb = request.POST.get("verb", "")
    reason = request.POST.get("reason", "").strip()[:500]
    if verb in ("approve", "send-back"):
        permission = APPROVE
    elif verb == "cancel":
        permission = COUNT
    else:
        raise Http404
    if not user.has_perm(permission):
        raise PermissionDenied
    if verb == "approve":
        tell(request, gettext_lazy("Approve and book"), [number], approve_stocktakes, [number])
    elif verb == "cancel":
        tell(request, gettext_lazy("Call off"), [number], cancel_stocktakes, [number], reason=reason)
    else:
        chosen = [int(pk) for pk in request.POST.getlist("count") if is_id(pk)]
        draft = SendBackDraft(stocktake.number, reason, tuple(chosen))
        say_refused(request, outcome := attempt(request, send_back_stocktakes, [draft]))
        if outcome.done:
            messages.success(request, _("%(number)s is counted once more.") % {"number": number})
    return HttpResponseRedirect(page_of(number))


@require_safe
@staff_only(COUNT)
def sheet_page(request: HttpRequest, number: str) -> HttpResponse:
    """Show a sheet to count on by hand: what is to be counted where, and not a single unit of the books."""
    stocktake = stocktake_of(request, number)
    lines, following = lines_of(
        counts_for(stocktake, request.user),
        differing=False,
        after=request.GET.get("after", "")[:80],
        most=SHEET,
    )
    context = {
        **admin.site.each_context(request),
        "title": _("Count sheet %(number)s") % {"number": stocktake.number},
        "stocktake": stocktake,
        "lines": lines,
        "following": following,
    }
    return render(request, "catalog/stocktake_sheet.html", context)


def stocktake_of(request: HttpRequest, number: str) -> Stocktake:
    """Return a stocktake that the reader may see; 404 where there is none."""
    seen = Stocktake.objects.visible_to(request.user).filter(number=number)
    found: Stocktake | None = seen.select_related("warehouse", "plan", "opened_by", "approved_by").first()
    if found is None:
        raise Http404
    return found


def page_of(number: str) -> str:
    """Return the address of a stocktake's page."""
    return reverse("catalog:stocktake", args=[number])
