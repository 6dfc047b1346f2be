"""A second house is founded, hurt and started again; each test leaves it running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from redis import Redis

from ops_portal.embedded import ServerUrls, ensure_servers, server_status, stop_servers
from ops_portal.embedded.processes import mark_process, processes_in, wait_gone

FOUND = """
import sys
from pathlib import Path
from ops_portal.embedded import ensure_servers
print(ensure_servers(home=Path(sys.argv[1])))
"""


@pytest.fixture(scope="module")
def answers(home: Path) -> list[str]:
    """What three processes answer that start the servers at once, where a founding had been cut short."""
    cut_short = home / "postgresql" / "data.new"
    cut_short.mkdir(parents=True)
    (cut_short / "PG_VERSION").write_text("18\n")
    starters = [
        subprocess.Popen([sys.executable, "-c", FOUND, str(home)], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    return [starter.communicate(timeout=60)[0] for starter in starters]


@pytest.fixture
def urls(home: Path, answers: list[str]) -> ServerUrls:
    return ensure_servers(home=home)


@contextmanager
def query(urls: ServerUrls) -> Iterator[Any]:
    with closing(psycopg2.connect(urls.database_url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor


def ask(urls: ServerUrls, text: str) -> Any:
    with query(urls) as cursor:
        cursor.execute(text)
        return cursor.fetchone()[0]


def pid_of(home: Path, name: str) -> int:
    pid = next(server.pid for server in server_status(home=home) if server.name == name)
    assert pid is not None
    return pid


def kill(home: Path, name: str) -> None:
    mark = mark_process(pid_of(home, name))
    assert mark is not None
    os.kill(mark.pid, signal.SIGKILL)
    assert wait_gone([mark], 5) == []


def test_three_starts_at_once_give_one_database_and_one_broker(home: Path, answers: list[str]) -> None:
    assert answers == [f"{ensure_servers(home=home)}\n"] * 3
    assert len(processes_in(home / "valkey")) == 1


def test_a_commit_reaches_the_disk(urls: ServerUrls) -> None:
    settings = ("fsync", "full_page_writes", "synchronous_commit")
    assert [ask(urls, f"SHOW {name}") for name in settings] == ["on"] * 3


def test_the_database_listens_on_the_loopback_address_only_and_wants_the_password(urls: ServerUrls) -> None:
    assert ask(urls, "SHOW listen_addresses") == "127.0.0.1"
    password = urls.database_url.split(":")[2].split("@")[0]
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(urls.database_url.replace(password, "0" * 40))


def test_text_sorts_by_code_point_and_chinese_has_trigrams(urls: ServerUrls) -> None:
    words = "unnest(array['中', 'b', 'Ä', 'a', 'B']) AS word"
    assert ask(urls, f"SELECT string_agg(word, '' ORDER BY word) FROM {words}") == "BabÄ中"
    with query(urls) as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    assert ask(urls, "SELECT cardinality(show_trgm('代運營'))") == 4


def test_statements_are_counted_and_the_role_is_no_superuser(urls: ServerUrls) -> None:
    assert ask(urls, "SELECT count(*) > 0 FROM pg_stat_statements")
    assert ask(urls, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False


def test_servers_that_run_are_found(home: Path, urls: ServerUrls) -> None:
    assert ensure_servers(home=home) == urls


def test_a_killed_database_comes_back_on_its_port_with_its_rows(home: Path, urls: ServerUrls) -> None:
    with query(urls) as cursor:
        cursor.execute("CREATE TABLE kept (units integer)")
        cursor.execute("INSERT INTO kept VALUES (50)")
    kill(home, "postgresql")
    assert ensure_servers(home=home) == urls
    assert ask(urls, "SELECT units FROM kept") == 50


def test_a_killed_broker_comes_back_on_its_port_with_its_messages(home: Path, urls: ServerUrls) -> None:
    with closing(Redis.from_url(urls.redis_url)) as broker:
        broker.rpush("kept", "message")
        broker.execute_command("WAITAOF", 1, 0, 5000)  # type: ignore[no-untyped-call]
        kill(home, "valkey")
    assert ensure_servers(home=home) == urls
    with closing(Redis.from_url(urls.redis_url)) as broker:
        assert broker.lpop("kept") == b"message"
        assert broker.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_the_process_file_of_a_crash_with_another_living_process_in_it_is_no_obstacle(
    home: Path, urls: ServerUrls
) -> None:
    data = home / "postgresql" / "data"
    kept = (data / "postmaster.pid").read_text().splitlines()
    stop_servers(home=home)
    (data / "postmaster.pid").write_text("\n".join([str(os.getppid()), *kept[1:]]))
    assert ensure_servers(home=home) == urls


def test_stopping_leaves_no_process_and_status_says_so(home: Path, urls: ServerUrls) -> None:
    stop_servers(home=home)
    assert processes_in(home / "postgresql" / "data") + processes_in(home / "valkey") == []
    assert [server.running for server in server_status(home=home)] == [False, False]
    assert ensure_servers(home=home) == urls


def test_passwords_and_logs_are_readable_by_their_owner_only(home: Path, urls: ServerUrls) -> None:
    private = [home / "passwords.json", home / "logs" / "postgresql.log", home / "valkey" / "valkey.conf"]
    assert [oct(path.stat().st_mode)[-3:] for path in private] == ["600"] * 3


def test_given_addresses_are_kept_and_nothing_is_started(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/portal")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere/0")
    elsewhere = ServerUrls("postgresql://elsewhere/portal", "redis://elsewhere/0")
    assert ensure_servers(home=place / "never") == elsewhere
    assert not (place / "never").exists()
