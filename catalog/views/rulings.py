"""Listings that rules took off the shelf or put back: which rule, why, what to do; and that somebody has seen it."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog.choices import DelistCause
from catalog.models import Channel, ListingRuling
from catalog.operations.rulings import WORK, SeenDraft, acknowledge_rulings
from catalog.queries.ruling_desk import ALL, TO_SEE, WAITING, AskedRulings, page_of_rulings, rulings_to_see
from catalog.ruling_words import advice_of
from ops_portal.accounts.doors import staff_only
from ops_portal.lib.doors.telling import back, tell

VIEW: Final = "catalog.view_listingruling"
MOST_AT_ONCE: Final = 200


@require_safe
@staff_only(VIEW)
def list_page(request: HttpRequest) -> HttpResponse:
    """Show what rules did with listings, first what nobody has seen."""
    given = request.GET
    asked = AskedRulings(
        status=ALL if given.get("status") == ALL else WAITING,
        shop=given.get("shop", "")[:40],
        cause=given["cause"] if given.get("cause") in DelistCause.values else "",
        text=given.get("q", "").strip()[:60],
        after=given.get("after", "")[:30],
    )
    rows, following = page_of_rulings(asked, user=request.user)
    user: Any = request.user
    context = {
        **admin.site.each_context(request),
        "title": _("Listings moved by rule"),
        "asked": asked,
        "rows": [shown(row, user) for row in rows],
        "following": following,
        "waiting": rulings_to_see(user),
        "causes": DelistCause.choices,
        "shops": Channel.objects.visible_to(user).filter(is_active=True).order_by("name", "code"),
        "may_work": user.has_perm(WORK),
        "may_rule": user.has_perm("catalog.change_listingrule"),
    }
    return render(request, "catalog/rulings.html", context)


def shown(ruling: ListingRuling, user: Any) -> dict[str, Any]:
    """Return what a row says, and the page on which something can be done about it."""
    advice = advice_of(ruling)
    address = ""
    if advice.page is not None and user.has_perm(advice.page[2]):
        address = reverse(advice.page[0])
    return {"ruling": ruling, "advice": advice, "address": address, "waits": ruling.status in TO_SEE}


@require_POST
@staff_only(WORK)
def act_page(request: HttpRequest) -> HttpResponse:
    """Note that somebody has seen the chosen ones, with a note."""
    one = request.POST.get("one", "")[:30]
    chosen = [one] if one else request.POST.getlist("number")[:MOST_AT_ONCE]
    seen = ListingRuling.objects.visible_to(request.user).filter(number__in=[text[:30] for text in chosen])
    numbers = list(seen.order_by("pk").values_list("number", flat=True))
    if not numbers:
        messages.warning(request, _("Choose at least one listing first."))
    else:
        note = request.POST.get("note", "")
        drafts = [SeenDraft(number, note) for number in numbers]
        tell(request, _("Seen"), numbers, acknowledge_rulings, drafts)
    return back(request, reverse("catalog:rulings"))
