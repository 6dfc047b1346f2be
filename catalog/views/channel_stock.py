"""What shops show of the stock, with the reckoning of each number; rules are changed after a look at what they do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.contrib import admin, messages
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog.exporters.layouts import OUR_CODE, layout_of
from catalog.exporters.tables import shown_table
from catalog.forms.channel_stock import TermsForm
from catalog.models import Channel
from catalog.operations.channel_stock import RuleDraft, drop_rules, set_rules, tell_again
from catalog.queries.channel_stock import Terms, warehouse_names
from catalog.queries.channel_stock_desk import (
    codes_seen,
    page_of_shown,
    preview,
    shops_seen,
    shown_of_shop,
    stock_rows,
    terms_of_shop,
)
from ops_portal.accounts.doors import let_in_staff, staff_only
from ops_portal.intake.handing_out import as_csv, hand_out_rows, record_taking
from ops_portal.intake.sheets import as_xlsx
from ops_portal.lib.doors.telling import back, tell

VIEW: Final = "catalog.view_channelstock"
SHARE: Final = "catalog.share_stock"
MOST_AT_ONCE: Final = 200
SHOWN: Final = 100
SHEET: Final = "库存"


def shop_asked(request: HttpRequest, code: str) -> Channel:
    """Return the shop of this code; 404 where it may not be seen."""
    shop: Channel | None = Channel.objects.visible_to(request.user).filter(code=code).first()
    if shop is None:
        raise Http404
    return shop


@require_safe
@staff_only(VIEW)
def list_page(request: HttpRequest) -> HttpResponseBase:
    """Show what one shop shows, by SKU code; or hand the reckoning out, with the units not yet downloaded."""
    shops = shops_seen(request.user)
    asked = request.GET.get("shop", "")[:40]
    named = next((each for each in shops if each.code == asked), None)
    shop = named or next((each for each in shops if each.offers), None) or next(iter(shops), None)
    text = request.GET.get("q", "").strip()[:60]
    context: dict[str, Any] = {"shops": shops, "shop": shop, "text": text, "title": _("Channel stock")}
    if shop is not None and request.GET.get("format") == "csv":
        headings, table = shown_table(shop, text=text, user=request.user, at=timezone.now())
        told = _("What the shop shows, with the reckoning, as CSV")
        name = f"channel-stock-{shop.pk}"
        return hand_out_rows(
            request, name, headings, table, kind="channel_stock", told=told, number=shop.code
        )
    if shop is not None:
        rows, following = page_of_shown(
            shop.code,
            text=text,
            after=request.GET.get("after", "")[:120],
            user=request.user,
            at=timezone.now(),
        )
        context |= {
            "rows": rows,
            "following": following,
            "terms": terms_of_shop(shop),
            "warehouses": warehouse_names(shop.pk),
            "may_share": request.user.has_perm(SHARE),
            "may_hold": request.user.has_perm("catalog.view_stockhold"),
        }
    return render(request, "catalog/channel_stock.html", {**admin.site.each_context(request), **context})


def address_of(shop: Channel) -> str:
    return reverse("catalog:channel-stock") + "?" + urlencode({"shop": shop.code})


def asked_change(request: HttpRequest) -> tuple[Channel, bool, list[str]]:
    """Return of which shop what is to change: all its goods, or these SKUs."""
    shop = shop_asked(request, request.POST.get("shop", "")[:40])
    if request.POST.get("whole"):
        return shop, True, []
    chosen = [pk for pk in request.POST.getlist("number")[:MOST_AT_ONCE] if pk.isascii() and pk.isdecimal()]
    seen = codes_seen(request.user, shop.code).filter(pk__in=[int(pk) for pk in chosen if len(pk) < 19])
    return shop, False, list(dict.fromkeys(seen.order_by("code").values_list("sku__code", flat=True)))


@require_POST
@staff_only(SHARE)
def preview_page(request: HttpRequest) -> HttpResponse:
    """Show what a rule would change, before it does."""
    shop, whole, skus = asked_change(request)
    drops = request.POST.get("verb") == "drop"
    form = TermsForm(request.POST)
    if not (whole or skus):
        messages.warning(request, _("Choose at least one SKU first."))
        return back(request, address_of(shop))
    if not drops and not form.is_valid():
        messages.error(request, _("A share lies between 0 and 100 %; units are whole numbers from 0."))
        return back(request, address_of(shop))
    terms = None if drops else Terms(**form.cleaned_data, is_own=not whole)
    codes = codes_seen(request.user, shop.code)
    found = preview(
        codes if whole else codes.filter(sku__code__in=skus),
        terms=terms,
        of_shop=whole,
        channel=shop,
        at=timezone.now(),
    )
    context = {
        "shop": shop,
        "whole": whole,
        "skus": skus,
        "terms": terms,
        "drops": drops,
        "share": request.POST.get("share", ""),
        "preview": found,
        "changes": found.changes[:SHOWN],
        "more": max(0, len(found.changes) - SHOWN),
        "chosen": request.POST.getlist("number")[:MOST_AT_ONCE],
        "following": request.POST.get("next", ""),
        "address": address_of(shop),
        "title": _("What the rule changes"),
    }
    return render(
        request, "catalog/channel_stock_preview.html", {**admin.site.each_context(request), **context}
    )


@require_POST
@staff_only(SHARE)
def set_page(request: HttpRequest) -> HttpResponse:
    """Let a rule hold, or hold no longer."""
    shop, whole, skus = asked_change(request)
    form = TermsForm(request.POST)
    drops = request.POST.get("verb") == "drop"
    if not drops and not form.is_valid():
        messages.error(request, _("A share lies between 0 and 100 %; units are whole numbers from 0."))
        return back(request, address_of(shop))
    given = {} if drops else form.cleaned_data
    drafts = [RuleDraft(shop.code, sku, **given) for sku in ([""] if whole else skus)]
    run: Callable[..., Any] = drop_rules if drops else set_rules
    if drafts:
        tell(request, _("Rules"), [draft.sku_code or shop.code for draft in drafts], run, drafts)
    return back(request, address_of(shop))


@require_POST
@staff_only(SHARE)
def again_page(request: HttpRequest) -> HttpResponse:
    """Tell all numbers of a shop once more."""
    shop = shop_asked(request, request.POST.get("shop", "")[:40])
    tell(request, _("Tell all again"), [shop.code], tell_again, [shop.code])
    return HttpResponseRedirect(address_of(shop))


@require_safe
def export_file(request: HttpRequest) -> StreamingHttpResponse:
    """Hand out what a shop shows in the words of its platform: as CSV code and units alone, as XLSX with the goods.

    Both are harmless to open in a spreadsheet; that they were taken is recorded.
    """
    let_in_staff(request, VIEW)
    shop = shop_asked(request, request.GET.get("shop", "")[:40])
    told = _("Stock file of the shop")
    record_taking(request, kind="channel_stock", told=told, number=shop.code)
    layout = layout_of(shop.platform)
    name = f"stock-{shop.pk}"
    if request.GET.get("format") == "xlsx":
        headings = [
            layout.item,
            layout.title,
            layout.spec,
            layout.code,
            layout.barcode,
            layout.stock,
            OUR_CODE,
        ]
        return as_xlsx(name, SHEET, headings, stock_rows(request.user, shop.code))
    return as_csv(name, (layout.code, layout.stock), shown_of_shop(request.user, shop.code))
