"""What has committed stands, whatever fails after it: a broker that is away, orders that can't be served."""

from __future__ import annotations

from typing import Any

import pytest
from celery import current_app

from ops_portal.intake.choices import RunStatus
from ops_portal.intake.kinds import Options, kind_of
from ops_portal.intake.models import ImportRun
from ops_portal.intake.operations.runs import find_waiting, open_runs, queue_runs
from ops_portal.intake.running import prepare
from orders import receivers
from tests.factories import ACTOR, NOON, make_shop, make_sku, make_warehouse, receive, stock_of
from tests.intake.conftest import order_file, order_rows

pytestmark = pytest.mark.django_db(transaction=True)


def away(*_args: Any, **_more: Any) -> None:
    raise OSError("away")


def test_a_run_is_queued_while_the_broker_is_away_and_found_by_the_sweep(write, monkeypatch):
    monkeypatch.setattr(current_app, "send_task", away)
    make_shop("S1")
    path = write(order_file(*order_rows("T1")))
    draft = prepare(kind_of("orders.standard"), path, Options(shop="S1"), in_background=True)
    run = open_runs([draft], actor=ACTOR, at=NOON).one()
    queue_runs([run.pk], actor=ACTOR, at=NOON).one()
    assert ImportRun.objects.get().status == RunStatus.QUEUED
    assert find_waiting(at=NOON) == [run.pk]


def test_goods_are_booked_in_though_nobody_can_be_served_with_them(monkeypatch):
    monkeypatch.setattr(receivers, "serve_waiting_orders", away)
    sku, place = make_sku("A"), make_warehouse("MAIN")
    receive(sku, 5, warehouse=place)
    assert stock_of(sku, place).available == 5
