"""Deliveries are announced, promised, received line by line, closed and reopened; each of it once."""

from __future__ import annotations

import time
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from catalog.choices import INBOUND_MOVES, InboundStatus
from catalog.drafts import BundleDraft, ComponentDraft
from catalog.models import (
    Batch,
    BatchStock,
    InboundDelivery,
    InboundLine,
    Sku,
    Stock,
    StockDocument,
    Warehouse,
)
from catalog.operations.goods import save_bundles
from catalog.operations.inbound import (
    PromiseDraft,
    announce_deliveries,
    cancel_deliveries,
    promise_deliveries,
    reopen_deliveries,
)
from catalog.operations.receiving import ReceiptLineDraft, close_deliveries, receive_deliveries
from catalog.operations.reversing import undo_stock_documents
from catalog.queries.audit import audit_stock
from ops_portal.accounts.choices import Role
from ops_portal.lib.principals import Principal, acting_as
from ops_portal.lib.refusals import Refused
from ops_portal.lib.testing import (
    assert_batch_does_what_one_by_one_does,
    assert_moves_follow_table,
    assert_statements,
    race,
)
from ops_portal.outbox.drafts import EndpointDraft
from ops_portal.outbox.models import Event
from ops_portal.outbox.operations.endpoints import open_endpoints
from tests.catalog.inbound import TODAY, WORKER, announced, came, counted, draft_of, in_days, receive_one
from tests.factories import ACTOR, NOON, make_sku, make_warehouse
from tests.house.agency import person

pytestmark = pytest.mark.django_db


def code_of(act) -> str:
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.code


def fresh(delivery: InboundDelivery) -> InboundDelivery:
    return InboundDelivery.objects.get(pk=delivery.pk)


def sku_with(code: str, **fields: object) -> Sku:
    sku = make_sku(code, tracks_batches=True)
    with acting_as(ACTOR):
        Sku.objects.filter(pk=sku.pk).update(**fields)
    return sku


# -- announcing ------------------------------------------------------------------------------------------------


def test_a_delivery_that_is_announced_is_expected_until_the_end_of_its_day():
    delivery = announced(("A1", 5), ("A2", 7), supplier="Mill")
    assert (delivery.status, delivery.number[:2]) == (InboundStatus.EXPECTED, "IN")
    assert delivery.due_at.isoformat() == "2026-11-12T00:00:00+08:00"
    assert counted(delivery) == {"A1": (5, 0, 0), "A2": (7, 0, 0)}


def test_an_order_waits_for_a_promise_and_the_first_promise_stays_on_record():
    delivery = announced(("A1", 5), is_order=True)
    assert delivery.status == InboundStatus.ORDERED
    for days in (3, 9):
        promise_deliveries([PromiseDraft(delivery.number, in_days(days), "SF1")], actor=ACTOR, at=NOON).one()
    found = fresh(delivery)
    assert (found.status, found.promised_on, found.expected_on, found.tracking) == (
        InboundStatus.EXPECTED,
        in_days(3),
        in_days(9),
        "SF1",
    )


def test_the_senders_number_again_is_the_same_delivery_and_other_goods_under_it_are_refused():
    make_warehouse("MAIN")
    make_sku("A1")
    draft = draft_of(("A1", 5), source_key="S1")
    first = announce_deliveries([draft], actor=ACTOR, at=NOON).one()
    again = announce_deliveries(
        [draft, replace(draft, lines=(("A1", 6),)), replace(draft, promised_on=in_days(1))],
        actor=ACTOR,
        at=NOON,
    )
    assert [each.number for each in again.done] == [first.number]
    assert [(index, no.code) for index, no in again.refused] == [
        (1, "delivery_differs"),
        (2, "delivery_differs"),
    ]
    assert InboundDelivery.objects.count() == 1


def test_a_cancelled_delivery_gives_its_senders_number_free():
    delivery = announced(("A1", 5), source_key="S1")
    cancel_deliveries([delivery.number], actor=ACTOR, at=NOON, reason="sold out").one()
    assert announced(("A1", 5), source_key="S1").number != delivery.number


def test_a_sku_that_is_named_twice_is_one_line():
    assert counted(announced(("A1", 5), ("A1", 2))) == {"A1": (7, 0, 0)}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"brand_code": "NOBODY"}, "unknown_brand"),
        ({"warehouse_code": "NOWHERE"}, "unknown_warehouse"),
        ({"lines": (("NOTHING", 1),)}, "unknown_sku"),
        ({"lines": (("B1", 1),)}, "other_brand"),
        ({"lines": (("AA", 1),)}, "bundle_is_not_delivered"),
        ({"lines": (("A1", 0),)}, "implausible_units"),
        ({"lines": (("A1", 6901234567892),)}, "implausible_units"),
        ({"lines": ()}, "implausible_units"),
        ({"lines": (("A1", 1),) * 2_001}, "implausible_units"),
        ({"promised_on": in_days(2_000)}, "implausible_day"),
        ({"promised_on": TODAY.max}, "implausible_day"),
        ({"goods_owner": " "}, "owner_needed"),
        ({"goods_owner": "X" * 41}, "owner_needed"),
        ({"source_key": "X" * 121}, "number_too_long"),
    ],
)
def test_announce_deliveries_refuses_nonsense(change, code):
    announced(("A1", 1))
    make_sku("B1", brand="BOLT")
    make_sku("AA")
    save_bundles([BundleDraft("AA", (ComponentDraft("A1", 2, Decimal(1)),))], actor=ACTOR, at=NOON)
    draft = replace(draft_of(("A1", 1)), **change)
    assert code_of(lambda: announce_deliveries([draft], actor=ACTOR, at=NOON).one()) == code
    assert InboundDelivery.objects.count() == 1


def test_announcing_takes_10_statements_for_one_delivery_and_for_three():
    made = []

    def announce():
        draft = draft_of(("A1", 5), ("A2", 7))
        drafts = [replace(draft, source_key=f"S{len(made)}-{n}") for n in range(rows[0])]
        made.append(announce_deliveries(drafts, actor=ACTOR, at=NOON))

    announced(("A1", 1), ("A2", 1))
    rows = [0]

    def more():
        rows[0] += 1

    assert_statements(10, announce, more)


# -- receiving -------------------------------------------------------------------------------------------------


def test_what_comes_is_counted_against_the_promise_and_is_available():
    delivery = announced(("A1", 5), ("A2", 7))
    got = receive_one(delivery, ("A1", 3), ("A2", 7, 2))
    assert (got.is_new, got.document.delivery_number) == (True, delivery.number)
    assert counted(delivery) == {"A1": (5, 3, 0), "A2": (7, 7, 2)}
    assert fresh(delivery).status == InboundStatus.RECEIVING
    assert fresh(delivery).arrived_on == TODAY
    stock = {each.sku.code: (each.available, each.damaged) for each in Stock.objects.select_related("sku")}
    assert stock == {"A1": (3, 0), "A2": (5, 2)}
    assert audit_stock().ok


def test_the_same_key_counts_once_in_one_batch_and_in_the_next():
    delivery = announced(("A1", 5))
    draft = came(delivery, ("A1", 3))
    answers = receive_deliveries([draft, draft], actor=WORKER, at=NOON).done
    answers.append(receive_deliveries([draft], actor=WORKER, at=NOON).one())
    assert [each.is_new for each in answers] == [True, False, False]
    assert len({each.document.pk for each in answers}) == 1
    assert counted(delivery) == {"A1": (5, 3, 0)}
    assert Stock.objects.get().available == 3


def test_a_key_that_came_before_with_other_units_is_refused_and_counts_nothing():
    delivery = announced(("A1", 5))
    receive_one(delivery, ("A1", 3))
    assert code_of(lambda: receive_one(delivery, ("A1", 2))) == "document_differs"
    assert counted(delivery) == {"A1": (5, 3, 0)}


def test_more_than_promised_is_asked_for_and_taken_in_where_it_is_accepted():
    delivery = announced(("A1", 5))
    receive_one(delivery, ("A1", 4))
    assert code_of(lambda: receive_one(delivery, ("A1", 2), key="K2")) == "more_than_promised"
    receive_one(delivery, ("A1", 2), key="K2", accepts_more=True)
    assert counted(delivery) == {"A1": (5, 6, 0)}


def test_two_lines_of_a_sku_are_held_against_the_promise_together():
    delivery = announced(("A1", 5))
    assert code_of(lambda: receive_one(delivery, ("A1", 3), ("A1", 3))) == "more_than_promised"


def test_a_sku_that_is_not_on_the_delivery_gets_a_line_only_where_it_is_accepted():
    delivery = announced(("A1", 5))
    make_sku("A3")
    assert code_of(lambda: receive_one(delivery, ("A3", 2))) == "not_on_delivery"
    receive_one(delivery, ("A3", 2), accepts_more=True)
    assert counted(delivery) == {"A1": (5, 0, 0), "A3": (0, 2, 0)}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (("NOTHING", 1), "unknown_sku"),
        (("B1", 1), "other_brand"),
        (("A1", 0), "implausible_units"),
        (("A1", -1), "implausible_units"),
        (("A1", 2, 3), "more_damaged_than_came"),
        (("A1", 2, -1), "more_damaged_than_came"),
        (("A1", 2, 0, "LOT"), "batch_needed"),
        (("D1", 2), "batch_needed"),
    ],
)
def test_receive_deliveries_refuses_what_can_not_have_come(line, code):
    delivery = announced(("A1", 5))
    make_sku("B1", brand="BOLT")
    make_sku("D1", tracks_batches=True)
    assert code_of(lambda: receive_one(delivery, line, accepts_more=True)) == code
    assert fresh(delivery).status == InboundStatus.EXPECTED
    assert not StockDocument.objects.exists()


def test_a_receipt_without_a_key_or_lines_is_refused():
    delivery = announced(("A1", 5))
    assert code_of(lambda: receive_one(delivery, ("A1", 1), key="")) == "key_needed"
    assert code_of(lambda: receive_one(delivery)) == "no_units"


def test_only_those_who_handle_goods_receive_also_where_it_is_being_received_already():
    delivery = announced(("A1", 5))
    receive_one(delivery, ("A1", 1))
    finance = Principal("person", "li", roles=frozenset({Role.FINANCE}))
    outcome = receive_deliveries([came(delivery, ("A1", 1), key="K2")], actor=finance, at=NOON)
    assert [no.code for _index, no in outcome.refused] == ["role_may_not_move"]


def test_a_warehouse_that_inspects_takes_good_units_into_quarantine_and_damaged_ones_apart():
    delivery = announced(("A1", 5))
    with acting_as(ACTOR):
        Warehouse.objects.update(inspects_receipts=True)
    receive_one(delivery, ("A1", 5, 1))
    stock = Stock.objects.get()
    assert (stock.available, stock.quarantine, stock.damaged) == (0, 4, 1)


# -- what expires ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "days", "code"),
    [
        ({"receive_days": 100}, 100, None),
        ({"receive_days": 100}, 99, "too_little_life"),
        ({"shelf_life_days": 300}, 100, None),
        ({"shelf_life_days": 300}, 99, "too_little_life"),
        ({"shelf_life_days": 300, "receive_days": 10}, 10, None),
        ({}, 0, None),
        ({}, -1, "too_little_life"),
    ],
)
def test_goods_are_taken_in_for_sale_with_the_days_of_their_rule_or_a_third_of_their_life(fields, days, code):
    sku_with("D1", **fields)
    delivery = announced_batches()
    line = ReceiptLineDraft("D1", 5, batch_code="LOT", expires_on=in_days(days))
    if code is None:
        receive_one(delivery, line)
        assert Stock.objects.get().available == 5
    else:
        assert code_of(lambda: receive_one(delivery, line)) == code


def announced_batches() -> InboundDelivery:
    make_warehouse("MAIN")
    return announce_deliveries([draft_of(("D1", 50))], actor=ACTOR, at=NOON).one()


def test_goods_with_too_little_life_go_into_quarantine_for_a_reason_that_stands_on_the_paper():
    sku_with("D1", receive_days=100)
    delivery = announced_batches()
    line = ReceiptLineDraft("D1", 5, 0, "LOT", in_days(99), quarantine_reason="gift with purchase")
    document = receive_one(delivery, line).document
    assert document.note == "gift with purchase"
    assert (Stock.objects.get().quarantine, BatchStock.objects.get().quarantine) == (5, 5)


def test_goods_that_are_all_damaged_come_in_whatever_their_date():
    sku_with("D1", receive_days=100)
    receive_one(announced_batches(), ReceiptLineDraft("D1", 5, 5, "LOT", in_days(9)))
    assert Stock.objects.get().damaged == 5


def test_the_date_of_a_batch_that_is_known_counts_and_one_that_is_not_must_be_said():
    sku_with("D1", receive_days=100)
    delivery = announced_batches()
    assert code_of(lambda: receive_one(delivery, ("D1", 5, 0, "LOT"))) == "expiry_needed"
    receive_one(delivery, ("D1", 5, 0, "LOT", in_days(200)))
    receive_one(delivery, ("D1", 5, 0, "LOT"), key="K2")
    assert (
        code_of(lambda: receive_one(delivery, ("D1", 5, 0, "LOT", in_days(201)), key="K3")) == "batch_differs"
    )
    with acting_as(ACTOR):
        Batch.objects.update(expires_on=in_days(9))
    assert code_of(lambda: receive_one(delivery, ("D1", 5, 0, "LOT"), key="K4")) == "too_little_life"
    assert counted(delivery) == {"D1": (50, 10, 0)}


# -- the end of a delivery -------------------------------------------------------------------------------------


def test_a_delivery_is_closed_with_what_is_short_takes_nothing_more_and_can_be_opened_again():
    delivery = announced(("A1", 5))
    receive_one(delivery, ("A1", 3))
    assert close_deliveries([delivery.number], actor=WORKER, at=NOON).one().closed_at == NOON
    assert code_of(lambda: receive_one(delivery, ("A1", 2), key="K2")) == "delivery_closed"
    assert receive_one(delivery, ("A1", 3)).is_new is False  # the second Enter of what was booked before
    reopen_deliveries([delivery.number], actor=WORKER, at=NOON).one()
    receive_one(delivery, ("A1", 2), key="K2")
    assert counted(delivery) == {"A1": (5, 5, 0)}
    assert fresh(delivery).closed_at is None


def test_what_has_begun_to_come_can_not_be_cancelled_and_what_has_not_can_not_be_closed_or_reopened():
    delivery = announced(("A1", 5))
    number = [delivery.number]
    assert code_of(lambda: close_deliveries(number, actor=WORKER, at=NOON).one()) == "illegal_move"
    assert code_of(lambda: reopen_deliveries(number, actor=WORKER, at=NOON).one()) == "illegal_move"
    receive_one(delivery, ("A1", 1))
    assert code_of(lambda: cancel_deliveries(number, actor=WORKER, at=NOON).one()) == "illegal_move"
    assert code_of(lambda: close_deliveries(["IN0"], actor=WORKER, at=NOON).one()) == "no_such_delivery"


def test_a_delivery_that_is_over_is_not_promised_again():
    delivery = announced(("A1", 5))
    cancel_deliveries([delivery.number], actor=ACTOR, at=NOON).one()
    draft = PromiseDraft(delivery.number, in_days(1))
    assert code_of(lambda: promise_deliveries([draft], actor=ACTOR, at=NOON).one()) == "delivery_closed"


def test_every_move_by_every_role_is_that_of_the_table():
    delivery = announced(("A1", 5))

    def make(status: str) -> InboundDelivery:
        made = announced(("A1", 5))
        InboundDelivery.objects.filter(pk=made.pk).update(status=status)
        return fresh(made)

    tried = assert_moves_follow_table(INBOUND_MOVES, InboundStatus.values, Role.values, make, at=NOON)
    assert tried == 5 * 5 * len(Role.values)
    assert delivery.status == InboundStatus.EXPECTED


def test_a_receipt_that_is_undone_is_taken_off_the_delivery_and_its_key_is_free_again():
    delivery = announced(("A1", 5))
    receive_one(delivery, ("A1", 3), key="K1")
    wrong = receive_one(delivery, ("A1", 2, 1), key="K2")
    undo_stock_documents([wrong.document], actor=WORKER, at=NOON).one()
    assert counted(delivery) == {"A1": (5, 3, 0)}
    assert receive_one(delivery, ("A1", 1), key="K2").is_new
    assert counted(delivery) == {"A1": (5, 4, 0)}
    assert audit_stock().ok


def test_brands_hear_of_each_step_with_what_was_promised_and_what_came():
    owner = person("told", Role.BRAND_PARTNER, brands=("ACME",), is_staff=False)
    open_endpoints([EndpointDraft(owner.pk, "https://acme.example/hook")], actor=ACTOR, at=NOON).one()
    delivery = announced(("A1", 5))
    receive_one(delivery, ("A1", 3, 1))
    close_deliveries([delivery.number], actor=WORKER, at=NOON)
    told = list(Event.objects.order_by("pk"))
    assert [each.kind for each in told] == ["inbound.expected", "inbound.received", "inbound.closed"]
    assert {each.brand for each in told} == {"ACME"}
    assert told[-1].facts["lines"] == [{"sku": "A1", "promised": 5, "received": 3, "damaged": 1}]


def test_a_batch_of_receipts_does_what_they_would_have_done_one_by_one():
    one, two = announced(("A1", 5)), announced(("A2", 5))
    drafts = [
        came(one, ("A1", 3)),
        came(one, ("A1", 3), key="K2"),
        came(two, ("A2", 5, 5)),
        came(one, ("A1", 3)),
        came(one, ("A1", 4)),
        came(two, ("NOTHING", 5), key="K2"),
    ]
    assert_batch_does_what_one_by_one_does(
        lambda given: receive_deliveries(given, actor=WORKER, at=NOON),
        drafts,
        lambda: (counted(one), counted(two), StockDocument.objects.count()),
    )


def test_receiving_takes_21_statements_for_one_delivery_and_for_three():
    deliveries: list[InboundDelivery] = []
    turn = [0]

    def receive():
        turn[0] += 1
        drafts = [came(each, ("A1", 1), key=f"T{turn[0]}") for each in deliveries]
        assert not receive_deliveries(drafts, actor=WORKER, at=NOON).refused

    def add():
        deliveries.append(announced(("A1", 500)))
        receive_one(deliveries[-1], ("A1", 1))

    assert_statements(21, receive, add)


def test_the_books_hold_what_the_database_refuses():
    delivery = announced(("A1", 5))
    with pytest.raises(IntegrityError), transaction.atomic():
        InboundLine.objects.filter(delivery=delivery).update(damaged=1)


# -- at once ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_who_receive_the_same_units_at_once_do_not_take_in_more_than_was_promised():
    delivery = announced(("A1", 5))

    def receive(key: str):
        return lambda: receive_deliveries([came(delivery, ("A1", 5), key=key)], actor=WORKER, at=NOON)

    answers = race([receive("K1"), receive("K2")])
    assert sorted(len(each.done) for each in answers) == [0, 1]
    assert counted(delivery) == {"A1": (5, 5, 0)}


@pytest.mark.django_db(transaction=True)
def test_a_double_enter_at_the_same_moment_counts_once():
    delivery = announced(("A1", 50))
    draft = came(delivery, ("A1", 5))
    answers = race([lambda: receive_deliveries([draft], actor=WORKER, at=NOON).one()] * 4)
    assert sorted(each.is_new for each in answers) == [False, False, False, True]
    assert counted(delivery) == {"A1": (50, 5, 0)}


@pytest.mark.django_db(transaction=True)
def test_the_control_that_writes_back_what_it_read_without_the_lock_loses_units():
    delivery = announced(("A1", 50))

    def receive():
        (received,) = InboundLine.objects.filter(delivery=delivery).values_list("received", flat=True)
        time.sleep(0.2)
        InboundLine.objects.filter(delivery=delivery).update(received=received + 5)

    race([receive] * 4)
    assert counted(delivery) == {"A1": (50, 5, 0)}


@pytest.mark.django_db(transaction=True)
def test_closing_while_somebody_receives_leaves_nothing_half_booked():
    delivery = announced(("A1", 50))
    receive_one(delivery, ("A1", 1))
    answers = race(
        [
            lambda: close_deliveries([delivery.number], actor=WORKER, at=NOON),
            *(
                (
                    lambda key: (
                        lambda: receive_deliveries(
                            [came(delivery, ("A1", 5), key=key)], actor=WORKER, at=NOON
                        )
                    )
                )(f"R{n}")
                for n in range(3)
            ),
        ]
    )
    came_in = sum(len(each.done) for each in answers[1:])
    assert {no.code for each in answers[1:] for _index, no in each.refused} <= {"delivery_closed"}
    assert counted(delivery) == {"A1": (50, 1 + 5 * came_in, 0)}
    assert Stock.objects.get().available == 1 + 5 * came_in
    assert fresh(delivery).status == InboundStatus.RECEIVED


@pytest.mark.django_db(transaction=True)
def test_the_same_announcement_at_once_is_one_delivery():
    make_warehouse("MAIN")
    make_sku("A1")
    draft = draft_of(("A1", 5), source_key="S1")
    answers = race([lambda: announce_deliveries([draft], actor=ACTOR, at=NOON).one()] * 4)
    assert len({each.number for each in answers}) == 1
    assert InboundLine.objects.count() == 1
