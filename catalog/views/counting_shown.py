"""What the floor page of counting shows: what was said, what is asked, and what was counted so far.

What the books say is never shown here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.choices import OWN, CountStatus, StocktakeStatus
from catalog.forms.counting import OUTSIDE, Answer, Job
from catalog.models import Bin, Count, Stocktake, Warehouse
from catalog.queries.floor_counts import (
    bin_called,
    found_in,
    next_recount,
    places_left,
    stocktakes_of,
    who_counts_in,
)
from catalog.views.floor import Scan


def context_of(
    request: HttpRequest, warehouse: Warehouse, stocktake: Stocktake | None, answer: Answer
) -> dict[str, Any]:
    """Return what the page shows: what was said, what is asked, and what was counted so far."""
    context: dict[str, Any] = {
        "title": _("Count goods"),
        "warehouse": warehouse,
        "stocktake": stocktake,
        "tone": answer.tone,
        "said": answer.said,
        "choices": answer.choices,
        "ok": "",
    }
    if stocktake is None:
        return context | choosing(warehouse)
    if stocktake.status == StocktakeStatus.RECOUNTING:
        return context | recounting(request, stocktake, answer)
    if not at_place(warehouse, answer.job):
        return context | placing(stocktake)
    return context | counting(request, warehouse, stocktake, answer)


def scan_of(asks: str, does: str, job: Job, *, digits: bool = False) -> Scan:
    """Return the form of this page."""
    return Scan(asks, does, reverse("catalog:floor-count"), job.keeps(), digits)


def choosing(warehouse: Warehouse) -> dict[str, Any]:
    """Return the page on which a stocktake is chosen."""
    found = stocktakes_of(warehouse)
    asks = _("Scan a bin that is to be counted, or a stocktake")
    return {"stocktakes": found, "scan": scan_of(asks, _("Go on"), Job())}


def placing(stocktake: Stocktake) -> dict[str, Any]:
    """Return the page on which a bin is scanned."""
    left, codes = places_left(stocktake)
    job = Job(stocktake.number)
    asks = _("Scan a bin") if left else _("Scan one more bin, or say OK")
    if codes == [""]:
        asks = _("Scan the goods outside the bins")
    return {
        "left": left,
        "next_places": [code or _("outside the bins") for code in codes],
        "outside": "" in codes,
        "scan": scan_of(asks, _("Go on"), job),
        "ok": "" if left else _("OK, all is counted"),
    }


def counting(
    request: HttpRequest, warehouse: Warehouse, stocktake: Stocktake, answer: Answer
) -> dict[str, Any]:
    """Return the page on which goods are scanned in a place."""
    where = at_place(warehouse, answer.job)
    job = replace(answer.job, place=where)
    place = None if where == OUTSIDE else bin_called(warehouse, where)
    me: Any = request.user
    asks = {
        "owner": _("Scan or choose the owner"),
        "batch": _("Scan or choose the batch"),
        "close": _("OK once more; or go on scanning"),
    }.get(job.asks, _("Scan the goods; or type how many; then OK"))
    return {
        "place": place.code if place else _("Outside the bins"),
        "other": who_counts_in(stocktake, place, apart=me.pk),
        "found": found_in(stocktake, place),
        "closes": job.asks == "close",
        "scan": scan_of(asks, _("Count"), job),
        "ok": "" if job.asks in ("owner", "batch") else _("OK, this place is done"),
    }


def recounting(request: HttpRequest, stocktake: Stocktake, answer: Answer) -> dict[str, Any]:
    """Return the page on which what differs is counted once more."""
    me: Any = request.user
    count, left = next_recount(stocktake, counter=me.pk, at=timezone.now())
    job = answer.job
    if job.count.isdecimal() and (count is None or job.count != str(count.pk)):
        asked = Count.objects.filter(stocktake=stocktake, status=CountStatus.DIFFERS, pk=int(job.count))
        count = asked.select_related("bin", "batch", "stock__sku__product").first() or count
    if count is None:
        return {"none_for_me": left, "scan": scan_of(_("Scan another stocktake"), _("Go on"), Job())}
    if job.count != str(count.pk):
        job = Job(stocktake.number, count=str(count.pk))
    is_there = bool(job.there) or count.bin is None
    asks = (
        _("Scan %(sku)s, or type how many; then OK") % {"sku": count.stock.sku.code}
        if is_there
        else _("Scan the bin %(bin)s") % {"bin": count.bin.code if count.bin else ""}
    )
    owner = count.stock.owner
    return {
        "again": count,
        "owner": "" if owner == OWN else owner,
        "left_text": ngettext(
            "%(count)d difference to count once more", "%(count)d differences to count once more", left
        )
        % {"count": left},
        "is_there": is_there,
        "units": job.units,
        "zero": job.asks == "zero",
        "scan": scan_of(asks, _("Count") if is_there else _("Go on"), job),
        "ok": _("OK, that is all") if is_there else "",
    }


def at_place(warehouse: Warehouse, job: Job) -> str:
    """Return the place in which the job is: where there are no bins, all is in no bin."""
    if job.place or Bin.objects.filter(warehouse=warehouse, is_active=True).exists():
        return job.place
    return OUTSIDE
