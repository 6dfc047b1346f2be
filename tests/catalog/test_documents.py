"""Papers of the warehouse: each whole or not at all, and each once."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from threading import Barrier

import pytest
from django.db import IntegrityError

from catalog.choices import OWN, StockDocumentKind, StockState
from catalog.drafts import StockDocumentDraft, StockLineDraft
from catalog.models import Batch, BatchStock, Stock, StockDocument, StockMovement
from catalog.operations import documents
from catalog.operations.documents import post_stock_documents
from catalog.operations.transfers import receive_transfers
from catalog.queries.audit import audit_stock
from ops_portal.lib.testing import assert_batch_does_what_one_by_one_does, race
from tests.factories import ACTOR, NOON, make_sku, make_warehouse, receive, stock_of

pytestmark = pytest.mark.django_db
K, S = StockDocumentKind, StockState


def line(sku, place, units, way=(S.OUTSIDE, S.AVAILABLE), batch="", expires_on=None):
    return StockLineDraft(sku.pk, place.pk, OWN, units, *way, batch_code=batch, expires_on=expires_on)


def receipt(key, *lines):
    return StockDocumentDraft(K.RECEIPT, lines, source_key=key)


def post(*drafts):
    return post_stock_documents(drafts, actor=ACTOR, at=NOON)


def codes(outcome):
    return [(index, refusal.code) for index, refusal in outcome.refused]


def test_a_batch_of_papers_does_what_they_would_have_done_one_by_one():
    dice = random.Random(7)
    north, south = make_warehouse("NORTH"), make_warehouse("SOUTH")
    plain, dated = make_sku("PLAIN"), make_sku("DATED", tracks_batches=True)
    receive(plain, 5, warehouse=north)
    post(receipt("STANDS", line(plain, south, 3))).one()
    drafts = [
        receipt("STANDS", line(plain, south, 3)),
        receipt("STANDS", line(plain, south, 4)),
        receipt("LATE", line(dated, north, 1, batch="B0"), line(plain, north, 0)),
        receipt("BLANK", line(dated, north, 2, batch="B9")),
        receipt("FILLED", line(dated, north, 2, batch="B9", expires_on=date(2027, 5, 1))),
        receipt("OTHER", line(dated, north, 2, batch="B9", expires_on=date(2027, 6, 1))),
        StockDocumentDraft(K.TRANSFER, (line(plain, north, 1, (S.AVAILABLE, S.IN_TRANSIT)),)),
    ]
    for index in range(60):
        place = dice.choice([north, south])
        match index % 4:
            case 0:
                drafts.append(receipt(f"R{index % 12}", line(plain, place, dice.randint(1, 2))))
            case 1:
                ways = [(S.AVAILABLE, S.DAMAGED), (S.DAMAGED, S.OUTSIDE), (S.AVAILABLE, S.RESERVED)]
                lines = [line(plain, place, dice.randint(1, 4), dice.choice(ways)) for _line in range(2)]
                drafts.append(StockDocumentDraft(K.ADJUSTMENT, tuple(lines)))
            case 2:
                expiry = date(2027, dice.randint(1, 2), 1)
                batch = f"B{dice.randint(0, 3)}"
                drafts.append(
                    receipt("", line(dated, place, dice.randint(1, 4), batch=batch, expires_on=expiry))
                )
            case 3:
                way, batch = (S.AVAILABLE, S.LOST), f"B{dice.randint(0, 3)}"
                lost = line(dated, place, dice.randint(1, 4), way, batch=batch)
                drafts.append(StockDocumentDraft(K.ADJUSTMENT, (lost,), source_key=f"A{index % 16}"))

    def look():
        return (
            sorted(StockDocument.objects.values_list("kind", "source_key", "to_warehouse__code")),
            sorted(Batch.objects.values_list("code", "expires_on")),
            sorted(Stock.objects.values_list("sku__code", "warehouse__code", "available", "damaged", "lost")),
            sorted(BatchStock.objects.values_list("stock_id", "batch__code", "available", "lost")),
            sorted(StockMovement.objects.values_list("stock_id", "units", "from_state", "to_state")),
            audit_stock().ok,
        )

    look_at_refusals = {code for _index, code in codes(post(*drafts))}
    assert look_at_refusals == {
        "batch_differs", "document_differs", "no_units", "not_enough_units", "place_needed", "wrong_way",
    }  # fmt: skip

    assert_batch_does_what_one_by_one_does(lambda batch: post(*batch), drafts, look)


def test_a_paper_named_twice_in_a_batch_is_written_once():
    sku, place = make_sku(), make_warehouse()
    draft = receipt("R1", line(sku, place, 5))
    outcome = post(draft, draft, replace(draft, lines=(line(sku, place, 6),)))
    assert len({document.pk for document in outcome.done}) == 1
    assert codes(outcome) == [(2, "document_differs")]
    assert stock_of(sku, place).available == 5


def test_a_batch_that_comes_again_with_another_expiry_is_refused():
    sku, place = make_sku(tracks_batches=True), make_warehouse()
    first, other = date(2027, 1, 1), date(2025, 1, 1)
    receive(sku, 5, warehouse=place, batch="B1", expires_on=first)
    again = [receipt(key, line(sku, place, 2, batch="B1", expires_on=on)) for key, on in
             (("R1", other), ("R2", first), ("R3", None))]  # fmt: skip
    assert codes(post(*again)) == [(0, "batch_differs")]
    assert (Batch.objects.get().expires_on, stock_of(sku, place).available) == (first, 9)


def sent(sku, here, there, units, batch=""):
    way = (S.AVAILABLE, S.IN_TRANSIT)
    draft = StockDocumentDraft(
        K.TRANSFER, (line(sku, here, units, way, batch),), source_key=f"T{units}", to_warehouse_id=there.pk
    )
    return post(draft).one(), draft


def test_a_transfer_of_10_of_which_3_were_lost_does_not_arrive_and_another_one_does():
    sku, here, there = make_sku(), make_warehouse(), make_warehouse()
    receive(sku, 14, warehouse=here)
    short, _draft = sent(sku, here, there, 10)
    post(StockDocumentDraft(K.ADJUSTMENT, (line(sku, here, 3, (S.IN_TRANSIT, S.LOST)),))).one()
    whole, _draft = sent(sku, here, there, 4)
    outcome = receive_transfers([whole, short], actor=ACTOR, at=NOON)
    assert (codes(outcome), [document.pk for document in outcome.done]) == (
        [(1, "not_enough_units")],
        [whole.pk],
    )
    assert (stock_of(sku, here).in_transit, stock_of(sku, there).available) == (7, 4)
    assert audit_stock().ok


def test_a_transfer_named_twice_arrives_once_and_its_paper_may_come_again():
    sku, here, there = make_sku(tracks_batches=True), make_warehouse(), make_warehouse()
    receive(sku, 9, warehouse=here, batch="B1")
    paper, draft = sent(sku, here, there, 9, "B1")
    for _twice in range(2):
        assert len(receive_transfers([paper, paper], actor=ACTOR, at=NOON).done) == 2
    assert (stock_of(sku, here).in_transit, stock_of(sku, there).available) == (0, 9)
    assert post(draft).one() == paper
    assert audit_stock().ok


@pytest.mark.django_db(transaction=True)
def test_8_sessions_that_post_the_same_receipt_write_it_once():
    sku, place = make_sku(tracks_batches=True), make_warehouse()
    draft = receipt("R1", line(sku, place, 5, batch="B1", expires_on=date(2027, 1, 1)))
    numbers = race([lambda: post(draft).one().number] * 8)
    assert len(set(numbers)) == 1
    assert stock_of(sku, place).available == 5
    assert audit_stock().ok


@pytest.mark.django_db(transaction=True)
def test_2_sessions_with_one_number_for_different_goods_write_one_and_refuse_the_other(monkeypatch):
    place, start, look = make_warehouse(), Barrier(2), documents.find_standing
    drafts = [receipt("R1", line(make_sku(), place, 5)) for _side in range(2)]
    waits = [True, True]

    def look_at_once(given):
        found = look(given)
        if waits:
            waits.pop()
            start.wait(10)
        return found

    monkeypatch.setattr(documents, "find_standing", look_at_once)
    answers = race([lambda draft=draft: codes(post(draft)) for draft in drafts])
    assert sorted(answers) == [[], [(0, "document_differs")]]
    assert StockDocument.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_control_that_does_not_look_again_fails_on_the_second_of_2_sessions(monkeypatch):
    place, start, look = make_warehouse(), Barrier(2), documents.find_standing
    drafts = [receipt("R1", line(make_sku(), place, 5)) for _side in range(2)]

    def look_at_once(given):
        found = look(given)
        start.wait(10)
        return found

    monkeypatch.setattr(documents, "find_standing", look_at_once)
    monkeypatch.setattr(documents, "constraint_of", lambda error: None)

    def attempt(draft):
        try:
            return codes(post(draft))
        except IntegrityError:
            return "failed"

    answers = race([lambda draft=draft: attempt(draft) for draft in drafts])
    assert sorted(map(str, answers)) == ["[]", "failed"]
