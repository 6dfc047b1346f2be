"""Stock alerts: what stands, acknowledged in one go; and the limits by which goods are too few or too many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.choices import AlertKind, AlertStatus
from catalog.exporters.tables import alerts_table
from catalog.forms.limits import LONGEST, NOTHING_PASTED, pasted_limits, typed_limits
from catalog.models import Brand, Sku, StockAlert, StockLimit, Warehouse
from catalog.operations.alerting import AcknowledgeDraft, acknowledge_alerts
from catalog.operations.limits import LimitDraft, UnknownGoods, set_limits
from catalog.queries.alert_desk import ALL, AskedAlerts, page_of_alerts, waiting_alerts
from catalog.queries.limit_desk import AskedLimits, page_of_limits
from ops_portal.accounts.doors import staff_only
from ops_portal.intake.handing_out import hand_out_rows
from ops_portal.lib.doors.telling import attempt, back, say_refused, tell
from ops_portal.lib.refusals import Outcome, Refused

VIEW: Final = "catalog.view_stockalert"
ACKNOWLEDGE: Final = "catalog.acknowledge_alert"
VIEW_LIMITS: Final = "catalog.view_stocklimit"
SET_LIMITS: Final = "catalog.change_stocklimit"
MOST_AT_ONCE: Final = 200


@require_safe
@staff_only(VIEW)
def list_page(request: HttpRequest) -> HttpResponseBase:
    """Show the alerts of one tab, newest first, or hand them out as a file."""
    given = request.GET
    asked = AskedAlerts(
        status=given["status"] if given.get("status") in (*AlertStatus.values, ALL) else AlertStatus.OPEN,
        kind=given["kind"] if given.get("kind") in AlertKind.values else "",
        brand=given.get("brand", "")[:40],
        warehouse=given.get("warehouse", "")[:40],
        text=given.get("q", "").strip()[:60],
        after=given.get("after", "")[:60],
    )
    if given.get("format") == "csv":
        headings, table = alerts_table(replace(asked, after=""), user=request.user, at=timezone.now())
        told = _("Stock alerts as CSV")
        return hand_out_rows(request, "stock-alerts", headings, table, kind="stock_alert", told=told)
    rows, following = page_of_alerts(asked, user=request.user, at=timezone.now())
    user: Any = request.user
    context = {
        "title": _("Stock alerts"),
        "asked": asked,
        "rows": rows,
        "following": following,
        "tabs": [*AlertStatus.choices, (ALL, _("all"))],
        "waiting": waiting_alerts(request.user),
        "kinds": AlertKind.choices,
        "brands": Brand.objects.visible_to(request.user).order_by("name", "code"),
        "warehouses": Warehouse.objects.visible_to(request.user).order_by("name", "code"),
        "may_acknowledge": user.has_perm(ACKNOWLEDGE) and asked.status in (AlertStatus.OPEN, ALL),
        "may": {
            "order": user.has_perm("catalog.plan_stock"),
            "transfer": user.has_perm("catalog.move_stock"),
            "price": user.has_perm("catalog.change_product"),
            "delist": user.has_perm("catalog.write_listing"),
            "limits": user.has_perm(VIEW_LIMITS),
        },
    }
    return render(request, "catalog/alerts.html", {**admin.site.each_context(request), **context})


@require_POST
@staff_only(ACKNOWLEDGE)
def acknowledge_page(request: HttpRequest) -> HttpResponse:
    """Acknowledge the chosen alerts, or the one whose button was pressed, with a note."""
    one = request.POST.get("one", "")[:30]
    chosen = [one] if one else request.POST.getlist("number")[:MOST_AT_ONCE]
    seen = StockAlert.objects.visible_to(request.user).filter(number__in=[text[:30] for text in chosen])
    numbers = list(seen.order_by("pk").values_list("number", flat=True))
    if not numbers:
        messages.warning(request, _("Choose at least one alert first."))
    else:
        note = request.POST.get("note", "")
        drafts = [AcknowledgeDraft(number, note) for number in numbers]
        tell(request, _("Acknowledge"), numbers, acknowledge_alerts, drafts)
    return back(request, reverse("catalog:alerts"))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(VIEW_LIMITS)
def limits_page(request: HttpRequest) -> HttpResponseBase:
    """Show limits of stock; take those that were typed over or pasted."""
    if request.method == "POST":
        return save_limits(request)
    given = request.GET
    asked = AskedLimits(
        brand=given.get("brand", "")[:40],
        warehouse=given.get("warehouse", "")[:40],
        text=given.get("q", "").strip()[:60],
        kept_by=given["kept"] if given.get("kept") in ("reckoned", "hand") else "",
        after=given.get("after", "")[:40],
    )
    return shown_limits(request, asked)


def shown_limits(
    request: HttpRequest, asked: AskedLimits, pasted: str = "", status: int = 200
) -> HttpResponse:
    """Show a page of limits, and again what was pasted where it was refused."""
    rows, following = page_of_limits(asked, user=request.user, at=timezone.now())
    user: Any = request.user
    context = {
        "title": _("Limits of stock"),
        "asked": asked,
        "rows": rows,
        "following": following,
        "brands": Brand.objects.visible_to(request.user).order_by("name", "code"),
        "warehouses": Warehouse.objects.visible_to(request.user).order_by("name", "code"),
        "may_set": user.has_perm(SET_LIMITS),
        "pasted": pasted,
    }
    whole = {**admin.site.each_context(request), **context}
    return render(request, "catalog/limits.html", whole, status=status)


@staff_only(SET_LIMITS)
def save_limits(request: HttpRequest) -> HttpResponse:
    """Set the limits that were typed over, or pasted."""
    there = reverse("catalog:limits")
    text = request.POST.get("pasted", "")[:LONGEST]
    try:
        if request.POST.get("verb") == "paste":
            drafts: Sequence[LimitDraft] = pasted_limits(text, request.POST.get("warehouse", "")[:40])
            if not drafts:
                raise UnknownGoods(NOTHING_PASTED)
        else:
            drafts = typed_limits(request.POST, rows_sent(request))
    except Refused as refused:
        messages.error(request, str(refused))
        return shown_limits(request, AskedLimits(), text, status=422)
    outcome = granted(request, drafts)
    if outcome.refused and text:
        return shown_limits(request, AskedLimits(), remaining(text, outcome), status=422)
    return back(request, there)


def rows_sent(request: HttpRequest) -> dict[str, tuple[str, str]]:
    """Return the SKU and warehouse of each row of the page that was sent and may be seen."""
    pks = [pk for pk in request.POST.getlist("row")[:MOST_AT_ONCE] if pk.isascii() and pk.isdecimal()]
    seen = StockLimit.objects.visible_to(request.user).filter(pk__in=[int(pk) for pk in pks if len(pk) < 19])
    found = seen.order_by("sku_id", "warehouse_id").values_list("pk", "sku__code", "warehouse__code")
    return {str(pk): (sku, place) for pk, sku, place in found}


def granted(request: HttpRequest, drafts: Sequence[LimitDraft]) -> Outcome[StockLimit]:
    """Set limits of the SKUs that the reader may see; the others are refused as unknown. Says what came of it."""
    codes = {draft.sku_code for draft in drafts}
    seen = set(
        Sku.objects.visible_to(request.user).filter(code__in=codes).order_by().values_list("code", flat=True)
    )
    theirs = [index for index, draft in enumerate(drafts) if draft.sku_code in seen]
    tried = attempt(request, set_limits, [drafts[index] for index in theirs]) if theirs else Outcome()
    refused = [(theirs[place], refusal) for place, refusal in tried.refused]
    for index, draft in enumerate(drafts):
        if draft.sku_code not in seen:
            detail = _("There is no SKU %(sku)s that has stock of its own.")
            refused.append((index, UnknownGoods(detail, sku=draft.sku_code)))
    outcome = Outcome(tried.done, sorted(refused, key=lambda pair: pair[0]))
    if outcome.done:
        count = len({limit.pk for limit in outcome.done})
        messages.success(request, _("Limits set: %(count)d.") % {"count": count})
    say_refused(request, outcome, [draft.sku_code for draft in drafts])
    return outcome


def remaining(text: str, outcome: Outcome[Any]) -> str:
    """Return the pasted lines that were refused, for the reader to mend."""
    refused = {index for index, _refusal in outcome.refused}
    found = [line for line in text.splitlines() if line.strip()]
    return "\n".join(line for index, line in enumerate(found) if index in refused)
