"""Pages for the warehouse floor about bins: put away and move. Each scan brings the next question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from catalog.choices import ZoneKind
from catalog.models import Bin, BinMovement, BinStock, Warehouse
from catalog.operations.bins import (
    BinTransferDraft,
    PutAwayDraft,
    bin_code,
    find_bins,
    move_between_bins,
    put_away,
)
from catalog.queries.shelves import (
    Waiting,
    contents_of,
    skus_scanned,
    suggested_bins,
    to_put_away,
)
from catalog.views.floor import Scan, brands_of, go_home, is_back, on_the_floor, scanned, show
from ops_portal.lib.doors.identity import principal_of
from ops_portal.lib.doors.retry import retried
from ops_portal.lib.refusals import Refused

SHOWN: Final = 30  # goods of the list
DIGITS: Final = 7  # of a number of units; longer ones are barcodes
KEY: Final = re.compile(r"floor:[0-9a-f]{32}")
Said = dict[str, Any]


@require_http_methods(["GET", "HEAD", "POST"])
@on_the_floor
def put_page(request: HttpRequest, warehouse: Warehouse) -> HttpResponse:
    """Ask for goods that wait, then for the bin; what is scanned there is put away at once."""
    if is_back(request):
        if request.POST.keys().isdisjoint(("stock", "among")):
            return go_home(request)
        return show(request, "catalog/floor_put.html", put_context(request, warehouse, {}))
    said = putting(request, warehouse) if request.method == "POST" else {}
    return show(request, "catalog/floor_put.html", put_context(request, warehouse, said))


def put_context(request: HttpRequest, warehouse: Warehouse, said: Said) -> Said:
    """Return what the page shows: goods in hand with the bins for them, goods to choose from, or all that waits."""
    action = reverse("catalog:floor-put")
    context = {"title": _("Put away"), "warehouse": warehouse, "home": action, **said}
    goods: Waiting | None = said.get("goods")
    if goods is not None:
        context["bins"] = suggested_bins(warehouse.pk, goods.stock_id, goods.batch_id, kind=goods.kind)
        context["scan"] = Scan(
            _("Scan the bin, or type another number of units"),
            _("Put away"),
            action,
            {**named(goods), "units": str(said["units"]), "key": said["key"]},
        )
    elif said.get("choices"):
        asks = _("Several lie there: type the number in the list, or scan the batch")
        context["scan"] = Scan(asks, _("Continue"), action, {"among": said["among"]})
    else:
        context["waiting"] = to_put_away(warehouse.pk, brands=brands_of(request.user), most=SHOWN)
        context["scan"] = Scan(_("Scan the goods"), _("Continue"), action)
    return context


def putting(request: HttpRequest, warehouse: Warehouse) -> Said:
    """Return what comes of a scan, and put away where a bin was scanned for goods in hand."""
    code, key = scanned(request), key_of(request)
    if done := moved(key):
        return {"tone": "done", "done": done_put(done)}
    goods = one_of(request, waiting_of(request, warehouse))
    if goods is None:
        return choose(request, warehouse, code)
    units = number_of(request.POST.get("units", "")) or goods.units
    in_hand: Said = {"goods": goods, "units": min(units, goods.units), "key": key or new_key(), "tone": "ok"}
    if "pick" in request.POST:
        return in_hand
    place = find_bins([(warehouse.pk, code)]).get((warehouse.pk, bin_code(code)))
    if place is not None:
        return put_into(request, place, in_hand)
    wanted = number_of(code)
    if wanted is not None:
        return {**in_hand, **as_many(wanted, goods)}
    if skus_scanned(request.user, code):
        return choose(request, warehouse, code)
    return {**in_hand, "tone": "stop", "stop": no_bin(code)}


def put_into(request: HttpRequest, place: Bin, in_hand: Said) -> Said:
    """Put what is in hand into a bin."""
    goods: Waiting = in_hand["goods"]
    draft = PutAwayDraft(
        place.warehouse_id,
        goods.sku_id,
        place.code,
        in_hand["units"],
        in_hand["key"],
        goods_owner=goods.owner,
        batch_code=goods.batch_code,
        zone_kind=goods.kind,
    )
    try:
        movement = retried(put_away)([draft], actor=principal_of(request), at=timezone.now()).one()
    except Refused as refused:
        return {**in_hand, "tone": "stop", "stop": str(refused)}
    return {"tone": "done", "done": done_put(movement)}


def waiting_of(request: HttpRequest, warehouse: Warehouse, *, sku_ids: Sequence[int] = ()) -> list[Waiting]:
    """Return what waits of these SKUs, or of that which is in hand."""
    wanted = [*sku_ids] or [pk for pk in [number_of(request.POST.get("sku", ""), 18)] if pk]
    return to_put_away(warehouse.pk, sku_ids=wanted, brands=brands_of(request.user)) if wanted else []


def choose(request: HttpRequest, warehouse: Warehouse, code: str) -> Said:
    """Return the goods that were scanned, or among which to choose; why not, where nothing of them waits."""
    among = [int(pk) for pk in request.POST.get("among", "").split(",") if number_of(pk, 18)][:20]
    rows = waiting_of(request, warehouse, sku_ids=among)
    goods = chosen_from(rows, code)
    place = find_bins([(warehouse.pk, code)]).get((warehouse.pk, bin_code(code))) if rows else None
    fitting = [row for row in rows if place is not None and row.kind == place.zone.kind]
    if goods is None and len(fitting) == 1:
        goods = fitting[0]  # no other of them may lie in that bin
    if goods is not None:
        in_hand: Said = {"goods": goods, "units": goods.units, "key": new_key(), "tone": "ok"}
        return put_into(request, place, in_hand) if place is not None else in_hand
    skus = skus_scanned(request.user, code)
    if not skus:
        again = {"choices": rows, "among": request.POST.get("among", "")} if rows else {}
        text = no_choice(rows, code) if rows and place is None else no_goods(warehouse, code)
        return {**again, "tone": "stop", "stop": text}
    rows = waiting_of(request, warehouse, sku_ids=[sku.pk for sku in skus])
    if not rows:
        text = _("Nothing of %(sku)s waits to be put away here.") % {"sku": skus[0].code}
        return {"tone": "stop", "stop": text}
    if len(rows) == 1:
        return {"goods": rows[0], "units": rows[0].units, "key": new_key(), "tone": "ok"}
    return {"choices": rows, "among": ",".join(str(sku.pk) for sku in skus), "tone": "ok"}


@require_http_methods(["GET", "HEAD", "POST"])
@on_the_floor
def move_page(request: HttpRequest, warehouse: Warehouse) -> HttpResponse:
    """Ask for a bin, then for goods in it, then for the bin into which they go."""
    if is_back(request) and "from" not in request.POST:
        return go_home(request)
    if is_back(request):
        said = from_bin(request, warehouse, request.POST["from"]) if "stock" in request.POST else {}
    elif request.method == "POST":
        said = moving(request, warehouse)
    else:
        said = from_bin(request, warehouse, request.GET.get("from", "")) if request.GET.get("from") else {}
    action = reverse("catalog:floor-move")
    context = {"title": _("Move"), "warehouse": warehouse, "home": action, **said}
    goods: Waiting | None = said.get("goods")
    if goods is not None:
        keeps = {**named(goods), "units": str(said["units"]), "key": said["key"], "from": said["here"].code}
        asks = _("Scan the bin into which they go, or type another number of units")
        context["scan"] = Scan(asks, _("Move"), action, keeps)
        context["bins"] = suggested_bins(
            warehouse.pk, goods.stock_id, goods.batch_id, kind=goods.kind, apart_from=said["here"]
        )
    elif said.get("choices"):
        context["scan"] = Scan(_("Scan the goods"), _("Continue"), action, {"from": said["here"].code})
    else:
        context["scan"] = Scan(_("Scan the bin from which goods go"), _("Continue"), action)
    return show(request, "catalog/floor_move.html", context)


def moving(request: HttpRequest, warehouse: Warehouse) -> Said:
    """Return what comes of a scan, and move where a second bin was scanned."""
    code, key = scanned(request), key_of(request)
    if done := moved(key):
        return {"tone": "done", "done": done_move(done)}
    bins = find_bins([(warehouse.pk, each) for each in (code, request.POST.get("from", ""))])
    here = bins.get((warehouse.pk, bin_code(request.POST.get("from", ""))))
    there = bins.get((warehouse.pk, bin_code(code)))
    if here is None:
        return from_bin(request, warehouse, code)
    lying = [as_waiting(row, here) for row in contents_of(request.user, here)]
    goods = one_of(request, lying)
    if goods is None and there is not None and there != here and len(lying) == 1:
        goods = lying[0]  # there is no other that could be meant
    if goods is None:
        return choose_in(request, here, lying, code)
    units = min(number_of(request.POST.get("units", "")) or goods.units, goods.units)
    in_hand: Said = {"goods": goods, "units": units, "key": key or new_key(), "here": here, "tone": "ok"}
    if "pick" in request.POST:
        return in_hand
    if there is not None:
        draft = BinTransferDraft(
            warehouse.pk,
            goods.sku_id,
            here.code,
            there.code,
            units,
            in_hand["key"],
            goods_owner=goods.owner,
            batch_code=goods.batch_code,
        )
        try:
            movement = retried(move_between_bins)(
                [draft], actor=principal_of(request), at=timezone.now()
            ).one()
        except Refused as refused:
            return {**in_hand, "tone": "stop", "stop": str(refused)}
        return {"tone": "done", "done": done_move(movement)}
    wanted = number_of(code)
    if wanted is not None:
        return {**in_hand, **as_many(wanted, goods)}
    if skus_scanned(request.user, code):
        return choose_in(request, here, lying, code)
    return {**in_hand, "tone": "stop", "stop": no_bin(code)}


def from_bin(request: HttpRequest, warehouse: Warehouse, code: str) -> Said:
    """Return what lies in the bin that was scanned; why not, where it is none or holds nothing."""
    here = find_bins([(warehouse.pk, code)]).get((warehouse.pk, bin_code(code)))
    if here is None:
        return {"tone": "stop", "stop": no_bin(code)}
    lying = [as_waiting(row, here) for row in contents_of(request.user, here)]
    if not lying:
        return {"tone": "stop", "stop": _("Bin %(bin)s is empty.") % {"bin": here.code}}
    return {"choices": lying, "here": here, "tone": "ok"}


def choose_in(request: HttpRequest, here: Bin, lying: Sequence[Waiting], code: str) -> Said:
    """Return the goods of a bin that were scanned, or those among which to choose."""
    goods = chosen_from(lying, code)
    skus = {sku.pk for sku in skus_scanned(request.user, code)} if goods is None else set()
    of_sku = [row for row in lying if row.sku_id in skus]
    if goods is None and len(of_sku) == 1:
        goods = of_sku[0]
    if goods is not None:
        return {"goods": goods, "units": goods.units, "key": new_key(), "here": here, "tone": "ok"}
    if of_sku:
        text = _("Several owners or batches of that lie there: type the number in the list.")
    elif find_bins([(here.warehouse_id, code)]):
        text = _("“%(code)s” is a bin. Scan the goods first, or BACK to begin with another bin.") % {
            "code": code
        }
    else:
        text = _("Bin %(bin)s holds no “%(code)s”.") % {"bin": here.code, "code": code}
    return {"choices": list(lying), "here": here, "tone": "stop", "stop": text}


def named(goods: Waiting) -> dict[str, str]:
    """Return the hidden inputs by which goods in hand are known again."""
    return {
        "stock": str(goods.stock_id),
        "batch": str(goods.batch_id or ""),
        "kind": goods.kind,
        "sku": str(goods.sku_id),
    }


def one_of(request: HttpRequest, rows: Sequence[Waiting]) -> Waiting | None:
    """Return the row that the hidden inputs name."""
    wanted = tuple(request.POST.get(name, "") for name in ("stock", "batch", "kind"))
    return next(
        (row for row in rows if (str(row.stock_id), str(row.batch_id or ""), row.kind) == wanted), None
    )


def chosen_from(rows: Sequence[Waiting], code: str) -> Waiting | None:
    """Return the row whose number in the list, or whose batch alone, was typed or scanned."""
    number = number_of(code, 2)
    if number is not None and 1 <= number <= len(rows):
        return rows[number - 1]
    of_batch = [row for row in rows if code and row.batch_code == code]
    return of_batch[0] if len(of_batch) == 1 else None


def as_waiting(row: BinStock, place: Bin) -> Waiting:
    """Return what lies in a bin as goods that may be taken in hand."""
    sku, batch = row.stock.sku, row.batch
    return Waiting(
        row.stock_id,
        row.batch_id,
        ZoneKind(place.zone.kind).value,
        row.units,
        sku.pk,
        sku.code,
        f"{sku.product.name} {sku.name}".strip(),
        sku.barcode,
        row.stock.owner,
        batch.code if batch else "",
        batch.expires_on if batch else None,
    )


def number_of(text: str, digits: int = DIGITS) -> int | None:
    """Return a number that was typed; None for what is none, or longer than numbers of units are."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= digits else None


def as_many(wanted: int, goods: Waiting) -> Said:
    """Return so many units to take in hand, as long as so many lie there."""
    if 1 <= wanted <= goods.units:
        return {"units": wanted, "tone": "ok"}
    return {"tone": "stop", "stop": _("There are %(units)s units, not %(wanted)s.") % {
        "units": goods.units, "wanted": wanted,
    }}  # fmt: skip


def new_key() -> str:
    """Return a name for one move, so that it is done once however often it is sent."""
    return f"floor:{uuid4().hex}"


def key_of(request: HttpRequest) -> str:
    """Return the name that this page gave to a move; nothing for any other."""
    key = request.POST.get("key", "")
    return key if KEY.fullmatch(key) else ""


def moved(key: str) -> BinMovement | None:
    """Return the move of this name that was done before."""
    moves = BinMovement.objects.select_related("stock__sku", "from_bin", "to_bin")
    return moves.filter(key=key).first() if key else None


def done_put(movement: BinMovement) -> str:
    """Return what was put away, in words."""
    return _("Put into bin %(bin)s: %(units)s × %(sku)s.") % {
        "units": movement.units,
        "sku": movement.stock.sku.code,
        "bin": movement.to_bin.code if movement.to_bin else "",
    }


def done_move(movement: BinMovement) -> str:
    """Return what was moved, in words."""
    return _("From %(here)s to %(there)s: %(units)s × %(sku)s.") % {
        "units": movement.units,
        "sku": movement.stock.sku.code,
        "here": movement.from_bin.code if movement.from_bin else "",
        "there": movement.to_bin.code if movement.to_bin else "",
    }


def no_bin(code: str) -> str:
    """Return why a code is not taken for a bin."""
    return _("“%(code)s” is no bin of this warehouse. Scan the label of a bin.") % {"code": code}


def no_choice(rows: Sequence[Waiting], code: str) -> str:
    """Return why a code chooses none of the goods of a list."""
    if any(row.batch_code == code for row in rows):
        text = _("Batch “%(code)s” is there more than once: type the number in the list, or scan the bin.")
        return text % {"code": code}
    text = _("“%(code)s” is none of these: type a number from 1 to %(most)s, or scan the batch.")
    return text % {"code": code, "most": len(rows)}


def no_goods(warehouse: Warehouse, code: str) -> str:
    """Return why a code is not taken for goods."""
    if not code:
        return _("Scan the goods first.")
    if find_bins([(warehouse.pk, code)]):
        return _("“%(code)s” is a bin. Scan the goods first.") % {"code": code}
    return _("“%(code)s” is no SKU and no barcode that we know.") % {"code": code}
