"""Is the process alive; is everything that it needs there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong

import redis
import structlog
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache

log = structlog.get_logger(__name__)

TIME_OUT_SECONDS = 1.0


@never_cache
def livez(request: HttpRequest) -> HttpResponse:
    """Answer that the process takes requests; it asks nobody else."""
    return JsonResponse({"status": "ok"})


@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 where database, migrations and Redis are all there; else 503, naming those that aren't."""
    checks = _checked()
    ready = all(state == "ok" for state in checks.values())
    answer = {"status": "ok" if ready else "unavailable", "checks": checks}
    return JsonResponse(answer, status=200 if ready else 503)


def check_database() -> None:
    """Ask the database for a row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


_migrated = threading.Event()


def check_migrations() -> None:
    """Raise where a migration of this code was not applied; once applied, a process doesn't ask again."""
    if _migrated.is_set():
        return
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise RuntimeError("unapplied migrations")
    _migrated.set()


def check_redis() -> None:
    """Ping the broker."""
    with redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=TIME_OUT_SECONDS, socket_connect_timeout=TIME_OUT_SECONDS
    ) as client:
        client.ping()


CHECKS: dict[str, Callable[[], None]] = {
    "database": check_database,
    "migrations": check_migrations,
    "redis": check_redis,
}

# Each check has a thread of its own: a database that hangs must not take the probe with it, and a check that
# still hangs is not started a second time.
_threads = ThreadPoolExecutor(max_workers=len(CHECKS), thread_name_prefix="readyz")
_running: dict[str, Future[None]] = {}
_lock = threading.Lock()


def _checked() -> dict[str, str]:
    with _lock:
        for name, check in CHECKS.items():
            if name not in _running or _running[name].done():
                _running[name] = _threads.submit(_closing, check)
        started = dict(_running)
    return {name: _state(name, future) for name, future in started.items()}


def _closing(check: Callable[[], None]) -> None:
    """Run ``check`` on a connection that is this thread's and given back."""
    try:
        check()
    finally:
        connection.close()


def _state(name: str, future: Future[None]) -> str:
    try:
        future.result(timeout=TIME_OUT_SECONDS)
    except TookTooLong:
        log.warning("not_ready", check=name, why="timed out")
        return "timed out"
    except Exception as error:  # whatever it is, the probe says so instead of failing
        log.warning("not_ready", check=name, why=str(error))
        return "unapplied" if name == "migrations" and isinstance(error, RuntimeError) else "unreachable"
    return "ok"
