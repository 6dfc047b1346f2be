"""A night in the warehouse, swept every ten minutes: the alerts are right and not repeated, also by two at once."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from catalog.choices import OWN, AlertStatus, StockDocumentKind, StockState
from catalog.drafts import StockDocumentDraft, StockLineDraft
from catalog.mailing import tell_teams
from catalog.models import BatchStock, Sku, StockAlert
from catalog.operations.alerting import AcknowledgeDraft, acknowledge_alerts, sweep_alerts
from catalog.operations.documents import post_stock_documents
from catalog.operations.limits import LimitDraft, set_limits
from catalog.operations.reserving import ReservationItem, ReservationRequest, reserve_stock
from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import User
from ops_portal.desk.models import Membership, Team
from ops_portal.lib.testing import race
from tests.factories import ACTOR, make_sku, make_warehouse, receive

DUSK = datetime(2026, 11, 11, 12, 0, tzinfo=UTC)  # 20:00 in Shanghai
MIDNIGHT = datetime(2026, 11, 11, 16, 0, tzinfo=UTC)
SWEEPS = 72  # every ten minutes until 8:00
GOODS = 24


@dataclass
class Standing:
    """What the night's own book says of one SKU: plain Python, sharing nothing with the code that is tested."""

    sku: Sku
    low: int
    high: int
    units: int = 0
    low_is_on: bool = False
    out_is_on: bool = False
    over_is_on: bool = False

    def look(self) -> Counter[str]:
        """Return how many alerts of each kind a sweep opens now; by ones, tenths and nothing else."""
        opened: Counter[str] = Counter()
        tenth = -(-self.low // 10)
        if self.out_is_on and self.units >= min(self.low, 1 + tenth):
            self.out_is_on = False
        if self.low_is_on and self.units >= self.low + max(1, tenth):
            self.low_is_on = False
        if self.over_is_on and self.units <= self.high - max(1, -(-self.high // 10)):
            self.over_is_on = False
        if self.units == 0 and not self.out_is_on:
            self.out_is_on = True
            opened["out"] += 1
        if 0 < self.units < self.low and not self.low_is_on and not self.out_is_on:
            self.low_is_on = True
            opened["low"] += 1
        if self.units > self.high and not self.over_is_on:
            self.over_is_on = True
            opened["over"] += 1
        return opened

    @property
    def on(self) -> set[str]:
        pairs = (("low", self.low_is_on), ("out", self.out_is_on), ("over", self.over_is_on))
        return {kind for kind, is_on in pairs if is_on}


class Night:
    """Orders, receipts and losses by chance, and two batches whose last day ends at midnight."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.place = make_warehouse("NIGHT")
        self.book = [Standing(make_sku(f"N{n}"), low=(n % 4) * 10 + 5, high=80 + n) for n in range(GOODS)]
        limits = [LimitDraft(each.sku.code, "NIGHT", each.low, each.high) for each in self.book]
        set_limits(limits, actor=ACTOR, at=DUSK)
        for each in self.book:
            self.comes(each, each.low + self.chance.randrange(30), DUSK)
        self.perishable = make_sku("MILK", tracks_batches=True)
        Sku.objects.filter(pk=self.perishable.pk).update(near_days=2, ship_days=1)
        for batch, days in (("B0", 1), ("B1", 3)):
            day = DUSK.date() + timedelta(days=days)
            receive(self.perishable, 9, warehouse=self.place, batch=batch, expires_on=day, at=DUSK)
        self.orders = 0

    def comes(self, each: Standing, units: int, at: datetime) -> None:
        receive(each.sku, units, warehouse=self.place, at=at)
        each.units += units

    def ten_minutes(self, at: datetime) -> None:
        """Let a dozen things happen."""
        for _event in range(12):
            each = self.chance.choice(self.book)
            what = self.chance.random()
            if what < 0.75:
                self.sell(each, self.chance.randrange(1, 9), at)
            elif what < 0.9:
                self.comes(each, self.chance.choice((1, 2, 40, 90)), at)
            elif each.units:
                self.lose(each, min(each.units, self.chance.randrange(1, 20)), at)

    def sell(self, each: Standing, units: int, at: datetime) -> None:
        self.orders += 1
        items = (ReservationItem(1, each.sku.pk, units),)
        request = ReservationRequest("order", f"NIGHT{self.orders}", (self.place.pk,), items)
        if reserve_stock([request], actor=ACTOR, at=at).done:
            each.units -= units

    def lose(self, each: Standing, units: int, at: datetime) -> None:
        line = StockLineDraft(
            each.sku.pk, self.place.pk, OWN, units, StockState.AVAILABLE, StockState.OUTSIDE
        )
        paper = StockDocumentDraft(StockDocumentKind.ADJUSTMENT, (line,))
        post_stock_documents([paper], actor=ACTOR, at=at).one()
        each.units -= units


def standing_alerts() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for alert in StockAlert.objects.exclude(status=AlertStatus.CLOSED).select_related("sku", "batch"):
        found.setdefault(alert.batch.code if alert.batch else alert.sku.code, set()).add(alert.kind)
    return found


def listeners() -> None:
    user = User.objects.create_user(
        "night", roles=[Role.OPERATIONS_MANAGER], is_staff=True, email="night@example.com"
    )
    team = Team.objects.create(code="night", name="Night", queues=["alerts_stock", "alerts_dates"])
    Membership.objects.create(team=team, user=user)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_alerts_of_a_night_are_right_at_each_of_72_sweeps_and_told_once(seed):
    listeners()
    night = Night(seed)
    told = 0
    opened_by_kind: Counter[str] = Counter()
    for number in range(SWEEPS):
        at = DUSK + timedelta(minutes=10 * number)
        night.ten_minutes(at)
        swept = sweep_alerts(actor=ACTOR, at=at)
        expected = sum((each.look() for each in night.book), Counter())
        opened = Counter(StockAlert.objects.filter(number__in=swept.opened).values_list("kind", flat=True))
        opened_by_kind += opened
        assert {kind: opened[kind] for kind in ("low", "out", "over")} == {
            kind: expected[kind] for kind in ("low", "out", "over")
        }
        past = at >= MIDNIGHT
        alerts = standing_alerts()
        assert (alerts.pop("B0", None), alerts.pop("B1", None)) == (
            ({"stop_sale"}, {"near_expiry"}) if past else ({"near_expiry"}, None)
        )
        assert alerts == {each.sku.code: each.on for each in night.book if each.on}
        told += tell_teams(actor=ACTOR, at=at)
        if swept.opened and number % 3 == 0:  # somebody is awake now and then
            acknowledge_alerts([AcknowledgeDraft(swept.opened[0], "seen")], actor=ACTOR, at=at)
        assert sweep_alerts(actor=ACTOR, at=at).opened == ()
        assert tell_teams(actor=ACTOR, at=at) == 0
    assert min(opened_by_kind[kind] for kind in ("low", "out", "over")) > 5  # the night was worth the test
    assert (opened_by_kind["near_expiry"], opened_by_kind["stop_sale"]) == (2, 1)
    lines = [line for message in mail.outbox for line in message.body.splitlines() if "·" in line]
    assert len(lines) == sum(opened_by_kind.values())
    assert told == len(mail.outbox) <= SWEEPS


def out_of_stock(many: int) -> None:
    for n in range(many):
        make_sku(f"R{n}")
    make_warehouse("W")
    set_limits([LimitDraft(f"R{n}", "W", 5) for n in range(many)], actor=ACTOR, at=DUSK)


def sweep_now():
    return len(sweep_alerts(actor=ACTOR, at=timezone.now()).opened)


@pytest.mark.django_db(transaction=True)
def test_four_sweeps_at_once_open_each_of_200_alerts_once():
    out_of_stock(200)
    answers = race([sweep_now] * 4)
    assert sorted(answers) == [0, 0, 0, 200]
    assert StockAlert.objects.count() == 200


@pytest.mark.django_db(transaction=True)
def test_four_tellers_at_once_tell_each_alert_once():
    listeners()
    out_of_stock(20)
    sweep_now()
    answers = race([lambda: tell_teams(actor=ACTOR, at=timezone.now())] * 4)
    assert sorted(answers) == [0, 0, 0, 1]


LOOK_THEN_WRITE = """
    INSERT INTO catalog_stockalert
        (number, kind, sku_id, warehouse_id, status, units, opened_at, note, updated_at)
    SELECT gen_random_uuid()::text::varchar(30), 'out', l.sku_id, l.warehouse_id, 'open', 0, now(), '', now()
    FROM catalog_stocklimit l, pg_sleep(0.3)
    WHERE NOT EXISTS (
        SELECT FROM catalog_stockalert a WHERE a.sku_id = l.sku_id AND a.status <> 'closed'
    )
"""


def look_then_write():
    with connection.cursor() as cursor:
        cursor.execute(LOOK_THEN_WRITE)
        return cursor.rowcount


@pytest.mark.django_db(transaction=True)
def test_the_control_that_looks_and_writes_without_lock_and_constraint_opens_them_twice():
    out_of_stock(20)
    drop = "DROP INDEX alert_once"
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'alert_once'")
        (definition,) = cursor.fetchone()
        cursor.execute(drop)
    try:
        answers = race([look_then_write] * 2)
        assert sum(answers) == StockAlert.objects.count() == 40
    finally:
        StockAlert.objects.all()._raw_delete("default")
        with connection.cursor() as cursor:
            cursor.execute(definition)


@pytest.mark.django_db(transaction=True)
def test_the_constraint_alone_stops_the_second_of_two_who_do_not_wait():
    out_of_stock(20)
    answers = race([look_then_write] * 2)
    assert sorted(type(answer).__name__ for answer in answers) == ["IntegrityError", "int"]
    assert StockAlert.objects.count() == 20


@pytest.mark.django_db
def test_units_of_the_night_are_those_of_the_ledger():
    night = Night(5)
    night.ten_minutes(DUSK)
    for each in night.book:
        assert each.sku.stock.get().available == each.units
    assert BatchStock.objects.count() == 2
