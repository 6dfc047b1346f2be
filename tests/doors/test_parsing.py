"""Bodies from strangers."""

from __future__ import annotations

import tracemalloc
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from ops_portal.lib.doors.parsing import MAX_BYTES, parse_json
from ops_portal.lib.doors.problems import Problem
from ops_portal.lib.models import NumberSeries

SERIES = "/api/v1/series/"


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b'{"code": ', 400, "bad_json"),
        (b"\xff\xfe", 400, "bad_json"),
        (b'{"code": NaN}', 400, "bad_json"),
        (b'{"code": -Infinity}', 400, "bad_json"),
        (b'{"last": 1e999}', 400, "bad_json"),
        (b'{"last": ' + b"9" * 5000 + b"}", 400, "bad_json"),
        (b'{"code": "a\\ud800"}', 400, "bad_json"),
        (b'{"code": "a\\u0000b"}', 400, "nul_character"),
        (b'{"a\\u0000b": 1}', 400, "nul_character"),
        (b'{"notes": [{"text": "\\u0000"}]}', 400, "nul_character"),
        (nested(33), 400, "too_deep"),
        (nested(100_000), 400, "too_deep"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, 400, "too_deep"),
        (b'"' + b"x" * MAX_BYTES + b'"', 413, "too_large"),
    ],
)
def test_a_body_that_is_not_acceptable_is_refused_with_a_code(
    client: APIClient, raw: bytes, status: int, code: str
) -> None:
    answer = client.post(SERIES, data=raw, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert NumberSeries.objects.count() == 0


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (nested(32), None),
        (b"[" + b"[]," * 1000 + b"[]]", None),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b'{"amount": 19.90}', {"amount": Decimal("19.90")}),
        (b'"a\\\\u0000b"', "a\\u0000b"),
        (b'"\\ud83d\\ude00"', "😀"),
    ],
)
def test_a_body_that_is_acceptable_is_read_exactly(raw: bytes, value: Any) -> None:
    read = parse_json(raw)

    assert value is None or read == value


def test_a_body_of_a_million_brackets_is_refused_with_little_memory() -> None:
    tracemalloc.start()
    with pytest.raises(Problem, match="nested deeper"):
        parse_json(nested(1_000_000))
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 20_000_000


def test_a_body_too_large_is_refused_with_a_key_as_well(client: APIClient) -> None:
    raw = b'"' + b"x" * MAX_BYTES + b'"'

    answer = client.post(SERIES, raw, content_type="application/json", headers={"Idempotency-Key": "k"})

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
