"""The warehouse floor receives a transfer by scanner alone: its number, then each piece, then OK."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_http_methods

from catalog.drafts import ArrivalDraft, ArrivedLineDraft
from catalog.models import StockDocument, Warehouse
from catalog.operations.transfers import arrive_transfers
from catalog.queries.shelves import skus_scanned
from catalog.queries.transfers import TransferGoods, coming_to, goods_of, transfers_seen
from catalog.views.floor import BACK, Scan, go_home, is_back, on_the_floor, scanned, show
from ops_portal.lib.doors.telling import attempt

PART: Final = "catalog/floor_transfer.html"
DONE, LATER = "OK", "LATER"
DIGITS: Final = 5  # of a number of units; longer ones are barcodes
KEY: Final = re.compile(r"floor:[0-9a-f]{32}")
COUNTED: Final = re.compile(r"(\d{1,18}):(\d{1,7})")
Said = dict[str, Any]


@require_http_methods(["GET", "HEAD", "POST"])
@on_the_floor
def transfer_page(request: HttpRequest, warehouse: Warehouse) -> HttpResponse:
    """Ask for the transfer, then for each piece; OK books what was counted, and asks once more where units lack."""
    named = request.GET.get("number", "") if request.method != "POST" else ""
    if request.method != "POST" and not named:
        return ask_number(request, warehouse, {})
    if is_back(request) and "number" not in request.POST:
        return go_home(request)
    number = (named or request.POST.get("number", ""))[:60] or scanned(request).upper()
    document = transfers_seen(request.user).filter(number=number, to_warehouse=warehouse).first()
    if document is None:
        text = _("No transfer “%(number)s” is on the way to %(warehouse)s.")
        stop = text % {"number": number, "warehouse": warehouse.name}
        return ask_number(request, warehouse, {"tone": "stop", "stop": stop})
    goods = goods_of(document)
    counted = {int(pk): int(units) for pk, units in COUNTED.findall(request.POST.get("counted", "")[:12_000])}
    key = request.POST.get("key", "")
    key = key if KEY.fullmatch(key) else f"floor:{uuid4().hex}"
    state: Said = {"document": document, "goods": goods, "counted": counted, "key": key, "tone": "ok"}
    if "number" not in request.POST:
        return ask_goods(request, state)
    return take(request, warehouse, state, scanned(request))


def take(request: HttpRequest, warehouse: Warehouse, state: Said, code: str) -> HttpResponse:
    """Count a scanned piece, set a number of units, or book."""
    goods: Sequence[TransferGoods] = state["goods"]
    counted: dict[int, int] = state["counted"]
    last = request.POST.get("last", "")
    word = code.upper()
    if word == BACK and request.POST.get("short"):
        return ask_goods(request, {**state, "last": last})
    if word == BACK:
        units = sum(counted.values())
        if not units:
            return ask_number(request, warehouse, {})
        text = ngettext(
            "%(units)s piece is counted and not booked. LATER books it and leaves the rest on the way.",
            "%(units)s pieces are counted and not booked. LATER books them and leaves the rest on the way.",
            units,
        )
        return ask_goods(request, {**state, "last": last, "tone": "stop", "stop": text % {"units": units}})
    if word in (DONE, LATER):
        short = sum(max(0, each.left - counted.get(each.line.pk, 0)) for each in goods)
        if word == DONE and short and not request.POST.get("short"):
            return ask_goods(request, {**state, "short": short, "tone": "stop"})
        return book(request, warehouse, state, ends=word == DONE)
    found = [each for each in goods if str(each.line.pk) == last]
    if code.isascii() and code.isdecimal() and len(code) <= DIGITS and found:
        return note(request, state, found[0], int(code))
    skus = {sku.pk for sku in skus_scanned(request.user, code)}
    meant = [each for each in goods if each.line.stock.sku_id in skus]
    meant = meant or [each for each in goods if each.line.batch and each.line.batch.code == code]
    if not meant:
        text = _("“%(code)s” is not on this transfer.") % {"code": code}
        return ask_goods(request, {**state, "last": last, "tone": "stop", "stop": text})
    batches = {each.line.batch_id for each in meant}
    if len(batches) > 1:
        text = _("It is on its way in more than one batch: scan the batch.")
        return ask_goods(request, {**state, "tone": "stop", "stop": text})
    open_ones = [each for each in meant if counted.get(each.line.pk, 0) < each.left]
    one = (open_ones or meant)[0]
    return note(request, state, one, counted.get(one.line.pk, 0) + 1)


def note(request: HttpRequest, state: Said, one: TransferGoods, units: int) -> HttpResponse:
    """Remember how many units of goods were counted; more than are on the way are not."""
    if units > one.left:
        text = _("Only %(units)s of %(sku)s are on the way; the piece is one too many.")
        stop = text % {"units": one.left, "sku": one.line.stock.sku.code}
        return ask_goods(request, {**state, "last": str(one.line.pk), "tone": "stop", "stop": stop})
    counted = {**state["counted"], one.line.pk: units}
    return ask_goods(request, {**state, "counted": counted, "last": str(one.line.pk), "latest": one})


def book(request: HttpRequest, warehouse: Warehouse, state: Said, *, ends: bool) -> HttpResponse:
    """Book what was counted; with ``ends`` the rest is lost on the way."""
    document: StockDocument = state["document"]
    lines = tuple(
        ArrivedLineDraft(
            each.line.stock.sku.code,
            state["counted"][each.line.pk],
            each.line.batch.code if each.line.batch else "",
            each.line.stock.owner,
        )
        for each in state["goods"]
        if state["counted"].get(each.line.pk)
    )
    draft = ArrivalDraft(document.number, lines, state["key"], ends, _("counted fewer at arrival"))
    outcome = attempt(request, arrive_transfers, [draft])
    if outcome.refused:
        return ask_goods(request, {**state, "tone": "stop", "stop": str(outcome.refused[0][1])})
    units = sum(line.units for line in lines)
    text = _("%(number)s: %(units)s units are booked.") % {"number": document.number, "units": units}
    return ask_number(request, warehouse, {"tone": "done", "done": text})


def ask_number(request: HttpRequest, warehouse: Warehouse, said: Said) -> HttpResponse:
    """Ask for the number of a transfer, and show those that are on the way here."""
    scan = Scan(_("Scan the number of the transfer"), _("Go on"), reverse("catalog:floor-transfer"))
    context = {"title": _("Receive a transfer"), "warehouse": warehouse, "scan": scan, **said}
    return show(request, PART, {**context, "coming": coming_to(warehouse, user=request.user)})


def ask_goods(request: HttpRequest, state: Said) -> HttpResponse:
    """Ask for the next piece, and show what was counted."""
    counted: dict[int, int] = state["counted"]
    document: StockDocument = state["document"]
    keeps = {
        "number": document.number,
        "key": state["key"],
        "counted": ",".join(f"{pk}:{units}" for pk, units in counted.items()),
        "last": state.get("last", ""),
        "short": "1" if state.get("short") else "",
    }
    asks = _("Scan a piece, or type how many there are")
    if state.get("short"):
        asks = _("OK books the rest as lost on the way, LATER leaves it under way")
    rows = [(each, counted.get(each.line.pk, 0)) for each in state["goods"]]
    context = {
        "title": _("Receive a transfer"),
        "scan": Scan(asks, _("Go on"), reverse("catalog:floor-transfer"), keeps),
        "rows": rows,
        "is_complete": all(units == each.left for each, units in rows),
        "words": [
            (DONE, _("Book the rest as lost") if state.get("short") else _("Book")),
            (LATER, pgettext("transfer", "The rest comes later")),
            (BACK, _("Back")),
        ],
        **state,
    }
    return show(request, PART, context)
