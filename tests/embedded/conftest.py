from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops_portal.embedded import stop_servers


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A directory with a blank in its name that the servers' account can enter, unlike pytest's own."""
    directory = Path(tempfile.mkdtemp(prefix="second house "))
    directory.chmod(0o711)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture(scope="module")
def home(place: Path) -> Iterator[Path]:
    """The home of a second house beside that of the suite; its servers are stopped at the end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DATABASE_URL", raising=False)
        patch.delenv("REDIS_URL", raising=False)
        yield place / "home"
        stop_servers(home=place / "home")
