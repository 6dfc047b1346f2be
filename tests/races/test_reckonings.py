"""Sweeps and decisions about stock at once; each lock alone, without the constraint behind it, and without it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from threading import Event as Event_

import pytest
from django.db import connection

from catalog.models import (
    ChannelSku,
    ChannelStock,
    ChannelStockRule,
    CountPlan,
    DailyDemand,
    Replenishment,
    StockAlert,
    StockLimit,
    Stocktake,
)
from catalog.operations.alerting import AcknowledgeDraft, acknowledge_alerts
from catalog.operations.channel_stock import (
    PendingDraft,
    RuleDraft,
    drop_rules,
    leave_stale,
    set_pending,
    set_rules,
    show_stock,
    tell_again,
    write_shown,
)
from catalog.operations.limits import LimitDraft, compute_limits, set_limits
from catalog.operations.purchasing import approve_replenishments, dismiss_replenishments
from catalog.operations.replenishing import suggest_replenishment
from catalog.operations.reserving import ReservationItem, ReservationRequest, reserve_for_new
from catalog.operations.stocktaking import open_planned_stocktakes
from catalog.queries.channel_stock import codes_of
from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import User
from ops_portal.lib.models import StateMove
from ops_portal.lib.principals import acting_as
from ops_portal.lib.refusals import Outcome
from ops_portal.lib.testing import race
from ops_portal.outbox.models import Endpoint, Event
from tests.catalog.counts import House
from tests.catalog.listings import codes
from tests.catalog.test_channel_stock import offer
from tests.factories import ACTOR, NOON, make_shop, make_sku, make_warehouse, receive
from tests.races.test_alert_night import out_of_stock, sweep_now
from tests.races.test_replenishment import wanting
from tests.races.unlocked import Unlocked, lingering

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def without(index: str, *models) -> Iterator[None]:
    """Take a unique index away, and put it back when the rows that broke it are gone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [index])
        (definition,) = cursor.fetchone()
        cursor.execute(f"DROP INDEX {index}")
    try:
        yield
    finally:
        for model in models:
            model.objects.all()._raw_delete("default")
        with connection.cursor() as cursor:
            cursor.execute(definition)


@pytest.mark.parametrize("locks", [True, False])
def test_the_lock_of_the_sweep_alone_keeps_two_from_opening_an_alert_twice(locks):
    out_of_stock(40)
    runners = [lingering(sweep_now, "INSERT INTO catalog_stockalert")] * 2
    if not locks:
        runners = [*map(Unlocked("set_config..work_mem"), runners)]
    with without("alert_once", StockAlert):
        answers = race(runners)
        assert sorted(answers) == ([0, 40] if locks else [40, 40])


@pytest.mark.parametrize("locks", [True, False])
def test_the_lock_of_the_reckoning_alone_keeps_two_from_suggesting_twice(locks):
    wanting()
    suggest = lingering(
        lambda: suggest_replenishment(actor=ACTOR, at=NOON), "INSERT INTO catalog_replenishment"
    )
    runners = [suggest] * 2
    if not locks:
        runners = [*map(Unlocked('FROM "catalog_replenishment".*FOR NO KEY UPDATE'), runners)]
    with without("replenishment_once", Replenishment):
        answers = race(runners)
        assert all(isinstance(answer, Outcome) for answer in answers), answers
        assert sorted(len(answer.done) for answer in answers) == ([0, 1] if locks else [1, 1])


@pytest.mark.parametrize("locks", [True, False])
@pytest.mark.parametrize("other", [approve_replenishments, dismiss_replenishments])
def test_one_suggestion_is_decided_on_by_two_at_once(other, locks):
    """Without the lock both decide on what nobody has decided on. What was approved may still be dismissed."""
    wanting()
    number = suggest_replenishment(actor=ACTOR, at=NOON).one().number
    runners = [
        lambda: approve_replenishments([number], actor=ACTOR, at=NOON),
        lambda: other([number], actor=ACTOR, at=NOON),
    ]
    if not locks:
        runners = [*map(Unlocked('FROM "catalog_replenishment".*FOR NO KEY UPDATE'), runners)]
    answers = race(runners)
    assert all(isinstance(answer, Outcome) for answer in answers), answers
    moves = StateMove.objects.filter(document_number=number).exclude(from_status="")
    said = list(moves.order_by("pk").values_list("from_status", "to_status"))
    if not locks:
        assert ([codes(answer) for answer in answers], len(said)) == ([[], []], 2)
        assert {here for here, _there in said} == {"proposed"}
    elif said == [("proposed", "approved"), ("approved", "dismissed")]:
        assert [codes(answer) for answer in answers] == [[], []]
    else:
        assert (sorted(codes(answer) for answer in answers), len(said)) == ([[], ["illegal_move"]], 1)


@pytest.mark.parametrize("locks", [True, False])
def test_a_suggestion_is_approved_while_it_is_overtaken(locks):
    """Without the lock both happen: what was approved is overtaken, and nobody gets it."""
    wanting()
    number = suggest_replenishment(actor=ACTOR, at=NOON).one().number
    DailyDemand.objects.update(units=30)
    runners = [
        lambda: approve_replenishments([number], actor=ACTOR, at=NOON),
        lambda: suggest_replenishment(actor=ACTOR, at=NOON),
    ]
    if not locks:
        runners = [*map(Unlocked('FROM "catalog_replenishment".*FOR NO KEY UPDATE'), runners)]
    answers = race(runners)
    assert all(isinstance(answer, Outcome) for answer in answers), answers
    moves = list(
        StateMove.objects.filter(document_number=number)
        .exclude(from_status="")
        .values_list("to_status", flat=True)
    )
    assert (
        sorted(moves) in (["approved"], ["overtaken"])
        if locks
        else sorted(moves) == ["approved", "overtaken"]
    )


class Shown:
    """Ten units of tea that a shop shows, and a connector of ours that hears of them."""

    def __init__(self) -> None:
        self.warehouse, self.sku, self.shop = make_warehouse("MAIN"), make_sku("TEA"), make_shop("S1")
        receive(self.sku, 10, warehouse=self.warehouse)
        with acting_as(ACTOR):
            owner = User.objects.create_user("connector", roles=[Role.OPERATIONS_MANAGER])
            Endpoint.objects.create(
                owner=owner,
                url="https://example.org/hook",
                secret_sealed=b"x",
                created_at=NOON,
                updated_at=NOON,
            )
            offer(self.shop, self.sku)
        leave_stale([self.sku.pk])
        self.show()

    def show(self):
        return show_stock(actor=ACTOR, at=NOON)

    def tell_again(self):
        return tell_again(["S1"], actor=ACTOR, at=NOON)

    def sell(self, units: int) -> None:
        request = ReservationRequest("order", f"N{units}", (), (ReservationItem(1, self.sku.pk, units),))
        reserve_for_new([request], actor=ACTOR, at=NOON).one()

    def shown(self) -> int:
        return ChannelStock.objects.get().units

    def told(self) -> list[int]:
        """Return what the connector heard, in the sequence of the numbers on the messages."""
        events = Event.objects.filter(kind="channel_stock.changed").order_by("sequence")
        return [event.facts["units"] for event in events]


def test_four_sweeps_at_once_tell_the_shop_once():
    shown = Shown()
    shown.sell(4)
    answers = race([shown.show] * 4)
    assert sorted(answers) == [0, 0, 0, 1]
    assert (shown.shown(), shown.told()) == (6, [10, 6])


@pytest.mark.parametrize("locks", [True, False])
def test_a_sweep_that_lingers_does_not_write_over_what_a_newer_one_found(locks):
    """The control reckons without the sweep's marks and lock: what it read before the sale is written after it."""
    shown = Shown()
    shown.sell(1)  # what the first sweep is for
    looked, newer_is_done = Event_(), Event_()

    def reckon():
        with acting_as(ACTOR):
            return len(write_shown(codes_of([shown.sku.pk]), at=NOON))

    act = shown.show if locks else reckon

    def lingering():
        def look(execute, sql, params, many, context):
            answer = execute(sql, params, many, context)
            if "catalog_stockhold h" in sql:  # the stock is read by now
                looked.set()
                newer_is_done.wait(0.5 if locks else 20)
            return answer

        with connection.execute_wrapper(look):
            return act()

    def newer():
        looked.wait(20)
        shown.sell(3)
        answer = act()
        newer_is_done.set()
        return answer

    assert race([lingering, newer]) == [1, 1]
    assert shown.shown() == (6 if locks else 9)


def test_what_is_told_once_more_is_never_older_than_what_was_told_last():
    """While the numbers of a shop are told again, a sweep finds another: that is the last that the shop hears."""
    shown = Shown()
    looked, swept = Event_(), Event_()

    def again():
        def look(execute, sql, params, many, context):
            answer = execute(sql, params, many, context)
            if 'FROM "catalog_channelstock"' in sql and '"units"' in sql:
                looked.set()
                swept.wait(1)
            return answer

        with connection.execute_wrapper(look):
            return shown.tell_again()

    def sweep():
        looked.wait(20)
        shown.sell(4)
        answer = shown.show()
        swept.set()
        return answer

    answers = race([again, sweep])
    assert not [answer for answer in answers if isinstance(answer, BaseException)], answers
    assert (shown.shown(), shown.told()[-1]) == (6, 6)


@pytest.mark.parametrize("locks", [True, False])
def test_what_a_platform_says_of_one_code_at_two_moments_at_once(locks):
    """Without the lock the older word is written over the newer one."""
    shown = Shown()
    older, newer = NOON - timedelta(minutes=9), NOON - timedelta(minutes=1)

    def say(units, as_of):
        return lambda: set_pending([PendingDraft("S1", "S1-TEA", units, as_of)], actor=ACTOR, at=NOON)

    runners = [say(2, newer), say(7, older)]
    if not locks:
        runners = [*map(Unlocked('FROM "catalog_channelsku".*FOR NO KEY UPDATE'), runners)]
    answers = race(runners)
    if locks:
        assert codes(answers[0]) == []
        assert codes(answers[1]) in ([], ["older_than_known"])
        assert ChannelSku.objects.get().pending_units == 2
    else:
        assert [codes(answer) for answer in answers] == [[], []]
    assert shown.shown() == 10


def test_rules_of_a_shop_are_set_and_dropped_in_any_sequence_at_once():
    """Neither waits for the other for ever, and what is left is one rule of a SKU or none."""
    make_shop("S1")
    skus = [make_sku(f"R{number:03}") for number in range(120)]
    drafts = [RuleDraft("S1", sku.code, Decimal("0.5")) for sku in skus]
    set_rules(drafts, actor=ACTOR, at=NOON)
    # Written once more from the last to the first, they lie on the disk in another sequence than by SKU.
    for draft in reversed(drafts):
        set_rules([replace(draft, share=Decimal("0.4"))], actor=ACTOR, at=NOON)
    runners = [
        lambda given=given, verb=verb: verb(given, actor=ACTOR, at=NOON)
        for _turn in range(3)
        for given, verb in ((drafts, set_rules), (drafts[::-1], drop_rules))
    ]
    answers = race(runners)
    assert all(isinstance(answer, Outcome) for answer in answers), answers
    assert ChannelStockRule.objects.count() in (0, 120)


@pytest.mark.parametrize("locks", [True, False])
def test_planned_stocktakes_are_opened_by_two_at_once(locks):
    """Without the lock both see that nothing was opened today, and one finds nothing left to count."""
    house = House("NORTH")
    CountPlan.objects.create(warehouse=house.warehouse)
    runners = [lambda: open_planned_stocktakes(actor=ACTOR, at=NOON)] * 2
    if not locks:
        runners = [*map(Unlocked('FROM "catalog_stocktake" WHERE'), runners)]
    answers = race(runners)
    if locks:
        assert sorted(len(answer) for answer in answers) == [0, 1]
        assert Stocktake.objects.count() == 1
    else:
        assert [type(answer).__name__ for answer in answers if not isinstance(answer, list)] == [
            "NothingToCount"
        ]


@pytest.mark.parametrize("locks", [True, False])
def test_a_person_sets_a_limit_while_it_is_reckoned(locks):
    """Whichever comes first: what the person set stands, since a reckoning leaves it alone."""
    wanting()
    set_limits([LimitDraft("A", "MAIN", 3, 9, is_computed=True)], actor=ACTOR, at=NOON)
    runners = [
        lambda: set_limits([LimitDraft("A", "MAIN", 7, 70)], actor=ACTOR, at=NOON),
        lambda: compute_limits(actor=ACTOR, at=NOON),
    ]
    answers = race(runners)
    assert isinstance(answers[0], Outcome)
    assert isinstance(answers[1], int)
    limit = StockLimit.objects.get()
    assert (limit.low, limit.high, limit.is_computed) == (7, 70, False)


@pytest.mark.parametrize("locks", [True, False])
def test_one_alert_is_acknowledged_by_two_at_once(locks):
    """Without the lock both are told that it is theirs, and the note of one is written over that of the other."""
    out_of_stock(1)
    sweep_now()
    number = StockAlert.objects.get().number
    runners = [
        lambda note=note: acknowledge_alerts([AcknowledgeDraft(number, note)], actor=ACTOR, at=NOON)
        for note in ("ordered", "on its way")
    ]
    if not locks:
        runners = [*map(Unlocked('FROM "catalog_stockalert".*FOR NO KEY UPDATE'), runners)]
    answers = race(runners)
    assert all(isinstance(answer, Outcome) for answer in answers), answers
    assert sorted(codes(answer) for answer in answers) == ([[], ["illegal_move"]] if locks else [[], []])
