import pytest
from django.db import IntegrityError, transaction

from ops_portal.lib.models import StateMove
from ops_portal.lib.principals import job, system
from ops_portal.lib.states import IllegalMove, RoleMayNotMove, move_all, move_record, record_moves
from tests.lib.parcels import CLERK, GUEST, NOW, PARCEL_MOVES, Parcel


def move(documents, to, actor=CLERK, reason=""):
    return move_all(documents, to, table=PARCEL_MOVES, actor=actor, at=NOW, reason=reason)


def statuses():
    return list(Parcel.objects.order_by("pk").values_list("status", flat=True))


def test_move_all_moves_and_records_who_what_when_and_why(parcels, django_user_model):
    user = django_user_model.objects.create_user("clerk")
    clerk = type(CLERK)("person", "clerk", user_id=user.pk, roles=CLERK.roles)
    (parcel,) = parcels("packed")
    outcome = move([parcel], "sent", actor=clerk, reason="carrier came")
    assert (outcome.done, outcome.refused, parcel.status) == ([parcel], [], "sent")
    assert list(Parcel.objects.values_list("status", "updated_at")) == [("sent", NOW)]
    assert list(
        StateMove.objects.values_list(
            "document_kind", "document_number", "from_status", "to_status", "actor", "user", "reason", "at"
        )
    ) == [("parcel", "P1", "packed", "sent", "person:clerk", user.pk, "carrier came", NOW)]


def test_move_all_refuses_by_index_and_moves_the_others(parcels):
    documents = parcels("packed", "lost", "packed")
    outcome = move(documents, "sent")
    assert outcome.done == [documents[0], documents[2]]
    ((index, refused),) = outcome.refused
    assert index == 1
    assert isinstance(refused, IllegalMove)
    assert str(refused) == "P2 is “Lost”; it can't become “On its way”."
    assert statuses() == ["sent", "lost", "sent"]
    assert documents[1].status == "lost"
    assert StateMove.objects.count() == 2


def test_move_all_refuses_a_role_that_may_not(parcels):
    documents = parcels("packed", "sent")
    outcome = move(documents, "lost")
    assert outcome.done == [documents[0]]
    ((index, refused),) = outcome.refused
    assert (index, refused.code) == (1, "role_may_not_move")
    assert isinstance(refused, RoleMayNotMove)
    assert refused.facts["number"] == "P2"
    assert move([documents[1]], "lost", actor=GUEST).done == [documents[1]]


@pytest.mark.parametrize("actor", [system(), job("sweep")])
@pytest.mark.parametrize(("here", "there"), [pair[:2] for pair in PARCEL_MOVES.pairs()])
def test_the_system_and_its_jobs_may_make_every_move_of_the_table(parcels, actor, here, there):
    (parcel,) = parcels(here)
    assert move([parcel], there, actor=actor).done == [parcel]


def test_the_system_may_not_leave_the_table(parcels):
    (parcel,) = parcels("lost")
    assert move([parcel], "packed", actor=system()).refused[0][1].code == "illegal_move"


def test_a_move_to_the_same_state_is_no_move(parcels):
    (parcel,) = parcels("sent")
    assert move([parcel], "sent").refused[0][1].code == "illegal_move"
    assert StateMove.objects.count() == 0


def test_a_state_that_the_table_does_not_know_leads_nowhere(parcels):
    (parcel,) = parcels("packed")
    Parcel.objects.update(status="ghost")
    parcel.refresh_from_db()
    assert str(move([parcel], "sent").refused[0][1]) == "P1 is “ghost”; it can't become “On its way”."


@pytest.mark.parametrize("count", [1, 3, 50])
def test_move_all_takes_two_statements_for_any_number(parcels, django_assert_num_queries, count):
    documents = parcels(*["packed"] * count)
    with django_assert_num_queries(2):
        move(documents, "sent")
    assert StateMove.objects.count() == count


def test_nothing_to_move_takes_no_statement(parcels, django_assert_num_queries):
    documents = parcels("lost")
    with django_assert_num_queries(0):
        assert move([], "sent").done == []
        assert move(documents, "sent").done == []


def test_a_batch_does_what_the_same_moves_do_one_by_one(parcels):
    documents = parcels("packed", "sent", "lost", "packed")
    together = move(documents[:], "lost", actor=GUEST)
    written = list(StateMove.objects.values_list("document_number", "from_status", "to_status", "actor"))
    again = [
        Parcel.objects.create(number=f"Q{index}", status=status)
        for index, status in enumerate(["packed", "sent", "lost", "packed"])
    ]
    alone = [move([document], "lost", actor=GUEST) for document in again]
    assert [index for index, _ in together.refused] == [
        n for n, outcome in enumerate(alone) if outcome.refused
    ]
    later = StateMove.objects.filter(document_number__startswith="Q")
    assert [row[1:] for row in written] == list(later.values_list("from_status", "to_status", "actor"))


@pytest.mark.django_db
def test_the_database_refuses_a_record_of_a_move_without_an_actor():
    record = move_record("parcel", "P1", "", "packed", actor=system(), at=NOW)
    record_moves([record])
    with pytest.raises(IntegrityError, match="move_has_an_actor"), transaction.atomic():
        record_moves([{**record, "actor": ""}])
    with pytest.raises(IntegrityError), transaction.atomic():
        record_moves([{**record, "actor": None}])
    assert StateMove.objects.get().actor == "system:portal"


@pytest.mark.django_db
def test_a_birth_comes_from_nowhere():
    record_moves([move_record("parcel", "P1", "", "packed", actor=system("import"), at=NOW, reason="file 7")])
    assert StateMove.objects.values_list("from_status", "to_status", "actor", "reason").get() == (
        "",
        "packed",
        "system:import",
        "file 7",
    )


def test_a_document_that_is_named_twice_moves_once(parcels):
    (document,) = parcels("packed")
    outcome = move([document, document], "sent")
    assert ([index for index, _refusal in outcome.refused], len(outcome.done)) == ([1], 1)
    assert StateMove.objects.count() == 1
