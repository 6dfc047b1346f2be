from __future__ import annotations

from collections.abc import Iterator

import pytest
from rest_framework.test import APIClient

from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import User
from ops_portal.lib.doors.throttling import RateLimit
from ops_portal.lib.principals import acting_as, system
from tests.doors import portal

SERIES_PERMISSIONS = {"lib.view_numberseries", "lib.add_numberseries", "lib.view_statemove"}


@pytest.fixture(autouse=True)
def small_portal(settings: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Serve the small portal, whose permissions managers hold, without rate limits."""
    settings.ROOT_URLCONF = "tests.doors.portal"
    settings.PORTAL_RATE_LIMITS = {"user": 0, "anonymous": 0}
    from ops_portal.accounts import permissions

    roles = dict(permissions._roles) | dict.fromkeys(SERIES_PERMISSIONS, frozenset([Role.OPERATIONS_MANAGER]))
    monkeypatch.setattr(permissions, "_roles", roles)
    monkeypatch.setattr(RateLimit, "_paused_until", 0.0)
    portal.happenings.clear()
    portal.calls.clear()
    yield
    portal.happenings.clear()


def make_user(username: str, *roles: str, **more: object) -> User:
    with acting_as(system("test")):
        return User.objects.create_user(username, roles=list(roles), **more)


@pytest.fixture
def manager(db: None) -> User:
    return make_user("lin", Role.OPERATIONS_MANAGER, is_staff=True)


@pytest.fixture
def client(manager: User) -> APIClient:
    """Speak to the API as the manager Lin."""
    api = APIClient(raise_request_exception=False)
    api.force_login(manager, backend="ops_portal.accounts.backends.RoleBackend")
    return api


@pytest.fixture
def stranger(db: None) -> APIClient:
    return APIClient(raise_request_exception=False)
