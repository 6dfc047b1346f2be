"""Transfers between warehouses: what is on the way, a new one, and the arrival of one."""

from __future__ import annotations

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
from django.views.decorators.http import require_http_methods, require_safe

from catalog.choices import StockDocumentKind, StockState
from catalog.drafts import ArrivalDraft, ArrivedLineDraft, StockDocumentDraft, StockLineDraft
from catalog.exporters.tables import transfers_table
from catalog.forms.stock_lines import Lines, add_lines, number_of, rows_in, shown_rows
from catalog.models import StockDocument, Warehouse
from catalog.operations.documents import post_stock_documents
from catalog.operations.transfers import arrive_transfers
from catalog.queries.actors import names_of
from catalog.queries.transfers import (
    ALL,
    ARRIVED,
    ON_THE_WAY,
    AskedTransfers,
    goods_of,
    on_the_way_count,
    page_of_transfers,
    transfers_seen,
)
from ops_portal.accounts.doors import staff_only
from ops_portal.intake.handing_out import hand_out_rows
from ops_portal.lib.doors.telling import attempt

VIEW: Final = "catalog.view_stockdocument"
MOVE: Final = "catalog.move_stock"
WAY: Final = "available>in_transit"
LONGEST_PASTE: Final = 60_000


@require_safe
@staff_only(VIEW)
def list_page(request: HttpRequest) -> HttpResponseBase:
    """Show the transfers of one tab, newest first, or hand their goods out as a file."""
    given = request.GET
    asked = AskedTransfers(
        tab=given["tab"] if given.get("tab") in (ARRIVED, ALL) else ON_THE_WAY,
        warehouse=given.get("warehouse", "")[:40],
        text=given.get("q", "").strip()[:60],
        after=given.get("after", "")[:60],
    )
    user: Any = request.user
    if given.get("format") == "csv":
        headings, table = transfers_table(replace(asked, after=""), user=user)
        told = _("Goods of transfers as CSV")
        return hand_out_rows(request, "transfers", headings, table, kind="transfer", told=told)
    rows, following = page_of_transfers(asked, user=user)
    context = {
        **admin.site.each_context(request),
        "title": _("Transfers"),
        "asked": asked,
        "rows": rows,
        "following": following,
        "tabs": [(ON_THE_WAY, _("on the way")), (ARRIVED, _("arrived")), (ALL, _("all transfers"))],
        "waiting": on_the_way_count(user),
        "warehouses": Warehouse.objects.visible_to(user).order_by("name", "code"),
        "may_move": user.has_perm(MOVE),
    }
    return render(request, "catalog/transfers.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(VIEW)
def transfer_page(request: HttpRequest, number: str) -> HttpResponse:
    """Show a transfer and what became of its goods; take in what was counted."""
    document = transfers_seen(request.user).filter(number=number).first()
    if document is None:
        raise Http404
    trouble, sent = "", request.POST
    if request.method == "POST":
        if not request.user.has_perm(MOVE):
            raise PermissionDenied
        outcome = attempt(request, arrive_transfers, [arrival_in(document, sent)])
        if outcome.done:
            messages.success(request, _("What came of %(number)s is booked.") % {"number": document.number})
            return HttpResponseRedirect(reverse("catalog:transfer", args=[document.number]))
        trouble = str(outcome.refused[0][1])
    goods = goods_of(document)
    user: Any = request.user
    context = {
        **admin.site.each_context(request),
        "title": f"{document.number} · {document.get_kind_display()}",
        "by": names_of([document.actor])[document.actor],
        "document": document,
        "goods": [(each, sent.get(f"units-{each.line.pk}", str(each.left))) for each in goods],
        "sender": goods[0].line.stock.warehouse if goods else "",
        "left": sum(each.left for each in goods),
        "trouble": trouble,
        "sent": sent,
        "key": sent.get("key", "") or uuid4().hex,
        "may_move": user.has_perm(MOVE) and document.arrived_at is None,
    }
    return render(request, "catalog/transfer.html", context, status=422 if trouble else 200)


def arrival_in(document: StockDocument, sent: Any) -> ArrivalDraft:
    """Return the draft of what a form says came."""
    lines = [
        ArrivedLineDraft(
            each.line.stock.sku.code,
            number_of(sent.get(f"units-{each.line.pk}", "")),
            each.line.batch.code if each.line.batch else "",
            each.line.stock.owner,
        )
        for each in goods_of(document)
    ]
    return ArrivalDraft(
        document.number,
        tuple(line for line in lines if line.units),
        sent.get("key", "")[:60],
        ends=bool(sent.get("ends")),
        reason=sent.get("reason", "").strip()[:200],
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(MOVE)
def new_page(request: HttpRequest) -> HttpResponse:
    """Take lines in, show what stands of them, and send the goods off."""
    sent = request.POST if request.method == "POST" else request.GET
    places = list(Warehouse.objects.visible_to(request.user).order_by("name", "code"))
    by_code = {place.code: place for place in places}
    said: dict[str, Any] = {
        "places": places,
        "warehouse": by_code.get(sent.get("warehouse", ""), places[0] if places else None),
        "to": by_code.get(sent.get("to", "")),
        "note": sent.get("note", "").strip()[:500],
        "key": sent.get("key", "")[:60] or uuid4().hex,
        "paste": "",
    }
    lines = Lines(rows_in(sent))
    if request.method != "POST":
        return show_form(request, said, lines)
    verb, removed = sent.get("do", ""), sent.get("without", "")
    if removed.isascii() and removed.isdecimal() and int(removed) < len(lines.rows):
        del lines.rows[int(removed)]
    elif verb in ("add", "paste"):
        text = sent.get(verb, "")[: 60 if verb == "add" else LONGEST_PASTE]
        add_lines(lines, text, user=request.user, warehouse=said["warehouse"], way=WAY)
        said["paste"] = text if verb == "paste" and lines.troubles else ""
    elif verb == "send":
        return send(request, said, lines)
    return show_form(request, said, lines)


def send(request: HttpRequest, said: Mapping[str, Any], lines: Lines) -> HttpResponse:
    """Send off what the form says; where it is refused, show it again as it was filled in."""
    shown = shown_rows(lines.rows, user=request.user, warehouse=said["warehouse"])
    lines.troubles += [
        _("There is no SKU “%(sku)s”.") % {"sku": each.row.sku_code} for each in shown if each.sku is None
    ]
    if said["to"] is None:
        lines.troubles.append(_("Choose the warehouse that the goods go to."))
    if not lines.rows:
        lines.troubles.append(_("Add goods first."))
    if not lines.troubles:
        drafts = tuple(
            StockLineDraft(
                sku_id=each.sku.pk,
                warehouse_id=said["warehouse"].pk,
                owner=each.row.owner,
                units=each.row.count,
                from_state=StockState.AVAILABLE,
                to_state=StockState.IN_TRANSIT,
                batch_code=each.row.batch,
            )
            for each in shown
        )
        draft = StockDocumentDraft(
            StockDocumentKind.TRANSFER,
            drafts,
            source_key=f"form:{said['key']}",
            note=said["note"],
            to_warehouse_id=said["to"].pk,
        )
        outcome = attempt(request, post_stock_documents, [draft])
        if outcome.done:
            number = outcome.done[0].number
            messages.success(request, _("%(number)s is on the way.") % {"number": number})
            return HttpResponseRedirect(reverse("catalog:transfer", args=[number]))
        lines.troubles.append(str(outcome.refused[0][1]))
    return show_form(request, said, lines, status=422)


def show_form(
    request: HttpRequest, said: Mapping[str, Any], lines: Lines, *, status: int = 200
) -> HttpResponse:
    """Show the form as it was filled in."""
    context = {
        **admin.site.each_context(request),
        **said,
        "title": _("New transfer"),
        "lines": shown_rows(lines.rows, user=request.user, warehouse=said["warehouse"]),
        "troubles": lines.troubles,
    }
    return render(request, "catalog/transfer_new.html", context, status=status)
