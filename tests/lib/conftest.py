import pytest
from django.db import connection

from tests.lib.parcels import Parcel


@pytest.fixture
def parcels(db):
    """Return a function that makes parcels in their table, which lasts as long as the test's transaction."""
    with connection.schema_editor() as editor:
        editor.create_model(Parcel)

    def make(*statuses: str) -> list[Parcel]:
        return [
            Parcel.objects.create(number=f"P{index}", status=status)
            for index, status in enumerate(statuses, start=1)
        ]

    return make
