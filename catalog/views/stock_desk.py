"""The stock desk: what lies where for whom, as a list and as a file, and the page of one SKU."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from catalog.choices import BALANCES, StockDocumentKind, StockState
from catalog.exporters.tables import movements_table
from catalog.models import Brand, Sku, StockDocument, Warehouse
from catalog.queries.actors import names_of
from catalog.queries.expiry import owners_seen
from catalog.queries.sellable import sellable_units
from catalog.queries.stock_desk import CHIPS, AskedStock, all_stock, page_of_stock
from catalog.queries.stock_history import (
    AskedMovements,
    ahead_of,
    available_by_day,
    holders_of,
    page_of_movements,
    parts_of,
    stocks_of,
)
from ops_portal.accounts.doors import staff_only
from ops_portal.desk.kinds import kind_of
from ops_portal.intake.handing_out import hand_out_rows

VIEW: Final = "catalog.view_stock"
HISTORY: Final = "catalog.view_stockmovement"
OTHERS: Final = {"stock_hold": gettext_lazy("activity lock")}  # documents that no desk works on
BAR, HEIGHT = 4, 80  # of the chart: the width of a day and the height of the most units


@require_safe
@staff_only(VIEW)
def list_page(request: HttpRequest) -> HttpResponseBase:
    """Show balances by SKU, or hand all that are asked for out as a file."""
    given = request.GET
    asked = AskedStock(
        text=given.get("q", "").strip()[:60],
        brand=given.get("brand", "")[:40],
        warehouse=given.get("warehouse", "")[:40],
        owner=given.get("owner", "")[:40],
        chip=given["chip"] if given.get("chip") in CHIPS else "",
        after=given.get("after", "")[:90],
    )
    user: Any = request.user
    if given.get("format") == "csv":
        return stock_csv(request, asked)
    rows, following = page_of_stock(asked, user=user)
    context = {
        **admin.site.each_context(request),
        "title": _("Stock overview"),
        "asked": asked,
        "rows": rows,
        "following": following,
        "chips": CHIPS.items(),
        "warehouses": Warehouse.objects.visible_to(user).order_by("name", "code"),
        "brands": Brand.objects.visible_to(user).order_by("name", "code"),
        "owners": owners_seen(user),
    }
    return render(request, "catalog/stock_desk.html", context)


def stock_csv(request: HttpRequest, asked: AskedStock) -> StreamingHttpResponse:
    """Hand balances out as CSV that does nothing when a spreadsheet opens it; that is recorded."""
    labels = dict(StockState.choices)
    headings = [
        "SKU", _("Product"), _("Brand"), _("Warehouse"), _("Owner of goods"),
        *(str(labels[StockState(state)]) for state in BALANCES),
    ]  # fmt: skip
    rows = (
        (
            stock.sku.code, stock.sku.product.name, stock.sku.product.brand.name, stock.warehouse.name, stock.owner,
            *(getattr(stock, state) for state in BALANCES),
        )
        for stock in all_stock(asked, user=request.user)
    )  # fmt: skip
    told = _("Balances of stock as CSV")
    return hand_out_rows(request, "stock", headings, rows, kind="stock", told=told)


@require_safe
@staff_only(HISTORY)
def sku_page(request: HttpRequest, code: str) -> HttpResponseBase:
    """Show a SKU: what stands where, who holds it, what moved, and what is known of its near future; or its movements.

    The chart comes after the page: it reads all movements of 90 days, the page no more than it shows.
    """
    sku = Sku.objects.visible_to(request.user).filter(code=code).select_related("product__brand").first()
    if sku is None:
        raise Http404
    given = request.GET
    asked = AskedMovements(
        state=given["state"] if given.get("state") in StockState.values else "",
        kind=given.get("kind", "")[:20],
        warehouse=given.get("warehouse", "")[:40],
        after=given.get("after", "")[:20],
    )
    stocks = stocks_of(sku)
    on = timezone.localdate(timezone=timezone.get_default_timezone())
    if given.get("part") == "chart":
        chart = chart_of(available_by_day(stocks, on=on))
        return render(request, "catalog/stock_chart.html", {"chart": chart})
    if given.get("format") == "csv":
        headings, table = movements_table(replace(asked, after=""), stocks, kinds_moving())
        told = _("Movements of the SKU as CSV")
        return hand_out_rows(request, sku.code, headings, table, kind="sku", told=told, number=sku.code)
    movements, following = page_of_movements(asked, stocks)
    holders, held = holders_of(stocks)
    sums = {state: sum(int(getattr(stock, state)) for stock in stocks) for state in BALANCES}
    labels = dict(StockState.choices)
    named = {(each.document_kind, each.document_number) for each in movements}
    named |= {(each.document_kind, each.document_number) for each in holders}
    pages = pages_of_documents(named)
    names = names_of(each.actor for each in movements)
    user: Any = request.user
    context = {
        **admin.site.each_context(request),
        "title": f"{sku.code} · {sku.product.name}",
        "sku": sku,
        "asked": asked,
        "sums": [(state, labels[StockState(state)], units) for state, units in sums.items() if units],
        "available": sums["available"],
        "sellable": sum(sellable_units([sku.pk], on=on).values()),
        "parts": parts_of(sku, stocks),
        "holders": [(each, *pages[each.document_kind, each.document_number]) for each in holders],
        "held": held,
        "movements": [
            (each, *pages[each.document_kind, each.document_number], names[each.actor]) for each in movements
        ],
        "following": following,
        "places": list({stock.warehouse_id: stock.warehouse for stock in stocks}.values()),
        "states": StockState.choices,
        "kinds": kinds_moving(),
        "ahead": ahead_of(sku),
        "may_see_alerts": user.has_perm("catalog.view_stockalert"),
        "may_ask": user.has_perm("catalog.request_stock"),
    }
    return render(request, "catalog/stock_sku.html", context)


def kinds_moving() -> list[tuple[str, str]]:
    """Return the kinds of documents that move stock, in words."""
    upper = [
        (code, kind.label) for code in ("order", "case", "stocktake") if (kind := kind_of(code)) is not None
    ]
    return [(code, str(label)) for code, label in (*StockDocumentKind.choices, *upper)]


def pages_of_documents(named: set[tuple[str, str]]) -> dict[tuple[str, str], tuple[str, str]]:
    """Return for each document, by kind and number, its kind in words and its page: one statement for our papers."""
    papers = dict(StockDocumentKind.choices)
    numbers = [number for kind, number in named if kind in papers]
    ids = (
        dict(StockDocument.objects.filter(number__in=numbers).values_list("number", "pk")) if numbers else {}
    )
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for kind, number in named:
        if kind in papers:
            label, page = str(papers[StockDocumentKind(kind)]), paper_page(kind, number, ids)
        else:
            known = kind_of(kind)
            other = str(OTHERS.get(kind, kind))
            label, page = (str(known.label), known.page_of(number)) if known else (other, "")
        found[kind, number] = (label, page)
    return found


def paper_page(kind: str, number: str, ids: Mapping[str, int]) -> str:
    """Return the page of a paper of the warehouse."""
    return reverse("admin:catalog_stockdocument_change", args=[ids[number]]) if number in ids else ""


def chart_of(days: list[tuple[Any, int]]) -> dict[str, Any]:
    """Return the bars of a chart, one for each day, as high as the units that were available."""
    most = max((units for _day, units in days), default=0)
    bars = []
    for place, (day, units) in enumerate(days):
        height = round(HEIGHT * units / most, 2) if most and units > 0 else 0
        bars.append(
            {
                "x": place * BAR,
                "y": HEIGHT - height,
                "height": height,
                "day": day,
                "units": units,
                "is_out": units <= 0,
            }
        )
    return {
        "bars": bars,
        "most": most,
        "width": len(days) * BAR,
        "height": HEIGHT,
        "first": days[0][0] if days else None,
        "last": days[-1][0] if days else None,
        "out": sum(units <= 0 for _day, units in days),
    }
