"""A run that was killed goes on after its last chunk; two runs of one file at once do no harm."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from catalog.queries.audit import audit_stock
from ops_portal.intake.choices import RunStatus
from ops_portal.intake.models import ImportRun, RunChange
from orders.models import Order, OrderLine
from tests.factories import make_shop, make_sku, make_warehouse, receive, stock_of
from tests.intake.conftest import counts, order_file, order_rows

ORDERS = 12_000


def address_of_test_database() -> str:
    given = connection.get_connection_params()
    return (
        f"postgresql://{given['user']}:{given['password']}@{given['host']}:{given['port']}/{given['dbname']}"
    )


@pytest.fixture
def start(transactional_db, storage: Path):
    """Start ``import_file`` in a process of its own, on the test database."""
    started = []

    def run(*arguments: str) -> subprocess.Popen:
        environment = {
            **os.environ,
            "DATABASE_URL": address_of_test_database(),
            "REDIS_URL": settings.REDIS_URL,
            "PORTAL_MEDIA": str(storage),
        }
        command = [sys.executable, "manage.py", "import_file", *arguments, "--json"]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
        process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, **pipes)
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def answer(process: subprocess.Popen) -> dict:
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return json.loads(out.strip().splitlines()[-1])


@pytest.fixture
def house(transactional_db):
    warehouse, sku = make_warehouse("MAIN"), make_sku("A")
    receive(sku, ORDERS * 2, warehouse=warehouse)
    make_shop("S1")
    return warehouse, sku


@pytest.fixture
def path(write) -> Path:
    return write(order_file(*order_rows(*[f"T{number:06d}" for number in range(ORDERS)])))


def wait_for(condition, *, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_killed_import_goes_on_after_its_last_chunk_and_nothing_comes_twice(house, path, start):
    warehouse, sku = house
    process = start("orders.standard", str(path), "--shop", "S1")
    wait_for(lambda: ImportRun.objects.filter(next_row__gt=0).exists())
    process.send_signal(signal.SIGKILL)
    process.wait()
    run = ImportRun.objects.get()
    assert run.status == RunStatus.RUNNING
    assert 0 < run.created < ORDERS
    finished = answer(start("orders.standard", str(path), "--shop", "S1"))
    assert finished["run"] == run.number
    assert counts(finished) == (ORDERS, ORDERS, 0, 0, 0, 0)
    assert Order.objects.count() == OrderLine.objects.count() == RunChange.objects.count() == ORDERS
    assert stock_of(sku, warehouse).reserved == ORDERS
    assert audit_stock().ok


def test_two_imports_of_one_file_at_once_bring_each_order_in_once(house, path, start):
    warehouse, sku = house
    both = [start("orders.standard", str(path), "--shop", "S1") for _ in range(2)]
    answers = [answer(process) for process in both]
    assert [one["rows"] for one in answers] == [ORDERS, ORDERS]
    assert sum(one["created"] for one in answers) == sum(one["unchanged"] for one in answers) == ORDERS
    assert [one["rejected"] + one["updated"] + one["held"] for one in answers] == [0, 0]
    assert (Order.objects.count(), stock_of(sku, warehouse).reserved) == (ORDERS, ORDERS)
    assert audit_stock().ok


@pytest.mark.django_db
def test_a_run_that_failed_goes_on_and_one_under_other_options_begins_anew(take_in, write, monkeypatch):
    from orders.importers import writing
    from orders.importers.standard import StandardOrders

    make_shop("S1")
    file = write(order_file(*order_rows("T1", "T2", "T3")))
    monkeypatch.setattr(StandardOrders, "chunk", 1)
    real, calls = writing.take_in_orders, []

    def fail_the_second(drafts, **given):
        calls.append(len(drafts))
        if len(calls) == 2:
            raise RuntimeError("the lights went out")
        return real(drafts, **given)

    monkeypatch.setattr(writing, "take_in_orders", fail_the_second)
    with pytest.raises(RuntimeError):
        take_in("orders.standard", file, "--shop", "S1")
    stopped = ImportRun.objects.get()
    assert (stopped.status, stopped.next_row, stopped.failure) == (
        RunStatus.FAILED, 2, "RuntimeError: the lights went out",
    )  # fmt: skip
    other = take_in("orders.standard", file, "--shop", "S1", "--history")
    assert other["run"] != stopped.number
    again = take_in("orders.standard", file, "--shop", "S1")
    assert (again["run"], again["rows"]) == (stopped.number, 3)


@pytest.mark.django_db
def test_reviews_are_counted_from_the_beginning_also_when_their_run_goes_on(take_in, write, monkeypatch):
    import feedback.importers as importers

    file = write("review,label\n好,1\n好,1\n好,1\n")
    monkeypatch.setattr(importers.ReviewKind, "chunk", 1)
    real, calls = importers.receive_items, []

    def fail_the_second(drafts, **given):
        calls.append(len(drafts))
        if len(calls) == 2:
            raise RuntimeError("the lights went out")
        return real(drafts, **given)

    monkeypatch.setattr(importers, "receive_items", fail_the_second)
    with pytest.raises(RuntimeError):
        take_in("feedback.reviews", file)
    assert counts(take_in("feedback.reviews", file)) == (3, 3, 0, 0, 0, 0)


@pytest.mark.django_db
def test_a_process_that_lost_its_claim_writes_nothing_more(take_in, write, monkeypatch):
    from orders.importers import writing
    from orders.importers.standard import StandardOrders

    make_shop("S1")
    monkeypatch.setattr(StandardOrders, "chunk", 1)
    real = writing.take_in_orders

    def taken_over(drafts, **given):
        done = real(drafts, **given)
        ImportRun.objects.update(claim="somebody else")
        return done

    monkeypatch.setattr(writing, "take_in_orders", taken_over)
    file = write(order_file(*order_rows("T1", "T2", "T3")))
    refused = take_in("orders.standard", file, "--shop", "S1")
    assert (refused["exit"], refused["error"]["code"]) == (1, "claim_lost")
    assert (Order.objects.count(), ImportRun.objects.get().rows) == (1, 1)


@pytest.mark.django_db
def test_who_is_silent_for_2_minutes_is_taken_for_dead():
    from ops_portal.intake.claims import is_alive, this_process

    now = timezone.now()
    elsewhere = "another-machine/1/1"
    gone = this_process().rpartition("/")[0] + "/1"
    assert is_alive(elsewhere, now - timedelta(seconds=119), at=now)
    assert not is_alive(elsewhere, now - timedelta(seconds=120), at=now)
    assert is_alive(this_process(), now, at=now)
    assert not is_alive(gone, now, at=now)
    assert not is_alive("", None, at=now)
