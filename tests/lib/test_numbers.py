from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, Event

import pytest
from django.db import connection, transaction

from ops_portal.lib.models import NumberSeries
from ops_portal.lib.numbers import SEQUENCES, next_numbers, number_sql, take_gapless

THREADS = 4


@pytest.mark.django_db
@pytest.mark.parametrize("prefix", sorted(SEQUENCES))
def test_next_numbers_gives_ascending_numbers_of_eight_places(prefix):
    first, second, third = next_numbers(prefix, 3)
    assert first < second < third
    assert first.startswith(prefix)
    assert len(first) == len(prefix) + 8
    assert int(third[2:]) == int(first[2:]) + 2


@pytest.mark.django_db
def test_next_numbers_of_none_is_none_and_takes_one_statement_for_any_count(django_assert_num_queries):
    assert next_numbers("SO", 0) == []
    with django_assert_num_queries(1):
        assert len(set(next_numbers("SO", 500))) == 500


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("drawn", "written"),
    [
        (99_999_999, "SO99999999"),
        (100_000_000, "SO100000000"),
        (9_223_372_036_854_775_807, "SO9223372036854775807"),
    ],
)
def test_a_number_is_never_cut_when_the_series_grows_beyond_eight_places(drawn, written):
    with connection.cursor() as cursor:
        # A sequence forgets nothing on rollback, but for what ALTER did in this transaction.
        cursor.execute(f"ALTER SEQUENCE number_order RESTART WITH {drawn}")
    assert next_numbers("SO", 1) == [written]


@pytest.mark.django_db
def test_number_sql_numbers_each_row_of_a_select_once():
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {number_sql('SD')} FROM generate_series(1, 40)")
        numbers = [number for (number,) in cursor.fetchall()]
    assert len(set(numbers)) == 40


def test_number_sql_knows_its_series_only():
    with pytest.raises(KeyError):
        number_sql("SO'; --")


@pytest.mark.django_db
def test_take_gapless_begins_at_one_and_goes_on_for_each_series():
    assert take_gapless("statement") == [1]
    assert take_gapless("statement", 3) == [2, 3, 4]
    assert take_gapless("invoice") == [1]
    assert NumberSeries.objects.get(code="statement").last == 4


@pytest.mark.django_db
def test_take_gapless_gives_back_what_was_rolled_back():
    take_gapless("statement")
    with suppress(LookupError), transaction.atomic():
        assert take_gapless("statement", 5) == [2, 3, 4, 5, 6]
        raise LookupError
    assert take_gapless("statement") == [2]


@pytest.mark.django_db
def test_take_gapless_refuses_less_than_one():
    with pytest.raises(ValueError, match="one number or more"):
        take_gapless("statement", 0)


@pytest.mark.django_db(transaction=True)
def test_take_gapless_refuses_to_run_outside_a_transaction():
    with pytest.raises(transaction.TransactionManagementError):
        take_gapless("statement")


def _in_threads(work: Callable[[], list[int]]) -> list[int]:
    def run(_: int) -> list[int]:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return [number for numbers in pool.map(run, range(THREADS)) for number in numbers]


@pytest.mark.django_db(transaction=True)
def test_four_who_take_at_once_get_every_number_once():
    together = Barrier(THREADS)

    def take_twenty() -> list[int]:
        together.wait(10)
        taken = []
        for _ in range(20):
            with transaction.atomic():
                taken += take_gapless("statement")
        return taken

    assert sorted(_in_threads(take_twenty)) == list(range(1, 81))


@pytest.mark.django_db(transaction=True)
def test_control_without_the_row_lock_the_same_race_gives_numbers_twice():
    NumberSeries.objects.create(code="statement")
    together = Barrier(THREADS)

    def read_then_write() -> list[int]:
        with transaction.atomic():
            last = NumberSeries.objects.get(code="statement").last
            together.wait(10)
            NumberSeries.objects.filter(code="statement").update(last=last + 1)
        return [last + 1]

    assert _in_threads(read_then_write) == [1, 1, 1, 1]


@pytest.mark.django_db(transaction=True)
def test_who_comes_second_waits_for_the_end_of_the_first_and_leaves_no_gap_when_it_fails():
    taken, done = Event(), Event()
    came_through: list[int] = []

    def second() -> None:
        try:
            assert taken.wait(10)
            with transaction.atomic():
                came_through.extend(take_gapless("statement"))
        finally:
            done.set()
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(second)
        with suppress(LookupError), transaction.atomic():
            assert take_gapless("statement") == [1]
            taken.set()
            assert not done.wait(0.3)
            raise LookupError
        running.result(10)
    assert came_through == [1]
