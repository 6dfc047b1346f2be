"""The same key and body is done once, whatever happens in between."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from rest_framework.test import APIClient

from ops_portal.accounts.models import User
from ops_portal.lib.doors import idempotency
from ops_portal.lib.doors.idempotency import KeyUse, forget_stored_answers
from ops_portal.lib.models import NumberSeries, StateMove, StoredAnswer
from ops_portal.lib.tasks import forget_stored_answers as forget_task
from tests.doors.conftest import make_user
from tests.doors.portal import calls, happenings

SERIES = "/api/v1/series/"
NOON = datetime(2026, 11, 11, 4, 0, tzinfo=UTC)


def send(client: APIClient, key: str | None, body: Any = None, path: str = SERIES) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(path, {"code": "INV"} if body is None else body, format="json", headers=headers)


def test_the_same_key_and_body_gives_the_stored_answer_byte_for_byte(client: APIClient) -> None:
    first = send(client, "k1")
    second = send(client, "k1")

    assert (first.status_code, second.status_code, len(calls)) == (201, 201, 1)
    assert "Idempotent-Replayed" not in first
    assert second["Idempotent-Replayed"] == "true"
    assert second.content == first.content
    assert second["Content-Type"] == first["Content-Type"] == "application/json"
    assert NumberSeries.objects.count() == 1


def test_the_same_key_with_another_body_is_409(client: APIClient) -> None:
    send(client, "k1")

    answer = send(client, "k1", {"code": "OTHER"})

    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_reused")
    assert NumberSeries.objects.count() == 1


def test_a_key_means_another_thing_at_another_address_and_to_another_caller(client: APIClient) -> None:
    other = APIClient()
    other.force_login(
        make_user("wu", "operations_manager"), backend="ops_portal.accounts.backends.RoleBackend"
    )
    send(client, "k1")

    elsewhere = send(client, "k1", [{"code": "A"}], SERIES + "bulk/")
    theirs = send(other, "k1", {"code": "B"})

    assert [elsewhere.status_code, theirs.status_code] == [200, 201]
    assert NumberSeries.objects.count() == 3


def test_without_a_key_nothing_is_stored(client: APIClient) -> None:
    send(client, None)

    assert StoredAnswer.objects.count() == 0


def test_a_refusal_that_may_end_is_not_stored_so_that_it_can_be_tried_again(client: APIClient) -> None:
    NumberSeries.objects.create(code="INV")
    assert send(client, "k1").status_code == 409

    NumberSeries.objects.all().delete()

    assert send(client, "k1").status_code == 201
    assert len(calls) == 2


def test_a_422_is_stored_and_what_it_wrote_is_undone(client: APIClient) -> None:
    first = send(client, "k1", {"code": "INV", "last": -1})
    second = send(client, "k1", {"code": "INV", "last": -1})

    assert [first.status_code, second.status_code, len(calls)] == [422, 422, 1]
    assert second["Idempotent-Replayed"] == "true"
    assert second["Content-Type"] == first["Content-Type"] == "application/problem+json"
    assert (NumberSeries.objects.count(), StoredAnswer.objects.count()) == (0, 1)


@pytest.mark.parametrize(("status", "stored"), [(409, 0), (422, 1)])
def test_what_was_written_before_an_error_is_undone_with_it(
    client: APIClient, status: int, stored: int
) -> None:
    answer = send(client, "k1", {"code": "INV", "status": status}, SERIES + "half/")

    assert answer.status_code == status
    assert (NumberSeries.objects.count(), StoredAnswer.objects.count()) == (0, stored)


def test_an_invalid_body_is_not_stored(client: APIClient) -> None:
    assert send(client, "k1", {"code": ""}).status_code == 400
    assert send(client, "k1").status_code == 201


@pytest.mark.django_db(transaction=True)
def test_a_crash_after_the_writes_leaves_neither_writes_nor_answer(client: APIClient) -> None:
    def crash() -> None:
        raise RuntimeError("killed")

    happenings.append(crash)
    assert send(client, "k1").status_code == 500
    assert (NumberSeries.objects.count(), StoredAnswer.objects.count()) == (0, 0)

    assert send(client, "k1").status_code == 201
    assert (NumberSeries.objects.count(), StoredAnswer.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_a_crash_while_the_answer_is_stored_undoes_the_writes(
    client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> bool:
        raise RuntimeError("killed")

    with monkeypatch.context() as at_that_moment:
        at_that_moment.setattr(idempotency, "is_kept", crash)
        assert send(client, "k1").status_code == 500

    assert (NumberSeries.objects.count(), StoredAnswer.objects.count()) == (0, 0)


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there", "naïve", "鍵"])
def test_a_key_that_is_not_printable_ascii_of_255_at_most_is_400(client: APIClient, key: str) -> None:
    answer = client.post(SERIES, {"code": "INV"}, HTTP_IDEMPOTENCY_KEY=key)

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_idempotency_key")
    assert NumberSeries.objects.count() == 0


def test_a_key_of_255_characters_is_taken_twice(client: APIClient) -> None:
    key = "~" * 255

    assert [send(client, key).status_code, send(client, key).status_code] == [201, 201]
    assert NumberSeries.objects.count() == 1


def test_a_key_on_a_reading_request_is_ignored(client: APIClient) -> None:
    assert client.get(SERIES, headers={"Idempotency-Key": "k1"}).status_code == 200
    assert StoredAnswer.objects.count() == 0


def test_answers_older_than_seven_days_are_forgotten(manager: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "DELETED_AT_ONCE", 2)
    for age in (0, 6, 8, 9, 10, 11, 12):
        StoredAnswer.objects.create(
            user=manager,
            key_digest=hashlib.sha256(str(age).encode()).digest(),
            fingerprint=bytes(32),
            status_code=201,
            body=b"{}",
            content_type="application/json",
            created_at=NOON - timedelta(days=age),
        )

    assert forget_stored_answers(NOON) == 5
    assert StoredAnswer.objects.count() == 2
    assert forget_task.name == "lib.forget_stored_answers"


# -- two at once ---------------------------------------------------------------------------------------------


@contextmanager
def held_by_another(lock: Callable[[], None]) -> Iterator[None]:
    """Hold what ``lock`` takes on another connection while the block runs."""
    taken, done = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                lock()
                taken.set()
                done.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert taken.wait(10)
    try:
        yield
    finally:
        done.set()
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_a_request_whose_key_is_in_flight_is_409_at_once(client: APIClient, manager: User) -> None:
    digest = hashlib.sha256(f"POST\n{SERIES}\nk1".encode()).digest()
    use = KeyUse(manager.pk, digest, bytes(32))

    with held_by_another(lambda: None if idempotency.lock(use) else pytest.fail("not taken")):
        begin = datetime.now(UTC)
        answer = send(client, "k1")
        waited = datetime.now(UTC) - begin
        other = send(client, "k2")

    assert (answer.status_code, answer.json()["code"], other.status_code) == (409, "in_flight", 201)
    assert waited < timedelta(seconds=1)
    assert send(client, "k1").status_code == 409  # series_taken: not stored, and asked anew
    assert len(calls) == 2


def race(manager: User) -> list[int]:
    """Send the same slow write with the same key on two connections at once; return both statuses."""
    statuses: list[int] = []
    start = threading.Barrier(2)

    def run() -> None:
        try:
            api = APIClient(raise_request_exception=False)
            api.force_login(manager, backend="ops_portal.accounts.backends.RoleBackend")
            start.wait(10)
            statuses.append(send(api, "k1", {}, SERIES + "slow/").status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(statuses)


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_with_one_key_one_writes(manager: User) -> None:
    assert race(manager) == [201, 409]
    assert StateMove.objects.filter(document_kind="slow").count() == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_and_the_unique_key_both_write(
    manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "lock", lambda *_: True)
    monkeypatch.setattr(idempotency, "is_kept", lambda _: False)

    assert race(manager) == [201, 201]
    assert StateMove.objects.filter(document_kind="slow").count() == 2


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_the_unique_key_alone_stops_the_second_but_late(
    manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "lock", lambda *_: True)

    assert race(manager) == [201, 500]
    assert StateMove.objects.filter(document_kind="slow").count() == 1
