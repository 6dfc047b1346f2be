"""Replenishment: what should be got, why, and what somebody decides; then the orders and their sheets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog.choices import InboundSource, ReplenishmentStatus
from catalog.exporters.tables import replenishment_table
from catalog.models import Brand, InboundDelivery, Replenishment, Warehouse
from catalog.operations.purchasing import (
    UnitsDraft,
    approve_replenishments,
    change_units,
    dismiss_replenishments,
    order_replenishments,
)
from catalog.queries.replenish_desk import (
    ALL,
    GOODS,
    AskedReplenishment,
    counts_by_status,
    page_of_replenishment,
)
from catalog.views.replenishment_said import reasoning_of, runs_out_too_soon, why_of
from ops_portal.accounts.doors import staff_only
from ops_portal.intake.handing_out import hand_out_rows
from ops_portal.lib.doors.telling import attempt, back, say_refused, tell

VIEW: Final = "catalog.view_replenishment"
PLAN: Final = "catalog.plan_stock"
ORDER: Final = "catalog.order_stock"
MOST_AT_ONCE: Final = 200
TABS: Final = (
    ReplenishmentStatus.PROPOSED,
    ReplenishmentStatus.APPROVED,
    ReplenishmentStatus.ORDERED,
    ReplenishmentStatus.DISMISSED,
)


@require_safe
@staff_only(VIEW)
def list_page(request: HttpRequest) -> HttpResponseBase:
    """Show suggestions of one tab, those that run out first on top, or hand them out as a file."""
    asked = asked_in(request)
    if request.GET.get("format") == "csv":
        headings, table = replenishment_table(replace(asked, after=""), user=request.user)
        told = _("Replenishment as CSV")
        return hand_out_rows(request, "replenishment", headings, table, kind="replenishment", told=told)
    page = page_of_replenishment(asked, user=request.user)
    for row in page.rows:
        row.is_urgent = runs_out_too_soon(row, reasoning_of(row))
    user: Any = request.user
    is_proposed = asked.status == ReplenishmentStatus.PROPOSED
    context = {
        "title": _("Replenishment"),
        "asked": asked,
        "page": page,
        "tabs": [*((str(tab.value), tab.label) for tab in TABS), (ALL, _("all"))],
        "counts": counts_by_status(request.user),
        "brands": Brand.objects.visible_to(request.user).order_by("name", "code"),
        "warehouses": Warehouse.objects.visible_to(request.user).order_by("name", "code"),
        "may_change": is_proposed and user.has_perm(PLAN),
        "may_approve": is_proposed and user.has_perm(ORDER),
        "may_order": asked.status == ReplenishmentStatus.APPROVED and user.has_perm(ORDER),
        "may_dismiss": (is_proposed and user.has_perm(PLAN))
        or (asked.status == ReplenishmentStatus.APPROVED and user.has_perm(ORDER)),
    }
    context["may_choose"] = any(context[f"may_{verb}"] for verb in ("change", "approve", "order", "dismiss"))
    return render(request, "catalog/replenishment.html", {**admin.site.each_context(request), **context})


def asked_in(request: HttpRequest) -> AskedReplenishment:
    """Return what an address asks for."""
    given = request.GET
    known = (*ReplenishmentStatus.values, ALL)
    text = given.get("q", "").strip()[:60]
    usual = ALL if text else ReplenishmentStatus.PROPOSED.value
    return AskedReplenishment(
        status=given["status"] if given.get("status") in known else usual,
        brand=given.get("brand", "")[:40],
        warehouse=given.get("warehouse", "")[:40],
        text=text,
        after=given.get("after", "")[:60],
    )


@require_safe
@staff_only(VIEW)
def one_page(request: HttpRequest, number: str) -> HttpResponse:
    """Show one suggestion with its reckoning; asked for by the list, the reckoning alone."""
    seen = Replenishment.objects.visible_to(request.user).filter(number=number)
    row = seen.select_related(*GOODS).first()
    if row is None:
        raise Http404
    context = {"row": row, "why": why_of(row)}
    if request.headers.get("HX-Request"):
        return render(request, "catalog/replenishment_why.html", context)
    context |= {"title": f"{row.number} · {row.sku.code}", **admin.site.each_context(request)}
    return render(request, "catalog/replenishment_one.html", context)


@require_POST
@staff_only(VIEW)
def act_page(request: HttpRequest) -> HttpResponse:
    """Save units that were typed over, and approve, dismiss or order what was chosen."""
    verb = request.POST.get("verb", "")
    if verb not in ("save", "approve", "dismiss", "order"):
        raise Http404
    if verb in ("save", "approve"):
        save_units(request, must=verb == "save")
    if verb == "save":
        return back(request, reverse("catalog:replenishment"))
    numbers = numbers_in(request, "number")
    if not numbers:
        messages.warning(request, _("Choose at least one suggestion first."))
    elif verb == "approve":
        tell(request, _("Approve"), numbers, approve_replenishments, numbers)
    elif verb == "dismiss":
        reason = request.POST.get("reason", "").strip()[:500]
        tell(request, _("Dismiss"), numbers, dismiss_replenishments, numbers, reason=reason)
    else:
        order(request, numbers)
    return back(request, reverse("catalog:replenishment"))


def numbers_in(request: HttpRequest, name: str) -> list[str]:
    """Return the numbers of the suggestions that a form names and its sender sees."""
    given = [text[:30] for text in request.POST.getlist(name)[:MOST_AT_ONCE]]
    seen = Replenishment.objects.visible_to(request.user).filter(number__in=given)
    return list(seen.order_by("pk").values_list("number", flat=True))


def save_units(request: HttpRequest, *, must: bool) -> None:
    """Change the units that differ from those that were shown; ``must``: say so where none does."""
    shown = request.POST.getlist("shown")[:MOST_AT_ONCE]
    drafts = []
    for text in shown:
        number, _sign, was = text[:60].partition(":")
        typed = request.POST.get(f"units-{number}", "").strip()[:12]
        if typed and typed != was:
            drafts.append(UnitsDraft(number, int(typed) if typed.isascii() and typed.isdecimal() else 0))
    seen = Replenishment.objects.visible_to(request.user)
    known = set(seen.filter(number__in=[each.number for each in drafts]).values_list("number", flat=True))
    drafts = [each for each in drafts if each.number in known]
    if drafts:
        tell(request, _("Save units"), [each.number for each in drafts], change_units, drafts)
    elif must:
        messages.info(request, _("No number of units was changed."))


def order(request: HttpRequest, numbers: list[str]) -> None:
    """Order what was chosen, and lead to the sheets of the orders."""
    outcome = attempt(request, order_replenishments, numbers)
    if outcome.done:
        links = format_html_join(
            " ",
            '<a class="desk-link" href="{}">{}</a>',
            (
                (reverse("catalog:replenishment-sheet", args=[each.number]), each.number)
                for each in outcome.done
            ),
        )
        text = _("Ordered; the sheets to print:")
        messages.success(request, format_html("{} {}", text, links))
    say_refused(request, outcome, numbers)


@require_safe
@staff_only(VIEW)
def sheet_page(request: HttpRequest, number: str) -> HttpResponse:
    """Show the sheet of an order that replenishment made, to be printed and sent."""
    seen = InboundDelivery.objects.visible_to(request.user).filter(
        number=number, source=InboundSource.REPLENISHMENT
    )
    delivery = seen.select_related("brand", "warehouse").first()
    if delivery is None:
        raise Http404
    lines = list(delivery.lines.select_related("sku__product").order_by("position"))
    for line in lines:
        line.amount = None if line.sku.cost is None else line.sku.cost * line.promised
    context = {
        "title": _("Order %(number)s") % {"number": delivery.number},
        "delivery": delivery,
        "lines": lines,
        "units": sum(line.promised for line in lines),
        "amount": sum((line.amount for line in lines if line.amount is not None), start=0),
        "printed_at": timezone.now(),
    }
    return render(
        request, "catalog/replenishment_sheet.html", {**admin.site.each_context(request), **context}
    )
