"""Adjustments and returns to the owner: asked for by one, allowed by another, posted in the same breath."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from catalog.choices import OWN, REQUEST_MOVES, RequestStatus
from catalog.drafts import RequestDraft, RequestLineDraft
from catalog.models import StockDocument, StockMovement, StockRequest
from catalog.operations.requests import (
    approve_requests,
    reject_requests,
    request_stock,
    withdraw_requests,
)
from catalog.queries.audit import audit_stock
from ops_portal.accounts.choices import Role
from ops_portal.desk.models import Team
from ops_portal.lib.models import StateMove
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import Refused
from ops_portal.lib.testing import assert_batch_does_what_one_by_one_does
from ops_portal.outbox.drafts import EndpointDraft
from ops_portal.outbox.models import Event
from ops_portal.outbox.operations.endpoints import open_endpoints
from tests.accounts.people import person
from tests.factories import ACTOR, NOON, make_sku, make_warehouse, receive, stock_of

pytestmark = pytest.mark.django_db


def named(name: str, *roles: str) -> Principal:
    """Return the principal of a person with roles, made on first use."""
    user = person(name, roles=roles)
    return Principal("person", name, user.pk, frozenset(roles))


@pytest.fixture
def asker():
    return named("asker", Role.WAREHOUSE)


@pytest.fixture
def boss():
    return named("boss", Role.OPERATIONS_MANAGER)


def damage(sku="S1", units=3, *, owner=OWN, batch="", frm="available", to="damaged") -> RequestLineDraft:
    return RequestLineDraft(sku, owner, units, frm, to, batch)


def draft(*lines, kind="adjustment", reason="damage", note="", warehouse="MAIN") -> RequestDraft:
    return RequestDraft(kind, reason, warehouse, lines or (damage(),), note)


def ask(actor, *lines, **given) -> StockRequest:
    return request_stock([draft(*lines, **given)], actor=actor, at=NOON).one()


def approve(actor, *numbers):
    return approve_requests(numbers, actor=actor, at=NOON + timedelta(hours=1))


def test_a_known_key_is_answered_with_its_request_also_within_a_batch(asker):
    receive(make_sku("S1"), 10, warehouse=make_warehouse("MAIN"))
    keyed = [replace(draft(), source_key=key) for key in ("K1", "K1", "", "", "K2")]
    first = request_stock(keyed, actor=asker, at=NOON).done
    again = request_stock(keyed[:1], actor=asker, at=NOON).done
    assert [request.pk == first[0].pk for request in [*first, *again]] == [
        True,
        True,
        False,
        False,
        False,
        True,
    ]
    assert (
        StockRequest.objects.count(),
        StateMove.objects.filter(document_kind="stock_request").count(),
    ) == (4, 4)


def codes(outcome):
    return [(index, refusal.code) for index, refusal in outcome.refused]


@pytest.fixture
def goods():
    sku = make_sku("S1")
    receive(sku, 10, warehouse=make_warehouse("MAIN"))
    return sku


def test_nothing_moves_until_another_person_approves_and_then_at_once(goods, asker, boss):
    request = ask(asker)
    assert (request.status, request.requester_id) == ("waiting", asker.user_id)
    assert stock_of(goods, make_warehouse("MAIN")).damaged == 0
    done = approve(boss, request.number).one()
    stock = stock_of(goods, make_warehouse("MAIN"))
    assert (stock.available, stock.damaged) == (7, 3)
    assert (done.status, done.decider_id, done.due_at) == ("posted", boss.user_id, None)


def test_the_paper_carries_the_number_of_its_request(goods, asker, boss):
    request = ask(asker, note="fell off the shelf")
    approve(boss, request.number).one()
    document = StockDocument.objects.get(source_key=request.number)
    assert (document.kind, document.note, document.actor) == ("adjustment", "fell off the shelf", str(boss))
    request.refresh_from_db()
    assert request.document == document
    assert audit_stock().ok


def test_nobody_decides_on_a_request_of_his_own(goods):
    both = named("both", Role.OPERATIONS_MANAGER)
    request = ask(both)
    assert codes(approve(both, request.number)) == [(0, "own_request")]
    outcome = reject_requests([request.number], reason="no", actor=both, at=NOON)
    assert codes(outcome) == [(0, "own_request")]
    assert StockRequest.objects.get().status == "waiting"
    with pytest.raises(IntegrityError, match="request_decided_by_another"), transaction.atomic():
        StockRequest.objects.update(decider=both.user_id)


def test_a_machine_decides_on_nothing(goods, asker):
    request = ask(asker)
    key = Principal("key", "k1", None, frozenset({Role.OPERATIONS_MANAGER}))
    assert codes(approve(key, request.number)) == [(0, "person_needed")]
    assert codes(approve(ACTOR, request.number)) == [(0, "person_needed")]


def test_what_no_longer_fits_is_refused_with_what_is_there_now_and_the_others_go(goods, asker, boss):
    first = ask(asker, damage(units=8))
    second = ask(asker, damage(units=3))
    third = ask(asker, damage(units=2))
    outcome = approve(boss, first.number, second.number, third.number)
    assert [done.number for done in outcome.done] == [first.number, third.number]
    assert codes(outcome) == [(1, "no_longer_fits")]
    refusal = outcome.refused[0][1]
    assert refusal.facts["lines"] == [
        {"sku": "S1", "owner": "own", "batch": "", "state": "available", "wanted": 3, "there": 0}
    ]
    assert "S1 0 < 3" in str(refusal)
    second.refresh_from_db()
    assert (second.status, second.document) == ("waiting", None)
    assert stock_of(goods, make_warehouse("MAIN")).damaged == 10


def test_what_was_never_there_is_refused_when_it_is_asked_for(goods, asker):
    outcome = request_stock([draft(damage(units=6), damage(units=5))], actor=asker, at=NOON)
    assert codes(outcome) == [(0, "no_longer_fits")]
    assert outcome.refused[0][1].facts["lines"][0]["wanted"] == 11


def test_11_drafts_that_make_no_sense_are_refused_by_code(goods, asker):
    make_sku("DATED", tracks_batches=True)
    outcome = request_stock(
        [
            draft(kind="theft"),
            draft(reason="mood"),
            draft(reason="other"),
            draft(warehouse="MOON"),
            RequestDraft("adjustment", "damage", "MAIN", ()),
            draft(damage("NONE")),
            draft(damage(units=0)),
            draft(damage(frm="shipped", to="lost")),
            draft(damage(frm="available", to="damaged"), kind="return_to_owner"),
            draft(damage("DATED")),
            draft(damage("DATED", batch="B9")),
        ],
        actor=asker,
        at=NOON,
    )
    assert [code for _index, code in codes(outcome)] == [
        "unknown_kind", "unknown_kind", "note_needed", "unknown_place", "no_lines", "unknown_sku", "no_units",
        "wrong_way", "wrong_way", "batch_needed", "unknown_batch",
    ]  # fmt: skip
    assert outcome.done == []


def test_a_rejection_says_why_and_ends_it(goods, asker, boss):
    request = ask(asker)
    with pytest.raises(Refused) as refused:
        reject_requests([request.number], reason="  ", actor=boss, at=NOON)
    assert refused.value.code == "reason_needed"
    reject_requests([request.number], reason="count again", actor=boss, at=NOON).one()
    assert StateMove.objects.get(document_number=request.number, to_status="rejected").reason == "count again"
    assert codes(approve(boss, request.number)) == [(0, "illegal_move")]
    assert stock_of(goods, make_warehouse("MAIN")).available == 10


def test_only_who_asked_withdraws(goods, asker, boss):
    request = ask(asker)
    assert codes(withdraw_requests([request.number], actor=boss, at=NOON)) == [(0, "not_yours")]
    done = withdraw_requests([request.number, request.number, "SR0"], actor=asker, at=NOON)
    assert codes(done) == [(1, "illegal_move"), (2, "no_such_request")]
    assert StockRequest.objects.get().status == "withdrawn"


def test_a_second_approval_posts_nothing_more(goods, asker, boss):
    request = ask(asker)
    assert codes(approve(boss, request.number, request.number)) == [(1, "illegal_move")]
    assert codes(approve(boss, request.number)) == [(0, "illegal_move")]
    assert StockMovement.objects.filter(to_state="damaged").count() == 1


def test_a_batch_keeps_its_own_and_goods_of_an_owner_theirs(asker, boss):
    sku, main = make_sku("DATED", tracks_batches=True), make_warehouse("MAIN")
    for owner, batch in (("own", "B1"), ("ACME", "B1"), ("ACME", "B2")):
        receive(sku, 4, warehouse=main, owner=owner, batch=batch, expires_on=date(2027, 1, int(batch[1])))
    line = damage("DATED", 4, owner="ACME", batch="B2", to="outside")
    request = ask(asker, line, kind="return_to_owner", reason="end_of_contract")
    approve(boss, request.number).one()
    assert (stock_of(sku, main).available, stock_of(sku, main, "ACME").available) == (4, 4)
    assert audit_stock().ok
    again = ask(asker, damage("DATED", 4, owner="ACME", batch="B1", to="outside"), kind="return_to_owner")
    assert approve(boss, again.number).one().status == "posted"


def test_each_brand_hears_of_its_own_goods_that_go_back_and_of_no_others(goods, asker, boss):
    for brand in ("ACME", "OTHER"):
        partner = person(f"of-{brand}", roles=[Role.BRAND_PARTNER], brands=[brand])
        open_endpoints([EndpointDraft(partner.pk, f"https://{brand}.example/hook")], actor=ACTOR, at=NOON)
    receive(make_sku("S2", brand="OTHER"), 5, warehouse=make_warehouse("MAIN"), owner="OTHER")
    lines = (damage("S1", 2, to="outside"), damage("S2", 5, owner="OTHER", to="outside"))
    request = ask(asker, *lines, kind="return_to_owner", reason="slow")
    approve(boss, request.number).one()
    told = Event.objects.order_by("brand")
    number = StockDocument.objects.get(source_key=request.number).number
    assert [(event.kind, event.object_number, event.brand) for event in told] == [
        ("stock.returned", number, "ACME"),
        ("stock.returned", number, "OTHER"),
    ]
    assert [event.facts["lines"] for event in told] == [
        [{"sku": "S1", "batch": "", "owner": "own", "state": "available", "units": 2}],
        [{"sku": "S2", "batch": "", "owner": "OTHER", "state": "available", "units": 5}],
    ]


def test_an_adjustment_tells_no_partner(goods, asker, boss):
    partner = person("partner", roles=[Role.BRAND_PARTNER], brands=["ACME"])
    open_endpoints([EndpointDraft(partner.pk, "https://acme.example/hook")], actor=ACTOR, at=NOON)
    approve(boss, ask(asker).number).one()
    assert not Event.objects.exists()


def test_the_clock_runs_8_hours_of_the_time_of_whoever_approves(goods, asker):
    assert ask(asker).due_at - NOON == timedelta(hours=8)
    Team.objects.create(
        code="wh", name="Warehouse", queues=["stock_approve"], holidays="",
        shifts={str(day): [["09:00", "13:00"]] for day in range(7)},
    )  # fmt: skip
    # Noon: one hour is left today, four of tomorrow, three of the day after.
    assert ask(asker).due_at - NOON == timedelta(days=2)


def test_a_batch_does_what_the_requests_would_have_done_one_by_one(goods, asker, boss):
    numbers = [ask(asker, damage(units=units)).number for units in (4, 5, 3, 1)]
    assert_batch_does_what_one_by_one_does(
        lambda chosen: approve_requests(chosen, actor=boss, at=NOON),
        numbers,
        look=lambda: (
            list(StockRequest.objects.order_by("pk").values_list("status")),
            list(StockMovement.objects.order_by("pk").values_list("units", "to_state")),
        ),
    )


def test_6_roles_may_ask_and_withdraw_and_2_may_decide(goods, boss):
    deciders = []
    for role in Role.values:
        request = ask(named(f"by-{role}", role))
        other = named(f"other-{role}", role)
        if approve(other, request.number).done:
            deciders.append(role)
        else:
            reject_requests([request.number], reason="no", actor=boss, at=NOON).one()
    assert sorted(deciders) == [Role.MANAGEMENT, Role.OPERATIONS_MANAGER]
    withdrawn = REQUEST_MOVES.moves[RequestStatus.WAITING][RequestStatus.WITHDRAWN].roles
    assert len(withdrawn) == 6
