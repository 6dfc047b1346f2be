"""The track of the goods: sent back, received, inspected by grade."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from aftersales.choices import INSPECT, PAY, CaseKind, CaseRefund, CaseStatus
from aftersales.drafts import GradeDraft, InspectionDraft, SentBackDraft
from aftersales.models import Case, CaseLine, ReturnedGoods
from aftersales.operations.cases import (
    KIND,
    Refusals,
    announce,
    close_settled,
    lines_of,
    move,
    move_refund,
    pick,
    set_clocks,
)
from catalog.operations.returning import (
    GradedPart,
    ReturnItem,
    ReturnRequest,
    grade_returned,
    receive_returned,
)
from ops_portal.desk.operations.pausing import resume_clocks
from ops_portal.lib.principals import Principal, job, operation
from ops_portal.lib.refusals import Outcome, Refused, raise_first
from orders.choices import ORDER_MOVES, OrderStatus, carrier_code, waybill_as_kept
from orders.models import LineComponent, Order
from orders.operations.moving import (
    complete_orders,
    deliver_orders,
    lock_held_units,
    lock_orders,
)

# An order whose goods come back was delivered, whatever its carrier has told, and its sale is over.
SALE_ENDS = job("aftersales.receive_cases")


class NoGoods(Refused):
    """The case is about money only."""

    code = "no_goods"


class WaybillNeeded(Refused):
    """A parcel is known by its carrier and waybill."""

    code = "waybill_needed"


class NotAllGraded(Refused):
    """Inspection accounts for every unit that was received."""

    code = "not_all_graded"


class FindingNeeded(Refused):
    """Whoever books goods as damaged says in what state they are."""

    code = "finding_needed"


def without_goods(case: Case) -> Refused | None:
    """Refuse cases that bring no goods."""
    if case.kind != CaseKind.REFUND_ONLY:
        return None
    return NoGoods(_("%(number)s is “refund only”; nothing comes back."), number=case.number)


@operation
def send_back(drafts: Sequence[SentBackDraft], *, actor: Principal, at: datetime) -> Outcome[Case]:
    """Note in which parcels the goods of approved cases are under way.

    Refuses NoSuchCase, IllegalMove, RoleMayNotMove, NoGoods, WaybillNeeded.
    """
    drafts_of: dict[int, SentBackDraft] = {}
    for draft in reversed(drafts):
        drafts_of[draft.case_id] = draft

    def nameless(case: Case) -> Refused | None:
        if drafts_of[case.pk].waybill_number.strip():
            return None
        return WaybillNeeded(_("Give the number on the parcel's label."), number=case.number)

    found, _cases = pick(
        [draft.case_id for draft in drafts],
        CaseStatus.IN_TRANSIT,
        actor=actor,
        checks=(without_goods, nameless),
    )
    cases = list(found.ready.values())
    for case in cases:
        draft = drafts_of[case.pk]
        case.carrier = carrier_code(draft.carrier)
        case.waybill_number = waybill_as_kept(draft.waybill_number)
    Case.objects.bulk_update(cases, ["carrier", "waybill_number"])
    return found.outcome(move(cases, CaseStatus.IN_TRANSIT, actor=actor, at=at))


@operation
def receive_cases(case_ids: Sequence[int], *, actor: Principal, at: datetime) -> Outcome[Case]:
    """Take the parcels of cases in: their units stand under inspection. The sale of an order not yet over ends.

    Refuses NoSuchCase, IllegalMove, RoleMayNotMove, NoGoods, NothingToReturn.
    """
    found, _cases = pick(case_ids, CaseStatus.RECEIVED, actor=actor, checks=(without_goods,))
    orders = lock_orders(case.order_id for case in found.ready.values())
    lock_held_units(sorted(order.number for order in orders.values()))
    end_sales(orders.values(), at=at)
    indexes = list(found.ready)
    cases = [found.ready[index] for index in indexes]
    requests = requests_of(cases, orders)
    received = receive_returned(requests, actor=actor, at=at)
    for position, refusal in received.refused:
        index = indexes[position]
        found.by_index[index] = refusal
        del found.ready[index]
    goods = [
        ReturnedGoods(
            case_line_id=part.key,
            reservation_id=part.reservation_id,
            units=part.units,
            from_state=part.from_state,
        )
        for parts in received.done
        for part in parts
    ]
    ReturnedGoods.objects.bulk_create(goods)
    done = list(found.ready.values())
    resume_clocks([case for case in done if case.paused_at], kind_code=KIND, actor=actor, at=at)
    set_clocks(done, "case_inspect", INSPECT, at=at)
    Case.objects.bulk_update(done, ["due_at"])
    move(done, CaseStatus.RECEIVED, actor=actor, at=at)
    announce("received", done, actor=actor, at=at)
    return found.outcome(done)


def end_sales(orders: Iterable[Order], *, at: datetime) -> None:
    """Complete locked orders of which goods come back after all."""
    standing = list(orders)
    on_the_way = [order.pk for order in standing if order.status == OrderStatus.SHIPPED]
    delivered = [
        order.pk for order in standing if order.status in (OrderStatus.SHIPPED, OrderStatus.DELIVERED)
    ]
    if on_the_way:
        raise_first(deliver_orders(on_the_way, actor=SALE_ENDS, at=at).refused)
    if delivered:
        raise_first(complete_orders(delivered, actor=SALE_ENDS, at=at).refused)


def requests_of(cases: Sequence[Case], orders: dict[int, Order]) -> list[ReturnRequest]:
    """Return what comes back of each case: a bundle by its components, in the proportion in which they left."""
    lines = lines_of(cases)
    components: dict[int, list[LineComponent]] = {}
    named = [line.order_line_id for of in lines.values() for line in of]
    for part in LineComponent.objects.filter(line__in=named).order_by("line_id", "pk"):
        components.setdefault(part.line_id, []).append(part)
    return [
        ReturnRequest(
            of_kind=ORDER_MOVES.kind,
            of_number=orders[case.order_id].number,
            document_kind=KIND,
            document_number=case.number,
            items=tuple(
                item
                for line in lines[case.pk]
                if line.units
                for item in items_of(line, components.get(line.order_line_id, []))
            ),
        )
        for case in cases
    ]


def items_of(line: CaseLine, components: Sequence[LineComponent]) -> list[ReturnItem]:
    """Return the units of stock for which a line of a case stands."""
    of = line.order_line
    if not components:
        return [ReturnItem(line.pk, of.position, of.sku_id or 0, line.units)]
    return [
        ReturnItem(line.pk, of.position, part.sku_id, part.units // of.units * line.units)
        for part in components
    ]


@operation
def inspect_cases(drafts: Sequence[InspectionDraft], *, actor: Principal, at: datetime) -> Outcome[Case]:
    """Book what inspection found: A can be sold again, B and C are damaged, what is missing is lost.

    Money that is asked and not paid is due then. Refuses NoSuchCase, IllegalMove, RoleMayNotMove, NotAllGraded,
    FindingNeeded.
    """
    found, _cases = pick([draft.case_id for draft in drafts], CaseStatus.INSPECTED, actor=actor)
    goods: dict[int, dict[int, ReturnedGoods]] = {case.pk: {} for case in found.ready.values()}
    rows = ReturnedGoods.objects.filter(case_line__case__in=goods).select_related("case_line", "reservation")
    for row in rows.order_by("pk"):
        goods[row.case_line.case_id][row.pk] = row
    graded: list[tuple[Case, ReturnedGoods, GradeDraft]] = []
    for index, case in list(found.ready.items()):
        refusal = finding_refused(case, drafts[index], goods[case.pk])
        if refusal is not None:
            refuse(found, index, refusal)
            continue
        graded += [(case, goods[case.pk][grade.goods_id], grade) for grade in drafts[index].grades]
        if drafts[index].liable:
            case.liable, case.liability_note = drafts[index].liable, drafts[index].liability_note
    cases = list(found.ready.values())
    lock_orders(case.order_id for case in cases)
    write_grades(graded, actor=actor, at=at)
    for case in cases:
        case.due_at = case.platform_due_at = None
    due = [case for case in cases if case.amount and case.refund_status == CaseRefund.NONE]
    move_refund(due, CaseRefund.DUE, actor=actor, at=at)
    set_clocks(due, "case_refund", PAY, at=at)
    Case.objects.bulk_update(
        cases, ["liable", "liability_note", "refund_status", "due_at", "platform_due_at", "updated_at"]
    )
    done = move(cases, CaseStatus.INSPECTED, actor=actor, at=at)
    announce("inspected", done, actor=actor, at=at)
    close_settled(done, actor=actor, at=at)
    return found.outcome(done)


def refuse(found: Refusals, index: int, refusal: Refused) -> None:
    """Take a case out of those that are worked, and say why."""
    found.by_index[index] = refusal
    del found.ready[index]


def finding_refused(case: Case, draft: InspectionDraft, goods: dict[int, ReturnedGoods]) -> Refused | None:
    """Return why a finding can't be booked, or None."""
    counted = [grade.goods_id for grade in draft.grades]
    whole = sorted(counted) == sorted(goods) and all(
        min(grade.resell, grade.rework, grade.scrap, grade.missing) >= 0
        and grade.resell + grade.rework + grade.scrap + grade.missing == goods[grade.goods_id].units
        for grade in draft.grades
    )
    if not whole:
        detail = _("Grade every unit of %(number)s once: what came, and what is missing.")
        return NotAllGraded(detail, number=case.number)
    if any(grade.rework and not grade.note.strip() for grade in draft.grades):
        detail = _("Say in what state the units of grade B of %(number)s are.")
        return FindingNeeded(detail, number=case.number)
    return None


def write_grades(
    graded: Sequence[tuple[Case, ReturnedGoods, GradeDraft]], *, actor: Principal, at: datetime
) -> None:
    """Write grades on locked cases' goods and move their units in the ledger."""
    for _case, row, grade in graded:
        row.resell, row.rework, row.scrap = grade.resell, grade.rework, grade.scrap
        row.missing, row.note, row.is_graded = grade.missing, grade.note.strip(), True
    ReturnedGoods.objects.bulk_update(
        [row for _case, row, _grade in graded],
        ["resell", "rework", "scrap", "missing", "note", "is_graded"],
    )
    parts = [
        GradedPart(
            key=f"{case.number}:{row.pk}",
            document_kind=KIND,
            document_number=case.number,
            stock_id=row.reservation.stock_id,
            batch_id=row.reservation.batch_id,
            available=row.resell,
            damaged=row.rework + row.scrap,
            lost=row.missing,
            reason=row.note,
        )
        for case, row, _grade in graded
    ]
    grade_returned(parts, actor=actor, at=at)
