"""Pages of bins: many made from a pattern, and their labels."""

from __future__ import annotations

from itertools import groupby
from typing import Any, Final, NamedTuple

from barcode.codex import Code128
from barcode.errors import IllegalCharacterError
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from catalog.choices import ZoneKind
from catalog.forms.places import PatternError, codes_of
from catalog.models import Bin, Zone
from catalog.operations.places import BinDraft, make_bins
from ops_portal.accounts.doors import staff_only
from ops_portal.lib.doors.identity import principal_of
from ops_portal.lib.doors.retry import retried

LABELS: Final = 300  # of one page
QUIET: Final = 10  # modules without a bar on either side of the bars
STEP: Final = 10  # between the places of new bins on the way, so that others fit in
DIGITS: Final = 9


class Bars(NamedTuple):
    """The bars of a label, each by its place and width, and the width of all, in modules."""

    bars: list[tuple[int, int]]
    width: int


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only("catalog.view_bin")
def make_page(request: HttpRequest) -> HttpResponse:
    """Show which bins a pattern makes, then make them."""
    if not request.user.has_perm("catalog.add_bin"):
        raise PermissionDenied
    zones = list(
        Zone.objects.visible_to(request.user).select_related("warehouse").order_by("warehouse__code", "code")
    )
    asked = request.POST if request.method == "POST" else request.GET
    zone = next((each for each in zones if str(each.pk) == asked.get("zone")), zones[0] if zones else None)
    context: dict[str, Any] = {
        "title": _("Make bins"),
        "zones": zones,
        "zone": zone,
        "pattern": asked.get("pattern", "")[:200],
    }
    if zone is not None:
        context["first"] = first_of(zone, asked.get("first", ""))
    if request.method == "POST" and zone is not None:
        try:
            codes = codes_of(context["pattern"])
        except PatternError as error:
            context["refusal"] = str(error)
        else:
            if "make" in request.POST:
                return made(request, zone, codes, context["first"])
            there = set(
                Bin.objects.filter(warehouse=zone.warehouse_id, code__in=codes).values_list("code", flat=True)
            )
            context |= {
                "codes": codes,
                "shown": codes[:60],
                "there": sorted(there),
                "new": len(set(codes)) - len(there),
            }
    return render(request, "catalog/bins_new.html", {**admin.site.each_context(request), **context})


def zones_of(request: HttpRequest) -> list[Zone]:
    """Return the zones of all warehouses, those for goods that can be sold first."""
    zones = Zone.objects.visible_to(request.user).select_related("warehouse")
    return sorted(zones, key=lambda zone: (zone.warehouse.code, zone.kind != ZoneKind.STORAGE, zone.code))


@require_safe
@staff_only("catalog.view_bin")
def labels_page(request: HttpRequest) -> HttpResponse:
    """Show the labels of the chosen bins, or of all bins in use of a zone, for the printer."""
    zones = zones_of(request)
    ids = [int(pk) for pk in request.GET.getlist("bin") if pk.isascii() and pk.isdecimal() and len(pk) < 19]
    zone = next((each for each in zones if str(each.pk) == request.GET.get("zone")), None)
    after = request.GET.get("after", "").strip().upper()[:40]
    bins = Bin.objects.visible_to(request.user).select_related("zone", "warehouse")
    if ids:
        bins = bins.filter(pk__in=ids[:LABELS])
    elif zone is not None:
        bins = bins.filter(zone=zone, is_active=True, code__gt=after)
    else:
        bins = bins.none()
    found = list(bins.order_by("code", "pk")[: LABELS + 1])
    context = {
        "title": _("Labels of bins"),
        "zones": zones,
        "zone": zone,
        "labels": [(place, bars_of(place.code)) for place in found[:LABELS]],
        "following": found[LABELS - 1].code if len(found) > LABELS else "",
    }
    return render(request, "catalog/bins_labels.html", {**admin.site.each_context(request), **context})


def bars_of(code: str) -> Bars | None:
    """Return the Code 128 of a code; None where it has letters that no such label carries."""
    try:
        (modules,) = Code128(code).build()
    except IllegalCharacterError:
        return None
    bars, place = [], QUIET
    for is_bar, run in groupby(modules):
        width = len(list(run))
        if is_bar == "1":
            bars.append((place, width))
        place += width
    return Bars(bars, place + QUIET)


def first_of(zone: Zone, said: str) -> int:
    """Return the place of the first new bin on the way: as it was said, else behind all others."""
    if said.isascii() and said.isdecimal() and len(said) <= DIGITS:
        return int(said)
    last = Bin.objects.filter(warehouse=zone.warehouse_id).aggregate(last=Max("sequence"))["last"]
    return int(last or 0) + STEP


def made(request: HttpRequest, zone: Zone, codes: list[str], first: int) -> HttpResponse:
    """Make the bins, and show those of the zone."""
    drafts = [BinDraft(zone.pk, code, first + place * STEP) for place, code in enumerate(codes)]
    outcome = retried(make_bins)(drafts, actor=principal_of(request), at=timezone.now())
    count = len(outcome.done)
    messages.success(
        request, ngettext("%(count)s bin was made.", "%(count)s bins were made.", count) % {"count": count}
    )
    if outcome.refused:
        stood = len(outcome.refused)
        text = ngettext("%(count)s bin was there already.", "%(count)s bins were there already.", stood)
        messages.info(request, text % {"count": stood})
    return redirect("admin:catalog_bin_changelist")
