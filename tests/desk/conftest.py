from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ops_portal.desk.kinds import ModelKind
from tests.desk.papers import papers


@pytest.fixture
def kind(db: None) -> Iterator[ModelKind]:
    with papers() as kind:
        yield kind


@pytest.fixture
def committed_kind(transactional_db: Any) -> Iterator[ModelKind]:
    with papers() as kind:
        yield kind
