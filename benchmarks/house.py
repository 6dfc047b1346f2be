"""The benches' own databases, beside the house's on the same server, made and migrated by Django."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import django
import redis

# The last of the sixteen databases: no message of a bench reaches a running portal's workers.
BROKER, CACHE = "/15", "/14"


@dataclass(frozen=True, slots=True)
class House:
    """Where a bench works. Processes that it starts find the same in ``DATABASE_URL``."""

    url: str


def find_servers() -> None:
    """Start the embedded servers where none are given, and turn away from the house's own broker."""
    from ops_portal.embedded import ensure_environment

    ensure_environment()
    given = os.environ["REDIS_URL"]
    os.environ["REDIS_URL"], os.environ["REDIS_CACHE_URL"] = (
        _with_path(given, BROKER),
        _with_path(given, CACHE),
    )
    # High, not off: counting the calls is part of answering them.
    os.environ["RATE_LIMIT_USER"] = "1000000000"
    os.environ["DJANGO_SETTINGS_MODULE"] = "ops_portal.settings"
    django.setup()


@contextmanager
def own_house(name: str, *, keep: bool = False) -> Iterator[House]:
    """Make the database ``name``, migrated; drop it at the end unless it is to be kept."""
    from django.conf import settings
    from django.db import connection, connections

    given = os.environ["DATABASE_URL"]
    database = connection.settings_dict
    database["TEST"]["NAME"] = name
    house_name = database["NAME"]
    house = House(_with_path(given, f"/{name}"))
    connection.creation.create_test_db(verbosity=0, autoclobber=not keep, serialize=False, keepdb=keep)
    os.environ["DATABASE_URL"] = house.url
    try:
        with tempfile.TemporaryDirectory() as media:
            os.environ["PORTAL_MEDIA"] = media
            yield house
    finally:
        os.environ["DATABASE_URL"] = given
        connections.close_all()
        connection.creation.destroy_test_db(house_name, verbosity=0, keepdb=keep)
        settings.DATABASES["default"]["NAME"] = house_name
        for url in (os.environ["REDIS_URL"], os.environ["REDIS_CACHE_URL"]):
            redis.Redis.from_url(url).flushdb()


def free(names: Iterable[str]) -> None:
    """Drop databases that were kept."""
    from django.db import connection

    with connection.cursor() as cursor:
        for name in sorted(names):
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')


def _with_path(url: str, path: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=path))
