"""A warehouse, a shop and orders that were sent out: what a case begins with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from aftersales.choices import CaseKind, Reason
from aftersales.drafts import CaseDraft, CaseLineDraft, GradeDraft, InspectionDraft, PaymentDraft
from aftersales.models import Case, ReturnedGoods
from aftersales.operations.deciding import approve_cases
from aftersales.operations.goods import inspect_cases, receive_cases
from aftersales.operations.opening import open_cases
from aftersales.operations.refunding import refund_cases
from catalog.models import Sku, Warehouse
from catalog.queries.audit import audit_stock
from ops_portal.lib.refusals import Outcome
from orders.choices import OrderStatus
from orders.drafts import ShipmentDraft
from orders.models import Order, OrderLine, Shop
from orders.operations import moving
from orders.operations.placing import place_orders
from tests.factories import ACTOR, NOON, make_shop, make_sku, make_warehouse, order_draft, receive, stock_of

LATER = NOON + timedelta(days=3)


@dataclass
class House:
    """SKU A in the warehouse MAIN, ten units of it, and a shop that sells them at 10.00."""

    warehouse: Warehouse = field(default_factory=lambda: make_warehouse("MAIN"))
    sku: Sku = field(default_factory=lambda: make_sku("A"))
    shop: Shop = field(default_factory=lambda: make_shop("S1"))

    def __post_init__(self) -> None:
        receive(self.sku, 10, warehouse=self.warehouse)

    def order(self, *lines: tuple[Sku, int], until: str = OrderStatus.DELIVERED, **more: object) -> Order:
        """Return an order of two units of A, or of ``lines``, led as far as ``until``."""
        draft = order_draft(self.shop, *(lines or ((self.sku, 2),)), **more)
        pk = place_orders([draft], actor=ACTOR, at=NOON).one().id
        lead(pk, until)
        return Order.objects.get(pk=pk)

    def balances(self, sku: Sku | None = None) -> dict[str, int]:
        """Return the states in which units of the SKU stand."""
        stock = stock_of(sku or self.sku, self.warehouse)
        names = (
            "available", "reserved", "shipped", "sold", "returning", "inspecting", "damaged", "lost",
        )  # fmt: skip
        return {name: getattr(stock, name) for name in names if getattr(stock, name)}


def lead(pk: int, until: str) -> None:
    """Lead an order on to a state of its usual course."""
    steps = {
        OrderStatus.REVIEWED: moving.review_orders,
        OrderStatus.PICKED: moving.pick_orders,
        OrderStatus.PACKED: moving.pack_orders,
        OrderStatus.SHIPPED: lambda ids, **given: moving.ship_orders(
            [ShipmentDraft(ids[0], "SF", f"W{ids[0]}")], **given
        ),
        OrderStatus.DELIVERED: moving.deliver_orders,
        OrderStatus.COMPLETED: moving.complete_orders,
    }
    for step in steps.values():
        if Order.objects.get(pk=pk).status == until:
            return
        step([pk], actor=ACTOR, at=NOON).one()


def case_draft(
    order: Order, *units: int, kind: str = CaseKind.RETURN, amount: Decimal | None = None, **more: object
) -> CaseDraft:
    """Return a case of so many units of the order's first lines; all of them where none are named."""
    lines = list(OrderLine.objects.filter(order=order).order_by("position"))
    counts = units or [line.units for line in lines]
    return CaseDraft(
        order.pk,
        kind,
        str(more.pop("reason", Reason.QUALITY)),
        tuple(
            CaseLineDraft(line.pk, count, amount)
            for line, count in zip(lines, counts, strict=False)
            if count or amount
        ),
        **more,  # type: ignore[arg-type]
    )


def opened(order: Order, *units: int, **more: object) -> Case:
    return open_cases([case_draft(order, *units, **more)], actor=ACTOR, at=LATER).one()


def approved(order: Order, *units: int, **more: object) -> Case:
    return approve_cases([opened(order, *units, **more).pk], actor=ACTOR, at=LATER).one()


def received(order: Order, *units: int, **more: object) -> Case:
    return receive_cases([approved(order, *units, **more).pk], actor=ACTOR, at=LATER).one()


def goods_of(case: Case) -> list[ReturnedGoods]:
    return list(ReturnedGoods.objects.filter(case_line__case=case).order_by("pk"))


def finding(case: Case, **grades: int) -> InspectionDraft:
    """Return a finding that gives the first units of the case the grades, the rest grade A."""
    rows = []
    left = dict(grades)
    for row in goods_of(case):
        given = {}
        room = row.units
        for grade in ("rework", "scrap", "missing"):
            given[grade] = min(room, left.get(grade, 0))
            left[grade] = left.get(grade, 0) - given[grade]
            room -= given[grade]
        rows.append(GradeDraft(row.pk, resell=room, note="opened" if given["rework"] else "", **given))
    return InspectionDraft(case.pk, tuple(rows))


def inspected(case: Case, **grades: int) -> Case:
    return inspect_cases([finding(case, **grades)], actor=ACTOR, at=LATER).one()


def refunded(case: Case, **more: object) -> Case:
    return refund_cases([PaymentDraft(case.pk, **more)], actor=ACTOR, at=LATER).one()  # type: ignore[arg-type]


def codes(outcome: Outcome[Case]) -> list[str]:
    return [refusal.code for _index, refusal in outcome.refused]


def books_agree() -> bool:
    """Tell whether stock, ledger and documents agree."""
    audit = audit_stock()
    assert audit.ok, audit.first_difference
    return True
