"""The triage console: a queue, one item of it, all that belongs to it; every action by one key, and by a button."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, cast
from urllib.parse import parse_qsl, urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog.models import Brand
from feedback import queries
from feedback.choices import (
    CUSTOMER,
    Channel,
    CloseReason,
    ItemStatus,
    ItemType,
    Mark,
    Priority,
    RejectReason,
    Topic,
)
from feedback.desk import ACTING, NEW, WAITING
from feedback.drafts import AnswerDraft, LinkDraft, TriageDraft
from feedback.models import FeedbackItem
from feedback.operations.sorting import link_items, triage_items
from feedback.operations.working import (
    answer_items,
    close_items,
    pause_items,
    reject_items,
    reopen_items,
    resume_items,
    take_items,
)
from feedback.rulebook import RULES, traditional
from ops_portal.accounts.models import User
from ops_portal.desk.queries.papers import name_of
from ops_portal.lib.doors.identity import principal_of
from ops_portal.lib.doors.retry import retried
from ops_portal.lib.refusals import Refused
from orders.models import Order, Shop

SEE, WORK = "feedback.view_feedbackitem", "feedback.work_feedbackitem"
# After these the next item comes by itself; and so an item stands then.
ENDS = {"answer": ItemStatus.REPLIED, "close": ItemStatus.CLOSED, "reject": ItemStatus.REJECTED}
# What moves an item within its queue, or out of it.
LEADS_ON = frozenset({*ENDS, "sort"})
MOST_CHOICES = 200


def reader_of(request: HttpRequest) -> User:
    """Return the person in front of the page."""
    return cast(User, request.user)


@require_safe
def triage(request: HttpRequest) -> HttpResponse:
    """Show a queue and one of its items; at most 12 statements. Parts of it alone for htmx."""
    if not request.user.has_perm(SEE):
        raise PermissionDenied
    at = timezone.now()
    filters = queries.chosen(request.GET)
    start = request.GET.get("after", "")[:21]
    part = request.headers.get("HX-Target", "") if request.headers.get("HX-Request") else ""
    if part == "triage-more":
        page = queries.page_of(reader_of(request), filters, at=at, start=start)
        return render(request, "feedback/rows.html", {"page": page, **shared(filters, "")})
    number = request.GET.get("item", "")[:21]
    if part == "triage-work":
        return render(request, "feedback/work.html", work_of(request, filters, number))
    context = console(request, filters, number)
    if part == "triage":
        return render(request, "feedback/triage.html", context)
    context |= {**admin.site.each_context(request), "title": _("Triage"), **choices_of(request)}
    return render(request, "feedback/console.html", context)


@require_safe
def record(request: HttpRequest, number: str) -> HttpResponse:
    """Show owner, clocks, notes and course of one item, and what people corrected of it."""
    if not request.user.has_perm(SEE):
        raise PermissionDenied
    ticket = FeedbackItem.objects.visible_to(request.user).standing().filter(number=number).first()
    if ticket is None:
        raise Http404
    labels = {name: dict(values.choices) for name, values in SORTED.items()}
    rows = list(ticket.corrections.order_by("pk"))
    people = names_of(each.actor for each in rows)
    corrections = [
        {
            "field": FIELD_NAMES[each.field],
            "was": labels[each.field].get(each.from_value, each.from_value),
            "now": labels[each.field].get(each.to_value, each.to_value),
            "actor": people[each.actor],
            "at": each.at,
        }
        for each in ticket.corrections.order_by("pk")
    ]
    context = {"item": ticket, "corrections": corrections}
    return render(request, "feedback/record.html", context)


def names_of(actors: Iterable[str]) -> dict[str, str]:
    """Return who acted, by the key that is recorded, as colleagues call them: one statement, none where nobody did."""
    keys = set(actors)
    usernames = {key.partition(":")[2] for key in keys if key.startswith("person:")}
    people = (
        {user.username: str(user) for user in User.objects.filter(username__in=usernames)} if keys else {}
    )
    return {key: name_of(key, people) for key in keys}


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """Show the rules by which feedback is screened and sorted."""
    if not request.user.has_perm(SEE):
        raise PermissionDenied
    labels = {"screening": _("Screening"), "priority": _("Priority"), "type": _("Type"), "topic": _("Topic")}
    values: dict[str, Any] = {
        name: str(label)
        for enum in (Mark, Priority, ItemType, Topic, ItemStatus)
        for name, label in enum.choices
    }
    shown = traditional if (get_language() or "") == "zh-hant" else str
    groups = [
        (
            label,
            [
                (rule, values.get(rule.value, rule.value), [shown(word) for word in rule.words])
                for rule in RULES
                if rule.decides == decides
            ],
        )
        for decides, label in labels.items()
    ]
    context = {**admin.site.each_context(request), "title": _("Rules of screening"), "groups": groups}
    return render(request, "feedback/rules.html", context)


@require_POST
def act(request: HttpRequest, number: str) -> HttpResponse:
    """Do what the form says with one item, and show the console as it then is: the next item after an end."""
    if not request.user.has_perm(WORK):
        raise PermissionDenied
    user, at = reader_of(request), timezone.now()
    if not FeedbackItem.objects.visible_to(user).standing().filter(number=number).exists():
        raise Http404
    filters = queries.chosen(dict(parse_qsl(request.POST.get("list", "")[:2000])))
    verb = request.POST.get("verb", "")
    if verb not in VERBS:
        raise Http404
    following = following_of(request, filters, number, at=at) if verb in LEADS_ON else number
    said: dict[str, Any] = {}
    try:
        retried(VERBS[verb])(request, number, actor=principal_of(request), at=at)
    except Refused as refused:
        refusal, kept = str(refused), request.POST.get("text", "")
    else:
        refusal = kept = ""
        if verb in ENDS:
            said = {"number": number, "status": dict(ItemStatus.choices)[ENDS[verb]]}
            number = following
    address = f"{reverse('feedback:triage')}?{urlencode({**filters, 'item': number} if number else filters)}"
    if request.headers.get("HX-Request"):
        context = {**console(request, filters, number), "refusal": refusal, "kept": kept, "said": said}
        if verb == "sort":
            context["following"] = following
        shown = render(request, "feedback/triage.html", context)
        shown.headers["HX-Push-Url" if said else "HX-Replace-Url"] = address
        return shown
    if refusal:
        messages.error(request, refusal)
    return HttpResponseRedirect(address)


def following_of(request: HttpRequest, filters: dict[str, str], number: str, *, at: datetime) -> str:
    """Return which item comes after this one: as it was before this one got another priority, else as it is."""
    user, known = reader_of(request), request.POST.get("following", "")[:21]
    if known and queries.narrowed(user, filters, at=at).filter(number=known).exists():
        return known
    return queries.next_number(user, filters, number, at=at)


def console(request: HttpRequest, filters: dict[str, str], number: str) -> dict[str, Any]:
    """Return the queue and the item that is open in it."""
    at = timezone.now()
    user = reader_of(request)
    counts = queries.waiting(user, filters, at=at)
    labels = {NEW: _("To triage"), ACTING: _("In hand"), WAITING: _("Waiting"), queries.ALL: _("All")}
    queues = [
        (code, label, counts.get(code), urlencode({**filters, "queue": code}))
        for code, label in labels.items()
    ]
    return {
        "page": queries.page_of(user, filters, at=at, start=request.GET.get("after", "")[:21]),
        "queues": queues,
        "most": queries.MOST_COUNTED,
        **work_of(request, filters, number),
    }


def work_of(request: HttpRequest, filters: dict[str, str], number: str) -> dict[str, Any]:
    """Return the open item with its context; nothing where none is chosen or it isn't the reader's to see."""
    ticket = queries.ticket_of(request.user, number) if number else None
    may_work = ticket is not None and request.user.has_perm(WORK)
    answers = may_work and ticket is not None and ItemStatus.REPLIED in ticket.moves
    return {
        "ticket": ticket,
        "gone": bool(number) and ticket is None,
        "may_work": may_work,
        "texts": queries.frequent_texts(reader_of(request), ticket.item) if answers and ticket else [],
        "types": ItemType.choices,
        "topics": Topic.choices,
        "priorities": Priority.choices,
        "customer": CUSTOMER,
        "close_reasons": CloseReason.choices,
        "reject_reasons": RejectReason.choices,
        **shared(filters, number),
    }


def shared(filters: dict[str, str], number: str) -> dict[str, Any]:
    """Return what every part of the console needs to link within itself."""
    return {"filters": filters, "list": urlencode(filters), "number": number}


def choices_of(request: HttpRequest) -> dict[str, Any]:
    """Return what the filters offer: two statements."""
    shops = Shop.objects.visible_to(request.user).order_by("code").values_list("code", "name")
    brands = Brand.objects.visible_to(request.user).order_by("code").values_list("code", "name")
    return {
        "shops": list(shops[:MOST_CHOICES]),
        "brands": list(brands[:MOST_CHOICES]),
        "channels": Channel.choices,
        "statuses": ItemStatus.choices,
        "marks": [each for each in Mark.choices if each[0]],
    }


SORTED = {"type": ItemType, "topic": Topic, "priority": Priority}
FIELD_NAMES = {
    "type": gettext_lazy("type"),
    "topic": gettext_lazy("topic"),
    "priority": gettext_lazy("priority"),
}


def _sort(request: HttpRequest, number: str, **given: Any) -> Any:
    values = {name: request.POST[name] for name in SORTED if request.POST.get(name)}
    return triage_items([TriageDraft(number, **values)], **given).one()


def _answer(request: HttpRequest, number: str, **given: Any) -> Any:
    seen = request.POST.get("seen", "")
    draft = AnswerDraft(
        number,
        request.POST.get("text", ""),
        seen=int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 10 else None,
    )
    return answer_items([draft], **given).one()


def _link(request: HttpRequest, number: str, **given: Any) -> Any:
    asked = request.POST.get("order", "").strip()[:60]
    seen = Order.objects.visible_to(request.user).filter(undone_at__isnull=True)
    order = seen.filter(number=asked).first() or seen.filter(platform_number=asked).order_by("-pk").first()
    if order is None:
        raise NoSuchOrder(_("There is no order %(order)s that you may see."), order=asked)
    return link_items([LinkDraft(number, order_id=order.pk)], **given).one()


class NoSuchOrder(Refused):
    """No order that the reader may see has the number."""

    code = "no_such_order"
    status_code = 404


def _with_reason(operation: Callable[..., Any], field: str) -> Callable[..., Any]:
    def do(request: HttpRequest, number: str, **given: Any) -> Any:
        return operation([number], reason=request.POST.get(field, "")[:200], **given).one()

    return do


def _plain(operation: Callable[..., Any]) -> Callable[..., Any]:
    def do(request: HttpRequest, number: str, **given: Any) -> Any:
        return operation([number], **given).one()

    return do


VERBS: dict[str, Callable[..., Any]] = {
    "take": _plain(take_items),
    "sort": _sort,
    "answer": _answer,
    "close": _with_reason(close_items, "reason"),
    "reject": _with_reason(reject_items, "reason"),
    "reopen": _with_reason(reopen_items, "reason"),
    "pause": _with_reason(pause_items, "reason"),
    "resume": _plain(resume_items),
    "link": _link,
}
