"""One signed message comes several times at once."""

from __future__ import annotations

import pytest
from django.utils import timezone

from catalog.models import StockMessage, StockSnapshot, Warehouse
from catalog.operations import stock_messages
from catalog.operations.stock_messages import MessageDraft, ToldLine, renew_stock_secret, take_stock_message
from ops_portal.lib.testing import race
from tests.catalog.test_mirror_doors import mirrored
from tests.factories import ACTOR, make_sku, receive

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def _sender() -> None:
    place = mirrored("CLOUD")
    receive(make_sku("A"), 10, warehouse=place)
    renew_stock_secret(place.pk, actor=ACTOR, at=timezone.now())


def told(id: str = "m1") -> MessageDraft:
    lines = (ToldLine(13, "A", "", "own", ""), ToldLine(1, "STRANGE", "", "own", ""))
    return MessageDraft("CLOUD", id, "d", "stock.changed", timezone.now(), lines)


def take(id: str = "m1") -> str:
    return str(take_stock_message(told(id), actor=ACTOR, at=timezone.now()).snapshot.number)


@pytest.mark.usefixtures("_sender")
def test_two_at_once_with_one_id_are_one_message_and_get_one_answer():
    for turn in range(5):
        answers = race([lambda turn=turn: take(f"m{turn}")] * 3)
        assert isinstance(answers[0], str), answers
        assert len(set(answers)) == 1
    assert (StockMessage.objects.count(), StockSnapshot.objects.count()) == (5, 5)


@pytest.mark.usefixtures("_sender")
def test_without_the_lock_of_the_sender_one_of_two_at_once_fails(monkeypatch):
    """The control: the same race, looking without locking, does go wrong."""
    monkeypatch.setattr(stock_messages, "lock_sender", lambda code: Warehouse.objects.get(code=code))
    answers = [answer for turn in range(10) for answer in race([lambda turn=turn: take(f"m{turn}")] * 3)]
    assert [answer for answer in answers if isinstance(answer, BaseException)]
