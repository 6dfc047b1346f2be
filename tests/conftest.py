"""What holds for every test."""

from collections.abc import Iterator

import pytest
from django.utils import translation
from hypothesis import settings

# How long an example takes is the machine's affair; speed is measured by the benchmarks.
settings.register_profile("portal", deadline=None)
settings.load_profile("portal")


@pytest.fixture(autouse=True)
def language_of_the_source() -> Iterator[None]:
    """Begin in English: a request leaves its reader's language in the thread that it ran in."""
    with translation.override("en"):
        yield
