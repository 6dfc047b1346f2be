"""People and a clock for the tests of accounts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ops_portal.lib.principals import Principal


@pytest.fixture
def at() -> datetime:
    return datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def actor() -> Principal:
    return Principal("person", "lin")
