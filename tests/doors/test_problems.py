"""Every error is a problem document with a stable code."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from ops_portal.accounts.models import User
from ops_portal.lib.models import NumberSeries
from tests.doors.portal import raise_in_database

SERIES = "/api/v1/series/"


def test_a_refusal_is_a_409_problem_with_its_code_sentence_and_facts(client: APIClient) -> None:
    client.post(SERIES, {"code": "INV"})

    answer = client.post(SERIES, {"code": "INV"})

    assert answer.status_code == 409
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json() == {
        "series": "INV",
        "type": "urn:ops-portal:problem:series_taken",
        "title": "Conflict",
        "status": 409,
        "code": "series_taken",
        "detail": "The series INV exists.",
    }


def test_a_refusal_whose_class_names_a_status_answers_with_it(client: APIClient) -> None:
    answer = client.post(SERIES, {"code": "INV", "last": -1})

    assert (answer.status_code, answer.json()["code"]) == (422, "negative_series")
    assert NumberSeries.objects.count() == 0


def test_invalid_fields_are_named_by_pointer(client: APIClient) -> None:
    answer = client.post(SERIES, {"last": "many", "notes": [{"text": "fine"}, {"text": "x" * 21}]})

    assert answer.status_code == 400
    problem = answer.json()
    assert (problem["code"], problem["detail"]) == ("invalid", "Some fields are not valid.")
    assert problem["errors"] == [
        {"pointer": "#/code", "detail": "This field is required."},
        {"pointer": "#/last", "detail": "A valid integer is required."},
        {"pointer": "#/notes/1/text", "detail": "Ensure this field has no more than 20 characters."},
    ]


def test_a_field_that_nobody_declared_is_refused_by_name_at_any_depth(client: APIClient) -> None:
    outside = client.post(SERIES, {"code": "INV", "lats": 4})
    inside = client.post(SERIES, {"code": "INV", "notes": [{"text": "fine", "colour": "red"}]})

    assert outside.json()["errors"] == [{"pointer": "#/lats", "detail": "There is no such field."}]
    assert inside.json()["errors"] == [{"pointer": "#/notes/0/colour", "detail": "There is no such field."}]
    assert NumberSeries.objects.count() == 0


def test_a_field_that_is_only_shown_is_refused_too(client: APIClient) -> None:
    answer = client.post(SERIES, {"code": "INV", "id": 7})

    assert answer.json()["errors"] == [{"pointer": "#/id", "detail": "There is no such field."}]


@pytest.mark.parametrize(
    ("method", "path", "more", "status", "code"),
    [
        ("get", SERIES + "999/", {}, 404, "not_found"),
        ("get", SERIES + "abc/", {}, 404, "not_found"),
        ("get", SERIES + "99999999999999999999999/", {}, 404, "not_found"),
        ("get", "/api/v1/nothing/", {}, 404, "not_found"),
        ("put", SERIES, {}, 405, "method_not_allowed"),
        ("options", SERIES, {}, 405, "method_not_allowed"),
        ("get", SERIES, {"HTTP_ACCEPT": "image/png"}, 406, "not_acceptable"),
        ("post", SERIES, {"data": "a=1", "content_type": "text/csv"}, 415, "unsupported_media_type"),
        ("post", SERIES + "broken/", {}, 500, "server_error"),
        ("post", SERIES + "undeclared/", {}, 403, "permission_denied"),
        ("get", "/api/v1/unguarded/", {}, 403, "permission_denied"),
        ("get", "/api/fail/", {}, 500, "server_error"),
    ],
)
def test_what_the_framework_refuses_is_a_problem_too(
    client: APIClient, method: str, path: str, more: dict[str, str], status: int, code: str
) -> None:
    answer = getattr(client, method)(path, **more)

    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert answer["Content-Type"] == "application/problem+json"
    assert problem["type"] == f"urn:ops-portal:problem:{code}"


def test_whoever_is_not_signed_in_gets_401_and_is_told_how(stranger: APIClient) -> None:
    answer = stranger.get(SERIES)

    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_wrong_key_gets_401(stranger: APIClient) -> None:
    answer = stranger.get(SERIES, HTTP_AUTHORIZATION="Bearer nonsense")

    assert (answer.status_code, answer.json()["code"]) == (401, "authentication_failed")


def test_a_role_without_the_permission_gets_403(stranger: APIClient, django_user_model: type[User]) -> None:
    from tests.doors.conftest import make_user

    stranger.force_login(make_user("wu", "warehouse"), backend="ops_portal.accounts.backends.RoleBackend")

    assert [stranger.get(SERIES).status_code, stranger.post(SERIES, {"code": "A"}).status_code] == [403, 403]


def test_a_session_writes_only_with_the_token_of_our_pages(manager: User) -> None:
    api = APIClient(enforce_csrf_checks=True)
    api.force_login(manager, backend="ops_portal.accounts.backends.RoleBackend")

    answer = api.post(SERIES, {"code": "INV"})

    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert NumberSeries.objects.count() == 0


def test_rows_that_are_not_the_callers_are_neither_listed_nor_found(client: APIClient) -> None:
    mine = NumberSeries.objects.create(code="MINE")
    secret = NumberSeries.objects.create(code="SECRET-1")

    assert [row["id"] for row in client.get(SERIES).json()["results"]] == [mine.pk]
    assert client.get(f"{SERIES}{mine.pk}/").json()["code"] == "MINE"
    assert client.get(f"{SERIES}{secret.pk}/").status_code == 404


def test_a_bulk_request_is_answered_item_by_item(client: APIClient) -> None:
    NumberSeries.objects.create(code="B")

    answer = client.post(SERIES + "bulk/", [{"code": "A"}, {"code": "B"}, {"code": "C"}], format="json")

    items = answer.json()
    assert [(item["index"], item["status"]) for item in items["results"]] == [(0, 201), (1, 409), (2, 201)]
    assert items["results"][1]["problem"]["code"] == "series_taken"
    assert items["results"][2]["result"]["code"] == "C"
    assert (items["done"], items["refused"]) == (2, 1)


def test_writes_carry_the_principal_of_the_caller(client: APIClient) -> None:
    from tests.doors.portal import calls

    client.post(SERIES, {"code": "INV"})

    assert calls == ["person:lin"]


def test_a_database_error_that_time_heals_is_503_with_retry_after(client: APIClient) -> None:
    raise_in_database("57P01")

    answer = client.post(SERIES, {"code": "INV"})

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer["Retry-After"] == "2"


def test_pages_outside_the_api_say_503_when_time_heals_it(client: APIClient) -> None:
    answer = client.get("/fail-for-now/")

    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert answer["Content-Type"].startswith("text/html")
