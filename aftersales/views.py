"""The pages of the after-sales desk: the list, a case, a new one, and the parcels that come in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from aftersales import forms
from aftersales.choices import (
    RETURN_DAYS,
    SERVICE_LIMIT,
    UNLIMITED,
    CaseKind,
    CaseStatus,
    Liable,
    Reason,
)
from aftersales.desk import QUEUES, STANDS_IN
from aftersales.models import Case
from aftersales.operations.claims import claims_of
from aftersales.operations.deciding import approve_cases, reject_cases, withdraw_cases
from aftersales.operations.goods import inspect_cases, receive_cases, send_back
from aftersales.operations.intercepting import open_intercepted
from aftersales.operations.opening import may_return, open_cases
from aftersales.operations.refunding import NOT_SHIPPED, close_cases, refund_cases, refuse_refunds
from aftersales.queries import FACETS, case_view, list_cases, next_of, scanned, stands_in
from catalog.choices import Platform
from ops_portal.accounts.doors import let_in_staff
from ops_portal.lib.doors.identity import principal_of
from ops_portal.lib.doors.telling import back, told
from ops_portal.lib.refusals import Outcome, Refused
from orders.models import Order

VIEW: Final = "aftersales.use_case_desk"
MOST_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb of a case's page: the operation, who may, and how its form becomes a draft."""

    operation: Callable[..., Outcome[Any]]
    permission: str
    draft: Callable[[Any, Case], Any] = lambda sent, case: case.pk
    asks_reason: bool = False


VERBS: Final[dict[str, Verb]] = {
    "approve": Verb(approve_cases, "aftersales.approve_case"),
    "reject": Verb(reject_cases, "aftersales.approve_case", asks_reason=True),
    "withdraw": Verb(withdraw_cases, "aftersales.open_case", asks_reason=True),
    "send-back": Verb(send_back, "aftersales.open_case", forms.parcel),
    "receive": Verb(receive_cases, "aftersales.receive_case"),
    "inspect": Verb(inspect_cases, "aftersales.inspect_case", forms.finding),
    "refund": Verb(refund_cases, "aftersales.refund_case", forms.payment),
    "refuse-refund": Verb(refuse_refunds, "aftersales.refund_case", asks_reason=True),
    "close": Verb(close_cases, "aftersales.close_case"),
}


def case_of(request: HttpRequest, number: str) -> Case:
    """Return a case that the reader may see, with its shop and order."""
    seen = Case.objects.visible_to(request.user).filter(number=number)
    case: Case | None = seen.select_related("shop", "order", "owner").first()
    if case is None:
        raise Http404
    return case


@require_safe
def cases_page(request: HttpRequest) -> HttpResponse:
    """Show the cases that the reader may see, by queue and filter."""
    let_in_staff(request, VIEW)
    chosen = {name: request.GET[name][:100] for name in FACETS if request.GET.get(name)}
    if not chosen:
        chosen = {"queue": "open"}
    at = timezone.now()
    page = list_cases(request.user, chosen, at=at, after=request.GET.get("after", ""))
    tabs = [
        ("open", _("All open"), page.counts["open"]),
        *((queue.code, queue.label, page.counts[queue.code]) for queue in QUEUES),
        ("all", _("All cases"), None),
    ]
    kept = {name: value for name, value in chosen.items() if name != "queue"}
    context = {
        **admin.site.each_context(request),
        "title": _("After-sales cases"),
        "page": page,
        "at": at,
        "tabs": [
            {
                "code": code,
                "label": label,
                "count": count,
                "address": "?" + urlencode({**kept, "queue": code}),
                "is_here": chosen.get("queue", "all") == code,
            }
            for code, label, count in tabs
        ],
        "chosen": chosen,
        "types": CaseKind.choices,
        "reasons": Reason.choices,
        "statuses": CaseStatus.choices,
        "platforms": Platform.choices,
        "next_page": "?" + urlencode({**chosen, "after": page.next_after}) if page.next_after else "",
        "may_approve": request.user.has_perm("aftersales.approve_case"),
        "limit": None if principal_of(request).may(UNLIMITED) else SERVICE_LIMIT,
        "may_open": request.user.has_perm("aftersales.open_case"),
        "may_receive": request.user.has_perm("aftersales.receive_case"),
    }
    return render(request, "aftersales/cases.html", context)


@require_safe
def case_page(request: HttpRequest, number: str) -> HttpResponse:
    """Show one case: what is asked, both tracks, and the next step."""
    let_in_staff(request, VIEW)
    case = case_of(request, number)
    shown = case_view(case, request.user, at=timezone.now())
    context = {**case_context(request, case), "shown": shown}
    left = request.GET.get("left", "")
    if left in STANDS_IN and left != shown.queue:
        context["next_queue"] = next(queue.label for queue in QUEUES if queue.code == left)
        context["next_number"] = next_of(request.user, left, besides=case.number)
    return render(request, "aftersales/case.html", context)


def case_context(request: HttpRequest, case: Case) -> dict[str, Any]:
    """Return what the pages that work on a case need, beside what it shows."""
    may = {verb.replace("-", "_"): request.user.has_perm(of.permission) for verb, of in VERBS.items()}
    over_limit = case.amount > SERVICE_LIMIT and not principal_of(request).may(UNLIMITED)
    return {
        **admin.site.each_context(request),
        "title": case.number,
        "case": case,
        "may": may,
        "over_limit": over_limit and case.status == CaseStatus.REQUESTED,
        "service_limit": SERVICE_LIMIT,
        "return_days": RETURN_DAYS,
        "liables": Liable.choices,
        "not_shipped": case.order.status in NOT_SHIPPED,
        "ends_order": case.amount + case.order.refund_amount >= case.order.total,
        "order_address": reverse("orders:order", args=[case.order.number]),
        "may_see_order": request.user.has_perm("orders.view_order"),
    }


@require_POST
def act(request: HttpRequest, number: str, verb: str) -> HttpResponse:
    """Do what a button of the case's page says, and return there."""
    let_in_staff(request, VIEW)
    of = VERBS.get(verb)
    if of is None:
        raise Http404
    case = case_of(request, number)
    let_in_staff(request, of.permission)
    options = {"reason": forms.text_of(request.POST, "reason", 500)} if of.asks_reason else {}
    try:
        draft = of.draft(request.POST, case)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        for done in told(request, of.operation, [draft], **options):
            messages.success(request, said_of(done))
    left = next((code for code in STANDS_IN if stands_in(case, code)), "")
    return back(request, reverse("aftersales:case", args=[number]) + (f"?left={left}" if left else ""))


def said_of(case: Case) -> str:
    """Return in a sentence where a case stands now."""
    place = {
        "number": case.number,
        "status": case.get_status_display(),
        "refund": case.get_refund_status_display(),
    }
    if not case.amount:
        return _("%(number)s: %(status)s.") % place
    return _("%(number)s: %(status)s; money: %(refund)s.") % place


@require_POST
def approve_many(request: HttpRequest) -> HttpResponse:
    """Approve the cases that are ticked in the list."""
    let_in_staff(request, "aftersales.approve_case")
    numbers = request.POST.getlist("number")[:MOST_AT_ONCE]
    ids = list(
        Case.objects.visible_to(request.user)
        .filter(number__in=numbers)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    done = told(request, approve_cases, ids)
    if done:
        text = ngettext("%(count)d case approved.", "%(count)d cases approved.", len(done))
        messages.success(request, text % {"count": len(done)})
    return back(request, reverse("aftersales:cases"))


def new_page(request: HttpRequest) -> HttpResponse:
    """Open a case: first the order's number, then what is asked of its lines."""
    let_in_staff(request, "aftersales.open_case")
    text = (request.POST.get("order") or request.GET.get("order") or "").strip()[:60]
    order = order_named(request, text)
    context = {
        **admin.site.each_context(request),
        "title": _("New case"),
        "text": text,
        "order": order,
        "reasons": [choice for choice in Reason.choices if choice[0] != Reason.REFUSED_PARCEL],
        "liables": Liable.choices,
        "sent": request.POST,
    }
    if order is None:
        return render(request, "aftersales/new.html", context)
    claims = claims_of({order.pk: order})[order.pk]
    if request.method == "POST":
        try:
            opened = told(request, open_cases, [forms.new_case(request.POST, claims)])
        except Refused as refused:
            messages.error(request, str(refused))
            opened = []
        if opened:
            return HttpResponseRedirect(reverse("aftersales:case", args=[opened[0].number]))
    returnable = may_return(order)
    context |= {
        "returnable": returnable,
        "freight_left": claims.freight_left,
        "lines": [
            {
                "line": line,
                "units": max(
                    line.units - max(claims.units[line.pk], claims.goods[line.pk] if returnable else 0), 0
                ),
                "amount": claims.left_of(line.pk),
                "sent_units": request.POST.get(f"units-{line.pk}", ""),
                "sent_amount": request.POST.get(f"amount-{line.pk}", ""),
            }
            for line in claims.lines.values()
        ],
        "kind": request.POST.get("kind") or (CaseKind.RETURN if returnable else CaseKind.REFUND_ONLY),
    }
    return render(request, "aftersales/new.html", context)


def order_named(request: HttpRequest, text: str) -> Order | None:
    """Return the order of this number, ours or the platform's, that the reader may see."""
    if not text:
        return None
    seen = Order.objects.visible_to(request.user).filter(undone_at__isnull=True).select_related("shop")
    order: Order | None = (
        seen.filter(number=text).first() or seen.filter(platform_number=text).order_by("-pk").first()
    )
    return order


@require_safe
def parcels_page(request: HttpRequest) -> HttpResponse:
    """Receive and grade a parcel: scan its waybill or the number of its case."""
    let_in_staff(request, "aftersales.receive_case")
    text = request.GET.get("q", "").strip()[:60]
    case, order = scanned(request.user, text) if text else (None, None)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "text": text,
        "order": order,
        "case": case,
    }
    if case is not None:
        context |= case_context(request, case)
        context["shown"] = case_view(case, request.user, at=timezone.now())
    context |= {"title": _("Receive parcels"), "here": reverse("aftersales:parcels")}
    return render(request, "aftersales/parcels.html", context)


@require_POST
def intercepted(request: HttpRequest) -> HttpResponse:
    """Open the case of a parcel that was called back, and go on with it."""
    let_in_staff(request, "aftersales.receive_case")
    number = request.POST.get("order", "")[:60]
    found = Order.objects.visible_to(request.user).filter(number=number).exists()
    done = told(request, open_intercepted, [number]) if found else []
    if not done:
        messages.error(request, _("No parcel of this order is under way back."))
        return HttpResponseRedirect(reverse("aftersales:parcels"))
    return HttpResponseRedirect(reverse("aftersales:parcels") + "?" + urlencode({"q": done[0].number}))
