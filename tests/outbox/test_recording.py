"""Recording: in the causing transaction, numbered without gaps, for those who may hear, in one statement."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction

from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import User
from ops_portal.lib.principals import acting_as
from ops_portal.lib.testing import race
from ops_portal.lib.testing.statements import statements_of
from ops_portal.outbox.models import Delivery, Endpoint, Event, Stream
from ops_portal.outbox.operations.recording import EventDraft, FactsNotPlain, record
from tests.factories import ACTOR, NOON
from tests.outbox.conftest import make_user, shipped, tell

pytestmark = pytest.mark.django_db


def listen(owner: User, url: str = "https://partner.example/hook", **fields: Any) -> Endpoint:
    """Return an endpoint that nothing is ever sent to."""
    with acting_as(ACTOR):
        return Endpoint.objects.create(
            owner=owner, url=url, secret_sealed=b"x", created_at=NOON, updated_at=NOON, **fields
        )


def numbers() -> list[tuple[str, str, int]]:
    return list(Event.objects.order_by("pk").values_list("brand", "object_number", "sequence"))


def test_recording_where_nobody_listens_is_1_statement_and_writes_nothing():
    with transaction.atomic():
        assert len(statements_of(lambda: record([shipped()], actor=ACTOR, at=NOON))) == 1
    assert (Event.objects.count(), Stream.objects.count()) == (0, 0)


def test_recording_1000_events_for_2_endpoints_is_1_statement(acme: User):
    listen(acme)
    listen(acme, "https://partner.example/other")
    drafts = [shipped(f"SO{n % 300}") for n in range(1000)]
    with transaction.atomic():
        assert len(statements_of(lambda: record(drafts, actor=ACTOR, at=NOON))) == 1
    assert (Event.objects.count(), Delivery.objects.count(), Stream.objects.count()) == (1000, 2000, 300)


def test_events_of_an_object_are_numbered_from_1_for_each_brand_in_the_order_of_the_batch(acme: User):
    listen(acme)
    listen(make_user("bolt", Role.BRAND_PARTNER, brands=("BOLT",)))
    tell(shipped("SO1", "ACME", "BOLT"), shipped("SO2"), shipped("SO1", kind="order.delivered"))
    tell(shipped("SO1", "BOLT"))
    assert numbers() == [
        ("ACME", "SO1", 1), ("BOLT", "SO1", 1), ("ACME", "SO2", 1), ("ACME", "SO1", 2), ("BOLT", "SO1", 2),
    ]  # fmt: skip
    kinds = Event.objects.filter(brand="ACME", object_number="SO1").order_by("sequence")
    assert [event.kind for event in kinds] == ["order.shipped", "order.delivered"]


def test_an_event_names_what_when_who_and_holds_its_facts(acme: User):
    listen(acme)
    tell(shipped("SO7", status="shipped", units=3, parts=[{"sku": "A1"}], at=None))
    event = Event.objects.get()
    assert (event.kind, event.object_kind, event.object_number) == ("order.shipped", "order", "SO7")
    assert (event.actor, event.occurred_at) == (str(ACTOR), NOON)
    assert event.facts == {"status": "shipped", "units": 3, "parts": [{"sku": "A1"}], "at": None}


def test_only_those_hear_who_may_see_the_brand():
    may = {
        "acme": make_user("acme", Role.BRAND_PARTNER, brands=("ACME",)),
        "agency": make_user("agency", Role.OPERATIONS_MANAGER),
        "root": make_user("root", is_superuser=True),
        "operator of the brand": make_user("op", Role.ONSITE_OPERATOR, brands=("ACME",)),
    }
    may_not = {
        "bolt": make_user("bolt", Role.BRAND_PARTNER, brands=("BOLT",)),
        "no brand": make_user("none", Role.BRAND_PARTNER),
        "gone": make_user("gone", Role.MANAGEMENT, is_active=False),
        "a partner given more by mistake": make_user("both", Role.BRAND_PARTNER, Role.MANAGEMENT),
    }
    for owner in [*may.values(), *may_not.values()]:
        listen(owner)
    tell(shipped("SO1", "ACME"))
    heard = Delivery.objects.values_list("endpoint__owner__username", flat=True)
    assert set(heard) == {owner.username for owner in may.values()}
    assert Event.objects.count() == 1


def test_an_event_of_no_brand_is_heard_by_those_who_see_everything(acme: User):
    listen(acme)
    tell(EventDraft("stock.counted", "stock_document", "SD1"))
    assert Event.objects.count() == 0
    listen(make_user("agency", Role.OPERATIONS_MANAGER))
    tell(EventDraft("stock.counted", "stock_document", "SD1"))
    assert Delivery.objects.values_list("event__brand", "endpoint__owner__username").get() == ("", "agency")


def test_an_endpoint_gets_the_kinds_it_asked_for_and_the_numbers_go_on_over_the_others(acme: User):
    listen(acme, kinds=["order.delivered"])
    tell(shipped(), shipped(kind="order.delivered"))
    assert numbers() == [("ACME", "SO1", 1), ("ACME", "SO1", 2)]
    assert list(Delivery.objects.values_list("event__kind", flat=True)) == ["order.delivered"]


def test_an_endpoint_that_is_off_gets_nothing_but_the_numbers_go_on(acme: User):
    listen(acme, is_active=False, disabled_at=NOON, disabled_reason="gone")
    tell(shipped())
    assert (numbers(), Delivery.objects.count()) == ([("ACME", "SO1", 1)], 0)


def test_a_closed_endpoint_does_not_listen(acme: User):
    listen(acme, is_active=False, disabled_at=NOON, disabled_reason="closed")
    tell(shipped())
    assert numbers() == []


def test_what_is_rolled_back_was_never_told_and_leaves_no_gap(acme: User):
    listen(acme)
    tell(shipped())
    with transaction.atomic():
        record([shipped()], actor=ACTOR, at=NOON)
        transaction.set_rollback(True)
    tell(shipped())
    assert [number for _brand, _object, number in numbers()] == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_is_recorded():
    with pytest.raises(transaction.TransactionManagementError):
        record([shipped()], actor=ACTOR, at=NOON)


@pytest.mark.parametrize(
    "facts",
    [
        {"amount": Decimal("1.00")}, {"at": NOON}, {"rate": float("nan")}, {"of": {"deep": {1, 2}}},
        {1: "one"}, {"text": "a\0b"}, {"buyer": "x"}, {"of": [{"phone": "138"}]},
    ],
    ids=str,
)  # fmt: skip
def test_facts_that_are_no_plain_json_or_name_a_person_are_refused(acme: User, facts: Any):
    listen(acme)
    with transaction.atomic(), pytest.raises(FactsNotPlain):
        record(
            [EventDraft("order.shipped", "order", "SO1", frozenset({"ACME"}), facts)], actor=ACTOR, at=NOON
        )
    assert Event.objects.count() == 0


ROUNDS = 20


def without_a_lock(number: str) -> None:
    """Number as one must not: read the last, write the next."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(n), 0) FROM unlocked_numbers WHERE object = %s AND pg_sleep(0.002) IS NOT NULL",
            [number],
        )
        (last,) = cursor.fetchone()
        cursor.execute("INSERT INTO unlocked_numbers VALUES (%s, %s)", [number, last + 1])


@pytest.mark.django_db(transaction=True)
def test_8_recorders_at_once_number_each_object_without_a_gap():
    listen(make_user("agency", Role.OPERATIONS_MANAGER))

    def run() -> None:
        for turn in range(ROUNDS):
            both = [shipped("SO2"), shipped("SO1")] if turn % 2 else [shipped("SO1"), shipped("SO2")]
            tell(*both)

    assert race([run] * 8) == [None] * 8
    for number in ("SO1", "SO2"):
        found = Event.objects.filter(object_number=number).order_by("sequence")
        assert [event.sequence for event in found] == list(range(1, 8 * ROUNDS + 1))


@pytest.mark.django_db(transaction=True)
def test_8_recorders_without_the_lock_number_twice():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE unlocked_numbers (object text, n bigint)")
    try:
        race([lambda: [without_a_lock("SO1") for _turn in range(ROUNDS)]] * 8)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*), count(DISTINCT n) FROM unlocked_numbers")
            rows, distinct = cursor.fetchone()
        assert distinct < rows
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE unlocked_numbers")
