"""A worker is killed amid a sweep: nothing is half done, nobody waits for its lock, and the next one does it all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from catalog.models import ChannelStock, Replenishment, StaleStock, StockAlert
from catalog.operations.alerting import sweep_alerts
from catalog.operations.channel_stock import show_stock
from catalog.operations.replenishing import suggest_replenishment
from ops_portal.lib.models import StateMove
from tests.catalog.test_channel_stock import offer
from tests.factories import ACTOR, NOON, make_shop, make_sku, make_warehouse, receive
from tests.races.test_alert_night import out_of_stock, sweep_now
from tests.races.test_last_units import address_of_test_database
from tests.races.test_replenishment import wanting

pytestmark = pytest.mark.django_db(transaction=True)

# Do all that an operation does, say so, and stand still before the end of the transaction.
LINGER = """
import os, sys, time
os.environ["DJANGO_SETTINGS_MODULE"] = "ops_portal.settings"
import django
django.setup()
from datetime import datetime, timezone
from ops_portal.lib.principals import acting_as, job
from {module} import {name}
with acting_as(job("killed")):
    {name}(actor=job("killed"), at=datetime.fromisoformat("{at}"))
    print("done", flush=True)
    {pause}
print("over", flush=True)
time.sleep(60)
"""


def killed_amid(operation, *, at, pause="time.sleep(60)", says="done") -> None:
    """Run an operation in a process of its own, and kill it before (or, by ``says``, after) its end."""
    code = LINGER.format(module=operation.__module__, name=operation.__name__, at=at.isoformat(), pause=pause)
    environment = {**os.environ, "DATABASE_URL": address_of_test_database(), "REDIS_URL": settings.REDIS_URL}
    pipes = {"stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=settings.BASE_DIR, env=environment, **pipes
    ) as worker:
        try:
            line = ""
            while line.strip() != says:
                line = worker.stdout.readline()
                assert line, "the worker ended by itself"
        finally:
            worker.send_signal(signal.SIGKILL)


def wait_no_longer_than_ten_seconds() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '10s'")


@pytest.fixture(autouse=True)
def patience(transactional_db):
    wait_no_longer_than_ten_seconds()
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET lock_timeout")


def test_a_sweep_of_alerts_that_is_killed_leaves_no_alert_and_no_number_behind():
    out_of_stock(30)
    killed_amid(sweep_alerts, at=timezone.now())
    assert (StockAlert.objects.count(), StateMove.objects.filter(document_kind="stock_alert").count()) == (
        0,
        0,
    )
    assert sweep_now() == 30
    assert StockAlert.objects.count() == 30


def test_the_control_that_is_killed_after_its_end_leaves_all_30():
    out_of_stock(30)
    killed_amid(sweep_alerts, at=timezone.now(), pause="pass", says="over")
    assert (StockAlert.objects.count(), sweep_now()) == (30, 0)


def test_a_reckoning_that_is_killed_leaves_no_suggestion_and_the_next_makes_it():
    wanting()
    killed_amid(suggest_replenishment, at=NOON)
    assert Replenishment.objects.count() == 0
    assert len(suggest_replenishment(actor=ACTOR, at=NOON).done) == 1


def test_a_sweep_of_what_shops_show_that_is_killed_leaves_its_marks_to_the_next():
    warehouse, sku = make_warehouse("MAIN"), make_sku("TEA")
    receive(sku, 10, warehouse=warehouse)
    offer(make_shop("S1"), sku)
    killed_amid(show_stock, at=NOON)
    assert (ChannelStock.objects.count(), StaleStock.objects.count() > 0) == (0, True)
    assert show_stock(actor=ACTOR, at=NOON) == 1
    assert (ChannelStock.objects.get().units, StaleStock.objects.count()) == (10, 0)
