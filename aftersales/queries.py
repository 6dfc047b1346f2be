"""What the pages of the after-sales desk ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from django.db.models import Count, Prefetch, Q, QuerySet
from django.db.models.functions import Coalesce, Least
from django.utils import timezone

from aftersales.choices import OVER, CaseKind, CaseRefund, CaseStatus, Reason
from aftersales.desk import QUEUES, STANDS_IN
from aftersales.models import Case, CaseLine, ReturnedGoods
from catalog.choices import Platform
from ops_portal.accounts.visibility import Viewer
from ops_portal.lib.models import StateMove
from orders.choices import OrderStatus, waybill_as_kept
from orders.models import Order, Shipment, Shop

PAGE: Final = 50
NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
URGENT_AT: Final = Coalesce(Least("due_at", "platform_due_at"), NEVER)
FACETS: Final = ("queue", "shop", "platform", "type", "reason", "status", "late", "q")
OPEN: Final = ~Q(status__in=sorted(OVER))


@dataclass(frozen=True, slots=True)
class CasePage:
    """A page of the list: its cases, how many stand in each queue, and where the next page begins."""

    cases: Sequence[Case]
    counts: Mapping[str, int]
    shops: Sequence[Shop]
    next_after: str = ""
    chosen: Mapping[str, str] = field(default_factory=dict)


def list_cases(viewer: Viewer, chosen: Mapping[str, str], *, at: datetime, after: str = "") -> CasePage:
    """Return a page of the cases that ``viewer`` may see: of a queue the most urgent first, else the newest first.

    Five statements, however many cases.
    """
    seen: QuerySet[Case] = Case.objects.visible_to(viewer)
    counts = seen.filter(OPEN).aggregate(
        open=Count("pk"),
        late=Count("pk", filter=is_late(at)),
        **{code: Count("pk", filter=standing) for code, standing in STANDS_IN.items()},
    )
    rows, by_urgency = narrowed(seen, chosen, at=at)
    rows = rows.annotate(urgent_at=URGENT_AT)
    key = cursor_of(after)
    if by_urgency:
        rows = rows.order_by("urgent_at", "pk")
        if key:
            rows = rows.filter(Q(urgent_at__gt=key[0]) | Q(urgent_at=key[0], pk__gt=key[1]))
    else:
        rows = rows.order_by("-requested_at", "-pk")
        if key:
            rows = rows.filter(Q(requested_at__lt=key[0]) | Q(requested_at=key[0], pk__lt=key[1]))
    lines = CaseLine.objects.select_related("order_line").order_by("pk")
    rows = rows.select_related("shop", "order", "owner").defer("order__buyer_sealed", "order__phone_key")
    found = list(rows.prefetch_related(Prefetch("lines", lines))[: PAGE + 1])
    next_after = ""
    if len(found) > PAGE:
        last: Any = found[PAGE - 1]
        next_after = f"{(last.urgent_at if by_urgency else last.requested_at).isoformat()}_{last.pk}"
    shops = list(Shop.objects.visible_to(viewer).order_by("code"))
    return CasePage(found[:PAGE], counts, shops, next_after, chosen)


def is_late(at: datetime) -> Q:
    """Return the condition of cases of which one of the clocks has run out."""
    return Q(due_at__lt=at) | Q(platform_due_at__lt=at)


def narrowed(seen: QuerySet[Case], chosen: Mapping[str, str], *, at: datetime) -> tuple[QuerySet[Case], bool]:
    """Return the cases that the filters leave, and whether they are work that waits: then the most urgent is first."""
    queue = chosen.get("queue", "")
    if queue in STANDS_IN:
        seen = seen.filter(STANDS_IN[queue])
    elif queue == "open":
        seen = seen.filter(OPEN)
    if chosen.get("late"):
        seen = seen.filter(OPEN).filter(is_late(at))
    for name, column, known in (
        ("type", "kind", CaseKind.values),
        ("reason", "reason", Reason.values),
        ("status", "status", CaseStatus.values),
        ("platform", "shop__platform", Platform.values),
    ):
        if chosen.get(name) in known:
            seen = seen.filter(**{column: chosen[name]})
    if chosen.get("shop"):
        seen = seen.filter(shop__code=chosen["shop"])
    if chosen.get("q"):
        seen = seen.filter(named(chosen["q"]))
    return seen, bool(queue in STANDS_IN or queue == "open" or chosen.get("late"))


def named(text: str) -> Q:
    """Return the condition of cases that carry a number, whoever gave it: ours, the platform's, the parcel's."""
    text = text.strip()
    cases = Case.objects.order_by().values("pk")
    orders = Order.objects.order_by().values("pk")
    # Each by an index of its own; over an "or" with orders in it, all orders would be read.
    numbered = orders.filter(number=text).union(orders.filter(platform_number=text, undone_at__isnull=True))
    found = cases.filter(Q(number=text) | Q(waybill_number=waybill_as_kept(text))).union(
        cases.filter(source_key=text), cases.filter(order__in=numbered)
    )
    return Q(pk__in=found)


def cursor_of(after: str) -> tuple[datetime, int] | None:
    """Return the place in the list that an address names, or None where it names none."""
    moment, _, pk = after.rpartition("_")
    try:
        at = datetime.fromisoformat(moment)
        return (at if at.tzinfo else timezone.make_aware(at), int(pk))
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Step:
    """A node of a track: ``state`` is done, here, todo or off."""

    label: Any
    state: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CaseView:
    """All that the page of one case shows."""

    case: Case
    lines: Sequence[CaseLine]
    goods: Sequence[ReturnedGoods]
    parcels: Sequence[Shipment]
    others: Sequence[Case]
    goods_track: Sequence[Step]
    money_track: Sequence[Step]
    queue: str
    days_since_delivery: int | None


GOODS_WAY: Final = {
    CaseKind.REFUND_ONLY: (CaseStatus.REQUESTED, CaseStatus.APPROVED, CaseStatus.CLOSED),
    CaseKind.RETURN: (
        CaseStatus.REQUESTED, CaseStatus.APPROVED, CaseStatus.IN_TRANSIT, CaseStatus.RECEIVED, CaseStatus.INSPECTED,
        CaseStatus.CLOSED,
    ),
    CaseKind.INTERCEPT: (
        CaseStatus.IN_TRANSIT, CaseStatus.RECEIVED, CaseStatus.INSPECTED, CaseStatus.CLOSED,
    ),
}  # fmt: skip


def case_view(case: Case, viewer: Viewer, *, at: datetime) -> CaseView:
    """Return what the page of a case shows; ``case`` comes with its shop and order."""
    lines = list(
        CaseLine.objects.filter(case=case).select_related("order_line__sku").order_by("order_line__position")
    )
    goods = list(
        ReturnedGoods.objects.filter(case_line__case=case)
        .select_related("case_line__order_line", "reservation__stock__sku", "reservation__batch")
        .order_by("pk")
    )
    parcels = list(Shipment.objects.filter(order=case.order_id).order_by("pk"))
    others = list(
        Case.objects.visible_to(viewer).filter(order=case.order_id).exclude(pk=case.pk).order_by("pk")[:20]
    )
    moved: dict[tuple[str, str], datetime] = {}
    moves = StateMove.objects.filter(
        document_kind__in=("case", "case_refund"), document_number=case.number
    ).order_by("pk")
    for move in moves:
        moved[move.document_kind, move.to_status] = move.at
    delivered = max((parcel.delivered_at for parcel in parcels if parcel.delivered_at), default=None)
    queue = next((code for code in queue_codes() if stands_in(case, code)), "")
    return CaseView(
        case,
        lines,
        goods,
        parcels,
        others,
        goods_track(case, moved),
        money_track(case, moved),
        queue,
        (case.requested_at - delivered).days if delivered else None,
    )


def next_of(viewer: Viewer, queue: str, *, besides: str) -> str:
    """Return the number of the most urgent case of a queue, leaving one out; nothing where none waits."""
    waiting = Case.objects.visible_to(viewer).filter(STANDS_IN[queue]).exclude(number=besides)
    return waiting.order_by(URGENT_AT, "pk").values_list("number", flat=True).first() or ""


def queue_codes() -> list[str]:
    """Return the codes of the queues of cases."""
    return [queue.code for queue in QUEUES]


def stands_in(case: Case, code: str) -> bool:
    """Tell whether a case that was read stands in a queue, as ``STANDS_IN`` asks the database."""
    if case.status in OVER:
        return False
    place = {CaseStatus.REQUESTED: "case_review", CaseStatus.RECEIVED: "case_inspect"}.get(
        CaseStatus(case.status)
    )
    if place is None:
        place = "case_refund" if case.refund_status == CaseRefund.DUE else "case_parcel"
    return place == code


def goods_track(case: Case, moved: Mapping[tuple[str, str], datetime]) -> list[Step]:
    """Return the nodes of the goods, those that were passed with their times."""
    labels = dict(CaseStatus.choices)
    way = GOODS_WAY[CaseKind(case.kind)]
    if case.status in (CaseStatus.REJECTED, CaseStatus.WITHDRAWN):
        passed = [status for status in way if ("case", status) in moved]
        way = (*passed, CaseStatus(case.status))
    here = way.index(CaseStatus(case.status)) if case.status in way else -1
    return [
        Step(
            labels[status],
            "here" if place == here else "done" if place < here else "todo",
            moved.get(("case", status)),
        )
        for place, status in enumerate(way)
    ]


def money_track(case: Case, moved: Mapping[tuple[str, str], datetime]) -> list[Step]:
    """Return the nodes of the money; none where the case asks for none."""
    if not case.amount:
        return []
    labels = dict(CaseRefund.choices)
    last = CaseRefund.REFUSED if case.refund_status == CaseRefund.REFUSED else CaseRefund.PAID
    skipped = case.refund_status == last and ("case_refund", CaseRefund.DUE) not in moved
    way = (CaseRefund.NONE, last) if skipped else (CaseRefund.NONE, CaseRefund.DUE, last)
    here = way.index(CaseRefund(case.refund_status))
    return [
        Step(
            labels[status],
            "here" if place == here else "done" if place < here else "todo",
            case.requested_at if status == CaseRefund.NONE else moved.get(("case_refund", status)),
        )
        for place, status in enumerate(way)
    ]


def scanned(viewer: Viewer, text: str) -> tuple[Case | None, Order | None]:
    """Return what a scanned number names: a case that waits for its parcel first; or an order called back.

    The order is one that was cancelled on its way and that no case awaits.
    """
    seen = Case.objects.visible_to(viewer).filter(named(text)).select_related("shop", "order")
    cases: list[Case] = list(seen.order_by("-pk")[:20])
    waiting = [case for case in cases if case.status in WAITING]
    if waiting or cases:
        return (waiting or cases)[0], None
    order = (
        Order.objects.visible_to(viewer)
        .filter(pk__in=Shipment.objects.filter(waybill_number=waybill_as_kept(text)).values("order_id"))
        .filter(status=OrderStatus.CANCELLED)
        .order_by("-pk")
        .first()
    )
    return None, order


WAITING: Final = (CaseStatus.RECEIVED, CaseStatus.APPROVED, CaseStatus.IN_TRANSIT)
