"""Rate limits count in Redis, say what is left, and let everyone in when Redis is away."""

from __future__ import annotations

import uuid

import pytest
import structlog
from rest_framework.test import APIClient

from ops_portal.lib.doors import throttling

SERIES = "/api/v1/series/"


@pytest.fixture
def _three_a_minute(settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PORTAL_RATE_LIMITS = {"user": 3, "anonymous": 2}
    unique = uuid.uuid4().hex
    count = throttling.RateLimit.count
    monkeypatch.setattr(
        throttling.RateLimit, "count", lambda self, key, now: count(self, f"{unique}:{key}", now)
    )
    monkeypatch.setattr(throttling.time, "time", lambda: 1_800_000_015.0)


@pytest.mark.usefixtures("_three_a_minute")
def test_the_fourth_request_of_three_a_minute_is_429_with_the_seconds_to_wait(client: APIClient) -> None:
    answers = [client.get(SERIES) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert {answer["RateLimit-Limit"] for answer in answers} == {"3"}
    assert answers[3].json()["code"] == "throttled"
    assert answers[3]["Retry-After"] == answers[3]["RateLimit-Reset"] == "45"


@pytest.mark.usefixtures("_three_a_minute")
def test_wrong_keys_count_against_the_address_that_tries_them(stranger: APIClient) -> None:
    answers = [stranger.get(SERIES, HTTP_AUTHORIZATION="Bearer nonsense") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [401, 401, 429]


@pytest.mark.usefixtures("_three_a_minute")
def test_without_redis_nobody_is_refused_and_it_is_logged_once(
    client: APIClient, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_CACHE_URL = "redis://127.0.0.1:1/1"

    with structlog.testing.capture_logs() as logs:
        statuses = [client.get(SERIES).status_code for _ in range(5)]

    assert statuses == [200] * 5
    assert [entry["event"] for entry in logs if entry["log_level"] == "warning"] == ["rate_limit_open"]


def test_a_limit_of_zero_is_no_limit(client: APIClient) -> None:
    answer = client.get(SERIES)

    assert "RateLimit-Limit" not in answer
