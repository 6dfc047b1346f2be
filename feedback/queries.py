"""What the triage console asks: a page of a queue, how much waits in each, one ticket with all that belongs to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import Count, F, Prefetch, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.db.models.functions import Length

from catalog.models import Brand
from feedback.choices import ITEM_MOVES, OPEN, Channel, ItemStatus, ItemType, Mark, Priority, Topic
from feedback.desk import ACTING, IN_QUEUE, NEW, WAITING
from feedback.models import Answer, FeedbackItem
from feedback.rules import Reason, reasons
from ops_portal.accounts.visibility import Viewer
from orders.models import Order, OrderLine, Shop

ALL: Final = "all"
QUEUES: Final = (NEW, ACTING, WAITING, ALL)
MOST_COUNTED: Final = 999
PAGE: Final = 30
# Texts of all items are searched as far back as this; those of open ones without limit.
SEARCHED: Final = timedelta(days=90)
CHOICES: Final = {
    "priority": Priority,
    "type": ItemType,
    "topic": Topic,
    "channel": Channel,
    "status": ItemStatus,
    "mark": Mark,
}
CODED: Final[dict[str, Any]] = {"shop": Shop, "brand": Brand}
NAMES: Final = ("queue", "owner", *CHOICES, "shop", "brand", "rating", "q")


def chosen(given: Mapping[str, str]) -> dict[str, str]:
    """Return the filters of an address that can be read; what can't is left out."""
    found = {name: given[name][:100] for name in NAMES if given.get(name) and "\0" not in given[name]}
    for name, values in CHOICES.items():
        if found.get(name) not in values.values:
            found.pop(name, None)
    if found.get("rating") not in ("1", "2", "3", "4", "5"):
        found.pop("rating", None)
    if found.get("queue") not in QUEUES:
        found["queue"] = ALL if "status" in found or "mark" in found else NEW
    return found


def narrowed(user: Viewer, filters: Mapping[str, str], *, at: datetime) -> QuerySet[Any]:
    """Return the items that the filters of ``chosen`` ask for, of those that ``user`` may see."""
    items = FeedbackItem.objects.visible_to(user).standing()
    if filters["queue"] != ALL:
        items = items.filter(IN_QUEUE[filters["queue"]], status__in=OPEN)
    exact = {name: filters[name] for name in (*CHOICES, "rating") if name in filters}
    exact |= {f"{name}__code": filters[name] for name in ("shop", "brand") if name in filters}
    items = items.filter(**exact)
    if filters.get("owner") == "me":
        items = items.filter(owner=user)
    elif filters.get("owner") == "nobody":
        items = items.filter(owner=None)
    words = filters.get("q", "").strip()
    if words:
        if words[:1] in "Ff" and words[1:].isdecimal():
            return items.filter(number=words.upper())
        if filters["queue"] == ALL:
            items = items.filter(received_at__gte=at - SEARCHED)
        items = items.filter(Q(text__icontains=words) | Q(order_reference=words) | Q(order__number=words))
    return items


def ordering_of(filters: Mapping[str, str]) -> tuple[str, ...]:
    """Return in which sequence a queue is worked: the urgent first, and then the oldest; all items newest first."""
    return ("-received_at", "-pk") if filters["queue"] == ALL else ("priority", "received_at", "pk")


def after(items: QuerySet[Any], ordering: tuple[str, ...], number: str) -> QuerySet[Any]:
    """Return the rest of a list behind the item of this number, whether or not it still stands in the list."""
    names = [name.lstrip("-").replace("pk", "id") for name in ordering]
    place = FeedbackItem.objects.filter(number=number).values_list(*names).first()
    if place is None:
        return items
    further = TupleLessThan if ordering[0].startswith("-") else TupleGreaterThan
    return items.filter(further(Tuple(*(F(name) for name in names)), place))


@dataclass(slots=True)
class Page:
    """A page of a queue. ``more`` is the number after which the next begins, empty where there is none."""

    items: list[FeedbackItem]
    more: str


def page_of(user: Viewer, filters: Mapping[str, str], *, at: datetime, start: str = "") -> Page:
    """Return one page of a queue: one statement, one for where it begins, one for each code in the filters."""
    ordering = ordering_of(filters)
    items = narrowed(user, filters, at=at)
    for name, model in CODED.items():
        if name in filters:  # as ids too: of these it is known how many items each has
            ids = model.objects.filter(code=filters[name]).values_list("pk", flat=True)
            items = items.filter(**{f"{name}__in": list(ids)})
    if start:
        items = after(items, ordering, start)
    found = list(items.select_related("shop", "owner", "brand").order_by(*ordering)[: PAGE + 1])
    return Page(found[:PAGE], found[PAGE - 1].number if len(found) > PAGE else "")


def next_number(user: Viewer, filters: Mapping[str, str], number: str, *, at: datetime) -> str:
    """Return which item follows one in its queue; the first of the queue where none does, or nothing."""
    ordering = ordering_of(filters)
    items = narrowed(user, filters, at=at).exclude(number=number).order_by(*ordering)
    behind = after(items, ordering, number).values_list("number", flat=True)[:1]
    return next(iter(behind), "") or next(iter(items.values_list("number", flat=True)[:1]), "")


def waiting(user: Viewer, filters: Mapping[str, str], *, at: datetime) -> dict[str, int]:
    """Return how many items wait in each queue under the other filters, no further than can be shown: one statement."""
    texts: list[str] = []
    params: list[Any] = []
    for queue in (NEW, ACTING, WAITING):
        part = narrowed(user, {**filters, "queue": queue}, at=at).order_by().values("pk")[: MOST_COUNTED + 1]
        if part.query.is_empty():  # a reader to whom nothing is granted
            return dict.fromkeys((NEW, ACTING, WAITING), 0)
        sql, own = part.query.sql_with_params()
        texts.append(f"(SELECT count(*) FROM ({sql}) AS part)")
        params.extend(own)
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(texts), params)
        return dict(zip((NEW, ACTING, WAITING), cursor.fetchone(), strict=True))


@dataclass(slots=True)
class Ticket:
    """One item with what belongs to it, as the reader may see it."""

    item: FeedbackItem
    answers: list[Answer]
    related: list[FeedbackItem]
    reasons: list[Reason]
    order: Order | None = None
    lines: list[OrderLine] = field(default_factory=list)
    moves: frozenset[str] = frozenset()

    @property
    def follow_ups(self) -> list[FeedbackItem]:
        """Return the item that this one follows up, or those that follow it up."""
        return [each for each in self.related if self._is_follow_up(each)]

    @property
    def duplicates(self) -> list[FeedbackItem]:
        """Return the items that say the same."""
        return [each for each in self.related if self._is_duplicate(each)]

    @property
    def others(self) -> list[FeedbackItem]:
        """Return what else the customer said, or others said of the SKU."""
        return [
            each for each in self.related if not self._is_follow_up(each) and not self._is_duplicate(each)
        ]

    def _is_follow_up(self, other: FeedbackItem) -> bool:
        return other.follow_up_of_id == self.item.pk or other.pk == self.item.follow_up_of_id

    def _is_duplicate(self, other: FeedbackItem) -> bool:
        return other.original_id == self.item.pk or other.pk == self.item.original_id


MOST_RELATED: Final = 12
# Texts that were sent more than once among the latest answers are offered again.
ANSWERS_READ: Final = 2000
MOST_OFFERED, LONGEST_OFFERED = 9, 500


def frequent_texts(user: Viewer, item: FeedbackItem) -> list[str]:
    """Return what the reader's colleagues answer most, first on the item's topic: one statement."""
    latest = Answer.objects.order_by("-pk").values("pk")[:ANSWERS_READ]
    texts = (
        Answer.objects.visible_to(user)
        .filter(pk__in=latest)
        .annotate(length=Length("text"))
        .filter(length__lte=LONGEST_OFFERED)
        .values("text")
        .annotate(times=Count("pk"), near=Count("pk", filter=Q(item__topic=item.topic)))
        .filter(times__gte=2)
        .order_by("-near", "-times", "text")
    )
    return [each["text"] for each in texts[:MOST_OFFERED]]


def ticket_of(user: Any, number: str) -> Ticket | None:
    """Return the item of this number with its context, or None where the reader may not see it: 4 statements."""
    seen = FeedbackItem.objects.visible_to(user).standing()
    related = ("shop", "brand", "sku__product", "owner", "order__shop")
    lines = OrderLine.objects.order_by("position")
    item = (
        seen.filter(number=number)
        .select_related(*related)
        .prefetch_related(
            Prefetch("answers", Answer.objects.select_related("author").order_by("pk")),
            Prefetch("order__lines", lines),
        )
        .first()
    )
    if item is None:
        return None
    order = item.order if item.order_id and user.has_perm("orders.view_order") else None
    return Ticket(
        item=item,
        answers=list(item.answers.all()),
        related=related_to(item, seen),
        reasons=reasons(item.why),
        order=order,
        lines=list(order.lines.all()) if order else [],
        moves=frozenset(ITEM_MOVES.moves.get(item.status, {})),
    )


def related_to(item: FeedbackItem, seen: QuerySet[Any]) -> list[FeedbackItem]:
    """Return follow-ups, duplicates, and what else the customer or others of the SKU said, the newest first."""
    links = [Q(follow_up_of=item.pk), Q(original=item.pk)]
    if item.follow_up_of_id or item.original_id:
        links.append(Q(pk__in=[pk for pk in (item.follow_up_of_id, item.original_id) if pk]))
    if item.customer_id:
        links.append(Q(customer=item.customer_id))
    if item.sku_id:
        links.append(Q(sku=item.sku_id, received_at__gte=item.received_at - SEARCHED))
    parts = [
        seen.filter(link).exclude(pk=item.pk).order_by("-received_at", "-pk").values("pk")[:MOST_RELATED]
        for link in links
    ]
    first, *rest = parts
    found = (
        FeedbackItem.objects.filter(pk__in=first.union(*rest, all=True))
        if rest
        else FeedbackItem.objects.none()
    )
    return list(found.order_by("-received_at", "-pk")[: 2 * MOST_RELATED])
