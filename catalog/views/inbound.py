"""The desk of inbound deliveries: the list, a new one, one of them with its verbs, and its sheet for the dock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Final
from uuid import uuid4

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.bars import bars_of
from catalog.choices import INBOUND_MOVES, OWN, InboundStatus, StockDocumentKind
from catalog.exporters.tables import deliveries_table
from catalog.forms.inbound import DeliveryForm
from catalog.forms.receiving import BACK, CLOSE, DAMAGED, NEW, OK
from catalog.models import Brand, InboundDelivery, StockDocument, Warehouse
from catalog.operations.deliveries import local_day
from catalog.operations.inbound import (
    PromiseDraft,
    announce_deliveries,
    cancel_deliveries,
    promise_deliveries,
    reopen_deliveries,
)
from catalog.operations.receiving import close_deliveries
from catalog.operations.reversing import undo_stock_documents
from catalog.queries.inbound import (
    ALL,
    LATE,
    MOST_COUNTED,
    TABS,
    add_records,
    count_tabs,
    days_late,
    delivery_records,
    lines_of,
    list_deliveries,
    receipts_of,
)
from ops_portal.accounts.doors import staff_only
from ops_portal.intake.handing_out import hand_out_rows
from ops_portal.lib.doors.telling import attempt, back, say_refused, tell

VIEW: Final = "catalog.view_inbounddelivery"
ANNOUNCE: Final = "catalog.announce_delivery"
FLOOR: Final = "catalog.use_floor"
RECORD_OF: Final = timedelta(days=90)
MOST_BRANDS: Final = 50
LONGEST: Final = {"q": 60, "brand": 40, "warehouse": 40, "after": 60}


@require_safe
@staff_only(VIEW)
def list_page(request: HttpRequest) -> HttpResponseBase:
    """Show the deliveries of one tab, and how brands kept their promises; or hand their lines out as a file."""
    at = timezone.now()
    asked = {name: request.GET.get(name, "").strip()[:most] for name, most in LONGEST.items()}
    tab = request.GET.get("tab", "")
    if tab not in TABS:
        tab = InboundStatus.EXPECTED.value
    if request.GET.get("format") == "csv":
        headings, table = deliveries_table(request.user, tab, asked, at=at, on=local_day(at))
        told = _("Lines of deliveries as CSV")
        return hand_out_rows(request, "deliveries-in", headings, table, kind="inbound", told=told)
    counts = count_tabs(request.user, asked, at=at)
    page = list_deliveries(request.user, tab, asked, at=at)
    brands = list(Brand.objects.visible_to(request.user).order_by("name", "pk"))
    named = [brand for brand in brands if asked["brand"] in ("", brand.code)]
    today = local_day(at)
    records = delivery_records([brand.code for brand in named], today - RECORD_OF, on=today)
    labels: dict[str, Any] = {**dict(InboundStatus.choices), LATE: _("late"), ALL: _("all deliveries")}
    user: Any = request.user
    context = {
        **admin.site.each_context(request),
        "title": _("Deliveries in"),
        "tab": tab,
        "tabs": [
            {
                "code": code,
                "label": labels[code],
                "count": counted(counts.get(code, 0)),
                "is_late": code == LATE,
            }
            for code in TABS
        ],
        "asked": asked,
        "is_filtered": any(asked[name] for name in ("q", "brand", "warehouse")),
        "rows": [(each, days_late(each, on=today)) for each in page.deliveries],
        "following": page.following,
        "brands": brands,
        "warehouses": Warehouse.objects.visible_to(request.user).order_by("name", "code"),
        "record": add_records(records.values()) if records else None,
        "records": [(brand, records[brand.code]) for brand in named if brand.code in records][:MOST_BRANDS],
        "record_days": RECORD_OF.days,
        "may_announce": user.has_perm(ANNOUNCE),
    }
    return render(request, "catalog/deliveries.html", context)


def counted(count: int) -> str:
    """Return a count as a tab shows it; nothing for none."""
    if not count:
        return ""
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(ANNOUNCE)
def new_page(request: HttpRequest) -> HttpResponse:
    """Announce a delivery by its form; where it is refused, show it again as it was filled in."""
    if request.method != "POST":
        said = {"owner": OWN, "promised_on": (local_day(timezone.now()) + timedelta(days=1)).isoformat()}
        return show_form(request, DeliveryForm(said, uuid4().hex))
    form = DeliveryForm.of(request.POST, request.POST.get("key", "")[:40] or uuid4().hex)
    code = form.said["brand"]
    if code and not Brand.objects.visible_to(request.user).filter(code=code).exists():
        form.troubles.append(_("There is no brand “%(brand)s”.") % {"brand": code[:40]})
    if form.troubles:
        return show_form(request, form, status=422)
    outcome = attempt(request, announce_deliveries, [form.draft()])
    if not outcome.done:
        form.troubles += [str(refusal) for _index, refusal in outcome.refused]
        return show_form(request, form, status=422)
    (delivery,) = outcome.done
    said = {"number": delivery.number, "day": delivery.expected_on.isoformat()}
    messages.success(request, _("%(number)s is expected on %(day)s.") % said)
    return HttpResponseRedirect(page_of(delivery.number))


def show_form(request: HttpRequest, form: DeliveryForm, *, status: int = 200) -> HttpResponse:
    """Show the form of a new delivery."""
    context = {
        **admin.site.each_context(request),
        "title": _("New delivery"),
        "form": form,
        "brands": Brand.objects.visible_to(request.user).order_by("name", "pk"),
        "warehouses": Warehouse.objects.visible_to(request.user).order_by("name", "code"),
        "own": OWN,
    }
    return render(request, "catalog/delivery_new.html", context, status=status)


@require_safe
@staff_only(VIEW)
def delivery_page(request: HttpRequest, number: str) -> HttpResponse:
    """Show a delivery: promised against actual, what came when, and what is to be done with it."""
    delivery = delivery_of(request, number)
    user: Any = request.user
    status = delivery.status
    promises = status in (InboundStatus.ORDERED, InboundStatus.EXPECTED, InboundStatus.RECEIVING)
    lines = lines_of(delivery)
    context = {
        **admin.site.each_context(request),
        "title": f"{delivery.number} · {delivery.brand.name}",
        "delivery": delivery,
        "kind": INBOUND_MOVES.kind,
        "lines": lines,
        "sums": {
            name: sum(getattr(line, name) for line in lines)
            for name in ("promised", "received", "short", "over", "damaged")
        },
        "days_late": days_late(delivery, on=local_day(timezone.now())),
        "receipts": receipts_of(delivery),
        "is_over": status in (InboundStatus.RECEIVED, InboundStatus.CANCELLED),
        "may_promise": promises and user.has_perm(ANNOUNCE),
        "may_cancel": status in (InboundStatus.ORDERED, InboundStatus.EXPECTED) and user.has_perm(ANNOUNCE),
        "may_receive": promises and user.has_perm(FLOOR),
        "may_close": status == InboundStatus.RECEIVING and user.has_perm(FLOOR),
        "may_reopen": status == InboundStatus.RECEIVED and user.has_perm(FLOOR),
        "may_undo": user.has_perm(FLOOR),
    }
    return render(request, "catalog/delivery.html", context)


@require_POST
@staff_only(VIEW)
def act(request: HttpRequest, number: str, verb: str) -> HttpResponse:
    """Promise, cancel, close or reopen a delivery, or undo a receipt of it."""
    delivery = delivery_of(request, number)
    verbs: dict[str, tuple[str, Callable[[HttpRequest, InboundDelivery], None]]] = {
        "promise": (ANNOUNCE, promise),
        "cancel": (ANNOUNCE, for_a_reason(_("Cancel"), cancel_deliveries)),
        "close": (FLOOR, for_a_reason(_("Close"), close_deliveries)),
        "reopen": (FLOOR, for_a_reason(_("Open it again"), reopen_deliveries)),
        "undo": (FLOOR, undo),
    }
    if verb not in verbs:
        raise Http404
    permission, run = verbs[verb]
    if not request.user.has_perm(permission):
        raise PermissionDenied
    run(request, delivery)
    return back(request, page_of(delivery.number))


def promise(request: HttpRequest, delivery: InboundDelivery) -> None:
    """Promise a delivery for the day of the form."""
    try:
        day = date.fromisoformat(request.POST.get("promised_on", ""))
    except ValueError:
        messages.error(request, _("Say for which day the delivery is promised."))
        return
    draft = PromiseDraft(delivery.number, day, request.POST.get("tracking", "").strip()[:120])
    tell(request, _("Promise"), [delivery.number], promise_deliveries, [draft])


def for_a_reason(label: str, operation: Callable[..., Any]) -> Callable[[HttpRequest, InboundDelivery], None]:
    """Return what calls a verb with the reason of the form."""

    def run(request: HttpRequest, delivery: InboundDelivery) -> None:
        reason = request.POST.get("reason", "").strip()[:500]
        tell(request, label, [delivery.number], operation, [delivery.number], reason=reason)

    return run


def undo(request: HttpRequest, delivery: InboundDelivery) -> None:
    """Take back one receipt of a delivery."""
    paper = StockDocument.objects.filter(
        delivery_number=delivery.number,
        kind=StockDocumentKind.RECEIPT,
        number=request.POST.get("document", "")[:60],
    ).first()
    if paper is None:
        raise Http404
    outcome = attempt(request, undo_stock_documents, [paper])
    if outcome.done:
        messages.success(request, _("%(number)s was taken back.") % {"number": paper.number})
    say_refused(request, outcome)


@require_safe
@staff_only(VIEW)
def print_page(request: HttpRequest, number: str) -> HttpResponse:
    """Show a delivery's sheet for the dock: its number and the words of the floor as bars, its goods as a list."""
    delivery = delivery_of(request, number)
    words = [
        (OK, _("Book, or yes")),
        (DAMAGED, _("Some are damaged")),
        (BACK, _("Back")),
        (CLOSE, _("Close the delivery")),
        (NEW, _("Nobody announced it")),
    ]
    context = {
        **admin.site.each_context(request),
        "title": delivery.number,
        "delivery": delivery,
        "lines": lines_of(delivery),
        "bars": bars_of(delivery.number),
        "words": [(word, label, bars_of(word)) for word, label in words],
    }
    return render(request, "catalog/delivery_print.html", context)


def delivery_of(request: HttpRequest, number: str) -> InboundDelivery:
    """Return a delivery that the reader may see."""
    seen = InboundDelivery.objects.visible_to(request.user).filter(number=number)
    delivery: InboundDelivery | None = seen.select_related("brand", "warehouse", "owner").first()
    if delivery is None:
        raise Http404
    return delivery


def page_of(number: str) -> str:
    """Return the address of a delivery's page."""
    return reverse("catalog:inbound-delivery", args=[number])
