"""The days that are over, worked by the agency's people through the product's own operations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from random import Random

from ops_portal.demo.baskets import PlannedLine
from ops_portal.demo.calendar import ZONE, at_hour
from ops_portal.demo.cases import Cases
from ops_portal.demo.numbers import Numbers, line_number
from ops_portal.demo.places import Places
from ops_portal.demo.planning import BACK_AFTER, BACK_BEFORE, UNPAID, Planned
from ops_portal.demo.settlement import by_key
from ops_portal.demo.stocking import Stocking
from ops_portal.demo.vocabulary.places import DAYS_ON_THE_WAY
from ops_portal.demo.vocabulary.words import CANCEL_REASONS, UNPAID_REASON
from ops_portal.lib.principals import Principal, acting_as, system
from ops_portal.lib.refusals import raise_first
from orders.choices import OrderStatus, RefundStatus
from orders.drafts import DiscountDraft, LineDraft, OrderDraft, RefundDraft, ShipmentDraft
from orders.models import Order
from orders.operations.brand_shipping import ship_from_brands
from orders.operations.moving import (
    cancel_orders,
    complete_orders,
    deliver_orders,
    pack_orders,
    pick_orders,
    review_orders,
    ship_orders,
)
from orders.operations.placing import take_in_orders
from orders.operations.refunding import move_refunds
from orders.operations.waiting import serve_waiting_orders

S = OrderStatus
HELD = "held"
AT_BRAND = "at the brand"  # reviewed, and to be shipped from the brand's own warehouse
AT_ONCE = 500  # orders of one batch
DETAILED_DAYS = 8  # before them, a day's orders come in at once
FEW_ORDERS, FEW_DAYS, SELDOM = 2_000, 4, 6  # below so many orders, days before the last few are worked seldom
CASES_EVERY = 6
COMPLETED_LATE = 12  # days after a buyer asked for his money, where the goods did not come back before
LATELY = 200
HELD_BACK = 0.0006  # of all orders: packed a day or two ago, and still here
PARCELS_A_DAY = 0.07  # of all orders: what the warehouses can pack on a day


def line_draft(order: Planned, position: int, line: PlannedLine) -> LineDraft:
    """Return what the platform says of a line."""
    number = line_number(order.shop.platform, order.platform_number, position, len(order.lines))
    discounts = tuple(DiscountDraft(amount, bearer) for amount, bearer in line.discounts)
    title = line.article.title
    return LineDraft(
        line.article.code, line.units, line.price, discounts,
        platform_line_number=number, title=title, is_gift=line.is_gift,
    )  # fmt: skip


class History:
    """Works planned orders day by day. What an order has ``reached`` is kept with it."""

    def __init__(
        self, places: Places, stocking: Stocking, staff: dict[str, Principal], random: Random, orders: int
    ) -> None:
        self.places = places
        self.stocking = stocking
        self.staff = staff
        self.system = system()
        self.random = random
        self.numbers = Numbers(random)
        self.cases = Cases(staff, self.numbers, random)
        self.orders = orders
        self.coming: list[Planned] = []
        self.delivered: list[Planned] = []  # lately
        self.most_parcels = max(3, round(orders * PARCELS_A_DAY))
        few = orders < FEW_ORDERS
        self.every = SELDOM if few else 1
        self.limit = stocking.span.live_from
        self.detailed_from = stocking.span.today - timedelta(days=FEW_DAYS if few else DETAILED_DAYS)
        self.at_work: dict[str, list[Planned]] = defaultdict(list)  # by what they have reached
        self.due: dict[tuple[str, date], list[Planned]] = defaultdict(list)

    def live_through(
        self, days: Sequence[date], orders: Sequence[Planned], tell: Callable[[date], None]
    ) -> None:
        """Work whole days, each in one transaction; what comes in after ``limit`` is left in ``coming``."""
        self.coming = sorted(orders, key=lambda order: order.placed_at, reverse=True)
        for day in days:
            with acting_as(self.system):
                self.stocking.arrive(day - timedelta(days=1), actor=self.staff["warehouse"])
                if day >= self.detailed_from or day.toordinal() % max(CASES_EVERY, self.every) == 0:
                    self.cases.day(day, self.limit)
                if day >= self.detailed_from or day.toordinal() % self.every == 0:
                    self.day(day)
            tell(day)

    def day(self, day: date) -> None:
        """Work one day: orders come in, are reviewed, leave in the afternoon; the rest happens around it."""
        for hour, minute in ((9, 30), (15, 40)) if day >= self.detailed_from else ((15, 40),):
            at = at_hour(day, hour, minute)
            self.take_in(until(self.coming, at), at=at)
            self.serve(at=at)
            self.refund_before_shipping(at=at + timedelta(minutes=5))
            self.review(self.at_work[S.CREATED], at=at + timedelta(minutes=12))
        self.pick(self.at_work[S.REVIEWED], at=at_hour(day, 16, 5))
        self.pack(self.at_work[S.PICKED], at=at_hour(day, 16, 50))
        days_ago = (self.stocking.span.today - day).days
        if days_ago in (1, 2):
            self.hold_back(within_hours=24 * days_ago)
        self.ship_at_brands(self.at_work[AT_BRAND], at=at_hour(day, 17, 20))
        self.ship(self.at_work[S.PACKED], at=at_hour(day, 17, 40))
        steps = (
            ("deliver", 18, 30, self.deliver),
            ("intercept", 18, 50, self.intercept),
            ("ask", 20, 10, self.ask_back),
            ("complete", 22, 0, self.complete),
            ("close", 22, 30, self.close_unpaid),
        )
        for name, hour, minute, work in steps:
            at = at_hour(day, hour, minute)
            if at <= self.limit:
                work(self.due_by(name, day), at=at)
        night = at_hour(day, 23, 58)
        if day >= self.detailed_from and night <= self.limit:
            self.take_in(until(self.coming, at_hour(day + timedelta(days=1), 0)), at=night)

    def due_by(self, name: str, day: date) -> list[Planned]:
        """Take what is due up to a day."""
        days = sorted(due for step, due in self.due if step == name and due <= day)
        return [order for due in days for order in self.due.pop((name, due))]

    def hold_back(self, *, within_hours: int) -> None:
        """Leave some packed parcels of shops with this promise behind, as happens: it runs out today."""
        packed = [order for order in self.at_work[S.PACKED] if order.shop.ship_hours == within_hours]
        packed.sort(key=paid)
        step = max(1, len(packed) // max(2, round(self.orders * HELD_BACK)))
        self.at_work[HELD] += self.take(S.PACKED, packed[::step])

    def take_in(self, orders: Sequence[Planned], *, at: datetime) -> None:
        """Take in what platforms have sold."""
        for batch in batches(orders):
            placed = take_in_orders([self.draft(order) for order in batch], actor=self.system, at=at)
            raise_first(placed.refused)
            for order, done in zip(batch, placed.done, strict=True):
                order.id, order.number, order.reached = done.id, done.number, done.status
                if order.fate == UNPAID:
                    closes = (order.placed_at + timedelta(hours=24)).astimezone(ZONE).date()
                    self.due["close", closes].append(order)
                else:
                    self.at_work[order.reached].append(order)

    def draft(self, order: Planned) -> OrderDraft:
        """Return what the platform says of an order."""
        return OrderDraft(
            self.places.shops[order.shop.code],
            order.platform_number,
            order.placed_at,
            order.paid_at,
            order.buyer.draft(),
            tuple(line_draft(order, place, line) for place, line in enumerate(order.lines, start=1)),
            order.freight,
            remark=order.remark,
        )

    def serve(self, *, at: datetime) -> None:
        """Serve orders that were short; those that can be go to review."""
        waiting = self.at_work[S.SHORT]
        if not waiting:
            return
        served = {order.pk for order in serve_waiting_orders(actor=self.system, at=at).done}
        standing = Order.objects.filter(pk__in=[order.id for order in waiting], status=S.CREATED)
        served |= set(standing.values_list("pk", flat=True))
        self.at_work[S.SHORT] = [order for order in waiting if order.id not in served]
        self.reach([order for order in waiting if order.id in served], S.CREATED)

    def reach(self, orders: Iterable[Planned], status: str) -> None:
        """Keep what orders have reached."""
        for order in orders:
            order.reached = status
            self.at_work[status].append(order)

    def take(self, here: str, orders: Sequence[Planned]) -> list[Planned]:
        """Take ``orders`` off the heap of those that have reached ``here``; refunds under way stay out of it."""
        chosen = {id(order) for order in orders}
        taken = [order for order in self.at_work[here] if id(order) in chosen]
        self.at_work[here] = [order for order in self.at_work[here] if id(order) not in chosen]
        return taken

    def review(self, orders: Sequence[Planned], *, at: datetime) -> None:
        """Pass orders on to picking."""
        taken = self.take(S.CREATED, orders)
        for batch in batches(taken):
            raise_first(review_orders(ids_of(batch), actor=self.staff["operator"], at=at).refused)
        self.reach([order for order in taken if not order.shop.shipped_by], S.REVIEWED)
        self.reach([order for order in taken if order.shop.shipped_by], AT_BRAND)

    def pick(self, orders: Sequence[Planned], *, at: datetime) -> None:
        """Lay the goods together, of as many orders as the warehouses can manage."""
        taken = self.take(S.REVIEWED, sorted(orders, key=paid)[: self.most_parcels])
        for batch in batches(taken):
            raise_first(pick_orders(ids_of(batch), actor=self.staff["warehouse"], at=at).refused)
        self.reach(taken, S.PICKED)

    def pack(self, orders: Sequence[Planned], *, at: datetime) -> None:
        """Close the parcels."""
        taken = self.take(S.PICKED, orders)
        for batch in batches(taken):
            raise_first(pack_orders(ids_of(batch), actor=self.staff["warehouse"], at=at).refused)
        self.reach(taken, S.PACKED)

    def ship(self, orders: Sequence[Planned], *, at: datetime) -> None:
        """Hand the parcels of our floor to carriers."""
        taken = self.take(S.PACKED, orders)
        for batch in batches(taken):
            drafts = [
                ShipmentDraft(order.id, *self.numbers.parcel(wants_sf=order.wants_sf)) for order in batch
            ]
            raise_first(ship_orders(drafts, actor=self.staff["warehouse"], at=at).refused)
        self.leave(taken, at=at)

    def ship_at_brands(self, orders: Sequence[Planned], *, at: datetime) -> None:
        """Let brands tell of the parcels that left their own warehouses."""
        taken = self.take(AT_BRAND, orders)
        for brand in dict.fromkeys(order.shop.shipped_by for order in taken):
            drafts = [
                ShipmentDraft(order.id, *self.numbers.parcel(wants_sf=order.wants_sf))
                for order in taken
                if order.shop.shipped_by == brand
            ]
            raise_first(ship_from_brands(drafts, actor=by_key(brand), at=at).refused)
        self.leave(taken, at=at)

    def leave(self, orders: Iterable[Planned], *, at: datetime) -> None:
        """Let parcels be on their way: most arrive, those that are called back are stopped on the next day."""
        for order in orders:
            order.reached, order.shipped_at = S.SHIPPED, at
            days = DAYS_ON_THE_WAY[order.buyer.province] + self.random.choice((1, 1, 1, 2))
            next_step, after = ("intercept", 1) if order.fate == BACK_BEFORE else ("deliver", days)
            self.due[next_step, at.astimezone(ZONE).date() + timedelta(days=after)].append(order)

    def deliver(self, orders: Sequence[Planned], *, at: datetime) -> None:
        """Note what arrived; the buyer confirms some days later, or the platform does in his place."""
        for batch in batches(orders):
            raise_first(deliver_orders(ids_of(batch), actor=self.system, at=at).refused)
        today = at.astimezone(ZONE).date()
        for order in orders:
            order.reached, order.delivered_at = S.DELIVERED, at
        self.delivered = [*self.delivered, *orders][-LATELY:]
        for order in orders:
            if order.fate == BACK_AFTER:
                self.due["ask", (at + order.back_after).astimezone(ZONE).date() + timedelta(days=1)].append(
                    order
                )
            else:
                days = self.random.choice((1, 2, 3, 4, 5, 6, 7, 7, 7, 10))
                self.due["complete", today + timedelta(days=days)].append(order)

    def complete(self, orders: Sequence[Planned], *, at: datetime) -> None:
        """Close orders; those whose goods came back are closed already."""
        standing = Order.objects.filter(pk__in=ids_of(orders), status=S.DELIVERED)
        still = set(standing.values_list("pk", flat=True))
        for batch in batches([order for order in orders if order.id in still]):
            raise_first(complete_orders(ids_of(batch), actor=self.system, at=at).refused)
        for order in orders:
            order.reached = S.COMPLETED

    def close_unpaid(self, orders: Sequence[Planned], *, at: datetime) -> None:
        """Cancel what nobody paid."""
        self.cancel(orders, UNPAID_REASON, self.system, at=at)

    def cancel(self, orders: Sequence[Planned], reason: str, actor: Principal, *, at: datetime) -> None:
        """Cancel orders."""
        for batch in batches(orders):
            raise_first(cancel_orders(ids_of(batch), actor=actor, at=at, reason=reason).refused)
        for order in orders:
            order.reached = S.CANCELLED

    def refund_before_shipping(self, *, at: datetime) -> None:
        """Give the money back to buyers who changed their minds, and cancel their orders."""
        asking = [
            order
            for status in (S.CREATED, S.REVIEWED, S.SHORT, AT_BRAND)
            for order in self.at_work[status]
            if order.fate == BACK_BEFORE and order.paid_at and order.paid_at + order.back_after <= at
        ]
        # Who asks after the parcel has left is intercepted; all others are caught while their orders wait.
        for status in (S.CREATED, S.REVIEWED, S.SHORT, AT_BRAND):
            self.take(status, asking)
        self.refund(asking, RefundStatus.REQUESTED, actor=self.system, at=at)
        self.refund(asking, RefundStatus.FULLY, actor=self.staff["service"], at=at + timedelta(minutes=4))
        self.cancel(asking, CANCEL_REASONS["before"], self.staff["service"], at=at + timedelta(minutes=5))

    def intercept(self, orders: Sequence[Planned], *, at: datetime) -> None:
        """Call parcels back whose buyers asked for their money after the parcel had left."""
        self.refund(orders, RefundStatus.REQUESTED, actor=self.system, at=at)
        self.refund(orders, RefundStatus.FULLY, actor=self.staff["service"], at=at + timedelta(minutes=20))
        self.cancel(orders, CANCEL_REASONS["intercept"], self.staff["service"], at=at + timedelta(minutes=21))
        self.cases.intercepted(orders, at=at + timedelta(minutes=25))

    def ask_back(self, orders: Sequence[Planned], *, at: datetime) -> None:
        """Let buyers ask for their money back, or bring the goods; what comes of it the cases know."""
        self.cases.ask(orders, at=at)
        for order in orders:
            self.due["complete", at.astimezone(ZONE).date() + timedelta(days=COMPLETED_LATE)].append(order)

    def refund(
        self, orders: Sequence[Planned], status: RefundStatus, *, actor: Principal, at: datetime
    ) -> None:
        """Move orders on the refund axis."""
        for batch in batches(orders):
            drafts = [
                RefundDraft(
                    order.id, status, order.total if status == RefundStatus.FULLY else 0 * order.total
                )
                for order in batch
            ]
            raise_first(move_refunds(drafts, actor=actor, at=at).refused)


def until(coming: list[Planned], at: datetime) -> list[Planned]:
    """Take the orders placed before ``at`` from the end of ``coming``, where the oldest stand."""
    found = []
    while coming and coming[-1].placed_at < at:
        found.append(coming.pop())
    return found


def paid(order: Planned) -> tuple[datetime, str]:
    """Return by what orders stand in line."""
    return order.paid_at or order.placed_at, order.platform_number


def ids_of(orders: Iterable[Planned]) -> list[int]:
    """Return what the tables call them."""
    return [order.id for order in orders]


def batches(orders: Sequence[Planned]) -> Iterable[Sequence[Planned]]:
    """Yield ``orders`` in batches; none where there are none."""
    for start in range(0, len(orders), AT_ONCE):
        yield orders[start : start + AT_ONCE]
