"""A lost lock is tried again, then said; a lost connection is said at once."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection
from rest_framework.test import APIClient

from ops_portal.lib.doors import retry
from ops_portal.lib.models import NumberSeries, StoredAnswer
from tests.doors.portal import calls, happenings, raise_in_database

pytestmark = pytest.mark.django_db(transaction=True)
SERIES = "/api/v1/series/"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "FIRST_WAIT", 0.0001)


@pytest.mark.parametrize("code", ["40P01", "40001", "55P03"])
def test_an_operation_that_lost_a_lock_three_times_is_done_the_fourth_time(
    client: APIClient, code: str
) -> None:
    raise_in_database(code, times=3)

    answer = client.post(SERIES, {"code": "INV"})

    assert (answer.status_code, len(calls)) == (201, 4)
    assert NumberSeries.objects.count() == 1


def test_an_operation_that_loses_its_lock_a_fourth_time_is_503_and_writes_nothing(client: APIClient) -> None:
    raise_in_database("40P01", times=4)

    answer = client.post(SERIES, {"code": "INV"})

    assert (answer.status_code, answer["Retry-After"], len(calls)) == (503, "2", 4)
    assert NumberSeries.objects.count() == 0


def test_a_request_with_a_key_is_tried_again_as_a_whole(client: APIClient) -> None:
    raise_in_database("40P01", times=2)

    answer = client.post(SERIES, {"code": "INV"}, headers={"Idempotency-Key": "k1"})

    assert (answer.status_code, len(calls)) == (201, 3)
    assert (NumberSeries.objects.count(), StoredAnswer.objects.count()) == (1, 1)


def test_a_request_with_a_key_that_stays_locked_out_is_503_and_stores_nothing(client: APIClient) -> None:
    raise_in_database("40P01", times=4)

    answer = client.post(SERIES, {"code": "INV"}, headers={"Idempotency-Key": "k1"})

    assert (answer.status_code, len(calls)) == (503, 4)
    assert (NumberSeries.objects.count(), StoredAnswer.objects.count()) == (0, 0)


def test_an_operation_is_not_repeated_when_the_connection_is_lost(client: APIClient) -> None:
    def lose_connection() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    happenings.append(lose_connection)

    answer = client.post(SERIES, {"code": "INV"})

    assert (answer.status_code, answer.json()["code"], len(calls)) == (503, "unavailable", 1)
    assert NumberSeries.objects.count() == 0  # on a new connection


def test_the_request_after_a_lost_connection_is_answered(client: APIClient) -> None:
    assert client.get(SERIES + "lose/").status_code == 503
    assert client.get(SERIES).status_code == 200


def test_other_database_errors_are_not_repeated(client: APIClient) -> None:
    raise_in_database("22012", times=2)

    assert client.post(SERIES, {"code": "INV"}).status_code == 500
    assert len(calls) == 1


def test_an_error_of_the_driver_without_a_code_means_that_the_database_is_away() -> None:
    assert retry.is_database_away(OperationalError("server closed the connection unexpectedly"))
    assert not retry.is_lost_lock(OperationalError("server closed the connection unexpectedly"))
