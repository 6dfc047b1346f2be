from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from tests.house.agency import Agency, everyone, open_agency


@pytest.fixture(autouse=True)
def no_rate_limits(settings: Any) -> None:
    """Let a test knock as often as it likes."""
    settings.PORTAL_RATE_LIMITS = {"user": 0, "anonymous": 0}


@pytest.fixture(scope="module")
def standing_agency(django_db_setup: None, django_db_blocker: Any) -> Iterator[Agency]:
    """Build the agency once for a module, in a transaction that each test leaves as it found it."""
    with django_db_blocker.unblock(), transaction.atomic():
        agency = open_agency()
        agency.callers = everyone()
        yield agency
        transaction.set_rollback(True)


@pytest.fixture
def agency(standing_agency: Agency, db: None) -> Agency:
    """Return a small agency with everyone who may come to its doors."""
    return standing_agency
