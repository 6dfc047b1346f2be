"""Giving documents to people, taking them, putting them back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction

from ops_portal.accounts.choices import Role
from ops_portal.desk.models import Handover
from ops_portal.desk.operations.assigning import (
    Assignment,
    OwnerMayNotWork,
    assign_documents,
    take_documents,
    take_next,
)
from ops_portal.lib.principals import Principal
from ops_portal.lib.testing import assert_batch_does_what_one_by_one_does, race
from ops_portal.lib.testing.statements import statements_of
from tests.desk.papers import Paper, paper, person
from tests.factories import ACTOR, NOON

LATER = NOON + timedelta(minutes=5)


def give(*pairs, **more):
    drafts = [Assignment("paper", number, None if user is None else user.pk) for number, user in pairs]
    return assign_documents(drafts, actor=ACTOR, at=LATER, **more)


def codes(outcome):
    return [(index, refusal.code) for index, refusal in outcome.refused]


def owners():
    return dict(Paper.objects.order_by("number").values_list("number", "owner__username"))


def test_2_papers_change_hands_and_leave_2_handovers(kind):
    mei, wang = person("mei"), person("wang")
    paper("P-1"), paper("P-2", owner=wang)
    outcome = give(("P-1", mei), ("P-2", mei), reason="wang is ill")
    assert [document.number for document in outcome.done] == ["P-1", "P-2"]
    assert owners() == {"P-1": "mei", "P-2": "mei"}
    rows = Handover.objects.order_by("pk").values_list(
        "document_kind",
        "document_number",
        "from_user__username",
        "to_user__username",
        "reason",
        "actor",
        "at",
    )
    assert list(rows) == [
        ("paper", "P-1", None, "mei", "wang is ill", str(ACTOR), LATER),
        ("paper", "P-2", "wang", "mei", "wang is ill", str(ACTOR), LATER),
    ]
    assert Paper.objects.get(number="P-1").updated_at == LATER


def test_a_paper_that_is_hers_already_leaves_no_handover(kind):
    mei = person("mei")
    paper("P-1", owner=mei)
    assert len(give(("P-1", mei)).done) == 1
    assert Handover.objects.count() == 0


def test_a_paper_goes_back_into_its_queue_though_it_is_done(kind):
    paper("P-1", owner=person("mei"), status="done")
    give(("P-1", None)).one()
    assert owners() == {"P-1": None}


def test_what_can_not_be_given_is_refused_and_the_rest_of_the_batch_goes(kind):
    mei = person("mei")
    stranger = person("far", shops=("S2",))
    leaver = person("leaver", is_active=False)
    packer = person("packer", Role.WAREHOUSE)
    for number in ("P-1", "P-2", "P-3", "P-4"):
        paper(number)
    paper("P-5", status="done")
    outcome = give(
        ("P-0", mei), ("P-1", stranger), ("P-2", leaver), ("P-3", packer), ("P-5", mei), ("P-4", mei)
    )
    assert codes(outcome) == [
        (0, "no_such_document"),
        (1, "owner_may_not_see"),
        (2, "owner_may_not_work"),
        (3, "owner_may_not_work"),
        (4, "document_closed"),
    ]
    assert {number for number, owner in owners().items() if owner} == {"P-4"}
    assert Handover.objects.count() == 1


def test_a_document_of_an_unknown_kind_is_no_document(kind):
    outcome = assign_documents([Assignment("leaf", "1", None)], actor=ACTOR, at=NOON)
    assert codes(outcome) == [(0, "no_such_document")]


def test_a_batch_of_4_hands_over_as_4_batches_of_one_do(kind):
    mei, wang = person("mei"), person("wang")
    paper("P-1"), paper("P-2")
    drafts = [Assignment("paper", number, user.pk) for number in ("P-1", "P-2") for user in (mei, wang)]
    assert_batch_does_what_one_by_one_does(
        lambda batch: assign_documents(batch, actor=ACTOR, at=NOON),
        drafts,
        lambda: (
            owners(),
            list(Handover.objects.order_by("document_number", "pk").values_list("from_user", "to_user")),
        ),
    )


def test_30_papers_take_as_many_statements_as_1(kind):
    mei = person("mei")
    numbers = [paper().number for _each in range(31)]
    one = len(statements_of(lambda: give((numbers[0], mei))))
    many = len(statements_of(lambda: give(*[(number, mei) for number in numbers[1:]])))
    assert one == many == 7


def test_taking_leaves_what_a_colleague_took_a_moment_before(kind):
    mei, wang = person("mei"), person("wang")
    paper("P-1", owner=wang), paper("P-2"), paper("P-3", owner=mei)
    drafts = [Assignment("paper", number, mei.pk) for number in ("P-1", "P-2", "P-3")]
    assert codes(take_documents(drafts, actor=ACTOR, at=NOON)) == [(0, "already_owned")]
    assert owners() == {"P-1": "wang", "P-2": "mei", "P-3": "mei"}


def test_the_next_is_the_most_urgent_on_either_clock_of_what_nobody_owns(kind):
    mei, wang = person("mei"), person("wang")
    soon, late = NOON + timedelta(hours=1), NOON - timedelta(hours=1)
    paper("OWNED", owner=wang, due_at=late - timedelta(hours=9))
    paper("FAR", shop="S2", due_at=late - timedelta(hours=9))
    paper("FILED", status="read", due_at=late - timedelta(hours=9))
    paper("BY-TEAM", due_at=soon, platform_due_at=None)
    paper("BY-PLATFORM", due_at=None, platform_due_at=late)
    paper("NO-CLOCK", due_at=None, platform_due_at=None)
    got = [take_next("paper", "paper.read", user=mei, actor=ACTOR, at=NOON) for _each in range(4)]
    assert [document and document.number for document in got] == ["BY-PLATFORM", "BY-TEAM", "NO-CLOCK", None]


def test_nobody_takes_the_next_of_a_queue_that_is_not_his_work(kind):
    paper()
    with pytest.raises(OwnerMayNotWork):
        take_next("paper", "paper.read", user=person("p", Role.WAREHOUSE), actor=ACTOR, at=NOON)
    assert take_next("leaf", "leaf", user=person("mei"), actor=ACTOR, at=NOON) is None


def test_8_who_take_the_next_at_once_get_8_different_papers(committed_kind):
    people = [person(f"p{index}") for index in range(8)]
    for index in range(8):
        paper(f"P-{index}", due_at=NOON + timedelta(minutes=index))
    taken = race(
        [
            lambda user=user: take_next("paper", "paper.read", user=user, actor=ACTOR, at=NOON).number
            for user in people
        ]
    )
    assert sorted(taken) == [f"P-{index}" for index in range(8)]
    assert Handover.objects.count() == 8


def test_the_control_without_a_lock_gives_2_people_the_same_paper(committed_kind):
    """The same race by code that looks and then writes: what ``take_next`` guards against does happen."""
    from threading import Barrier

    looked = Barrier(2)
    paper("P-1"), paper("P-2")

    def careless(user):
        first = Paper.objects.filter(owner=None).order_by("due_at", "pk").first()
        looked.wait(10)
        Paper.objects.filter(pk=first.pk).update(owner=user)
        return first.number

    people = [person("mei"), person("wang")]
    assert race([lambda user=user: careless(user) for user in people]) == ["P-1", "P-1"]


def test_taking_the_next_does_not_wait_for_whoever_holds_the_most_urgent(committed_kind):
    mei = person("mei")
    paper("P-1", due_at=NOON - timedelta(hours=1)), paper("P-2")

    def take():
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = '3s'")
        return take_next("paper", "paper.read", user=mei, actor=ACTOR, at=NOON).number

    with transaction.atomic():
        Paper.objects.filter(number="P-1").select_for_update().get()
        assert race([take]) == ["P-2"]


def test_documents_are_locked_in_the_sequence_of_their_keys(kind):
    mei = person("mei")
    for number in ("P-3", "P-1", "P-2"):
        paper(number)
    texts = statements_of(lambda: give(("P-1", mei), ("P-2", mei), ("P-3", mei)))
    (lock,) = [text for text in texts if "FOR NO KEY UPDATE" in text]
    assert 'ORDER BY "papers_paper"."id" ASC' in lock


def test_the_handover_says_who_acted(kind):
    mei = person("mei")
    paper("P-1")
    actor = Principal("person", "mei", user_id=mei.pk)
    take_documents([Assignment("paper", "P-1", mei.pk)], actor=actor, at=NOON)
    assert Handover.objects.get().actor == "person:mei"
