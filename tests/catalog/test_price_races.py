"""Two at once with one price change, one SKU's price, one time; each with its control."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from threading import Barrier, Event

import pytest

from catalog.drafts import PriceChangeDraft, PriceDraft
from catalog.models import Channel, Price, Sku
from catalog.operations import price_changes, price_deciding, prices
from catalog.operations.price_changes import draft_prices, propose_prices, submit_price_changes
from catalog.operations.price_deciding import approve_price_changes, end_price_changes
from catalog.operations.prices import PeriodTaken, set_prices
from catalog.queries.prices import prices_at
from ops_portal.accounts.choices import Role
from ops_portal.lib import states
from ops_portal.lib.models import StateMove
from ops_portal.lib.principals import acting_as
from ops_portal.lib.refusals import Outcome
from ops_portal.lib.testing import race
from tests.catalog.listings import codes, person
from tests.factories import ACTOR, NOON, make_shop, make_sku

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)
LATER = NOON + HOUR
D = Decimal
LOCKS = pytest.mark.parametrize("locks", [True, False])


@pytest.fixture
def people():
    """A SKU at 10.00 with a floor of 8 in a shop; who asks, and two who approve."""
    make_shop("S1")
    make_sku("A")
    with acting_as(ACTOR):
        Sku.objects.update(floor_price=D(8))
    return (
        person("lin", Role.ONSITE_OPERATOR),
        person("mei", Role.OPERATIONS_MANAGER),
        person("su", Role.PRODUCT_SUPERVISOR),
    )


def wish(amount, **more):
    return PriceChangeDraft((("A", D(amount)),), "S1", reason="x", **more)


def without_locks(monkeypatch, *, documents=True):
    """Let both look before either writes."""

    def look_at_skus(asked):
        return {sku.code: sku for sku in Sku.objects.filter(code__in=set(asked))}

    def look_at_documents(found, numbers):
        return {each.number: each for each in found.filter(number__in=set(numbers))}

    monkeypatch.setattr(price_changes, "lock_skus", look_at_skus)
    monkeypatch.setattr(prices, "lock_skus", look_at_skus)
    if documents:
        monkeypatch.setattr(states, "lock_numbered", look_at_documents)


def together(monkeypatch, module, name):
    """Let nobody go on from a step before both have come to it."""
    pair, step = Barrier(2), getattr(module, name)

    def wait(*given, **more):
        pair.wait(20)
        return step(*given, **more)

    monkeypatch.setattr(module, name, wait)


def moves_to(status):
    return StateMove.objects.filter(document_kind="price_change", to_status=status).count()


@LOCKS
def test_one_change_is_approved_by_two_at_once(monkeypatch, people, locks):
    """Without the locks both are told that they approved it."""
    lin, mei, su = people
    number = propose_prices([wish("7")], actor=lin, at=NOON).one().number
    if not locks:
        without_locks(monkeypatch)
        together(monkeypatch, price_deciding, "decide")
    answers = race(
        [lambda actor=actor: approve_price_changes([number], actor=actor, at=LATER) for actor in (mei, su)]
    )
    assert all(isinstance(answer, Outcome) for answer in answers), answers
    assert sorted(codes(answer) for answer in answers) == ([[], ["illegal_move"]] if locks else [[], []])
    assert moves_to("applied") == (1 if locks else 2)


@LOCKS
def test_a_change_is_approved_while_the_price_is_set_elsewhere(monkeypatch, people, locks):
    """Without the lock of the SKU the approval writes over a price that nobody who approved has seen."""
    lin, mei, _su = people
    number = propose_prices([wish("7")], actor=lin, at=NOON).one().number
    checked, was_set = Event(), Event()
    decide = price_deciding.decide

    def decide_late(*given, **more):
        checked.set()
        was_set.wait(2)
        return decide(*given, **more)

    def set_elsewhere():
        checked.wait(20)
        answer = set_prices([PriceDraft("A", D("9.50"), "S1")], actor=ACTOR, at=LATER)
        was_set.set()
        return answer

    monkeypatch.setattr(price_deciding, "decide", decide_late)
    if not locks:
        without_locks(monkeypatch, documents=False)
    answers = race([lambda: approve_price_changes([number], actor=mei, at=LATER), set_elsewhere])
    assert [codes(answer) for answer in answers] == [[], []]
    shop = Channel.objects.get(code="S1")
    held = prices_at([Sku.objects.get(code="A").pk], shop.pk, LATER)
    assert list(held.values()) == [D("9.50") if locks else D("7.00")]


@LOCKS
def test_two_special_prices_of_one_time_are_asked_for_at_once(monkeypatch, people, locks):
    """Without the lock of the SKU it has two special prices at the same time."""
    lin, mei, _su = people
    if not locks:
        without_locks(monkeypatch)
        together(monkeypatch, prices, "record_prices")
    wishes = [(lin, wish("9", until=LATER)), (mei, wish("8.5", until=LATER + HOUR))]
    answers = race(
        [
            lambda actor=actor, each=each: propose_prices([each], actor=actor, at=NOON)
            for actor, each in wishes
        ]
    )
    assert not any(isinstance(answer, PeriodTaken) for answer in answers)
    assert sorted(codes(answer) for answer in answers) == ([[], ["period_taken"]] if locks else [[], []])
    assert Price.objects.exclude(until=None).count() == (1 if locks else 2)


@LOCKS
def test_one_draft_is_submitted_twice_at_once(monkeypatch, people, locks):
    lin, _mei, _su = people
    number = draft_prices([wish("7")], actor=lin, at=NOON).one().number
    if not locks:
        without_locks(monkeypatch)
        together(monkeypatch, price_changes, "due_of")
    answers = race([lambda: submit_price_changes([number], actor=lin, at=LATER)] * 2)
    assert sorted(codes(answer) for answer in answers) == ([[], ["illegal_move"]] if locks else [[], []])
    assert moves_to("waiting") == (1 if locks else 2)


@LOCKS
def test_one_special_price_is_ended_by_two_at_once(monkeypatch, people, locks):
    lin, mei, _su = people
    number = propose_prices([wish("9", until=LATER)], actor=lin, at=NOON).one().number
    if not locks:
        without_locks(monkeypatch)
        together(monkeypatch, price_deciding, "unable_to_end")
    answers = race(
        [
            lambda actor=actor: end_price_changes([number], actor=actor, at=NOON + HOUR / 2)
            for actor in (lin, mei)
        ]
    )
    assert sorted(codes(answer) for answer in answers) == ([[], ["illegal_move"]] if locks else [[], []])
    assert moves_to("ended") == (1 if locks else 2)
