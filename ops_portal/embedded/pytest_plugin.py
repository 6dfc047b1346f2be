"""Give plain ``pytest`` the servers before anything reads the settings."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from ops_portal.embedded.environment import ensure_environment


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Generator[None, object, object]:
    """Start the servers. A wrapper: pytest-django's own hook, which reads the settings, would come first."""
    ensure_environment()
    return (yield)
