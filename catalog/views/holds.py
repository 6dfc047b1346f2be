"""Units held for the activities of shops, or for reasons of ours: placed, extended, given back."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.contrib import admin, messages
from django.db.models import Prefetch, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.choices import HoldStatus
from catalog.forms.channel_stock import HoldForm
from catalog.models import Sku, StockHold, StockHoldLine
from catalog.operations.holds import ExtendDraft, HoldDraft, extend_holds, place_holds, release_holds
from ops_portal.accounts.doors import staff_only
from ops_portal.lib.doors.telling import attempt, back, tell
from ops_portal.lib.keysets import page_after

VIEW: Final = "catalog.view_stockhold"
HOLD: Final = "catalog.hold_stock"
PAGE: Final = 50
MOST_AT_ONCE: Final = 200


@require_safe
@staff_only(VIEW)
def list_page(request: HttpRequest) -> HttpResponse:
    """Show the holds of one status, the last placed first."""
    given = request.GET
    status = given["status"] if given.get("status") in HoldStatus.values else HoldStatus.HELD
    rows, following = page_of_holds(status, given.get("after", "")[:60], user=request.user)
    context = {
        "status": status,
        "statuses": HoldStatus.choices,
        "rows": rows,
        "following": following,
        "may_hold": request.user.has_perm(HOLD),
        "title": _("Stock holds"),
    }
    return render(request, "catalog/holds.html", {**admin.site.each_context(request), **context})


def page_of_holds(status: str, after: str, *, user: Any) -> tuple[list[StockHold], str]:
    """Return one page of holds with their lines, and the number after which more follow: at most three statements."""
    lines = StockHoldLine.objects.select_related("sku__product").order_by("position")
    holds: QuerySet[StockHold] = StockHold.objects.visible_to(user).filter(status=status)
    shown = (
        holds.select_related("channel", "warehouse")
        .annotate(units=Sum("lines__units"), drawn=Sum("lines__drawn"))
        .prefetch_related(Prefetch("lines", lines))
    )
    return page_after(shown, after, ("-pk",), size=PAGE)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(HOLD)
def new_page(request: HttpRequest) -> HttpResponse:
    """Set units aside: whole, or not at all, with what is short named."""
    form = HoldForm(request.POST or None, user=request.user, initial={"channel": request.GET.get("shop", "")})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        codes = [code for code, _units in given["lines"]]
        seen = set(Sku.objects.visible_to(request.user).filter(code__in=codes).values_list("code", flat=True))
        unseen = [code for code in codes if code not in seen]
        if unseen:
            form.add_error("lines", _("There is no SKU %(sku)s.") % {"sku": ", ".join(unseen[:10])})
        else:
            draft = HoldDraft(
                given["warehouse"].code,
                given["lines"],
                given["reason"],
                given["until"],
                given["channel"].code if given["channel"] else "",
            )
            outcome = attempt(request, place_holds, [draft])
            if outcome.done:
                text = _("%(number)s holds the units.") % {"number": outcome.done[0].number}
                messages.success(request, text)
                return HttpResponseRedirect(reverse("catalog:holds"))
            form.add_error(None, str(outcome.refused[0][1]))
    context = {"form": form, "title": _("Hold stock")}
    return render(request, "catalog/hold_new.html", {**admin.site.each_context(request), **context})


@require_POST
@staff_only(HOLD)
def act_page(request: HttpRequest) -> HttpResponse:
    """Give back the chosen holds, or let them end at another moment."""
    chosen = request.POST.getlist("number")[:MOST_AT_ONCE]
    seen = StockHold.objects.visible_to(request.user).filter(number__in=chosen).order_by("pk")
    numbers = list(seen.values_list("number", flat=True))
    if not numbers:
        messages.warning(request, _("Choose at least one hold first."))
    elif request.POST.get("verb") == "extend":
        until = moment_of(request.POST.get("until", "")[:30])
        if until is None:
            messages.error(request, _("Say until when the units are held."))
        else:
            drafts = [ExtendDraft(number, until) for number in numbers]
            tell(request, _("Extend"), numbers, extend_holds, drafts)
    else:
        tell(request, _("Give back"), numbers, release_holds, numbers)
    return back(request, reverse("catalog:holds"))


def moment_of(text: str) -> datetime | None:
    """Return the moment that a form names, in the time here; None where it names none."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return timezone.make_aware(found) if found is not None and timezone.is_naive(found) else found
