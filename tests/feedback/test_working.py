"""Tickets from the queue to their end: taken, sorted, answered, closed; what is refused, and their clocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, InternalError, transaction

from feedback.choices import ITEM_MOVES, CloseReason, ItemStatus, RejectReason
from feedback.drafts import AnswerDraft, ItemDraft, LinkDraft, TriageDraft
from feedback.models import Answer, Correction, FeedbackItem
from feedback.operations.receiving import receive_items, undo_items
from feedback.operations.sorting import link_items, triage_items
from feedback.operations.working import (
    answer_items,
    close_items,
    pause_items,
    reject_items,
    reopen_items,
    resume_items,
    take_items,
)
from ops_portal.accounts.choices import GrantKind, Role
from ops_portal.accounts.models import Grant, User
from ops_portal.desk.models import Handover, Pause
from ops_portal.lib.models import StateMove
from ops_portal.lib.principals import Principal, acting_as
from ops_portal.lib.testing import assert_batch_does_what_one_by_one_does, assert_moves_follow_table, race
from orders.models import Order
from orders.operations.placing import take_in_orders
from tests.factories import ACTOR, NOON, make_shop, make_sku, order_draft

pytestmark = pytest.mark.django_db
BAD = "一个月就坏了，非常失望"


def agent(name="lin", role=Role.CUSTOMER_SERVICE, shops=("S1",)):
    with acting_as(ACTOR):
        user = User.objects.create_user(name, roles=[role], is_staff=True)
        for code in shops:
            Grant.objects.create(user=user, kind=GrantKind.SHOP, code=code)
    return Principal("person", name, user_id=user.pk, roles=frozenset({role}))


def ticket(key="k1", text=BAD, at=NOON, **known):
    draft = ItemDraft(key, text, **{"shop": make_shop("S1"), "rating": 2, "received_at": NOON} | known)
    return FeedbackItem.objects.get(pk=receive_items([draft], actor=ACTOR, at=at).one().id)


def now(item):
    return FeedbackItem.objects.get(pk=item.pk)


def test_every_move_by_every_role_follows_the_table():
    made = iter(range(99))

    def make(status):
        item = ticket(f"k{next(made)}", f"{BAD} {status}")
        FeedbackItem.objects.filter(pk=item.pk).update(status=status, due_at=None)
        return now(item)

    tried = assert_moves_follow_table(ITEM_MOVES, ItemStatus.values, Role.values, make, at=NOON)
    assert tried == 7 * 7 * 15


@pytest.mark.parametrize(
    ("text", "rating", "priority", "due"),
    [
        ("用了过敏", 1, "P0", timedelta(minutes=30)),
        ("这是假货", 2, "P1", timedelta(hours=2)),
        (BAD, 2, "P2", timedelta(hours=8)),
        ("一般", 3, "P3", timedelta(hours=36)),  # 9 today, 12 tomorrow, 3 the day after
    ],
)
def test_the_clock_of_the_first_answer_runs_from_receipt_in_working_time(text, rating, priority, due):
    item = ticket(text=text, rating=rating, at=NOON + timedelta(hours=1))
    assert (item.status, item.priority, item.waiting_since) == ("new", priority, NOON)
    expected = NOON + due if due < timedelta(hours=9) else NOON + timedelta(days=2)
    assert item.due_at == (expected if priority != "P3" else item.due_at)
    if priority == "P3":  # 12:00 + 9 h to 21:00, 12 h of the next day, 3 h of the third: 12:00
        assert item.due_at == NOON + timedelta(days=2)


def test_praise_old_items_and_history_are_recorded_and_wait_for_nobody():
    old = ticket("old", at=NOON + timedelta(days=31))
    fresh = ticket("fresh", text=f"{BAD}!", at=NOON + timedelta(days=30))
    past = ticket("past", text=f"{BAD}!!", is_history=True)
    praise = ticket("praise", text="很好吃", rating=5)
    assert [(item.status, item.due_at is None, item.why[0]) for item in (old, fresh, past, praise)] == [
        ("recorded", True, "history"),
        ("new", False, "fault"),
        ("recorded", True, "history"),
        ("recorded", True, "praise"),
    ]


def test_the_empty_and_the_repeated_are_marked_and_skip_the_queue_but_are_kept():
    make_shop("S2")
    drafts = [
        ItemDraft("1", BAD, shop=make_shop("S1"), rating=2),
        ItemDraft("2", f" {BAD}\n", shop=make_shop("S1"), rating=1),
        ItemDraft("3", "", shop=make_shop("S1"), rating=1),
        ItemDraft("4", BAD, shop=make_shop("S2"), rating=2),
        ItemDraft("5", BAD, shop=make_shop("S1"), rating=2, order_number="OTHER-BUYER"),
    ]
    done = receive_items(drafts, actor=ACTOR, at=NOON).done
    later = receive_items([replace(drafts[0], source_key="6")], actor=ACTOR, at=NOON).one()
    assert [done_.what for done_ in (*done, later)] == ["created"] * 6
    first = done[0].id
    rows = FeedbackItem.objects.order_by("source_key").values_list("mark", "original_id", "status")
    assert list(rows) == [
        ("", None, "new"),
        ("duplicate", first, "recorded"),
        ("empty", None, "recorded"),
        ("", None, "new"),
        ("", None, "new"),
        ("duplicate", first, "recorded"),
    ]
    again = receive_items(drafts, actor=ACTOR, at=NOON)
    assert [done_.what for done_ in again.done] == ["unchanged"] * 5


def test_a_duplicate_stands_for_itself_once_its_original_is_taken_back():
    first = ticket("1")
    second, third = ticket("2"), ticket("3")
    undo_items([first.pk], actor=ACTOR, at=NOON)
    assert (now(second).mark, now(second).original_id, now(second).status) == ("", None, "new")
    assert now(second).due_at == NOON + timedelta(hours=8)
    assert (now(third).mark, now(third).original_id) == ("duplicate", second.pk)


def test_what_is_worked_on_is_not_taken_back():
    item = ticket()
    take_items([item.number], actor=agent(), at=NOON)
    [(_index, refusal)] = undo_items([item.pk], actor=ACTOR, at=NOON).refused
    assert (refusal.code, now(item).undone_at) == ("used_since", None)


def test_a_sender_who_changes_good_to_bad_brings_the_item_into_the_queue_once():
    draft = ItemDraft("k", "很好", shop=make_shop("S1"), rating=5, received_at=NOON)
    receive_items([draft], actor=ACTOR, at=NOON)
    receive_items([replace(draft, text=BAD, rating=1)], actor=ACTOR, at=NOON)
    item = FeedbackItem.objects.get()
    assert (item.status, item.priority, item.due_at) == ("new", "P1", NOON + timedelta(hours=2))
    move = StateMove.objects.get(document_number=item.number)
    assert (move.from_status, move.to_status) == ("recorded", "new")


def test_what_somebody_sorted_stays_when_the_sender_changes_the_words():
    item = ticket()
    triage_items([TriageDraft(item.number, type="complaint", priority="P0")], actor=ACTOR, at=NOON)
    changed = ItemDraft("k1", "还行吧", shop=make_shop("S1"), rating=3, received_at=NOON)
    receive_items([changed], actor=ACTOR, at=NOON)
    assert (now(item).text, now(item).type, now(item).priority) == ("还行吧", "complaint", "P0")


def test_an_item_is_linked_to_the_order_and_sku_that_its_sender_names():
    shop, sku = make_shop("S1"), make_sku("A1")
    order = take_in_orders([order_draft(shop, (sku, 1), number="T1")], actor=ACTOR, at=NOON).one()
    item = ticket(order_number="T1", sku_code="A1")
    assert (item.order_id, item.sku.code, item.brand.code) == (order.id, "A1", "ACME")
    assert item.customer_id == Order.objects.get().customer_id is not None
    lost = ticket("k2", text="退货", order_number="T9", sku_code="NOBODY")
    assert (lost.order_id, lost.order_reference, lost.sku_id) == (None, "T9", None)


def test_whoever_takes_an_item_owns_it_and_a_second_one_is_told():
    item, lin, mei = ticket(), agent("lin"), agent("mei")
    take_items([item.number], actor=lin, at=NOON).one()
    assert (now(item).owner_id, now(item).status) == (lin.user_id, "acting")
    [(_i, refusal)] = take_items([item.number], actor=mei, at=NOON).refused
    assert (refusal.code, Handover.objects.count()) == ("already_owned", 1)


def test_a_correction_is_kept_with_what_the_rules_had_said_and_moves_the_clock():
    item = ticket()
    triage_items(
        [TriageDraft(item.number, type="complaint", topic="quality", priority="P0")], actor=ACTOR, at=NOON
    )
    assert now(item).due_at == NOON + timedelta(minutes=30)
    rows = Correction.objects.order_by("pk").values_list("field", "from_value", "to_value", "actor")
    assert list(rows) == [
        ("type", "aftersales", "complaint", "system:test"),
        ("priority", "P2", "P0", "system:test"),
    ]
    assert Correction.objects.first().why == item.why
    with pytest.raises(InternalError), transaction.atomic():
        Correction.objects.update(to_value="P3")


def test_3_unfit_sortings_are_refused_and_the_fourth_goes():
    item = ticket()
    drafts = [TriageDraft("F0", type="complaint"), TriageDraft(item.number, topic="weather")]
    assert [no.code for _i, no in triage_items(drafts, actor=ACTOR, at=NOON).refused] == [
        "no_such_ticket",
        "not_in_the_table",
    ]
    warehouse = agent("w", Role.WAREHOUSE)
    draft = TriageDraft(item.number, priority="P1")
    assert triage_items([draft], actor=warehouse, at=NOON).refused[0][1].code == "role_may_not_move"
    assert triage_items([draft], actor=ACTOR, at=NOON).one().priority == "P1"


def test_an_answer_ends_the_clock_and_is_never_changed():
    item = ticket()
    at = NOON + timedelta(hours=1)
    answer_items([AnswerDraft(item.number, " 马上补发 ", seen=0)], actor=agent(), at=at).one()
    item = now(item)
    assert (item.status, item.answers_count, item.first_answered_at, item.due_at) == ("replied", 1, at, None)
    assert Answer.objects.get().text == "马上补发"
    with pytest.raises(InternalError), transaction.atomic():
        Answer.objects.update(text="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        Answer.objects.create(item=item, text="", actor="x", at=at)


def test_6_answers_are_refused_each_for_its_reason():
    lin, item, closed = agent(), ticket(), ticket("k2", text="一般", rating=3)
    close_items([closed.number], actor=lin, at=NOON).one()
    answer_items([AnswerDraft(item.number, "好")], actor=lin, at=NOON).one()
    drafts = [
        AnswerDraft("F0", "好"),
        AnswerDraft(item.number, "  "),
        AnswerDraft(item.number, "好" * 4001),
        AnswerDraft(item.number, "我不知道有人答过", seen=0),
        AnswerDraft(closed.number, "晚了"),
        AnswerDraft(item.number, "我知道", seen=1),
        AnswerDraft(item.number, "再来一次", seen=1),
    ]
    outcome = answer_items(drafts, actor=lin, at=NOON)
    assert [(index, no.code) for index, no in outcome.refused] == [
        (0, "no_such_ticket"),
        (1, "answer_empty"),
        (2, "answer_too_long"),
        (3, "answered_meanwhile"),
        (4, "illegal_move"),
        (6, "illegal_move"),
    ]
    assert str(outcome.refused[3][1]) == f"lin has answered {item.number} meanwhile; read that answer first."
    assert (
        answer_items([drafts[0]], actor=agent("f", Role.FINANCE), at=NOON).refused[0][1].code
        == "no_such_ticket"
    )
    finance = Principal("person", "f2", roles=frozenset({Role.FINANCE}))
    other = ticket("k3", text="退款")
    refused = answer_items([AnswerDraft(other.number, "好")], actor=finance, at=NOON).refused
    assert [no.code for _i, no in refused] == ["role_may_not_move"]


@pytest.mark.parametrize(("text", "rating"), [("我要投诉", 3), ("用了过敏", 3)])
def test_a_complaint_or_an_urgent_item_is_not_closed_unanswered(text, rating):
    item = ticket(text=text, rating=rating)
    [(_i, refusal)] = close_items([item.number], actor=ACTOR, at=NOON).refused
    assert (refusal.code, now(item).status) == ("not_answered", "new")
    answer_items([AnswerDraft(item.number, "好")], actor=ACTOR, at=NOON)
    assert close_items([item.number], actor=ACTOR, at=NOON).one().close_reason == "solved"


def test_an_urgent_item_may_be_handed_over_instead():
    item = ticket(text="我要投诉")
    close_items([item.number], actor=ACTOR, at=NOON, reason=CloseReason.HANDED_OVER).one()
    item = now(item)
    assert (item.status, item.close_reason, item.due_at) == ("closed", "handed_over", None)


def test_closing_and_rejecting_take_the_reasons_of_their_tables_alone():
    item = ticket(text="一般", rating=3)
    assert (
        close_items([item.number], actor=ACTOR, at=NOON, reason="tired").refused[0][1].code
        == "not_in_the_table"
    )
    assert (
        reject_items([item.number], actor=ACTOR, at=NOON, reason="solved").refused[0][1].code
        == "not_in_the_table"
    )
    reject_items([item.number], actor=ACTOR, at=NOON, reason=RejectReason.ADVERTISING).one()
    move = StateMove.objects.get(document_number=item.number)
    assert (now(item).status, now(item).close_reason, move.reason) == (
        "rejected",
        "advertising",
        "advertising",
    )


def test_a_closed_item_opens_again_with_a_new_clock():
    item = ticket(text="一般", rating=3)
    close_items([item.number], actor=ACTOR, at=NOON)
    at = NOON + timedelta(days=3)
    reopen_items([item.number], actor=ACTOR, at=at, reason="he called").one()
    item = now(item)
    assert (item.status, item.waiting_since, item.due_at, item.close_reason) == (
        "reopened",
        at,
        at + timedelta(days=2),
        "",
    )


def test_the_clock_stands_while_the_customer_has_to_tell_more_and_goes_on_with_what_was_left():
    item = ticket()
    pause_items([item.number], actor=ACTOR, at=NOON + timedelta(hours=2), reason="photos").one()
    assert (now(item).due_at, now(item).time_left) == (None, timedelta(hours=6))
    assert pause_items([item.number], actor=ACTOR, at=NOON).refused[0][1].code == "clock_stands"
    triage_items([TriageDraft(item.number, priority="P1")], actor=ACTOR, at=NOON)
    assert now(item).time_left == timedelta(0)
    triage_items([TriageDraft(item.number, priority="P2")], actor=ACTOR, at=NOON)
    resume_items([item.number], actor=ACTOR, at=NOON + timedelta(hours=3)).one()
    assert now(item).due_at == NOON + timedelta(hours=9)
    assert resume_items([item.number], actor=ACTOR, at=NOON).refused[0][1].code == "clock_runs"


def test_an_answer_ends_a_pause_and_what_is_answered_has_no_clock_to_stop():
    item = ticket()
    pause_items([item.number], actor=ACTOR, at=NOON, reason="photos").one()
    answer_items([AnswerDraft(item.number, "好")], actor=ACTOR, at=NOON + timedelta(hours=1)).one()
    assert Pause.objects.get().until == NOON + timedelta(hours=1)
    assert (now(item).due_at, now(item).paused_at, now(item).time_left) == (None, None, None)
    assert pause_items([item.number], actor=ACTOR, at=NOON).refused[0][1].code == "not_waiting"


def test_an_item_is_linked_by_hand_to_orders_of_its_own_shop():
    item = ticket()
    one, other = make_shop("S1"), make_shop("S2")
    drafts = [order_draft(one, ("X", 1), number="T1"), order_draft(other, ("X", 1), number="T2")]
    here, there = (done.id for done in take_in_orders(drafts, actor=ACTOR, at=NOON).done)
    outcome = link_items(
        [LinkDraft(item.number, there), LinkDraft(item.number, 10**12), LinkDraft(item.number, here)],
        actor=ACTOR,
        at=NOON,
    )
    assert [no.code for _i, no in outcome.refused] == ["order_of_other_shop", "no_such_ticket"]
    assert now(item).order_id == here


def test_a_batch_does_what_the_same_answers_would_have_done_one_by_one():
    items = [ticket(f"k{n}", f"{BAD}{n}") for n in range(3)]
    drafts = [AnswerDraft(item.number, "好") for item in items]
    drafts += [AnswerDraft(items[0].number, "好", seen=0), AnswerDraft("F0", "好")]

    def look():
        return sorted(FeedbackItem.objects.values_list("source_key", "status", "answers_count", "due_at"))

    assert_batch_does_what_one_by_one_does(
        lambda some: answer_items(some, actor=ACTOR, at=NOON), drafts[:3] + drafts[4:], look
    )


@pytest.mark.django_db(transaction=True)
def test_of_2_agents_who_answer_at_once_one_is_told_that_the_other_has():
    item = ticket()
    actors = [agent("lin"), agent("mei")]

    def run(actor):
        return lambda: answer_items([AnswerDraft(item.number, actor.code, seen=0)], actor=actor, at=NOON)

    outcomes = race([run(actor) for actor in actors])
    codes = sorted(no.code for outcome in outcomes for _i, no in outcome.refused)
    assert (codes, Answer.objects.count(), now(item).answers_count) == (["answered_meanwhile"], 1, 1)


@pytest.mark.django_db(transaction=True)
def test_the_control_both_answer_where_neither_says_what_was_seen():
    item = ticket()
    drafts = [AnswerDraft(item.number, text) for text in "甲乙"]
    outcomes = race([lambda draft=draft: answer_items([draft], actor=ACTOR, at=NOON) for draft in drafts])
    assert [len(outcome.done) for outcome in outcomes] == [1, 1]
    assert Answer.objects.count() == 2
