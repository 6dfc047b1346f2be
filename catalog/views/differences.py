"""Where another system's books lead: how ours differ from them, and what is done about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.contrib import admin, messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from catalog.models import StockSnapshot, StockSnapshotLine
from catalog.operations.mirroring import count_missing, explain_differences, take_over
from catalog.queries.difference_desk import Told, differing_lines, message_of, mirrors
from ops_portal.accounts.doors import staff_only
from ops_portal.lib.doors.identity import principal_of
from ops_portal.lib.doors.pages import LimitedPaginator
from ops_portal.lib.doors.retry import retried
from ops_portal.lib.doors.telling import back
from ops_portal.lib.refusals import Refused

VIEW: Final = "catalog.view_stocksnapshot"
SETTLE: Final = "catalog.request_stock"
KEEP: Final = "catalog.keep_stock_secret"
PAGE: Final = 100
VERBS: Final = frozenset({"take", "explain", "missing"})


@require_safe
@staff_only(VIEW)
def list_page(request: HttpRequest) -> HttpResponse:
    """Show the mirrored warehouses, and how one snapshot, else the newest, differs from our books."""
    found = mirrors(request.user)
    given = request.GET
    chosen = next((each for each in found if each.warehouse.code == given.get("warehouse")), None)
    if chosen is None:
        chosen = max(found, key=lambda each: each.waiting, default=None)
    snapshot = chosen.snapshot if chosen else None
    older: list[StockSnapshot] = []
    told: Told | None = None
    if chosen is not None and snapshot is not None:
        seen = StockSnapshot.objects.visible_to(request.user).filter(warehouse=chosen.warehouse)
        older = [*seen.filter(is_whole=True).order_by("-taken_at", "-pk")[:12]]
        older += seen.filter(is_whole=False).order_by("-taken_at", "-pk")[:12]
        if wanted := given.get("snapshot", "")[:30]:
            named = seen.filter(number=wanted).first()
            snapshot = named or snapshot
            older += [named] if named and named not in older else []
    is_settled = given.get("settled") == "1"
    page = None
    if snapshot is not None:
        lines = differing_lines(snapshot, is_settled=is_settled, user=request.user)
        page = LimitedPaginator(lines, PAGE).get_page(given.get("page"))
        told = message_of(snapshot, user=request.user)
    context = {
        "mirrors": found,
        "chosen": chosen,
        "snapshot": snapshot,
        "older": older,
        "page": page,
        "told": told,
        "is_settled": is_settled,
        "may_settle": request.user.has_perm(SETTLE),
        "may_keep": request.user.has_perm(KEEP),
        "title": _("Stock differences"),
    }
    return render(request, "catalog/differences.html", {**admin.site.each_context(request), **context})


@require_POST
@staff_only(SETTLE)
def act_page(request: HttpRequest) -> HttpResponse:
    """Take differences over in one request, explain them, or count what isn't listed as nought."""
    given = request.POST
    verb = given.get("verb", "")
    if verb not in VERBS:
        raise BadRequest
    number = given.get("snapshot", "")[:30]
    seen = StockSnapshot.objects.visible_to(request.user).filter(number=number).exists()
    otherwise = reverse("catalog:differences")
    if not seen:
        messages.error(request, _("There is no snapshot %(number)s.") % {"number": number})
        return back(request, otherwise)
    said = [pk for pk in given.getlist("number")[:PAGE] if pk.isascii() and pk.isdecimal() and len(pk) < 19]
    mine = StockSnapshotLine.objects.visible_to(request.user).filter(pk__in=[int(pk) for pk in said])
    ids = list(mine.order_by("pk").values_list("pk", flat=True))
    note = given.get("note", "").strip()[:300]
    by: dict[str, Any] = {"actor": principal_of(request), "at": timezone.now()}
    acts: dict[str, Callable[[], str]] = {
        "take": lambda: taken(retried(take_over)(number, ids, note=note, **by).number),
        "explain": lambda: explained(retried(explain_differences)(number, ids, note=note, **by)),
        "missing": lambda: counted(retried(count_missing)(number, **by)),
    }
    try:
        messages.success(request, acts[verb]())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return back(request, otherwise)


def taken(number: str) -> str:
    return _("%(number)s asks for these changes; somebody else approves it.") % {"number": number}


def explained(count: int) -> str:
    text = ngettext("%(count)d difference is explained.", "%(count)d differences are explained.", count)
    return text % {"count": count}


def counted(count: int) -> str:
    text = ngettext(
        "%(count)d SKU of ours is not in their list.", "%(count)d SKUs of ours are not in their list.", count
    )
    return text % {"count": count}
