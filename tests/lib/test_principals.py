from contextlib import suppress
from io import StringIO

import pytest
from django.db import connection, transaction

from ops_portal.lib.principals import Principal, acting_as, job, operation, system

PERSON = Principal("person", "lin", user_id=7, roles=frozenset({"warehouse"}))


def known_to_postgresql() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('portal.principal', true)")
        (principal,) = cursor.fetchone()
    return principal or ""


def test_a_principal_is_written_as_kind_and_code():
    assert [str(one) for one in (PERSON, system(), job("sweep"), Principal("key", "pk_1"))] == [
        "person:lin",
        "system:portal",
        "job:sweep",
        "key:pk_1",
    ]


def test_only_the_system_and_its_jobs_hold_every_role():
    assert PERSON.may({"warehouse", "finance"})
    assert not PERSON.may({"finance"})
    assert not PERSON.may(())
    assert not Principal("key", "pk_1").may({"warehouse"})
    assert system().may({"finance"})
    assert job("sweep").may(())


@pytest.mark.django_db(transaction=True)
def test_the_principal_lasts_as_long_as_the_transaction():
    assert not connection.in_atomic_block
    with acting_as(PERSON):
        assert connection.in_atomic_block
        assert known_to_postgresql() == "person:lin"
    assert known_to_postgresql() == ""


@pytest.mark.django_db(transaction=True)
def test_the_principal_ends_with_a_transaction_that_is_rolled_back():
    with pytest.raises(LookupError), acting_as(PERSON):
        raise LookupError
    assert known_to_postgresql() == ""
    with acting_as(system()):
        assert known_to_postgresql() == "system:portal"


@pytest.mark.django_db(transaction=True)
def test_the_same_principal_joins_without_a_statement(django_assert_num_queries):
    with acting_as(PERSON):
        with django_assert_num_queries(0), acting_as(PERSON):
            pass
        assert known_to_postgresql() == "person:lin"


@pytest.mark.django_db(transaction=True)
def test_an_operation_within_one_of_another_principal_carries_its_own_and_gives_back():
    with acting_as(PERSON):
        with acting_as(system("receiver")):
            assert known_to_postgresql() == "system:receiver"
        assert known_to_postgresql() == "person:lin"
        with acting_as(PERSON):
            assert known_to_postgresql() == "person:lin"


@pytest.mark.django_db(transaction=True)
def test_a_caught_failure_of_a_part_with_a_savepoint_gives_back_too():
    with acting_as(PERSON):
        with pytest.raises(LookupError), acting_as(system("part"), savepoint=True):
            raise LookupError
        assert known_to_postgresql() == "person:lin"


@pytest.mark.django_db(transaction=True)
def test_a_joined_part_that_fails_takes_the_whole_with_it(django_user_model):
    with suppress(LookupError), acting_as(PERSON):
        django_user_model.objects.create_user("lost")
        with acting_as(PERSON):
            raise LookupError
    assert not django_user_model.objects.exists()


@pytest.mark.django_db
def test_a_transaction_of_the_caller_is_joined_by_a_savepoint(django_user_model):
    with suppress(LookupError), acting_as(PERSON):
        django_user_model.objects.create_user("lost")
        raise LookupError
    assert not django_user_model.objects.exists()
    assert known_to_postgresql() == ""


@pytest.mark.django_db
def test_copy_and_raw_sql_carry_the_principal():
    with acting_as(PERSON), connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE seen (row text, by text DEFAULT current_setting('portal.principal'))"
            " ON COMMIT DROP"
        )
        cursor.copy_expert("COPY seen (row) FROM STDIN", StringIO("copied\nalso copied\n"))
        cursor.execute("INSERT INTO seen (row) VALUES ('raw')")
        cursor.execute("SELECT row, by FROM seen ORDER BY row")
        assert cursor.fetchall() == [
            ("also copied", "person:lin"),
            ("copied", "person:lin"),
            ("raw", "person:lin"),
        ]


@operation
def create_users(names, *, actor, model):
    """Create a user for each name; the one called bad is refused."""
    assert known_to_postgresql() == str(actor)
    for name in names:
        if name == "bad":
            raise LookupError(name)
        model.objects.create_user(name)
    return len(names)


@pytest.mark.django_db(transaction=True)
def test_an_operation_is_one_transaction_with_its_actor(django_user_model):
    assert create_users(["ann", "ben"], actor=PERSON, model=django_user_model) == 2
    with pytest.raises(LookupError, match="bad"):
        create_users(["cid", "bad"], actor=PERSON, model=django_user_model)
    assert set(django_user_model.objects.values_list("username", flat=True)) == {"ann", "ben"}
    assert create_users.__name__ == "create_users"


@pytest.mark.django_db(transaction=True)
def test_an_operation_called_by_another_joins_its_transaction(django_user_model):
    with suppress(LookupError), transaction.atomic():
        create_users(["ann"], actor=PERSON, model=django_user_model)
        raise LookupError
    assert not django_user_model.objects.exists()


def test_an_operation_without_an_actor_does_not_begin():
    with pytest.raises(KeyError, match="actor"):
        create_users(["ann"], model=None)
