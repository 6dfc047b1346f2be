"""The queue of the periodic check: what hit a rule, with what can be done about it beside it."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from catalog.choices import CheckAction, CheckKind, CheckStatus
from catalog.drafts import SettleDraft
from catalog.models import Brand, Channel, GoodsCheck
from catalog.operations.goods_checks import settle_checks
from catalog.queries.goods_checks import AskedChecks, CheckRow, open_by_kind, page_of_checks
from ops_portal.accounts.doors import staff_only
from ops_portal.lib.doors.telling import back, tell

VIEW: Final = "catalog.view_goodscheck"
SETTLE: Final = "catalog.settle_check"
MOST_AT_ONCE: Final = 200


@require_safe
@staff_only(VIEW)
def list_page(request: HttpRequest) -> HttpResponse:
    """Show one kind of checks that the reader may see."""
    given = request.GET
    asked = AskedChecks(
        status=given["status"] if given.get("status") in CheckStatus.values else CheckStatus.OPEN,
        kind=given["kind"] if given.get("kind") in CheckKind.values else "",
        brand=given.get("brand", "")[:40],
        shop=given.get("shop", "")[:40],
        after=given.get("after", "")[:30],
    )
    rows, following = page_of_checks(asked, user=request.user)
    counts = open_by_kind(request.user)
    context = {
        "asked": asked,
        "rows": [shown(row, request.user) for row in rows],
        "following": following,
        "all": sum(counts.values()),
        "kinds": [(code, label, counts.get(code, 0)) for code, label in CheckKind.choices],
        "statuses": CheckStatus.choices,
        "actions": CheckAction.choices,
        "brands": Brand.objects.visible_to(request.user).order_by("name", "code"),
        "shops": Channel.objects.visible_to(request.user).filter(is_active=True).order_by("name", "code"),
        "may_settle": request.user.has_perm(SETTLE) and asked.status == CheckStatus.OPEN,
        "may_rule": request.user.has_perm("catalog.change_checkrule"),
        "title": _("Periodic check"),
    }
    return render(request, "catalog/goods_checks.html", {**admin.site.each_context(request), **context})


def shown(row: CheckRow, user: Any) -> dict[str, Any]:
    """Return what a row says, and the pages on which something can be done about it."""
    check = row.check
    links = []
    if user.has_perm("catalog.propose_price"):
        asked = urlencode({"skus": check.sku.code, "shop": check.channel.code if check.channel else ""})
        links.append((_("Change the price"), f"{reverse('catalog:price-change-new')}?{asked}"))
    if row.listing is not None:
        label = _("Improve the listing") if check.kind == CheckKind.CONTENT else _("Listing")
        links.append((label, reverse("catalog:listing", args=[row.listing.number])))
    if check.kind in (CheckKind.NO_SALE, CheckKind.RETURNS) and user.has_perm("catalog.request_stock"):
        address = reverse("catalog:stock-request-new")
        links.append((_("Return to the owner"), f"{address}?kind=return_to_owner&sku={check.sku.code}"))
    return {"row": row, "check": check, "said": said(check), "links": links}


def said(check: GoodsCheck) -> str:
    """Say in words what was found."""
    if check.kind == CheckKind.NO_SALE:
        text = ngettext(
            "%(units)d on hand, none sold for %(days)d days",
            "%(units)d on hand, none sold for %(days)d days",
            check.days,
        )
        return text % {"units": int(check.figure), "days": check.days}
    if check.kind == CheckKind.CONTENT:
        faults = int(check.figure)
        return ngettext("%(count)d fault", "%(count)d faults", faults) % {"count": faults}
    share, limit = f"{check.figure * 100:.1f} %", f"{check.limit * 100:.1f} %"
    if check.kind == CheckKind.MARGIN:
        return _("%(share)s is left of the price, less than %(limit)s") % {"share": share, "limit": limit}
    return _("%(share)s came back within %(days)d days, more than %(limit)s") % {
        "share": share,
        "days": check.days,
        "limit": limit,
    }


@require_POST
@staff_only(SETTLE)
def settle_page(request: HttpRequest) -> HttpResponse:
    """Settle the chosen checks alike."""
    chosen = request.POST.getlist("number")[:MOST_AT_ONCE]
    seen = GoodsCheck.objects.visible_to(request.user).filter(number__in=chosen).order_by("pk")
    numbers = list(seen.values_list("number", flat=True))
    if not numbers:
        messages.warning(request, _("Choose at least one check first."))
        return back(request, reverse("catalog:goods-checks"))
    action, note = request.POST.get("action", ""), request.POST.get("note", "")
    drafts = [SettleDraft(number, action, note) for number in numbers]
    tell(request, _("Looked at"), numbers, settle_checks, drafts)
    return back(request, reverse("catalog:goods-checks"))
