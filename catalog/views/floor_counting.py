"""The floor page on which goods are counted: a stocktake, a bin, then scan by scan; and what differs once more.

What the books say is never shown here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from catalog.choices import OWN, StocktakeStatus
from catalog.drafts import CountDraft, PlaceDraft, RecountDraft
from catalog.forms.counting import NO_BIN, OK, OUTSIDE, Answer, Job, Stop, is_units
from catalog.models import Count, Sku, Stocktake, Tally, Warehouse
from catalog.operations.counting import (
    close_places,
    count_units,
    find_place,
    is_closed,
    recount_units,
    submit_stocktakes,
)
from catalog.queries.floor_counts import (
    OPEN,
    batches_of,
    bin_called,
    next_recount,
    owners_of,
    places_left,
    skus_called,
    stocktake_with,
    stocktakes_of,
)
from catalog.views.counting_shown import at_place, context_of
from catalog.views.floor import BACK, go_home, is_back, on_the_floor, show
from ops_portal.lib.doors.identity import principal_of
from ops_portal.lib.doors.retry import retried
from ops_portal.lib.refusals import Refused

PART: Final = "catalog/floor_count.html"


@on_the_floor
@require_http_methods(["GET", "HEAD", "POST"])
def count_page(request: HttpRequest, warehouse: Warehouse) -> HttpResponse:
    """Take one scan, and ask for the next."""
    job = Job.of(request)
    if not job.stocktake and request.method != "POST":
        only = stocktakes_of(warehouse)
        job = replace(job, stocktake=only[0].number) if len(only) == 1 else job
    answer = Answer(job)
    stocktake = chosen(warehouse, job)
    code = (request.POST.getlist("code") or [""])[-1].strip()[:120]
    if is_back(request) and stocktake is None:
        return go_home(request)
    if request.method == "POST" and code:
        try:
            answer = take(request, warehouse, stocktake, job, code)
        except Stop as stop:
            answer = Answer(job, "stop", str(stop))
        except Refused as refused:
            answer = Answer(job, "stop", str(refused))
        stocktake = chosen(warehouse, answer.job)
    return show(request, PART, context_of(request, warehouse, stocktake, answer))


def chosen(warehouse: Warehouse, job: Job) -> Stocktake | None:
    """Return the stocktake that is worked on, if it still is."""
    found: Stocktake | None = Stocktake.objects.filter(
        warehouse=warehouse, number=job.stocktake, status__in=OPEN
    ).first()
    return found


def take(
    request: HttpRequest, warehouse: Warehouse, stocktake: Stocktake | None, job: Job, code: str
) -> Answer:
    """Do what a scan means where the job has come to. Raises Stop, Refused."""
    if stocktake is None:
        return choose(warehouse, code)
    if code.upper() == BACK:
        return Answer(before(job), "ok")
    if code.upper() == stocktake.number:
        return Answer(Job(stocktake.number), "ok")
    if stocktake.status == StocktakeStatus.RECOUNTING:
        return recount(request, stocktake, job, code)
    if not at_place(warehouse, job):
        return go_to(request, warehouse, stocktake, job, code)
    return count_here(request, warehouse, stocktake, at_place(warehouse, job), job, code)


def before(job: Job) -> Job:
    """Return the step before: a question is dropped, then the place is left, then the stocktake."""
    if job.asks:
        return replace(job, asks="", sku="", owner="")
    return Job(job.stocktake) if job.place or job.there else Job()


def choose(warehouse: Warehouse, code: str) -> Answer:
    """Choose a stocktake by its number, or by a bin that it goes through."""
    number = code.upper()
    if Stocktake.objects.filter(warehouse=warehouse, number=number, status__in=OPEN).exists():
        return Answer(Job(number), "ok")
    place = bin_called(warehouse, code)
    found = stocktake_with(warehouse, place) if place or number in NO_BIN else None
    if found is None:
        text = _("“%(code)s” is no stocktake, and no bin that is to be counted. Scan one of these.")
        raise Stop(text % {"code": code})
    where = place.code if place else OUTSIDE
    return Answer(Job(found.number, "" if found.status == StocktakeStatus.RECOUNTING else where), "ok")


def go_to(request: HttpRequest, warehouse: Warehouse, stocktake: Stocktake, job: Job, code: str) -> Answer:
    """Begin with a bin; or hand the stocktake in."""
    if code.upper() == OK:
        done = submit(request, stocktake)
        text = (
            _("%(number)s is counted. What differs is counted once more by somebody else.")
            if done.status == StocktakeStatus.RECOUNTING
            else _("%(number)s is counted, and waits for its approval.")
        )
        goes_on = done.status == StocktakeStatus.RECOUNTING
        return Answer(
            Job(stocktake.number) if goes_on else Job(), "done", text % {"number": stocktake.number}
        )
    place = bin_called(warehouse, code)
    if place is None and code.upper() not in NO_BIN:
        if places_left(stocktake)[1] == [""] and skus_called(code):
            return count_here(request, warehouse, stocktake, OUTSIDE, job, code)
        raise Stop(_("There is no bin “%(code)s” here. Scan the label of a bin.") % {"code": code})
    find_place(stocktake, place.code if place else "")
    if is_closed(stocktake, place):
        raise Stop(_("This place was counted already. Go on to the next."))
    return Answer(Job(stocktake.number, place.code if place else OUTSIDE), "ok")


def submit(request: HttpRequest, stocktake: Stocktake) -> Stocktake:
    """Hand a stocktake in."""
    return retried(submit_stocktakes)(
        [stocktake.number], actor=principal_of(request), at=timezone.now()
    ).one()


def count_here(
    request: HttpRequest, warehouse: Warehouse, stocktake: Stocktake, where: str, job: Job, code: str
) -> Answer:
    """Count goods in a place, or close it."""
    job = replace(job, place=where)
    if code.upper() == OK:
        return close(request, stocktake, job)
    if job.asks in ("owner", "batch"):
        for sku in skus_called(job.sku)[:1]:
            return answered(request, warehouse, stocktake, job, sku, code)
    if is_units(code) and (job.last or not skus_called(code)):
        return set_units(request, stocktake, job, int(code))
    job = replace(job, asks="", sku="", owner="")
    last = Tally.objects.filter(key=job.last).select_related("count__stock", "count__batch").first()
    skus = skus_called(code)
    if len(skus) > 1:
        names = ", ".join(sku.code for sku in skus)
        text = _("“%(code)s” is the barcode of several SKUs: %(names)s. Type the SKU.")
        raise Stop(text % {"code": code, "names": names})
    if skus and last and last.count.stock.sku_id == skus[0].pk:
        batch = last.count.batch.code if last.count.batch else ""
        return scan(request, stocktake, job, skus[0], last.count.stock.owner, batch)
    if skus:
        return ask(request, warehouse, stocktake, replace(job, sku=skus[0].code), skus[0])
    if last and last.count.batch:
        sku = Sku.objects.get(pk=last.count.stock.sku_id)
        if code in [each for each, _date in batches_of(warehouse, sku, last.count.stock.owner)]:
            return scan(request, stocktake, job, sku, last.count.stock.owner, code)
    if bin_called(warehouse, code) is not None:
        raise Stop(_("“%(code)s” is a bin. Say OK first, so that this one is done.") % {"code": code})
    raise Stop(_("Nobody knows “%(code)s”. Scan the goods again, or type the SKU.") % {"code": code})


def set_units(request: HttpRequest, stocktake: Stocktake, job: Job, units: int) -> Answer:
    """Set the units of the last scan."""
    last = (
        Tally.objects.filter(key=job.last)
        .select_related("count__stock__sku", "count__batch", "count__bin")
        .first()
    )
    if last is None:
        raise Stop(_("Scan the goods first, then type how many there are."))
    count = last.count
    draft = CountDraft(
        stocktake.number,
        count.bin.code if count.bin else "",
        count.stock.sku.code,
        units,
        last.key,
        count.stock.owner,
        count.batch.code if count.batch else "",
        corrects=True,
    )
    written(request, draft)
    return Answer(replace(job, asks=""), "ok", said_of(count.stock.sku, units))


def ask(request: HttpRequest, warehouse: Warehouse, stocktake: Stocktake, job: Job, sku: Sku) -> Answer:
    """Ask whose goods, and of which batch, where more than one is possible; else count one."""
    owners = [job.owner] if job.owner else owners_of(warehouse, sku)
    if len(owners) > 1:
        choices = [(owner, _("our own") if owner == OWN else owner) for owner in owners]
        return Answer(
            replace(job, asks="owner"), "ok", _("Whose are these? %(sku)s") % {"sku": sku.code}, choices
        )
    job = replace(job, owner=owners[0])
    if not sku.tracks_batches:
        return scan(request, stocktake, job, sku, job.owner, "")
    batches = batches_of(warehouse, sku, job.owner)
    if not batches:
        raise Stop(_("Nobody knows a batch of %(sku)s. Put it aside and ask.") % {"sku": sku.code})
    if len(batches) == 1:
        return scan(request, stocktake, job, sku, job.owner, batches[0][0])
    dated = [(code, f"{code} · {date_format(day, 'Y-m-d')}" if day else code) for code, day in batches]
    return Answer(
        replace(job, asks="batch"), "ok", _("Which batch is on the label? %(sku)s") % {"sku": sku.code}, dated
    )


def answered(
    request: HttpRequest, warehouse: Warehouse, stocktake: Stocktake, job: Job, sku: Sku, code: str
) -> Answer:
    """Take the answer to a question of whose goods, or of which batch."""
    if job.asks == "owner":
        if code not in owners_of(warehouse, sku):
            again = ask(request, warehouse, stocktake, replace(job, owner=""), sku)
            again.tone, again.said = "stop", _("Nobody called “%(code)s” has goods here.") % {"code": code}
            return again
        return ask(request, warehouse, stocktake, replace(job, owner=code, asks=""), sku)
    if code not in [each for each, _day in batches_of(warehouse, sku, job.owner)]:
        again = ask(request, warehouse, stocktake, job, sku)
        again.tone = "stop"
        again.said = _("%(sku)s has no batch “%(code)s” here.") % {"sku": sku.code, "code": code}
        return again
    return scan(request, stocktake, job, sku, job.owner, code)


def scan(request: HttpRequest, stocktake: Stocktake, job: Job, sku: Sku, owner: str, batch: str) -> Answer:
    """Count one unit."""
    place = "" if job.place == OUTSIDE else job.place
    key = f"{request.user.pk}:{job.key or get_random_string(20)}"
    tally = written(request, CountDraft(stocktake.number, place, sku.code, 1, key, owner, batch))
    done = replace(job, last=tally.key, sku="", owner="", asks="")
    return Answer(done, "ok", said_of(sku, tally.units))


def written(request: HttpRequest, draft: CountDraft) -> Tally:
    """Write one scan. Raises the refusal."""
    return retried(count_units)([draft], actor=principal_of(request), at=timezone.now()).one()


def said_of(sku: Sku, units: int) -> str:
    """Return what is said after a scan."""
    return _("%(sku)s: %(units)s") % {"sku": sku.code, "units": units}


def close(request: HttpRequest, stocktake: Stocktake, job: Job) -> Answer:
    """Ask before a place is closed; then close it."""
    if job.asks != "close":
        return Answer(replace(job, asks="close", sku="", owner=""), "ok")
    place = "" if job.place == OUTSIDE else job.place
    draft = PlaceDraft(stocktake.number, place)
    retried(close_places)([draft], actor=principal_of(request), at=timezone.now()).one()
    text = _("%(place)s is counted.") % {"place": place or _("What lies outside the bins")}
    return Answer(Job(stocktake.number), "done", text)


def recount(request: HttpRequest, stocktake: Stocktake, job: Job, code: str) -> Answer:
    """Count once more what differs, one thing after the other."""
    me: Any = request.user
    count = (
        Count.objects.filter(stocktake=stocktake, pk=int(job.count or 0)) if job.count.isdecimal() else None
    )
    wanted = count.select_related("bin", "stock__sku").first() if count is not None else None
    if wanted is None:
        found, _left = next_recount(stocktake, counter=me.pk, at=timezone.now())
        raise Stop(
            _("Look where to go, then scan the bin.") if found else _("There is nothing for you to count.")
        )
    if wanted.bin and not job.there:
        if code.upper() != wanted.bin.code.upper():
            text = _("That is “%(code)s”. Go to %(bin)s and scan its label.")
            raise Stop(text % {"code": code, "bin": wanted.bin.code})
        return Answer(replace(job, there="1"), "ok")
    sku = wanted.stock.sku
    if code.upper() == OK:
        return recounted(request, stocktake, job, wanted)
    if is_units(code):
        return Answer(replace(job, units=code, asks="", there="1"), "ok", said_of(sku, int(code)))
    if sku.pk in {each.pk for each in skus_called(code)}:
        units = int(job.units or 0) + 1
        return Answer(replace(job, units=str(units), asks="", there="1"), "ok", said_of(sku, units))
    text = _("“%(code)s” is something else. Count %(sku)s alone, then say OK.")
    raise Stop(text % {"code": code, "sku": sku.code})


def recounted(request: HttpRequest, stocktake: Stocktake, job: Job, count: Count) -> Answer:
    """Write a second count, after a question where nothing was found; go on to the next."""
    if not job.units and job.asks != "zero":
        return Answer(replace(job, asks="zero"), "ok")
    units = int(job.units) if job.units.isdecimal() else 0
    draft = RecountDraft(
        count.pk, units, f"{request.user.pk}:{count.pk}:{count.counted_at:%H%M%S%f}:{job.key}"
    )
    retried(recount_units)([draft], actor=principal_of(request), at=timezone.now()).one()
    if chosen(stocktake.warehouse, job) is None:
        text = _("All differences of %(number)s are counted once more. It waits for its approval.")
        return Answer(Job(), "done", text % {"number": stocktake.number})
    return Answer(Job(stocktake.number), "done", _("%(sku)s is noted.") % {"sku": count.stock.sku.code})
