"""Returns: asked for, decided, sent back, inspected, paid, each on its day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from random import Random

from aftersales.choices import CaseKind, CaseStatus, Liable, Reason
from aftersales.drafts import (
    CaseDraft,
    CaseLineDraft,
    GradeDraft,
    InspectionDraft,
    PaymentDraft,
    SentBackDraft,
)
from aftersales.models import Case, ReturnedGoods
from aftersales.operations.deciding import approve_cases, reject_cases, withdraw_cases
from aftersales.operations.goods import inspect_cases, receive_cases, send_back
from aftersales.operations.intercepting import open_intercepted
from aftersales.operations.opening import open_cases
from aftersales.operations.refunding import refund_cases
from ops_portal.demo.calendar import ZONE, at_hour
from ops_portal.demo.numbers import Numbers
from ops_portal.demo.planning import Planned
from ops_portal.demo.vocabulary.goods import DEFECTIVE
from ops_portal.demo.vocabulary.words import (
    CASE_WORDS,
    DEFECT_WORDS,
    REJECT_WORDS,
    REWORK_WORDS,
    WITHDRAW_WORDS,
)
from ops_portal.lib.principals import Principal, system
from ops_portal.lib.refusals import raise_first
from orders.models import OrderLine

RETURNS = {"apparel": 0.86, "cosmetics": 0.5, "food": 0.1}  # the others only want the money
ONE_LINE = 0.45  # of several lines, only one comes back
REJECTED, WITHDRAWN = 0.04, 0.03
REWORKED, SCRAPPED = 0.07, 0.05
# When on a day what is done; a day's cases of one step are one batch.
HOURS = {"approve": (10, 20), "send": (11, 30), "receive": (14, 0), "inspect": (15, 30), "pay": (16, 40)}


class Cases:
    """The desk of returns. What is due is kept by step and day."""

    def __init__(self, staff: dict[str, Principal], numbers: Numbers, random: Random) -> None:
        self.staff = staff
        self.system = system()
        self.numbers = numbers
        self.random = random
        self.due: dict[str, dict[date, list[int]]] = defaultdict(lambda: defaultdict(list))
        self.steps: dict[str, Callable[..., None]] = {
            "approve": self.decide,
            "send": self.send,
            "receive": self.receive,
            "inspect": self.inspect,
            "pay": self.pay,
        }

    def ask(self, orders: Sequence[Planned], *, at: datetime, sent: bool = True) -> None:
        """Let buyers ask: of orders that were sent, for goods and money; of the others, for money."""
        tomorrow = at.astimezone(ZONE).date() + timedelta(days=1)
        self.due["approve"][tomorrow] += self.open(orders, at=at, sent=sent)

    def open(
        self, orders: Sequence[Planned], *, at: datetime, sent: bool = True, wants: str = ""
    ) -> list[int]:
        """Open a case for each order and return their ids."""
        if not orders:
            return []
        lines: dict[int, list[OrderLine]] = defaultdict(list)
        found = OrderLine.objects.filter(order__in=[order.id for order in orders])
        for line in found.order_by("order_id", "position"):
            lines[line.order_id].append(line)
        drafts = [self.draft(order, lines[order.id], sent=sent, wants=wants, at=at) for order in orders]
        cases = open_cases(drafts, actor=self.system, at=at)
        raise_first(cases.refused)
        return [case.pk for case in cases.done]

    def draft(
        self, order: Planned, lines: Sequence[OrderLine], *, sent: bool, wants: str, at: datetime
    ) -> CaseDraft:
        """Return what a buyer asks for, and why."""
        random = self.random
        returns = sent and random.random() < RETURNS[order.category]
        wants = wants or (CaseKind.RETURN if returns else CaseKind.REFUND_ONLY)
        paid = [line for line in lines if line.amount]
        some = [random.choice(paid)] if sent and len(paid) > 1 and random.random() < ONE_LINE else list(lines)
        words = CASE_WORDS[order.category]
        reason, liable, _weight, said = random.choices(words, [word[2] for word in words])[0]
        description = random.choice(said)
        if not sent:
            reason, liable, description = Reason.NO_LONGER_WANTED, Liable.BUYER, "拍错了，还没发货，直接退款"
        elif any(line.sku_code == DEFECTIVE for line in some):
            reason, liable, description = Reason.QUALITY, Liable.BRAND, random.choice(DEFECT_WORDS)
        return CaseDraft(
            order.id,
            wants,
            reason,
            tuple(
                CaseLineDraft(line.pk, line.units) for line in some if wants == CaseKind.RETURN or line.amount
            ),
            order.freight if len(some) == len(lines) and liable != Liable.BUYER else 0 * order.freight,
            description,
            liable,
            requested_at=at,
        )

    def intercepted(self, orders: Sequence[Planned], *, at: datetime) -> None:
        """Await the parcels of orders that were called back."""
        if not orders:
            return
        cases = open_intercepted([order.number for order in orders], actor=self.system, at=at).done
        for case in cases:
            self.later("receive", case.pk, at, 2, 5)

    def later(self, step: str, case_id: int, at: datetime, least: int, most: int) -> None:
        """Leave a case to a later day."""
        day = at.astimezone(ZONE).date() + timedelta(days=self.random.randint(least, most))
        self.due[step][day].append(case_id)

    def day(self, day: date, limit: datetime) -> None:
        """Do what is due up to ``day``, each step at its hour, unless that is after ``limit``."""
        for step, work in self.steps.items():
            at = at_hour(day, *HOURS[step])
            if at > limit:
                return
            ids = [pk for due in sorted(self.due[step]) if due <= day for pk in self.due[step][due]]
            self.due[step] = defaultdict(list, {due: pks for due, pks in self.due[step].items() if due > day})
            if ids:
                work(ids, at=at)

    def decide(self, case_ids: Sequence[int], *, at: datetime) -> None:
        """Approve most, reject a few; a few are withdrawn."""
        random, actor = self.random, self.staff["aftersales"]
        chance = {pk: random.random() for pk in case_ids}
        rejected = [pk for pk in case_ids if chance[pk] < REJECTED]
        withdrawn = [pk for pk in case_ids if REJECTED <= chance[pk] < REJECTED + WITHDRAWN]
        approved = [pk for pk in case_ids if chance[pk] >= REJECTED + WITHDRAWN]
        if rejected:
            reason = random.choice(REJECT_WORDS)
            raise_first(reject_cases(rejected, actor=actor, at=at, reason=reason).refused)
        if withdrawn:
            reason = random.choice(WITHDRAW_WORDS)
            raise_first(withdraw_cases(withdrawn, actor=actor, at=at, reason=reason).refused)
        done = approve_cases(approved, actor=actor, at=at)
        raise_first(done.refused)
        for case in done.done:
            returns = case.kind == CaseKind.RETURN
            self.later("send" if returns else "pay", case.pk, at, int(returns), 2 if returns else 1)

    def send(self, case_ids: Sequence[int], *, at: datetime) -> None:
        """Let buyers hand their parcels to a carrier."""
        drafts = [SentBackDraft(pk, *self.numbers.parcel()) for pk in case_ids]
        raise_first(send_back(drafts, actor=self.staff["aftersales"], at=at).refused)
        for pk in case_ids:
            self.later("receive", pk, at, 2, 4)

    def receive(self, case_ids: Sequence[int], *, at: datetime) -> None:
        """Take parcels in; they are opened on the next day."""
        raise_first(receive_cases(case_ids, actor=self.staff["warehouse"], at=at).refused)
        for pk in case_ids:
            self.later("inspect", pk, at, 1, 1)

    def inspect(self, case_ids: Sequence[int], *, at: datetime) -> None:
        """Grade what came: most of it can be sold again."""
        goods: dict[int, list[GradeDraft]] = defaultdict(list)
        rows = ReturnedGoods.objects.filter(case_line__case__in=case_ids).select_related("case_line")
        for row in rows.order_by("pk"):
            goods[row.case_line.case_id].append(self.grade(row))
        drafts = [InspectionDraft(pk, tuple(goods[pk])) for pk in case_ids]
        inspected = inspect_cases(drafts, actor=self.staff["warehouse"], at=at)
        raise_first(inspected.refused)
        for case in inspected.done:
            if case.status == CaseStatus.INSPECTED:
                self.later("pay", case.pk, at, 0, 2)

    def grade(self, row: ReturnedGoods) -> GradeDraft:
        """Return the grade of some units."""
        chance = self.random.random()
        if chance < REWORKED:
            return GradeDraft(row.pk, rework=row.units, note=self.random.choice(REWORK_WORDS))
        if chance < REWORKED + SCRAPPED:
            return GradeDraft(row.pk, scrap=row.units, note="已污损，无法二次销售")
        return GradeDraft(row.pk, resell=row.units)

    def pay(self, case_ids: Sequence[int], *, at: datetime) -> None:
        """Give the money back."""
        due = set(Case.objects.filter(pk__in=case_ids, amount__gt=0).values_list("pk", flat=True))
        drafts = [
            PaymentDraft(pk, f"TK{at:%Y%m%d}{self.random.randrange(10**6):06d}")
            for pk in case_ids
            if pk in due
        ]
        raise_first(refund_cases(drafts, actor=self.staff["aftersales"], at=at).refused)
