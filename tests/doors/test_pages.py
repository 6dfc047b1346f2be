"""What every request passes: health, addresses, headers, error pages, the schema, logs."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import structlog
from django.conf import settings as portal_settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from rest_framework.test import APIClient

from ops_portal import health
from ops_portal.lib.doors import logs

POLICY = "Content-Security-Policy"


@pytest.fixture
def browser() -> Client:
    return Client(raise_request_exception=False)


# -- health --------------------------------------------------------------------------------------------------


def test_a_living_process_says_so_without_a_database(browser: Client) -> None:
    answer = browser.get("/livez")  # no mark: a query would fail

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db(transaction=True)
def test_a_ready_house_names_its_checks(browser: Client) -> None:
    health._migrated.clear()

    answer = browser.get("/readyz")

    assert answer.json() == {
        "status": "ok",
        "checks": {"database": "ok", "migrations": "ok", "redis": "ok"},
    }
    assert answer.status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_house_without_redis_is_not_ready_and_says_what_is_missing(browser: Client, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    answer = browser.get("/readyz")

    assert (answer.status_code, answer.json()["checks"]["redis"]) == (503, "unreachable")
    assert answer.json()["checks"]["database"] == "ok"


@pytest.mark.django_db(transaction=True)
def test_a_house_with_a_migration_to_apply_is_not_ready(browser: Client) -> None:
    health._migrated.clear()
    recorder = MigrationRecorder(connection)
    recorder.record_unapplied("sessions", "0001_initial")
    try:
        answer = browser.get("/readyz")
    finally:
        recorder.record_applied("sessions", "0001_initial")

    assert (answer.status_code, answer.json()["checks"]["migrations"]) == (503, "unapplied")


@pytest.mark.django_db(transaction=True)
def test_a_check_that_hangs_costs_a_second_and_is_not_started_twice(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[int] = []
    enough = Event()

    def hang() -> None:
        started.append(1)
        enough.wait(30)

    monkeypatch.setattr(health, "TIME_OUT_SECONDS", 0.1)
    monkeypatch.setitem(health.CHECKS, "database", hang)
    answers = [browser.get("/readyz"), browser.get("/readyz")]

    assert [answer.json()["checks"]["database"] for answer in answers] == ["timed out", "timed out"]
    assert not enough.is_set()  # nobody waited for the check
    assert len(started) == 1
    enough.set()


# -- addresses and pages -------------------------------------------------------------------------------------


def test_the_first_page_is_the_admin(browser: Client) -> None:
    assert browser.get("/")["Location"] == "/admin/"


def test_a_person_can_choose_the_language(browser: Client) -> None:
    answer = browser.post("/i18n/setlang/", {"language": "zh-hans", "next": "/admin/"})

    assert answer.status_code == 302
    assert answer.cookies["portal_language"].value == "zh-hans"


def test_an_address_that_is_not_there_has_a_page_for_people(browser: Client) -> None:
    answer = browser.get("/nothing/")

    page = answer.content.decode()
    assert answer.status_code == 404
    assert "<h1>There is nothing at this address.</h1>" in page
    assert "<style" not in page
    assert "style=" not in page


def test_an_error_of_ours_has_a_page_that_needs_no_database(browser: Client) -> None:
    answer = browser.get("/fail/")

    assert answer.status_code == 500
    assert "Something went wrong here. It was recorded." in answer.content.decode()


def test_a_form_without_its_token_is_told_to_load_again(db: None) -> None:
    answer = Client(enforce_csrf_checks=True).post("/i18n/setlang/", {"language": "zh-hans"})

    assert answer.status_code == 403
    assert "This form is too old." in answer.content.decode()


@pytest.mark.parametrize("path", ["/api/v1/series/?code=%00", "/api/v1/series/%00/", "/api/v1/%00?a=b"])
def test_a_nul_in_an_address_of_the_api_is_a_problem(browser: Client, path: str) -> None:
    answer = browser.get(path)

    assert (answer.status_code, answer.json()["code"]) == (400, "nul_character")


@pytest.mark.parametrize("path", ["/admin/login/?next=%00", "/%00", "/nothing/?q=a%00b"])
def test_a_nul_in_any_other_address_is_400(browser: Client, path: str) -> None:
    assert browser.get(path).status_code == 400


# -- headers -------------------------------------------------------------------------------------------------


def test_the_policy_is_strict_outside_the_admin(browser: Client) -> None:
    for path in ("/livez", "/nothing/", "/api/docs/"):
        policy = browser.get(path)[POLICY]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy + ";"


@pytest.mark.django_db
def test_the_admin_may_evaluate_and_style_inline_but_not_script_inline(browser: Client) -> None:
    directives = dict(
        directive.strip().split(" ", 1) for directive in browser.get("/admin/login/")[POLICY].split(";")
    )

    assert directives["script-src"] == "'self' 'unsafe-eval'"
    assert directives["style-src"] == "'self' 'unsafe-inline'"
    assert directives["default-src"] == "'none'"


@pytest.mark.django_db
def test_pages_of_the_admin_hold_no_inline_script(browser: Client) -> None:
    page = browser.get("/admin/login/").content.decode()

    assert page.count("<script") == page.count("<script src=")


@pytest.mark.parametrize("given", ["a-number-of-the-proxy", "../../etc", "x", "a b c d e f g h", "é" * 20])
def test_a_request_carries_a_number(browser: Client, given: str) -> None:
    number = browser.get("/livez", headers={"X-Request-ID": given})["X-Request-ID"]

    assert (number == given) == (given == "a-number-of-the-proxy")
    assert len(number) in (21, 32)


def test_production_passes_the_deployment_check_without_a_warning() -> None:
    found = in_production("-m", "django", "check", "--deploy", "--fail-level", "WARNING")

    assert (found.returncode, found.stdout + found.stderr) == (
        0,
        "System check identified no issues (0 silenced).\n",
    )


def test_production_trusts_the_proxy_header_that_it_is_told_of() -> None:
    ask = "from ops_portal import settings as s; print(s.SECURE_PROXY_SSL_HEADER, s.SECURE_SSL_REDIRECT)"

    found = in_production("-c", ask, PROXY_SSL_HEADER="X-Forwarded-Proto")

    assert found.stdout == "('HTTP_X_FORWARDED_PROTO', 'https') True\n"


def in_production(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | more | {
        "DJANGO_SETTINGS_MODULE": "ops_portal.settings",
        "PORTAL_ENV": "production",
        "SECRET_KEY": "of-sixty-four-characters-and-more-than-five-different-ones-1234567890",
        "SEALING_KEY": portal_settings.SEALING_KEY,
        "BLIND_INDEX_KEY": portal_settings.BLIND_INDEX_KEY,
        "ALLOWED_HOSTS": "portal.example.com",
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        cwd=Path(portal_settings.BASE_DIR),
    )


# -- the schema ----------------------------------------------------------------------------------------------


@pytest.fixture
def schema(stranger: APIClient) -> dict[str, Any]:
    answer = stranger.get("/api/v1/schema/", HTTP_ACCEPT="application/vnd.oai.openapi+json")
    assert answer.status_code == 200
    return json.loads(answer.content)


def test_the_schema_documents_every_problem_of_a_list(schema: dict[str, Any]) -> None:
    listed = schema["paths"]["/api/v1/series/"]["get"]

    assert schema["openapi"].startswith("3.")
    assert set(listed["responses"]) == {"200", "400", "401", "403", "429", "503"}
    assert listed["responses"]["403"]["content"] == {
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
    }
    assert {"cursor", "page_size", "code", "last_min", "last_max"} == {
        parameter["name"] for parameter in listed["parameters"]
    }


def test_the_schema_documents_every_problem_of_an_object_and_a_write(schema: dict[str, Any]) -> None:
    one = schema["paths"]["/api/v1/series/{id}/"]["get"]
    write = schema["paths"]["/api/v1/series/"]["post"]

    assert set(one["responses"]) == {"200", "400", "401", "403", "404", "429", "503"}
    assert "expand" in {parameter["name"] for parameter in one["parameters"]}
    assert set(write["responses"]) == {"201", "400", "401", "403", "409", "429", "503"}
    assert [(parameter["name"], parameter["in"]) for parameter in write["parameters"]] == [
        ("Idempotency-Key", "header")
    ]
    page = schema["components"]["schemas"]["PaginatedSeriesList"]
    assert set(page["properties"]) == {"results", "next", "previous"}


def test_the_documentation_holds_nothing_inline(browser: Client) -> None:
    page = browser.get("/api/docs/").content.decode()
    script = browser.get("/api/docs/?script=")

    assert page.count("<script") == page.count("<script src=") == 3
    assert "<style" not in page
    assert script["Content-Type"] == "application/javascript"
    assert "/api/v1/schema/" in script.content.decode()


# -- logs ----------------------------------------------------------------------------------------------------


def test_production_logs_are_json_with_the_number_of_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(sys, "stderr", out)
    before = structlog.get_config()
    try:
        logs.configure({"level": "INFO", "as_json": True})
        with structlog.contextvars.bound_contextvars(request_id="r1"):
            structlog.get_logger("of.ours").info("order_placed", number="O1")
            logging.getLogger("of.django").warning("slow %s", "query")
    finally:
        structlog.configure(**before)
        logs.configure(portal_settings.LOGGING)

    ours, theirs = (json.loads(line) for line in out.getvalue().splitlines())
    assert (ours["event"], ours["number"], ours["request_id"], ours["level"]) == (
        "order_placed",
        "O1",
        "r1",
        "info",
    )
    assert (theirs["event"], theirs["logger"], theirs["request_id"]) == ("slow query", "of.django", "r1")


def test_the_line_of_a_request_holds_its_path_and_not_its_query(browser: Client) -> None:
    with structlog.testing.capture_logs() as lines:
        browser.get("/livez?phone=13800000000")

    (line,) = [line for line in lines if line["event"] == "request"]
    assert (line["method"], line["path"], line["status"]) == ("GET", "/livez", 200)
    assert "13800000000" not in json.dumps(line)
