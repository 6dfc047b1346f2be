"""200 buyers for the last 50 units, at once: over REST, by the control that oversells, and by the CHECK alone."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from threading import Barrier

import psycopg2
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from catalog.queries.audit import audit_stock
from ops_portal.accounts.operations.keys import ApiKeyDraft, create_api_keys
from tests.factories import ACTOR, make_shop, make_sku, make_warehouse, receive, stock_of

BUYERS, UNITS = 200, 50


def address_of_test_database() -> str:
    given = connection.get_connection_params()
    return (
        f"postgresql://{given['user']}:{given['password']}@{given['host']}:{given['port']}/{given['dbname']}"
    )


@pytest.fixture
def server(transactional_db):
    """A real server process on the test database; its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "DATABASE_URL": address_of_test_database(),
        "REDIS_URL": settings.REDIS_URL,
        "RATE_LIMIT_USER": "0",
    }
    options = (
        f"--interface wsgi --host 127.0.0.1 --port {port} --workers 1 --blocking-threads 16 --backlog 1024"
    )
    command = [sys.executable, "-m", "granian", *options.split(), "ops_portal.wsgi:application"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, env=environment, cwd=settings.BASE_DIR, **quiet)
    try:
        for _attempt in range(200):
            try:
                with closing(HTTPConnection("127.0.0.1", port, timeout=2)) as client:
                    client.request("GET", "/livez")
                    with client.getresponse() as answer:
                        if answer.status == 200:
                            break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def test_200_buyers_of_the_last_50_units_get_50_times_201_and_150_times_409(server):
    warehouse, sku = make_warehouse("MAIN"), make_sku("LAST")
    receive(sku, UNITS, warehouse=warehouse)
    make_shop("S1")
    key = (
        create_api_keys([ApiKeyDraft(roles=("operations_manager",))], actor=ACTOR, at=timezone.now())
        .one()
        .text
    )
    buyer = dict.fromkeys(("name", "phone", "province", "city", "district", "address"), "")
    start = Barrier(BUYERS)

    def buy(number: int) -> int:
        body = {
            "shop": "S1",
            "platform_number": f"R{number}",
            "placed_at": "2026-11-11T00:00:00+08:00",
            "buyer": buyer,
            "freight": "0",
            "lines": [{"sku": "LAST", "units": 1, "unit_price": "9.90"}],
        }
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        with closing(HTTPConnection("127.0.0.1", server, timeout=60)) as client:
            start.wait()
            client.request("POST", "/api/v1/orders/", json.dumps(body), headers)
            with client.getresponse() as answer:
                answer.read()
                return answer.status

    with ThreadPoolExecutor(BUYERS) as crowd:
        statuses = Counter(crowd.map(buy, range(BUYERS)))
    assert statuses == {201: UNITS, 409: BUYERS - UNITS}
    assert (stock_of(sku, warehouse).available, stock_of(sku, warehouse).reserved) == (0, UNITS)
    assert audit_stock().ok


def race_on_a_table(definition: str, take: str) -> tuple[int, int]:
    """Let 200 buyers on 20 connections run ``take``; return how many thought they got a unit, and what is left."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS race_balance")
        cursor.execute(f"CREATE TABLE race_balance ({definition})")
        cursor.execute("INSERT INTO race_balance VALUES (%s)", [UNITS])
    address = address_of_test_database()
    lanes = 20
    start = Barrier(lanes)

    def buy_ten(_lane: int) -> int:
        mine = psycopg2.connect(address)
        mine.autocommit = False
        got = 0
        start.wait()
        for _buyer in range(BUYERS // lanes):
            try:
                with mine, mine.cursor() as cursor:
                    if take == "write back what was read":
                        cursor.execute("SELECT available FROM race_balance")
                        (seen,) = cursor.fetchone()
                        time.sleep(0.001)
                        if seen > 0:
                            cursor.execute("UPDATE race_balance SET available = %s", [seen - 1])
                            got += 1
                    else:
                        cursor.execute("UPDATE race_balance SET available = available - 1")
                        got += 1
            except psycopg2.errors.CheckViolation:
                continue  # the database said no: this buyer got nothing
        mine.close()
        return got

    with ThreadPoolExecutor(lanes) as crowd:
        sold = sum(crowd.map(buy_ten, range(lanes)))
    with connection.cursor() as cursor:
        cursor.execute("SELECT available FROM race_balance")
        (left,) = cursor.fetchone()
        cursor.execute("DROP TABLE race_balance")
    return sold, left


@pytest.mark.django_db(transaction=True)
def test_the_control_that_writes_back_what_it_read_without_the_check_oversells_50_units():
    sold, _left = race_on_a_table("available bigint", "write back what was read")
    assert sold > UNITS


@pytest.mark.django_db(transaction=True)
def test_the_check_alone_stops_200_buyers_who_do_not_look_at_50_units():
    sold, left = race_on_a_table("available bigint CHECK (available >= 0)", "subtract")
    assert (sold, left) == (UNITS, 0)
